//! 条款 and 落实: what became of each clause of the policy document that a package carries out.
//!
//! A package that lists the numbers of the document with 落实 has to say of each what became of it,
//! and nothing of a number that the list does not have: a clause that nobody looked at is an error,
//! not a gap in a table that somebody may notice. A package without a list is only asked whether
//! what its clauses name is there, and is what they call it.

use std::collections::{BTreeMap, BTreeSet};

use super::edit::declared;
use super::header;
use super::unit::Unit;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{EnumType, Id, PolicyClause, PolicyFate, RuleSet};
use crate::near;
use crate::syntax::ast::{self, DeclKind, LineKind, Name, TextWord};
use crate::syntax::word_of;

/// Reads the list and the clauses; what the base says stays, unless this package says it anew.
pub(super) fn all(unit: &Unit<'_>, set: &mut RuleSet) {
    let own: Vec<&ast::Decl> =
        unit.package.decls().filter(|it| it.kind == DeclKind::Clause).collect();
    let mut before = BTreeMap::new();
    for decl in own.iter().filter(|it| !it.broken) {
        header::belongs(unit, decl);
        if let Some(first) = before.insert(decl.name.text.as_str(), decl.name.span) {
            let problem = Diagnostic::new(Code::E0203, decl.name.span)
                .arg("name", decl.name.text.clone())
                .related(first, Words::both("已经有了", "it is already there"));
            unit.report(problem);
        }
        set.clauses.extend(clause(unit, decl));
    }
    let list = listed(unit);
    set.carries = list.iter().map(|it| Id::from(it.text.as_str())).collect();
    if let Some(base) = unit.base {
        let anew: BTreeSet<&Id> = set.clauses.iter().map(|it| &it.number).collect();
        let kept = base.clauses.iter().filter(|it| !anew.contains(&it.number)).cloned();
        let kept: Vec<PolicyClause> = kept.collect();
        set.clauses.splice(0..0, kept);
    }
    if list.is_empty() {
        set.carries = unit.base.map(|it| it.carries.clone()).unwrap_or_default();
    } else {
        compare(unit, &list, &own, set);
    }
}

/// The numbers behind 落实; reports what stands there twice.
fn listed<'a>(unit: &Unit<'a>) -> Vec<&'a Name> {
    let lines = unit.ruleset.map_or(&[][..], |it| &it.lines);
    let names = lines.iter().filter_map(|it| match &it.kind {
        LineKind::Carries(names) => Some(names),
        _ => None,
    });
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for name in names.flatten() {
        if seen.insert(name.text.as_str()) {
            out.push(name);
        } else {
            let problem = Diagnostic::new(Code::E0203, name.span);
            unit.report(problem.arg("name", name.text.clone()));
        }
    }
    out
}

/// Reports listed clauses of which nothing is said, and clauses that are not listed.
fn compare(unit: &Unit<'_>, list: &[&Name], own: &[&ast::Decl], set: &RuleSet) {
    // What could not be read has a name all the same; that it could not be read has been said.
    let mut said: BTreeSet<&str> = own.iter().map(|it| it.name.text.as_str()).collect();
    said.extend(set.clauses.iter().map(|it| it.number.as_ref()));
    let numbers: BTreeSet<&str> = list.iter().map(|it| it.text.as_str()).collect();
    let mut open: Vec<&Name> = list.to_vec();
    open.retain(|it| !said.contains(it.text.as_str()));
    for decl in own.iter().filter(|it| !numbers.contains(it.name.text.as_str())) {
        let near = near::nearest(&decl.name.text, open.iter().map(|it| it.text.as_str()));
        let twin = near.and_then(|near| open.iter().position(|it| it.text == near));
        // Of two that are nearly the same one is misspelt, and that is one problem.
        match twin.map(|it| open.swap_remove(it)) {
            None => unlisted(unit, &decl.name, None),
            Some(it) if is_open(&it.text) && !is_open(&decl.name.text) => {
                unsaid(unit, it, Some(&decl.name));
            }
            Some(it) => unlisted(unit, &decl.name, Some(it)),
        }
    }
    open.sort_by_key(|it| it.span);
    open.iter().for_each(|it| unsaid(unit, it, None));
}

/// Reports a listed clause of which nothing is said, or that is meant to be another one.
fn unsaid(unit: &Unit<'_>, name: &Name, meant: Option<&Name>) {
    let problem = Diagnostic::new(Code::E0640, name.span).arg("number", name.text.clone());
    unit.report(put_right(problem, name, meant));
}

/// Reports a clause that is not listed, or that is meant to be another one.
fn unlisted(unit: &Unit<'_>, name: &Name, meant: Option<&Name>) {
    let problem = Diagnostic::new(Code::E0641, name.span).arg("number", name.text.clone());
    unit.report(put_right(problem, name, meant));
}

