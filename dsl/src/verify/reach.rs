//! What numbers can come out: interval analysis over declarations, tables and formulas.
//!
//! A range here is never too narrow for a household that has a value at all; 缺失, 不适用 and 错误
//! are no numbers and play no part, except that what is not there adds nothing to a dimension.

mod call;
mod expr;
mod share;
mod table;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::range::Range;
use crate::builtins::BuiltinId;
use crate::model::linked::Linked;
use crate::model::{Content, Decl, DeclKind, Expr, Field, Let, Version};
use crate::value::{Decimal, Period, Value};

pub(super) use self::expr::beside;

/// How deep derived fields and named record sets are followed; behind that everything is possible.
const MAX_DEPTH: u32 = 40;

/// The ranges of all declarations while one set of rules is in force. Each thread has its own.
#[derive(Clone)]
pub(super) struct Reach<'l> {
    pub(super) linked: &'l Linked,
    /// A stretch of time in which no rule changes.
    pub(super) period: Period,
    decls: Vec<Option<Range>>,
    derived: RefCell<BTreeMap<(bool, usize, usize), Range>>,
    depth: Cell<u32>,
    ends: Ends,
}

/// Where a range ends that no rule gives an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// Nowhere: what is told people is what the rules say.
    Open,
    /// Where every register ends: a household has less than 2³² records, and dates lie between the years 1 and 9999.
    OfRegisters,
}

impl Ends {
    /// Zero and more, as many as there can be.
    fn natural(self, most: i64) -> Range {
        match self {
            Self::Open => Range::NATURAL,
            Self::OfRegisters => Range::whole(0, most),
        }
    }

    /// How many records a household can have.
    fn records(self) -> Range {
        self.natural(u32::MAX.into())
    }

    /// How many units (days, months or years) can lie between two dates, where the second may be the earlier one, or not.
    fn between_dates(self, unit: BuiltinId, forwards: bool) -> Range {
        let most = match unit {
            BuiltinId::FullYears => 9_999,
            BuiltinId::FullMonths => 9_999 * 12,
            _ => 9_999 * 366,
        };
        match self {
            _ if forwards => self.natural(most),
            Self::Open => Range::OPEN,
            Self::OfRegisters => Range::whole(-most, most),
        }
    }
}

/// A part of a dimension or of 总分, in the stretch of time of a [`Reach`].
pub(super) struct PartRange {
    /// The declaration.
    pub(super) slot: usize,
    /// It is taken off: 扣分.
    pub(super) negative: bool,
    /// 权重, if it has one.
    pub(super) weight: Option<Range>,
    /// What it adds, with its weight.
    pub(super) range: Range,
}

/// What an expression stands in.
#[derive(Clone, Default)]
pub(super) struct Scope<'a> {
    /// The ranges of the local values above it.
    pub(super) locals: Vec<Range>,
    /// Expressions of which more is known here than their own shape says.
    pub(super) facts: Vec<(&'a Expr, Range)>,
    /// The rules of the date of a record, where something is read by that date; absent: of any date.
    pub(super) law: Option<&'a Reach<'a>>,
}

impl<'l> Reach<'l> {
    /// Works out the ranges of all declarations in a stretch of time. `sorted`: each after those it reads.
    pub(super) fn new(linked: &'l Linked, sorted: &[usize], period: Period, ends: Ends) -> Self {
        let mut reach = Self {
            linked,
            period,
            decls: vec![Some(Range::OPEN); linked.decls().len()],
            derived: RefCell::default(),
            depth: Cell::new(0),
            ends,
        };
        for slot in sorted {
            let range = reach.decl(*slot, linked.decl(*slot));
            reach.decls[*slot] = range;
        }
        reach
    }

    /// The range of a declaration by slot; `None` where it is not in force.
    pub(super) fn of_decl(&self, slot: usize) -> Option<Range> {
        self.decls.get(slot).copied().unwrap_or(Some(Range::OPEN))
    }

    fn decl(&self, slot: usize, decl: &Decl) -> Option<Range> {
        let version = self.in_force(decl)?;
        if decl.ty.as_number().is_none() {
            return Some(Range::OPEN);
        }
        let mut range = self.bounded(slot, version);
        if let Some(max) = version.bounds.max {
            // A promise: where it does not hold, that is reported once and not at every reader.
            range = range.intersect(Range { low: None, high: Some(max) });
        }
        Some(range)
    }

