//! The two indexes are one: the same suite, and the same answers to drawn batches.

use std::path::Path;

use heng_dsl::stored::Hash;
use heng_engine::registry::Head;
use heng_engine::registry::index::{
    Batch, InMemory, Index, LimitError, MAX_BATCH, MAX_KEY, MAX_VALUE, OnDisk, Table, everything,
    head,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::folder;

fn at(seq: u64) -> Head {
    Head { seq, hash: Hash::of_bytes(&seq.to_le_bytes()) }
}

fn conforms(index: &mut dyn Index) {
    assert_eq!(head(index).unwrap().seq, 0);
    assert_eq!(index.value(Table::Version, b"a").unwrap(), None);
    let mut batch = Batch::up_to(at(1));
    for (key, value) in [("b", "2"), ("a", "1"), ("ab", "3"), ("\u{7532}", "4")] {
        batch.put(Table::Version, key.as_bytes(), value.into()).unwrap();
    }
    batch.put(Table::User, b"a", Vec::new()).unwrap();
    index.commit(batch).unwrap();
    assert_eq!(head(index).unwrap(), at(1));
    assert_eq!(index.value(Table::Version, b"a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(index.value(Table::User, b"a").unwrap(), Some(Vec::new()));
    assert_eq!(index.value(Table::User, b"b").unwrap(), None);
    let keys = |prefix: &[u8]| -> Vec<Vec<u8>> {
        let found = index.beginning(Table::Version, prefix).unwrap();
        found.into_iter().map(|it| it.0).collect()
    };
    assert_eq!(keys(b"a"), [b"a".to_vec(), b"ab".to_vec()]);
    assert_eq!(keys(b"").len(), 4);
    assert_eq!(keys(b"c"), Vec::<Vec<u8>>::new());
    // In one batch the later value of a key holds, and what was there before is gone.
    let mut batch = Batch::up_to(at(2));
    batch.put(Table::Version, b"a", b"5".to_vec()).unwrap();
    batch.put(Table::Version, b"a", b"6".to_vec()).unwrap();
    index.commit(batch).unwrap();
    assert_eq!(index.value(Table::Version, b"a").unwrap(), Some(b"6".to_vec()));
    assert_eq!(head(index).unwrap(), at(2));
    // The largest that a batch takes goes in and comes out.
    let mut batch = Batch::up_to(at(3));
    let (key, value) = (vec![7; MAX_KEY], vec![9; MAX_VALUE]);
    batch.put(Table::Version, &key, value.clone()).unwrap();
    index.commit(batch).unwrap();
    assert_eq!(index.value(Table::Version, &key).unwrap(), Some(value));
}

/// Opens an index. One that was closed just now may keep its lock for a moment, until a thread of its own ends.
fn on_disk(folder: &Path) -> OnDisk {
    for _ in 0..200 {
        if let Ok(it) = OnDisk::open(folder) {
            return it;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    OnDisk::open(folder).unwrap()
}

#[test]
fn both_indexes_pass_one_suite() {
    conforms(&mut InMemory::default());
    let folder = folder("conformance");
    let mut index = on_disk(&folder);
    conforms(&mut index);
    let before = everything(&index).unwrap();
    Box::new(index).close().unwrap();
    let again = on_disk(&folder);
    assert_eq!(everything(&again).unwrap(), before);
    let blobs = std::fs::read_dir(folder.join("blobs")).map_or(0, Iterator::count);
    assert_eq!(blobs, 0, "a value within the limits stood in a file of its own");
}

#[test]
fn a_batch_takes_no_more_than_the_limits() {
    let mut batch = Batch::up_to(at(1));
    let long = vec![0; MAX_VALUE + 1];
    assert_eq!(batch.put(Table::Version, b"a", long), Err(LimitError::Value(MAX_VALUE + 1)));
    let long = vec![0; MAX_KEY + 1];
    assert_eq!(batch.put(Table::User, &long, Vec::new()), Err(LimitError::Key(MAX_KEY + 1)));
    // One place is taken by the head.
    for number in 1..MAX_BATCH {
        batch.put(Table::User, &number.to_be_bytes(), Vec::new()).unwrap();
    }
    assert_eq!(batch.put(Table::User, b"one more", Vec::new()), Err(LimitError::Batch));
}

/// A step: puts, each into one of two tables under one of a few keys, and whether to close and open then.
type Step = (Vec<(bool, u8, Vec<u8>)>, bool);

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn drawn_batches_leave_the_same_in_both(
        steps in vec((vec((any::<bool>(), 0..24_u8, vec(any::<u8>(), 0..40)), 0..8), any::<bool>()), 1..8)
    ) {
        let folder = folder("drawn");
        let mut memory = InMemory::default();
        let mut disk = on_disk(&folder);
        for (number, step) in (1..).zip(steps) {
            let (puts, closes): Step = step;
            let mut batch = Batch::up_to(at(number));
            for (user, key, value) in puts {
                let table = if user { Table::User } else { Table::Version };
                batch.put(table, &[key % 5, key], value).unwrap();
            }
            memory.commit(batch.clone()).unwrap();
            disk.commit(batch).unwrap();
            if closes {
                Box::new(disk).close().unwrap();
                disk = on_disk(&folder);
            }
            prop_assert_eq!(everything(&memory).unwrap(), everything(&disk).unwrap());
        }
    }
}
