//! Texts by number.

use std::sync::Arc;

use heng_dsl::value::Value;
use indexmap::IndexSet;

/// Texts and other values that columns hold by number: those of the data, which many readers share, and
/// those that one reader adds.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    shared: Arc<IndexSet<Value>>,
    own: IndexSet<Value>,
}

impl Dictionary {
    /// Nothing is added to these any more.
    pub(crate) fn sealed(self) -> Self {
        let mut all = Arc::unwrap_or_clone(self.shared);
        all.extend(self.own);
        Self { shared: Arc::new(all), own: IndexSet::new() }
    }

    /// The number of a value; a new one where it was not known.
    pub(crate) fn learn(&mut self, value: &Value) -> i128 {
        if let Some(known) = self.number(value) {
            return known;
        }
        let at = self.shared.len() + self.own.insert_full(value.clone()).0;
        i128::try_from(at).unwrap_or_default()
    }

    /// The numbers of all values of another one, in its order.
    pub(crate) fn learn_all(&mut self, other: &Self) -> Vec<usize> {
        let each = (0..).map_while(|it| other.value(it));
        each.map(|it| usize::try_from(self.learn(it)).unwrap_or_default()).collect()
    }

    /// The number of a value that is known.
    pub(crate) fn number(&self, value: &Value) -> Option<i128> {
        let own = || self.own.get_index_of(value).map(|it| self.shared.len() + it);
        i128::try_from(self.shared.get_index_of(value).or_else(own)?).ok()
    }

    /// The value that has a number.
    pub(crate) fn value(&self, at: usize) -> Option<&Value> {
        match at.checked_sub(self.shared.len()) {
            None => self.shared.get_index(at),
            Some(own) => self.own.get_index(own),
        }
    }
}
