//! The names of a package: what it declares, inherits and sees, and a first order of elaboration.
//!
//! Record tables, types, values and functions are four name spaces (`findings` rule 8). What a used
//! package declares as a value is written with the package in front; its tables, types and fields
//! are seen bare.

use std::collections::{BTreeMap, BTreeSet};

use super::amend;
use super::index::{Index, Known, Lost, Models};
use super::load::Package;
use super::unit::Unit;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{self, Decl, Id, RuleSet};
use crate::span::Span;
use crate::syntax::ast::{self, AttrKind, DeclKind};

/// A package that is used.
#[derive(Debug, Clone)]
pub(super) struct Import<'a> {
    /// The name under which references know it: its id, with `@版本` where it is pinned.
    pub(super) name: Id,
    /// Its model.
    pub(super) set: &'a RuleSet,
    /// The names of its model.
    pub(super) index: &'a Index,
    /// What could not be understood of it.
    pub(super) lost: &'a Lost,
    /// It is used only by the package that this one is 基于 and seen through it.
    pub(super) extends: bool,
}

/// Whose fields a derived field belongs to: a record table of this package by number, or the household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    /// The household.
    Subject,
    /// A record table of this package.
    Records(usize),
}

/// Something that is worth something.
#[derive(Debug)]
pub(super) struct Item<'a> {
    /// The alias, else the name.
    pub(super) id: Id,
    /// The name.
    pub(super) name: Id,
    /// Its declarations, one a period.
    pub(super) asts: Vec<&'a ast::Decl>,
    /// The declaration of the base.
    pub(super) inherited: Option<&'a Decl>,
    /// Amendments of an inherited one.
    pub(super) amendments: Vec<&'a ast::Decl>,
    /// 总分, which nobody writes.
    pub(super) total: bool,
    /// Where the name stands.
    pub(super) span: Span,
}

impl<'a> Item<'a> {
    /// Where one of its names stands, the name or the alias.
    fn span_of(&self, name: &str) -> Span {
        let alias = self.asts.first().and_then(|it| alias(it));
        alias.filter(|it| it.text == name && *self.name != *name).map_or(self.span, |it| it.span)
    }

    /// The first of its declarations that could be read, else the first.
    pub(super) fn readable(&self) -> Option<&'a ast::Decl> {
        self.asts.iter().find(|it| !it.broken).or(self.asts.first()).copied()
    }
}

/// How far an item has been worked out.
#[derive(Debug)]
pub(super) enum State {
    /// Not yet.
    New,
    /// Right now.
    Busy,
    /// Done.
    Done(Box<Decl>),
}

impl State {
    /// What was worked out.
    pub(super) fn decl(&self) -> Option<&Decl> {
        match self {
            Self::Done(it) => Some(it),
            Self::New | Self::Busy => None,
        }
    }
}

/// The packages that a package sees: those it uses, and those that its base uses.
pub(super) fn imports<'a>(package: &Package, models: &'a Models) -> Vec<Import<'a>> {
    let mut out: Vec<Import<'a>> = Vec::new();
    let mut add = |name: Id, known: &'a Known, extends: bool| {
        let Known { set, index, lost, .. } = known;
        if !out.iter().any(|it| std::ptr::eq(it.set, set)) {
            out.push(Import { name, set, index, lost, extends });
        }
    };
    for used in &package.uses {
        let Some(known) = used.key().and_then(|it| models.get(&it)) else { continue };
        let twice = package.uses.iter().any(|it| it.id == used.id && it.version != used.version);
        let pinned = used.version.as_ref().filter(|_| !used.extends || twice);
        add(package_name(&used.id, pinned), known, used.extends);
    }
    for base in package.uses.iter().filter(|it| it.extends) {
        let base = base.key().and_then(|it| models.get(&it));
        for (used, key) in base.into_iter().flat_map(|it| it.set.uses.iter().zip(&it.uses)) {
            if let Some(known) = models.get(key) {
                add(package_name(&used.package, used.pinned.as_ref()), known, false);
            }
        }
    }
    out
}

