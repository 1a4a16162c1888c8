//! The range of an expression.

use super::super::range::{Range, step};
use super::{Reach, Scope};
use crate::builtins::BuiltinId;
use crate::model::{
    CompareOp, Content, Expr, ItemPart, Node, NumberTy, Population, ProductOp, Source, TyKind,
};
use crate::value::{Decimal, Rounding, Value};

impl Reach<'_> {
    /// The numbers that an expression can be worth; open for what is not a number.
    pub(in super::super) fn number(&self, expr: &Expr, scope: &Scope<'_>) -> Range {
        let Some(ty) = expr.ty.as_number() else { return Range::OPEN };
        let range = self.node(&expr.node, ty, scope).rounded(ty.places, Rounding::HalfUp);
        let known = scope.facts.iter().filter(|(it, _)| *it == expr);
        known.fold(range, |range, (_, fact)| range.intersect(*fact))
    }

    fn node(&self, node: &Node, ty: &NumberTy, scope: &Scope<'_>) -> Range {
        let number = |it: &Expr| self.number(it, scope);
        match node {
            Node::Const(Value::Number(it)) => Range::point(*it),
            Node::Field(it) => {
                let slot = it.slot.index();
                self.field(self.linked.field(slot), (false, 0, slot))
            }
            Node::RecordField { column, .. } => {
                let (table, at) = (column.table.slot.index(), column.slot.index());
                let field = self.linked.table(table).fields.get(at);
                field.map_or(Range::OPEN, |it| self.field(it, (true, table, at)))
            }
            Node::Item { part, .. } => item(*part),
            Node::Decl(it) | Node::RecordDecl { decl: it, .. } => {
                self.of_decl(it.slot.index()).unwrap_or(Range::ZERO)
            }
            Node::AtDate { decl, milder_is_highest, .. } => {
                self.at_date(decl.slot.index(), *milder_is_highest, scope)
            }
            Node::Local(at) => {
                let local = usize::try_from(*at).ok().and_then(|at| scope.locals.get(at));
                local.copied().unwrap_or(Range::OPEN)
            }
            Node::Code { column, .. } => self.codes(column.table.slot.index(), column.slot.index()),
            Node::Negate(it) => number(it).negated(),
            Node::Sum(terms) => terms.iter().fold(Range::ZERO, |sum, term| {
                let range = number(&term.expr);
                sum.plus(if term.negative { range.negated() } else { range })
            }),
            Node::Product { op: ProductOp::Multiply, left, right } => {
                number(left).times(number(right))
            }
            Node::Product { op: ProductOp::Divide, left, right } => {
                let smallest = step(right.ty.as_number().map_or(0, |it| it.places));
                let range = number(left).divided(number(right), ty.places, smallest);
                range.intersect(self.share(left, right))
            }
            Node::IfMissing(value, instead) => number(value).union(number(instead)),
            Node::If(condition, yes, no) => self.choice(condition, [yes, no], scope),
            Node::Round(it, rounding) => number(it).rounded(ty.places, *rounding),
            Node::Call { builtin, args } => self.call(*builtin, args, scope),
            Node::Aggregate { builtin, source, arg } => {
                self.aggregate(*builtin, source, arg.as_deref(), scope)
            }
            Node::Population(it) => self.population(it),
            Node::Hole | Node::Const(_) | Node::AsOf | Node::Past { .. } | Node::Shift { .. } => {
                Range::OPEN
            }
            // Not numbers.
            Node::Compare { .. }
            | Node::In { .. }
            | Node::KnownCode { .. }
            | Node::Within { .. }
            | Node::Present { .. }
            | Node::Contains(..)
            | Node::Starts(..)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_) => Range::OPEN,
        }
    }

    /// What the rows of a code table hold in a column, and its default.
    fn codes(&self, table: usize, at: usize) -> Range {
        let codes = self.linked.code_table(table);
        let default = codes.columns.get(at).and_then(|it| it.default.as_ref());
        let all = codes.rows.iter().filter_map(|it| it.values.get(at)).chain(default);
        let numbers = all.filter_map(|it| match it {
            Value::Number(it) => Some(Range::point(*it)),
            _ => None,
        });
        numbers.reduce(Range::union).unwrap_or(Range::OPEN)
    }

    /// A dated declaration at the date of a record: by the law of that date, or any of its versions.
    fn at_date(&self, slot: usize, milder_is_highest: Option<bool>, scope: &Scope<'_>) -> Range {
        let Some(law) = scope.law else { return self.at_any_date(slot) };
        let (then, now) = (law.of_decl(slot), self.of_decl(slot));
        let (then, now) = (then.unwrap_or(Range::ZERO), now.unwrap_or(Range::ZERO));
        match milder_is_highest {
            None => then,
            Some(true) => then.highest(now),
            Some(false) => then.lowest(now),
        }
    }

    fn at_any_date(&self, slot: usize) -> Range {
        let versions = self.linked.decl(slot).versions.iter();
        let ranges = versions.map(|it| self.deeper(|| self.bounded(slot, it)));
        ranges.reduce(Range::union).unwrap_or(Range::OPEN)
    }

    fn choice(&self, condition: &Expr, [yes, no]: [&Expr; 2], scope: &Scope<'_>) -> Range {
        let branch = |expr: &Expr, holds: bool| {
            let mut facts = scope.facts.clone();
            self.learn(condition, holds, scope, &mut facts);
            self.number(expr, &Scope { facts, ..scope.clone() })
        };
        branch(yes, true).union(branch(no, false))
    }

    /// Adds what follows for single expressions from a condition that holds, or does not.
    pub(in super::super) fn learn<'e>(
        &self,
        condition: &'e Expr,
        holds: bool,
        scope: &Scope<'_>,
        facts: &mut Vec<(&'e Expr, Range)>,
    ) {
        match &condition.node {
            Node::And(all) if holds => {
                for it in all {
                    self.learn(it, true, scope, facts);
                }
            }
            Node::Or(all) if !holds => {
                for it in all {
                    self.learn(it, false, scope, facts);
                }
            }
            Node::Not(it) => self.learn(it, !holds, scope, facts),
            Node::Compare { op, left, right } => {
                let op = if holds { *op } else { op.opposite() };
                let (Some(a), Some(b)) = (left.ty.as_number(), right.ty.as_number()) else {
                    return;
                };
                let step = step(a.places.max(b.places));
                // Only what is known at once, so that nested choices cost no more than they are long.
                if is_short(right) {
                    facts.push((left, beside(op, self.number(right, scope), step)));
                }
                if is_short(left) {
                    facts.push((right, beside(op.flipped(), self.number(left, scope), step)));
                }
            }
            _ => {}
        }
    }

    fn aggregate(
        &self,
        builtin: BuiltinId,
        source: &Source,
        arg: Option<&Expr>,
        scope: &Scope<'_>,
    ) -> Range {
        // Facts are about the record outside, whose fields read the same.
        let inside = Scope { facts: Vec::new(), ..scope.clone() };
        let each = arg.map_or(Range::OPEN, |it| self.number(it, &inside));
        let size = self.size(source, scope);
        match (builtin, arg) {
            (BuiltinId::CountDistinct, Some(it)) => {
                aggregate(builtin, size.lowest(self.kinds(it)), each)
            }
            _ => aggregate(builtin, size, each),
        }
    }

    /// How many different values an expression can have at most. A code need not stand in its table.
    fn kinds(&self, expr: &Expr) -> Range {
        let most = match &expr.ty.kind {
            TyKind::Bool => Some(2),
            TyKind::Member(it) => Some(self.linked.enumeration(it.slot.index()).members.len()),
            TyKind::Code(_)
            | TyKind::Number(_)
            | TyKind::Date
            | TyKind::Text
            | TyKind::Frequency
            | TyKind::Unknown => None,
        };
        let high = most.and_then(|it| i64::try_from(it).ok()).map(Decimal::from);
        Range { low: Some(Decimal::ZERO), high }
    }

    /// How many elements a source can have.
    pub(super) fn size(&self, source: &Source, scope: &Scope<'_>) -> Range {
        match source {
            Source::Calendar { count, .. } => self.number(count, scope).highest(Range::ZERO),
            Source::Filter { of, .. } | Source::Group { of, .. } => {
                Range { low: Some(Decimal::ZERO), high: self.size(of, scope).high }
            }
            Source::Named(it) => {
                let decl = self.linked.decl(it.slot.index());
                let size = self.deeper(|| match self.in_force(decl).map(|it| &it.content) {
                    Some(Content::Source(it)) => self.size(it, &Scope::default()),
                    _ => self.ends.records(),
                });
                size.highest(Range::ZERO)
            }
            Source::Table(_) | Source::Members { .. } | Source::History => self.ends.records(),
        }
    }

    fn population(&self, population: &Population) -> Range {
        // What is known of this household says nothing about the others.
        let scope = Scope::default();
        let each = population.arg.as_ref().map_or(Range::OPEN, |it| self.number(it, &scope));
        match population.builtin {
            // A share strictly below 1, which may round up to it.
            BuiltinId::Percentile => Range::whole(0, 1),
            BuiltinId::Rank => Range { low: Some(Decimal::from(1)), high: None },
            other => aggregate(other, Range::NATURAL, each),
        }
    }
}

