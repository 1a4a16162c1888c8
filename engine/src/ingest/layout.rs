//! Which column is which field.

use std::sync::Arc;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Field, Responsibility};

use super::folder::Folder;
use super::mapping::{Mapping, TableMapping};
use super::problem::{LoadProblem, Note};
use super::sheet::Sheet;
use crate::cell::Reading;

/// The candidate that is nearest to a name, if any is near: at most half of the longer one differs.
pub(crate) fn nearest<'c>(
    name: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Option<&'c str> {
    let with_distance = candidates.map(|it| (strsim::levenshtein(name, it), it));
    let (distance, best) = with_distance.min()?;
    let longer = name.chars().count().max(best.chars().count());
    (distance * 2 <= longer).then_some(best)
}

/// A table as the rules want it. In a record table the first column is the key of the household.
pub(super) struct Wanted<'l> {
    /// The names that its file may have.
    names: Vec<&'l str>,
    /// Its columns; derived fields among them, which no file holds.
    fields: Vec<&'l Field>,
    /// Who answers for it.
    responsibility: Arc<Responsibility>,
}

/// A table whose file is open and whose columns are found.
pub(super) struct Bound<'l> {
    /// The file.
    pub(super) sheet: Sheet,
    /// The name of the table.
    pub(super) table: Arc<str>,
    /// Who answers for it.
    pub(super) responsibility: Arc<Responsibility>,
    /// A column for each field, in their order.
    pub(super) columns: Vec<BoundColumn<'l>>,
}

/// A field and where it stands.
pub(super) struct BoundColumn<'l> {
    /// The field.
    pub(super) field: &'l Field,
    /// How its cells are read.
    pub(super) reading: Reading<'l>,
    /// The number of its column in the file, and its header; absent where the file has none.
    pub(super) at: Option<(usize, Arc<str>)>,
}

impl<'l> Wanted<'l> {
    /// The household file.
    pub(super) fn households(linked: &'l Linked) -> Option<Self> {
        let subject = linked.subject()?.subject;
        Some(Self {
            names: names(&subject.id, &subject.name),
            fields: linked.fields().collect(),
            responsibility: Arc::new(subject.responsibility.clone()),
        })
    }

    /// The file of a record table.
    pub(super) fn records(linked: &'l Linked, slot: usize) -> Option<Self> {
        let key = linked.field(linked.subject()?.key);
        let table = linked.table(slot);
        Some(Self {
            names: names(&table.id, &table.name),
            fields: std::iter::once(key).chain(&table.fields).collect(),
            responsibility: Arc::new(table.responsibility.clone()),
        })
    }

    /// The name of the table, as the author wrote it.
    fn name(&self) -> &'l str {
        self.names.last().copied().unwrap_or_default()
    }

    /// Opens the file and finds the columns.
    pub(super) fn bind(
        &self,
        linked: &'l Linked,
        folder: &Folder,
        mapping: &Mapping,
        problems: &mut Vec<LoadProblem>,
    ) -> Option<Bound<'l>> {
        let mapping = mapping.of(&self.names);
        let found = folder.find(&self.names, mapping).and_then(Sheet::open);
        let sheet = found.map_err(|it| problems.push(it)).ok()?;
        let before = problems.len();
        let columns: Vec<BoundColumn<'l>> = self
            .fields
            .iter()
            .map(|field| BoundColumn {
                field,
                reading: Reading::of_field(linked, field),
                at: place(field, &sheet, mapping, problems),
            })
            .collect();
        if problems.len() > before {
            return None;
        }
        let responsibility = Arc::clone(&self.responsibility);
        Some(Bound { sheet, table: Arc::from(self.name()), responsibility, columns })
    }

    /// Names in the mapping of this table that are no field of it.
    pub(super) fn unknown_in(&self, mapping: &Mapping, problems: &mut Vec<LoadProblem>) {
        let Some(mapping) = mapping.of(&self.names) else { return };
        let known = || self.fields.iter().flat_map(|it| [it.name.as_ref(), it.id.as_ref()]);
        for name in mapping.columns.keys().filter(|it| !known().any(|known| known == it.as_str())) {
            problems.push(LoadProblem::UnknownMapping {
                name: format!("{}.{name}", self.name()),
                nearest: nearest(name, known()).map(str::to_owned),
            });
        }
    }

    /// The names that its file may have.
    pub(super) fn names(&self) -> &[&'l str] {
        &self.names
    }

    /// Does the table go by that name?
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.names.contains(&name)
    }
}

