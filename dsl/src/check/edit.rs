//! Changes that stand in no file: an amendment that is only tried out, an expression that is asked.
//!
//! Both are checked as if another package were 基于 the one they are about, by the code for 修订, and
//! then take its place: whatever uses the package is checked against what has become of it.

use std::collections::BTreeMap;

use super::index::{Index, Known, Models};
use super::load::{Key, Loaded, Package, Used};
use super::{Checked, amend, load, unit, with_changes};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::linked::{LinkTable, Linked};
use crate::model::{DeclKind, Id, RuleSet};
use crate::source::{SourceFile, SourceMap};
use crate::span::{FileId, Span};
use crate::syntax::{self, ast};
use crate::verify::NoReplay;
use crate::world::World;

/// Rules as they are, and as they would be.
#[derive(Debug)]
pub struct Edited {
    /// The rules as they are. Where they have errors, nothing is tried out.
    pub before: Checked,
    /// The rules with the edits; its problems are those that the edits bring. Not linked where an edit
    /// cannot be read or leaves an error.
    pub after: Checked,
    /// What each edit is about, in the order given; empty where an edit is about nothing.
    pub about: Vec<About>,
}

/// What an edit is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The package that is changed.
    pub package: Id,
    /// The name of the declaration as the edit has it.
    pub name: String,
    /// The edit as it would be written in a file, without its reason: `修订 指标 甲 第 2 行 = 50`.
    pub amendment: String,
}

/// Checks packages as they are and with amendments that stand in no file. An edit names its declaration
/// with or without the package.
pub fn check_edited(
    world: &dyn World,
    roots: &[String],
    links: &LinkTable,
    edits: &[String],
) -> Edited {
    let mut loaded = load::load(world, roots, links);
    let before = with_changes(world, &loaded, &BTreeMap::new(), &NoReplay);
    let mut changes = Changes::default();
    if let Some(linked) = &before.linked {
        for (at, text) in edits.iter().enumerate() {
            changes.add(&mut loaded, linked, &before.roots, at, text);
        }
    }
    let mut after = Checked::nothing();
    if before.linked.is_some() && changes.problems.is_empty() {
        after = with_changes(world, &loaded, &changes.packages, &NoReplay);
    }
    after.diagnostics.extend(changes.problems);
    after.diagnostics.retain(|it| !before.diagnostics.contains(it));
    after.sources = loaded.sources.clone();
    let about = changes.about;
    Edited { before: Checked { sources: loaded.sources, ..before }, after, about }
}

/// An expression in the scope of a package.
#[derive(Debug)]
pub struct Asked {
    /// The rules, with the expression as the formula of one more 值.
    pub checked: Checked,
    /// The package in whose scope it was understood, and the id of that 值.
    pub place: Option<(Id, Id)>,
}

/// The name of the 值 that stands for an expression that was asked.
const ASKED: &str = "（所问）";

/// Checks an expression in the scope of `package`, else of the first of the roots that understands it.
pub fn check_asked(
    world: &dyn World,
    roots: &[String],
    links: &LinkTable,
    package: Option<&str>,
    expression: &str,
) -> Asked {
    let mut loaded = load::load(world, roots, links);
    let plain = with_changes(world, &loaded, &BTreeMap::new(), &NoReplay);
    let file = loaded.sources.add(SourceFile::new("？", expression));
    let text = loaded.sources.file(file).map_or("", |it| it.text.as_str()).to_owned();
    let Some(linked) = &plain.linked else {
        return Asked { checked: Checked { sources: loaded.sources, ..plain }, place: None };
    };
    let mut places = plain.roots.clone();
    let (formula, mut problems) = syntax::parse_expression(file, &text, 0);
    if let Some(package) = package {
        let file = loaded.sources.add(SourceFile::new("--package", package));
        let end = u32::try_from(package.len()).unwrap_or(u32::MAX);
        match named_package(linked, package, Span { file, start: 0, end }) {
            Ok(it) => places = vec![it],
            Err(it) => problems.push(*it),
        }
    }
    let mut refused = Checked { diagnostics: problems, ..Checked::nothing() };
    if refused.diagnostics.is_empty() {
        let within = |key: &Key, formula: ast::Expr| {
            let tree = ast::File { decls: vec![asked(formula)], comments: Vec::new() };
            let package = in_place_of(&loaded, key, vec![(file, tree)]);
            let changes = package.map(|it| (key.clone(), it)).into_iter().collect();
            with_changes(world, &loaded, &changes, &NoReplay)
        };
        for at in places {
            let (key, place) = (key_of(linked, at), linked.name_of(at));
            let mut checked = within(&key, formula.clone());
            if checked.linked.as_ref().is_some_and(|it| is_set(it, &place)) {
                // Of a set of records it is asked how many there are, and which.
                checked = within(&key, counted(formula.clone()));
            }
            if checked.linked.is_some() {
                checked.sources = loaded.sources;
                return Asked { checked, place: Some((place, Id::from(ASKED))) };
            }
            checked.diagnostics.retain(|it| !plain.diagnostics.contains(it));
            if refused.diagnostics.is_empty() {
                refused.diagnostics = checked.diagnostics;
            }
        }
    }
    refused.sources = loaded.sources;
    Asked { checked: refused, place: None }
}

