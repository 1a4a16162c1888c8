//! Declarations over cells: who they are about, what they are worth, caps and floors.

use std::collections::BTreeSet;

use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{
    Condition, ConditionMode, Content, DeclKind, Let, ListRule, Matrix, Ref, Ty, Version,
};
use heng_dsl::value::{Decimal, Fault, Rounding};

use super::super::Reason;
use super::super::leaf::Abs;
use super::super::number::Num;
use super::opaque::Bound;
use super::{Eval, Res, Stop, not_bool, not_number, worse};

impl<'p> Eval<'_, 'p> {
    /// What a declaration is worth; of a classification the grade that the score gives.
    pub(in super::super) fn decl(&mut self, slot: usize) -> Res<Abs> {
        let side = &self.prover.sides[self.side];
        let decl = side.linked().decl(slot);
        if matches!(decl.kind, DeclKind::RecordValue { .. } | DeclKind::RecordSet) {
            return Ok(Abs::NotApplicable);
        }
        let version = side.version(slot);
        if let Some(outside) = self.outside(slot)? {
            return Ok(outside);
        }
        let Some(version) = version else { return Ok(Abs::NotApplicable) };
        if let Some(applies) = &version.applies
            && let Some(outside) = self.not_about(applies, &version.lets)?
        {
            return Ok(outside);
        }
        let value = match (&decl.kind, &version.content) {
            (DeclKind::Measure { .. }, _) => return Ok(Abs::NotApplicable),
            (DeclKind::Merge, _) if self.has_no_side(version)? => Abs::NotApplicable,
            (_, Content::Parts) => self.whole(slot, version)?,
            (_, Content::Each(each)) => self.each(&version.content, each, &version.lets)?,
            (_, content) => self.content(content, &version.lets)?,
        };
        self.finished(slot, version, value)
    }

    /// A value of a declaration after caps, floors and rounding.
    pub(in super::super) fn finished(
        &mut self,
        slot: usize,
        version: &'p Version,
        value: Abs,
    ) -> Res<Abs> {
        let decl = self.prover.sides[self.side].linked().decl(slot);
        let value = match self.cut(version, value)? {
            Abs::Number(it) => Abs::Number(match decl.ty.as_number() {
                Some(ty) => it.rounded(ty.places, Rounding::HalfUp),
                None => it,
            }),
            value => value,
        };
        Ok(match value {
            Abs::Missing if !decl.ty.optional => Abs::Error(Fault::UnexpectedMissing),
            value => value,
        })
    }

    /// The reason where the package of a declaration is not about the household.
    pub(in super::super) fn outside(&mut self, slot: usize) -> Res<Option<Abs>> {
        let side = &self.prover.sides[self.side];
        let package = side.linked().package_of(slot);
        if !side.is_bound(slot) || self.prover.assumed(self.side) == Some(package) {
            return Ok(None);
        }
        self.scope(package)
    }

    /// The reason where a package is not about the household.
    pub(in super::super) fn scope(&mut self, package: usize) -> Res<Option<Abs>> {
        let linked = self.prover.sides[self.side].linked();
        match linked.packages.get(package).and_then(|it| it.applies.as_ref()) {
            None => Ok(None),
            Some(it) => self.not_about(it, &[]),
        }
    }

    pub(super) fn not_about(
        &mut self,
        applies: &'p Condition,
        lets: &'p [Let],
    ) -> Res<Option<Abs>> {
        Ok(match self.condition(applies, lets)? {
            Abs::Bool(true) => None,
            Abs::Bool(false) => Some(Abs::NotApplicable),
            other => Some(other),
        })
    }

    /// What a content is worth that is no 逐条.
    pub(super) fn content(&mut self, content: &'p Content, lets: &'p [Let]) -> Res<Abs> {
        match content {
            Content::Formula(it) => self.expr(it, lets),
            Content::Table(it) => self.table(it, lets),
            Content::Each(each) => self.each(content, each, lets),
            Content::Matrix(it) => self.matrix(it),
            Content::Condition(it) => self.condition(it, lets),
            Content::Source(_) => Ok(Abs::NotApplicable),
            Content::Parts => Ok(Abs::Error(Fault::Type)),
            Content::List(it) => self.list(it, lets),
        }
    }

    /// A condition; what decides is the first part, from the left, that settles it.
    pub(in super::super) fn condition(
        &mut self,
        condition: &'p Condition,
        lets: &'p [Let],
    ) -> Res<Abs> {
        let settles = match condition.mode {
            ConditionMode::Any => true,
            ConditionMode::One | ConditionMode::All => false,
        };
        let mut worth = Abs::Bool(!settles);
        for part in &condition.parts {
            let value = match self.expr(part, lets)? {
                value @ (Abs::Bool(_) | Abs::NotApplicable | Abs::Error(_)) => value,
                other => not_bool(other),
            };
            match value {
                Abs::Bool(it) if it != settles => {}
                Abs::Bool(_) | Abs::Error(_) => return Ok(value),
                other => worth = worse(worth, other),
            }
        }
        Ok(worth)
    }

    /// A list: admitted, and not removed. Who gets one of few places depends on all others: it is free.
    fn list(&mut self, list: &'p ListRule, lets: &'p [Let]) -> Res<Abs> {
        match self.condition(&list.admit, lets)? {
            Abs::Bool(true) => {}
            other => return Ok(other),
        }
        if let Some(remove) = &list.remove {
            match self.condition(remove, lets)? {
                Abs::Bool(true) => return Ok(Abs::Bool(false)),
                Abs::Bool(false) | Abs::NotApplicable => {}
                other => return Ok(other),
            }
        }
        let Some(quota) = &list.quota else { return Ok(Abs::Bool(true)) };
        let (side, site) = (self.side, quota.site.index());
        self.once("place", quota, |eval| {
            Ok((format!("place {side} {site}"), eval.domain(&Ty::bool(), false, Bound::Free)?))
        })
    }

    fn matrix(&mut self, matrix: &'p Matrix) -> Res<Abs> {
        let rows = self.read(matrix.rows.slot.index())?;
        let columns = self.read(matrix.columns.slot.index())?;
        let place = |value: &Abs, width: usize| match value {
            Abs::Member(at) => Ok(usize::from(*at)),
            Abs::Missing | Abs::NotApplicable => Ok(width.saturating_sub(1)),
            Abs::Error(_) => Err(Box::new(value.clone())),
            _ => Err(Box::new(Abs::Error(Fault::Type))),
        };
        let nothing = || Box::new(Abs::Error(Fault::NoRow));
        let found = place(&rows, matrix.cells.len()).and_then(|row| {
            let cells = matrix.cells.get(row).ok_or_else(nothing)?;
            let column = place(&columns, cells.len())?;
            cells.get(column).copied().ok_or_else(nothing)
        });
        Ok(match found {
            Err(lacking) => *lacking,
            Ok(_) if !rows.is_present() && !columns.is_present() => Abs::NotApplicable,
            Ok(cell) => cell.map_or(Abs::NotApplicable, Abs::Member),
        })
    }

    /// Cuts a number: first the floors, the highest one that holds, then the caps, the lowest one.
    fn cut(&mut self, version: &'p Version, value: Abs) -> Res<Abs> {
        let Abs::Number(mut now) = value else { return Ok(value) };
        for cap in [false, true] {
            let header = if cap { version.bounds.cap } else { version.bounds.floor };
            let mut bounds: Vec<Num> = header.map(Num::point).into_iter().collect();
            for bound in version.conditional.iter().filter(|it| it.cap == cap) {
                match self.expr(&bound.when, &version.lets)? {
                    Abs::Bool(false) | Abs::NotApplicable => continue,
                    Abs::Bool(true) => {}
                    other => return Ok(not_bool(other)),
                }
                match self.number(&bound.value, &version.lets)? {
                    Ok(it) => bounds.push(it),
                    Err(lacking) => return Ok(lacking),
                }
            }
            for bound in bounds {
                now = if cap { now.min(&bound) } else { now.max(&bound) };
            }
        }
        Ok(Abs::Number(now))
    }

    /// The sum of what belongs to a whole.
    fn whole(&mut self, slot: usize, version: &'p Version) -> Res<Abs> {
        let linked = self.prover.sides[self.side].linked();
        let mut sum = Num::point(version.bounds.base.unwrap_or(Decimal::ZERO));
        for part in linked.parts(slot) {
            let value = self.read(*part)?;
            match self.share(*part, value)? {
                Abs::NotApplicable => {}
                Abs::Number(it) => sum = self.tightened(sum.plus(&it)),
                other => return Ok(other),
            }
        }
        Ok(Abs::Number(sum))
    }

    /// What a value of a part adds to its whole; 不适用 where it is not scored.
    pub(in super::super) fn share(&mut self, part: usize, value: Abs) -> Res<Abs> {
        let points = match value {
            Abs::NotApplicable => return Ok(Abs::NotApplicable),
            Abs::Missing => return Ok(Abs::Error(Fault::UnexpectedMissing)),
            Abs::Number(it) => it,
            other => return Ok(not_number(other)),
        };
        let side = &self.prover.sides[self.side];
        let off = matches!(side.linked().decl(part).kind, DeclKind::Indicator { deduct: true, .. });
        let points = if off { points.times(Decimal::from(-1)) } else { points };
        let Some(version) = side.version(part) else { return Ok(Abs::Number(points)) };
        let Some(weight) = &version.bounds.weight else { return Ok(Abs::Number(points)) };
        let weight = match self.number(weight, &version.lets)? {
            Ok(it) => it,
            Err(Abs::Missing) => return Ok(Abs::Error(Fault::UnexpectedMissing)),
            // Then the whole is 不适用, not only this part of it.
            Err(Abs::NotApplicable) => return Err(Stop::GiveUp(Reason::Weight)),
            Err(other) => return Ok(other),
        };
        Ok(match weight.known() {
            Some(factor) => Abs::Number(points.times(factor)),
            None => return self.refine(&weight),
        })
    }

    /// Does a merge read nothing that has a result?
    fn has_no_side(&mut self, version: &'p Version) -> Res<bool> {
        let mut sides = Sides::default();
        walk::content(&version.content, &mut sides);
        version.lets.iter().for_each(|it| walk::content(&it.content, &mut sides));
        let linked = self.prover.sides[self.side].linked();
        let mut any = false;
        for slot in sides.decls {
            if linked.decl(slot).kind == DeclKind::Param {
                continue;
            }
            any = true;
            if !matches!(self.read(slot)?, Abs::Missing | Abs::NotApplicable) {
                return Ok(false);
            }
        }
        Ok(any)
    }
}

/// The declarations that something reads.
#[derive(Default)]
struct Sides {
    decls: BTreeSet<usize>,
}

impl Visitor for Sides {
    fn reference(&mut self, kind: RefKind, reference: &Ref, population: bool) {
        if kind == RefKind::Decl && !population {
            self.decls.insert(reference.slot.index());
        }
    }
}
