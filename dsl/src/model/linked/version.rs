//! Which package and which version of it a name means, and the order in which packages come.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{LinkError, LinkProblem, LinkTable};
use crate::model::{Id, RuleSet};

/// The order of versions: number by number, so that `2024.9` comes before `2024.12`.
pub fn version_order(a: &str, b: &str) -> Ordering {
    let parts = |it: &str| -> Vec<(u64, String)> {
        let part = |it: &str| (it.parse().unwrap_or(0), it.to_owned());
        it.split(['.', '-']).map(part).collect()
    };
    parts(a).cmp(&parts(b))
}

/// Applies the link table to a package name, and takes off a pinned version.
pub(super) fn meaning(asking: &RuleSet, name: &str, links: &LinkTable) -> (Id, Option<Id>) {
    let parted = |it: &str| match it.split_once('@') {
        Some((id, version)) => (Id::from(id), Some(Id::from(version))),
        None => (Id::from(it), None),
    };
    if name.contains('@') {
        return parted(name);
    }
    let used = asking.uses.iter().filter(|it| it.package.as_ref() == name);
    // A package that uses one version only, pinned, means that one by the bare name, too.
    let mut pins = used.clone().map(|it| &it.pinned);
    let pin = pins.next().and_then(Option::as_ref).filter(|_| pins.next().is_none());
    if let Some(version) = pin {
        return (Id::from(name), Some(version.clone()));
    }
    let extends = used.clone().any(|it| it.extends);
    match links.get(name).map(|it| parted(it)) {
        Some((id, version)) if *id == *name => (id, version),
        Some((id, version)) if !extends && id != asking.id => (id, version),
        _ => (Id::from(name), None),
    }
}

/// Which version of a package its id means: what the link table says, else the newest.
pub(super) fn bare(packages: &[RuleSet], links: &LinkTable) -> BTreeMap<Id, Id> {
    let mut out: BTreeMap<Id, Id> = BTreeMap::new();
    for set in packages {
        let best = out.entry(set.id.clone()).or_insert_with(|| set.version.clone());
        if version_order(best, &set.version).is_lt() {
            *best = set.version.clone();
        }
    }
    for (name, other) in links {
        if let Some((id, version)) = other.split_once('@')
            && *id == **name
            && packages.iter().any(|it| *it.id == *id && *it.version == *version)
        {
            out.insert(name.clone(), Id::from(version));
        }
    }
    out
}

/// Sorts packages so that each comes after those it uses.
pub(super) fn in_order(
    packages: Vec<RuleSet>,
    links: &LinkTable,
) -> Result<Vec<RuleSet>, Vec<LinkError>> {
    let bare = bare(&packages, links);
    let mut waiting: BTreeMap<(Id, Id), RuleSet> = BTreeMap::new();
    for it in packages {
        let (id, key) = (it.id.clone(), (it.id.clone(), it.version.clone()));
        if waiting.insert(key, it).is_some() {
            return Err(vec![LinkError { package: id.clone(), problem: LinkProblem::Twice(id) }]);
        }
    }
    let mut sorted: Vec<RuleSet> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let needs = |set: &RuleSet, known: &dyn Fn(&(Id, Id)) -> bool| {
            let used = set.uses.iter().map(|it| {
                let pinned = it.pinned.as_ref().map(|version| format!("{}@{version}", it.package));
                let (id, version) = meaning(set, pinned.as_deref().unwrap_or(&it.package), links);
                let version = version.or_else(|| bare.get(&id).cloned()).unwrap_or_default();
                (id, version)
            });
            used.into_iter().find(|it| !known(it))
        };
        let done = |key: &(Id, Id)| sorted.iter().any(|it| it.id == key.0 && it.version == key.1);
        let ready = waiting.iter().find(|(_, it)| needs(it, &done).is_none());
        let Some(ready) = ready.map(|it| it.0.clone()) else {
            let errors = waiting.values().filter_map(|it| {
                let lacking = needs(it, &done)?;
                let there = waiting.contains_key(&lacking);
                let problem = if there { LinkProblem::Circular } else { LinkProblem::NoPackage };
                Some(LinkError { package: it.id.clone(), problem: problem(lacking.0) })
            });
            return Err(errors.collect());
        };
        sorted.extend(waiting.remove(&ready));
    }
    Ok(sorted)
}
