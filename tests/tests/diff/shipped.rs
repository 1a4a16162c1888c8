//! The laws on the shipped sets with random edits of the model, and renamed declarations found again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use heng::world::Folders;
use heng_dsl::check::check;
use heng_dsl::diff::{Aspect, Diff};
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::{
    Cell, Content, DecideEffect, Decl, DeclKind, Expr, Mode, Node, RowKey, RuleSet, Table, Test,
    Version, change, valid,
};
use heng_dsl::value::{Decimal, Value};

use super::{Random, laws};

const SEED: u64 = 20_261_128;
const PAIRS: usize = 40;

/// The shipped sets with all that they use, without their cases.
pub(super) fn shipped() -> &'static Linked {
    static SHIPPED: OnceLock<Linked> = OnceLock::new();
    SHIPPED.get_or_init(read)
}

fn read() -> Linked {
    let sets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../indicator-sets");
    let roots: Vec<_> = ["general", "food", "drugs", "special-equipment", "metering"]
        .map(|it| sets.join(it))
        .to_vec();
    let world = Folders::new(&roots, &[]);
    let mut linked = check(&world, &world.roots(), &LinkTable::new()).linked.unwrap();
    linked.packages.iter_mut().for_each(|it| it.cases.clear());
    linked
}

/// A package with those it uses, by their numbers.
pub(super) fn with_used(all: &Linked, package: usize) -> Vec<RuleSet> {
    let mut wanted = BTreeSet::from([package]);
    let mut waiting = vec![package];
    while let Some(at) = waiting.pop() {
        for it in all.packages[at].uses.iter().filter_map(|it| all.used(at, it)) {
            if wanted.insert(it) {
                waiting.push(it);
            }
        }
    }
    wanted.into_iter().map(|it| all.packages[it].clone()).collect()
}

/// Is the last one, which is edited, as it should be?
fn is_valid(sets: &[RuleSet]) -> bool {
    let Ok(linked) = Linked::link(sets.to_vec(), LinkTable::new()) else { return false };
    valid::check(linked.packages.len() - 1, &linked).is_empty()
}

fn tables(version: &mut Version) -> Vec<&mut Table> {
    let all = version.lets.iter_mut().map(|it| &mut it.content).chain([&mut version.content]);
    all.filter_map(|it| match it {
        Content::Table(it) => Some(it),
        Content::Each(it) => Some(&mut it.table),
        _ => None,
    })
    .collect()
}

fn nudged(it: &mut Expr, seed: &mut Random) -> bool {
    if let Node::Const(Value::Number(number)) = &mut it.node {
        let step = Decimal::new(1, number.places()).unwrap();
        let step = if seed.below(2) == 0 { step } else { step.negated() };
        *number = number.checked_add(step).unwrap();
        return true;
    }
    let mut done = false;
    change::parts(it, &mut |part| done = done || nudged(part, seed));
    done
}

/// One small change of a declaration. Did it change anything?
fn edit(decl: &mut Decl, seed: &mut Random) -> bool {
    let is_indicator = matches!(decl.kind, DeclKind::Indicator { .. });
    let Some(version) = decl.versions.first_mut() else { return false };
    match seed.below(7) {
        0..=3 => edit_table(version, seed),
        4 => match &mut version.content {
            Content::Formula(it) => nudged(it, seed),
            Content::Condition(it) => it.parts.iter_mut().any(|it| nudged(it, seed)),
            Content::Source(it) => {
                let mut done = false;
                change::source(it, &mut |it| done = done || nudged(it, seed));
                done
            }
            Content::Matrix(it) => {
                let row = seed.below(it.cells.len());
                it.cells[row].swap(0, 1);
                true
            }
            _ => false,
        },
        5 => version.lets.iter_mut().any(|it| match &mut it.content {
            Content::Formula(it) => nudged(it, seed),
            _ => false,
        }),
        _ => {
            version.bounds.cap = Decimal::new(i128::try_from(seed.below(40)).unwrap(), 0);
            version.legal.basis.push("新的依据".to_owned());
            is_indicator
        }
    }
}

