//! The reference evaluator over cells instead of values: every rule of it, where the cells do not tell,
//! asks for a cut.
//!
//! What is not followed to the bottom (a function of records, of dates, of the register, a quotient of
//! amounts) is a leaf of its own under the key of its meaning, free within its type. That loses what
//! such leaves have in common, never a household.

mod call;
mod opaque;
mod question;
mod rule;
mod table;

use heng_dsl::model::{Content, DeclKind, Expr, Let, Node, ProductOp, Term};
use heng_dsl::value::{Decimal, Fault, Value};

use super::keys::Key;
use super::leaf::{Abs, Cell, Leaf, State};
use super::number::{LeafId, Num};
use super::shape::Step;
use super::trend::{Trend, Trends};
use super::{Prover, Reason};

/// Why an evaluation has no result.
#[derive(Debug)]
pub(super) enum Stop {
    /// The leaf has to be in one of these cells.
    Split(LeafId, Vec<Cell>),
    /// Cutting does not help.
    GiveUp(Reason),
}

pub(super) type Res<T> = Result<T, Stop>;

/// One evaluation of one version in some cells.
pub(super) struct Eval<'a, 'p> {
    pub(super) prover: &'a mut Prover<'p>,
    /// 0 for the old version, 1 for the new one.
    pub(super) side: usize,
    pub(super) state: &'a State,
    /// The table of the record that is bound, by the number of its meaning; absent where none is.
    pub(super) record: Option<Key>,
}