/// Is what was asked a set of records?
fn is_set(linked: &Linked, place: &Id) -> bool {
    let slot = linked.find_decl(place, ASKED);
    slot.is_some_and(|it| linked.decl(it).kind == DeclKind::RecordSet)
}

fn counted(records: ast::Expr) -> ast::Expr {
    let span = records.span;
    let name = ast::Name { text: "计数".to_owned(), span };
    ast::Expr { kind: ast::ExprKind::Call(name, vec![records]), span }
}

/// `值 … = …` with what was asked.
fn asked(formula: ast::Expr) -> ast::Decl {
    let span = formula.span;
    let line = ast::Line { kind: ast::LineKind::Def(ast::Def::Formula(formula)), span };
    ast::Decl {
        kind: ast::DeclKind::Value,
        target: None,
        name: ast::Name { text: ASKED.to_owned(), span },
        title: None,
        attrs: Vec::new(),
        lines: vec![line],
        span,
        broken: false,
    }
}

impl Checked {
    fn nothing() -> Self {
        Self {
            linked: None,
            sources: SourceMap::default(),
            diagnostics: Vec::new(),
            roots: Vec::new(),
            places: Vec::new(),
        }
    }
}

/// Edits that could be read, by the package they change.
#[derive(Default)]
struct Changes {
    packages: BTreeMap<Key, Package>,
    problems: Vec<Diagnostic>,
    about: Vec<About>,
}

impl Changes {
    fn add(
        &mut self,
        loaded: &mut Loaded,
        linked: &Linked,
        roots: &[usize],
        at: usize,
        text: &str,
    ) {
        // The name of the file is a sign without a language: excerpts show it in front of the edit.
        let file = loaded.sources.add(SourceFile::new(format!("#{}", at + 1), text.trim()));
        let text = loaded.sources.file(file).map_or("", |it| it.text.as_str()).to_owned();
        if let Some(problem) = no_kind(file, &text, linked) {
            self.problems.push(problem);
            return;
        }
        let (package, decl) = match syntax::parse_edit(file, &text) {
            Ok(it) => it,
            Err(problems) => {
                self.problems.extend(problems);
                return;
            }
        };
        match target(linked, roots, package.as_ref(), &decl) {
            Ok(at) => {
                let key = key_of(linked, at);
                self.about.push(About {
                    package: linked.name_of(at),
                    name: decl.name.text.clone(),
                    amendment: as_written(&text, package.as_ref(), &decl),
                });
                let tree = ast::File { decls: vec![decl], comments: Vec::new() };
                match self.packages.get_mut(&key) {
                    Some(it) => it.files.push((file, tree)),
                    None => {
                        let package = in_place_of(loaded, &key, vec![(file, tree)]);
                        self.packages.extend(package.map(|it| (key, it)));
                    }
                }
            }
            Err(problem) => self.problems.push(*problem),
        }
    }
}

/// An edit that does not begin by saying what kind of thing it changes. A name says it too, where it
/// is that of something.
fn no_kind(file: FileId, text: &str, linked: &Linked) -> Option<Diagnostic> {
    let end = text.find([' ', '\t', '\u{3000}', '=', '＝']).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or("");
    if syntax::is_declaration_word(word) {
        return None;
    }
    let at = |start: usize, end: usize| Span {
        file,
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(end).unwrap_or(u32::MAX),
    };
    let problem = Diagnostic::new(Code::E0627, at(0, end));
    let name = word.rsplit(['.', '．']).next().unwrap_or(word);
    let mut all = linked.packages.iter().flat_map(declared);
    let Some((kind, ..)) = all.find(|it| is_called(name, it)) else { return Some(problem) };
    let [zh, en] = syntax::word_of(kind);
    let title = Words::both(format!("写成“{zh} {word} …”"), format!("write “{en} {word} …”"));
    Some(problem.fix(title, at(0, 0), format!("{zh} ")))
}

