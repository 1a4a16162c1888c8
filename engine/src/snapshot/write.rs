//! Columns to a layer on the disk: a file of Arrow for the households and one for each record table, cut at
//! the same households.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray, RecordBatch, RecordBatchOptions,
    StringArray, UInt32Array,
};
use arrow::datatypes::{
    DataType, Field as ArrowField, Schema, SchemaRef, UInt8Type, UInt16Type, UInt32Type,
};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use heng_dsl::model::Field;
use heng_dsl::model::linked::Linked;
use rayon::prelude::*;

use super::array::{self, Form};
use super::delta::Marks;
use super::manifest::{StoredFile, TableSchema};
use super::summed::Summed;
use crate::columns::{Bounds, Column, Columns, Dictionary, Kind, Ranges};
use crate::ingest::Progress;
use crate::part::STRETCH;
use crate::source::Source;

/// Heads the columns that are no fields; no name of a field has a colon.
pub(super) const KEY: &str = ":key";
pub(super) const COUNT: &str = ":count ";
pub(super) const QUARANTINED: &str = ":quarantined ";
pub(super) const CHANGED: &str = ":changed";
pub(super) const TOLD: &str = ":told";
pub(super) const REPLACED: &str = ":replaced ";

/// What the column of counts says about itself: the most records of one household.
pub(super) const LONGEST: &str = "heng.longest";

/// What has to be known of a register before its first row is written.
#[derive(Default)]
pub(super) struct About {
    pub(super) ranges: Ranges,
    /// The numbers of the texts of each field, and of each column of each table; ascending.
    pub(super) fields: Vec<Vec<i32>>,
    pub(super) tables: Vec<Vec<Vec<i32>>>,
    /// Which tables have quarantined rows, by slot.
    pub(super) quarantined: BTreeSet<usize>,
    /// Households come from several deliveries.
    pub(super) is_mixed: bool,
}

impl About {
    /// Of a register in memory.
    pub(super) fn of(columns: &Columns) -> Self {
        // Only texts are numbered.
        let used = |(column, kind): (&Option<Column>, &Kind)| {
            let column = column.as_ref().filter(|_| *kind == Kind::Symbol);
            column.map(array::used).unwrap_or_default()
        };
        let of = |columns: &[Option<Column>], kinds: &[Kind]| -> Vec<Vec<i32>> {
            columns.iter().zip(kinds).map(used).collect()
        };
        let kinds = columns.kinds();
        let tables = columns.tables.iter().zip(&kinds.tables);
        Self {
            ranges: Ranges::of(columns),
            fields: of(&columns.fields, &kinds.fields),
            tables: tables.map(|(table, kinds)| of(&table.columns, kinds)).collect(),
            quarantined: columns.quarantined.values().flatten().map(|it| it.0).collect(),
            is_mixed: columns.changed.windows(2).any(|it| it[0] != it[1]),
        }
    }

    /// Of this register and of what later deliveries say, households some after the others; all number texts alike.
    #[must_use]
    pub(super) fn with(mut self, later: &[Self]) -> Self {
        let ranges = later.iter().map(|it| it.ranges.clone());
        if let Some(more) = ranges.reduce(|all, it| all.with(&it)) {
            self.ranges = self.ranges.with_more(&more);
            self.is_mixed = true;
        }
        for it in later {
            self.learn(it);
        }
        self
    }

    /// With what others use.
    fn learn(&mut self, other: &Self) {
        for (own, other) in self.fields.iter_mut().zip(&other.fields) {
            joined(own, other);
        }
        let tables = self.tables.iter_mut().zip(&other.tables);
        for (own, other) in tables.flat_map(|it| it.0.iter_mut().zip(it.1)) {
            joined(own, other);
        }
        self.quarantined.extend(&other.quarantined);
    }
}

fn joined(own: &mut Vec<i32>, other: &[i32]) {
    own.extend(other);
    own.sort_unstable();
    own.dedup();
}

