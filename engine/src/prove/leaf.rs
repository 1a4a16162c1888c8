//! What a rule asks of a household, cut into cells.
//!
//! A leaf is something whose value is taken to be free: a field, a count of records, what another
//! declaration is worth in the two versions. Its cells hold every value that it can have for any
//! household; they are cut further only where a rule tells values of one cell apart.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use heng_dsl::model::CompareOp;
use heng_dsl::value::{Date, Decimal, Fault, Frequency, Value};

use super::number::{LeafId, Num, floor, unit};
use super::scores::Scores;

/// What an expression is worth, as far as the cells tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Abs {
    Missing,
    NotApplicable,
    Error(Fault),
    Bool(bool),
    Number(Num),
    /// In days since 1970.
    Date(Num),
    Member(u16),
    /// Absent for a text that is there but not known.
    Text(Option<Arc<str>>),
    Frequency(Frequency),
}

/// A cell of a leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    /// This value, which may be no value.
    Value(Value),
    /// A number between bounds.
    Number(Option<Decimal>, Option<Decimal>),
    /// A date between bounds.
    Days(Option<Decimal>, Option<Decimal>),
    /// Some text.
    Text,
    /// One of these values in the old and in the new version; numbers throughout if there are several.
    Pairs(Rc<Vec<(Value, Value)>>),
    /// One of these pairs of numbers, many of them.
    Scores(Rc<Scores>),
}

/// A leaf.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// Its numbers have no more places.
    pub(super) places: u8,
    /// Its numbers are multiples of this, so that they can be told one by one.
    pub(super) step: Option<Decimal>,
    /// Every value it can have.
    pub(super) cells: Vec<Cell>,
}

/// The cells that were chosen so far.
pub(super) type State = BTreeMap<LeafId, Cell>;

impl Abs {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Missing => Self::Missing,
            Value::NotApplicable => Self::NotApplicable,
            Value::Error(fault) => Self::Error(fault.clone()),
            Value::Bool(it) => Self::Bool(*it),
            Value::Number(it) => Self::Number(Num::point(*it)),
            Value::Date(it) => Self::Date(Num::point(Decimal::from(it.epoch_days()))),
            Value::Text(it) => Self::Text(Some(it.clone())),
            Value::Member(it) => Self::Member(*it),
            Value::Frequency(it) => Self::Frequency(it.clone()),
        }
    }

    pub(super) fn is_present(&self) -> bool {
        !matches!(self, Self::Missing | Self::NotApplicable | Self::Error(_))
    }

    /// The value, where it is known.
    pub(super) fn known(&self) -> Option<Value> {
        Some(match self {
            Self::Missing => Value::Missing,
            Self::NotApplicable => Value::NotApplicable,
            Self::Error(fault) => Value::Error(fault.clone()),
            Self::Bool(it) => Value::Bool(*it),
            Self::Number(it) => Value::Number(it.known()?.trimmed()),
            Self::Date(it) => Value::Date(Date::from_epoch_days(it.known()?.to_whole()?)?),
            Self::Member(it) => Value::Member(*it),
            Self::Text(it) => Value::Text(it.clone()?),
            Self::Frequency(it) => Value::Frequency(it.clone()),
        })
    }
}

impl Cell {
    /// The cell as the version sees it.
    pub(super) fn seen(&self, id: LeafId, leaf: &Leaf, side: usize) -> Abs {
        match self {
            Self::Value(it) => Abs::of(it),
            Self::Number(low, high) => Abs::Number(Num::leaf(id, *low, *high, leaf.places)),
            Self::Days(low, high) => Abs::Date(Num::leaf(id, *low, *high, 0)),
            Self::Text => Abs::Text(None),
            Self::Pairs(pairs) => match (pairs.first(), pairs.len()) {
                (Some(only), 1) => Abs::of(of_side(only, side)),
                _ => {
                    let (low, high) = span(pairs, side);
                    Abs::Number(Num::leaf(id, low, high, leaf.places).apart(id))
                }
            },
            Self::Scores(scores) => match scores.only() {
                Some(only) => Abs::of(of_side(&only, side)),
                None => {
                    let (low, high) = scores.span(side);
                    Abs::Number(Num::leaf(id, low, high, leaf.places).apart(id))
                }
            },
        }
    }

    /// The bounds of its numbers.
    pub(super) fn bounds(&self, side: usize) -> (Option<Decimal>, Option<Decimal>) {
        match self {
            Self::Number(low, high) | Self::Days(low, high) => (*low, *high),
            Self::Pairs(pairs) => span(pairs, side),
            Self::Scores(scores) => scores.span(side),
            Self::Value(Value::Number(it)) => (Some(*it), Some(*it)),
            Self::Value(_) | Self::Text => (None, None),
        }
    }
}

impl Leaf {
    /// The cell cut so that the comparison with a number holds for all of a part or for none.
    pub(super) fn cut(&self, cell: &Cell, side: usize, op: CompareOp, at: Decimal) -> Vec<Cell> {
        match cell {
            Cell::Pairs(pairs) => {
                let mut parts: BTreeMap<std::cmp::Ordering, Vec<(Value, Value)>> = BTreeMap::new();
                for pair in pairs.iter() {
                    let Some(it) = number(of_side(pair, side)) else { continue };
                    parts.entry(group(op, it.cmp(&at))).or_default().push(pair.clone());
                }
                parts.into_values().map(|it| Cell::Pairs(Rc::new(it))).collect()
            }
            Cell::Number(low, high) => {
                let parts = self.parts((*low, *high), op, at);
                parts.into_iter().map(|it| Cell::Number(it.0, it.1)).collect()
            }
            Cell::Days(low, high) => {
                let parts = self.parts((*low, *high), op, at);
                parts.into_iter().map(|it| Cell::Days(it.0, it.1)).collect()
            }
            Cell::Scores(scores) => {
                let parts = self.parts(scores.span(side), op, at).into_iter();
                let parts = parts.filter_map(|it| scores.within(side, it));
                parts.map(|it| Cell::Scores(Rc::new(it))).collect()
            }
            Cell::Value(_) | Cell::Text => Vec::new(),
        }
    }