/// The names of a thing, without repeating one; the author's name last.
fn names<'l>(id: &'l str, name: &'l str) -> Vec<&'l str> {
    if id == name { vec![name] } else { vec![id, name] }
}

/// A field may be left empty: 可缺, or part of a later happening, which may not have happened.
pub(super) fn may_be_empty(field: &Field) -> bool {
    field.ty.optional || field.later.is_some()
}

/// The column of a field.
fn place(
    field: &Field,
    sheet: &Sheet,
    mapping: Option<&TableMapping>,
    problems: &mut Vec<LoadProblem>,
) -> Option<(usize, Arc<str>)> {
    if field.derived.is_some() || sheet.is_bare() {
        return None;
    }
    let mapped = mapping.and_then(|it| {
        it.columns.get(field.name.as_ref()).or_else(|| it.columns.get(field.id.as_ref()))
    });
    let is_it = |header: &str| match mapped {
        Some(mapped) => header == mapped.trim(),
        None => {
            header == field.name.as_ref()
                || header == field.id.as_ref()
                || field.column.as_deref().is_some_and(|it| header == it)
        }
    };
    let found: Vec<usize> =
        (0..sheet.header.len()).filter(|at| is_it(&sheet.header[*at])).collect();
    match found.as_slice() {
        [at] => Some((*at, Arc::from(sheet.header[*at].as_str()))),
        [] => {
            // A column that a mapping names has to be there, whether the field is optional or not.
            if mapped.is_some() || !may_be_empty(field) {
                let name = mapped.map_or(field.name.as_ref(), String::as_str);
                problems.push(LoadProblem::NoColumn {
                    file: sheet.file.to_string(),
                    field: name.to_owned(),
                    nearest: nearest(name, sheet.header.iter().map(String::as_str))
                        .map(str::to_owned),
                });
            }
            None
        }
        several => {
            problems.push(LoadProblem::SeveralColumns {
                file: sheet.file.to_string(),
                field: field.name.to_string(),
                columns: several.iter().map(|at| sheet.header[*at].clone()).collect(),
            });
            None
        }
    }
}

impl Bound<'_> {
    /// What the file has and nobody asks for, and what it might have and has not.
    pub(super) fn notes(&self) -> Vec<Note> {
        let file = self.sheet.file.to_string();
        let used =
            |at: usize| self.columns.iter().any(|it| it.at.as_ref().is_some_and(|it| it.0 == at));
        let headers = self.sheet.header.iter().enumerate();
        let columns: Vec<String> =
            headers.filter(|(at, _)| !used(*at)).map(|(_, it)| it.clone()).collect();
        let bare = self.sheet.is_bare();
        let absent = |it: &&BoundColumn<'_>| !bare && it.at.is_none() && it.field.derived.is_none();
        let absent = self.columns.iter().filter(absent);
        let fields: Vec<String> = absent.map(|it| it.field.name.to_string()).collect();
        let mut notes = Vec::new();
        if let Some(found) = self.sheet.text.as_ref().filter(|it| !it.is_plain()) {
            notes.push(Note::Text { file: file.clone(), found: found.clone() });
        }
        if !columns.is_empty() {
            notes.push(Note::UnusedColumns { file: file.clone(), columns });
        }
        if !fields.is_empty() {
            notes.push(Note::AbsentColumns { file, fields });
        }
        notes
    }
}
