//! The plan: a graph of operations on columns, each with a type, a place where its values live, and
//! operands that come before it. There are no names in it, and no expressions.
//!
//! An operation that stands twice is one node; one whose operands are constants is worked out when it
//! is added, by the same function that works out single values ([`super::meaning`]).

use std::collections::BTreeMap;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{CalendarUnit, CompareOp, Mode, ProductOp, Unit};
use heng_dsl::value::{Date, Rounding, Value};

pub(super) use super::domain::{Domain, DomainId, Elements, sees, told_by};
use super::meaning::meaning;
pub(super) use crate::columns::Kind;
use crate::eval::{Hitting, Stretch, places};

/// An operation, by its number in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NodeId(u32);

impl NodeId {
    pub(super) fn of(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What is read of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Load {
    /// A field of the household, as it was delivered.
    Field(usize),
    /// A column of a record table, as it was delivered.
    Column(usize, usize),
    /// The as-of date of an earlier result.
    EarlierDate,
    /// What a declaration was worth in an earlier result.
    Earlier(usize),
    /// What a function of the register is worth for the household.
    Site(usize),
    /// What a declaration is worth, where that is known beforehand.
    Result(usize),
    /// How many units before the one of the as-of date a calendar unit lies.
    Before,
    /// The first day of a calendar unit.
    Start,
    /// The last day of a calendar unit.
    End,
}

/// A question about what a value is, always answered by 是 or 否.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    /// Is it 是?
    IsTrue,
    /// Is it 否?
    IsFalse,
    /// Does it leave open what 且 or 或 is worth, which this value settles?
    LeavesOpen(bool),
    /// Is it there?
    IsThere,
    /// Is it 缺失?
    IsMissing,
    /// Is it 缺失 or 不适用?
    Lacks,
    /// Is it 不适用?
    IsNotApplicable,
    /// Is it no error?
    IsSound,
    /// Is it there or 不适用?
    Counts,
}

/// What an operation does. Unless it says otherwise, it does so for each element of its domain by
/// itself, as [`super::meaning`] says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Op {
    /// The same value everywhere; its domain is the run.
    Const(Value),
    /// Reads the data.
    Load(Load),
    /// The value of the element of another domain that each element belongs to, or else is.
    Lift,
    /// The value of the element of another domain that each element is.
    Own,
    /// A sum; which operands are subtracted.
    Sum(Vec<bool>),
    /// A sum that is given up at the first operand that is not there.
    Whole,
    /// Rows that come together; those that are 不适用 do not count. Of 取高 and 取低 the last operand says
    /// whether any row holds.
    Joined(Mode),
    /// × or ÷
    Product(ProductOp),
    /// With the places of the kind.
    Round(Rounding),
    /// With the other sign.
    Negate,
    /// A comparison of two values.
    Compare(CompareOp),
    /// Does a date lie in a stretch of days?
    Within(Stretch),
    /// A date so long (of this unit) before or after another.
    Shift(Unit, bool),
    /// The first or the last day of the calendar unit so many before the one of a date.
    Unit(CalendarUnit, Date, bool),
    /// Does a text contain another?
    Contains,
    /// Does a text start with another?
    Starts,
    /// A function of values.
    Call(BuiltinId),
    /// 是 or 否; 缺失 is an error, as in a condition.
    Truth,
    /// Like [`Op::Truth`], but 不适用 does not hold.
    Holds,
    /// A value that is promised to be there.
    Promise,
    /// 非
    Not,
    /// 且 (settled by 否) or 或 (settled by 是) of any number of operands.
    UntilSettled(bool),
    /// The second operand where the first is 是, the third where it is 否, the first where it is neither.
    Choose,
    /// The second operand where the first is 缺失 or 不适用.
    Otherwise,
    /// The first operand where it is not there, else the second.
    After,
    /// 有值, or 缺失 if negated.
    Present(bool),
    /// What a value is.
    Ask(Question),
    /// Is the first operand one of the others? Negated or not.
    OneOf(bool),
    /// 从旧兼从轻: the milder one of a value under an earlier law and of the present one; is the highest the
    /// milder?
    Milder(bool),
    /// The number of a row of a code table, by slot; of a code that it does not know, its number of rows.
    Row(usize),
    /// A column of a code table (slot, column) in a row; its default for an unknown one.
    Cell(usize, usize),
    /// Two grades give one.
    Matrix(Vec<Vec<Option<u16>>>),
    /// The grade after those direct determinations whose operands are 是; the first operand is the
    /// grade by the score. The last member of the grade, and the determinations.
    Settle(u16, Vec<Hitting>),
    /// Over the elements of another domain that belong to each element.
    Gather(DomainId, Gather),
    /// The same over so many elements of the household whose operands stand side by side, those of one element
    /// after those of another.
    Gathered(Gather, usize),
    /// Is the second operand asked of an element to work that out? Of those that count by the first.
    Asked(Gather),
}

