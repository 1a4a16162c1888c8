//! Columns to a layer on the disk: a file of Arrow for the households and one for each record table, cut at
//! the same households.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use heng_dsl::model::Field;
use heng_dsl::model::linked::Linked;
use rayon::prelude::*;

use super::array::Form;
use super::file::{Footer, bytes, place};
use super::manifest::{StoredFile, Stretch, TableSchema};
use crate::columns::{Column, Columns};
use crate::ingest::Progress;
use crate::output::Writing;
use crate::part::STRETCH;

/// Heads the columns that are no fields; no name of a field has a colon.
pub(super) const KEY: &str = ":key";
pub(super) const END: &str = ":end ";
pub(super) const QUARANTINED: &str = ":quarantined ";

/// What the column of ends says about itself: the most records of one household.
pub(super) const LONGEST: &str = "heng.longest";

/// What a file is written from.
struct Sheet<'c> {
    name: String,
    columns: Vec<(ArrowField, Writer<'c>)>,
    /// Where the rows of each stretch of households stand.
    stretches: Vec<Range<usize>>,
}

/// A column to be written.
enum Writer<'c> {
    Keys(&'c Columns),
    Ends(&'c [u32]),
    Quarantined(&'c Columns, usize),
    Field(Form, Option<&'c Column>),
}

impl Writer<'_> {
    fn array(&self, of: Range<usize>) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Keys(all) => {
                Arc::new(StringArray::from_iter_values(of.map(|it| all.keys.get(it))))
            }
            Self::Ends(all) => {
                let ends = of.map(|it| all.get(it + 1).copied().unwrap_or_default());
                Arc::new(UInt32Array::from_iter_values(ends))
            }
            Self::Quarantined(all, slot) => {
                let rows = |it: usize| {
                    let own = all.quarantined.get(&it)?.iter().find(|it| it.0 == *slot);
                    own.map(|it| it.1)
                };
                Arc::new(UInt32Array::from_iter_values(of.map(|it| rows(it).unwrap_or_default())))
            }
            Self::Field(form, column) => form.array(*column, of)?,
        })
    }
}

/// Writes all tables into a folder, which has to be there; side by side.
///
/// # Errors
///
/// A file cannot be written.
pub(super) fn layer(
    folder: &Path,
    columns: &Columns,
    linked: &Linked,
    schema: &[TableSchema],
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> io::Result<Vec<StoredFile>> {
    let all = sheets(columns, linked, schema);
    all.into_par_iter().map(|it| it.write(folder, progress)).collect()
}

fn sheets<'c>(columns: &'c Columns, linked: &Linked, schema: &[TableSchema]) -> Vec<Sheet<'c>> {
    let first = (0..columns.len().max(1)).step_by(STRETCH);
    let stretches: Vec<Range<usize>> =
        first.map(|it| it..(it + STRETCH).min(columns.len())).collect();
    let stored = |field: &Field, column: Option<&'c Column>, schema: Option<&TableSchema>| {
        let name = field.name.to_string();
        let own = schema.and_then(|it| it.fields.iter().find(|it| it.name == name));
        let form = Form::of(linked, field, column, &columns.dictionary);
        (form.field(&name, own.map_or("", |it| &it.reading)), Writer::Field(form, column))
    };
    let count = |name: String| ArrowField::new(name, DataType::UInt32, false);
    let name = |slot: usize| format!("{:02}-{}", slot + 1, linked.table(slot).id);
    let mut own = vec![(ArrowField::new(KEY, DataType::Utf8, false), Writer::Keys(columns))];
    for slot in 0..linked.tables().len() {
        let offsets = columns.tables.get(slot).map_or(&[][..], |it| &it.offsets);
        let longest = offsets.windows(2).map(|it| it[1] - it[0]).max().unwrap_or_default();
        let about = [(LONGEST.to_owned(), longest.to_string())];
        let ends = count(format!("{END}{}", name(slot))).with_metadata(about);
        own.push((ends, Writer::Ends(offsets)));
        if columns.quarantined.values().flatten().any(|it| it.0 == slot) {
            let field = count(format!("{QUARANTINED}{}", name(slot)));
            own.push((field, Writer::Quarantined(columns, slot)));
        }
    }
    let fields = linked.fields().enumerate();
    for (slot, field) in fields.filter(|it| it.1.derived.is_none() && columns.key != Some(it.0)) {
        let column = columns.fields.get(slot).and_then(Option::as_ref);
        own.push(stored(field, column, schema.first()));
    }
    let mut sheets = vec![Sheet {
        name: "00-households.arrow".to_owned(),
        columns: own,
        stretches: stretches.clone(),
    }];
    for (slot, table) in linked.tables().enumerate() {
        let records = columns.tables.get(slot);
        let fields = table.fields.iter().enumerate().filter(|it| it.1.derived.is_none());
        let place =
            |it: usize| records.and_then(|own| own.offsets.get(it)).map_or(0, |it| *it as usize);
        sheets.push(Sheet {
            name: format!("{}.arrow", name(slot)),
            columns: fields
                .map(|(at, field)| {
                    let column = records.and_then(|it| it.columns.get(at)?.as_ref());
                    stored(field, column, schema.get(slot + 1))
                })
                .collect(),
            stretches: stretches.iter().map(|it| place(it.start)..place(it.end)).collect(),
        });
    }
    sheets
}

impl Sheet<'_> {
    fn write(
        self,
        folder: &Path,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> io::Result<StoredFile> {
        let path = folder.join(&self.name);
        progress(Progress::Started(&self.name));
        let (fields, columns): (Vec<ArrowField>, Vec<Writer<'_>>) =
            self.columns.into_iter().unzip();
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let mut writing = Writing::begin(&path)?;
        let mut file = FileWriter::try_new(&mut writing, &schema).map_err(io::Error::other)?;
        let mut rows = 0;
        for of in self.stretches {
            let (len, arrays) = (of.len(), columns.iter().map(|it| it.array(of.clone())));
            let arrays = arrays.collect::<Result<Vec<_>, _>>().map_err(io::Error::other)?;
            let options = RecordBatchOptions::new().with_row_count(Some(len));
            let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options);
            batch.and_then(|it| file.write(&it)).map_err(io::Error::other)?;
            rows += len as u64;
            progress(Progress::Rows(&self.name, len as u64));
        }
        file.finish().map_err(io::Error::other)?;
        drop(file);
        writing.finish()?;
        progress(Progress::Done(&self.name));
        Ok(StoredFile { stretches: checksums(&path)?, name: self.name, rows })
    }
}

/// Reads back what was written: where it is cut, and what it says.
fn checksums(path: &Path) -> io::Result<Vec<Stretch>> {
    let mut file = File::open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    let Footer { dictionaries, batches, .. } = Footer::read(&mut file, length)?;
    let mut cuts: Vec<(u64, u64)> = dictionaries.iter().chain(&batches).map(place).collect();
    cuts.sort_unstable();
    let first = cuts.first().map_or(0, |it| it.0);
    let end = cuts.last().map_or(first, |it| it.0 + it.1);
    let all = std::iter::once((0, first)).chain(cuts).chain([(end, length.saturating_sub(end))]);
    let stretch = |(offset, length)| {
        let bytes = bytes(&mut file, offset, length)?;
        Ok(Stretch { offset, length, crc32c: crc32c::crc32c(&bytes) })
    };
    all.map(stretch).collect()
}
