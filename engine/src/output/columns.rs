//! What a result file has: its columns, their names, kinds and order.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Decl, DeclKind, Ty, TyKind};

use super::{OutputError, OutputOptions};
use crate::mask::{Masking, sensitive_decls};
use crate::reasons::{self, Clauses};

/// A column of a result file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutColumn {
    /// Its header.
    pub name: String,
    /// What stands in it.
    pub what: OutWhat,
    /// How it is stored.
    pub kind: OutKind,
    /// Its texts are hidden.
    pub masked: bool,
}

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutWhat {
    /// The key of the household.
    Key,
    /// The as-of date.
    AsOf,
    /// What a declaration is worth, by slot.
    Decl(usize),
    /// A column of a measure: the slot of the measure, the number of the column.
    Measure(usize, usize),
    /// A field of the household, by slot.
    Field(usize),
    /// The reason codes of a declaration, by slot ([`crate::reasons`]): a number where at most one of its clauses holds, else
    /// those of all that hold.
    Reasons(usize),
    /// The names of the direct determinations of a classification that hit, by slot.
    Hits(usize),
    /// The names of the fields that were read and missing.
    MissingFields,
    /// The columns of this file that are empty because the result is 缺失; an empty one that stands
    /// neither here nor among the errors is 不适用.
    MissingResults,
    /// The declarations in error, each with its code.
    Errors,
    /// The number of quarantined rows.
    Quarantined,
}

/// How a column is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutKind {
    /// 是 or 否
    Bool,
    /// A decimal with that many places.
    Number(u8),
    /// A date.
    Date,
    /// Text, names of members and frequencies.
    Text,
}

/// The name under which results of a declaration are written and found again: its 别名 if no other
/// package has the same one, else `package.name`.
pub fn result_name(linked: &Linked, slot: usize) -> String {
    let decl = linked.decl(slot);
    let shared = || linked.decls().filter(|it| it.id == decl.id && it.id != it.name).count() > 1;
    if decl.id == decl.name || shared() {
        qualified(linked, slot, &decl.name)
    } else {
        decl.id.to_string()
    }
}

/// Every name under which results of a declaration may stand in a file, and its slot: the one of
/// [`result_name`], `package.name`, and `package.alias`.
pub(crate) fn result_names(linked: &Linked) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    for (slot, decl) in linked.decls().enumerate() {
        if rank(decl).is_some() {
            names.insert(qualified(linked, slot, &decl.name), slot);
            names.insert(qualified(linked, slot, &decl.id), slot);
            names.insert(result_name(linked, slot), slot);
        }
    }
    names
}

/// Headers that are no names of rules, in Chinese and in English.
pub(crate) mod headers {
    /// The as-of date.
    pub(crate) const AS_OF: [&str; 2] = ["基准日", "as_of"];
    /// Fields that were read and missing.
    pub(crate) const MISSING_DATA: [&str; 2] = ["缺失数据", "missing_data"];
    /// Results that are 缺失.
    pub(crate) const MISSING_RESULTS: [&str; 2] = ["缺失结果", "missing_results"];
    /// Results that are in error.
    pub(crate) const ERRORS: [&str; 2] = ["错误", "errors"];
    /// The number of quarantined rows.
    pub(crate) const QUARANTINED: [&str; 2] = ["隔离行数", "quarantined"];

    /// Behind the name of a declaration: its reason codes.
    pub(crate) const REASONS: [&str; 2] = ["理由码", "reason_code"];
    /// Behind the name of a classification: the direct determinations that hit.
    pub(crate) const HITS: [&str; 2] = ["直接判定", "determinations"];

    /// Which correction of the month a result is; never written, only read.
    pub(crate) const CORRECTION: [&str; 2] = ["更正序号", "correction"];

    /// Is it one of them, or does it end in one that stands behind a name?
    pub(crate) fn is_fixed(header: &str) -> bool {
        let behind = header.rsplit_once('.').map(|it| it.1);
        [AS_OF, MISSING_DATA, MISSING_RESULTS, ERRORS, QUARANTINED, CORRECTION]
            .iter()
            .any(|it| it.contains(&header))
            || behind.is_some_and(|end| [REASONS, HITS].iter().any(|it| it.contains(&end)))
    }
}

/// `package.name`.
pub(super) fn qualified(linked: &Linked, slot: usize, name: &str) -> String {
    format!("{}.{name}", linked.name_of(linked.package_of(slot)))
}