impl Op {
    /// What kind of operation it is, in a word, for people who look at what takes time.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Const(_) => "constant",
            Self::Load(_) => "load",
            Self::Lift | Self::Own => "lift",
            Self::Sum(_) | Self::Whole | Self::Joined(_) => "sum",
            Self::Product(_) => "product",
            Self::Round(_) => "round",
            Self::Negate => "negate",
            Self::Compare(_) => "compare",
            Self::Within(_) => "window",
            Self::Shift(..) | Self::Unit(..) => "date",
            Self::Contains | Self::Starts => "text",
            Self::Call(_) => "function",
            Self::Truth | Self::Holds | Self::Not | Self::Promise => "truth",
            Self::UntilSettled(_) => "and-or",
            Self::Choose | Self::Otherwise | Self::After => "choose",
            Self::Present(_) | Self::Ask(_) => "present",
            Self::OneOf(_) => "one-of",
            Self::Milder(_) => "milder",
            Self::Row(_) | Self::Cell(..) => "code-table",
            Self::Matrix(_) => "matrix",
            Self::Settle(..) => "determinations",
            Self::Gather(..) | Self::Gathered(..) => "gather",
            Self::Asked(_) => "asked",
        }
    }
}

/// How the elements that belong to one come together. The first operand, 是 or 否, says which count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gather {
    /// A function of a source; the second operand, if any, is what is taken from each element.
    Many(BuiltinId),
    /// Points of each that are there, in order.
    Points(Mode),
    /// Do all count, so far as it is known? 是 where the second operand is no error of any.
    Fault,
    /// Is the operand 是 of any? Elements of which it is not known do not count.
    Any,
}

/// An operation in its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) op: Op,
    /// Its operands, which come before it.
    pub(super) args: Vec<NodeId>,
    /// Where its values live.
    pub(super) domain: DomainId,
    /// What they are.
    pub(super) kind: Kind,
}

/// A plan being put together.
#[derive(Debug)]
pub(super) struct Graph<'l> {
    linked: &'l Linked,
    pub(super) nodes: Vec<Node>,
    pub(super) domains: Vec<Domain>,
    /// The slot of the declaration at hand.
    pub(super) decl: Option<usize>,
    /// For which declaration each operation was added first.
    pub(super) decls: Vec<Option<usize>>,
    known: BTreeMap<(Op, Vec<NodeId>, DomainId, Kind), NodeId>,
}

