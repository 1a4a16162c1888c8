//! The numbers of a header, caps and floors with a condition, and 缘由.

use super::decl::Made;
use super::scope::Elab;
use super::table::{Want, number_of};
use super::ty;
use crate::model::{Acceptance, Accepted, ConditionalBound, Expr, NumberTy, TyKind, Unit, Version};
use crate::syntax::ast::{self, AttrKind, BoundWord, LineKind, TextWord};

/// The numbers of the header, and caps and floors with a condition.
pub(super) fn bounds(elab: &mut Elab<'_, '_>, decl: &ast::Decl, made: &mut Made) {
    let mut places = made.ty.as_number().map_or(0, |it| it.places);
    for attr in &decl.attrs {
        let AttrKind::Bound(word, expr) = &attr.kind else { continue };
        if *word == BoundWord::Weight {
            made.version.bounds.weight = elab.weight(expr);
            continue;
        }
        let Some(value) = elab.constant(expr, None) else { continue };
        let own = made.ty.as_number().map_or(Unit::Points, |it| it.unit.clone());
        let fits = value
            .ty
            .as_number()
            .is_some_and(|it| ty::is_bare(&value) || ty::common_unit(&it.unit, &own).is_some());
        let Some(number) = number_of(&value).filter(|_| fits) else {
            elab.mismatch(expr.span, ty::unit_words(&own), &value.ty.kind);
            continue;
        };
        if *word != BoundWord::Max {
            places = places.max(number.places());
        }
        let bounds = &mut made.version.bounds;
        match word {
            BoundWord::Max => bounds.max = Some(number),
            BoundWord::Cap => bounds.cap = Some(number),
            BoundWord::Floor => bounds.floor = Some(number),
            BoundWord::Base => bounds.base = Some(number),
            BoundWord::Weight => {}
        }
    }
    for line in &decl.lines {
        let LineKind::Bound { word, value, when } = &line.kind else { continue };
        let want = match made.ty.as_number().map(|it| &it.unit) {
            Some(Unit::Points) | None => Want::Points,
            Some(_) => Want::Kind(made.ty.kind.clone()),
        };
        let Some(value) = elab.wanted(value, &want) else { continue };
        places = places.max(value.expr.ty.as_number().map_or(0, |it| it.places));
        let text = elab.unit.text(when.span);
        let when = elab.condition(when);
        made.version.conditional.push(ConditionalBound {
            cap: *word == BoundWord::Cap,
            value: value.expr,
            when,
            text,
            origin: elab.unit.origin(line.span),
        });
    }
    if let TyKind::Number(NumberTy { places: own, .. }) = &mut made.ty.kind {
        *own = places;
    }
}

impl Elab<'_, '_> {
    fn weight(&mut self, expr: &ast::Expr) -> Option<Expr> {
        let value = self.wanted(expr, &Want::Ratio)?;
        Some(self.present(value))
    }
}

/// 容许
pub(super) fn accepted(elab: &Elab<'_, '_>, decl: &ast::Decl, version: &mut Version) {
    for line in &decl.lines {
        let LineKind::Accept { what, because } = &line.kind else { continue };
        version.accepted.push(Acceptance {
            what: match what {
                ast::Accepted::Lowering => Accepted::Lowering,
                ast::Accepted::Reversal => Accepted::Reversal,
            },
            because: because.text.clone(),
            origin: elab.unit.origin(line.span),
        });
    }
}

/// 缘由
pub(super) fn reason(elab: &mut Elab<'_, '_>, decl: &ast::Decl, version: &mut Version) {
    for line in &decl.lines {
        if let LineKind::Text(TextWord::Reason, text) = &line.kind {
            version.reason = Some(elab.template(text));
        }
    }
}