/// The columns of a result file, in order.
///
/// Usually: key, as-of date, every 分类, 叠加 and 合成, dimensions and totals, (with `all` indicators
/// and values,) tags, alerts, lists, measures, what was missing, errors, quarantined rows.
///
/// # Errors
///
/// A name among [`OutputOptions::columns`] that names nothing, or several things.
pub fn columns(linked: &Linked, options: &OutputOptions) -> Result<Vec<OutColumn>, OutputError> {
    let offer = Offer::new(linked, options);
    if options.columns.is_empty() {
        let mut columns = offer.usual(options.all);
        let end = columns.len().saturating_sub(offer.back().len());
        columns.splice(end..end, offer.reasons());
        return Ok(columns);
    }
    let names = offer.by_name();
    let mut chosen: Vec<OutColumn> = Vec::new();
    for name in &options.columns {
        for column in named(&names, name.trim())? {
            if !chosen.contains(&column) {
                chosen.push(column);
            }
        }
    }
    if options.all {
        let rest = offer
            .usual(true)
            .into_iter()
            .filter(|it| !chosen.iter().any(|had| had.what == it.what));
        chosen.extend(rest.collect::<Vec<_>>());
    }
    chosen.extend(offer.reasons());
    Ok(chosen)
}

/// The fields of the household that stand in a file, by slot; none where the columns cannot be had.
pub fn shown_fields(linked: &Linked, options: &OutputOptions) -> BTreeSet<usize> {
    let columns = columns(linked, options).unwrap_or_default();
    let field = |it: OutColumn| if let OutWhat::Field(slot) = it.what { Some(slot) } else { None };
    columns.into_iter().filter_map(field).collect()
}

/// The place of a declaration in a file; `None` for those that never stand there.
fn rank(decl: &Decl) -> Option<u8> {
    match decl.kind {
        DeclKind::Classify { .. } | DeclKind::Overlay { .. } | DeclKind::Merge => Some(0),
        DeclKind::Dimension { .. } | DeclKind::Total => Some(1),
        DeclKind::Indicator { .. } | DeclKind::Value => Some(DETAIL),
        DeclKind::Tag { .. } => Some(3),
        DeclKind::Alert { .. } => Some(4),
        DeclKind::List => Some(5),
        DeclKind::Measure { .. } => Some(6),
        DeclKind::Param | DeclKind::RecordValue { .. } | DeclKind::RecordSet => None,
    }
}

/// The rank of what only `all` adds.
const DETAIL: u8 = 2;

/// Everything that may stand in a file.
struct Offer<'l> {
    linked: &'l Linked,
    options: &'l OutputOptions,
    sensitive: Vec<bool>,
    names: Vec<String>,
}

impl<'l> Offer<'l> {
    fn new(linked: &'l Linked, options: &'l OutputOptions) -> Self {
        let names = (0..linked.decls().len()).map(|slot| result_name(linked, slot)).collect();
        Self { linked, options, sensitive: sensitive_decls(linked), names }
    }

    /// The usual columns, in order.
    fn usual(&self, all: bool) -> Vec<OutColumn> {
        let mut slots: Vec<(u8, usize)> = (0..self.names.len())
            .filter(|slot| self.is_written(*slot))
            .filter_map(|slot| Some((rank(self.linked.decl(slot))?, slot)))
            .filter(|it| all || it.0 != DETAIL)
            .collect();
        slots.sort_unstable();
        let mut columns = self.front();
        columns.extend(slots.into_iter().flat_map(|(_, slot)| self.of_decl(slot)));
        columns.extend(self.back());
        columns
    }

    /// Are there results of a declaration?
    fn is_written(&self, slot: usize) -> bool {
        self.options.shown.contains(&self.linked.package_of(slot))
    }

    fn front(&self) -> Vec<OutColumn> {
        let key = self
            .linked
            .subject()
            .map(|it| self.of_field(it.key))
            .map(|it| OutColumn { what: OutWhat::Key, ..it });
        let as_of = self.fixed(headers::AS_OF, OutWhat::AsOf, OutKind::Date);
        key.into_iter().chain([as_of]).collect()
    }

    fn back(&self) -> Vec<OutColumn> {
        vec![
            self.fixed(headers::MISSING_DATA, OutWhat::MissingFields, OutKind::Text),
            self.fixed(headers::MISSING_RESULTS, OutWhat::MissingResults, OutKind::Text),
            self.fixed(headers::ERRORS, OutWhat::Errors, OutKind::Text),
            self.fixed(headers::QUARANTINED, OutWhat::Quarantined, OutKind::Number(0)),
        ]
    }

    fn fixed(&self, names: [&str; 2], what: OutWhat, kind: OutKind) -> OutColumn {
        let name = match self.options.lang {
            Lang::Zh => names[0],
            Lang::En => names[1],
        };
        OutColumn { name: name.to_owned(), what, kind, masked: false }
    }