    /// The version of a declaration that is in force.
    pub(super) fn in_force<'d>(&self, decl: &'d Decl) -> Option<&'d Version> {
        decl.versions.get(self.version_of(decl)?)
    }

    /// The number of the version of a declaration that is in force.
    pub(super) fn version_of(&self, decl: &Decl) -> Option<usize> {
        decl.versions.iter().position(|it| it.period.overlaps(&self.period))
    }

    /// The range of a version of the declaration after its caps and floors, without its 满分.
    pub(super) fn bounded(&self, slot: usize, version: &Version) -> Range {
        let scope = self.scope(&version.lets);
        let mut range = match &version.content {
            Content::Parts => self.sum_of_parts(slot, version),
            content => self.content(content, &scope),
        };
        let conditional = |cap: bool| {
            let all = version.conditional.iter().filter(move |it| it.cap == cap);
            all.map(|it| self.number(&it.value, &scope))
        };
        if let Some(floor) = version.bounds.floor {
            range = range.highest(Range::point(floor));
        }
        for floor in conditional(false) {
            range = range.union(range.highest(floor));
        }
        for cap in conditional(true) {
            range = range.union(range.lowest(cap));
        }
        match version.bounds.cap {
            Some(cap) => range.lowest(Range::point(cap)),
            None => range,
        }
    }

    /// The sum of what belongs to a dimension or to 总分.
    fn sum_of_parts(&self, slot: usize, version: &Version) -> Range {
        let base = version.bounds.base.unwrap_or(Decimal::ZERO);
        self.parts(slot).iter().fold(Range::point(base), |sum, it| {
            sum.plus(if it.negative { it.range.negated() } else { it.range })
        })
    }

    /// What belongs to a dimension or to 总分, with what each part adds.
    pub(super) fn parts(&self, slot: usize) -> Vec<PartRange> {
        let mut parts = Vec::new();
        for part in self.linked.parts(slot) {
            let decl = self.linked.decl(*part);
            let Some(own) = self.in_force(decl) else { continue };
            let Some(mut range) = self.of_decl(*part) else { continue };
            if own.applies.is_some() || decl.ty.optional {
                range = range.union(Range::ZERO);
            }
            let scope = Scope::default();
            let weight = own.bounds.weight.as_ref().map(|it| self.number(it, &scope));
            if let Some(weight) = weight {
                range = range.times(weight);
            }
            let negative = matches!(decl.kind, DeclKind::Indicator { deduct: true, .. });
            parts.push(PartRange { slot: *part, negative, weight, range });
        }
        parts
    }

    /// The ranges of local values.
    pub(super) fn scope(&self, lets: &[Let]) -> Scope<'l> {
        let mut scope = Scope::default();
        for it in lets {
            let range = self.local(&it.content, it.ty.as_number().is_some(), &scope);
            scope.locals.push(range);
        }
        scope
    }

    /// The range of one local value.
    pub(super) fn local(&self, content: &Content, number: bool, scope: &Scope<'_>) -> Range {
        if number { self.content(content, scope) } else { Range::OPEN }
    }

    /// The range of a field. `home`: household or record table, its slot, the field's number.
    fn field(&self, field: &Field, home: (bool, usize, usize)) -> Range {
        let Some(derived) = &field.derived else {
            return if field.signed { Range::OPEN } else { Range::NATURAL };
        };
        if let Some(known) = self.derived.borrow().get(&home) {
            return *known;
        }
        let range = self.deeper(|| self.number(derived, &Scope::default()));
        self.derived.borrow_mut().insert(home, range);
        range
    }

    /// Follows something that may be a long chain; behind [`MAX_DEPTH`] everything is possible.
    fn deeper(&self, work: impl FnOnce() -> Range) -> Range {
        if self.depth.get() >= MAX_DEPTH {
            return Range::OPEN;
        }
        self.depth.set(self.depth.get() + 1);
        let range = work();
        self.depth.set(self.depth.get() - 1);
        range
    }

    /// The value of an expression that is the same for every household: a literal, a parameter, and
    /// what is computed from them.
    pub(super) fn constant(&self, expr: &Expr, scope: &Scope<'_>) -> Option<Value> {
        use crate::model::Node;
        if expr.ty.as_number().is_some() {
            return self.number(expr, scope).single().map(Value::Number);
        }
        let mut expr = expr;
        // A parameter that is another parameter, and so on; a circle ends with the counter.
        for _ in 0..MAX_DEPTH {
            match &expr.node {
                Node::Const(it) => return Some(it.clone()),
                Node::Decl(it) => {
                    match &self.in_force(self.linked.decl(it.slot.index()))?.content {
                        Content::Formula(it) => expr = it,
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
        None
    }
}

/// The stretches of time in which no rule of any package changes, in order.
pub(super) fn periods(linked: &Linked) -> Vec<Period> {
    let mut cuts = Vec::new();
    let packages = linked.packages.iter().map(|it| it.effective);
    let versions = linked.decls().flat_map(|it| it.versions.iter().map(|it| it.period));
    let decides = linked.packages.iter().flat_map(|it| &it.decides);
    let decides = decides.flat_map(|it| it.versions.iter().map(|(_, it)| it.period));
    for period in packages.chain(versions).chain(decides) {
        cuts.extend(period.from);
        cuts.extend(period.until.and_then(|it| it.add_days(1)));
    }
    cuts.sort_unstable();
    cuts.dedup();
    let mut periods = Vec::with_capacity(cuts.len() + 1);
    let mut from = None;
    for cut in cuts {
        periods.push(Period { from, until: cut.add_days(-1) });
        from = Some(cut);
    }
    periods.push(Period { from, until: None });
    periods
}