/// The edit as an amendment in a file: with its word in front, without the package of its name.
fn as_written(text: &str, package: Option<&ast::Name>, decl: &ast::Decl) -> String {
    let start = |it: &ast::Name| it.span.start as usize;
    let (before, behind) = match package {
        Some(it) => (text.get(..start(it)), text.get(start(&decl.name)..)),
        None => (Some(""), Some(text)),
    };
    let text = format!("{}{}", before.unwrap_or(""), behind.unwrap_or(""));
    let says_so = decl.kind == ast::DeclKind::Disable
        || ["修订", "amend"].iter().any(|it| text.starts_with(it));
    let word = if text.starts_with(|it: char| it.is_ascii()) { "amend" } else { "修订" };
    if says_so { text } else { format!("{word} {text}") }
}

/// A package of changes that takes the place of one that was loaded.
fn in_place_of(loaded: &Loaded, key: &Key, files: Vec<(FileId, ast::File)>) -> Option<Package> {
    let package = loaded.packages.iter().find(|it| it.key() == *key)?;
    let span = package.span();
    let (id, found) = (key.0.clone(), Some(key.1.clone()));
    let base = Used { id, version: None, found, extends: true, span };
    Some(Package {
        id: key.0.clone(),
        version: package.version.clone(),
        folder: package.folder.clone(),
        files,
        uses: vec![base],
        failed: false,
        in_place: true,
        torn: false,
        stored: None,
    })
}

fn key_of(linked: &Linked, package: usize) -> Key {
    let set = &linked.packages[package];
    (set.id.clone(), set.version.clone())
}

/// The number of the package that an edit is about.
fn target(
    linked: &Linked,
    roots: &[usize],
    package: Option<&ast::Name>,
    decl: &ast::Decl,
) -> Result<usize, Box<Diagnostic>> {
    if let Some(name) = package {
        let at = named_package(linked, &name.text, name.span)?;
        let known = linked.packages.get(at);
        let there = known.is_some_and(|it| has(it, decl));
        return if there { Ok(at) } else { Err(Box::new(unknown(known.into_iter(), decl))) };
    }
    let all = linked.packages.iter().enumerate().filter(|it| has(it.1, decl));
    let all: Vec<usize> = all.map(|it| it.0).collect();
    let asked: Vec<usize> = all.iter().copied().filter(|it| roots.contains(it)).collect();
    match (all.as_slice(), asked.as_slice()) {
        ([only], _) | (_, [only]) => Ok(*only),
        ([], _) => Err(Box::new(unknown(linked.packages.iter(), decl))),
        _ => {
            let names = all.iter().map(|it| format!("{}.{}", linked.name_of(*it), decl.name.text));
            Err(Box::new(
                Diagnostic::new(Code::E0625, decl.name.span)
                    .arg("name", decl.name.text.clone())
                    .arg("candidates", names.collect::<Vec<_>>().join("、")),
            ))
        }
    }
}

fn named_package(linked: &Linked, name: &str, span: Span) -> Result<usize, Box<Diagnostic>> {
    let names: Vec<Id> = (0..linked.packages.len()).map(|it| linked.name_of(it)).collect();
    if let Some(at) = names.iter().position(|it| it.as_ref() == name) {
        return Ok(at);
    }
    let mut problem = Diagnostic::new(Code::E0601, span).arg("name", name.to_owned());
    if let Some(near) = crate::near::nearest(name, names.iter().map(AsRef::as_ref)) {
        problem = problem.fix(change_to(&near), span, near);
    }
    Err(Box::new(problem))
}

fn change_to(near: &str) -> Words {
    Words::both(format!("改为“{near}”"), format!("change it to “{near}”"))
}

/// Everything in a package that an edit can be about: its word, its name and its id.
pub(super) fn declared(set: &RuleSet) -> impl Iterator<Item = (ast::DeclKind, &Id, &Id)> {
    use ast::DeclKind as K;
    let decls = set.decls.iter().filter(|it| it.kind != DeclKind::Total);
    let decls = decls.filter_map(|it| Some((amend::declared_as(&it.kind)?, &it.name, &it.id)));
    decls
        .chain(set.decides.iter().map(|it| (K::Decide, &it.name, &it.id)))
        .chain(set.checks.iter().map(|it| (K::Check, &it.name, &it.id)))
        .chain(set.codes.iter().map(|it| (K::Codes, &it.name, &it.id)))
}

