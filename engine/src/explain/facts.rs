//! What a rule read of a household: local values, fields, other declarations, and records.

use std::collections::BTreeSet;

use heng_dsl::diag::Words;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{
    DeclKind, Expr, Field, Id, Later, Node, Origin, RecordTable, Row, Ty, TyKind, Version, walk,
};
use heng_dsl::value::{Date, Value};
use heng_dsl::written;

use super::data::{Facts, Ground, Named, Provenance, Read, Record, RowHeld};
use super::reads::Reads;
use super::words::{Said, Shown, State};
use crate::data::Household;
use crate::mask;
use crate::outcome::{Outcome, Step, Trace};
use crate::program::Program;
use crate::reasons;

/// What every part of an explanation is made from.
pub(super) struct View<'a> {
    pub(super) program: &'a Program,
    pub(super) linked: &'a Linked,
    pub(super) household: &'a Household,
    pub(super) outcome: &'a Outcome,
    pub(super) trace: &'a Trace,
    pub(super) as_of: Date,
    pub(super) reveal: bool,
    /// The step of each declaration, by slot.
    steps: Vec<Option<&'a Step>>,
}

impl<'a> View<'a> {
    pub(super) fn new(
        program: &'a Program,
        household: &'a Household,
        (outcome, trace): (&'a Outcome, &'a Trace),
        as_of: Date,
        reveal: bool,
    ) -> Self {
        let linked = program.linked();
        let mut steps = vec![None; linked.decls().len()];
        for step in &trace.steps {
            if let Some(place) = steps.get_mut(step.decl) {
                *place = Some(step);
            }
        }
        Self { program, linked, household, outcome, trace, as_of, reveal, steps }
    }

