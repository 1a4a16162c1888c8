//! Values by number, as they were met.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
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
    /// Finds texts by what they say, those of each [part](part_of) by themselves.
    index: [HashTable<u32>; PARTS],
    /// A hash of each, so that the index grows without looking at what they say.
    hashes: Vec<u32>,
}

/// Texts that are looked for together.
const TOGETHER: usize = 64;

/// From so many texts on they are learnt by all cores.
const MANY: usize = 1 << 14;

/// In so many parts is the index, so that each core has one of its own.
const PARTS: usize = 16;

/// In which part of the index a text is.
fn part_of(hash: u32) -> usize {
    (hash >> 28) as usize
}

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

    pub(super) fn find_text(&self, text: &str, hash: u32) -> Option<usize> {
        let is_it = |it: &u32| {
            let at = *it as usize;
            self.hashes.get(at) == Some(&hash) && self.texts.bytes(at) == text.as_bytes()
        };
        self.index.get(part_of(hash))?.find(spread(hash), is_it).map(|it| *it as usize)
    }

    /// Looks where a text would be found, so that its memory is near when it is looked for.
    fn touch(&self, hash: u32) {
        let near = |it: &u32| {
            let at = *it as usize;
            if self.hashes.get(at) == Some(&hash) {
                std::hint::black_box(self.texts.bytes(at).first());
            }
            false
        };
        let index = self.index.get(part_of(hash));
        std::hint::black_box(index.and_then(|it| it.find(spread(hash), near)));
    }

    pub(super) fn find(&self, value: &Value) -> Option<usize> {
        match value {
            Value::Text(it) => self.find_text(it, hash_of(it)),
            other => self.others.iter().find(|it| it.1 == other).map(|it| *it.0),
        }
    }

    fn add_text(&mut self, text: &str, hash: u32) -> usize {
        let at = self.len();
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        self.texts.push(text);
        self.hashes.push(hash);
        let hashes = &self.hashes;
        let own = |it: &u32| spread(hashes.get(*it as usize).copied().unwrap_or_default());
        if let Some(index) = self.index.get_mut(part_of(hash)) {
            index.insert_unique(spread(hash), number, own);
        }
        at
    }

    pub(super) fn learn_text(&mut self, text: &str, hash: u32) -> usize {
        self.find_text(text, hash).unwrap_or_else(|| self.add_text(text, hash))
    }

    /// The numbers of texts, in their order. Those that are in `known` have theirs there, and all others come after.
    pub(super) fn learn_texts(
        &mut self,
        known: &Self,
        texts: &[impl AsRef<str> + Sync],
    ) -> Vec<u32> {
        let hashes: Vec<u32> = texts.par_iter().map(|it| hash_of(it.as_ref())).collect();
        if texts.len() >= MANY && rayon::current_num_threads() > 1 {
            return self.learn_many(known, texts, &hashes);
        }
        let mut numbers = Vec::with_capacity(texts.len());
        // Some at a time, so that the processor waits for the memory of all of them at once.
        for (texts, hashes) in texts.chunks(TOGETHER).zip(hashes.chunks(TOGETHER)) {
            for hash in hashes {
                known.touch(*hash);
                self.touch(*hash);
            }
            let each = texts.iter().zip(hashes).map(|(text, hash)| {
                let found = known.find_text(text.as_ref(), *hash);
                let own = || known.len() + self.learn_text(text.as_ref(), *hash);
                short(found.unwrap_or_else(own))
            });
            numbers.extend(each);
        }
        numbers
    }

    /// The same by all cores, each for parts of the index.
    fn learn_many(
        &mut self,
        known: &Self,
        texts: &[impl AsRef<str> + Sync],
        hashes: &[u32],
    ) -> Vec<u32> {
        let learning =
            Learning { known, own: &self.texts, own_hashes: &self.hashes, texts, hashes };
        let parts = self.index.par_iter_mut().enumerate();
        let found: Vec<Vec<(u32, Found)>> =
            parts.map(|(part, index)| learning.part(part, index)).collect();
        let mut numbers = vec![0_u32; texts.len()];
        let mut is_first = vec![false; texts.len()];
        for (at, it) in found.iter().flatten() {
            match it {
                Found::Known(number) => set(&mut numbers, *at, *number),
                Found::Like(first) => set(&mut is_first, *at, at == first),
            }
        }
        // Numbered in the order of the texts, whoever found them.
        let before = self.len();
        let (mut new, mut next) = (Vec::new(), known.len() + before);
        for (((text, hash), number), is_first) in
            texts.iter().zip(hashes).zip(&mut numbers).zip(is_first)
        {
            if is_first {
                *number = short(next);
                next += 1;
                new.push(text.as_ref());
                self.hashes.push(*hash);
            }
        }
        self.texts.push_all(&new);
        for (at, it) in found.iter().flatten() {
            if let Found::Like(first) = it
                && at != first
            {
                let number = numbers.get(*first as usize).copied().unwrap_or_default();
                set(&mut numbers, *at, number);
            }
        }
        self.index.par_iter_mut().flat_map_iter(HashTable::iter_mut).for_each(|it| {
            if let Some(at) = (*it as usize).checked_sub(before) {
                let number = numbers.get(at).copied().unwrap_or_default();
                *it = number.saturating_sub(short(known.len()));
            }
        });
        numbers
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

    pub(super) fn hash(&self, at: usize) -> u32 {
        self.hashes.get(at).copied().unwrap_or_default()
    }

    pub(super) fn text(&self, at: usize) -> Option<&str> {
        (at < self.len() && !self.others.contains_key(&at)).then(|| self.texts.get(at))
    }

    pub(super) fn value(&self, at: usize) -> Option<Value> {
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

fn set<T>(all: &mut [T], at: u32, value: T) {
    if let Some(place) = all.get_mut(at as usize) {
        *place = value;
    }
}

/// A number as it is kept.
fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Texts that are being learnt.
struct Learning<'l, T> {
    known: &'l Words,
    own: &'l Texts,
    own_hashes: &'l [u32],
    texts: &'l [T],
    hashes: &'l [u32],
}

/// What is found out of a text.
enum Found {
    /// It has this number.
    Known(u32),
    /// It has none, and is like that text among those to be learnt, which comes first of all like it.
    Like(u32),
}

impl<T: AsRef<str> + Sync> Learning<'_, T> {
    /// Finds the texts of a part of the index, where those that are new are put down by their places, counted on from those
    /// that are known.
    fn part(&self, part: usize, index: &mut HashTable<u32>) -> Vec<(u32, Found)> {
        let places = (0..).zip(self.hashes).filter(|it| part_of(*it.1) == part);
        let places: Vec<u32> = places.map(|it| it.0).collect();
        let rehash = |it: &u32| spread(self.at(*it).map_or(0, |it| it.0));
        index.reserve(places.len(), rehash);
        let mut found = Vec::with_capacity(places.len());
        for together in places.chunks(TOGETHER) {
            let hash = |at: &u32| self.hashes.get(*at as usize).copied().unwrap_or_default();
            for hash in together.iter().map(hash) {
                self.known.touch(hash);
                std::hint::black_box(index.find(spread(hash), |it| {
                    let near = self.at(*it).filter(|it| it.0 == hash);
                    std::hint::black_box(near.and_then(|it| it.1.first()));
                    false
                }));
            }
            for at in together {
                let text = self.texts.get(*at as usize).map_or("", AsRef::as_ref);
                found.push((*at, self.find(index, *at, (text, hash(at)))));
            }
        }
        found
    }

    fn find(&self, index: &mut HashTable<u32>, at: u32, (text, hash): (&str, u32)) -> Found {
        if let Some(number) = self.known.find_text(text, hash) {
            return Found::Known(short(number));
        }
        let own = short(self.own.len());
        let is_it = |it: &u32| self.at(*it) == Some((hash, text.as_bytes()));
        let rehash = |it: &u32| spread(self.at(*it).map_or(0, |it| it.0));
        match index.entry(spread(hash), is_it, rehash) {
            Entry::Occupied(it) => match it.get().checked_sub(own) {
                Some(first) => Found::Like(first),
                None => Found::Known(short(self.known.len()).saturating_add(*it.get())),
            },
            Entry::Vacant(it) => {
                it.insert(own.saturating_add(at));
                Found::Like(at)
            }
        }
    }

    /// The hash and the text of an entry of the index.
    fn at(&self, number: u32) -> Option<(u32, &[u8])> {
        let number = number as usize;
        match number.checked_sub(self.own.len()) {
            None => Some((*self.own_hashes.get(number)?, self.own.bytes(number))),
            Some(at) => Some((*self.hashes.get(at)?, self.texts.get(at)?.as_ref().as_bytes())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_cores_number_texts_as_one_does() {
        let texts: Vec<String> =
            (0..3 * MANY).map(|it| format!("{}", it * 7919 % (MANY + 11))).collect();
        let (mut known, mut one) = (Words::default(), Words::default());
        for at in [5, 77, 4001] {
            known.learn(&Value::text(&at.to_string()));
            one.learn(&Value::text(&(at * 3).to_string()));
        }
        let mut all = one.clone();
        let by_one: Vec<u32> =
            texts.chunks(1000).flat_map(|it| one.learn_texts(&known, it)).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let by_all = pool.install(|| all.learn_texts(&known, &texts));
        assert_eq!(by_all, by_one);
        // What was learnt is found again, and nothing is learnt twice.
        let count = all.len();
        assert_eq!(count, one.len());
        assert_eq!(pool.install(|| all.learn_texts(&known, &texts)), by_one);
        assert_eq!(all.len(), count);
        for at in 0..count {
            assert_eq!(all.text(at), one.text(at));
            assert_eq!(all.find_text(all.texts.get(at), all.hash(at)), Some(at));
        }
    }
}
