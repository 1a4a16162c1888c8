//! A city's text on a new version of the province's: a corpus with one case for each thing that may have to change,
//! and what has to hold of every text that is handed out.
//!
//! A case says what the province changed (`old => new`, with ⏎ for a new line), the city's text, and how conflicts
//! are decided.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use heng_dsl::check::{Checked, check};
use heng_dsl::diag::Lang;
use heng_dsl::diff::{Fate, Merge, merge};
use heng_dsl::model::RuleSet;
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::normal::normal;
use heng_dsl::rebase::{Files, Rebased, Sides, rewrite};
use heng_dsl::world::MemoryWorld;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rebase")
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// A case, taken apart.
struct Case {
    name: String,
    new: String,
    codes: String,
    city: Files,
    /// How every conflict is decided: for the city, or for the province.
    take: Option<bool>,
}

fn case(path: &Path) -> Case {
    let text = fs::read_to_string(path).unwrap();
    let part = |name: &str| {
        let (_, rest) = text.split_once(&format!("=== {name}\n"))?;
        let end = rest.find("\n=== ").map_or(rest.len(), |it| it + 1);
        Some(rest[..end].to_owned())
    };
    let mut new = read("province.heng").replacen("版本 2025.1", "版本 2026.1", 1);
    let mut codes = read("行业.csv");
    for line in part("省").unwrap().lines() {
        let (from, to) = line.split_once(" => ").unwrap_or((line.trim_end_matches(" =>"), ""));
        let (from, to) = (from.replace('⏎', "\n"), to.replace('⏎', "\n"));
        assert!(new.contains(&from), "{from}");
        new = new.replacen(&from, &to, 1);
    }
    let mut city = Files::from([("市/市.heng".to_owned(), part("市").unwrap())]);
    if let Some(rows) = part("本市.csv") {
        city.insert("市/本市.csv".to_owned(), rows);
        // The province changes one of the rows as well.
        codes = codes.replace("52,零售,80%", "52,零售,85%");
    }
    let take = part("定").map(|it| it.trim() == "city");
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    Case { name, new, codes, city, take }
}

fn cases() -> Vec<Case> {
    let all = fs::read_dir(folder()).unwrap().map(|it| it.unwrap().path());
    let mut all: Vec<PathBuf> =
        all.filter(|it| it.extension().is_some_and(|it| it == "txt")).collect();
    all.sort();
    all.iter().map(|it| case(it)).collect()
}

/// The city's text on a version of the province's.
fn checked(province: &str, codes: &str, city: &Files) -> Checked {
    let world = MemoryWorld::default().with("省/省.heng", province).with("省/行业.csv", codes);
    let world = city.iter().fold(world, |world, (path, text)| world.with(path, text));
    check(&world, &["省".to_owned(), "市".to_owned()], &LinkTable::new())
}

fn sound(checked: Checked) -> Linked {
    let said: Vec<String> = checked.diagnostics.iter().map(|it| it.message(Lang::Zh)).collect();
    checked.linked.unwrap_or_else(|| panic!("{said:#?}"))
}

fn set<'l>(linked: &'l Linked, id: &str) -> &'l RuleSet {
    linked.packages.iter().find(|it| it.id.as_ref() == id).unwrap()
}

/// The merge of a case, and what became of its text where every conflict is decided.
fn rebased(case: &Case, city: &Files) -> (Merge, Option<(RuleSet, Rebased)>) {
    let ours = sound(checked(&read("province.heng"), &read("行业.csv"), city));
    let none = Files::from([("市/市.heng".to_owned(), "规则集 市 版本 1\n".to_owned())]);
    let theirs = sound(checked(&case.new, &case.codes, &none));
    let (base, own, province) = (set(&ours, "省"), set(&ours, "市"), set(&theirs, "省"));
    let merge = merge(base, own, province);
    if !merge.conflicts().is_empty() && case.take.is_none() {
        return (merge, None);
    }
    let mut made = merge.made(|_| case.take == Some(true)).unwrap();
    for it in made.set.uses.iter_mut().filter(|it| it.pinned.is_some()) {
        it.pinned = Some(province.version.clone());
    }
    let sides = Sides { base, province, city: own, merged: &made.set };
    let rewritten = rewrite(city, sides, &mut |files| {
        let checked = checked(&case.new, &case.codes, files);
        checked.linked.map(|it| set(&it, "市").clone())
    });
    (merge, Some((made.set, rewritten)))
}