/// A number of a row, a row that goes, or two that change places.
fn edit_table(version: &mut Version, seed: &mut Random) -> bool {
    let mut tables = tables(version);
    if tables.is_empty() {
        return false;
    }
    let table = seed.below(tables.len());
    let table = &mut *tables[table];
    let at = seed.below(table.rows.len());
    let by_order = table.mode == Mode::First && table.columns.is_empty();
    match seed.below(4) {
        0 => table.rows[at].results.iter_mut().flatten().any(|it| nudged(it, seed)),
        1 if table.rows.len() > 2 => {
            table.rows.remove(at);
            true
        }
        2 if by_order && table.rows.len() > 2 => {
            table.rows.swap(0, 1);
            true
        }
        _ => {
            let RowKey::Cells(cells) = &mut table.rows[at].key else { return false };
            let mut tests = cells.iter_mut().flat_map(|it| match it {
                Cell::OneOf(tests) => tests.as_mut_slice(),
                Cell::Any => &mut [],
            });
            tests.any(|it| match it {
                Test::Range { low, high } => {
                    low.iter_mut().chain(high).any(|it| nudged(&mut it.value, seed))
                }
                _ => false,
            })
        }
    }
}

/// Changes of a package until so many were made; what would make it invalid is left out.
pub(super) fn edited(sets: &[RuleSet], count: usize, seed: &mut Random) -> Vec<RuleSet> {
    let mut out = sets.to_vec();
    let mut made = 0;
    for _ in 0..count * 40 {
        if made == count || out.last().is_none_or(|it| it.decls.is_empty()) {
            break;
        }
        let mut next = out.clone();
        let set = next.last_mut().unwrap();
        let done = match seed.below(12) {
            0 if !set.decides.is_empty() => {
                let at = seed.below(set.decides.len());
                set.decides.remove(at);
                true
            }
            1 if !set.decides.is_empty() => {
                let at = seed.below(set.decides.len());
                set.decides[at].versions[0].0 = DecideEffect::Raise { by: 1, limit: None };
                true
            }
            2 => {
                let at = seed.below(set.decls.len());
                let mut copy = set.decls[at].clone();
                copy.id = format!("{}副本{made}", copy.id).into();
                copy.name = copy.id.clone();
                edit(&mut copy, seed);
                set.decls.push(copy);
                true
            }
            3 => {
                let at = seed.below(set.decls.len());
                set.decls.remove(at);
                true
            }
            _ => {
                let at = seed.below(set.decls.len());
                edit(&mut set.decls[at], seed)
            }
        };
        if done && is_valid(&next) {
            out = next;
            made += 1;
        }
    }
    out
}

#[test]
fn the_laws_hold_on_shipped_sets_with_random_edits() {
    let all = shipped();
    let mut seed = Random(SEED);
    let mut changes = 0;
    for _ in 0..PAIRS {
        let package = 1 + seed.below(all.packages.len() - 1);
        let old = with_used(all, package);
        let count = 1 + seed.below(10);
        let new = edited(&old, count, &mut seed);
        changes += laws(&old, &new, 4, &mut seed).changes().len();
    }
    println!("{PAIRS} pairs with {changes} changes");
    assert!(changes > PAIRS);
}

/// How many versions are compared, and in how many declarations each differs from the one before.
const RENAMED: (usize, usize) = (20, 10);

/// Declarations that got another name, and others that only look like it: ten in each version, which may
/// be taken for one another, too.
#[test]
fn what_was_renamed_is_found_again() {
    let all = shipped();
    let mut seed = Random(SEED);
    let (mut right, mut wrong, mut missed, mut pairs) = (0, 0, 0, 0);
    let large = all.packages.iter().filter(|it| it.decls.len() > 4 * RENAMED.1);
    let large: Vec<&RuleSet> = large.collect();
    for _ in 0..RENAMED.0 {
        let old = large[seed.below(large.len())];
        let (new, renamed) = with_other_names(old, &mut seed);
        pairs += RENAMED.1;
        let diff = Diff::of(std::slice::from_ref(old), std::slice::from_ref(&new));
        let found = diff.changes().iter().filter(|it| it.aspect == Aspect::Id);
        let found: BTreeSet<(String, String)> = found
            .map(|it| (it.thing.was.as_deref().unwrap_or_default().into(), it.thing.id.to_string()))
            .collect();
        right += found.intersection(&renamed).count();
        wrong += found.difference(&renamed).count();
        for it in found.difference(&renamed) {
            println!("mistaken {it:?}");
        }
        for it in renamed.difference(&found) {
            println!("missed {it:?}");
            missed += 1;
        }
    }
    let (precision, recall) =
        (right * 1000 / (right + wrong).max(1), right * 1000 / (right + missed).max(1));
    println!(
        "{pairs} pairs: {right} found, {missed} missed, {wrong} mistaken; precision {precision}‰, recall {recall}‰"
    );
    assert!(right >= 100, "{right}");
    assert!(precision >= 950 && recall >= 950, "precision {precision}‰, recall {recall}‰");
}

