//! The normal form of a package: what it means, without how it is written.
//!
//! Two packages with equal normal forms give every household the same values. It is worked out when
//! it is needed and never stored. What goes: titles, names beside ids, notes, legal bases, reasons,
//! places, amendments, colours and labels, cases, promises, clauses of the policy, and every order
//! that has no meaning. Nothing is changed here that could turn a value into another one, or a value
//! into an error: the parts of 且 and 或 keep their order, because a part that is not asked for has
//! no error (`language.md` §3.17). Where both sides of a comparison are errors, which of the two is
//! named is no part of the meaning.

pub(crate) mod band;
mod formula;

use std::collections::BTreeMap;

use serde::Serialize;

pub(crate) use self::formula::Formulas;
use super::{
    Cell, CodeTable, Condition, ConditionMode, Content, Decl, EnumType, Field, Legal, Matrix, Mode,
    Origin, Responsibility, Row, RowKey, RuleSet, Table, Version, origins,
};

/// The normal form. It is a package of its own: it can be evaluated, and its normal form is itself.
#[must_use]
pub fn normal(set: &RuleSet) -> RuleSet {
    let mut out = set.clone();
    origins::each(&mut out, &mut |it| *it = Origin::default());
    out.title = None;
    out.version = "".into();
    out.legal = Legal::default();
    out.carries.clear();
    out.clauses.clear();
    out.guarantees.clear();
    out.cases.clear();
    out.disabled.clear();
    out.quoted.clear();
    out.lines.clear();
    out.applies.iter_mut().for_each(condition);
    out.uses.sort_by(|a, b| a.package.cmp(&b.package));
    data(&mut out);
    rules(&mut out);
    out
}

/// Do two things mean the same, as far as they can be told by themselves?
pub(crate) fn same<T: Formulas + Clone + PartialEq>(a: &T, b: &T) -> bool {
    a == b || form(a) == form(b)
}

/// The normal form of a formula.
pub(crate) fn form<T: Formulas + Clone>(it: &T) -> T {
    let mut it = it.clone();
    it.normalise();
    it
}

/// The normal form of a table.
pub(crate) fn of_table(it: &Table) -> Table {
    let mut it = it.clone();
    it.rows.iter_mut().for_each(|it| it.origin = Origin::default());
    table(&mut it);
    it
}

/// The normal form of one declaration.
pub(crate) fn of_decl(it: &Decl) -> Decl {
    let mut set = RuleSet::empty("".into(), "".into());
    set.decls.push(it.clone());
    normal(&set).decls.pop().unwrap_or_else(|| it.clone())
}

/// The text by which things without a name of their own are put in order.
pub(crate) fn key<T: Serialize>(it: &T) -> String {
    serde_json::to_string(it).unwrap_or_default()
}

fn data(out: &mut RuleSet) {
    for it in &mut out.enums {
        enumeration(it);
    }
    out.enums.sort_by(|a, b| a.id.cmp(&b.id));
    for it in &mut out.codes {
        code_table(it);
    }
    out.codes.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(it) = &mut out.subject {
        it.legal = Legal::default();
        it.responsibility = Responsibility::default();
        fields(&mut it.fields);
    }
    for it in &mut out.tables {
        it.legal = Legal::default();
        it.responsibility = Responsibility::default();
        fields(&mut it.fields);
    }
    out.tables.sort_by(|a, b| a.id.cmp(&b.id));
}

fn enumeration(it: &mut EnumType) {
    it.legal = Legal::default();
    for member in &mut it.members {
        member.label = None;
        member.colour = None;
    }
}

fn code_table(it: &mut CodeTable) {
    it.legal = Legal::default();
    it.rows.iter_mut().for_each(|row| row.origin = None);
    // The columns keep their order: the values of a row follow it.
    it.columns.iter_mut().for_each(field);
}

fn fields(fields: &mut [Field]) {
    fields.iter_mut().for_each(field);
    fields.sort_by(|a, b| a.id.cmp(&b.id));
}

fn field(it: &mut Field) {
    it.derived.iter_mut().for_each(Formulas::normalise);
}

