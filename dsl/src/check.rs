//! From rule files to a checked, linked model: names, types, units, missing values, packages.
//!
//! A stage reports and carries on. Each package is checked against the *models* of the packages it
//! uses, so that a stored model can stand in for source text. What could not be understood has the
//! type `Unknown`, which every later check passes over in silence; a package that uses one with errors is
//! checked against what is known of it. A set with errors is never handed out.

mod action;
mod amend;
mod amended;
mod blanks;
mod bound;
mod builtin;
mod candidate;
mod case;
mod cell;
mod chain;
mod clause;
mod codes;
mod condition;
mod content;
mod cycle;
mod decide;
mod decl;
pub mod edit;
mod expr;
mod fact;
mod field;
mod finding;
mod header;
mod index;
mod load;
mod matrix;
mod names;
mod operator;
mod path;
mod policy;
mod replaced;
mod row;
mod schema;
mod scope;
mod sight;
mod source;
mod stack;
mod stored;
mod table;
mod template;
mod ty;
mod unit;
mod unread;
mod view;
mod window;

use std::collections::BTreeMap;

pub(crate) use self::amended::{agree, part};
use self::index::{Known, Models};
use self::load::{Key, Package, Used};
pub(crate) use self::names::is_predeclared;
pub(crate) use self::row::split;
use self::unit::Unit;
use crate::diag::{self, Code, Diagnostic, Severity};
use crate::limits;
use crate::model::linked::{LinkTable, Linked};
use crate::model::{RuleSet, lines};
use crate::source::SourceMap;
use crate::verify::{NoReplay, Replay};
use crate::world::World;

/// The outcome of a check: the linked model if there is no error, and everything there is to say.
#[derive(Debug)]
pub struct Checked {
    /// The packages, linked; absent if any of them has an error.
    pub linked: Option<Linked>,
    /// The texts that were read.
    pub sources: SourceMap,
    /// The problems, by file, offset and code.
    pub diagnostics: Vec<Diagnostic>,
    /// The numbers in [`Linked::packages`] of the packages that were asked for, in that order; empty
    /// where nothing was linked.
    pub roots: Vec<usize>,
    /// Where each of [`Linked::packages`] was found: its folder or file, as the world names it.
    pub places: Vec<String>,
}

impl Checked {
    /// How many of the problems are that bad.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|it| it.severity() == severity).count()
    }

    /// Is any of them an error?
    pub fn failed(&self) -> bool {
        self.linked.is_none() || diag::has_errors(&self.diagnostics)
    }
}

/// Checks the packages in the folders `roots` with all that they use.
///
/// `links` says which package stands for which name (`通用` → `池州通用`); the packages that stand for
/// others are loaded too.
pub fn check(world: &dyn World, roots: &[String], links: &LinkTable) -> Checked {
    check_with(world, roots, links, &NoReplay)
}

/// Like [`check`], where households that show a problem are looked for and evaluated by the caller.
pub fn check_with(
    world: &dyn World,
    roots: &[String],
    links: &LinkTable,
    replay: &dyn Replay,
) -> Checked {
    let mut loaded = load::load(world, roots, links);
    let names = blanks::names(&loaded.packages);
    blanks::unread(&mut loaded, &names);
    loaded.diagnostics.extend(loaded.packages.iter().flat_map(|it| blanks::formulas(it, &names)));
    let mut checked = with_changes(world, &loaded, &BTreeMap::new(), replay);
    blanks::unknown(&mut checked.diagnostics, &loaded.sources, &names);
    // Nobody waits until thousands of declarations are taken apart.
    let load::Loaded { packages, sources, .. } = loaded;
    rayon::spawn(move || drop(packages));
    Checked { sources, ..checked }
}

