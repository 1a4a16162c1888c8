//! Texts by number.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashTable;
use heng_dsl::value::Value;
use rayon::prelude::*;

use super::keys::{Texts, hash};

/// Values by number, in the order in which they were met, no value twice. A register has millions of texts: they
/// stand side by side, and nothing is kept of each but where it ends and a number in the index.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    texts: Texts,
    /// What is no text, by number; its text is empty and not in the index.
    others: BTreeMap<usize, Value>,
    /// Finds texts by what they say.
    index: HashTable<u32>,
    /// A hash of each, so that the index grows without looking at what they say.
    hashes: Vec<u32>,
}

/// Texts that are looked for together.
const TOGETHER: usize = 64;

/// The hash of a text.
fn hash_of(text: &str) -> u32 {
    u32::try_from(hash(text.as_bytes()) >> 32).unwrap_or_default()
}

/// The same for the index, which looks at both ends of it.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Words {
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn find_text(&self, text: &str, hash: u32) -> Option<usize> {
        let is_it = |it: &u32| {
            let at = *it as usize;
            self.hashes.get(at) == Some(&hash) && self.texts.bytes(at) == text.as_bytes()
        };
        self.index.find(spread(hash), is_it).map(|it| *it as usize)
    }

    /// Looks where a text would be found, so that its memory is near when it is looked for.
    fn touch(&self, hash: u32) {
        let near = self.index.find(spread(hash), |it| {
            let at = *it as usize;
            if self.hashes.get(at) == Some(&hash) {
                std::hint::black_box(self.texts.bytes(at).first());
            }
            false
        });
        std::hint::black_box(near);
    }

    fn find(&self, value: &Value) -> Option<usize> {
        match value {
            Value::Text(it) => self.find_text(it, hash_of(it)),
            other => self.others.iter().find(|it| it.1 == other).map(|it| *it.0),
        }
    }

    /// Makes room for so many more texts.
    fn reserve(&mut self, more: usize) {
        let hashes = &self.hashes;
        self.index
            .reserve(more, |it| spread(hashes.get(*it as usize).copied().unwrap_or_default()));
    }

    fn add_text(&mut self, text: &str, hash: u32) -> usize {
        let at = self.len();
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        self.texts.push(text);
        self.hashes.push(hash);
        let hashes = &self.hashes;
        let own = |it: &u32| spread(hashes.get(*it as usize).copied().unwrap_or_default());
        self.index.insert_unique(spread(hash), number, own);
        at
    }

    fn learn_text(&mut self, text: &str, hash: u32) -> usize {
        self.find_text(text, hash).unwrap_or_else(|| self.add_text(text, hash))
    }

    /// The number of a value; a new one where it was not known.
    pub(super) fn learn(&mut self, value: &Value) -> usize {
        if let Value::Text(it) = value {
            return self.learn_text(it, hash_of(it));
        }
        self.find(value).unwrap_or_else(|| {
            let at = self.len();
            self.texts.push("");
            self.hashes.push(0);
            self.others.insert(at, value.clone());
            at
        })
    }

    /// The numbers of all values of another one, in its order.
    pub(super) fn learn_all(&mut self, other: &Self) -> Vec<usize> {
        if self.is_empty() {
            self.clone_from(other);
            return (0..other.len()).collect();
        }
        let each = (0..other.len()).map(|at| match other.others.get(&at) {
            Some(it) => self.learn(it),
            None => self.learn_text(other.texts.get(at), other.hash(at)),
        });
        each.collect()
    }

    fn hash(&self, at: usize) -> u32 {
        self.hashes.get(at).copied().unwrap_or_default()
    }

    fn text(&self, at: usize) -> Option<&str> {
        (at < self.len() && !self.others.contains_key(&at)).then(|| self.texts.get(at))
    }

    fn value(&self, at: usize) -> Option<Value> {
        self.text(at).map(Value::text).or_else(|| self.others.get(&at).cloned())
    }

    /// How the values of two numbers stand to each other.
    pub(super) fn compare(&self, a: usize, b: usize) -> Ordering {
        match (self.text(a), self.text(b)) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => self.value(a).cmp(&self.value(b)),
        }
    }
}

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
    pub(crate) fn learn_texts(&mut self, texts: &[impl AsRef<str> + Sync]) -> Vec<usize> {
        let hashes: Vec<u32> = texts.par_iter().map(|it| hash_of(it.as_ref())).collect();
        self.own.reserve(texts.len());
        let mut numbers = Vec::with_capacity(texts.len());
        // Some at a time, so that the processor waits for the memory of all of them at once.
        for (texts, hashes) in texts.chunks(TOGETHER).zip(hashes.chunks(TOGETHER)) {
            for hash in hashes {
                self.shared.touch(*hash);
                self.own.touch(*hash);
            }
            let each = texts.iter().zip(hashes);
            numbers.extend(each.map(|(it, hash)| self.learn_text(it.as_ref(), *hash)));
        }
        numbers
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
