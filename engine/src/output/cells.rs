//! What stands in a cell of a result file.

use heng_dsl::diag::Lang;
use heng_dsl::model::TyKind;
use heng_dsl::value::{Date, Decimal, Rounding, Value};

use super::columns::{OutColumn, OutKind, OutWhat, result_name};
use super::{NOTICE, OutputOptions, Results};
use crate::data::Household;
use crate::mask::masked;
use crate::outcome::Outcome;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OutCell {
    /// No value.
    Empty,
    /// 是 or 否
    Bool(bool),
    /// A number with the places of its column.
    Number(Decimal),
    /// A date.
    Date(Date),
    /// Text, masked where it has to be.
    Text(String),
}

/// The rows of a result file, worked out one cell at a time.
pub(super) struct Table<'r> {
    results: Results<'r>,
    columns: &'r [OutColumn],
    names: Vec<String>,
}

/// What a file says about itself, as keys and values in order.
pub(super) fn about(results: &Results<'_>, options: &OutputOptions) -> Vec<(&'static str, String)> {
    let sets = results.linked.packages.iter().map(|it| format!("{}@{}", it.id, it.version));
    let mut about = match options.lang {
        Lang::Zh => vec![("notice", NOTICE[0].to_owned()), ("notice_en", NOTICE[1].to_owned())],
        Lang::En => vec![("notice", NOTICE[1].to_owned()), ("notice_zh", NOTICE[0].to_owned())],
    };
    about.push(("as_of", results.as_of.to_string()));
    if let Some(cutoff) = results.register.cutoff {
        about.push(("data_cutoff", cutoff.to_string()));
    }
    about.push(("rule_sets", sets.collect::<Vec<_>>().join("; ")));
    about.push(("households", results.outcomes.len().to_string()));
    about
}

impl<'r> Table<'r> {
    /// The rows of `results` under `columns`.
    pub(super) fn new(results: Results<'r>, columns: &'r [OutColumn]) -> Self {
        let slots = 0..results.linked.decls().len();
        let names = slots.map(|slot| result_name(results.linked, slot)).collect();
        Self { results, columns, names }
    }

    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        self.results.outcomes.len()
    }

    /// The cell of a column in a row.
    pub(super) fn cell(&self, column: &OutColumn, row: usize) -> OutCell {
        let Some(outcome) = self.results.outcomes.get(row) else { return OutCell::Empty };
        match column.what {
            OutWhat::Key => text(column, &outcome.key),
            OutWhat::AsOf => OutCell::Date(self.results.as_of),
            OutWhat::Decl(slot) => self.value(
                column,
                outcome.values.get(slot),
                &self.results.linked.decl(slot).ty.kind,
            ),
            OutWhat::Measure(slot, at) => self.measure(column, outcome, slot, at),
            OutWhat::Field(slot) => {
                let value = self.household(outcome).and_then(|it| it.fields.get(slot));
                self.value(column, value, &self.results.linked.field(slot).ty.kind)
            }
            OutWhat::MissingFields => {
                let fields = outcome.missing.iter();
                list(fields.map(|it| self.results.linked.field(*it).name.to_string()))
            }
            OutWhat::MissingResults => list(self.missing(outcome)),
            OutWhat::Errors => list(self.errors(outcome)),
            OutWhat::Quarantined => OutCell::Number(Decimal::from(i64::from(outcome.quarantined))),
        }
    }

    fn household(&self, outcome: &Outcome) -> Option<&'r Household> {
        let households = &self.results.register.households;
        let at = households.binary_search_by(|it| it.key.cmp(&outcome.key)).ok()?;
        households.get(at)
    }

    fn measure(&self, column: &OutColumn, outcome: &Outcome, slot: usize, at: usize) -> OutCell {
        let value = outcome.measures.iter().find(|it| it.0 == slot).and_then(|it| it.1.get(at));
        match &self.results.linked.decl(slot).kind {
            heng_dsl::model::DeclKind::Measure { columns } => match columns.get(at) {
                Some(it) => self.value(column, value, &it.ty.kind),
                None => OutCell::Empty,
            },
            _ => OutCell::Empty,
        }
    }

    fn value(&self, column: &OutColumn, value: Option<&Value>, ty: &TyKind) -> OutCell {
        let Some(value) = value else { return OutCell::Empty };
        match value {
            Value::Missing | Value::NotApplicable | Value::Error(_) => OutCell::Empty,
            Value::Bool(it) if column.kind == OutKind::Bool => OutCell::Bool(*it),
            Value::Date(it) if column.kind == OutKind::Date => OutCell::Date(*it),
            Value::Number(it) => match column.kind {
                OutKind::Number(places) => {
                    it.round(places, Rounding::HalfUp).map_or(OutCell::Empty, OutCell::Number)
                }
                OutKind::Bool | OutKind::Date | OutKind::Text => text(column, &it.to_string()),
            },
            Value::Bool(it) => text(column, if *it { "是" } else { "否" }),
            Value::Date(it) => text(column, &it.to_string()),
            Value::Text(it) => text(column, it),
            Value::Member(at) => match ty {
                TyKind::Member(of) => {
                    let members = &self.results.linked.enumeration(of.slot.index()).members;
                    members
                        .get(usize::from(*at))
                        .map_or(OutCell::Empty, |it| text(column, &it.name))
                }
                _ => OutCell::Empty,
            },
            Value::Frequency(it) => text(column, &it.to_string()),
        }
    }

    /// The columns of this file whose result is 缺失.
    fn missing(&self, outcome: &Outcome) -> impl Iterator<Item = String> {
        self.columns.iter().filter(|it| Self::is_missing(it, outcome)).map(|it| it.name.clone())
    }

    fn is_missing(column: &OutColumn, outcome: &Outcome) -> bool {
        let value = match column.what {
            OutWhat::Decl(slot) => outcome.values.get(slot),
            OutWhat::Measure(slot, at) => {
                outcome.measures.iter().find(|it| it.0 == slot).and_then(|it| it.1.get(at))
            }
            _ => None,
        };
        value == Some(&Value::Missing)
    }

    /// Every declaration in error, with its code.
    fn errors(&self, outcome: &Outcome) -> impl Iterator<Item = String> {
        let values = outcome.values.iter().zip(&self.names);
        values.filter_map(|(value, name)| match value {
            Value::Error(fault) => Some(format!("{name}:{}", fault.code())),
            _ => None,
        })
    }
}

fn text(column: &OutColumn, text: &str) -> OutCell {
    OutCell::Text(if column.masked { masked(text) } else { text.to_owned() })
}

/// Several names in one cell; none is an empty cell.
fn list(names: impl Iterator<Item = String>) -> OutCell {
    let joined = names.collect::<Vec<_>>().join("; ");
    if joined.is_empty() { OutCell::Empty } else { OutCell::Text(joined) }
}