impl<'p> Eval<'_, 'p> {
    /// What an expression of a rule with these local values is worth.
    pub(super) fn expr(&mut self, expr: &'p Expr, lets: &'p [Let]) -> Res<Abs> {
        let value = self.node(expr, lets)?;
        Ok(match (value, expr.ty.as_number()) {
            (Abs::Number(it), Some(ty)) => {
                Abs::Number(it.rounded(ty.places, heng_dsl::value::Rounding::HalfUp))
            }
            (value, _) => value,
        })
    }

    fn node(&mut self, expr: &'p Expr, lets: &'p [Let]) -> Res<Abs> {
        if self.is_constant(expr, lets) {
            return Ok(Abs::of(&self.constant(expr, lets)));
        }
        match &expr.node {
            Node::Field(it) => self.field(it.slot.index()),
            Node::Decl(it) => self.read(it.slot.index()),
            Node::Local(it) => self.local(*it as usize, lets),
            Node::Code { key, column } => self.code(expr, (key, column), lets),
            Node::Negate(it) => {
                let number = self.number(it, lets)?;
                Ok(number.map_or_else(|it| it, |it| Abs::Number(it.times(Decimal::from(-1)))))
            }
            Node::Sum(terms) if self.is_countable(expr, lets) => self.sum(terms, lets),
            Node::Product { op, left, right } if self.is_countable(expr, lets) => {
                self.product(expr, (*op, left, right), lets)
            }
            Node::Round(it, rounding) if self.is_countable(expr, lets) => {
                let places = expr.ty.as_number().map_or(0, |it| it.places);
                let number = self.number(it, lets)?;
                Ok(number.map_or_else(|it| it, |it| Abs::Number(it.rounded(places, *rounding))))
            }
            Node::IfMissing(it, otherwise) => match self.expr(it, lets)? {
                Abs::Missing | Abs::NotApplicable => self.expr(otherwise, lets),
                value => Ok(value),
            },
            Node::If(condition, then, otherwise) => self.either((condition, then, otherwise), lets),
            Node::Call { builtin, args } => self.call(expr, *builtin, args, lets),
            Node::Aggregate { builtin, source, arg } => {
                self.aggregate(expr, (*builtin, source, arg.as_deref()), lets)
            }
            Node::Compare { .. }
            | Node::In { .. }
            | Node::KnownCode { .. }
            | Node::Within { .. }
            | Node::Present { .. }
            | Node::Contains(..)
            | Node::Starts(..)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_) => self.question(expr, lets),
            Node::RecordField { up: 0, column } if self.record.is_some() => self.column(column),
            Node::RecordDecl { up: 0, decl } if self.record.is_some() => {
                self.of_record(decl.slot.index())
            }
            Node::Hole | Node::Item { .. } | Node::Past { .. } => Ok(Abs::Error(Fault::Type)),
            Node::RecordField { .. } | Node::RecordDecl { .. } => Err(Stop::GiveUp(Reason::Type)),
            Node::Const(_)
            | Node::AsOf
            | Node::Sum(_)
            | Node::Product { .. }
            | Node::Round(..)
            | Node::Shift { .. }
            | Node::AtDate { .. }
            | Node::Population(_) => self.opaque(expr, lets),
        }
    }

    /// 如果; the branch that is not taken is not worked out.
    fn either(
        &mut self,
        (condition, then, otherwise): (&'p Expr, &'p Expr, &'p Expr),
        lets: &'p [Let],
    ) -> Res<Abs> {
        match self.expr(condition, lets)? {
            Abs::Bool(true) => self.expr(then, lets),
            Abs::Bool(false) => self.expr(otherwise, lets),
            other => Ok(not_bool(other)),
        }
    }

    /// A number, or what stands in its place.
    pub(super) fn number(&mut self, expr: &'p Expr, lets: &'p [Let]) -> Res<Result<Num, Abs>> {
        Ok(match self.expr(expr, lets)? {
            Abs::Number(it) => Ok(it),
            other => Err(not_number(other)),
        })
    }

    fn sum(&mut self, terms: &'p [Term], lets: &'p [Let]) -> Res<Abs> {
        let mut sum = Num::point(Decimal::ZERO);
        let mut lacking: Option<Abs> = None;
        for term in terms {
            match self.number(&term.expr, lets)? {
                Ok(it) => {
                    let it = if term.negative { it.times(Decimal::from(-1)) } else { it };
                    sum = self.tightened(sum.plus(&it));
                }
                Err(other) => {
                    lacking = Some(match lacking {
                        Some(before) => worse(before, other),
                        None => other,
                    });
                }
            }
        }
        Ok(lacking.unwrap_or(Abs::Number(sum)))
    }

    fn product(
        &mut self,
        whole: &'p Expr,
        (op, left, right): (ProductOp, &'p Expr, &'p Expr),
        lets: &'p [Let],
    ) -> Res<Abs> {
        let (left, right) = match (self.number(left, lets)?, self.number(right, lets)?) {
            (Ok(left), Ok(right)) => (left, right),
            (Err(a), Err(b)) => return Ok(worse(a, b)),
            (Err(lacking), Ok(_)) | (Ok(_), Err(lacking)) => return Ok(lacking),
        };
        let places = whole.ty.as_number().map_or(0, |it| it.places);
        let exact = match (op, left.known(), right.known()) {
            (ProductOp::Multiply, _, Some(factor)) => left.times(factor),
            (ProductOp::Multiply, Some(factor), _) => right.times(factor),
            (ProductOp::Multiply, None, None) => left.product(&right),
            (ProductOp::Divide, _, Some(by)) if by.is_zero() => return Ok(Abs::Missing),
            (ProductOp::Divide, _, Some(by)) => divided(&left, by, places),
            (ProductOp::Divide, _, None) => return self.opaque(whole, lets),
        };
        Ok(Abs::Number(exact.rounded(places, heng_dsl::value::Rounding::HalfUp)))
    }

    fn local(&mut self, number: usize, lets: &'p [Let]) -> Res<Abs> {
        let Some(it) = lets.get(number) else { return Ok(Abs::Error(Fault::Type)) };
        let value = match &it.content {
            Content::Each(each) => self.each(&it.content, each, lets)?,
            content => self.content(content, lets)?,
        };
        Ok(match (value, it.ty.as_number()) {
            (Abs::Number(value), Some(ty)) => {
                Abs::Number(value.rounded(ty.places, heng_dsl::value::Rounding::HalfUp))
            }
            (value, _) => value,
        })
    }

    /// What a declaration is worth that another one reads.
    pub(super) fn read(&mut self, slot: usize) -> Res<Abs> {
        if let Some(given) = self.prover.given(slot) {
            return self.leaf(given);
        }
        let side = &self.prover.sides[self.side];
        match &side.linked().decl(slot).kind {
            DeclKind::Param => Ok(Abs::of(&side.param(slot))),
            DeclKind::RecordValue { .. } | DeclKind::RecordSet => Ok(Abs::NotApplicable),
            DeclKind::Value | DeclKind::Merge if self.is_sum(slot) => self.apart(slot),
            DeclKind::Value
            | DeclKind::Merge
            | DeclKind::Tag { .. }
            | DeclKind::Alert { .. }
            | DeclKind::Measure { .. }
            | DeclKind::List => self.decl(slot),
            DeclKind::Dimension { .. }
            | DeclKind::Indicator { .. }
            | DeclKind::Total
            | DeclKind::Classify { .. }
            | DeclKind::Overlay { .. } => {
                if self.is_apart(slot) {
                    self.apart(slot)
                } else {
                    self.graded(slot)
                }
            }
        }
    }

    /// Is a declaration worked out by itself? Where everything is looked at together, only points for
    /// each record whose classes are not known.
    fn is_apart(&mut self, slot: usize) -> bool {
        if !self.prover.classes.joint {
            return true;
        }
        let Some(version) = self.prover.sides[self.side].version(slot) else { return false };
        let Content::Each(each) = &version.content else { return false };
        let side = self.side_of_classes(|it| {
            it.rises_by_one(&each.source, &version.lets) && it.is_same_of_each(each, &version.lets)
        });
        let key = self.prover.key_of_content(side, &version.content, &version.lets);
        self.prover.classes.points(key).is_none()
    }

    /// What a declaration is worth; of a classification after direct determinations.
    pub(super) fn graded(&mut self, slot: usize) -> Res<Abs> {
        let worth = self.decl(slot)?;
        let side = &self.prover.sides[self.side];
        let linked = side.linked();
        let (Abs::Member(by_score), DeclKind::Classify { grade }) =
            (&worth, &linked.decl(slot).kind)
        else {
            return Ok(worth);
        };
        let mut hits = Vec::new();
        for (number, decide) in linked.decides(slot).enumerate() {
            let as_of = self.prover.sides[self.side].as_of;
            let rule = decide.versions.iter().find(|it| it.1.period.contains(as_of));
            let Some((effect, version)) = rule else { continue };
            match super::decides::hit(self, version)? {
                Value::Bool(true) => hits.push((number, decide, effect)),
                error @ Value::Error(_) => return Ok(Abs::of(&error)),
                _ => {}
            }
        }
        let last = linked.enumeration(grade.slot.index()).members.len().saturating_sub(1);
        let last = u16::try_from(last).unwrap_or(u16::MAX);
        Ok(Abs::Member(crate::eval::settled(*by_score, last, hits.into_iter())))
    }

    /// A declaration that is worked out by itself: its values in both versions are one leaf.
    fn apart(&mut self, slot: usize) -> Res<Abs> {
        let met = (self.side, slot, self.prover.assumption());
        if let Some(known) = self.prover.met.apart.get(&met) {
            return self.leaf(*known);
        }
        let pair = self.prover.pair_of(self.side, slot);
        let id = self.prover.leaf_of_pair(pair).map_err(Stop::GiveUp)?;
        self.prover.met.apart.insert(met, id);
        self.leaf(id)
    }

    /// A leaf as this version sees it.
    pub(super) fn leaf(&mut self, id: LeafId) -> Res<Abs> {
        let leaf = self.prover.leaf(id);
        match self.state.get(&id) {
            Some(cell) => Ok(cell.seen(id, leaf, self.side)),
            None => match leaf.cells.as_slice() {
                [only] => Ok(only.seen(id, leaf, self.side)),
                cells => Err(Stop::Split(id, cells.to_vec())),
            },
        }
    }

    /// The cell that a leaf is in.
    pub(super) fn cell(&self, id: LeafId) -> Option<Cell> {
        let first = || self.prover.leaf(id).cells.first().cloned();
        self.state.get(&id).cloned().or_else(first)
    }

    /// A sum of leaves within the bounds that their cells give.
    pub(super) fn tightened(&self, sum: Num) -> Num {
        let Some(form) = &sum.form else { return sum };
        let mut low = Some(form.plus);
        let mut high = Some(form.plus);
        for (leaf, factor) in &form.terms {
            let (mut a, mut b) = self.cell(*leaf).map_or((None, None), |it| it.bounds(self.side));
            if factor.is_negative() {
                std::mem::swap(&mut a, &mut b);
            }
            let times = |it: Option<Decimal>| {
                let it = it?;
                it.checked_mul(*factor, it.places().saturating_add(factor.places()))
            };
            low = low.zip(times(a)).and_then(|(a, b)| a.checked_add(b));
            high = high.zip(times(b)).and_then(|(a, b)| a.checked_add(b));
        }
        let tighter = |own: Option<Decimal>, new: Option<Decimal>, greatest: bool| match (own, new)
        {
            (Some(a), Some(b)) => Some(if greatest { a.max(b) } else { a.min(b) }),
            (a, b) => a.or(b),
        };
        Num { low: tighter(sum.low, low, true), high: tighter(sum.high, high, false), ..sum }
    }

    /// Cuts one of the leaves that a number depends on.
    pub(super) fn refine<T>(&self, number: &Num) -> Res<T> {
        let terms = number.form.iter().flat_map(|it| it.terms.keys());
        for leaf in terms.chain(&number.from) {
            let Some(cell) = self.cell(*leaf) else { continue };
            if let Some(cells) = self.prover.leaf(*leaf).refine(&cell, self.side)
                && cells.as_slice() != [cell]
            {
                return Err(Stop::Split(*leaf, cells));
            }
        }
        Err(Stop::GiveUp(Reason::Unbounded))
    }

    /// The leaf of something that stands in a version; it is made where it was not met before.
    pub(super) fn once<T>(
        &mut self,
        asked: &'static str,
        at: &'p T,
        make: impl Fn(&mut Self) -> Res<(String, Leaf)>,
    ) -> Res<Abs> {
        let id = self.met(asked, at, &make)?.0;
        self.leaf(id)
    }

    /// The same of something whose value may go another way where there is one record more.
    pub(super) fn going<T>(
        &mut self,
        asked: &'static str,
        at: &'p T,
        trend: impl Fn(&mut Trends<'_, 'p>) -> (Trend, bool),
        make: impl Fn(&mut Self) -> Res<(String, Leaf)>,
    ) -> Res<Abs> {
        let (id, is_new) = self.met(asked, at, &make)?;
        let side = &self.prover.sides[self.side];
        if let Some(table) = side.one_more()
            && is_new
            && self.record.is_none()
        {
            let (trend, one) = trend(&mut Trends::new(side, table));
            let own = std::mem::replace(&mut self.side, 0);
            let before = self.met(asked, at, &make);
            self.side = own;
            let before = before?.0;
            if before != id {
                self.prover.goes(before, id, trend, one);
            }
        }
        self.leaf(id)
    }

    /// The leaf, and whether it was met for the first time.
    fn met<T>(
        &mut self,
        asked: &'static str,
        at: &'p T,
        make: &dyn Fn(&mut Self) -> Res<(String, Leaf)>,
    ) -> Res<(LeafId, bool)> {
        let place = (self.side, std::ptr::from_ref(at).addr());
        let met = (asked, place, self.record, self.prover.assumed(self.side));
        if let Some(known) = self.prover.met.leaves.get(&met) {
            return Ok((*known, false));
        }
        let (key, leaf) = make(self)?;
        let id = self.prover.leaf_under(key, || leaf);
        self.prover.met.leaves.insert(met, id);
        Ok((id, true))
    }

    /// The value of an expression that no household has a part in.
    fn constant(&mut self, expr: &'p Expr, lets: &'p [Let]) -> Value {
        if let Node::Const(it) = &expr.node {
            return it.clone();
        }
        self.prover.constant(self.side, expr, lets)
    }
}

