//! The parts of an expression, to be changed in place: for those who ask what a rule would be otherwise.

use super::{Cell, CellBound, Expr, Node, Population, Source, Test, Window};

/// Gives each expression right inside of an expression, also those of its sources and windows.
pub fn parts(expr: &mut Expr, each: &mut dyn FnMut(&mut Expr)) {
    match &mut expr.node {
        Node::Hole
        | Node::Const(_)
        | Node::AsOf
        | Node::Field(_)
        | Node::RecordField { .. }
        | Node::Item { .. }
        | Node::Past { .. }
        | Node::Decl(_)
        | Node::RecordDecl { .. }
        | Node::Local(_) => {}
        Node::Code { key: it, .. }
        | Node::AtDate { date: it, .. }
        | Node::Negate(it)
        | Node::KnownCode { item: it, .. }
        | Node::Present { item: it, .. }
        | Node::Not(it)
        | Node::Round(it, _) => each(it),
        Node::Sum(terms) => terms.iter_mut().for_each(|it| each(&mut it.expr)),
        Node::Product { left, right, .. } | Node::Compare { left, right, .. } => {
            each(left);
            each(right);
        }
        Node::Shift { date, by, .. } => {
            each(date);
            each(by);
        }
        Node::In { item, set, .. } => {
            each(item);
            set.iter_mut().for_each(each);
        }
        Node::Contains(a, b) | Node::Starts(a, b) | Node::IfMissing(a, b) => {
            each(a);
            each(b);
        }
        Node::And(all) | Node::Or(all) | Node::Call { args: all, .. } => {
            all.iter_mut().for_each(each);
        }
        Node::If(a, b, c) => {
            each(a);
            each(b);
            each(c);
        }
        Node::Within { date, window: of } => {
            each(date);
            window(of, each);
        }
        Node::Aggregate { source: of, arg, .. } => {
            source(of, each);
            if let Some(it) = arg {
                each(it);
            }
        }
        Node::Population(it) => population(it, each),
    }
}

/// The expressions of a source.
pub fn source(it: &mut Source, each: &mut dyn FnMut(&mut Expr)) {
    match it {
        Source::Table(_) | Source::Named(_) | Source::Members { .. } | Source::History => {}
        Source::Filter { of, condition } => {
            source(of, each);
            each(condition);
        }
        Source::Group { of, key } => {
            source(of, each);
            each(key);
        }
        Source::Calendar { count, .. } => each(count),
    }
}

/// The expressions of a window: its length.
pub fn window(it: &mut Window, each: &mut dyn FnMut(&mut Expr)) {
    match it {
        Window::Last(length) | Window::Next(length) => each(length),
        Window::Ago { .. } | Window::Calendar(_) => {}
        Window::YearBefore(of) => window(of, each),
    }
}

fn population(it: &mut Population, each: &mut dyn FnMut(&mut Expr)) {
    it.keys.iter_mut().for_each(&mut *each);
    if let Some(it) = &mut it.filter {
        each(it);
    }
    if let Some(it) = &mut it.arg {
        each(it);
    }
}

/// The bounds of a cell, and whether each is the lower one.
pub fn bounds(cell: &mut Cell, each: &mut dyn FnMut(&mut CellBound, bool)) {
    let Cell::OneOf(tests) = cell else { return };
    for test in tests {
        match test {
            Test::Range { low, high } => {
                if let Some(it) = low {
                    each(it, true);
                }
                if let Some(it) = high {
                    each(it, false);
                }
            }
            Test::Missing
            | Test::Equals(_)
            | Test::Differs(_)
            | Test::Starts(_)
            | Test::Window(_) => {}
        }
    }
}
