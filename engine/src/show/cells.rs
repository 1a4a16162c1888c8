//! What a row of a table asks, in English, from the model: whoever reads a handbook in English does not read
//! the words that its author may have written in Chinese.

use heng_dsl::model::{Cell, CellBound, Expr, RowKey, Test};

use super::formula::Formulas;

/// The key of a row: `1 to 30 times`, `over 30 or missing`. `of` writes a bound or a value of a cell. A row that
/// always holds asks nothing.
pub fn key(key: &RowKey, formulas: &Formulas<'_>, of: impl Fn(&Expr) -> String) -> String {
    match key {
        RowKey::Otherwise => "otherwise".to_owned(),
        RowKey::Always => String::new(),
        RowKey::When(it) => formulas.expr(it),
        RowKey::Cells(cells) => {
            let cells = cells.iter().map(|cell| match cell {
                Cell::Any => "-".to_owned(),
                Cell::OneOf(tests) => {
                    let tests = tests.iter().map(|it| test(it, formulas, &of));
                    tests.collect::<Vec<_>>().join(" or ")
                }
            });
            cells.collect::<Vec<_>>().join(", ")
        }
    }
}

fn test(test: &Test, formulas: &Formulas<'_>, of: &impl Fn(&Expr) -> String) -> String {
    match test {
        Test::Missing => "missing".to_owned(),
        Test::Range { low, high } => range(low.as_ref(), high.as_ref(), of),
        Test::Equals(it) => of(it),
        Test::Differs(it) => format!("≠ {}", of(it)),
        Test::Starts(it) => format!("{} starts", of(it)),
        Test::Window(it) => formulas.window(it),
    }
}

fn range(
    low: Option<&CellBound>,
    high: Option<&CellBound>,
    of: &impl Fn(&Expr) -> String,
) -> String {
    match (low, high) {
        (None, None) => "-".to_owned(),
        (Some(low), None) if low.inclusive => format!("{} or more", of(&low.value)),
        (Some(low), None) => format!("over {}", of(&low.value)),
        (None, Some(high)) if high.inclusive => format!("{} or less", of(&high.value)),
        (None, Some(high)) => format!("under {}", of(&high.value)),
        (Some(low), Some(high)) => {
            let (from, to) = (of(&low.value), of(&high.value));
            // `1 to 30 times` says the unit once.
            let from = match (from.split_once(' '), to.split_once(' ')) {
                (Some((number, unit)), Some((_, same))) if unit == same => number.to_owned(),
                _ => from,
            };
            match (low.inclusive, high.inclusive) {
                (true, true) => format!("{from} to {to}"),
                (true, false) => format!("{from} or more under {to}"),
                (false, true) => format!("over {from} to {to}"),
                (false, false) => format!("over {from} under {to}"),
            }
        }
    }
}