fn divided(number: &Num, by: Decimal, places: u8) -> Num {
    let end = |it: Option<Decimal>| it?.checked_div(by, places);
    let (mut low, mut high) = (end(number.low), end(number.high));
    if by.is_negative() {
        std::mem::swap(&mut low, &mut high);
    }
    match (low, high) {
        (Some(a), Some(b)) if a == b => Num::point(a),
        _ => {
            let shape = number.shape_after(Step::Divide(by, places));
            Num { low, high, places, form: None, shape, from: number.from.clone() }
        }
    }
}

/// Of two non-values the one that wins: 错误, then 不适用, then 缺失.
pub(super) fn worse(a: Abs, b: Abs) -> Abs {
    let rank = |it: &Abs| match it {
        Abs::Error(_) => 3,
        Abs::NotApplicable => 2,
        Abs::Missing => 1,
        _ => 0,
    };
    if rank(&b) > rank(&a) { b } else { a }
}

/// What stands in the place of 是 or 否 and is neither.
pub(super) fn not_bool(value: Abs) -> Abs {
    match value {
        Abs::NotApplicable | Abs::Error(_) => value,
        Abs::Missing => Abs::Error(Fault::UnexpectedMissing),
        _ => Abs::Error(Fault::Type),
    }
}

/// What stands in the place of a number and is none.
fn not_number(value: Abs) -> Abs {
    if value.is_present() { Abs::Error(Fault::Type) } else { value }
}