    /// The declarations to speak of, by slot.
    pub(super) fn slots(&self) -> impl Iterator<Item = usize> + 'a {
        self.program.shown_decls()
    }

    /// How a declaration was worked out.
    pub(super) fn step(&self, slot: usize) -> Option<&'a Step> {
        self.steps.get(slot).copied().flatten()
    }

    /// The version of a declaration that was in force.
    pub(super) fn version(&self, slot: usize) -> Option<&'a Version> {
        self.linked.decl(slot).versions.get(self.step(slot)?.version?)
    }

    /// What a declaration is worth; 不适用 for a slot that does not exist.
    pub(super) fn worth(&self, slot: usize) -> &'a Value {
        self.outcome.values.get(slot).unwrap_or(&Value::NotApplicable)
    }

    /// What a declaration is worth, as people read it.
    pub(super) fn shown(&self, slot: usize) -> Shown {
        Shown::new(self.linked, self.worth(slot), &self.linked.decl(slot).ty)
    }

    /// What names a declaration.
    pub(super) fn named(&self, slot: usize) -> Named {
        let decl = self.linked.decl(slot);
        Named {
            package: self.package(slot),
            id: decl.id.clone(),
            name: decl.name.clone(),
            title: decl.title.clone(),
        }
    }

    /// The name of the package of a declaration.
    pub(super) fn package(&self, slot: usize) -> Id {
        self.linked.name_of(self.linked.package_of(slot))
    }

    /// A field of the household with its value, masked where it is sensitive.
    pub(super) fn field(&self, slot: usize) -> Read {
        let field = self.linked.field(slot);
        let value = self.household.fields.get(slot).unwrap_or(&Value::Missing);
        Read { name: field.name.to_string(), value: self.cell(field, value) }
    }

    /// The key of the household, masked where its field is sensitive.
    pub(super) fn key(&self, slot: usize) -> String {
        let sensitive = self.linked.field(slot).sensitive && !self.reveal;
        let key = &self.household.key;
        if sensitive { mask::masked(key) } else { key.to_string() }
    }

    /// The value of a field, masked where it is sensitive.
    fn cell(&self, field: &Field, value: &Value) -> Shown {
        let mut shown = Shown::new(self.linked, value, &field.ty);
        if let Some(name) = self.code_name(value, &field.ty) {
            shown.text = Said::both(
                format!("{}（{name}）", shown.text.zh),
                format!("{} ({name})", shown.text.en),
            );
        }
        if field.sensitive && !self.reveal && value.is_present() {
            Shown::masked(value, &mask::masked(&shown.text.zh))
        } else {
            shown
        }
    }

    /// What a code means: its 名称 in the code table.
    fn code_name(&self, value: &Value, ty: &Ty) -> Option<&str> {
        let (TyKind::Code(table), Value::Text(code)) = (&ty.kind, value) else { return None };
        let table = self.linked.code_table(table.slot.index());
        let names = |it: &Field| matches!(it.name.as_ref(), "名称" | "name");
        let at = table.columns.iter().position(names)?;
        match table.find(code)?.values.get(at)? {
            Value::Text(name) => Some(name),
            _ => None,
        }
    }

    /// A text an author or the data wrote, with the sensitive values of this household hidden.
    pub(super) fn discreet(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if self.reveal {
            return text;
        }
        for secret in self.secrets() {
            text = hidden(&text, &secret);
        }
        text
    }

    /// Sensitive values of the household that could stand inside a text. Single characters and short
    /// numbers are left alone: they say nothing by themselves, and hiding them would spoil every
    /// other word and figure.
    fn secrets(&self) -> BTreeSet<String> {
        let mut secrets = BTreeSet::new();
        let mut keep = |field: &Field, value: &Value| {
            if field.sensitive && value.is_present() {
                secrets.insert(Shown::new(self.linked, value, &field.ty).text.zh);
            }
        };
        for (field, value) in self.linked.fields().zip(&self.household.fields) {
            keep(field, value);
        }
        for (table, records) in self.linked.tables().zip(&self.household.records) {
            for record in records {
                for (field, value) in table.fields.iter().zip(&record.values) {
                    keep(field, value);
                }
            }
        }
        secrets.retain(|it| {
            let digits = it.chars().filter(char::is_ascii_digit).count();
            it.chars().count() > 1 && (digits == 0 || digits > 3)
        });
        secrets
    }

    /// A record with the values of some of its columns.
    pub(super) fn record(&self, table: usize, number: usize, columns: &[usize]) -> Option<Record> {
        let record = self.household.records.get(table)?.get(number)?;
        let table = self.linked.table(table);
        let columns = stored(table, columns);
        let event = table.order.first();
        let date = table.fields.iter().zip(&record.values).find_map(|(field, value)| match value {
            Value::Date(date) if Some(&field.id) == event => Some(*date),
            _ => None,
        });
        let keys: Vec<String> = table
            .fields
            .iter()
            .zip(&record.values)
            .filter(|(field, value)| field.key && value.is_present())
            .map(|(field, value)| self.cell(field, value).text.zh)
            .collect();
        let values = table
            .fields
            .iter()
            .zip(&record.values)
            .enumerate()
            .filter(|(at, (field, _))| {
                columns.contains(at) && !field.key && Some(&field.id) != event
            })
            .map(|(_, (field, value))| {
                let later = self.is_later(table, field, &record.values);
                let value = if later { &Value::Missing } else { value };
                let shown = match &field.later {
                    Some(Later::Date(happening)) if !value.is_present() => not_yet(happening),
                    _ => self.cell(field, value),
                };
                Read { name: field.name.to_string(), value: shown }
            })
            .collect();
        let id = if keys.is_empty() { None } else { Some(keys.join(" ")) };
        Some(Record { table: table.name.to_string(), id, date, values })
    }

    /// A row that held, with what its parameters are worth.
    pub(super) fn row_held(&self, row: &Row) -> RowHeld {
        RowHeld { text: self.row_text(row), provenance: provenance(&row.origin) }
    }

    /// The text of a row, with what its parameters are worth.
    pub(super) fn row_text(&self, row: &Row) -> Said {
        let text = written::row(row, self.linked, |parameter| {
            let Said { zh, en } = self.shown(parameter.slot.index()).text;
            Some(Words::both(zh, en))
        });
        Said::both(text.zh, text.en)
    }

    /// Does the field tell of a happening that lies after the as-of date?
    fn is_later(&self, table: &RecordTable, field: &Field, values: &[Value]) -> bool {
        let happening = match &field.later {
            None => return false,
            Some(Later::Date(it) | Later::With(it)) => it,
        };
        table.fields.iter().zip(values).any(|(other, value)| {
            let tells = matches!(&other.later, Some(Later::Date(it)) if it == happening);
            tells && matches!(value, Value::Date(date) if *date > self.as_of)
        })
    }

    /// What a declaration read, with the records behind the values that it reads.
    pub(super) fn facts(&self, slot: usize) -> Facts {
        match (self.step(slot), self.version(slot)) {
            (Some(step), Some(version)) => self.facts_of(step, version),
            _ => Facts::default(),
        }
    }

    /// What a step read.
    pub(super) fn facts_of(&self, step: &Step, version: &Version) -> Facts {
        let reads = Reads::of(version);
        let mut facts = Facts::default();
        for (local, value) in version.lets.iter().zip(&step.lets) {
            if *value != Value::NotApplicable {
                let value = Shown::new(self.linked, value, &local.ty);
                facts.read.push(Read { name: local.name.to_string(), value: self.hide(value) });
            }
        }
        facts.read.extend(reads.fields.iter().map(|slot| self.field(*slot)));
        let mut seen = BTreeSet::new();
        self.collect(step, &mut seen, &mut facts.records);
        let mut visited = BTreeSet::from([step.decl]);
        for slot in &reads.decls {
            if self.is_worth_showing(*slot) {
                let name = self.linked.decl(*slot).name.to_string();
                facts.read.push(Read { name, value: self.hide(self.shown(*slot)) });
            }
            self.follow(*slot, &mut visited, &mut seen, &mut facts.records);
        }
        facts
    }

    /// A value with the sensitive values of this household hidden in its text.
    pub(super) fn hide(&self, mut shown: Shown) -> Shown {
        shown.text.zh = self.discreet(&shown.text.zh);
        shown.text.en = self.discreet(&shown.text.en);
        shown
    }

    /// Record sets and values of each record have no value of their own.
    fn is_worth_showing(&self, slot: usize) -> bool {
        !matches!(self.linked.decl(slot).kind, DeclKind::RecordSet | DeclKind::RecordValue { .. })
    }

    /// Adds the records behind a 值 that a rule reads, and behind those that the 值 reads.
    fn follow(
        &self,
        slot: usize,
        visited: &mut BTreeSet<usize>,
        seen: &mut BTreeSet<(usize, usize)>,
        records: &mut Vec<Record>,
    ) {
        let inner = matches!(
            self.linked.decl(slot).kind,
            DeclKind::Value | DeclKind::RecordSet | DeclKind::RecordValue { .. }
        );
        if !inner || !visited.insert(slot) {
            return;
        }
        let Some(step) = self.step(slot) else { return };
        self.collect(step, seen, records);
        if let Some(version) = self.version(slot) {
            for slot in Reads::of(version).decls {
                self.follow(slot, visited, seen, records);
            }
        }
    }

    /// Adds the records of a step, each once, with all columns that were read of it.
    fn collect(&self, step: &Step, seen: &mut BTreeSet<(usize, usize)>, records: &mut Vec<Record>) {
        for evidence in &step.evidence {
            for number in &evidence.records {
                if seen.insert((evidence.table, *number)) {
                    let columns: Vec<usize> = step
                        .evidence
                        .iter()
                        .filter(|it| it.table == evidence.table && it.records.contains(number))
                        .flat_map(|it| it.columns.iter().copied())
                        .collect();
                    records.extend(self.record(evidence.table, *number, &columns));
                }
            }
        }
    }
}

