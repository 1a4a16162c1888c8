//! Questions that are answered by 是 or 否.

use heng_dsl::model::{CompareOp, Expr, Let, Node, Window};
use heng_dsl::value::{Decimal, Fault};

use super::super::leaf::{Abs, Cell};
use super::super::number::Num;
use super::{Eval, Res, Stop, not_bool, worse};

impl<'p> Eval<'_, 'p> {
    pub(super) fn question(&mut self, expr: &'p Expr, lets: &'p [Let]) -> Res<Abs> {
        match &expr.node {
            Node::Compare { op, left, right } => {
                let (a, b) = (self.expr(left, lets)?, self.expr(right, lets)?);
                match both(a, b) {
                    Ok((a, b)) => self.compared(*op, &a, &b, (expr, lets)),
                    Err(lacking) => Ok(*lacking),
                }
            }
            Node::In { negated, item, set } => self.is_in(expr, (*negated, item, set), lets),
            Node::KnownCode { item, .. } => match self.expr(item, lets)? {
                Abs::Text(_) => self.opaque(expr, lets),
                other => Ok(there(other)),
            },
            Node::Within { date, window } => match self.expr(date, lets)? {
                Abs::Date(date) => match self.within(&date, window, lets)? {
                    Some(it) => Ok(Abs::Bool(it)),
                    None => self.opaque(expr, lets),
                },
                other => Ok(there(other)),
            },
            Node::Present { negated, item } => Ok(match self.expr(item, lets)? {
                Abs::Error(fault) => Abs::Error(fault),
                value => Abs::Bool(value.is_present() != *negated),
            }),
            Node::Contains(whole, part) | Node::Starts(whole, part) => {
                let (a, b) = (self.expr(whole, lets)?, self.expr(part, lets)?);
                match both(a, b) {
                    Ok((Abs::Text(Some(a)), Abs::Text(Some(b)))) => {
                        Ok(Abs::Bool(if matches!(expr.node, Node::Starts(..)) {
                            a.starts_with(&*b)
                        } else {
                            a.contains(&*b)
                        }))
                    }
                    Ok((Abs::Text(_), Abs::Text(_))) => self.opaque(expr, lets),
                    Ok(_) => Ok(Abs::Error(Fault::Type)),
                    Err(lacking) => Ok(*lacking),
                }
            }
            Node::Not(it) => Ok(match self.expr(it, lets)? {
                Abs::Bool(it) => Abs::Bool(!it),
                other => not_bool(other),
            }),
            Node::And(parts) => self.joined(parts, false, lets),
            Node::Or(parts) => self.joined(parts, true, lets),
            _ => Ok(Abs::Error(Fault::Type)),
        }
    }

    /// 且 (settled by 否) and 或 (settled by 是), asked from the left.
    fn joined(&mut self, parts: &'p [Expr], settles: bool, lets: &'p [Let]) -> Res<Abs> {
        let mut worth = Abs::Bool(!settles);
        for part in parts {
            match self.expr(part, lets)? {
                Abs::Bool(it) if it == settles => return Ok(Abs::Bool(settles)),
                Abs::Bool(_) => {}
                error @ Abs::Error(_) => return Ok(error),
                other => worth = worse(worth, not_bool(other)),
            }
        }
        Ok(worth)
    }

    fn is_in(
        &mut self,
        expr: &'p Expr,
        (negated, item, set): (bool, &'p Expr, &'p [Expr]),
        lets: &'p [Let],
    ) -> Res<Abs> {
        let item = self.expr(item, lets)?;
        if !item.is_present() {
            return Ok(item);
        }
        if item == Abs::Text(None) {
            return self.opaque(expr, lets);
        }
        for member in set {
            let member = self.expr(member, lets)?;
            if !member.is_present() {
                return Ok(member);
            }
            match self.compared(CompareOp::Equal, &item, &member, (expr, lets))? {
                Abs::Bool(true) => return Ok(Abs::Bool(!negated)),
                Abs::Bool(false) => {}
                other => return Ok(other),
            }
        }
        Ok(Abs::Bool(negated))
    }

    /// Compares two values that are there. `whole` is the question that is taken as a leaf where neither
    /// side says enough.
    pub(super) fn compared(
        &mut self,
        op: CompareOp,
        a: &Abs,
        b: &Abs,
        whole: (&'p Expr, &'p [Let]),
    ) -> Res<Abs> {
        Ok(match (a, b) {
            (Abs::Number(x), Abs::Number(y)) | (Abs::Date(x), Abs::Date(y)) => {
                match self.decided(op, x, y)? {
                    Some(it) => Abs::Bool(it),
                    None => return self.opaque(whole.0, whole.1),
                }
            }
            (Abs::Bool(x), Abs::Bool(y)) => Abs::Bool(op.holds(x.cmp(y))),
            (Abs::Member(x), Abs::Member(y)) => Abs::Bool(op.holds(x.cmp(y))),
            (Abs::Frequency(x), Abs::Frequency(y)) => Abs::Bool(op.holds(x.cmp(y))),
            (Abs::Text(Some(x)), Abs::Text(Some(y))) => Abs::Bool(op.holds(x.cmp(y))),
            (Abs::Text(_), Abs::Text(_)) => return self.opaque(whole.0, whole.1),
            _ => Abs::Error(Fault::Type),
        })
    }

    /// Does a comparison of numbers hold? Nothing where cutting would never end.
    pub(super) fn decided(&mut self, op: CompareOp, a: &Num, b: &Num) -> Res<Option<bool>> {
        if let Some(it) = a.surely(op, b) {
            return Ok(Some(it));
        }
        // What both have in common goes out of the difference.
        let difference = self.tightened(a.plus(&b.times(Decimal::from(-1))));
        if let Some(it) = difference.surely(op, &Num::point(Decimal::ZERO)) {
            return Ok(Some(it));
        }
        for (own, other, op) in [(a, b, op), (b, a, op.flipped())] {
            let (Some(leaf), Some(at)) = (own.same_as(), other.known()) else { continue };
            let Some(cell) = self.cell(leaf) else { continue };
            let parts = self.prover.leaf(leaf).cut(&cell, self.side, op, at);
            if parts.as_slice() != [cell] && !parts.is_empty() {
                return Err(Stop::Split(leaf, parts));
            }
        }
        if self.ends(&difference) { self.refine(&difference) } else { Ok(None) }
    }

    /// Does cutting leaves one by one come to an end in telling a number from zero?
    fn ends(&self, number: &Num) -> bool {
        let leaves = || number.from.iter().filter_map(|it| Some((it, self.cell(*it)?)));
        let finite = leaves().all(|(_, cell)| {
            let bounds = cell.bounds(self.side);
            bounds.0.is_some() && bounds.1.is_some()
        });
        let steps = leaves().all(|(leaf, cell)| {
            let paired = matches!(cell, Cell::Pairs(_) | Cell::Scores(_));
            paired || self.prover.leaf(*leaf).step.is_some()
        });
        // Of a sum that was cut off nothing is known but that it keeps the order, or nearly so.
        let one_way = number.form.as_ref().is_none_or(|form| {
            let negative = form.terms.values().filter(|it| it.is_negative()).count();
            negative == 0 || negative == form.terms.len()
        });
        let from_below = leaves().all(|(_, cell)| cell.bounds(self.side).0.is_some());
        steps && (finite || (one_way && from_below))
    }

    /// Is the length of a window the same for every household?
    fn is_fixed(&self, window: &'p Window, lets: &'p [Let]) -> bool {
        match window {
            Window::Last(it) | Window::Next(it) => self.is_constant(it, lets),
            Window::Ago { .. } | Window::Calendar(_) => true,
            Window::YearBefore(it) => self.is_fixed(it, lets),
        }
    }

    /// Does a date lie in a window? Nothing where that cannot be told from its bounds.
    pub(super) fn within(
        &mut self,
        date: &Num,
        window: &'p Window,
        lets: &'p [Let],
    ) -> Res<Option<bool>> {
        if !self.is_fixed(window, lets) {
            return Ok(None);
        }
        let Some((first, last)) = self.prover.stretch(self.side, window, lets) else {
            return Ok(None);
        };
        for (op, bound) in [(CompareOp::GreaterOrEqual, first), (CompareOp::LessOrEqual, last)] {
            match self.decided(op, date, &Num::point(Decimal::from(bound)))? {
                Some(true) => {}
                other => return Ok(other),
            }
        }
        Ok(Some(true))
    }
}

/// Two values that are both there, or the reason why not.
pub(super) fn both(a: Abs, b: Abs) -> Result<(Abs, Abs), Box<Abs>> {
    match (a.is_present(), b.is_present()) {
        (true, true) => Ok((a, b)),
        (true, false) => Err(Box::new(b)),
        (false, true) => Err(Box::new(a)),
        (false, false) => Err(Box::new(worse(a, b))),
    }
}

/// What stands where another type is asked for.
fn there(value: Abs) -> Abs {
    if value.is_present() { Abs::Error(Fault::Type) } else { value }
}