fn put_right(problem: Diagnostic, name: &Name, meant: Option<&Name>) -> Diagnostic {
    let Some(meant) = meant else { return problem };
    let near = &meant.text;
    let title = Words::both(format!("改为“{near}”"), format!("change it to “{near}”"));
    let other = Words::both("这里的写法不同", "this one is written otherwise");
    problem.fix(title, name.span, format!("「{near}」")).related(meant.span, other)
}

/// Is a bracket in it without its partner?
fn is_open(number: &str) -> bool {
    let count = |marks: [char; 2]| number.matches(marks).count();
    count(['(', '（']) != count([')', '）'])
}

fn clause(unit: &Unit<'_>, decl: &ast::Decl) -> Option<PolicyClause> {
    let fate = decl.lines.iter().find_map(|it| match &it.kind {
        LineKind::Encoded(all) => {
            Some(PolicyFate::Encoded(all.iter().map(|it| encoded(unit, it)).collect()))
        }
        LineKind::Text(TextWord::Manual, text) => Some(PolicyFate::Manual(text.text.clone())),
        LineKind::Text(TextWord::OutOfScope, text) => {
            Some(PolicyFate::OutOfScope(text.text.clone()))
        }
        _ => None,
    });
    let Some(fate) = fate else {
        header::lacks(
            unit,
            decl.name.span,
            ["编入、人工或者不属此类", "encoded, manual or out of scope"],
        );
        return None;
    };
    Some(PolicyClause {
        number: Id::from(decl.name.text.as_str()),
        title: decl.title.as_ref().map(|it| it.text.clone()),
        legal: header::legal(&decl.lines),
        fate,
        origin: unit.origin(decl.name.span),
    })
}

/// The kind as written and the name of what encodes a clause; reports what does not exist, and what
/// is of another kind.
fn encoded(unit: &Unit<'_>, (kind, path): &(Option<DeclKind>, ast::Path)) -> (String, String) {
    let word = kind.map_or(String::new(), |it| format!("{it:?}").to_lowercase());
    let text = unit.text(path.span);
    let Some(name) = path.names.last() else { return (word, text) };
    let found = called(unit, path, name);
    if found.is_empty() {
        let near = unit.package.decls().map(|it| it.name.text.clone()).collect();
        unit.unknown(name, Words::both("声明", "declaration"), near);
    } else if let Some(kind) = kind.filter(|it| !found.contains(it)) {
        let words = |kind: DeclKind| {
            let [zh, en] = word_of(kind);
            Words::both(zh, en)
        };
        let mut problem = Diagnostic::new(Code::E0626, path.span)
            .arg("name", name.text.clone())
            .arg("kind", words(kind));
        problem.args.extend(found.first().map(|it| ("other", words(*it))));
        unit.report(problem);
    }
    (word, text)
}

/// The kinds of everything that a name may mean: of this package and its base, or of the package that
/// stands in front of it; tables and types of used packages are seen bare.
fn called(unit: &Unit<'_>, path: &ast::Path, name: &Name) -> BTreeSet<DeclKind> {
    let is = |known: &Id, id: &Id| *known.as_ref() == *name.text || *id.as_ref() == *name.text;
    let front = path.names.first().filter(|_| path.names.len() > 1);
    let import = front.and_then(|it| unit.import(&it.text)).and_then(|it| unit.imports.get(it));
    if let Some(import) = import {
        let of_set = declared(import.set).filter(|it| is(it.1, it.2)).map(|it| it.0);
        return of_set.chain(data(import.set, &name.text)).collect();
    }
    let own = unit.package.decls().filter(|it| it.name.text == name.text);
    let own = own.map(|it| it.target.filter(|_| it.kind == DeclKind::Amend).unwrap_or(it.kind));
    let base = unit.base.into_iter().flat_map(declared).filter(|it| is(it.1, it.2));
    let seen = unit.imports.iter().flat_map(|it| data(it.set, &name.text));
    own.chain(base.map(|it| it.0)).chain(seen).collect()
}

/// The kinds of tables and types of a package with that name.
fn data<'s>(set: &'s RuleSet, name: &'s str) -> impl Iterator<Item = DeclKind> + 's {
    let is = move |it: &Id, id: &Id| it.as_ref() == name || id.as_ref() == name;
    let subject = set.subject.iter().filter(move |it| it.name.as_ref() == name);
    let tables = set.tables.iter().filter(move |it| is(&it.name, &it.id));
    let codes = set.codes.iter().filter(move |it| is(&it.name, &it.id));
    let enums = set.enums.iter().filter(move |it| is(&it.name, &it.id));
    let kind = |it: &EnumType| if it.ordered { DeclKind::Grade } else { DeclKind::Enum };
    subject
        .map(|_| DeclKind::Subject)
        .chain(tables.map(|_| DeclKind::Records))
        .chain(codes.map(|_| DeclKind::Codes))
        .chain(enums.map(kind))
}