/// `通用`, or `通用@2024.12` where a version is asked for.
fn package_name(id: &Id, version: Option<&Id>) -> Id {
    version.map_or_else(|| id.clone(), |it| Id::from(format!("{id}@{it}")))
}

/// The used package of that id; of several versions the one asked for, else the one that is spoken of
/// without a version.
pub(super) fn import_of<'i, 'a>(
    imports: &'i [Import<'a>],
    id: &str,
    version: Option<&str>,
) -> Option<&'i Import<'a>> {
    let fits =
        |it: &&Import<'_>| *it.set.id == *id && version.is_none_or(|v| *it.set.version == *v);
    let mut all = imports.iter().filter(fits);
    all.clone().find(|it| *it.name == *id).or_else(|| all.next())
}

/// The package that really declares a table or type that `from` shows: itself, or what it is 基于.
pub(super) fn home<'i>(from: &'i Import<'_>, id: &Id, imports: &'i [Import<'_>]) -> &'i RuleSet {
    let mut at = from;
    loop {
        let types = &at.index.types;
        let has = types.enums.with_id(id).is_some()
            || types.codes.with_id(id).is_some()
            || types.tables.with_id(id).is_some()
            || types.household.with_id(id).is_some();
        let base = at.set.uses.iter().find(|it| it.extends);
        let base = base.and_then(|it| import_of(imports, &it.package, it.pinned.as_deref()));
        match base {
            Some(base) if !has => at = base,
            _ => return at.set,
        }
    }
}

/// Is a declaration worth something?
fn is_item(kind: DeclKind) -> bool {
    matches!(
        kind,
        DeclKind::Param
            | DeclKind::Value
            | DeclKind::Dimension
            | DeclKind::Indicator
            | DeclKind::Classify
            | DeclKind::Tag
            | DeclKind::Alert
            | DeclKind::Measure
            | DeclKind::List
            | DeclKind::Fuse
            | DeclKind::Overlay
            | DeclKind::Merge
    )
}

/// The alias of a declaration.
fn alias(decl: &ast::Decl) -> Option<&ast::Name> {
    decl.attrs.iter().find_map(|it| match &it.kind {
        AttrKind::Alias(name) => Some(name),
        _ => None,
    })
}

/// The alias of a declaration, else its name.
pub(super) fn id_of(decl: &ast::Decl) -> Id {
    Id::from(alias(decl).map_or(decl.name.text.as_str(), |it| &it.text))
}

/// Lists everything that is worth something: inherited, then own, then 总分.
pub(super) fn collect<'a>(unit: &Unit<'a>) -> Vec<Item<'a>> {
    let mut items: Vec<Item<'a>> = Vec::new();
    let package: &'a Package = unit.package;
    inherited(unit, &mut items);
    let mut named: BTreeMap<Id, usize> = BTreeMap::new();
    for (at, it) in items.iter().enumerate() {
        named.entry(it.name.clone()).or_insert(at);
    }
    for decl in package.decls().filter(|it| is_item(it.kind)) {
        let same = named.get(decl.name.text.as_str()).copied();
        match same.and_then(|at| items.get_mut(at)) {
            Some(item)
                if item.inherited.is_none() && item.asts.iter().all(|it| it.kind == decl.kind) =>
            {
                item.asts.push(decl);
            }
            Some(item) => {
                let first = Words::both("已经有了", "it is already there");
                unit.report(
                    Diagnostic::new(Code::E0203, decl.name.span)
                        .arg("name", decl.name.text.clone())
                        .related(item.span, first),
                );
            }
            None => {
                let name = Id::from(decl.name.text.as_str());
                named.insert(name.clone(), items.len());
                items.push(Item {
                    id: id_of(decl),
                    name,
                    asts: vec![decl],
                    inherited: None,
                    amendments: Vec::new(),
                    total: false,
                    span: decl.name.span,
                });
            }
        }
    }
    items.extend(total(unit, &items));
    items
}

