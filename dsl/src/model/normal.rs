//! The normal form of a package: what it means, without how it is written.
//!
//! Two packages with equal normal forms give every household the same values. It is worked out when
//! it is needed and never stored. What goes: titles, names beside ids, notes, legal bases, reasons,
//! places, amendments, colours and labels, cases, promises, clauses of the policy, and every order
//! that has no meaning. Nothing is changed here that could turn a value into another one, or a value
//! into an error: the parts of 且 and 或 keep their order, because a part that is not asked for has
//! no error (`language.md` §3.17).

mod formula;

use serde::Serialize;

use self::formula::Formulas;
use super::{
    CodeTable, Condition, ConditionMode, Content, EnumType, Field, Legal, Matrix, Mode, Origin,
    Responsibility, Row, RowKey, RuleSet, Table, Version, origins,
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
    out.lines.clear();
    out.applies.iter_mut().for_each(condition);
    out.uses.sort_by(|a, b| a.package.cmp(&b.package));
    data(&mut out);
    rules(&mut out);
    out
}

/// The text by which things without a name of their own are put in order.
fn key<T: Serialize>(it: &T) -> String {
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
    for Row { key, results, text, .. } in &mut it.rows {
        text.clear();
        results.iter_mut().flatten().for_each(Formulas::normalise);
        match key {
            RowKey::Otherwise | RowKey::Always => {}
            RowKey::Cells(cells) => cells.iter_mut().for_each(Formulas::normalise),
            RowKey::When(it) => it.normalise(),
        }
    }
    // Rows of a table with columns never overlap, and the others come together in any order, unless
    // the first that holds is wanted.
    if !it.columns.is_empty() || it.mode != Mode::First {
        it.rows.sort_by_cached_key(|it| (it.key == RowKey::Otherwise, key(it)));
    }
}