fn is_called(name: &str, (_, known, id): &(ast::DeclKind, &Id, &Id)) -> bool {
    known.as_ref() == name || id.as_ref() == name
}

fn has(set: &RuleSet, decl: &ast::Decl) -> bool {
    declared(set).any(|it| Some(it.0) == decl.target && is_called(&decl.name.text, &it))
}

/// Nothing of that kind has that name: is there something of another kind, or of a name nearby?
fn unknown<'s>(sets: impl Iterator<Item = &'s RuleSet>, decl: &ast::Decl) -> Diagnostic {
    let name = decl.name.text.as_str();
    let words = |kind: Option<ast::DeclKind>| {
        let [zh, en] = kind.map(syntax::word_of).unwrap_or_default();
        Words::both(zh, en)
    };
    let all: Vec<_> = sets.flat_map(declared).collect();
    let problem = Diagnostic::new(Code::E0624, decl.name.span)
        .arg("name", name.to_owned())
        .arg("kind", words(decl.target));
    if let Some((other, ..)) = all.iter().find(|it| is_called(name, it)) {
        return Diagnostic::new(Code::E0626, decl.name.span)
            .arg("name", name.to_owned())
            .arg("kind", words(decl.target))
            .arg("other", words(Some(*other)));
    }
    let same = all.iter().filter(|it| Some(it.0) == decl.target);
    match crate::near::nearest(name, same.flat_map(|it| [it.1.as_ref(), it.2.as_ref()])) {
        Some(near) => problem.fix(change_to(&near), decl.name.span, near),
        None => problem,
    }
}

/// Puts the changes of `change` into `set`, the model of `package`: everything else stays.
pub(super) fn in_place(
    world: &dyn World,
    sources: &SourceMap,
    (package, change): (&Package, &Package),
    set: RuleSet,
    models: &mut Models,
) -> (RuleSet, Vec<Diagnostic>) {
    let base = with_bases(Known::new(set.clone(), package, true), models);
    models.insert(package.key(), base);
    let (made, problems) = unit::Unit::new(world, sources, change, models).check();
    models.remove(&package.key());
    let mut out = set;
    let total = out.decls.iter().find(|it| it.kind == DeclKind::Total).cloned();
    out.decls = made.decls;
    for it in out.decls.iter_mut().filter(|it| it.kind == DeclKind::Total) {
        // Its place is that of the first dimension, which is not in the text of the change.
        for (new, old) in it.versions.iter_mut().zip(total.iter().flat_map(|it| &it.versions)) {
            (new.origin, new.content_origin) = (old.origin.clone(), old.content_origin.clone());
        }
    }
    out.decides = made.decides;
    out.checks = made.checks;
    out.actions = made.actions;
    out.disabled = made.disabled;
    // They say what the rules as they are ought to give, and may name what is switched off.
    out.cases.clear();
    for table in made.codes {
        match out.codes.iter_mut().find(|it| it.id == table.id) {
            Some(it) => *it = table,
            None => out.codes.push(table),
        }
    }
    (out, problems)
}

/// The package as if it declared itself what it has from those that it is 基于, and used what they use.
fn with_bases(package: Known, models: &Models) -> Known {
    let Known { set: mut out, uses: mut keys, lost, whole, .. } = package;
    while let Some(at) = out.uses.iter().position(|it| it.extends) {
        out.uses.remove(at);
        let Some(base) = models.get(&keys.remove(at)) else { continue };
        add_missing(&mut out.enums, &base.set.enums, |it| &it.id);
        add_missing(&mut out.codes, &base.set.codes, |it| &it.id);
        add_missing(&mut out.tables, &base.set.tables, |it| &it.id);
        match (&mut out.subject, &base.set.subject) {
            (Some(own), Some(base)) => own.fields.extend(base.fields.iter().cloned()),
            (own @ None, Some(base)) => *own = Some(base.clone()),
            (_, None) => {}
        }
        for (it, key) in base.set.uses.iter().zip(&base.uses) {
            if !out.uses.iter().any(|own| own.package == it.package) {
                out.uses.push(it.clone());
                keys.push(key.clone());
            }
        }
    }
    Known { index: Index::of(&out), set: out, lost, uses: keys, whole }
}

fn add_missing<T: Clone>(own: &mut Vec<T>, base: &[T], id: impl Fn(&T) -> &Id) {
    for it in base {
        if !own.iter().any(|own| id(own) == id(it)) {
            own.push(it.clone());
        }
    }
}