/// What the base declares, unless it is switched off.
fn inherited<'a>(unit: &Unit<'a>, items: &mut Vec<Item<'a>>) {
    let package: &'a Package = unit.package;
    let mut changes: BTreeMap<&str, Vec<&'a ast::Decl>> = BTreeMap::new();
    for it in package.decls().filter(|it| matches!(it.kind, DeclKind::Amend | DeclKind::Disable)) {
        changes.entry(&it.name.text).or_default().push(it);
    }
    for decl in unit.base.iter().flat_map(|it| &it.decls) {
        let names = [Some(&decl.name), Some(&decl.id).filter(|it| **it != decl.name)];
        let changes = names.into_iter().flatten().filter_map(|it| changes.get(it.as_ref()));
        let mut changes: Vec<&'a ast::Decl> =
            changes.flatten().copied().filter(|it| amend::is_about(it, decl)).collect();
        changes.sort_by_key(|it| it.span);
        let disabled = changes.iter().any(|it| it.kind == DeclKind::Disable);
        if decl.kind == model::DeclKind::Total || disabled {
            continue;
        }
        let amendments = changes;
        let span = amendments.first().map_or_else(|| amend::span(unit), |it| it.name.span);
        items.push(Item {
            id: decl.id.clone(),
            name: decl.name.clone(),
            asts: Vec::new(),
            inherited: Some(decl),
            amendments,
            total: false,
            span,
        });
    }
}

/// 总分, which every set with a dimension has.
fn total<'a>(unit: &Unit<'a>, items: &[Item<'a>]) -> Option<Item<'a>> {
    let first = items.iter().find(|it| is_dimension(it))?;
    let inherited =
        unit.base.and_then(|it| it.decls.iter().find(|it| it.kind == model::DeclKind::Total));
    let name = Id::from(if unit.english { "total" } else { "总分" });
    let id = inherited.map_or(name, |it| it.id.clone());
    Some(Item {
        name: id.clone(),
        id,
        asts: Vec::new(),
        inherited: None,
        amendments: Vec::new(),
        total: true,
        span: first.span,
    })
}

/// Items by name and id; reports what is declared twice or takes a name that is spoken for.
pub(super) fn index(unit: &Unit<'_>, items: &[Item<'_>]) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        let mut names = vec![item.name.to_string()];
        if item.id != item.name {
            names.push(item.id.to_string());
        }
        let is_taken = |it: &&String| is_predeclared(it) || WINDOWS.contains(&it.as_str());
        let taken = names.iter().find(is_taken);
        if let Some(taken) = taken.filter(|_| !item.total && !item.asts.is_empty()) {
            let span = item.span_of(taken);
            unit.report(Diagnostic::new(Code::E0206, span).arg("name", taken.clone()));
            continue;
        }
        for name in names {
            if let Some(before) = out.insert(name.clone(), at) {
                let first = items.get(before).map(|it| it.span).unwrap_or_default();
                let span = item.span_of(&name);
                let problem = Diagnostic::new(Code::E0203, span).arg("name", name);
                unit.report(problem.related(first, Words::both("已经有了", "it is already there")));
            }
        }
    }
    out
}

/// Windows of the calendar: a value of such a name could not be read.
const WINDOWS: &[&str] = &[
    "本月",
    "this_month",
    "上月",
    "last_month",
    "本季度",
    "this_quarter",
    "上季度",
    "last_quarter",
    "本年度",
    "this_year",
    "上年度",
    "last_year",
    "去年同月",
    "same_month_last_year",
    "去年同季",
    "same_quarter_last_year",
    "去年同期",
    "same_period_last_year",
];

/// Names that mean something without being declared.
pub(crate) fn is_predeclared(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "基准日",
        "as_of",
        "总分",
        "total",
        "全体",
        "everyone",
        "历次结果",
        "history",
        "本户",
        "household",
        "组",
        "group",
        "条数",
        "size",
        "本条",
        "this",
    ];
    NAMES.contains(&name)
}