fn is_short(expr: &Expr) -> bool {
    matches!(expr.node, Node::Const(_) | Node::Decl(_) | Node::Local(_) | Node::Field(_))
}

/// What a function of a source is worth, from the number of elements and what each of them gives.
fn aggregate(builtin: BuiltinId, count: Range, each: Range) -> Range {
    match builtin {
        BuiltinId::Count => count,
        BuiltinId::CountDistinct | BuiltinId::Streak | BuiltinId::LongestStreak => {
            Range { low: Some(Decimal::ZERO), high: count.high }
        }
        BuiltinId::LongestGap => Range::NATURAL,
        BuiltinId::Sum => count.times(each),
        BuiltinId::Average
        | BuiltinId::Largest
        | BuiltinId::Smallest
        | BuiltinId::Latest
        | BuiltinId::Earliest => each,
        _ => Range::OPEN,
    }
}

/// The numbers that stand in that relation to some number of a range, if both are whole steps.
pub(in super::super) fn beside(op: CompareOp, there: Range, step: Decimal) -> Range {
    let below = |strict: bool| Range {
        low: None,
        high: there.high.and_then(|it| if strict { it.checked_sub(step) } else { Some(it) }),
    };
    let above = |strict: bool| Range {
        low: there.low.and_then(|it| if strict { it.checked_add(step) } else { Some(it) }),
        high: None,
    };
    match op {
        CompareOp::Equal => there,
        CompareOp::NotEqual => Range::OPEN,
        CompareOp::Less => below(true),
        CompareOp::LessOrEqual => below(false),
        CompareOp::Greater => above(true),
        CompareOp::GreaterOrEqual => above(false),
    }
}

fn item(part: ItemPart) -> Range {
    match part {
        ItemPart::Year => Range::whole(1, 9999),
        ItemPart::Quarter => Range::whole(1, 4),
        ItemPart::Month => Range::whole(1, 12),
        ItemPart::Size => Range { low: Some(Decimal::from(1)), high: None },
        ItemPart::Start | ItemPart::End | ItemPart::Key | ItemPart::AsOf => Range::OPEN,
    }
}
