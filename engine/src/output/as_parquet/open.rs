//! A column of a row group to which parts of the results are added.

use std::io;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::arrays;
use super::coded::CodedColumn;
use super::words::Words;
use crate::output::cells::Table;
use crate::output::columns::OutColumn;
use crate::part::Lanes;

/// The cells of a column so far.
pub(super) enum OpenColumn {
    /// Numbers, as all parts so far have them.
    Numbers {
        /// A piece for each part.
        pieces: Vec<Lanes>,
        /// What numbers from zero on stand for, where they stand for texts.
        names: Vec<String>,
    },
    /// Few texts.
    Words(Words),
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
        Self::Numbers { pieces: Vec::new(), names: Vec::new() }
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
        if arrays::has_few(column)
            && let Some(cells) = table.coded(column)
        {
            match self {
                Self::Words(words) => words.add(cells),
                own => {
                    let mut words = Words::default();
                    words.add(cells);
                    own.join(Self::Words(words), ty)?;
                }
            }
            return Ok(());
        }
        let Some(lanes) = arrays::lanes(column, ty, table) else {
            let array = arrays::array(column, ty, table)?;
            self.arrays(ty)?.push(array);
            return Ok(());
        };
        let members = || arrays::members(column, table.sheet).unwrap_or_default();
        match self {
            Self::Numbers { pieces, names } => {
                if names.is_empty() {
                    *names = members();
                }
                pieces.push(lanes);
            }
            Self::Words(_) | Self::Arrays(_) => {
                let array = arrays::of_lanes(lanes, ty, &members())?;
                self.arrays(ty)?.push(array);
            }
        }
        Ok(())
    }

    /// Adds what comes next.
    pub(super) fn join(&mut self, next: Self, ty: &DataType) -> io::Result<()> {
        match (&mut *self, next) {
            (Self::Numbers { pieces, .. }, next) if pieces.is_empty() => *self = next,
            (Self::Words(own), Self::Words(next)) => own.join(next),
            (Self::Numbers { pieces, names }, Self::Numbers { pieces: more, names: own }) => {
                if names.is_empty() {
                    *names = own;
                }
                pieces.extend(more);
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
            Self::Numbers { pieces, names } => {
                pieces.iter().try_for_each(|it| arrays::promised(it, ty))?;
                CodedColumn::of_numbers(pieces, names, ty)
            }
            Self::Words(words) => CodedColumn::of_words(words),
            Self::Arrays(all) => CodedColumn::of(all),
        };
        Ok(match coded {
            Some(it) => Complete::Coded(it),
            None => Complete::Arrays(std::mem::take(self.arrays(ty)?)),
        })
    }

    /// The cells as arrays.
    fn arrays(&mut self, ty: &DataType) -> io::Result<&mut Vec<ArrayRef>> {
        let all = match self {
            Self::Numbers { pieces, names } => {
                let pieces = std::mem::take(pieces).into_iter();
                pieces.map(|it| arrays::of_lanes(it, ty, names)).collect::<io::Result<_>>()?
            }
            Self::Words(words) => vec![arrays::of_words(words)?],
            Self::Arrays(all) => std::mem::take(all),
        };
        *self = Self::Arrays(all);
        match self {
            Self::Arrays(all) => Ok(all),
            Self::Numbers { .. } | Self::Words(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}
