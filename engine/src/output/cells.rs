//! What stands in a cell of a result file.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::diag::Lang;
use heng_dsl::model::{DeclKind, TyKind};
use heng_dsl::value::{Date, Decimal, Rounding, Value};

use super::columns::{OutColumn, OutKind, OutWhat};
use super::{NOTICE, OutputOptions, Sheet};
use crate::mask::masked;
use crate::part::{Coded, Part};

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

/// What a file says about itself, as keys and values in order; the number of its rows comes last, when it
/// is known.
pub(super) fn about(sheet: &Sheet<'_>, options: &OutputOptions) -> Vec<(&'static str, String)> {
    let sets = sheet.linked.packages.iter().map(|it| format!("{}@{}", it.id, it.version));
    let mut about = match options.lang {
        Lang::Zh => vec![("notice", NOTICE[0].to_owned()), ("notice_en", NOTICE[1].to_owned())],
        Lang::En => vec![("notice", NOTICE[1].to_owned()), ("notice_zh", NOTICE[0].to_owned())],
    };
    about.push(("as_of", sheet.as_of.to_string()));
    if let Some(cutoff) = sheet.cutoff {
        about.push(("data_cutoff", cutoff.to_string()));
    }
    about.push(("rule_sets", sets.collect::<Vec<_>>().join("; ")));
    about
}

/// The rows of a part of the results, one cell at a time.
pub(super) struct Table<'r> {
    pub(super) sheet: &'r Sheet<'r>,
    pub(super) part: &'r dyn Part,
    /// For each row the columns whose result is 缺失, once somebody asks.
    missing: OnceCell<Vec<String>>,
    /// The rows that have an error, once somebody asks.
    in_error: OnceCell<BTreeSet<usize>>,
    /// The reasons, column by column, once somebody asks for those of a row.
    reasons: OnceCell<BTreeMap<OutWhat, Coded<OutCell>>>,
}

impl<'r> Table<'r> {
    pub(super) fn new(sheet: &'r Sheet<'r>, part: &'r dyn Part) -> Self {
        let (missing, in_error, reasons) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { sheet, part, missing, in_error, reasons }
    }

    /// The cells of a column by number among different ones, where each household has one of few.
    pub(super) fn coded(&self, column: &OutColumn) -> Option<Coded<OutCell>> {
        let linked = self.sheet.linked;
        Some(match column.what {
            OutWhat::Decl(slot) => {
                let ty = &linked.decl(slot).ty.kind;
                self.part.coded(slot).map(|it| self.value(column, &it, ty))
            }
            OutWhat::Field(slot) => {
                let ty = &linked.field(slot).ty.kind;
                self.part.coded_field(slot).map(|it| self.value(column, &it, ty))
            }
            OutWhat::Measure(slot, at) => {
                let coded = self.part.coded_measure(slot, at);
                coded.map(|it| self.of_measure(column, (slot, at), it.as_ref()))
            }
            OutWhat::Reasons(slot) => {
                self.part.coded_reasons(slot).map(|it| reason_codes(column.kind, &it))
            }
            OutWhat::Hits(slot) => self.part.coded_hits(slot).map(|it| self.hits(slot, &it)),
            OutWhat::MissingFields => {
                self.part.coded_missing().map(|it| self.fields(it.into_iter()))
            }
            OutWhat::MissingResults => {
                let rows = self.missing().iter().enumerate().filter(|it| !it.1.is_empty());
                let rows = rows.map(|it| (it.0, it.1.clone()));
                let coded = Coded::but_for(String::new(), self.part.len(), rows);
                coded.map(|it| list(std::iter::once(it)))
            }
            OutWhat::Errors => {
                let rows = self.in_error().iter();
                let rows = rows.map(|row| (*row, self.errors(*row).collect()));
                Coded::but_for(Vec::new(), self.part.len(), rows).map(|it| list(it.into_iter()))
            }
            OutWhat::Key | OutWhat::AsOf | OutWhat::Quarantined => return None,
        })
    }

    /// The cell of a column in a row.
    pub(super) fn cell(&self, column: &OutColumn, row: usize) -> OutCell {
        let (linked, part) = (self.sheet.linked, self.part);
        match column.what {
            OutWhat::Key => text(column, part.key(row)),
            OutWhat::AsOf => OutCell::Date(self.sheet.as_of),
            OutWhat::Decl(slot) => {
                self.value(column, &part.value(slot, row), &linked.decl(slot).ty.kind)
            }
            OutWhat::Measure(slot, at) => self.measure(column, slot, at, row),
            OutWhat::Field(slot) => {
                self.value(column, &part.field(slot, row), &linked.field(slot).ty.kind)
            }
            OutWhat::Reasons(_) | OutWhat::Hits(_) => {
                let own = self.reasons().get(&column.what).and_then(|it| it.get(row));
                own.cloned().unwrap_or(OutCell::Empty)
            }
            OutWhat::MissingFields => self.fields(part.missing(row).into_iter()),
            OutWhat::MissingResults => match self.missing().get(row) {
                Some(it) if !it.is_empty() => OutCell::Text(it.clone()),
                _ => OutCell::Empty,
            },
            OutWhat::Errors => list(self.errors(row)),
            OutWhat::Quarantined => {
                OutCell::Number(Decimal::from(i64::from(part.quarantined(row))))
            }
        }
    }

