//! The bands of a column: where each begins and ends, so that bands are aligned and not lines.

use super::key;
use crate::model::{Cell, CellBound, Expr, Node, Test, Ty, TyKind};
use crate::value::{Decimal, Value};

/// Where a band begins, or where the one below it ends.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    /// The value as written.
    pub(crate) value: Expr,
    /// The value itself still belongs to the band below.
    pub(crate) above: bool,
    /// What is equal for equal edges: `不超过 3` and `4 以上` are one edge where there are only whole numbers.
    key: (Option<Decimal>, String, bool),
}

impl PartialEq for Edge {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Edge {
    fn new(value: &Expr, above: bool, ty: &Ty) -> Self {
        let places = ty.as_number().map(|it| it.places);
        let key = match (&value.node, places) {
            (Node::Const(Value::Number(it)), Some(places)) => {
                (Some(first(*it, above, places)), String::new(), false)
            }
            (Node::Const(value), _) => (None, key(value), above),
            (node, _) => (None, key(node), above),
        };
        Self { value: value.clone(), above, key }
    }

    /// The first number of the band that begins here, where it is a number.
    pub(crate) fn first(&self) -> Option<Decimal> {
        self.key.0
    }

    /// The first number above the band below, in the unit of the column: a bare number takes that.
    fn plain(&self, ty: &Ty) -> Option<Self> {
        let number = self.first()?.trimmed();
        let (node, ty) = (Node::Const(Value::Number(number)), Ty { optional: false, ..ty.clone() });
        let mut value = Expr { ty, node };
        if let TyKind::Number(ty) = &mut value.ty.kind {
            ty.places = number.places();
        }
        Some(Self { value, above: false, key: self.key.clone() })
    }

    /// A text that is equal for equal edges.
    pub(crate) fn text(&self) -> String {
        let (number, text, above) = &self.key;
        match number {
            Some(it) => it.trimmed().to_string(),
            None => format!("{text}{above}"),
        }
    }
}

/// The first number with so many places from the value on, or above it.
fn first(value: Decimal, above: bool, places: u8) -> Decimal {
    use crate::value::Rounding;
    let floor = |it: Decimal| {
        // Rounding goes towards zero, so that what lies below zero needs one step more.
        let down = it.round(places, Rounding::Down)?;
        let step = Decimal::new(1, places)?;
        if down > it { down.checked_sub(step) } else { Some(down) }
    };
    let first = || {
        let down = floor(value)?;
        let step = Decimal::new(1, places)?;
        if above || down != value { down.checked_add(step) } else { Some(down) }
    };
    first().unwrap_or(value)
}

/// The band of a cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Band {
    /// Where it begins; absent where it is open.
    pub(crate) low: Option<Edge>,
    /// Where the next one begins.
    pub(crate) high: Option<Edge>,
}

impl Band {
    /// The band that a cell asks for, if it is one.
    pub(crate) fn of(cell: &Cell, ty: &Ty) -> Option<Self> {
        let Cell::OneOf(tests) = cell else { return None };
        let [test] = tests.as_slice() else { return None };
        Self::of_test(test, ty)
    }

    /// The band that a test asks for, if it is one.
    pub(crate) fn of_test(test: &Test, ty: &Ty) -> Option<Self> {
        match test {
            Test::Range { low, high } => {
                let edge = |it: &CellBound, above: bool| Edge::new(&it.value, above, ty);
                Some(Self {
                    low: low.as_ref().map(|it| edge(it, !it.inclusive)),
                    high: high.as_ref().map(|it| edge(it, it.inclusive)),
                })
            }
            Test::Equals(it) if ty.as_number().is_some() => Some(Self {
                low: Some(Edge::new(it, false, ty)),
                high: Some(Edge::new(it, true, ty)),
            }),
            _ => None,
        }
    }

    /// A test that asks for it.
    pub(crate) fn test(self) -> Test {
        let low = self.low.map(|it| CellBound { value: it.value, inclusive: !it.above });
        let high = self.high.map(|it| CellBound { value: it.value, inclusive: it.above });
        Test::Range { low, high }
    }

    /// The same band with both edges written as its first number and the first one above it; absent
    /// where an edge is no number.
    fn plain(&self, ty: &Ty) -> Option<Self> {
        let edge = |it: &Option<Edge>| match it {
            None => Some(None),
            Some(it) => it.plain(ty).map(Some),
        };
        Some(Self { low: edge(&self.low)?, high: edge(&self.high)? })
    }

    /// Does no number lie between the end of this band and the beginning of the other?
    fn meets(&self, other: &Self) -> bool {
        match (self.high.as_ref().map(Edge::first), other.low.as_ref().map(Edge::first)) {
            (Some(Some(high)), Some(Some(low))) => low <= high,
            (None, _) | (_, None) => true,
            _ => false,
        }
    }

    /// A text that is equal for equal bands.
    pub(crate) fn text(&self) -> String {
        let edge = |it: &Option<Edge>| it.as_ref().map(Edge::text).unwrap_or_default();
        format!("[{}, {})", edge(&self.low), edge(&self.high))
    }
}

/// The tests of a cell with its bands as few and as plain as they can be: `1` is 1 以上不满 2 where there are
/// only whole numbers, and bands that meet are one.
pub(super) fn merged(tests: Vec<Test>, ty: &Ty) -> Vec<Test> {
    let (mut bands, mut others) = (Vec::new(), Vec::new());
    for test in tests {
        match Band::of_test(&test, ty).and_then(|it| it.plain(ty)) {
            Some(it) => bands.push(it),
            None => others.push(test),
        }
    }
    bands.sort_by_key(|it| it.low.as_ref().and_then(Edge::first));
    let mut out: Vec<Band> = Vec::with_capacity(bands.len());
    for band in bands {
        match out.last_mut() {
            Some(last) if last.meets(&band) => {
                let end = |it: &Band| it.high.as_ref().and_then(Edge::first);
                let farther =
                    last.high.is_some() && (band.high.is_none() || end(&band) > end(last));
                if farther {
                    last.high = band.high;
                }
            }
            _ => out.push(band),
        }
    }
    others.extend(out.into_iter().map(Band::test));
    others
}
