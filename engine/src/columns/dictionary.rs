//! Texts by number.

use std::cmp::Ordering;
use std::sync::Arc;

use heng_dsl::value::Value;

use super::words::Words;

/// Texts and other values that columns hold by number: those of the data, which many readers share, and
/// those that one reader adds.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    shared: Arc<Words>,
    own: Words,
}

impl Dictionary {
    /// Nothing is added to these any more.
    pub(crate) fn sealed(self) -> Self {
        if self.shared.is_empty() {
            return Self { shared: Arc::new(self.own), own: Words::default() };
        }
        let mut all = Arc::unwrap_or_clone(self.shared);
        all.learn_all(&self.own);
        Self { shared: Arc::new(all), own: Words::default() }
    }

    /// The number of a value; a new one where it was not known.
    pub(crate) fn learn(&mut self, value: &Value) -> i128 {
        let known = self.shared.find(value);
        number(known.unwrap_or_else(|| self.shared.len() + self.own.learn(value)))
    }

    fn learn_text(&mut self, text: &str, hash: u32) -> usize {
        let known = self.shared.find_text(text, hash);
        known.unwrap_or_else(|| self.shared.len() + self.own.learn_text(text, hash))
    }

    /// The numbers of many texts, in their order.
    pub(crate) fn learn_texts(&mut self, texts: &[impl AsRef<str> + Sync]) -> Vec<u32> {
        self.own.learn_texts(&self.shared, texts)
    }

    /// The numbers of all values of another one, in its order.
    pub(crate) fn learn_all(&mut self, other: &Self) -> Vec<usize> {
        let mut numbers = self.learn_words(&other.shared);
        numbers.extend(self.learn_words(&other.own));
        numbers
    }

    /// The numbers of some values, in their order.
    pub(super) fn learn_words(&mut self, other: &Words) -> Vec<usize> {
        if self.shared.is_empty() {
            return self.own.learn_all(other);
        }
        let place = |it: i128| usize::try_from(it).unwrap_or_default();
        let each = (0..other.len()).map(|at| match other.text(at) {
            Some(text) => self.learn_text(text, other.hash(at)),
            None => other.value(at).map_or(0, |it| place(self.learn(&it))),
        });
        each.collect()
    }

    /// The number of a value that is known.
    pub(crate) fn number(&self, value: &Value) -> Option<i128> {
        let own = || self.own.find(value).map(|it| self.shared.len() + it);
        self.shared.find(value).or_else(own).map(number)
    }

    /// The text that has a number; nothing where that is none, or something else than a text.
    pub(crate) fn text(&self, at: usize) -> Option<&str> {
        match at.checked_sub(self.shared.len()) {
            None => self.shared.text(at),
            Some(own) => self.own.text(own),
        }
    }

    /// How the values of two numbers stand to each other.
    pub(crate) fn compare(&self, a: usize, b: usize) -> Ordering {
        match (self.text(a), self.text(b)) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => self.value(a).cmp(&self.value(b)),
        }
    }

    /// The value that has a number.
    pub(crate) fn value(&self, at: usize) -> Option<Value> {
        match at.checked_sub(self.shared.len()) {
            None => self.shared.value(at),
            Some(own) => self.own.value(own),
        }
    }
}

fn number(at: usize) -> i128 {
    i128::try_from(at).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use heng_dsl::value::{Frequency, FrequencyUnit, Value};

    use super::Dictionary;

    fn values() -> Vec<Value> {
        let often = Frequency { every: 1, unit: FrequencyUnit::Year, least: 2, most: None };
        let mut all: Vec<Value> = ["甲", "", "乙", "a", "aa"].map(Value::text).to_vec();
        all.insert(2, Value::Frequency(often));
        all
    }

    #[test]
    fn what_was_learnt_has_one_number_and_is_found_by_it() {
        let mut own = Dictionary::default();
        let numbers: Vec<i128> = values().iter().map(|it| own.learn(it)).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
        let mut own = own.sealed();
        assert_eq!(own.learn(&Value::text("b")), 6);
        assert_eq!(own.learn_texts(&["乙", "c", "b", "c"]), [3, 7, 6, 7]);
        for (at, value) in values().iter().enumerate() {
            assert_eq!(own.number(value), i128::try_from(at).ok());
            assert_eq!(own.value(at).as_ref(), Some(value));
            assert_eq!(own.text(at).is_some(), matches!(value, Value::Text(_)));
        }
        assert_eq!((own.value(8), own.number(&Value::text("d"))), (None, None));
        assert_eq!(own.sealed().value(6), Some(Value::text("b")));
    }

    #[test]
    fn another_dictionary_is_learnt_in_its_order() {
        let mut other = Dictionary::default();
        for value in values() {
            other.learn(&value);
        }
        let mut own = Dictionary::default();
        own.learn(&Value::text("乙"));
        let mut own = own.sealed();
        assert_eq!(own.learn_all(&other), [1, 2, 3, 0, 4, 5]);
        assert_eq!(own.learn_all(&other), [1, 2, 3, 0, 4, 5]);
        assert_eq!(own.value(3), values().get(2).cloned());
    }
}