fn rules(out: &mut RuleSet) {
    for it in &mut out.decls {
        it.name = it.id.clone();
        it.title = None;
        it.versions.iter_mut().for_each(version);
        it.versions.sort_by_key(|it| it.period);
    }
    out.decls.sort_by(|a, b| a.id.cmp(&b.id));
    for it in &mut out.decides {
        it.name = it.id.clone();
        it.title = None;
        it.versions.iter_mut().for_each(|it| version(&mut it.1));
        it.versions.sort_by_key(|it| it.1.period);
    }
    out.decides.sort_by(|a, b| a.id.cmp(&b.id));
    for it in &mut out.checks {
        it.name = it.id.clone();
        it.title = None;
        it.legal = Legal::default();
        it.responsibility = Responsibility::default();
        it.applies.iter_mut().for_each(condition);
        it.lets.iter_mut().for_each(|it| content(&mut it.content));
        it.lets.iter_mut().for_each(|it| it.name = "".into());
        it.require.normalise();
    }
    out.checks.sort_by(|a, b| a.id.cmp(&b.id));
    for it in &mut out.actions {
        it.name = it.id.clone();
        it.legal = Legal::default();
        it.when.iter_mut().for_each(condition);
        it.about.iter_mut().for_each(Formulas::normalise);
        it.earliest.iter_mut().for_each(Formulas::normalise);
        it.becomes.iter_mut().for_each(|it| it.value.normalise());
        if let Some(it) = &mut it.adds {
            it.fields.iter_mut().for_each(|it| it.1.normalise());
        }
    }
    out.actions.sort_by(|a, b| (&a.id, a.period.from).cmp(&(&b.id, b.period.from)));
}

fn version(it: &mut Version) {
    it.legal = Legal::default();
    it.reason = None;
    it.accepted.clear();
    it.applies.iter_mut().for_each(condition);
    for it in &mut it.lets {
        // A local is read by its number.
        it.name = "".into();
        content(&mut it.content);
    }
    content(&mut it.content);
    it.bounds.weight.iter_mut().for_each(Formulas::normalise);
    for it in &mut it.conditional {
        it.text.clear();
        it.value.normalise();
        it.when.normalise();
    }
}

fn condition(it: &mut Condition) {
    it.texts.clear();
    it.parts.iter_mut().for_each(Formulas::normalise);
    if it.parts.len() == 1 {
        it.mode = ConditionMode::One;
    }
}

fn content(it: &mut Content) {
    match it {
        Content::Formula(it) => it.normalise(),
        Content::Table(it) => table(it),
        Content::Each(it) => {
            it.source.normalise();
            table(&mut it.table);
            it.fade.iter_mut().for_each(table);
        }
        Content::Matrix(Matrix { mode, origins, .. }) => {
            // 取高 and 取低 are another way to write the cells.
            *mode = None;
            origins.clear();
        }
        Content::Condition(it) => condition(it),
        Content::Source(it) => it.normalise(),
        Content::Parts => {}
        Content::List(it) => {
            condition(&mut it.admit);
            it.remove.iter_mut().for_each(condition);
            if let Some(quota) = &mut it.quota {
                quota.top.normalise();
                quota.keys.iter_mut().for_each(|it| it.0.normalise());
            }
        }
    }
}

fn table(it: &mut Table) {
    it.columns.iter_mut().for_each(Formulas::normalise);
    for Row { key: asked, results, text, .. } in &mut it.rows {
        text.clear();
        results.iter_mut().flatten().for_each(Formulas::normalise);
        match asked {
            RowKey::Otherwise | RowKey::Always => {}
            RowKey::Cells(cells) => {
                cells.iter_mut().for_each(Formulas::normalise);
                for (cell, column) in cells.iter_mut().zip(&it.columns) {
                    if let Cell::OneOf(tests) = cell {
                        *tests = band::merged(std::mem::take(tests), &column.ty);
                        tests.sort_by_cached_key(key);
                    }
                }
            }
            RowKey::When(it) => it.normalise(),
        }
    }
    for column in 0..it.columns.len() {
        join(it, column);
    }
    // Rows of a table with columns never overlap, and the others come together in any order, unless
    // the first that holds is wanted.
    if !it.columns.is_empty() || it.mode != Mode::First {
        it.rows.sort_by_cached_key(|it| (it.key == RowKey::Otherwise, key(it)));
    }
}

/// Rows that give the same and differ in one column only are one row. Rows of a table with columns never
/// overlap, so that no other row stands between them.
fn join(table: &mut Table, column: usize) {
    let ty = table.columns[column].ty.clone();
    let mut out: Vec<Row> = Vec::with_capacity(table.rows.len());
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for mut row in table.rows.drain(..) {
        let tests = match &mut row.key {
            RowKey::Cells(cells) => match cells.get_mut(column) {
                Some(Cell::OneOf(tests)) => std::mem::take(tests),
                _ => Vec::new(),
            },
            RowKey::Otherwise | RowKey::When(_) | RowKey::Always => Vec::new(),
        };
        if tests.is_empty() {
            out.push(row);
            continue;
        }
        let at = *known.entry(key(&(&row.key, &row.results))).or_insert(out.len());
        if at == out.len() {
            out.push(row);
        }
        if let Some(Row { key: RowKey::Cells(cells), .. }) = out.get_mut(at)
            && let Some(Cell::OneOf(all)) = cells.get_mut(column)
        {
            all.extend(tests);
            *all = band::merged(std::mem::take(all), &ty);
            all.sort_by_cached_key(key);
            all.dedup();
        }
    }
    table.rows = out;
}
