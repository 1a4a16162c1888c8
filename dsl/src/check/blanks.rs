//! Words run together: what cannot be read, or has no meaning, because blanks are lacking.
//!
//! All names in sight have to be known before a run of letters can be cut into them, so this is done once
//! everything is loaded for what could not be read, and once all is checked for names that nothing has.
//! Exactly one cut that can be read is a change to be made; several are shown, and none is made.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::load::{Loaded, Package};
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{Later, RuleSet};
use crate::source::SourceMap;
use crate::span::{FileId, Span};
use crate::syntax::ast::{self, AttrKind, FieldKind, LineKind, MarkKind};
use crate::syntax::cut::{self, Cut};

/// Problems beyond this number are left as they are: each costs several readings of a declaration.
const MAX_PROBLEMS: usize = 100;

/// The names that something has in any of the packages.
pub(super) fn names(packages: &[Package]) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for package in packages {
        package.decls().for_each(|it| declared(it, &mut out));
        out.insert(package.id.to_string());
        if let Some(stored) = &package.stored {
            modelled(&stored.set, &mut out);
        }
    }
    out
}

fn declared(decl: &ast::Decl, out: &mut BTreeSet<String>) {
    out.insert(decl.name.text.clone());
    for attr in &decl.attrs {
        if let AttrKind::Alias(it) | AttrKind::Class(it) = &attr.kind {
            out.insert(it.text.clone());
        }
    }
    for line in &decl.lines {
        match &line.kind {
            LineKind::Field(field) => {
                out.insert(field.name.text.clone());
                for mark in &field.marks {
                    if let MarkKind::Later(it) = &mark.kind {
                        happened(&it.text, out);
                    }
                }
                if let FieldKind::Typed(it) = &field.kind {
                    out.insert(it.name.text.clone());
                }
            }
            LineKind::Members(all) => out.extend(all.iter().map(|it| it.name.text.clone())),
            LineKind::Let(name, _) => {
                out.insert(name.text.clone());
            }
            _ => {}
        }
    }
}

fn happened(later: &str, out: &mut BTreeSet<String>) {
    out.extend([later.to_owned(), format!("已{later}"), format!("未{later}")]);
}

fn modelled(set: &RuleSet, out: &mut BTreeSet<String>) {
    out.extend(set.decls.iter().map(|it| it.name.to_string()));
    out.extend(set.tables.iter().map(|it| it.name.to_string()));
    for it in &set.enums {
        out.insert(it.name.to_string());
        out.extend(it.members.iter().map(|it| it.name.to_string()));
    }
    let household = set.subject.iter().flat_map(|it| &it.fields);
    for field in set.tables.iter().flat_map(|it| &it.fields).chain(household) {
        out.insert(field.name.to_string());
        if let Some(Later::Date(it)) = &field.later {
            happened(it, out);
        }
    }
}

/// Looks at what could not be read. A declaration whose first line can be read with a cut has its name, so
/// that nothing else reports that unknown.
pub(super) fn unread(loaded: &mut Loaded, names: &BTreeSet<String>) {
    let Loaded { packages, sources, diagnostics, .. } = loaded;
    let unread = diagnostics.iter_mut().filter(|it| could_be_cut(it.code));
    for problem in unread.take(MAX_PROBLEMS) {
        let span = problem.primary.span;
        let alone = matches!(problem.code, Code::E0102);
        let found = in_file(sources, span, (alone, false), names);
        let Some(only) = say(problem, span, &found) else { continue };
        let Some(text) = sources.file(span.file).map(|it| &it.text) else { continue };
        let mut fixed = text.clone();
        fixed.replace_range(only.start..only.start + only.run.len(), &only.text);
        for (file, tree) in packages.iter_mut().flat_map(|it| &mut it.files) {
            if *file == span.file {
                rename(tree, &fixed, only, alone);
            }
        }
    }
}

/// Gives the broken declaration around a cut the name that it has with the cut.
fn rename(tree: &mut ast::File, fixed: &str, cut: &Cut, alone: bool) {
    let at = u32::try_from(cut.start).unwrap_or(u32::MAX);
    let decl =
        tree.decls.iter_mut().find(|it| it.broken && it.span.start <= at && at < it.span.end);
    let start = match &decl {
        Some(decl) if !alone => decl.span.start,
        _ => at,
    };
    let file = decl.as_ref().map_or_else(FileId::default, |it| it.span.file);
    let Some(head) = cut::head(file, fixed, start as usize) else { return };
    match decl {
        Some(decl) => {
            (decl.kind, decl.target, decl.name.text) = (head.kind, head.target, head.name.text);
        }
        None => tree.decls.push(head),
    }
}

