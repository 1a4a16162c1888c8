//! Expressions.

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::{Column, CompareOp, Expr, ItemPart, Node, Term, Ty};
use heng_dsl::value::{Fault, Rounding, Value};

use super::{At, Lowering, Rule};
use crate::columnar::plan::{DomainId, Kind, Load, NodeId, Op, Question};
use crate::columnar::unsupported as lack;

impl<'p> Lowering<'p> {
    /// What an expression is worth at a place, with the places of its type.
    pub(super) fn expr(&mut self, expr: &'p Expr, rule: &mut Rule<'p>, at: &At) -> NodeId {
        let node = self.node(expr, rule, at);
        self.fit(node, &expr.ty)
    }

    /// A number with the places of a type.
    pub(super) fn fit(&mut self, node: NodeId, ty: &Ty) -> NodeId {
        match (self.graph.kind(node), Kind::of(&ty.kind)) {
            (Kind::Number(own), Some(kind @ Kind::Number(places))) if own != places => {
                self.graph.add(Op::Round(Rounding::HalfUp), &[node], kind, &[])
            }
            _ => node,
        }
    }

    fn node(&mut self, expr: &'p Expr, rule: &mut Rule<'p>, at: &At) -> NodeId {
        let Some(kind) = Kind::of(&expr.ty.kind) else { return self.refuse(&lack::TYPES) };
        match &expr.node {
            Node::Hole => self.fault(Fault::Type, kind),
            Node::Const(it) => self.literal(it, kind),
            Node::AsOf => self.graph.value(Value::Date(self.on.as_of()), kind),
            Node::Field(_) | Node::RecordField { .. } => self.read(expr, at),
            Node::Item { up, part } => self.item(*up, *part, at),
            Node::Past { up, decl } => {
                let Some(element) = at.element(*up) else { return self.fault(Fault::Type, kind) };
                self.of_earlier(element, Load::Earlier(decl.slot.index()), kind)
            }
            Node::Decl(it) => self.worth_of(it.slot.index(), kind, rule, at),
            Node::RecordDecl { up, decl } => self.of_record(*up, decl.slot.index(), at),
            Node::Local(it) => self.local(*it as usize, rule, at),
            Node::Code { key, column } => self.code(key, column, kind, rule, at),
            Node::AtDate { decl, date, milder_is_highest } => {
                let date = self.expr(date, rule, at);
                self.at_date(decl.slot.index(), date, *milder_is_highest, rule, at)
            }
            Node::Negate(it) => self.of_parts(Op::Negate, &[it], kind, rule, at),
            Node::Sum(terms) => self.sum(terms, rule, at),
            Node::Product { op, left, right } => {
                self.of_parts(Op::Product(*op), &[left, right], kind, rule, at)
            }
            Node::Shift { date, by, back } => {
                let Some(length) = by.ty.as_number() else { return self.refuse(&lack::TYPES) };
                let op = Op::Shift(length.unit.clone(), *back);
                self.of_parts(op, &[date, by], kind, rule, at)
            }
            Node::Compare { op, left, right } => {
                self.of_parts(Op::Compare(*op), &[left, right], kind, rule, at)
            }
            Node::Round(it, rounding) => self.of_parts(Op::Round(*rounding), &[it], kind, rule, at),
            Node::IfMissing(..) | Node::If(..) => self.either_of(expr, rule, at),
            Node::Call { builtin, args } => {
                let args: Vec<&Expr> = args.iter().collect();
                self.of_parts(Op::Call(*builtin), &args, kind, rule, at)
            }
            Node::Aggregate { builtin, source, arg } => {
                self.aggregate((*builtin, kind), source, arg.as_deref(), rule, at)
            }
            Node::Population(it) => {
                self.graph.load(Load::Site(it.site.index()), DomainId::HOUSEHOLDS, kind)
            }
            Node::In { .. }
            | Node::KnownCode { .. }
            | Node::Within { .. }
            | Node::Present { .. }
            | Node::Contains(..)
            | Node::Starts(..)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_) => self.question(expr, rule, at),
        }
    }

    /// A field of the household or of a bound record.
    fn read(&mut self, expr: &Expr, at: &At) -> NodeId {
        let value = match &expr.node {
            Node::Field(it) => self.field(it.slot.index(), at),
            Node::RecordField { up, column } => self.record_field(*up, column, at),
            _ => self.fault(Fault::Type, Kind::Bool),
        };
        self.promised(value, &expr.ty)
    }

    /// Expressions that work out one of two others.
    fn either_of(&mut self, expr: &'p Expr, rule: &mut Rule<'p>, at: &At) -> NodeId {
        match &expr.node {
            Node::IfMissing(it, otherwise) => {
                let value = self.expr(it, rule, at);
                let otherwise = self.expr(otherwise, rule, &at.when(Question::Lacks, value));
                self.pick(Op::Otherwise, &[value, otherwise], at)
            }
            Node::If(condition, then, otherwise) => {
                let condition = self.expr(condition, rule, at);
                let holds = self.one(Op::Truth, condition);
                let then = self.expr(then, rule, &at.when(Question::IsTrue, holds));
                let otherwise = self.expr(otherwise, rule, &at.when(Question::IsFalse, holds));
                self.pick(Op::Choose, &[holds, then, otherwise], at)
            }
            _ => self.fault(Fault::Type, Kind::Bool),
        }
    }

    /// Questions that are answered by 是 or 否.
    fn question(&mut self, expr: &'p Expr, rule: &mut Rule<'p>, at: &At) -> NodeId {
        match &expr.node {
            Node::In { negated, item, set } => self.one_of(*negated, item, set, rule, at),
            Node::KnownCode { negated, item, codes } => {
                let code = self.expr(item, rule, at);
                self.known_code(*negated, code, codes.slot.index(), at)
            }
            Node::Within { date, window } => {
                let date = self.expr(date, rule, at);
                self.within(date, window, rule, at)
            }
            Node::Present { negated, item } => {
                let item = self.expr(item, rule, at);
                self.one(Op::Present(*negated), item)
            }
            Node::Contains(whole, part) => {
                self.of_parts(Op::Contains, &[whole, part], Kind::Bool, rule, at)
            }
            Node::Starts(whole, part) => {
                self.of_parts(Op::Starts, &[whole, part], Kind::Bool, rule, at)
            }
            Node::Not(it) => {
                let it = self.expr(it, rule, at);
                self.one(Op::Not, it)
            }
            Node::And(parts) => self.until_settled(false, parts, rule, at),
            Node::Or(parts) => self.until_settled(true, parts, rule, at),
            _ => self.fault(Fault::Type, Kind::Bool),
        }
    }

    fn known_code(&mut self, negated: bool, code: NodeId, table: usize, at: &At) -> NodeId {
        let rows = i64::try_from(self.linked.code_table(table).rows.len());
        let unknown = rows.map_or(Value::Missing, Value::whole);
        let unknown = self.graph.value(unknown, Kind::Number(0));
        let row = self.graph.add(Op::Row(table), &[code], Kind::Number(0), &[]);
        let op = if negated { CompareOp::Equal } else { CompareOp::NotEqual };
        let known = self.graph.add(Op::Compare(op), &[row, unknown], Kind::Bool, &[]);
        self.pick(Op::After, &[code, known], at)
    }

    fn until_settled(
        &mut self,
        by: bool,
        parts: &'p [Expr],
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        let mut reached = at.clone();
        let mut args = Vec::with_capacity(parts.len());
        for part in parts {
            let part = self.expr(part, rule, &reached);
            reached = reached.when(Question::LeavesOpen(by), part);
            args.push(part);
        }
        self.graph.add(Op::UntilSettled(by), &args, Kind::Bool, &at.bound)
    }

    fn one_of(
        &mut self,
        negated: bool,
        item: &'p Expr,
        set: &'p [Expr],
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        let item = self.expr(item, rule, at);
        let mut args = vec![item];
        let mut reached = at.when(Question::IsThere, item);
        for member in set {
            let value = self.expr(member, rule, &reached);
            args.push(value);
            let op = Op::Compare(CompareOp::NotEqual);
            let differs = self.graph.add(op, &[item, value], Kind::Bool, &at.bound);
            reached = reached.when(Question::IsTrue, differs);
        }
        self.graph.add(Op::OneOf(negated), &args, Kind::Bool, &at.bound)
    }

    fn sum(&mut self, terms: &'p [Term], rule: &mut Rule<'p>, at: &At) -> NodeId {
        let args: Vec<NodeId> = terms.iter().map(|it| self.expr(&it.expr, rule, at)).collect();
        let signs = terms.iter().map(|it| it.negative).collect();
        let places = args.iter().map(|it| self.graph.kind(*it).places()).max().unwrap_or_default();
        self.graph.add(Op::Sum(signs), &args, Kind::Number(places), &at.bound)
    }

    fn of_parts(
        &mut self,
        op: Op,
        parts: &[&'p Expr],
        kind: Kind,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        let args: Vec<NodeId> = parts.iter().map(|it| self.expr(it, rule, at)).collect();
        self.graph.add(op, &args, kind, &at.bound)
    }

    /// An operation on one value, which stays where the value is.
    pub(super) fn one(&mut self, op: Op, arg: NodeId) -> NodeId {
        let kind = if op == Op::Promise { self.graph.kind(arg) } else { Kind::Bool };
        self.graph.add(op, &[arg], kind, &[])
    }

    /// An operation that gives one of its operands, from number `given` on; numbers get the places of
    /// the longest.
    pub(super) fn pick(&mut self, op: Op, args: &[NodeId], at: &At) -> NodeId {
        let given = usize::from(op != Op::Otherwise);
        let (asked, given) = args.split_at(given.min(args.len()));
        let kinds = given.iter().map(|it| self.graph.kind(*it));
        let places = kinds.map(Kind::places).max().unwrap_or_default();
        let is_there = |it: &&NodeId| !self.graph.is_nothing(**it);
        let kind = given.iter().find(is_there).or(given.last());
        let kind = match kind.map(|it| self.graph.kind(*it)) {
            Some(Kind::Number(_)) => Kind::Number(places),
            Some(kind) => kind,
            None => Kind::Bool,
        };
        let mut all = asked.to_vec();
        all.extend(given.iter().map(|it| self.converted(*it, kind)));
        self.graph.add(op, &all, kind, &at.bound)
    }

    /// A value as one of another kind: a number with more places, or something that is not there.
    pub(super) fn converted(&mut self, node: NodeId, kind: Kind) -> NodeId {
        let own = self.graph.kind(node);
        if own == kind {
            return node;
        }
        if self.graph.is_nothing(node) {
            let nothing = self.not_applicable(kind);
            return self.graph.add(Op::After, &[node, nothing], kind, &[]);
        }
        match (own, kind) {
            (Kind::Number(_), Kind::Number(_)) => {
                self.graph.add(Op::Round(Rounding::HalfUp), &[node], kind, &[])
            }
            _ => self.refuse(&lack::TYPES),
        }
    }

    pub(super) fn promised(&mut self, value: NodeId, ty: &Ty) -> NodeId {
        if ty.optional { value } else { self.one(Op::Promise, value) }
    }

    pub(super) fn literal(&mut self, value: &Value, kind: Kind) -> NodeId {
        let kind = match value {
            Value::Number(it) => Kind::Number(it.places()),
            _ => kind,
        };
        self.graph.value(value.clone(), kind)
    }

    /// What a declaration is worth that was worked out before. Where the rule at hand is about the same
    /// households, it need not be asked again whether it is about this one.
    pub(super) fn worth_of(&mut self, slot: usize, kind: Kind, rule: &Rule<'p>, at: &At) -> NodeId {
        let Some(node) = self.worth.get(slot).copied().flatten() else {
            // Parameters have their value before anything is worked out; the rest is 不适用.
            let value = self.on.initial(slot).clone();
            return self.literal(&value, kind);
        };
        let package = self.linked.package_of(slot);
        if rule.within == Some(package) {
            return node;
        }
        match self.scope(slot, at) {
            Some(scope) => self.guarded(scope, node),
            None => node,
        }
    }

    fn local(&mut self, number: usize, rule: &mut Rule<'p>, at: &At) -> NodeId {
        if let Some(known) = rule.known.get(number).cloned().flatten() {
            return self.recalled(&known, at);
        }
        let lets = rule.lets;
        let Some(local) = lets.get(number) else { return self.fault(Fault::Type, Kind::Bool) };
        let known = self.remembered(|own| {
            let start = At::start(rule);
            let node = own.content(&local.content, rule, &start);
            own.fit(node, &local.ty)
        });
        if let Some(place) = rule.known.get_mut(number) {
            *place = Some(known.clone());
        }
        self.recalled(&known, at)
    }

    fn code(
        &mut self,
        key: &'p Expr,
        column: &'p Column,
        kind: Kind,
        rule: &mut Rule<'p>,
        at: &At,
    ) -> NodeId {
        let key = self.expr(key, rule, at);
        let (table, column) = (column.table.slot.index(), column.slot.index());
        let row = self.graph.add(Op::Row(table), &[key], Kind::Number(0), &[]);
        self.graph.add(Op::Cell(table, column), &[row], kind, &[])
    }

    fn record_field(&mut self, up: u32, column: &Column, at: &At) -> NodeId {
        let (table, column) = (column.table.slot.index(), column.slot.index());
        match at.element(up) {
            Some(element) => self.column(element, table, column, at),
            None => self.fault(Fault::Type, Kind::Bool),
        }
    }

    /// A part of a bound calendar unit.
    fn item(&mut self, up: u32, part: ItemPart, at: &At) -> NodeId {
        let Some(element) = at.element(up) else { return self.fault(Fault::Type, Kind::Bool) };
        let mut units = element;
        while let Some(base) = self.graph.base(units) {
            units = base;
        }
        let (load, builtin) = match part {
            ItemPart::Year => (Load::Start, Some(BuiltinId::YearOf)),
            ItemPart::Quarter => (Load::Start, Some(BuiltinId::QuarterOf)),
            ItemPart::Month => (Load::Start, Some(BuiltinId::MonthOf)),
            ItemPart::Start => (Load::Start, None),
            ItemPart::End => (Load::End, None),
            ItemPart::Key | ItemPart::Size => return self.of_group(element, part),
            ItemPart::AsOf => return self.of_earlier(element, Load::EarlierDate, Kind::Date),
        };
        let date = self.day_of_unit(units, load);
        let value = match builtin {
            Some(it) => self.graph.add(Op::Call(it), &[date], Kind::Number(0), &[]),
            None => date,
        };
        self.graph.own(value, element)
    }
}