/// A version in which two thirds of ten declarations have another name, half of these with a change beside
/// it, and the others gave way to what only looks like them; and the names that belong together.
fn with_other_names(old: &RuleSet, seed: &mut Random) -> (RuleSet, BTreeSet<(String, String)>) {
    let (mut taken, mut looked_like) = (BTreeSet::new(), BTreeSet::new());
    let (mut names, mut edits, mut copies) = (BTreeMap::new(), Vec::new(), Vec::new());
    while taken.len() < RENAMED.1 {
        let at = seed.below(old.decls.len());
        let is_free = !taken.contains(&at) && !looked_like.contains(&at);
        if old.decls[at].kind == DeclKind::Total || !is_free {
            continue;
        }
        let (from, to) = (old.decls[at].id.to_string(), format!("{}之新名", old.decls[at].id));
        if seed.below(3) > 0 {
            names.insert(from, to);
            // Some are changed a little as well.
            edits.extend((seed.below(2) == 0).then_some(at));
        } else {
            // One goes and another one comes, which has neither its name nor its rows.
            let other = seed.below(old.decls.len());
            let mut copy = old.decls[other].clone();
            copy.id = to.into();
            copy.name = copy.id.clone();
            if taken.contains(&other) || other == at || unlike(&old.decls[at], &copy) < 5 {
                continue;
            }
            copies.push((at, copy));
            looked_like.insert(other);
        }
        taken.insert(at);
    }
    let mut new = old.clone();
    copies.into_iter().for_each(|(at, copy)| new.decls[at] = copy);
    rename(&mut new, &names);
    for at in edits {
        edit(&mut new.decls[at], seed);
    }
    (new, names.into_iter().collect())
}

/// Of ten parts of the longer one, how many the other lacks.
fn unlike(a: &Decl, b: &Decl) -> usize {
    let parts = |it: &Decl| {
        let text = serde_json::to_string(&it.versions).unwrap();
        text.split("\"text\"").map(str::to_owned).collect::<Vec<_>>()
    };
    if std::mem::discriminant(&a.kind) != std::mem::discriminant(&b.kind) {
        return 10;
    }
    let (a, b) = (parts(a), parts(b));
    let common = a.iter().filter(|it| b.contains(it)).count();
    10 - 10 * common / a.len().max(b.len())
}

/// Other ids, where they stand and where they are read: on the stored form, independent of the comparison.
fn rename(set: &mut RuleSet, names: &BTreeMap<String, String>) {
    /// References under these names are to no declaration.
    const OTHERS: [&str; 4] = ["field", "column", "table", "kind"];
    fn each(key: &str, value: &mut serde_json::Value, names: &BTreeMap<String, String>) {
        match value {
            serde_json::Value::Object(all) => {
                let reference = all.len() == 1 && !OTHERS.contains(&key);
                let own = !all.contains_key("package") && all.contains_key("versions");
                let id = all.get("id").and_then(|it| it.as_str()).unwrap_or_default().to_owned();
                if let Some(to) = names.get(&id).filter(|_| own || reference) {
                    all["id"] = to.as_str().into();
                    if all.get("name").is_some_and(|it| *it == id.as_str()) {
                        all["name"] = to.as_str().into();
                    }
                }
                all.iter_mut().for_each(|(key, it)| each(key, it, names));
            }
            serde_json::Value::Array(all) => all.iter_mut().for_each(|it| each(key, it, names)),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(&*set).unwrap();
    each("", &mut value, names);
    *set = serde_json::from_value(value).unwrap();
}