/// May blanks be lacking where reading stopped with that code?
fn could_be_cut(code: Code) -> bool {
    use Code as C;
    matches!(
        code,
        C::E0101
            | C::E0102
            | C::E0105
            | C::E0113
            | C::E0115
            | C::E0116
            | C::E0119
            | C::E0121
            | C::E0122
    )
}

/// Looks at names that nothing has.
pub(super) fn unknown(problems: &mut [Diagnostic], sources: &SourceMap, names: &BTreeSet<String>) {
    let unknown = |it: &&mut Diagnostic| matches!(it.code, Code::E0201 | Code::E0208);
    for problem in problems.iter_mut().filter(unknown).take(MAX_PROBLEMS) {
        let span = problem.primary.span;
        let found = in_file(sources, span, (false, true), names);
        say(problem, span, &found);
    }
}

fn in_file(
    sources: &SourceMap,
    span: Span,
    way: (bool, bool),
    names: &BTreeSet<String>,
) -> Vec<Cut> {
    let Some(file) = sources.file(span.file) else { return Vec::new() };
    cut::helpful(&file.text, span.start as usize, way, &|it| names.contains(it))
}

/// Says it, if there is a cut; gives the cut if there is only one.
fn say<'c>(problem: &mut Diagnostic, span: Span, found: &'c [Cut]) -> Option<&'c Cut> {
    let first = found.first()?;
    let start = u32::try_from(first.start).unwrap_or(u32::MAX);
    let length = u32::try_from(first.run.len()).unwrap_or(0);
    let place = Span { file: span.file, start, end: start.saturating_add(length) };
    let all: Vec<&str> = found.iter().map(|it| it.text.as_str()).collect();
    let right = Words::both(
        all.iter().map(|it| format!("“{it}”")).collect::<Vec<_>>().join("，或者"),
        all.iter().map(|it| format!("“{it}”")).collect::<Vec<_>>().join(" or "),
    );
    let said =
        Diagnostic::new(Code::E0123, place).arg("run", first.run.clone()).arg("right", right);
    let only = (found.len() == 1).then_some(first);
    *problem = match only {
        Some(it) => {
            let title = Words::both(format!("改为“{}”", it.text), format!("write “{}”", it.text));
            said.fix(title, place, it.text.clone())
        }
        None => said,
    };
    only
}

/// Names of their own that read like a formula of other names: `处罚且检查`.
pub(super) fn formulas(package: &Package, names: &BTreeSet<String>) -> Vec<Diagnostic> {
    let decls: Vec<&ast::Decl> =
        package.decls().filter(|it| !it.broken && is_named(it.kind)).collect();
    decls.par_iter().flat_map_iter(|it| formulas_of(it, names)).collect()
}

fn formulas_of(decl: &ast::Decl, names: &BTreeSet<String>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let lets = decl.lines.iter().filter_map(|it| match &it.kind {
        LineKind::Let(name, _) => Some(name),
        LineKind::Field(field) => Some(&field.name),
        _ => None,
    });
    for name in std::iter::once(&decl.name).chain(lets) {
        // What the name itself makes known is not what it is made of.
        let quoted = name.span.end.saturating_sub(name.span.start) as usize != name.text.len();
        let known = |it: &str| it != name.text && names.contains(it);
        if let Some(cut) = cut::as_formula(&name.text, &known).filter(|_| !quoted) {
            out.push(
                Diagnostic::new(Code::E0212, name.span)
                    .arg("name", name.text.clone())
                    .arg("cut", cut),
            );
        }
    }
    out
}

/// Is the name one that formulas speak of?
fn is_named(kind: ast::DeclKind) -> bool {
    use ast::DeclKind as K;
    !matches!(
        kind,
        K::Ruleset
            | K::Use
            | K::Extends
            | K::Amend
            | K::Disable
            | K::Case
            | K::Guarantee
            | K::Clause
    )
}
