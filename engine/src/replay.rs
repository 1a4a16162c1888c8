//! A household that shows what `check` has found, evaluated before it is shown.
//!
//! Verification names values of columns and other expressions. [`realise`] looks for fields and records that give these values,
//! along the simple ways back only; then the reference evaluator says what they are worth and which
//! rows hold. So a way back that is wrong shows nothing, and what is shown is so.

mod realise;

use std::cell::OnceCell;

use heng_dsl::diag::{Example, Words};
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Content, Field, Row, RowKey, Table, Version};
use heng_dsl::value::Value;
use heng_dsl::verify::{Assignment, NodePath, Owner, Part, Replay, Shows, TableAt};

use self::realise::Realised;
use crate::eval::{Evaluator, Frame, Working};
use crate::explain::Shown;
use crate::population::PopulationValues;
use crate::program::Program;

/// Fills [`Replay`] with the reference evaluator, for the packages of one check.
#[derive(Debug, Default)]
pub struct Replayer {
    program: OnceCell<Option<Program>>,
}

impl Replay for Replayer {
    fn household(
        &self,
        linked: &Linked,
        package: usize,
        at: &NodePath,
        assignment: &Assignment,
    ) -> Option<Example> {
        let program = self.program.get_or_init(|| Program::new(linked.clone()).ok()).as_ref()?;
        let version = version(program.linked(), package, at)?;
        let realised = realise::realise(program, version, assignment)?;
        let evaluator = Evaluator::new(program, assignment.as_of);
        let nobody = PopulationValues::default();
        let mut working = Working::new(&evaluator, &realised.household, &nobody, 0);
        working.work_out(program.order());
        let applies = program.linked().packages.get(package).and_then(|it| it.applies.as_ref());
        let about = Frame::new(&[]);
        let frame = Frame::new(&version.lets);
        let is_meant = applies.is_none_or(|it| working.condition_of(it, &about) == YES)
            && version.applies.as_ref().is_none_or(|it| working.condition_of(it, &frame) == YES);
        let is_shown = match &assignment.shows {
            Shows::Worth(all) => all.iter().all(|(it, value)| working.ask(it, &frame) == *value),
            shows => in_table(&mut working, table(version, at)?, shows, &frame)?,
        };
        (is_meant && is_shown).then(|| told(program.linked(), &realised, assignment))
    }
}

/// Is it to be seen in a table? `None` where a column has no clear value.
fn in_table<'e>(
    working: &mut Working<'e>,
    table: &'e Table,
    shows: &Shows,
    frame: &Frame<'_, 'e>,
) -> Option<bool> {
    let columns: Vec<Value> = table.columns.iter().map(|it| working.ask(it, frame)).collect();
    let clear = |it: &Value| !matches!(it, Value::Error(_) | Value::NotApplicable);
    if !columns.iter().all(clear) {
        return None;
    }
    let mut holds = |row| holds(working, row, &columns, frame);
    match shows {
        Shows::NoRow => Some(table.rows.iter().all(|it| holds(it) == Some(false))),
        Shows::Rows(first, second) => {
            let mut all = [first, second].into_iter();
            Some(all.all(|it| table.rows.get(*it).and_then(&mut holds) == Some(true)))
        }
        Shows::Worth(_) => None,
    }
}

const YES: Value = Value::Bool(true);

/// The version in which a finding is.
fn version<'l>(linked: &'l Linked, package: usize, at: &NodePath) -> Option<&'l Version> {
    let set = linked.packages.get(package)?;
    match &at.owner {
        Owner::Decl(id) => set.decls.iter().find(|it| it.id == *id)?.versions.get(at.version),
        Owner::Decide(id) => {
            let decide = set.decides.iter().find(|it| it.id == *id)?;
            decide.versions.get(at.version).map(|it| &it.1)
        }
        _ => None,
    }
}

/// The table in which a finding is.
fn table<'l>(version: &'l Version, at: &NodePath) -> Option<&'l Table> {
    let (Part::Table(place) | Part::Row(place, _) | Part::Cell(place, ..)) = at.part else {
        return None;
    };
    let content = match place {
        TableAt::Content => &version.content,
        TableAt::Let(number) => &version.lets.get(number)?.content,
        TableAt::Fade | TableAt::LetFade(_) => return None,
    };
    match content {
        Content::Table(it) => Some(it),
        _ => None,
    }
}

/// Does a row hold? `None` where that cannot be told.
fn holds<'e>(
    working: &mut Working<'e>,
    row: &'e Row,
    columns: &[Value],
    frame: &Frame<'_, 'e>,
) -> Option<bool> {
    match &row.key {
        RowKey::Cells(cells) => {
            let mut all = true;
            for (cell, value) in cells.iter().zip(columns) {
                all &= working.passes(cell, value, frame)?;
            }
            Some(all)
        }
        RowKey::Otherwise => Some(columns.iter().all(Value::is_present)),
        RowKey::When(it) => Some(working.ask(it, frame) == YES),
        RowKey::Always => Some(true),
    }
}

/// The household in words: what was chosen, and nothing that is the same for any household.
fn told(linked: &Linked, realised: &Realised, assignment: &Assignment) -> Example {
    let one = |field: &Field, value: &Value| {
        let words = match value {
            Value::Date(it) => it.to_string().into(),
            _ => {
                let shown = Shown::new(linked, value, &field.ty).text;
                Words::both(shown.zh, shown.en)
            }
        };
        (field.name.to_string(), words)
    };
    let fields = realised
        .chosen
        .iter()
        .filter_map(|slot| Some(one(linked.field(*slot), realised.household.fields.get(*slot)?)));
    let records = realised.records.iter().filter_map(|(table, number, columns)| {
        let declared = linked.table(*table);
        let record = realised.household.records.get(*table)?.get(*number)?;
        let cells = columns.iter().filter_map(|column| {
            Some(one(declared.fields.get(*column)?, record.values.get(*column)?))
        });
        Some((declared.name.to_string(), cells.collect()))
    });
    Example { as_of: assignment.as_of, fields: fields.collect(), records: records.collect() }
}
