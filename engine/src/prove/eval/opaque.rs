//! Leaves: expressions that are not followed any further, and what they can be worth.

use std::collections::BTreeSet;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{Content, DeclKind, Expr, Let, Node, ProductOp, Ref, Ty, TyKind};
use heng_dsl::value::{Decimal, Value};

use super::super::Reason;
use super::super::leaf::{Abs, Cell, Leaf};
use super::super::trend::Trends;
use super::{Eval, Res, Stop};

/// What a number is known to be besides its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Free,
    /// At least zero.
    NotNegative,
    /// A number of things.
    Counted,
    /// A share of a whole.
    Share,
}

impl<'p> Eval<'_, 'p> {
    /// An expression as a leaf.
    pub(super) fn opaque(&mut self, expr: &'p Expr, lets: &'p [Let]) -> Res<Abs> {
        let bound = match &expr.node {
            Node::Population(it) if it.builtin == BuiltinId::Percentile => Bound::Share,
            Node::Population(it) if it.builtin == BuiltinId::Count => Bound::Counted,
            _ => Bound::Free,
        };
        self.leaf_of(expr, lets, bound)
    }

    /// An expression as a leaf, whose number is known to be bounded.
    pub(super) fn leaf_of(&mut self, expr: &'p Expr, lets: &'p [Let], bound: Bound) -> Res<Abs> {
        let trend = |it: &mut Trends<'_, 'p>| (it.expr(expr, lets), false);
        self.going("expression", expr, trend, |eval| eval.expression(expr, lets, bound))
    }

    /// The name and the leaf of an expression.
    pub(super) fn expression(
        &mut self,
        expr: &'p Expr,
        lets: &'p [Let],
        bound: Bound,
    ) -> Res<(String, Leaf)> {
        let absent = self.may_be_absent(expr, lets);
        let key = self.prover.key_of(self.side, expr, lets);
        let leaf = self.domain(&expr.ty, absent, bound)?;
        Ok((format!("expression {key} {absent}{}", self.of_whom()), leaf))
    }

    /// A test of a column against something that is not told from a number.
    pub(super) fn opaque_test(
        &mut self,
        test: &'static str,
        column: &'p Expr,
        with: &'p Expr,
        lets: &'p [Let],
    ) -> Res<Abs> {
        self.once(test, with, |eval| {
            let a = eval.prover.key_of(eval.side, column, lets);
            let b = eval.prover.key_of(eval.side, with, lets);
            let leaf = eval.domain(&Ty::bool(), false, Bound::Free)?;
            Ok((format!("test {test} {a} {b}{}", eval.of_whom()), leaf))
        })
    }

    /// What is asked of a bound record is no leaf of the household.
    pub(super) fn of_whom(&self) -> String {
        self.record.map_or(String::new(), |it| format!(" of {it}"))
    }

    /// Every value of a type; `absent`: also 不适用.
    pub(super) fn domain(&self, ty: &Ty, absent: bool, bound: Bound) -> Res<Leaf> {
        let mut cells = Vec::new();
        let (mut places, mut step) = (0, None);
        match &ty.kind {
            TyKind::Bool => {
                cells.extend([true, false].map(|it| Cell::Value(Value::Bool(it))));
            }
            TyKind::Number(it) => {
                places = it.places;
                let zero = Some(Decimal::ZERO);
                cells.push(match bound {
                    Bound::Free => Cell::Number(None, None),
                    Bound::NotNegative | Bound::Counted => Cell::Number(zero, None),
                    Bound::Share => Cell::Number(zero, Some(Decimal::from(1))),
                });
                if bound == Bound::Counted {
                    step = Some(Decimal::from(1));
                }
            }
            TyKind::Date => cells.push(Cell::Days(None, None)),
            TyKind::Text | TyKind::Code(_) => cells.push(Cell::Text),
            TyKind::Member(it) => {
                let linked = self.prover.sides[self.side].linked();
                let members = linked.enumeration(it.slot.index()).members.len();
                let members = (0..members).filter_map(|it| u16::try_from(it).ok());
                cells.extend(members.map(|it| Cell::Value(Value::Member(it))));
            }
            TyKind::Frequency | TyKind::Unknown => return Err(Stop::GiveUp(Reason::Type)),
        }
        if ty.optional {
            cells.push(Cell::Value(Value::Missing));
        }
        if absent {
            cells.push(Cell::Value(Value::NotApplicable));
        }
        Ok(Leaf { places, step, cells })
    }

    /// May an expression be 不适用?
    pub(super) fn may_be_absent(&mut self, expr: &'p Expr, lets: &'p [Let]) -> bool {
        let place = (self.side, std::ptr::from_ref(expr).addr());
        let met = (place, self.prover.assumed(self.side));
        if let Some(known) = self.prover.met.absent.get(&met) {
            return *known;
        }
        let found = self.finds_absent(lets, |it| walk::expr(expr, it));
        self.prover.met.absent.insert(met, found);
        found
    }

    /// May a content be 不适用?
    pub(super) fn content_may_be_absent(&self, content: &'p Content, lets: &'p [Let]) -> bool {
        self.finds_absent(lets, |it| walk::content(content, it))
    }

    fn finds_absent(&self, lets: &'p [Let], walk: impl FnOnce(&mut Absent<'_, '_, 'p>)) -> bool {
        let (seen, locals) = (BTreeSet::new(), BTreeSet::new());
        let mut absent = Absent { eval: self, seen, locals, guarded: Vec::new(), found: false };
        walk(&mut absent);
        absent.locals(lets);
        absent.found
    }

    /// Does nothing of the household have a part in an expression?
    pub(super) fn is_constant(&self, expr: &'p Expr, lets: &'p [Let]) -> bool {
        match &expr.node {
            Node::Const(_) | Node::AsOf => true,
            Node::Decl(it) => {
                let linked = self.prover.sides[self.side].linked();
                linked.decl(it.slot.index()).kind == DeclKind::Param
            }
            Node::Local(it) => match lets.get(*it as usize).map(|it| &it.content) {
                Some(Content::Formula(it)) => self.is_constant(it, lets),
                _ => false,
            },
            Node::Negate(_)
            | Node::Sum(_)
            | Node::Product { .. }
            | Node::Shift { .. }
            | Node::Round(..)
            | Node::Call { .. } => {
                let mut all = true;
                walk::parts(expr, &mut |it| all &= self.is_constant(it, lets));
                all
            }
            _ => false,
        }
    }

    /// Is a number made of things that can be told one by one, so that cutting them comes to an end?
    pub(super) fn is_countable(&mut self, expr: &'p Expr, lets: &'p [Let]) -> bool {
        let place = (self.side, std::ptr::from_ref(expr).addr());
        if let Some(known) = self.prover.met.countable.get(&place) {
            return *known;
        }
        let found = self.counts_up(expr, lets);
        self.prover.met.countable.insert(place, found);
        found
    }

    fn counts_up(&mut self, expr: &'p Expr, lets: &'p [Let]) -> bool {
        let linked = self.prover.sides[self.side].linked();
        match &expr.node {
            Node::Decl(it) => {
                let slot = it.slot.index();
                match linked.decl(slot).kind {
                    DeclKind::Param
                    | DeclKind::Indicator { .. }
                    | DeclKind::Dimension { .. }
                    | DeclKind::Total => true,
                    _ => self.prover.sides[self.side]
                        .version(slot)
                        .is_some_and(|it| self.content_is_countable(&it.content, &it.lets)),
                }
            }
            Node::Local(it) => lets
                .get(*it as usize)
                .is_some_and(|it| self.content_is_countable(&it.content, lets)),
            Node::Aggregate { builtin, arg, .. } => {
                let arg = arg.as_deref().filter(|_| gives_one(*builtin));
                is_count(*builtin) || arg.is_some_and(|it| self.worths_of_record(it).is_some())
            }
            Node::Code { .. } => true,
            Node::Product { op: ProductOp::Divide, left, right } => {
                self.is_countable(left, lets) && self.is_constant(right, lets)
            }
            Node::If(_, a, b) => self.is_countable(a, lets) && self.is_countable(b, lets),
            Node::Call { builtin, args } => {
                is_order(*builtin) && args.iter().all(|it| self.is_countable(it, lets))
            }
            Node::IfMissing(..)
            | Node::Negate(_)
            | Node::Sum(_)
            | Node::Round(..)
            | Node::Product { .. } => {
                let mut all = true;
                walk::parts(expr, &mut |it| all &= self.is_countable(it, lets));
                all
            }
            _ => self.is_constant(expr, lets),
        }
    }

    fn content_is_countable(&mut self, content: &'p Content, lets: &'p [Let]) -> bool {
        match content {
            Content::Formula(it) => self.is_countable(it, lets),
            Content::Table(it) => it
                .rows
                .iter()
                .filter_map(|it| it.results.first())
                .flatten()
                .all(|it| self.is_countable(it, lets)),
            Content::Each(_) => true,
            Content::Matrix(_)
            | Content::Condition(_)
            | Content::Source(_)
            | Content::Parts
            | Content::List(_) => false,
        }
    }
}

