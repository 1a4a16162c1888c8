//! Packages that were checked before they were stored: taken in after another look, in place of text.

use std::collections::BTreeSet;

use super::index::Models;
use super::load::{Key, Model, Package, Used};
use super::replaced;
use crate::diag::Diagnostic;
use crate::model::RuleSet;
use crate::model::linked::{LinkTable, Linked};
use crate::source::SourceMap;
use crate::stored;

/// What is wrong with a stored package, given the models of those that it uses. `links` say which
/// version a name means; `changed`: packages are changed for a try, so that what it was checked against
/// is not what is there now.
pub(super) fn problems(
    package: &Package,
    model: &Model,
    models: &Models,
    sources: &SourceMap,
    (links, changed): (&LinkTable, bool),
) -> Vec<Diagnostic> {
    let mut out: Vec<Diagnostic> = Vec::new();
    if !changed {
        out.extend(other_content(package, model, models));
    }
    let versions = links.iter().filter(|it| it.1.split('@').next() == Some(&**it.0));
    let versions = versions.map(|it| (it.0.clone(), it.1.clone())).collect();
    match Linked::link(with_used(package, model, models), versions) {
        Ok(linked) => {
            let number = linked.version_of(&package.id, Some(&package.version));
            let number = number.unwrap_or(usize::MAX);
            out.extend(stored::invalid(number, &linked));
        }
        Err(errors) => out.extend(errors.iter().map(|it| stored::unlinked(it, links))),
    }
    out.iter_mut().for_each(|it| it.primary.span = package.span());
    let mut extended = package.uses.iter().filter(|it| it.extends);
    let base = extended.find_map(|it| models.get(&it.key()?));
    if let (Some(base), false) = (base, changed) {
        out.extend(replaced::check(sources, &model.set.quoted, &base.set, package.span()));
    }
    out
}

/// Is everything that the package uses there, and without errors?
pub(super) fn can_be_linked(package: &Package, models: &Models) -> bool {
    let whole = |it: &Used| it.key().and_then(|it| models.get(&it)).is_some_and(|it| it.whole);
    !package.failed && package.uses.iter().all(whole)
}

/// The package with all that it uses.
fn with_used(package: &Package, model: &Model, models: &Models) -> Vec<RuleSet> {
    let mut sets = vec![model.set.clone()];
    let mut waiting: Vec<Key> = package.uses.iter().filter_map(Used::key).collect();
    let mut seen = BTreeSet::new();
    while let Some(key) = waiting.pop() {
        if let Some(known) = models.get(&key)
            && seen.insert(key)
        {
            waiting.extend(known.uses.iter().cloned());
            sets.push(known.set.clone());
        }
    }
    sets
}

/// Compares what the package was checked against with what was found.
fn other_content<'p>(
    package: &'p Package,
    model: &'p Model,
    models: &'p Models,
) -> impl Iterator<Item = Diagnostic> + 'p {
    model.uses.iter().filter_map(|wanted| {
        let mut used = package.uses.iter().filter(|it| it.id == wanted.package);
        let exact = used.clone().find(|it| it.found.as_ref() == Some(&wanted.version));
        let key: Key = exact.or_else(|| used.next())?.key()?;
        stored::other_content(&package.id, wanted, &models.get(&key)?.set)
    })
}
