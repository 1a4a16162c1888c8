//! Files that change by themselves, are deleted, or come from another program: named or harmless, never another answer.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use heng_engine::registry::{Draft, Keeping, Registry, RegistryError, What};

use crate::support::{
    Answers, Chance, Quick, answers, copy, create, draft, files, folder, from, open, publish, read,
    session, trials, user,
};

/// A registry with two sets, closed.
fn sample(name: &str) -> (std::path::PathBuf, Answers) {
    let root = folder(name);
    create(&root);
    let drafts =
        [draft("1", 24), Draft { effective: Some(from("2026-01-01")), ..user("1", "1", 24) }];
    for it in drafts {
        publish(&root, Arc::new(Quick), Keeping::OnDisk, &it).unwrap();
    }
    let answers = answers(&read(&root).unwrap()).unwrap();
    (root, answers)
}

/// What a reader and then a writer answer.
fn asked(root: &Path) -> Result<Answers, RegistryError> {
    let first = answers(&read(root)?)?;
    let writer = open(root, Keeping::OnDisk)?;
    let second = answers(&writer)?;
    writer.close()?;
    assert_eq!(first, second, "a reader and a writer answer differently");
    Ok(second)
}

#[test]
fn a_flipped_bit_is_named_or_harmless() {
    let (base, right) = sample("flips");
    let root = folder("flips-try");
    let (mut named, mut harmless) = (0, 0);
    for seed in 1..=trials(1) {
        for path in files(&base) {
            let inside = path.strip_prefix(&base).unwrap();
            let size = fs::metadata(&path).unwrap().len();
            let mut chance = Chance(u64::try_from(seed).unwrap() * 7_919 + size);
            for _ in 0..4 {
                let mut bytes = fs::read(&path).unwrap();
                let at = chance.below(bytes.len());
                let Some(byte) = bytes.get_mut(at) else { continue };
                *byte ^= 1 << chance.below(8);
                copy(&base, &root);
                fs::write(root.join(inside), &bytes).unwrap();
                match asked(&root) {
                    Ok(found) => {
                        assert!(found == right, "{} at {at}: another answer", inside.display());
                        harmless += 1;
                    }
                    Err(it) => {
                        let code = it.code();
                        assert!(
                            ["V0101", "V0103", "V0106"].contains(&code),
                            "{} at {at}: {it:?}",
                            inside.display()
                        );
                        named += 1;
                    }
                }
            }
        }
    }
    assert!(named > 20 && harmless > 0, "{named} named, {harmless} harmless");
}

#[test]
fn a_file_that_is_cut_or_gone_is_named_or_harmless() {
    let (base, right) = sample("gone");
    let root = folder("gone-try");
    for path in files(&base) {
        let inside = path.strip_prefix(&base).unwrap();
        let bytes = fs::read(&path).unwrap();
        for keep in [None, Some(0), Some(bytes.len() / 2), Some(bytes.len().saturating_sub(1))] {
            copy(&base, &root);
            match keep {
                None => fs::remove_file(root.join(inside)).unwrap(),
                Some(keep) => fs::write(root.join(inside), &bytes[..keep]).unwrap(),
            }
            let found = asked(&root);
            let same = found.as_ref().is_ok_and(|it| *it == right);
            let code = found.as_ref().err().map_or("", RegistryError::code);
            let named = ["V0101", "V0106"].contains(&code);
            assert!(same || named, "{} cut to {keep:?}: {code}", inside.display());
        }
    }
}

#[test]
fn a_torn_tail_is_kept_noted_and_cut_off() {
    let (root, right) = sample("torn");
    let journal = root.join("journal/000001.jnl");
    let whole = fs::read(&journal).unwrap();
    fs::write(&journal, [&whole[..], &whole[..40]].concat()).unwrap();
    assert_eq!(answers(&read(&root).unwrap()).unwrap(), right, "readers leave it alone");
    let writer = open(&root, Keeping::OnDisk).unwrap();
    let last = &writer.entries().last().unwrap().event.what;
    let What::TailCut { bytes: 40, kept } = last else { panic!("{last:?}") };
    assert_eq!(fs::read(root.join(kept)).unwrap(), whole[..40]);
    assert_eq!(answers(&writer).unwrap(), right);
    writer.close().unwrap();
    assert!(fs::read(&journal).unwrap().starts_with(&whole));
}

#[test]
fn a_changed_entry_with_others_behind_it_is_no_torn_tail() {
    let (root, _) = sample("middle");
    let journal = root.join("journal/000001.jnl");
    let mut bytes = fs::read(&journal).unwrap();
    bytes[20] ^= 1;
    fs::write(&journal, &bytes).unwrap();
    fs::remove_file(root.join("CLEAN")).unwrap();
    for result in [read(&root).err(), open(&root, Keeping::InMemory).err()] {
        assert_eq!(result.unwrap().code(), "V0106");
    }
    assert_eq!(fs::read(&journal).unwrap(), bytes, "nothing was changed");
}

#[test]
fn the_last_entry_of_a_closed_registry_cannot_pass_for_a_torn_tail() {
    let (root, _) = sample("last");
    let journal = root.join("journal/000001.jnl");
    let mut bytes = fs::read(&journal).unwrap();
    let at = bytes.len() - 50;
    bytes[at] ^= 4;
    fs::write(&journal, &bytes).unwrap();
    assert_eq!(read(&root).err().unwrap().code(), "V0106");
    assert_eq!(open(&root, Keeping::OnDisk).err().unwrap().code(), "V0106");
}

