//! A second, stupid verifier: every combination of boundary values is tried.

use heng_dsl::model::*;
use heng_dsl::value::{Decimal, Value};
use proptest::prelude::*;

use crate::support::*;

/// A column of the small tables: numbers with up to one place, or members.
#[derive(Debug, Clone)]
enum Kind {
    Number { places: u8, optional: bool },
    Member { optional: bool },
}

/// A cell as numbers: tenths for numbers, positions for members.
#[derive(Debug, Clone)]
enum Asked {
    Any,
    Missing,
    Range { low: Option<(i64, bool)>, high: Option<(i64, bool)> },
    Is(i64),
    Not(i64),
}

impl Kind {
    fn optional(&self) -> bool {
        match self {
            Self::Number { optional, .. } | Self::Member { optional } => *optional,
        }
    }

    fn ty(&self) -> Ty {
        let ty = match self {
            Self::Number { places, .. } => Ty::number(Unit::Plain, *places),
            Self::Member { .. } => member_ty("项"),
        };
        ty.or_missing(self.optional())
    }

    /// Every value near which something can change; `None` is 缺失. Bounds lie within 0 to 6.
    fn values(&self) -> Vec<Option<i64>> {
        let present: Vec<i64> = match self {
            Self::Number { places: 0, .. } => (0..=8).map(|it| it * 10).collect(),
            Self::Number { .. } => (0..=80).collect(),
            Self::Member { .. } => (0..3).collect(),
        };
        present.into_iter().map(Some).chain(self.optional().then_some(None)).collect()
    }

    fn constant(&self, it: i64) -> Expr {
        match self {
            Self::Number { .. } => {
                let tenths = Decimal::new(i128::from(it), 1);
                constant(Ty::number(Unit::Plain, 1), Value::Number(tenths.unwrap_or(Decimal::ZERO)))
            }
            Self::Member { .. } => member("项", u16::try_from(it).unwrap_or(0)),
        }
    }

    fn cell(&self, asked: &Asked) -> Cell {
        let bound = |it: &Option<(i64, bool)>| {
            it.map(|(it, inclusive)| CellBound { value: self.constant(it), inclusive })
        };
        match asked {
            Asked::Any => anything(),
            Asked::Missing => missing(),
            Asked::Range { low, high } => {
                one_of([Test::Range { low: bound(low), high: bound(high) }])
            }
            Asked::Is(it) => is(self.constant(*it)),
            Asked::Not(it) => one_of([Test::Differs(self.constant(*it))]),
        }
    }
}

fn holds(asked: &Asked, value: Option<i64>) -> bool {
    match (asked, value) {
        (Asked::Any, _) | (Asked::Missing, None) => true,
        (_, None) | (Asked::Missing, _) => false,
        (Asked::Is(it), Some(value)) => *it == value,
        (Asked::Not(it), Some(value)) => *it != value,
        (Asked::Range { low, high }, Some(value)) => {
            let above = low.is_none_or(|(it, inclusive)| it < value || (inclusive && it == value));
            above && high.is_none_or(|(it, inclusive)| value < it || (inclusive && it == value))
        }
    }
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        (0_u8..2, any::<bool>()).prop_map(|(places, optional)| Kind::Number { places, optional }),
        any::<bool>().prop_map(|optional| Kind::Member { optional }),
    ]
}

fn asked(kind: &Kind) -> BoxedStrategy<Asked> {
    match kind {
        Kind::Number { .. } => {
            // Half steps too: 2.5 as a bound of a whole number.
            let bound = (0_i64..12).prop_map(|it| it * 5);
            let end = prop::option::of((bound.clone(), any::<bool>()));
            prop_oneof![
                2 => Just(Asked::Any),
                1 => Just(Asked::Missing),
                6 => (end.clone(), end).prop_map(|(low, high)| Asked::Range { low, high }),
                1 => bound.clone().prop_map(Asked::Is),
                1 => bound.prop_map(Asked::Not),
            ]
            .boxed()
        }
        Kind::Member { .. } => prop_oneof![
            2 => Just(Asked::Any),
            1 => Just(Asked::Missing),
            4 => (0_i64..3).prop_map(Asked::Is),
            2 => (0_i64..3).prop_map(Asked::Not),
        ]
        .boxed(),
    }
}

fn small() -> impl Strategy<Value = (Vec<Kind>, Vec<Vec<Asked>>, bool)> {
    prop::collection::vec(kind(), 1..4).prop_flat_map(|kinds| {
        let row: Vec<BoxedStrategy<Asked>> = kinds.iter().map(asked).collect();
        (Just(kinds), prop::collection::vec(row, 1..6), any::<bool>())
    })
}

fn model(kinds: &[Kind], rows: &[Vec<Asked>], rest: bool) -> RuleSet {
    let mut set = package();
    set.enums = vec![enumeration("项", false, &["甲", "乙", "丙"])];
    let names: Vec<String> = (0..kinds.len()).map(|it| format!("列{it}")).collect();
    let each = || names.iter().zip(kinds);
    set.subject = Some(subject(each().map(|(name, kind)| field(name, kind.ty())).collect()));
    let columns = each().map(|(name, kind)| of_field(name, kind.ty())).collect();
    let mut all: Vec<Row> = rows
        .iter()
        .map(|row| {
            let cells = row.iter().zip(kinds).map(|(it, kind)| kind.cell(it)).collect();
            row_of(RowKey::Cells(cells), "行", pts("1"))
        })
        .collect();
    if rest {
        all.push(otherwise(pts("0")));
    }
    set.decls = vec![indicator("表", None, None, Content::Table(table(Mode::First, columns, all)))];
    set
}

/// Every combination of values.
fn points_of(kinds: &[Kind]) -> Vec<Vec<Option<i64>>> {
    kinds.iter().fold(vec![Vec::new()], |points, kind| {
        let values = kind.values();
        let longer = |point: Vec<Option<i64>>| {
            values.iter().map(|it| [point.clone(), vec![*it]].concat()).collect::<Vec<_>>()
        };
        points.into_iter().flat_map(longer).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_verdict_is_that_of_trying_everything((kinds, rows, rest) in small()) {
        // Three columns of 80 values each would take long to try.
        let fine = kinds.iter().filter(|it| matches!(it, Kind::Number { places: 1, .. })).count();
        prop_assume!(fine < 3);
        let (mut gap, mut overlap, mut rest_used) = (false, false, false);
        let mut used = vec![false; rows.len()];
        for point in points_of(&kinds) {
            let hits = rows.iter().enumerate().filter(|(_, row)| {
                row.iter().zip(&point).all(|(asked, value)| holds(asked, *value))
            });
            let hits: Vec<usize> = hits.map(|it| it.0).collect();
            for it in &hits {
                used[*it] = true;
            }
            let by_rest = rest && point.iter().all(Option::is_some);
            rest_used |= hits.is_empty() && by_rest;
            gap |= hits.is_empty() && !by_rest;
            overlap |= hits.len() > 1;
        }
        let found = codes(model(&kinds, &rows, rest));
        prop_assert_eq!(found.contains(&"E0401"), gap, "gap {:?}", found);
        prop_assert_eq!(found.contains(&"E0402"), overlap, "overlap {:?}", found);
        prop_assert_eq!(found.contains(&"E0403"), used.contains(&false), "unused {:?}", found);
        prop_assert_eq!(found.contains(&"E0405"), rest && !rest_used, "rest {:?}", found);
    }
}