/// Functions that give a whole number of things.
pub(super) fn is_count(builtin: BuiltinId) -> bool {
    use BuiltinId as B;
    matches!(builtin, B::Count | B::CountDistinct | B::Streak | B::LongestStreak)
}

/// Functions of records that give one of the values that they are asked about.
pub(super) fn gives_one(builtin: BuiltinId) -> bool {
    use BuiltinId as B;
    matches!(builtin, B::Largest | B::Smallest | B::Latest | B::Earliest)
}

/// Functions that give one of their arguments, or keep their order.
pub(super) fn is_order(builtin: BuiltinId) -> bool {
    use BuiltinId as B;
    matches!(builtin, B::Highest | B::Lowest | B::Clamp | B::RoundUp | B::RoundDown)
}

/// Earlier results that some conditions read, as often as they do, where one of them asks whether they are
/// there: then none of the others decides without them.
fn guarded(parts: &[Expr]) -> Vec<usize> {
    let asked = |it: &Expr| match &it.node {
        Node::Present { negated: false, item } => match &item.node {
            Node::Past { decl, .. } => Some(decl.slot.index()),
            _ => None,
        },
        _ => None,
    };
    let asked: BTreeSet<usize> = parts.iter().filter_map(asked).collect();
    let mut pasts = Pasts::default();
    parts.iter().for_each(|it| walk::expr(it, &mut pasts));
    pasts.0.into_iter().filter(|it| asked.contains(it)).collect()
}