/// A column to be written.
enum Writer<'m> {
    Keys,
    /// How many records of a table there are, by numbers of a type that holds them.
    Counts(usize, DataType),
    Quarantined(usize),
    /// With which delivery each household changed last.
    Changed,
    Field(usize, Form),
    /// A column of a table.
    Cell(usize, usize, Form),
    /// A mark for each household of the register.
    Marks(&'m [bool]),
}

impl Writer<'_> {
    /// Of some households.
    fn array(&self, columns: &Columns, of: Range<usize>) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Keys => {
                Arc::new(StringArray::from_iter_values(of.map(|it| columns.keys.get(it))))
            }
            Self::Counts(slot, ty) => {
                let all = columns.tables.get(*slot).map_or(&[][..], |it| &it.offsets);
                counts(all.get(of.start..=of.end).unwrap_or_default(), ty)?
            }
            Self::Quarantined(slot) => {
                let rows = |it: usize| {
                    let own = columns.quarantined.get(&it)?.iter().find(|it| it.0 == *slot);
                    own.map(|it| it.1)
                };
                Arc::new(UInt32Array::from_iter_values(of.map(|it| rows(it).unwrap_or_default())))
            }
            Self::Changed => {
                let own = |it: usize| columns.changed.get(it).copied().unwrap_or_default();
                Arc::new(UInt32Array::from_iter_values(of.map(own)))
            }
            Self::Marks(all) => {
                let own = all.get(of).unwrap_or_default();
                Arc::new(BooleanArray::from(own.to_vec()))
            }
            Self::Field(slot, form) => {
                form.array(columns.fields.get(*slot).and_then(Option::as_ref), of)?
            }
            Self::Cell(slot, at, form) => {
                let column = columns.tables.get(*slot).and_then(|it| it.columns.get(*at)?.as_ref());
                form.array(column, records(columns, *slot, &of))?
            }
        })
    }
}

/// The narrowest type of numbers up to one.
fn count_type(most: u32) -> DataType {
    match most {
        0..=0xFF => DataType::UInt8,
        0x100..=0xFFFF => DataType::UInt16,
        _ => DataType::UInt32,
    }
}

/// How many records lie between one offset and the next.
fn counts(offsets: &[u32], ty: &DataType) -> Result<ArrayRef, ArrowError> {
    fn of<T: ArrowPrimitiveType<Native: TryFrom<u32>>>(
        offsets: &[u32],
    ) -> Result<ArrayRef, ArrowError> {
        let counts = offsets.windows(2).map(|it| T::Native::try_from(it[1].saturating_sub(it[0])));
        let counts: Result<Vec<T::Native>, _> = counts.collect();
        let counts = counts.map_err(|_| ArrowError::ComputeError("too many records".to_owned()))?;
        Ok(Arc::new(PrimitiveArray::<T>::new(counts.into(), None)))
    }
    match ty {
        DataType::UInt8 => of::<UInt8Type>(offsets),
        DataType::UInt16 => of::<UInt16Type>(offsets),
        _ => of::<UInt32Type>(offsets),
    }
}

/// Which records of a table some households have.
fn records(columns: &Columns, slot: usize, of: &Range<usize>) -> Range<usize> {
    let table = columns.tables.get(slot);
    let place = |it: usize| table.and_then(|own| own.offsets.get(it)).map_or(0, |it| *it as usize);
    place(of.start)..place(of.end)
}

/// What a file is written from.
struct Sheet<'m> {
    name: String,
    /// The record table; none for the households.
    table: Option<usize>,
    fields: Vec<ArrowField>,
    columns: Vec<Writer<'m>>,
}

/// A file that is being written.
struct Begun<'m> {
    sheet: Sheet<'m>,
    schema: SchemaRef,
    file: FileWriter<Summed>,
    rows: u64,
}