    /// The reasons of every declaration that has any on the as-of date, if they are asked for.
    fn reasons(&self) -> Vec<OutColumn> {
        let Some(as_of) = self.options.reasons else { return Vec::new() };
        let word = |words: [&str; 2]| match self.options.lang {
            Lang::Zh => words[0].to_owned(),
            Lang::En => words[1].to_owned(),
        };
        let mut columns = Vec::new();
        for slot in (0..self.names.len()).filter(|slot| self.is_written(*slot)) {
            let mut add = |words, what, kind| {
                let name = format!("{}.{}", self.names[slot], word(words));
                columns.push(OutColumn { name, what, kind, masked: false });
            };
            if let Some((_, clauses)) = reasons::in_force(self.linked, slot, as_of) {
                let kind = match clauses {
                    Clauses::First(_) => OutKind::Number(0),
                    Clauses::Joined(_) | Clauses::Parts(_) | Clauses::List(_) => OutKind::Text,
                };
                add(headers::REASONS, OutWhat::Reasons(slot), kind);
            }
            if self.linked.decides(slot).next().is_some() {
                add(headers::HITS, OutWhat::Hits(slot), OutKind::Text);
            }
        }
        columns
    }

    /// The columns of a declaration: one, or one a column of a measure.
    fn of_decl(&self, slot: usize) -> Vec<OutColumn> {
        let decl = self.linked.decl(slot);
        let name = &self.names[slot];
        if let DeclKind::Measure { columns } = &decl.kind {
            let each = columns.iter().enumerate().map(|(at, it)| OutColumn {
                name: format!("{name}.{}", it.name),
                what: OutWhat::Measure(slot, at),
                kind: kind(&it.ty),
                masked: false,
            });
            return each.collect();
        }
        let masked = self.options.masking == Masking::Hidden && self.sensitive[slot];
        vec![OutColumn {
            name: name.clone(),
            what: OutWhat::Decl(slot),
            kind: kind(&decl.ty),
            masked,
        }]
    }

    fn of_field(&self, slot: usize) -> OutColumn {
        let field = self.linked.field(slot);
        let masked = self.options.masking == Masking::Hidden && field.sensitive;
        let kind = if masked { OutKind::Text } else { kind(&field.ty) };
        OutColumn { name: field.id.to_string(), what: OutWhat::Field(slot), kind, masked }
    }

    /// What each name means: the columns of a thing, for every thing that goes by the name.
    fn by_name(&self) -> BTreeMap<String, Vec<Vec<OutColumn>>> {
        let mut all: BTreeMap<String, Vec<Vec<OutColumn>>> = BTreeMap::new();
        for column in self.front().into_iter().chain(self.back()) {
            all.entry(column.name.clone()).or_default().push(vec![column]);
        }
        for (slot, decl) in self.linked.decls().enumerate() {
            if rank(decl).is_none() || !self.is_written(slot) {
                continue;
            }
            let columns = self.of_decl(slot);
            for name in self.names_of(slot, decl) {
                if let DeclKind::Measure { columns: inner } = &decl.kind {
                    for (column, it) in columns.iter().zip(inner) {
                        let name = format!("{name}.{}", it.name);
                        all.entry(name).or_default().push(vec![column.clone()]);
                    }
                }
                all.entry(name).or_default().push(columns.clone());
            }
        }
        // Results go before fields of the same name, and a field that two packages read is one.
        for (slot, field) in self.linked.fields().enumerate() {
            for name in [&field.id, &field.name] {
                all.entry(name.to_string()).or_insert_with(|| vec![vec![self.of_field(slot)]]);
            }
        }
        all
    }

    /// The names of a declaration, long and short.
    fn names_of(&self, slot: usize, decl: &Decl) -> BTreeSet<String> {
        let long = [&decl.name, &decl.id].map(|it| qualified(self.linked, slot, it));
        let mut names: BTreeSet<String> = long.into_iter().collect();
        names.insert(self.names[slot].clone());
        names.extend([decl.name.to_string(), decl.id.to_string()]);
        names
    }
}

/// The columns of a name; several for a measure.
fn named(
    names: &BTreeMap<String, Vec<Vec<OutColumn>>>,
    name: &str,
) -> Result<Vec<OutColumn>, OutputError> {
    match names.get(name).map(Vec::as_slice) {
        Some([columns]) => Ok(columns.clone()),
        found => {
            let several = found.and_then(|it| it.first()?.first()).map(|it| it.name.clone());
            let near = || crate::ingest::nearest(name, names.keys().map(String::as_str));
            let nearest = several.or_else(|| near().map(str::to_owned));
            Err(OutputError::UnknownColumn { name: name.to_owned(), nearest })
        }
    }
}

fn kind(ty: &Ty) -> OutKind {
    match &ty.kind {
        TyKind::Bool => OutKind::Bool,
        TyKind::Number(number) => OutKind::Number(number.places),
        TyKind::Date => OutKind::Date,
        TyKind::Text
        | TyKind::Member(_)
        | TyKind::Code(_)
        | TyKind::Frequency
        | TyKind::Unknown => OutKind::Text,
    }
}