/// The lines that only one of two texts has, in order.
fn changed(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let mut out = String::new();
    let (mut a, mut b) = (0, 0);
    while a < old.len() || b < new.len() {
        if a < old.len() && b < new.len() && old[a] == new[b] {
            (a, b) = (a + 1, b + 1);
        } else if b < new.len() && !old[a..].contains(&new[b]) {
            let _ = writeln!(out, "  + {}", new[b]);
            b += 1;
        } else if a < old.len() {
            let _ = writeln!(out, "  - {}", old[a]);
            a += 1;
        } else {
            let _ = writeln!(out, "  + {}", new[b]);
            b += 1;
        }
    }
    out
}

fn told(case: &Case, merge: &Merge, done: Option<&(RuleSet, Rebased)>) -> String {
    let mut out = String::new();
    for (change, fate) in merge.diff.changes().iter().zip(&merge.fates) {
        if change.kind.has_effect() || *fate == Fate::Conflict {
            let _ = writeln!(out, "{fate:?} {}", change.id);
        }
    }
    let Some((_, rebased)) = done else { return out + "not decided\n" };
    for it in &rebased.notes {
        let _ = writeln!(out, "{}:{} {:?}", it.file, it.line, it.what);
    }
    for (path, text) in &rebased.files {
        out += &changed(&case.city[path], text);
    }
    match &rebased.differs {
        None => out += "the text has an error\n",
        Some(it) if it.has_effect() => out += "the text means something else\n",
        Some(_) => out += "the text means the same\n",
    }
    out
}

#[test]
fn each_thing_that_may_have_to_change() {
    let mut right = 0;
    for case in cases() {
        let (merge, done) = rebased(&case, &case.city);
        if let Some((merged, it)) = done.as_ref().filter(|it| it.1.is_right()) {
            right += 1;
            let linked = sound(checked(&case.new, &case.codes, &it.files));
            assert_eq!(normal(set(&linked, "市")), normal(merged), "{}", case.name);
            if it.notes.is_empty() {
                assert_eq!(it.files, case.city, "{}", case.name);
            }
        }
        insta::with_settings!({
            snapshot_path => folder(), prepend_module_to_snapshot => false, omit_expression => true,
        }, {
            insta::assert_snapshot!(case.name.as_str(), told(&case, &merge, done.as_ref()));
        });
    }
    assert!(right > 12, "{right}");
}

/// The declarations of a text in the opposite order, behind the lines that say what set it is.
fn turned(text: &str) -> String {
    let mut parts: Vec<Vec<&str>> = Vec::new();
    for line in text.lines() {
        let begins = !line.is_empty() && !line.starts_with([' ', '#']);
        match parts.last_mut() {
            Some(last) if !begins => last.push(line),
            _ => parts.push(vec![line]),
        }
    }
    let (head, rest) = parts.split_at(2);
    let all = head.iter().chain(rest.iter().rev()).flatten();
    all.map(|it| format!("{it}\n")).collect()
}

#[test]
fn the_order_of_declarations_is_no_part_of_it() {
    let mut several = 0;
    for case in cases() {
        let city: Files = case
            .city
            .iter()
            .map(|(path, text)| {
                let rules = path.ends_with(".heng");
                (path.clone(), if rules { turned(text) } else { text.clone() })
            })
            .collect();
        several += usize::from(city != case.city);
        let (merge, done) = rebased(&case, &case.city);
        let (other, turned) = rebased(&case, &city);
        let fates = |it: &Merge| -> BTreeSet<(String, String)> {
            let all = it.diff.changes().iter().zip(&it.fates);
            all.map(|(change, fate)| (change.id.clone(), format!("{fate:?}"))).collect()
        };
        assert_eq!(fates(&merge), fates(&other), "{}", case.name);
        let (Some((a, one)), Some((b, two))) = (done, turned) else { continue };
        assert_eq!(normal(&a), normal(&b), "{}", case.name);
        assert_eq!(one.is_right(), two.is_right(), "{}", case.name);
        assert_eq!(one.notes.len(), two.notes.len(), "{}", case.name);
    }
    assert!(several > 5, "{several}");
}
