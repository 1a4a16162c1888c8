//! A column of a row group to which parts of the results are added.

use std::io;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::arrays;
use super::coded::CodedColumn;
use crate::output::cells::Table;
use crate::output::columns::OutColumn;
use crate::part::{Lanes, Numerals};

/// The cells of a column so far.
pub(super) enum OpenColumn {
    /// Numbers side by side, as all parts so far have them.
    Numbers {
        numbers: Numerals,
        there: Option<Vec<bool>>,
        /// What numbers from zero on stand for, where they stand for texts.
        names: Vec<String>,
    },
    /// An array for each part.
    Arrays(Vec<ArrayRef>),
}

/// A column that is complete.
pub(super) enum Complete {
    Coded(CodedColumn),
    /// What is not of few values.
    Arrays(Vec<ArrayRef>),
}

impl Default for OpenColumn {
    fn default() -> Self {
        let (numbers, there, names) = (Numerals::Short(Vec::new()), None, Vec::new());
        Self::Numbers { numbers, there, names }
    }
}

impl OpenColumn {
    /// Adds the cells of a part.
    pub(super) fn add(
        &mut self,
        column: &OutColumn,
        ty: &DataType,
        table: &Table<'_>,
    ) -> io::Result<()> {
        if let Some(lanes) = arrays::lanes(column, ty, table) {
            let names = || arrays::members(column, table.sheet).unwrap_or_default();
            return match self {
                Self::Numbers { numbers, there, names: own } => {
                    if own.is_empty() {
                        *own = names();
                    }
                    extend((numbers, there), lanes.numbers, lanes.there);
                    Ok(())
                }
                Self::Arrays(all) => {
                    all.push(arrays::of_lanes(lanes, ty, &names())?);
                    Ok(())
                }
            };
        }
        let array = arrays::array(column, ty, table)?;
        self.arrays(ty)?.push(array);
        Ok(())
    }

    /// Adds what comes next.
    pub(super) fn join(&mut self, next: Self, ty: &DataType) -> io::Result<()> {
        match (&mut *self, next) {
            (
                Self::Numbers { numbers, there, names },
                Self::Numbers { numbers: more, there: are_there, names: own },
            ) => {
                if names.is_empty() {
                    *names = own;
                }
                extend((numbers, there), more, are_there);
            }
            (_, mut next) => {
                let next = std::mem::take(next.arrays(ty)?);
                self.arrays(ty)?.extend(next);
            }
        }
        Ok(())
    }

    /// The column, complete; numbers are held against what the rules promise.
    pub(super) fn end(mut self, ty: &DataType) -> io::Result<Complete> {
        let coded = match &self {
            Self::Numbers { numbers, there, names } => {
                arrays::promised(numbers, there.as_deref(), ty)?;
                CodedColumn::of_numbers((numbers, there.as_deref()), names, ty)
            }
            Self::Arrays(all) => CodedColumn::of(all),
        };
        Ok(match coded {
            Some(it) => Complete::Coded(it),
            None => Complete::Arrays(std::mem::take(self.arrays(ty)?)),
        })
    }

    /// The cells as arrays.
    fn arrays(&mut self, ty: &DataType) -> io::Result<&mut Vec<ArrayRef>> {
        if let Self::Numbers { numbers, there, names } = self {
            let numbers = std::mem::replace(numbers, Numerals::Short(Vec::new()));
            let lanes = Lanes { places: 0, numbers, there: there.take() };
            let none = lanes.numbers.is_empty();
            let all = if none { Vec::new() } else { vec![arrays::of_lanes(lanes, ty, names)?] };
            *self = Self::Arrays(all);
        }
        match self {
            Self::Arrays(all) => Ok(all),
            Self::Numbers { .. } => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

/// Adds numbers, of which some may not be there.
fn extend(
    (numbers, there): (&mut Numerals, &mut Option<Vec<bool>>),
    more: Numerals,
    are_there: Option<Vec<bool>>,
) {
    if there.is_some() || are_there.is_some() {
        let known = there.get_or_insert_with(|| vec![true; numbers.len()]);
        match are_there {
            Some(it) => known.extend(it),
            None => known.resize(known.len() + more.len(), true),
        }
    }
    numbers.extend(more);
}
