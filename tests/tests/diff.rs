//! What changed between two versions: a corpus with one case for each kind of change, and the laws that
//! hold of every comparison: all changes make the new version of the old one, and every subset that
//! lacks nothing makes a valid set.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "how much was tried is asked for with --nocapture")]

#[path = "diff/merges.rs"]
mod merges;
#[path = "diff/rebases.rs"]
mod rebases;
#[path = "diff/rewritten.rs"]
mod rewritten;
#[path = "diff/shipped.rs"]
mod shipped;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use heng_dsl::check::check;
use heng_dsl::diag::Lang;
use heng_dsl::diff::{Diff, Unmet};
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::normal::normal;
use heng_dsl::model::{RuleSet, valid};
use heng_dsl::world::MemoryWorld;
use heng_engine::show::change::{Told, Versions, told};

const CODES: &str = "代码,名称,系数\n52,零售,80%\n62,餐饮,\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff")
}

fn prelude() -> String {
    fs::read_to_string(folder().join("prelude.heng")).unwrap()
}

/// A package out of the text of a case, behind the common data where it declares none itself.
fn package(text: &str) -> Linked {
    let text = if text.starts_with("规则集") { text.to_owned() } else { prelude() + text };
    let world = MemoryWorld::default().with("试/试.heng", &text).with("试/行业.csv", CODES);
    let checked = check(&world, &["试".to_owned()], &LinkTable::new());
    let errors: Vec<String> = checked.diagnostics.iter().map(|it| it.message(Lang::Zh)).collect();
    checked.linked.unwrap_or_else(|| panic!("{errors:#?}\n{text}"))
}

/// Both versions of a case.
fn case(path: &Path) -> (Linked, Linked) {
    let text = fs::read_to_string(path).unwrap();
    let (_, text) = text.split_once("=== old\n").unwrap();
    let (old, new) = text.split_once("=== new\n").unwrap();
    (package(old), package(new))
}

fn cases() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|it| it.unwrap().path()).collect();
    all.retain(|it| it.extension().is_some_and(|it| it == "heng") && !it.ends_with("prelude.heng"));
    all.sort();
    all
}

fn side(it: Option<&heng_engine::explain::Said>, lang: Lang) -> String {
    it.map_or_else(|| "–".to_owned(), |it| it.of(lang).replace('\n', " / "))
}

fn line(it: &Told, lang: Lang) -> String {
    let (before, after) = (side(it.before.as_ref(), lang), side(it.after.as_ref(), lang));
    let change = if before == after { String::new() } else { format!("：{before} → {after}") };
    format!("{} · {}{change}", it.thing.of(lang), it.aspect.of(lang))
}

fn listed(diff: &Diff, versions: Versions<'_>) -> String {
    let mut out = String::new();
    for (number, change) in diff.changes().iter().enumerate() {
        let said = told(versions, change);
        let guess = if change.thing.guessed { "（推测）" } else { "" };
        let _ = writeln!(out, "{number} [{}]{guess} {}", change.kind.code(), line(&said, Lang::Zh));
        let _ = writeln!(out, "    {}", line(&said, Lang::En));
        for it in &said.along {
            let _ = writeln!(out, "    & {}", line(it, Lang::Zh));
        }
        if said.basis[0] != said.basis[1] {
            let _ = writeln!(
                out,
                "    依据 {} → {}",
                said.basis[0].join("；"),
                said.basis[1].join("；")
            );
        }
        let _ = writeln!(
            out,
            "    {} {:?}",
            change.id,
            said.places.each_ref().map(|it| it.as_deref().unwrap_or(""))
        );
        if !diff.needs(number).is_empty() {
            let _ = writeln!(out, "    须以 {:?} 为前提", diff.needs(number));
        }
    }
    if out.is_empty() { "没有变更\n".to_owned() } else { out }
}

