//! Differences between two formulas: as far down as both have the same shape.

use super::change::{Aspect, Kind, Part};
use super::choose::{Difference, TYPES, Walk};
use crate::model::normal::{form, same};
use crate::model::rewrite::{self, Change};
use crate::model::{Condition, Expr, Node, ProductOp, Source, Ty, change};

/// What a formula is about, where it differs as a whole.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) aspect: Aspect,
    pub(super) kind: Kind,
}

impl About {
    pub(super) fn new(aspect: Aspect, kind: Kind) -> Self {
        Self { aspect, kind }
    }
}

impl Walk<'_> {
    /// An expression.
    pub(super) fn expr(&mut self, old: &Expr, new: &Expr, about: &About) -> Expr {
        if same(old, new) {
            return old.clone();
        }
        if untyped(old) == untyped(new) {
            let part = |it: &Expr| Part::Expr(Box::new(it.clone()));
            let it = Difference::of(Kind::Data, Aspect::Type, part(old), part(new)).within(TYPES);
            return if self.wants(it) { new.clone() } else { old.clone() };
        }
        // As flat as they can be, so that what stands beside each other is compared.
        self.inner(&form(old), &form(new), about, false)
    }

    /// An expression that is known to differ, as far down as both have the same shape.
    fn inner(&mut self, old: &Expr, new: &Expr, about: &About, filter: bool) -> Expr {
        if same(old, new) {
            return old.clone();
        }
        // A list of values is one thing.
        let goes_on =
            !matches!(old.node, Node::In { .. } | Node::Const(_)) && shell(old) == shell(new);
        if !goes_on || is_told_whole(old, new) {
            let (aspect, kind) = whole_of(old, new, about, filter);
            return self.whole(old, new, aspect, kind);
        }
        let mut inside: Vec<Expr> = Vec::new();
        let mut other = new.clone();
        change::parts(&mut other, &mut |it| inside.push(it.clone()));
        let mut inside = inside.into_iter();
        let filter = filter || matches!(old.node, Node::Aggregate { .. } | Node::Population(_));
        let mut out = old.clone();
        change::parts(&mut out, &mut |it| {
            if let Some(next) = inside.next() {
                *it = self.inner(it, &next, about, filter);
            }
        });
        out
    }

    fn whole(&mut self, old: &Expr, new: &Expr, aspect: Aspect, kind: Kind) -> Expr {
        let part = |it: &Expr| Part::Expr(Box::new(it.clone()));
        let it = Difference::of(kind, aspect, part(old), part(new));
        if self.wants(it) { new.clone() } else { old.clone() }
    }

    /// A set of records.
    pub(super) fn source(&mut self, old: &Source, new: &Source, about: &About) -> Source {
        if same(old, new) {
            return old.clone();
        }
        if let (
            Source::Filter { of: a, condition: old_condition },
            Source::Filter { of: b, condition: new_condition },
        ) = (old, new)
            && same(a.as_ref(), b.as_ref())
        {
            let about = About::new(about.aspect.clone(), Kind::Scope);
            let condition = self.inner(
                &form(old_condition.as_ref()),
                &form(new_condition.as_ref()),
                &about,
                true,
            );
            return Source::Filter { of: a.clone(), condition: Box::new(condition) };
        }
        let part = |it: &Source| Part::Source(Box::new(it.clone()));
        let it = Difference::of(Kind::Scope, about.aspect.clone(), part(old), part(new));
        if self.wants(it) { new.clone() } else { old.clone() }
    }

    /// A condition with its parts.
    pub(super) fn condition(
        &mut self,
        old: &Condition,
        new: &Condition,
        about: &About,
    ) -> Condition {
        let forms = |it: &Condition| it.parts.iter().map(form).collect::<Vec<_>>();
        let one = old.parts.len() == 1 && new.parts.len() == 1;
        if forms(old) == forms(new) && (old.mode == new.mode || one) {
            return old.clone();
        }
        let zipped = old.parts.len() == new.parts.len() && (old.mode == new.mode || one);
        let common = old.parts.iter().zip(&new.parts).filter(|(a, b)| same(*a, *b)).count();
        if zipped && common + 1 >= old.parts.len() {
            let mut out = old.clone();
            for (at, (a, b)) in old.parts.iter().zip(&new.parts).enumerate() {
                out.parts[at] = self.expr(a, b, about);
                let is_new = !same(a, b) && same(&out.parts[at], b);
                if let (true, Some(text), Some(to)) =
                    (is_new, new.texts.get(at), out.texts.get_mut(at))
                {
                    to.clone_from(text);
                    out.origin = new.origin.clone();
                }
            }
            return out;
        }
        let part = |it: &Condition| Part::Condition(Box::new(it.clone()));
        let it = Difference::of(about.kind, about.aspect.clone(), part(old), part(new));
        let it = it.at(Some(&old.origin), Some(&new.origin));
        if self.wants(it) { new.clone() } else { old.clone() }
    }

    /// A condition that may be absent.
    pub(super) fn optional_condition(
        &mut self,
        old: Option<&Condition>,
        new: Option<&Condition>,
        about: &About,
    ) -> Option<Condition> {
        if let (Some(old), Some(new)) = (old, new) {
            return Some(self.condition(old, new, about));
        }
        let part = |it: Option<&Condition>| it.map(|it| Part::Condition(Box::new(it.clone())));
        let (before, after) = (part(old), part(new));
        if before.is_none() && after.is_none() {
            return None;
        }
        let it = Difference::one_sided(about.kind, about.aspect.clone(), before, after);
        let it = it.at(old.map(|it| &it.origin), new.map(|it| &it.origin));
        if self.wants(it) { new.cloned() } else { old.cloned() }
    }

    /// An expression that may be absent.
    pub(super) fn optional_expr(
        &mut self,
        old: Option<&Expr>,
        new: Option<&Expr>,
        about: &About,
    ) -> Option<Expr> {
        if let (Some(old), Some(new)) = (old, new) {
            return Some(self.expr(old, new, about));
        }
        let part = |it: Option<&Expr>| it.map(|it| Part::Expr(Box::new(it.clone())));
        let (before, after) = (part(old), part(new));
        if before.is_none() && after.is_none() {
            return None;
        }
        let it = Difference::one_sided(about.kind, about.aspect.clone(), before, after);
        if self.wants(it) { new.cloned() } else { old.cloned() }
    }
}

