//! The direct parts of an expression, to be changed in place: the mutable side of [`super::walk`].
//!
//! Each part is handed over with how many elements are bound between the whole and it, so that whoever
//! moves an expression to another place can count bound records anew.

use super::{Column, Expr, Node, Population, Ref, Source, Ty, TyKind, Window};

/// What a change of an expression is told, from the outside to the inside.
pub trait Change {
    /// An expression `bound` elements further in than where the change began; whoever implements this
    /// goes on to the parts with [`parts`].
    fn expr(&mut self, expr: &mut Expr, bound: u32);
    /// A source, before its parts.
    fn source(&mut self, _source: &mut Source, _bound: u32) {}
    /// The number of a bound element.
    fn up(&mut self, _up: &mut u32, _bound: u32) {}
    /// A reference.
    fn reference(&mut self, _reference: &mut Ref) {}
}

/// Changes the parts of an expression, and what it refers to.
pub fn parts<C: Change>(expr: &mut Expr, bound: u32, change: &mut C) {
    ty(&mut expr.ty, change);
    match &mut expr.node {
        Node::Hole | Node::Const(_) | Node::AsOf | Node::Local(_) => {}
        Node::Field(it) | Node::Decl(it) => change.reference(it),
        Node::RecordField { up, column: Column { table, .. } } => {
            change.reference(table);
            change.up(up, bound);
        }
        Node::Item { up, .. } => change.up(up, bound),
        Node::Past { up, decl } | Node::RecordDecl { up, decl } => {
            change.reference(decl);
            change.up(up, bound);
        }
        Node::Code { key, column } => {
            change.reference(&mut column.table);
            change.expr(key, bound);
        }
        Node::AtDate { decl, date, .. } => {
            change.reference(decl);
            change.expr(date, bound);
        }
        Node::KnownCode { item, codes, .. } => {
            change.reference(codes);
            change.expr(item, bound);
        }
        Node::Within { date, window } => {
            change.expr(date, bound);
            self::window(window, bound, change);
        }
        Node::Aggregate { source, arg, .. } => {
            self::source(source, bound, change);
            arg.iter_mut().for_each(|it| change.expr(it, bound + 1));
        }
        Node::Population(it) => {
            let Population { keys, filter, arg, .. } = it.as_mut();
            keys.iter_mut().chain(filter).chain(arg).for_each(|it| change.expr(it, bound));
        }
        node => plain(node, bound, change),
    }
}

/// The parts of what has only expressions as parts.
fn plain<C: Change>(node: &mut Node, bound: u32, change: &mut C) {
    match node {
        Node::Negate(it) | Node::Present { item: it, .. } | Node::Not(it) | Node::Round(it, _) => {
            change.expr(it, bound);
        }
        Node::Sum(terms) => terms.iter_mut().for_each(|it| change.expr(&mut it.expr, bound)),
        Node::Product { left: a, right: b, .. }
        | Node::Compare { left: a, right: b, .. }
        | Node::Shift { date: a, by: b, .. }
        | Node::Contains(a, b)
        | Node::Starts(a, b)
        | Node::IfMissing(a, b) => {
            change.expr(a, bound);
            change.expr(b, bound);
        }
        Node::In { item, set, .. } => {
            change.expr(item, bound);
            set.iter_mut().for_each(|it| change.expr(it, bound));
        }
        Node::And(all) | Node::Or(all) | Node::Call { args: all, .. } => {
            all.iter_mut().for_each(|it| change.expr(it, bound));
        }
        Node::If(a, b, c) => [a, b, c].into_iter().for_each(|it| change.expr(it, bound)),
        // The others are dealt with above.
        _ => {}
    }
}

/// Changes a source and its parts.
pub fn source<C: Change>(it: &mut Source, bound: u32, change: &mut C) {
    change.source(it, bound);
    match it {
        Source::Table(it) | Source::Named(it) => change.reference(it),
        Source::Filter { of, condition: inside } | Source::Group { of, key: inside } => {
            source(of, bound, change);
            change.expr(inside, bound + 1);
        }
        Source::Members { up } => change.up(up, bound),
        Source::Calendar { count, .. } => change.expr(count, bound),
        Source::History => {}
    }
}

fn window<C: Change>(it: &mut Window, bound: u32, change: &mut C) {
    match it {
        Window::Last(it) | Window::Next(it) => change.expr(it, bound),
        Window::Ago { .. } | Window::Calendar(_) => {}
        Window::YearBefore(it) => window(it, bound, change),
    }
}

fn ty<C: Change>(it: &mut Ty, change: &mut C) {
    if let TyKind::Member(it) | TyKind::Code(it) = &mut it.kind {
        change.reference(it);
    }
}