    /// The columns of reasons, which are put together for all rows at once.
    fn reasons(&self) -> &BTreeMap<OutWhat, Coded<OutCell>> {
        self.reasons.get_or_init(|| {
            let is_reason =
                |it: &&OutColumn| matches!(it.what, OutWhat::Reasons(_) | OutWhat::Hits(_));
            let columns = self.sheet.columns.iter().filter(is_reason);
            columns.filter_map(|it| Some((it.what, self.coded(it)?))).collect()
        })
    }

    /// The names of fields.
    fn fields(&self, slots: impl Iterator<Item = usize>) -> OutCell {
        list(slots.map(|it| self.sheet.linked.field(it).name.to_string()))
    }

    /// The names of direct determinations.
    fn hits(&self, slot: usize, numbers: &[usize]) -> OutCell {
        let decides: Vec<&str> = self.sheet.linked.decides(slot).map(|it| &*it.name).collect();
        let names = numbers.iter().filter_map(|it| decides.get(*it));
        list(names.map(|it| (*it).to_owned()))
    }

    fn measure(&self, column: &OutColumn, slot: usize, at: usize, row: usize) -> OutCell {
        let values = self.part.measure(slot, row);
        self.of_measure(column, (slot, at), values.as_ref().and_then(|it| it.get(at)))
    }

    fn of_measure(
        &self,
        column: &OutColumn,
        (slot, at): (usize, usize),
        value: Option<&Value>,
    ) -> OutCell {
        let DeclKind::Measure { columns } = &self.sheet.linked.decl(slot).kind else {
            return OutCell::Empty;
        };
        match (columns.get(at), value) {
            (Some(of), Some(value)) => self.value(column, value, &of.ty.kind),
            _ => OutCell::Empty,
        }
    }

    fn value(&self, column: &OutColumn, value: &Value, ty: &TyKind) -> OutCell {
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
                    let members = &self.sheet.linked.enumeration(of.slot.index()).members;
                    members
                        .get(usize::from(*at))
                        .map_or(OutCell::Empty, |it| text(column, &it.name))
                }
                _ => OutCell::Empty,
            },
            Value::Frequency(it) => text(column, &it.to_string()),
        }
    }

    /// For each row the columns of this file whose result is 缺失.
    fn missing(&self) -> &[String] {
        self.missing.get_or_init(|| {
            let mut all = vec![String::new(); self.part.len()];
            for column in &self.sheet.columns {
                let rows = match column.what {
                    OutWhat::Decl(slot) => self.part.lacking(slot),
                    OutWhat::Measure(slot, at) => {
                        let coded = self.part.coded_measure(slot, at);
                        coded.rows(|it| *it == Some(Value::Missing))
                    }
                    _ => continue,
                };
                for row in rows {
                    let Some(own) = all.get_mut(row) else { continue };
                    if !own.is_empty() {
                        own.push_str(BETWEEN);
                    }
                    own.push_str(&column.name);
                }
            }
            all
        })
    }

    /// The rows that have an error.
    fn in_error(&self) -> &BTreeSet<usize> {
        self.in_error.get_or_init(|| self.part.in_error().into_iter().collect())
    }

    /// Every declaration in error, with its code.
    fn errors(&self, row: usize) -> impl Iterator<Item = String> {
        let errors = self.in_error().contains(&row).then(|| self.part.errors(row));
        errors.into_iter().flatten().map(|(slot, fault)| {
            let name = self.sheet.names.get(slot).map_or("", String::as_str);
            format!("{name}:{}", fault.code())
        })
    }
}

/// Reason codes: a number where there can only be one, else one after the other.
fn reason_codes(kind: OutKind, codes: &[usize]) -> OutCell {
    match (kind, codes) {
        (_, []) => OutCell::Empty,
        (OutKind::Number(_), [code, ..]) => {
            i64::try_from(*code).map_or(OutCell::Empty, |it| OutCell::Number(Decimal::from(it)))
        }
        _ => list(codes.iter().map(ToString::to_string)),
    }
}

fn text(column: &OutColumn, text: &str) -> OutCell {
    OutCell::Text(if column.masked { masked(text) } else { text.to_owned() })
}

/// What stands between several names in one cell.
const BETWEEN: &str = "; ";

/// Several names in one cell; none is an empty cell.
fn list(names: impl Iterator<Item = String>) -> OutCell {
    let joined = names.collect::<Vec<_>>().join(BETWEEN);
    if joined.is_empty() { OutCell::Empty } else { OutCell::Text(joined) }
}