impl<'l> Graph<'l> {
    pub(super) fn new(linked: &'l Linked) -> Self {
        let run = Domain { parent: DomainId::RUN, elements: Elements::Run };
        let households = Domain { parent: DomainId::RUN, elements: Elements::Households };
        Self {
            linked,
            nodes: Vec::new(),
            domains: vec![run, households],
            decl: None,
            decls: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    /// A graph of the same rules with nothing in it.
    pub(super) fn emptied(&self) -> Self {
        Self::new(self.linked)
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    pub(super) fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind
    }

    /// The constant that a node is.
    pub(super) fn constant(&self, id: NodeId) -> Option<&Value> {
        match &self.node(id).op {
            Op::Const(it) => Some(it),
            _ => None,
        }
    }

    /// Is a node never there, whatever the data?
    pub(super) fn is_nothing(&self, id: NodeId) -> bool {
        let Node { op, args, .. } = self.node(id);
        match (op, &args[..]) {
            (Op::Const(it), _) => !it.is_present(),
            (Op::Choose, [_, a, b]) => self.is_nothing(*a) && self.is_nothing(*b),
            (Op::After, [_, it]) => self.is_nothing(*it),
            (Op::Otherwise, [a, b]) => self.is_nothing(*a) && self.is_nothing(*b),
            _ => false,
        }
    }

    /// The number of a domain.
    pub(super) fn domain(&mut self, domain: &Domain) -> DomainId {
        let known = self.domains.iter().position(|it| it == domain);
        let at = known.unwrap_or_else(|| {
            self.domains.push(domain.clone());
            self.domains.len() - 1
        });
        DomainId::of(at)
    }

    /// A constant, with the places of its kind.
    pub(super) fn value(&mut self, value: Value, kind: Kind) -> NodeId {
        let value = match (&value, kind) {
            (Value::Number(it), Kind::Number(of)) if it.places() != of => places(*it, of),
            _ => value,
        };
        self.put(Op::Const(value), Vec::new(), DomainId::RUN, kind)
    }

    /// Reads the data of a domain.
    pub(super) fn load(&mut self, load: Load, domain: DomainId, kind: Kind) -> NodeId {
        self.put(Op::Load(load), Vec::new(), domain, kind)
    }

    /// Adds an operation on single values. It is worked out in the outermost place that knows all of its
    /// operands; `bound` are the places that are known here, from the outside.
    pub(super) fn add(
        &mut self,
        op: Op,
        args: &[NodeId],
        kind: Kind,
        bound: &[DomainId],
    ) -> NodeId {
        let values: Option<Vec<Value>> =
            args.iter().map(|it| self.constant(*it).cloned()).collect();
        if let Some(values) = values {
            let value = meaning(&op, kind, &values, self.linked);
            return self.value(value, kind);
        }
        // What is not there stays what it is, and so does what is.
        if let (Op::After | Op::Otherwise, [first, second]) = (&op, args)
            && first == second
        {
            return *first;
        }
        let domain = self.join(args, bound);
        let args = args.iter().map(|it| self.lifted(*it, domain)).collect();
        self.put(op, args, domain, kind)
    }

    /// Adds what the elements of a domain come to that belong to one of its parent.
    pub(super) fn gather(
        &mut self,
        gather: Gather,
        of: DomainId,
        args: &[NodeId],
        kind: Kind,
    ) -> NodeId {
        let domain = self.domains[of.index()].parent;
        let args = args.iter().map(|it| self.lifted(*it, of)).collect();
        self.put(Op::Gather(of, gather), args, domain, kind)
    }

    /// The outermost place from which all operands can be seen.
    fn join(&self, args: &[NodeId], bound: &[DomainId]) -> DomainId {
        let own = args.iter().map(|it| self.node(*it).domain);
        let sees_all = |at: &DomainId| args.iter().all(|it| self.sees(*at, self.node(*it).domain));
        let found = own.chain(bound.iter().copied()).find(sees_all);
        found.or(bound.last().copied()).unwrap_or(DomainId::HOUSEHOLDS)
    }

    /// Does each element of `from` belong to one element of `to`, or is one?
    pub(super) fn sees(&self, from: DomainId, to: DomainId) -> bool {
        sees(&self.domains, from, to)
    }

    /// The domain of which a domain has the elements for each of its parent.
    pub(super) fn base(&self, domain: DomainId) -> Option<DomainId> {
        self.domains[domain.index()].base()
    }

    /// A value of the elements of a base as a bound element of a domain has it. Where the base is known
    /// around the element, too, the two have to be told apart; else the value stays where it is, so that
    /// what follows from it alone is worked out once for each element of the base.
    pub(super) fn own(&mut self, node: NodeId, domain: DomainId) -> NodeId {
        let around = self.domains[domain.index()].parent;
        let own = self.node(node).domain;
        if own == domain || !self.sees(around, own) || self.base(domain).is_none() {
            return node;
        }
        let kind = self.kind(node);
        self.put(Op::Own, vec![node], domain, kind)
    }

    /// The keys of groups.
    pub(super) fn keys(&mut self, groups: DomainId) -> Option<NodeId> {
        let Elements::Groups(_, _, key) = self.domains[groups.index()].elements else {
            return None;
        };
        let kind = self.kind(key);
        Some(self.put(Op::Own, vec![key], groups, kind))
    }

    /// Adds which elements of a domain are asked when they are gathered.
    pub(super) fn asked(&mut self, gather: Gather, of: DomainId, args: &[NodeId]) -> NodeId {
        let args = args.iter().map(|it| self.lifted(*it, of)).collect();
        self.put(Op::Asked(gather), args, of, Kind::Bool)
    }

    /// A value as the elements of a domain see it. Constants are seen from everywhere.
    pub(super) fn lifted(&mut self, node: NodeId, domain: DomainId) -> NodeId {
        let Node { op, domain: own, kind, .. } = self.node(node);
        if *own == domain || matches!(op, Op::Const(_)) {
            return node;
        }
        let kind = *kind;
        self.put(Op::Lift, vec![node], domain, kind)
    }

    /// An operation as it stands, once.
    pub(super) fn put(
        &mut self,
        op: Op,
        args: Vec<NodeId>,
        domain: DomainId,
        kind: Kind,
    ) -> NodeId {
        let next = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let key = (op, args, domain, kind);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let (op, args) = (key.0.clone(), key.1.clone());
        self.known.insert(key, next);
        self.nodes.push(Node { op, args, domain, kind });
        self.decls.push(self.decl);
        next
    }
}
