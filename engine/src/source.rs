//! Where a run takes its households from: a register in memory, or one on the disk that is read stretch by
//! stretch, so that only the stretches in work have to be in memory.

use std::borrow::Cow;
use std::fmt;

use heng_dsl::stored::Hash;
use heng_dsl::value::Date;

use crate::columns::{Columns, Dictionary, Ranges};
use crate::data::Household;
use crate::part::STRETCH;

/// A register that hands out its households by stretches of [`STRETCH`], in the order of their keys; the last
/// stretch has what is left.
pub trait Source: Send + Sync {
    /// How many households there are.
    fn len(&self) -> usize;

    /// Is there none?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many stretches there are.
    fn stretches(&self) -> usize {
        self.len().div_ceil(STRETCH)
    }

    /// 截至: the date up to which the data speak.
    fn cutoff(&self) -> Option<Date>;

    /// All of it, where it is in memory.
    fn held(&self) -> Option<&Columns>;

    /// All of it, read into memory where it is not there.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is not what it was.
    fn whole(&self) -> Result<Cow<'_, Columns>, Unreadable>;

    /// A household and its number, by its key.
    ///
    /// # Errors
    ///
    /// Where it would stand cannot be read.
    fn household(&self, key: &str) -> Result<Option<(usize, Household)>, Unreadable>;

    /// The households among which a key would stand, for whoever looks for one that is alike.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    fn around(&self, key: &str) -> Result<Cow<'_, Columns>, Unreadable>;

    /// A stretch, by number. All stretches number texts alike.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is not what it was.
    fn stretch(&self, number: usize) -> Result<Columns, Unreadable>;

    /// What the texts of all stretches say.
    fn dictionary(&self) -> &Dictionary;

    /// Between which bounds the numbers of all stretches lie.
    fn ranges(&self) -> Ranges;

    /// A hash for each delivery that was taken in, of it and of all before it; none where deliveries are not told
    /// apart.
    fn deliveries(&self) -> &[Hash] {
        &[]
    }
}

/// A stretch of a register that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.why)
    }
}

impl std::error::Error for Unreadable {}

impl Source for Columns {
    fn len(&self) -> usize {
        self.len()
    }

    fn cutoff(&self) -> Option<Date> {
        self.cutoff
    }

    fn held(&self) -> Option<&Columns> {
        Some(self)
    }

    fn whole(&self) -> Result<Cow<'_, Columns>, Unreadable> {
        Ok(Cow::Borrowed(self))
    }

    fn household(&self, key: &str) -> Result<Option<(usize, Household)>, Unreadable> {
        Ok(self.find(key).map(|it| (it, Self::household(self, it))))
    }

    fn around(&self, _key: &str) -> Result<Cow<'_, Columns>, Unreadable> {
        self.whole()
    }

    fn stretch(&self, number: usize) -> Result<Columns, Unreadable> {
        let first = number.saturating_mul(STRETCH).min(self.len());
        let last = first.saturating_add(STRETCH).min(self.len());
        Ok(Self::laid(&[self], &[crate::columns::Run { from: 0, of: first..last }]))
    }

    fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    fn ranges(&self) -> Ranges {
        Ranges::of(self)
    }
}
