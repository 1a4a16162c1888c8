//! Sources: what they consist of, and what stands in them.

use super::{Scope, Valid};
use crate::limits;
use crate::model::{Content, DeclKind, Expr, Source, Ty};

/// What a source consists of.
#[derive(Debug, Clone)]
pub(super) enum Elem {
    /// Records of the table of that slot.
    Record(usize),
    /// Groups.
    Group {
        /// The type of the key.
        key: Ty,
        /// What is in a group.
        of: Box<Elem>,
    },
    /// Years, quarters or months.
    Unit,
    /// Earlier results.
    Result,
}

impl<'m> Valid<'m> {
    /// Looks at a source: what it consists of, where that can be said.
    pub(super) fn source(&mut self, source: &'m Source, scope: &Scope<'m>) -> Option<Elem> {
        match source {
            Source::Table(it) => Some(Elem::Record(it.slot.index())),
            Source::Named(it) => {
                let elem = self.named(it.slot.index());
                self.insist(elem.is_some(), "这不是一组记录", "this is no set of records");
                elem
            }
            Source::Filter { of, condition } => {
                let elem = self.within("filter", |own| own.source(of, scope))?;
                let inner = scope.with(elem.clone());
                self.within("condition", |own| own.holds(condition, &inner));
                Some(elem)
            }
            Source::Group { of, key } => {
                let elem = self.within("group", |own| own.source(of, scope))?;
                let inner = scope.with(elem.clone());
                self.within("key", |own| own.expr(key, &inner));
                Some(Elem::Group { key: Ty::present(key.ty.kind.clone()), of: Box::new(elem) })
            }
            Source::Members { up } => {
                let elem = match scope.element(*up) {
                    Some(Elem::Group { of, .. }) => Some((**of).clone()),
                    _ => None,
                };
                self.insist(elem.is_some(), "这里没有一组", "there is no group here");
                elem
            }
            Source::Calendar { count, .. } => {
                self.within("count", |own| own.whole_constant(count, scope));
                Some(Elem::Unit)
            }
            Source::History => Some(Elem::Result),
        }
    }

    fn whole_constant(&mut self, count: &'m Expr, scope: &Scope<'m>) {
        self.constant(count, scope);
        let whole = count.ty.as_number().is_some_and(|it| it.places == 0);
        self.insist(whole, "要一个整数", "a whole number is needed");
    }

    /// What a named set of records consists of.
    fn named(&self, slot: usize) -> Option<Elem> {
        let mut wrapped = Vec::new();
        let mut slot = slot;
        // Sets may be named after others; circles have been refused, and chains are bounded.
        for _ in 0..=limits::MAX_CHAIN {
            let decl = self.linked.decl(slot);
            let version = decl.versions.first().filter(|_| decl.kind == DeclKind::RecordSet)?;
            let Content::Source(mut source) = version.content.clone() else { return None };
            loop {
                source = match source {
                    Source::Filter { of, .. } => *of,
                    Source::Group { of, key } => {
                        wrapped.push(Ty::present(key.ty.kind));
                        *of
                    }
                    other => {
                        source = other;
                        break;
                    }
                };
            }
            let inner = match source {
                Source::Named(it) => {
                    slot = it.slot.index();
                    continue;
                }
                Source::Table(it) => Elem::Record(it.slot.index()),
                Source::Calendar { .. } => Elem::Unit,
                Source::History => Elem::Result,
                Source::Filter { .. } | Source::Group { .. } | Source::Members { .. } => {
                    return None;
                }
            };
            let grouped = |of, key| Elem::Group { key, of: Box::new(of) };
            return Some(wrapped.into_iter().rev().fold(inner, grouped));
        }
        None
    }
}