/// Is a difference told by the whole comparison or window, rather than by the number in it?
fn is_told_whole(old: &Expr, new: &Expr) -> bool {
    is_threshold(old, new)
        || matches!(
            (&old.node, &new.node),
            (Node::Within { date: a, .. }, Node::Within { date: b, .. }) if same(a.as_ref(), b.as_ref())
        )
}

/// Does only what something is compared with differ, or how?
fn is_threshold(old: &Expr, new: &Expr) -> bool {
    let (Node::Compare { left: a, right: b, .. }, Node::Compare { left: x, right: y, .. }) =
        (&old.node, &new.node)
    else {
        return false;
    };
    let named = |it: &Expr| matches!(it.node, Node::Const(_) | Node::Decl(_));
    let moved = |a: &Expr, b: &Expr| same(a, b) || (named(a) && named(b));
    (same(a.as_ref(), x.as_ref()) && moved(b, y)) || (same(b.as_ref(), y.as_ref()) && moved(a, x))
}

/// What a difference is about that goes no further down.
fn whole_of(old: &Expr, new: &Expr, about: &About, filter: bool) -> (Aspect, Kind) {
    match (&old.node, &new.node) {
        _ if is_threshold(old, new) => (Aspect::Literal, Kind::Threshold),
        (Node::Within { date: a, .. }, Node::Within { date: b, .. })
            if same(a.as_ref(), b.as_ref()) =>
        {
            (Aspect::Window, Kind::Scope)
        }
        (Node::Round(a, _), Node::Round(b, _)) if same(a.as_ref(), b.as_ref()) => {
            (about.aspect.clone(), Kind::Weight)
        }
        (Node::Const(_), Node::Const(_)) => (about.aspect.clone(), about.kind),
        _ if filter || (old.ty == Ty::bool() && about.kind != Kind::Structure) => {
            (about.aspect.clone(), Kind::Scope)
        }
        _ => (about.aspect.clone(), about.kind),
    }
}

/// A formula without its parts.
fn shell(it: &Expr) -> Expr {
    let mut it = it.clone();
    change::parts(&mut it, &mut |it| *it = Expr { ty: Ty::bool(), node: Node::Hole });
    it
}

/// A formula without types, but where they say how a result is rounded.
fn untyped(it: &Expr) -> Expr {
    struct Untyped;
    impl Change for Untyped {
        fn expr(&mut self, it: &mut Expr, bound: u32) {
            rewrite::parts(it, bound, self);
            let rounds = matches!(
                it.node,
                Node::Round(..) | Node::Product { op: ProductOp::Divide, .. } | Node::Const(_)
            );
            if !rounds {
                it.ty = Ty::bool();
            }
        }
    }
    let mut it = form(it);
    Untyped.expr(&mut it, 0);
    it
}
