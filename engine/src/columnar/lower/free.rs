//! Which bound elements an expression speaks of: what does not speak of an element is not worked out
//! for each.

use heng_dsl::model::walk;
use heng_dsl::model::{Expr, Node, Source};

/// The bound elements that are spoken of, counted outwards from where the look begins.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    /// The innermost one.
    pub(super) innermost: Option<u32>,
    /// Local values, which may speak of the element that a rule is about.
    pub(super) locals: bool,
}

impl Spoken {
    /// A function of a source, and what is taken from each element.
    pub(super) fn of_aggregate(source: &Source, arg: Option<&Expr>) -> Self {
        let mut spoken = Self::default();
        spoken.source(source, 0);
        if let Some(arg) = arg {
            spoken.expr(arg, 1);
        }
        spoken
    }

    fn up(&mut self, up: u32, depth: u32) {
        if let Some(outer) = up.checked_sub(depth) {
            self.innermost = Some(self.innermost.map_or(outer, |it| it.min(outer)));
        }
    }

    fn source(&mut self, source: &Source, depth: u32) {
        match source {
            Source::Table(_) | Source::Named(_) | Source::History => {}
            Source::Filter { of, condition: it } | Source::Group { of, key: it } => {
                self.source(of, depth);
                self.expr(it, depth + 1);
            }
            Source::Members { up } => self.up(*up, depth),
            Source::Calendar { count, .. } => self.expr(count, depth),
        }
    }

    fn expr(&mut self, expr: &Expr, depth: u32) {
        match &expr.node {
            Node::RecordField { up, .. }
            | Node::Item { up, .. }
            | Node::Past { up, .. }
            | Node::RecordDecl { up, .. } => self.up(*up, depth),
            Node::Local(_) => self.locals = true,
            Node::Aggregate { source, arg, .. } => {
                self.source(source, depth);
                if let Some(arg) = arg {
                    self.expr(arg, depth + 1);
                }
            }
            _ => walk::parts(expr, &mut |part| self.expr(part, depth)),
        }
    }
}