/// The items in an order in which most come after those they mention.
pub(super) fn order(unit: &Unit<'_>) -> Vec<usize> {
    let mentions: Vec<Vec<usize>> =
        unit.items.iter().enumerate().map(|it| mentioned(unit, it.0, it.1)).collect();
    let mut done = vec![false; mentions.len()];
    let mut out = Vec::with_capacity(mentions.len());
    for start in 0..mentions.len() {
        // An explicit stack: a chain of declarations may be longer than the native one is deep.
        let mut stack = vec![(start, 0)];
        let mut open = BTreeSet::new();
        while let Some((at, next)) = stack.pop() {
            if done[at] || (next == 0 && !open.insert(at)) {
                continue;
            }
            if let Some(needed) = mentions[at].get(next) {
                stack.push((at, next + 1));
                if !done[*needed] && !open.contains(needed) {
                    stack.push((*needed, 0));
                }
            } else {
                done[at] = true;
                out.push(at);
            }
        }
    }
    out
}

/// What belongs to each dimension, by the name or id that it is called by.
pub(super) fn parts(items: &[Item<'_>]) -> BTreeMap<Id, Vec<usize>> {
    let mut out: BTreeMap<Id, Vec<usize>> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        for whole in wholes(item) {
            out.entry(whole).or_default().push(at);
        }
    }
    out
}

/// The items whose name stands somewhere in the text of an item; a dimension mentions its parts.
fn mentioned(unit: &Unit<'_>, own: usize, item: &Item<'_>) -> Vec<usize> {
    let mut out = BTreeSet::new();
    for decl in item.asts.iter().chain(&item.amendments) {
        let text = unit.sources.text(decl.span);
        for word in text.split(|it: char| !(it.is_alphanumeric() || it == '_')) {
            out.extend(unit.by_name.get(word));
        }
        for word in text.split('「').skip(1).filter_map(|it| it.split_once('」')) {
            out.extend(unit.by_name.get(word.0));
        }
    }
    if item.total {
        let all = unit.items.iter().enumerate().filter(|it| is_dimension(it.1));
        out.extend(all.map(|it| it.0));
    } else if is_dimension(item) {
        out.extend(unit.parts_of(item));
    }
    out.remove(&own);
    out.into_iter().collect()
}

/// The dimensions that an item says it belongs to, by name or id.
fn wholes(item: &Item<'_>) -> Vec<Id> {
    let attrs = item.asts.iter().chain(&item.amendments).flat_map(|it| &it.attrs);
    let written = attrs.filter_map(|it| match &it.kind {
        AttrKind::In(path) => path.names.last().map(|it| Id::from(it.text.as_str())),
        _ => None,
    });
    let inherited = item.inherited.and_then(|it| match &it.kind {
        model::DeclKind::Dimension { within } => within.as_ref(),
        model::DeclKind::Indicator { dimension, .. } => dimension.as_ref(),
        _ => None,
    });
    written.chain(inherited.map(|it| it.id.clone())).collect()
}

/// Does the item say that it belongs to a dimension?
pub(super) fn has_whole(item: &Item<'_>) -> bool {
    let here =
        item.asts.iter().flat_map(|it| &it.attrs).any(|it| matches!(it.kind, AttrKind::In(_)));
    here || item.inherited.is_some_and(|it| {
        matches!(
            it.kind,
            model::DeclKind::Dimension { within: Some(_) }
                | model::DeclKind::Indicator { dimension: Some(_), .. }
        )
    })
}

/// Is the item a dimension?
pub(super) fn is_dimension(item: &Item<'_>) -> bool {
    item.asts.iter().any(|it| it.kind == DeclKind::Dimension)
        || item.inherited.is_some_and(|it| matches!(it.kind, model::DeclKind::Dimension { .. }))
}