/// What must hold of every comparison.
fn laws(old: &[RuleSet], new: &[RuleSet], subsets: usize, seed: &mut Random) -> Diff {
    let diff = Diff::of(old, new);
    let all: Vec<usize> = (0..diff.changes().len()).collect();
    let made = diff.apply(&all).unwrap();
    for (made, new) in made.iter().zip(new) {
        differ(made, new, "all changes make the new version");
    }
    let none = diff.apply(&[]).unwrap();
    for (made, old) in none.iter().zip(old) {
        differ(made, old, "no change leaves the old version");
    }
    let same = old.len() == new.len()
        && old.iter().zip(new).all(|(a, b)| a == b || normal(a) == normal(b));
    assert!(!same || !diff.has_effect(), "equal normal forms have no effect");
    assert!(same || diff.has_effect(), "other normal forms have one");
    let ids: BTreeSet<&str> = diff.changes().iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids.len(), all.len(), "every change has its own name");
    // What is the same in both and uses nothing that is not was valid before.
    let first = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let singles = all.iter().map(|it| vec![*it]).take(subsets);
    let random: Vec<Vec<usize>> = (0..subsets)
        .map(|_| all.iter().copied().filter(|_| seed.below(2) == 0).collect())
        .collect();
    for subset in singles.chain(random) {
        let closed = diff.closed(&subset);
        let sets = diff.apply(&closed).unwrap();
        let linked = Linked::link(sets, LinkTable::new())
            .unwrap_or_else(|it| panic!("{closed:?} does not link: {it:#?}\n{:#?}", names(&diff)));
        for package in first..linked.packages.len() {
            let faults = valid::check(package, &linked);
            assert!(faults.is_empty(), "{closed:?} is not valid: {faults:#?}\n{:#?}", names(&diff));
        }
    }
    diff
}

fn names(diff: &Diff) -> Vec<(usize, &str)> {
    diff.changes().iter().map(|it| it.id.as_str()).enumerate().collect()
}

/// Of a package that a comparison made, what is neither a rule nor data is left out.
fn differ(made: &RuleSet, wanted: &RuleSet, why: &str) {
    let bare = |it: &RuleSet| RuleSet {
        cases: Vec::new(),
        guarantees: Vec::new(),
        clauses: Vec::new(),
        carries: Vec::new(),
        disabled: Vec::new(),
        ..it.clone()
    };
    if *made == bare(wanted) {
        return;
    }
    let (made, wanted) = (normal(made), normal(wanted));
    if made == wanted {
        return;
    }
    for (a, b) in made.decls.iter().zip(&wanted.decls) {
        assert_eq!(a, b, "{why}");
    }
    assert_eq!(made, wanted, "{why}");
}

struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(count.max(1)).unwrap()).unwrap()
    }
}

#[test]
fn each_kind_of_change() {
    let mut seed = Random(7);
    for path in cases() {
        let (old, new) = case(&path);
        let diff = laws(&old.packages, &new.packages, 40, &mut seed);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        insta::with_settings!({
            snapshot_path => folder(), prepend_module_to_snapshot => false, omit_expression => true,
        }, {
            insta::assert_snapshot!(name, listed(&diff, Versions { old: &old, new: &new }));
        });
    }
}

#[test]
fn a_version_is_equal_to_itself() {
    for path in cases() {
        let (old, _) = case(&path);
        assert_eq!(Diff::of(&old.packages, &old.packages).changes(), []);
    }
}

#[test]
fn a_subset_that_lacks_something_is_refused() {
    let (old, new) = case(&folder().join("new-name-used.heng"));
    let diff = Diff::of(&old.packages, &new.packages);
    let asking = (0..diff.changes().len()).find(|it| !diff.needs(*it).is_empty()).unwrap();
    let lacking = diff.needs(asking)[0];
    assert_eq!(diff.apply(&[asking]), Err(Unmet::Needs(asking, lacking)));
    assert_eq!(diff.apply(&[99]), Err(Unmet::NoChange(99)));
    assert!(diff.apply(&diff.closed(&[asking])).is_ok());
}