    /// The cell cut into two or more wherever that is easiest; nothing where it cannot be.
    pub(super) fn refine(&self, cell: &Cell, side: usize) -> Option<Vec<Cell>> {
        match cell {
            Cell::Pairs(pairs) if pairs.len() > 1 => {
                let own = |it: &(Value, Value), side| number(of_side(it, side));
                let side = if span_is_point(pairs, side) { 1 - side } else { side };
                let mut sorted = pairs.as_ref().clone();
                sorted.sort_by_key(|it| own(it, side));
                let middle = sorted.split_off(sorted.len() / 2);
                Some(vec![Cell::Pairs(Rc::new(sorted)), Cell::Pairs(Rc::new(middle))])
            }
            Cell::Number(low, high) => {
                let step = self.step?;
                let (low, high) = self.aligned((*low, *high));
                match low {
                    Some(low) => {
                        let rest = Cell::Number(low.checked_add(step), high);
                        let first = Cell::Number(Some(low), Some(low));
                        Some(if high == Some(low) { vec![first] } else { vec![first, rest] })
                    }
                    None => Some(match high {
                        Some(high) if high.is_negative() => vec![
                            Cell::Number(Some(high), Some(high)),
                            Cell::Number(None, high.checked_sub(step)),
                        ],
                        _ => vec![
                            Cell::Number(Some(Decimal::ZERO), high),
                            Cell::Number(None, Some(step.negated())),
                        ],
                    }),
                }
            }
            Cell::Scores(scores) => {
                let halves = scores.halves(side)?.into_iter();
                Some(halves.map(|it| Cell::Scores(Rc::new(it))).collect())
            }
            Cell::Pairs(_) | Cell::Value(_) | Cell::Days(..) | Cell::Text => None,
        }
    }

    fn parts(
        &self,
        (low, high): (Option<Decimal>, Option<Decimal>),
        op: CompareOp,
        at: Decimal,
    ) -> Vec<(Option<Decimal>, Option<Decimal>)> {
        let one = unit(self.places);
        let Some(under) = floor(at, self.places) else { return Vec::new() };
        let on_grid = under == at;
        let below = if on_grid { under.checked_sub(one) } else { Some(under) };
        let above = under.checked_add(one);
        let (Some(below), Some(above)) = (below, above) else { return Vec::new() };
        let parts = match op {
            CompareOp::Less | CompareOp::GreaterOrEqual => {
                let from = if on_grid { under } else { above };
                vec![(low, Some(below)), (Some(from), high)]
            }
            CompareOp::LessOrEqual | CompareOp::Greater => {
                vec![(low, Some(under)), (Some(above), high)]
            }
            CompareOp::Equal | CompareOp::NotEqual if on_grid => {
                vec![(low, Some(below)), (Some(under), Some(under)), (Some(above), high)]
            }
            CompareOp::Equal | CompareOp::NotEqual => {
                vec![(low, Some(under)), (Some(above), high)]
            }
        };
        let parts = parts.into_iter().map(|it| self.aligned(it));
        parts.filter(|it| !matches!(it, (Some(a), Some(b)) if a > b)).collect()
    }

    /// The bounds moved inwards to multiples of the step.
    fn aligned(
        &self,
        (low, high): (Option<Decimal>, Option<Decimal>),
    ) -> (Option<Decimal>, Option<Decimal>) {
        let Some(step) = self.step else { return (low, high) };
        let down =
            |it: Decimal| it.quotient(step).and_then(|it| it.checked_mul(step, step.places()));
        // A bound that cannot be moved stays: then the cell is only larger than it has to be.
        let high = high.map(|it| down(it).unwrap_or(it));
        let low = low.map(|it| match down(it) {
            Some(under) if under < it => under.checked_add(step).unwrap_or(it),
            _ => it,
        });
        (low, high)
    }
}

/// Which values stay together under a comparison.
fn group(op: CompareOp, order: std::cmp::Ordering) -> std::cmp::Ordering {
    use std::cmp::Ordering::{Equal, Greater, Less};
    match op {
        CompareOp::Equal | CompareOp::NotEqual => order,
        CompareOp::Less | CompareOp::GreaterOrEqual => {
            if order == Less {
                Less
            } else {
                Greater
            }
        }
        CompareOp::LessOrEqual | CompareOp::Greater => {
            if order == Greater {
                Greater
            } else {
                Equal
            }
        }
    }
}

/// What a pair is for a version.
pub(super) fn of_side(pair: &(Value, Value), side: usize) -> &Value {
    if side == 0 { &pair.0 } else { &pair.1 }
}

pub(super) fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(it) => Some(*it),
        _ => None,
    }
}

fn span(pairs: &[(Value, Value)], side: usize) -> (Option<Decimal>, Option<Decimal>) {
    let numbers = || pairs.iter().filter_map(|it| number(of_side(it, side)));
    (numbers().min(), numbers().max())
}

fn span_is_point(pairs: &[(Value, Value)], side: usize) -> bool {
    let (low, high) = span(pairs, side);
    low == high
}