/// Writes all tables into a folder, which has to be there; side by side, and stretch by stretch. With the files comes
/// the first key of each stretch.
///
/// # Errors
///
/// A file cannot be written, or a stretch of the register not be read.
pub(super) fn layer(
    folder: &Path,
    (source, about, marks): (&dyn Source, &About, Option<&Marks>),
    (linked, schema): (&Linked, &[TableSchema]),
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> io::Result<(Vec<StoredFile>, Vec<String>)> {
    let sheets = sheets((source.dictionary(), about, marks), linked, schema);
    let begun: io::Result<Vec<Begun<'_>>> =
        sheets.into_iter().map(|it| it.begin(folder, progress)).collect();
    let mut begun = begun?;
    // A register without households has a stretch without rows, so that files say what their columns are.
    let stretches: Vec<usize> = (0..source.stretches().max(1)).collect();
    let mut firsts = Vec::new();
    for wave in stretches.chunks(rayon::current_num_threads().max(1)) {
        let read: io::Result<Vec<(Cow<'_, Columns>, Range<usize>)>> =
            wave.par_iter().map(|it| stretch(source, *it)).collect();
        let read = read?;
        for (columns, of) in &read {
            firsts.extend(of.clone().next().map(|it| columns.keys.get(it).to_owned()));
        }
        let all: io::Result<Vec<Vec<RecordBatch>>> = begun
            .par_iter()
            .map(|file| read.par_iter().map(|(columns, of)| file.batch(columns, of)).collect())
            .collect();
        begun.par_iter_mut().zip(all?).try_for_each(|(file, all)| file.add(&all, progress))?;
    }
    Ok((ended(begun, progress)?, firsts))
}

/// Ends all files, each on a thread of its own: they wait for the disk, and not for a core.
fn ended(
    begun: Vec<Begun<'_>>,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> io::Result<Vec<StoredFile>> {
    thread::scope(|threads| {
        let begun = begun.into_iter();
        let ending =
            begun.map(|it| thread::Builder::new().spawn_scoped(threads, move || it.end(progress)));
        let ending: io::Result<Vec<_>> = ending.collect();
        let lost = |_| Err(io::Error::other("a file was not brought to its end"));
        ending?.into_iter().map(|it| it.join().unwrap_or_else(lost)).collect()
    })
}

/// The households of a stretch, and which of the columns they are.
fn stretch(source: &dyn Source, number: usize) -> io::Result<(Cow<'_, Columns>, Range<usize>)> {
    let first = number.saturating_mul(STRETCH);
    if let Some(held) = source.held() {
        return Ok((Cow::Borrowed(held), first..(first + STRETCH).min(held.len())));
    }
    let columns = source.stretch(number).map_err(io::Error::other)?;
    let of = 0..columns.len();
    Ok((Cow::Owned(columns), of))
}

fn sheets<'m>(
    (dictionary, about, marks): (&Dictionary, &About, Option<&'m Marks>),
    linked: &Linked,
    schema: &[TableSchema],
) -> Vec<Sheet<'m>> {
    let stored =
        |field: &Field, (bounds, used): (Option<&Bounds>, Option<&Vec<i32>>), at: usize| {
            let name = field.name.to_string();
            let own = schema.get(at).and_then(|it| it.fields.iter().find(|it| it.name == name));
            let used = used.map_or(&[][..], Vec::as_slice);
            let bounds = bounds.copied().flatten();
            let form = Form::of(linked, field, bounds, (used, dictionary));
            (form.field(&name, own.map_or("", |it| &it.reading)), form)
        };
    let count = |name: String| ArrowField::new(name, DataType::UInt32, false);
    let name = |slot: usize| format!("{:02}-{}", slot + 1, linked.table(slot).id);
    let mut own = vec![(ArrowField::new(KEY, DataType::Utf8, false), Writer::Keys)];
    for slot in 0..linked.tables().len() {
        let longest = about.ranges.tables.get(slot).map_or(0, |it| it.longest);
        let told = [(LONGEST.to_owned(), longest.to_string())];
        let ty = count_type(longest);
        let counts = ArrowField::new(format!("{COUNT}{}", name(slot)), ty.clone(), false);
        own.push((counts.with_metadata(told), Writer::Counts(slot, ty)));
        if about.quarantined.contains(&slot) {
            let field = count(format!("{QUARANTINED}{}", name(slot)));
            own.push((field, Writer::Quarantined(slot)));
        }
    }
    if about.is_mixed {
        own.push((count(CHANGED.to_owned()), Writer::Changed));
    }
    let replaced = marks.into_iter().flat_map(|it| it.replaced.iter().enumerate());
    let replaced = replaced.map(|(slot, it)| (format!("{REPLACED}{}", name(slot)), it));
    let told = marks.map(|it| (TOLD.to_owned(), &it.told));
    for (name, all) in told.into_iter().chain(replaced).filter(|it| it.1.contains(&true)) {
        own.push((ArrowField::new(name, DataType::Boolean, false), Writer::Marks(all)));
    }
    let keys = Columns::new(linked, None).key_fields_of(linked);
    let fields = linked.fields().enumerate();
    for (slot, field) in fields.filter(|it| it.1.derived.is_none() && !keys.contains(&it.0)) {
        let known = (about.ranges.fields.get(slot), about.fields.get(slot));
        let (field, form) = stored(field, known, 0);
        own.push((field, Writer::Field(slot, form)));
    }
    let mut sheets = vec![Sheet::of("00-households".to_owned(), None, own)];
    for (slot, table) in linked.tables().enumerate() {
        let fields = table.fields.iter().enumerate().filter(|it| it.1.derived.is_none());
        let columns = fields.map(|(at, field)| {
            let bounds = about.ranges.tables.get(slot).and_then(|it| it.columns.get(at));
            let used = about.tables.get(slot).and_then(|it| it.get(at));
            let (field, form) = stored(field, (bounds, used), slot + 1);
            (field, Writer::Cell(slot, at, form))
        });
        sheets.push(Sheet::of(name(slot), Some(slot), columns.collect()));
    }
    sheets
}

impl<'m> Sheet<'m> {
    fn of(stem: String, table: Option<usize>, columns: Vec<(ArrowField, Writer<'m>)>) -> Self {
        let (fields, columns) = columns.into_iter().unzip();
        Self { name: stem + ".arrow", table, fields, columns }
    }

    fn begin(
        mut self,
        folder: &Path,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> io::Result<Begun<'m>> {
        progress(Progress::Started(&self.name));
        let schema: SchemaRef = Arc::new(Schema::new(std::mem::take(&mut self.fields)));
        let summed = Summed::begin(folder.join(&self.name))?;
        let file = FileWriter::try_new(summed, &schema).map_err(io::Error::other)?;
        Ok(Begun { sheet: self, schema, file, rows: 0 })
    }
}

impl Begun<'_> {
    /// The rows of some households, or of their records.
    fn batch(&self, columns: &Columns, of: &Range<usize>) -> io::Result<RecordBatch> {
        let rows = match self.sheet.table {
            None => of.len(),
            Some(slot) => records(columns, slot, of).len(),
        };
        let arrays = self.sheet.columns.par_iter().map(|it| it.array(columns, of.clone()));
        let arrays = arrays.collect::<Result<Vec<_>, _>>().map_err(io::Error::other)?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = Arc::clone(&self.schema);
        RecordBatch::try_new_with_options(schema, arrays, &options).map_err(io::Error::other)
    }

    /// Adds rows.
    fn add(
        &mut self,
        all: &[RecordBatch],
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> io::Result<()> {
        for batch in all {
            self.file.write(batch).map_err(io::Error::other)?;
            self.rows += batch.num_rows() as u64;
            progress(Progress::Rows(&self.sheet.name, batch.num_rows() as u64));
        }
        self.file.get_mut().sync_behind()
    }

    fn end(mut self, progress: &(dyn Fn(Progress<'_>) + Sync)) -> io::Result<StoredFile> {
        self.file.finish().map_err(io::Error::other)?;
        let stretches = self.file.into_inner().map_err(io::Error::other)?.finish()?;
        progress(Progress::Done(&self.sheet.name));
        Ok(StoredFile { stretches, name: self.sheet.name, rows: self.rows })
    }
}