#[test]
fn the_index_may_be_deleted_or_come_from_elsewhere() {
    let (root, right) = sample("index");
    fs::remove_dir_all(root.join("index.sled")).unwrap();
    assert_eq!(asked(&root).unwrap(), right);
    assert!(root.join("index.sled").exists() && root.join("CLEAN").exists());
    // That of another registry, with as many entries.
    let (other, _) = sample("index-other");
    let mut dropped = open(&other, Keeping::OnDisk).unwrap();
    let row = dropped.versions(Some("乙")).unwrap().pop().unwrap();
    dropped.withdraw(&row, "理由").unwrap();
    dropped.close().unwrap();
    copy(&other.join("index.sled"), &root.join("index.sled"));
    assert_eq!(asked(&root).unwrap(), right);
    assert!(root.join("quarantine/index.sled").exists());
}

#[test]
fn other_forms_are_refused_by_name() {
    let (root, right) = sample("format");
    for (format, code) in
        [("heng-registry 2\n", "V0103"), ("heng-registry 0\n", "V0103"), ("something\n", "V0106")]
    {
        fs::write(root.join("FORMAT"), format).unwrap();
        assert_eq!(read(&root).err().unwrap().code(), code, "{format}");
        assert_eq!(open(&root, Keeping::OnDisk).err().unwrap().code(), code, "{format}");
    }
    fs::write(root.join("FORMAT"), "heng-registry 1\n").unwrap();
    assert_eq!(asked(&root).unwrap(), right);
    assert_eq!(read(&folder("nowhere")).err().unwrap().code(), "V0101");
}

#[test]
fn a_second_writer_is_refused_and_told_who_the_first_is() {
    let (root, _) = sample("writers");
    let first = open(&root, Keeping::OnDisk).unwrap();
    for _ in 0..20 {
        let error = open(&root, Keeping::OnDisk).err().unwrap();
        assert_eq!(error.code(), "V0104");
        assert!(error.words().zh.contains("the test"), "{error:?}");
    }
    assert!(read(&root).is_ok());
    first.close().unwrap();
    open(&root, Keeping::OnDisk).unwrap().close().unwrap();
}

#[test]
fn what_is_damaged_is_mended_from_a_copy_and_nothing_else_is() {
    let (root, right) = sample("doctor");
    let copied = folder("doctor-copy");
    read(&root).unwrap().export(&copied).unwrap();
    assert_eq!(answers(&read(&copied).unwrap()).unwrap(), right);
    for path in files(&root.join("objects")) {
        fs::write(&path, b"x").unwrap();
    }
    fs::write(root.join("objects/stray"), b"x").unwrap();
    let found = read(&root).unwrap().verify().unwrap();
    assert!(found.iter().filter(|it| it.is_damage()).count() >= 2, "{found:?}");
    let doctor =
        |copy: Option<&Path>| Registry::doctor(&root, Arc::new(Quick), &session(), copy).unwrap();
    assert!(doctor(None).iter().any(heng_engine::registry::Finding::is_damage));
    assert!(!doctor(Some(&copied)).iter().any(heng_engine::registry::Finding::is_damage));
    assert!(doctor(None).is_empty());
    assert_eq!(asked(&root).unwrap(), right);
    assert!(root.join("quarantine/stray-1").exists());
}

#[test]
fn a_damaged_journal_is_mended_only_by_a_copy_that_has_all_of_it() {
    let (root, right) = sample("doctor-journal");
    let [old, new] = ["doctor-old", "doctor-new"].map(folder);
    copy(&root, &old);
    publish(&root, Arc::new(Quick), Keeping::OnDisk, &draft("2", 36)).unwrap();
    let later = answers(&read(&root).unwrap()).unwrap();
    assert_ne!(later, right);
    read(&root).unwrap().export(&new).unwrap();
    let journal = root.join("journal/000001.jnl");
    let mut bytes = fs::read(&journal).unwrap();
    bytes[100] ^= 1;
    fs::write(&journal, &bytes).unwrap();
    let doctor = |copy: &Path| Registry::doctor(&root, Arc::new(Quick), &session(), Some(copy));
    assert_eq!(doctor(&old).err().unwrap().code(), "V0106");
    assert_eq!(fs::read(&journal).unwrap(), bytes);
    assert_eq!(doctor(&new).unwrap().len(), 1);
    assert_eq!(asked(&root).unwrap(), later);
    assert_eq!(fs::read(root.join("quarantine/000001.jnl-1")).unwrap(), bytes);
}

#[test]
fn a_later_copy_is_taken_in_and_another_history_is_not() {
    let (root, right) = sample("import");
    let later = folder("import-later");
    copy(&root, &later);
    publish(&later, Arc::new(Quick), Keeping::OnDisk, &draft("2", 36)).unwrap();
    let import = |from: &Path| {
        let from = read(from).unwrap();
        let mut store = open(&root, Keeping::OnDisk).unwrap();
        let imported = store.import(&from);
        store.close().unwrap();
        imported
    };
    let head = read(&later).unwrap().head();
    assert_eq!(import(&later).unwrap().entries, 1);
    assert_eq!(read(&root).unwrap().head(), head);
    assert_ne!(asked(&root).unwrap(), right);
    assert_eq!(import(&later).unwrap().entries, 0);
    let (other, _) = sample("import-other");
    publish(&other, Arc::new(Quick), Keeping::OnDisk, &draft("2", 48)).unwrap();
    assert_eq!(import(&other).err().unwrap().code(), "V0208");
    assert_eq!(read(&root).unwrap().head(), head);
}
