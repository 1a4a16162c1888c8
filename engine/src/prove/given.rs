//! What is told of a household that the search puts together.

use std::collections::BTreeMap;

use heng_dsl::value::Value;

/// Everything that is told of a household, by the slots of the old version. What is not told is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Facts {
    pub(super) fields: BTreeMap<usize, Value>,
    /// The table, and a value for each of its columns.
    pub(super) records: Vec<(usize, Vec<Value>)>,
    /// A record that only the new side has.
    pub(super) more: Option<(usize, Vec<Value>)>,
    /// What a grade is taken to be on the new side: its slot, and a member above what it is.
    pub(super) worse: Option<(usize, u16)>,
    /// What a grade was in each of the last [`MONTHS`] months, by its slot.
    pub(super) past: BTreeMap<usize, u16>,
}

/// Months of earlier results, where there are any.
pub(super) const MONTHS: u16 = 12;

impl Facts {
    /// How much is told.
    pub(super) fn size(&self) -> usize {
        let told = |it: &&Value| **it != Value::Missing;
        let records =
            self.records.iter().chain(&self.more).map(|it| 1 + it.1.iter().filter(told).count());
        self.fields.len() + self.past.len() + records.sum::<usize>()
    }

    /// Both together; of two values of a field that of `more`.
    pub(super) fn with(&self, more: &Self) -> Self {
        let mut out = self.clone();
        out.fields.extend(more.fields.iter().map(|(slot, it)| (*slot, it.clone())));
        out.records.extend(more.records.iter().cloned());
        out.more = more.more.clone().or(out.more);
        out.worse = more.worse.or(out.worse);
        out.past.extend(more.past.iter().map(|(slot, it)| (*slot, *it)));
        out
    }

    /// What is told on the new side.
    pub(super) fn after(&self) -> std::borrow::Cow<'_, Self> {
        match &self.more {
            None => std::borrow::Cow::Borrowed(self),
            Some(it) => {
                let mut out = self.clone();
                out.records.push(it.clone());
                std::borrow::Cow::Owned(out)
            }
        }
    }
}