/// A text with a value hidden in it; not where the value is only the end of a longer number.
fn hidden(text: &str, secret: &str) -> String {
    let numeric = secret.starts_with(|it: char| it.is_ascii_digit());
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(secret) {
        out.push_str(before);
        let longer = numeric && out.ends_with(|it: char| it.is_ascii_digit() || it == '.');
        out.push_str(&if longer { secret.to_owned() } else { mask::masked(secret) });
        rest = after;
    }
    out + rest
}

/// A later happening that has not happened: 未修复.
fn not_yet(happening: &str) -> Shown {
    let text = Said::both(format!("未{happening}"), format!("not {happening}"));
    Shown { text, state: State::Missing, number: None }
}

/// Columns as they are stored: a derived one stands for those that it follows from.
fn stored(table: &RecordTable, columns: &[usize]) -> BTreeSet<usize> {
    let mut open: Vec<usize> = columns.to_vec();
    let mut done = BTreeSet::new();
    let mut stored = BTreeSet::new();
    while let Some(at) = open.pop() {
        let Some(field) = table.fields.get(at).filter(|_| done.insert(at)) else { continue };
        match &field.derived {
            None => {
                stored.insert(at);
            }
            Some(expr) => open.extend(columns_of(expr)),
        }
    }
    stored
}

fn columns_of(expr: &Expr) -> Vec<usize> {
    let mut found = Vec::new();
    if let Node::RecordField { column, .. } = &expr.node {
        found.push(column.slot.index());
    }
    walk::parts(expr, &mut |it| found.extend(columns_of(it)));
    found
}

/// Where a clause comes from, as data.
pub(super) fn provenance(origin: &Origin) -> Provenance {
    Provenance {
        package: origin.package.clone(),
        version: origin.version.clone(),
        place: origin.place.as_ref().map(ToString::to_string),
        amendment: origin.amendment.clone(),
    }
}

/// 依据, 说明 and provenance of a version.
///
/// What an amendment rests on comes before what it amends rests on.
pub(super) fn ground(version: &Version) -> Ground {
    Ground {
        basis: reasons::basis(version.origins(), version),
        note: version.legal.note.clone(),
        provenance: provenance(&version.content_origin),
    }
}

/// A condition that held, as written.
pub(super) fn as_written(text: &str, origin: &Origin) -> RowHeld {
    RowHeld { text: Said::same(text), provenance: provenance(origin) }
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[test]
    fn a_value_is_hidden_but_not_the_end_of_a_longer_number() {
        assert_eq!(hidden("欠税6600 元", "6600 元"), "欠税66****");
        assert_eq!(hidden("合计16600 元", "6600 元"), "合计16600 元");
        assert_eq!(hidden("张三丰与张三丰", "张三丰"), "张**与张**");
    }
}
