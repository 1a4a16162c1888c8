//! Which declarations of two packages are one and the same under another name.

use std::collections::{BTreeMap, BTreeSet};

use super::change::Part;
use super::names::mentioned;
use crate::model::normal::{key, of_decl};
use crate::model::{Content, Decl, DeclKind, Id, RuleSet, Version};

/// Of ten parts of a rule so many have to be equal.
const EQUAL_PARTS: usize = 7;

/// How often renamed things are looked for again, because what reads them looks the same then.
const ROUNDS: usize = 8;

/// A declaration with another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Renamed {
    /// Its package.
    pub(super) package: Id,
    /// Its old id.
    pub(super) from: Id,
    /// Its new id.
    pub(super) to: Id,
    /// It was changed as well; that it is the same one is concluded from what stayed.
    pub(super) guessed: bool,
}

/// Finds what was renamed. `old` is a copy in which names are changed as they are found.
pub(super) fn renamed(old: &mut RuleSet, new: &RuleSet) -> Vec<Renamed> {
    let mut found = Vec::new();
    for guess in [false, true] {
        for _ in 0..ROUNDS {
            let more = round(old, new, guess);
            if more.is_empty() {
                break;
            }
            for it in more {
                super::rename::rename(old, &it.package, (&it.from, &it.to));
                found.push(it);
            }
        }
    }
    found
}

fn round(old: &RuleSet, new: &RuleSet, guess: bool) -> Vec<Renamed> {
    let ids = |set: &RuleSet| set.decls.iter().map(|it| it.id.clone()).collect::<BTreeSet<Id>>();
    let (before, after) = (ids(old), ids(new));
    let lone = |set: &RuleSet, other: &BTreeSet<Id>| -> Vec<Decl> {
        let all =
            set.decls.iter().filter(|it| !other.contains(&it.id) && it.kind != DeclKind::Total);
        all.cloned().collect()
    };
    let (removed, added) = (lone(old, &after), lone(new, &before));
    let one = |from: &Decl, to: &Decl| Renamed {
        package: new.id.clone(),
        from: from.id.clone(),
        to: to.id.clone(),
        guessed: guess,
    };
    if !guess {
        let mut by_content: BTreeMap<String, Vec<&Decl>> = BTreeMap::new();
        for it in &removed {
            by_content.entry(content(it)).or_default().push(it);
        }
        // Of several with the same content none is known to be the one.
        let mut twins: BTreeMap<String, Vec<&Decl>> = BTreeMap::new();
        for it in &added {
            twins.entry(content(it)).or_default().push(it);
        }
        let pairs = twins.iter().filter_map(|(key, to)| {
            match (by_content.get(key)?.as_slice(), to.as_slice()) {
                ([from], [to]) => Some(one(from, to)),
                _ => None,
            }
        });
        return pairs.collect();
    }
    let mut scored: Vec<(usize, usize, usize)> = Vec::new();
    for (a, from) in removed.iter().enumerate() {
        for (b, to) in added.iter().enumerate() {
            if let Some(score) = likeness(from, to) {
                scored.push((score, a, b));
            }
        }
    }
    scored.sort_by(|a, b| (b.0, a.1, a.2).cmp(&(a.0, b.1, b.2)));
    let (mut left, mut right, mut out) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (_, a, b) in scored {
        if !left.contains(&a) && !right.contains(&b) {
            left.insert(a);
            right.insert(b);
            out.push(one(&removed[a], &added[b]));
        }
    }
    out
}

/// What a declaration says, without its name.
fn content(it: &Decl) -> String {
    let mut it = of_decl(it);
    it.id = "".into();
    it.name = "".into();
    // A text about the household is no part of the meaning.
    key(&it)
}

/// How many parts in a hundred two declarations have in common; absent where they are not alike enough,
/// or do not read the same.
fn likeness(from: &Decl, to: &Decl) -> Option<usize> {
    if std::mem::discriminant(&from.kind) != std::mem::discriminant(&to.kind) {
        return None;
    }
    let reads = |it: &Decl| mentioned(&Part::Decl(Box::new(it.clone())));
    let (a, b) = (of_decl(from), of_decl(to));
    if reads(&a) != reads(&b) {
        return None;
    }
    let (a, b) = (parts(&a), parts(&b));
    let mut left = a.clone();
    let mut common = 0;
    for it in &b {
        if let Some(at) = left.iter().position(|other| other == it) {
            left.swap_remove(at);
            common += 1;
        }
    }
    let all = a.len().max(b.len());
    (all > 1 && common * 10 >= all * EQUAL_PARTS).then(|| common * 100 / all)
}

/// The parts of a declaration: its rows, conditions, local values and bounds.
fn parts(it: &Decl) -> Vec<String> {
    it.versions.iter().flat_map(of_version).collect()
}

fn of_version(it: &Version) -> Vec<String> {
    let mut out: Vec<String> = it.lets.iter().map(key).collect();
    match &it.content {
        Content::Table(it) => {
            out.extend(it.columns.iter().map(key));
            out.extend(it.rows.iter().map(key));
        }
        Content::Each(it) => {
            out.push(key(&it.source));
            out.extend(it.table.columns.iter().map(key));
            out.extend(it.table.rows.iter().map(key));
            out.extend(it.fade.iter().flat_map(|it| &it.rows).map(key));
        }
        Content::Matrix(it) => out.extend(it.cells.iter().map(key)),
        Content::Condition(it) => out.extend(it.parts.iter().map(key)),
        other => out.push(key(other)),
    }
    out.extend(it.applies.iter().map(key));
    out.extend(it.conditional.iter().map(key));
    out
}
