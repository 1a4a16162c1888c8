//! Differences between two formulas: as far down as both have the same shape.

use super::change::{Aspect, Kind, Part};
use super::choose::{Difference, TYPES, Walk};
use crate::model::normal::{form, same};
use crate::model::rewrite::{self, Change};
use crate::model::{Condition, Expr, Node, ProductOp, Source, Ty, change};
use crate::value::Value;

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

/// Where in a formula something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Anywhere.
    Plain,
    /// On one side of a comparison.
    Compared,
    /// In the length of a window.
    Window,
    /// In the condition of a set of records.
    Filter,
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
        self.inner(old, new, about, Place::Plain)
    }

    fn inner(&mut self, old: &Expr, new: &Expr, about: &About, place: Place) -> Expr {
        if same(old, new) {
            return old.clone();
        }
        if let (Node::Const(a), Node::Const(b)) = (&old.node, &new.node)
            && alike(a, b)
        {
            let (aspect, kind) = match place {
                Place::Plain | Place::Filter => (Aspect::Literal, about.kind),
                Place::Compared => (Aspect::Literal, Kind::Threshold),
                Place::Window => (Aspect::Window, Kind::Scope),
            };
            let aspect = if old.node == new.node { Aspect::Wording } else { aspect };
            // A formula that is a literal is itself what was changed.
            let aspect = if place == Place::Plain { about.aspect.clone() } else { aspect };
            return self.whole(old, new, aspect, kind);
        }
        let goes_on =
            !matches!(old.node, Node::In { .. } | Node::Const(_)) && shell(old) == shell(new);
        if !goes_on {
            let (aspect, kind) = whole_of(old, new, about, place);
            return self.whole(old, new, aspect, kind);
        }
        let mut inside: Vec<Expr> = Vec::new();
        let mut other = new.clone();
        change::parts(&mut other, &mut |it| inside.push(it.clone()));
        let mut inside = inside.into_iter();
        let within = |at: usize, node: &Node| match node {
            Node::Compare { .. } => Place::Compared,
            Node::Within { .. } if at > 0 => Place::Window,
            Node::Aggregate { .. } | Node::Population(_) => Place::Filter,
            Node::And(_) | Node::Or(_) | Node::Not(_) => place,
            _ if place == Place::Window => Place::Window,
            _ => place,
        };
        let (mut out, node) = (old.clone(), old.node.clone());
        let mut at = 0;
        change::parts(&mut out, &mut |it| {
            if let Some(next) = inside.next() {
                *it = self.inner(it, &next, about, within(at, &node));
            }
            at += 1;
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
            let condition = self.inner(old_condition, new_condition, &about, Place::Filter);
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

/// What a difference is about that goes no further down.
fn whole_of(old: &Expr, new: &Expr, about: &About, place: Place) -> (Aspect, Kind) {
    match (&old.node, &new.node) {
        (Node::Within { date: a, .. }, Node::Within { date: b, .. })
            if same(a.as_ref(), b.as_ref()) =>
        {
            (Aspect::Window, Kind::Scope)
        }
        (Node::Round(a, _), Node::Round(b, _)) if same(a.as_ref(), b.as_ref()) => {
            (about.aspect.clone(), Kind::Weight)
        }
        _ if place == Place::Window => (Aspect::Window, Kind::Scope),
        _ if place == Place::Filter || (old.ty == Ty::bool() && about.kind != Kind::Structure) => {
            (about.aspect.clone(), Kind::Scope)
        }
        _ => (about.aspect.clone(), about.kind),
    }
}

/// Literals of one sort: the rest of the formula need not know which of them stands there.
fn alike(a: &Value, b: &Value) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
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