/// Checks what was loaded, where some packages are changed in place before others see them. The
/// texts are left to the caller.
fn with_changes(
    world: &dyn World,
    loaded: &load::Loaded,
    changes: &BTreeMap<Key, Package>,
    replay: &dyn Replay,
) -> Checked {
    let mut diagnostics = loaded.diagnostics.clone();
    let mut models = Models::new();
    for package in &loaded.packages {
        let way = (&loaded.links, !changes.is_empty());
        let Some((mut set, mut problems)) =
            one(world, &loaded.sources, package, &models, way, &mut diagnostics)
        else {
            models.insert(package.key(), Known::unreadable(package));
            continue;
        };
        let mut fine = !package.failed && !diag::has_errors(&problems);
        diagnostics.append(&mut problems);
        if let (Some(change), true) = (changes.get(&package.key()), fine) {
            (set, problems) =
                edit::in_place(world, &loaded.sources, (package, change), set, &mut models);
            fine = !diag::has_errors(&problems);
            diagnostics.append(&mut problems);
        }
        let used = |it: &Used| it.key().and_then(|it| models.get(&it)).is_some_and(|it| it.whole);
        let whole = fine && package.uses.iter().all(used);
        models.insert(package.key(), Known::new(set, package, whole));
    }
    let mut linked = None;
    let failed = diag::has_errors(&diagnostics);
    // Tables and promises are looked at wherever nothing else is wrong.
    let whole: Vec<RuleSet> = models.into_values().filter(|it| it.whole).map(|it| it.set).collect();
    let mut links = loaded.links.clone();
    if failed {
        let there = |name: &str| whole.iter().any(|it| name.split('@').next() == Some(&*it.id));
        links.retain(|_, other| there(other));
    }
    if !whole.is_empty() {
        match Linked::link(whole, links) {
            Ok(it) => {
                let mut found = finding::verify(&it, &loaded.sources, replay);
                found.retain(|it| !is_said_by(&diagnostics, it));
                diagnostics.extend(found);
                linked = Some(it);
            }
            Err(errors) if !failed => {
                let (packages, sources) = (&loaded.packages, &loaded.sources);
                let problem =
                    |it| finding::link_error(it, packages, sources, &loaded.links, changes);
                diagnostics.extend(errors.iter().map(problem));
            }
            Err(_) => {}
        }
    }
    diag::tidy(&mut diagnostics);
    if diag::has_errors(&diagnostics) {
        linked = None;
    }
    diagnostics.truncate(limits::MAX_DIAGNOSTICS * 4);
    let number = |key: &Key| linked.as_ref()?.version_of(&key.0, Some(&key.1));
    let roots = loaded.roots.iter().filter_map(number).collect();
    let place = |set: &RuleSet| {
        let found = loaded.packages.iter().find(|it| it.id == set.id && it.version == set.version);
        found.map(|it| it.folder.clone()).unwrap_or_default()
    };
    let places = linked.iter().flat_map(|it| it.packages.iter().map(place)).collect();
    Checked { linked, sources: SourceMap::default(), diagnostics, roots, places }
}

/// The model of a package and what is wrong with it; `None` for a stored one that cannot be used, which
/// has been reported. See [`stored::problems`] for `way`.
fn one(
    world: &dyn World,
    sources: &SourceMap,
    package: &Package,
    models: &Models,
    way: (&LinkTable, bool),
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(RuleSet, Vec<Diagnostic>)> {
    let Some(model) = &package.stored else {
        let (mut set, problems) = Unit::new(world, sources, package, models).check();
        lines::collect(&mut set, sources);
        return Some((set, problems));
    };
    if !stored::can_be_linked(package, models) {
        return None;
    }
    let problems = stored::problems(package, model, models, sources, way);
    if diag::has_errors(&problems) {
        diagnostics.extend(problems);
        return None;
    }
    Some((model.set.clone(), problems))
}

/// Does a comparison of a thing with itself, which has been reported, make the condition hold always or
/// never?
fn is_said_by(before: &[Diagnostic], found: &Diagnostic) -> bool {
    let (Code::E0450 | Code::E0451) = found.code else { return false };
    let whole = found.primary.span;
    before.iter().filter(|it| it.code == Code::E0326).any(|it| {
        let part = it.primary.span;
        part.file == whole.file && whole.start <= part.start && part.end <= whole.end
    })
}