/// Earlier results, each as often as it is read.
#[derive(Default)]
struct Pasts(Vec<usize>);

impl Visitor for Pasts {
    fn reference(&mut self, _: RefKind, _: &Ref, _: bool) {}

    fn past(&mut self, it: &Ref) {
        self.0.push(it.slot.index());
    }
}

/// Looks for something that may be 不适用.
struct Absent<'e, 'a, 'p> {
    eval: &'e Eval<'a, 'p>,
    seen: BTreeSet<usize>,
    locals: BTreeSet<usize>,
    /// Earlier results that are about to be met and were asked whether they are there.
    guarded: Vec<usize>,
    found: bool,
}

impl<'p> Absent<'_, '_, 'p> {
    fn decl(&mut self, slot: usize) {
        let side: &super::super::side::Side<'p> = &self.eval.prover.sides[self.eval.side];
        let decl = side.linked().decl(slot);
        if decl.kind == DeclKind::Param || !self.seen.insert(slot) {
            return;
        }
        let package = side.linked().package_of(slot);
        let Some(version) = side.version(slot) else {
            self.found = true;
            return;
        };
        let outside =
            side.is_bound(slot) && self.eval.prover.assumed(self.eval.side) != Some(package);
        let dash = match &version.content {
            Content::Table(it) => it.rows.iter().any(|it| it.results.contains(&None)),
            Content::Matrix(_) => true,
            _ => false,
        };
        let whole = matches!(decl.kind, DeclKind::Merge);
        self.found |= outside || dash || whole || version.applies.is_some();
        walk::version(version, self);
    }

    fn locals(&mut self, lets: &'p [Let]) {
        while let Some(it) = self.locals.pop_first() {
            if let Some(it) = lets.get(it) {
                walk::content(&it.content, self);
            }
        }
    }
}

impl Visitor for Absent<'_, '_, '_> {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        if kind == RefKind::Decl {
            self.decl(reference.slot.index());
        }
    }

    fn past(&mut self, it: &Ref) {
        match self.guarded.iter().position(|own| *own == it.slot.index()) {
            Some(at) => drop(self.guarded.swap_remove(at)),
            None => self.found = true,
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.node {
            Node::And(parts) if self.guarded.is_empty() => self.guarded = guarded(parts),
            Node::Local(it) => {
                self.locals.insert(*it as usize);
            }
            Node::AtDate { .. } => self.found = true,
            _ => {}
        }
    }
}
