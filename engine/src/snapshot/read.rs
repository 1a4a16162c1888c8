//! A layer on the disk to columns, stretch by stretch.

mod some;

use std::io;
use std::ops::Range;
use std::path::Path;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, UInt8Type, UInt16Type, UInt32Type};
use heng_dsl::model::Field;
use heng_dsl::model::linked::Linked;
use rayon::prelude::*;

use super::delta::{Delta, Marks};
use super::file::Opened;
use super::manifest::{self, StoredFile};
use super::taking::Taking;
use super::write::{About, CHANGED, COUNT, KEY, LONGEST, QUARANTINED, REPLACED, TOLD};
use crate::columns::{Column, Columns, Dictionary, Ranges, TableColumns, TableRanges, Texts};
use crate::data::Unread;
use crate::ingest::Progress;
use crate::part::STRETCH;

pub(super) use self::some::Seen;

/// A file, and what is wrong with it.
pub(super) type Damage = (String, io::Error);

/// A layer that is open: how its columns are read is known, its rows are not.
pub(super) struct Layer {
    households: Opened,
    /// The files of the record tables, by slot.
    records: Vec<Opened>,
    /// By slot of the field.
    fields: Vec<Option<Taking>>,
    /// By slot of the table and number of the column.
    tables: Vec<Vec<Option<Taking>>>,
    /// Columns without rows.
    empty: Columns,
    /// Of which delivery households are of which nothing else is said; nothing where that was not noted.
    delivery: Option<u32>,
    /// Does it say only what was delivered of households?
    is_delta: bool,
}

impl Layer {
    /// Opens the files of a folder, the household file first; `tables` says which of them is which record table, by
    /// slot; some may be open already. The dictionary learns the texts of all columns; those that are `unread` are left
    /// out.
    ///
    /// # Errors
    ///
    /// The file that is damaged, and how.
    pub(super) fn open(
        (folder, mut ahead): (&Path, Vec<Option<Opened>>),
        (layer, tables): (&manifest::Layer, &[usize]),
        (linked, unread): (&Linked, &Unread),
        dictionary: &mut Dictionary,
    ) -> Result<Self, Damage> {
        let no_file = || (manifest::NAME.to_owned(), io::ErrorKind::NotFound.into());
        let mut wanted = Vec::new();
        for at in std::iter::once(0).chain(tables.iter().copied()) {
            let opened = ahead.get_mut(at).and_then(Option::take);
            wanted.push((layer.files.get(at).ok_or_else(no_file)?, opened));
        }
        let open = |(file, opened): (&StoredFile, Option<Opened>)| match opened {
            Some(it) => Ok(it),
            None => Opened::of(folder, file).map_err(|why| (file.name.clone(), why)),
        };
        let opened: Result<Vec<Opened>, Damage> = wanted.into_par_iter().map(open).collect();
        let mut opened = opened?.into_iter();
        let households = opened.next().ok_or_else(no_file)?;
        let records: Vec<Opened> = opened.collect();
        let mut empty = Columns::new(linked, None);
        empty.key_fields = empty.key_fields_of(linked);
        let is_read =
            |slot: usize| !empty.key_fields.contains(&slot) && !unread.fields.contains(&slot);
        let own = |(slot, field)| is_read(slot).then_some(field);
        let fields = takings(&households, linked.fields().enumerate().map(own), linked, dictionary)
            .map_err(|why| (households.name().to_owned(), why))?;
        let mut all = Vec::new();
        for (slot, file) in records.iter().enumerate() {
            let columns = linked.table(slot).fields.iter().enumerate();
            let columns =
                columns.map(|(at, it)| (!unread.columns.contains(&(slot, at))).then_some(it));
            let own = takings(file, columns, linked, dictionary);
            all.push(own.map_err(|why| (file.name().to_owned(), why))?);
            if file.batches() != households.batches() {
                return Err((file.name().to_owned(), apart()));
            }
        }
        let manifest::Layer { delivery, delta: is_delta, .. } = *layer;
        Ok(Self { households, records, fields, tables: all, empty, delivery, is_delta })
    }

    /// Columns of its kind without households.
    pub(super) fn nobody(&self) -> Columns {
        self.empty.clone()
    }

    /// How many households there are.
    pub(super) fn len(&self) -> usize {
        usize::try_from(self.households.rows()).unwrap_or(usize::MAX)
    }

    /// How many stretches there are; one where there is no household.
    pub(super) fn stretches(&self) -> usize {
        self.households.batches()
    }

    /// Between which bounds its numbers lie.
    pub(super) fn ranges(&self) -> Ranges {
        let bounds = |it: &Option<Taking>| it.as_ref().and_then(|it| it.bounds);
        let tables = self.tables.iter().zip(&self.records).map(|(columns, file)| {
            let longest = self.households.about(&format!("{COUNT}{}", stem(file)), LONGEST);
            TableRanges {
                longest: longest.and_then(|it| it.parse().ok()).unwrap_or_default(),
                columns: columns.iter().map(bounds).collect(),
            }
        });
        Ranges { fields: self.fields.iter().map(bounds).collect(), tables: tables.collect() }
    }

    /// What has to be known of it before it is written anew.
    pub(super) fn about(&self) -> About {
        let used = |it: &Option<Taking>| it.as_ref().map(Taking::used).unwrap_or_default();
        let of = |it: &Opened| format!("{QUARANTINED}{}", stem(it));
        let quarantined = self.records.iter().map(of).enumerate();
        let quarantined = quarantined.filter(|it| self.households.has(&it.1));
        let tables = self.tables.iter();
        About {
            ranges: self.ranges(),
            fields: self.fields.iter().map(used).collect(),
            tables: tables.map(|it| it.iter().map(used).collect()).collect(),
            quarantined: quarantined.map(|it| it.0).collect(),
            is_mixed: self.households.has(CHANGED),
        }
    }

    /// All stretches in one; texts are numbered by that dictionary.
    ///
    /// # Errors
    ///
    /// The file that is damaged, and how.
    pub(super) fn columns(
        &self,
        dictionary: &Dictionary,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Columns, Damage> {
        let read = |it: usize| self.stretch(it, dictionary);
        let mut stretches = self.all_stretches(&read, &|it| it, progress)?;
        Ok(if let [_] = stretches.as_slice() {
            stretches.swap_remove(0)
        } else {
            Columns::in_a_row(&stretches)
        })
    }

    /// What it says of its households, stretch by stretch.
    ///
    /// # Errors
    ///
    /// The file that is damaged, and how.
    pub(super) fn deltas(
        &self,
        dictionary: &Dictionary,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Vec<Delta>, Damage> {
        let read = |number: usize| {
            let batch = self.batch(number)?;
            let columns = self.of_batch((number, &batch), dictionary)?;
            let marks = self.marks(&batch).map_err(|it| self.damaged(it))?;
            Ok(Delta { columns, marks })
        };
        self.all_stretches(&read, &|it| &it.columns, progress)
    }

    /// What is to be done with the households of a stretch.
    fn marks(&self, batch: &RecordBatch) -> io::Result<Marks> {
        let households = batch.num_rows();
        if !self.is_delta {
            return Ok(Marks::whole(households, self.records.len()));
        }
        let marks = |name: &str| {
            // Where none is marked there is no column.
            let Some(own) = batch.column_by_name(name) else { return Ok(vec![false; households]) };
            let own = own.as_boolean_opt().filter(|it| it.null_count() == 0);
            Ok(own.ok_or_else(|| other_form(name))?.values().iter().collect())
        };
        let replaced = self.records.iter().map(|it| marks(&format!("{REPLACED}{}", stem(it))));
        let replaced: io::Result<Vec<Vec<bool>>> = replaced.collect();
        Ok(Marks { told: marks(TOLD)?, replaced: replaced? })
    }

    /// All stretches, one after the other.
    fn all_stretches<T: Send>(
        &self,
        read: &(dyn Fn(usize) -> Result<T, Damage> + Sync),
        columns: &(dyn Fn(&T) -> &Columns + Sync),
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Vec<T>, Damage> {
        let files = || std::iter::once(&self.households).chain(&self.records);
        files().for_each(|it| progress(Progress::Started(it.name())));
        let stretches: Result<Vec<T>, Damage> = (0..self.stretches())
            .into_par_iter()
            .map(|it| {
                let own = read(it)?;
                let read = columns(&own);
                progress(Progress::Rows(self.households.name(), read.len() as u64));
                for (file, records) in self.records.iter().zip(&read.tables) {
                    let rows = records.offsets.last().copied().unwrap_or_default();
                    progress(Progress::Rows(file.name(), rows.into()));
                }
                Ok(own)
            })
            .collect();
        files().for_each(|it| progress(Progress::Done(it.name())));
        stretches
    }

    /// The keys of the households of a stretch.
    ///
    /// # Errors
    ///
    /// The household file is damaged.
    pub(super) fn keys(&self, number: usize) -> Result<Texts, Damage> {
        let name = [KEY.to_owned()];
        let keys = self.households.columns((number, &name), &mut Vec::new(), keys);
        keys.map_err(|it| self.damaged(it))
    }

    /// The households of a stretch, by number, with their records.
    ///
    /// # Errors
    ///
    /// The file that is damaged, and how.
    pub(super) fn stretch(
        &self,
        number: usize,
        dictionary: &Dictionary,
    ) -> Result<Columns, Damage> {
        self.of_batch((number, &self.batch(number)?), dictionary)
    }

    fn of_batch(
        &self,
        (number, batch): (usize, &RecordBatch),
        dictionary: &Dictionary,
    ) -> Result<Columns, Damage> {
        let mut columns = self.empty.clone();
        columns.dictionary = dictionary.clone();
        let all = 0..batch.num_rows();
        self.fill(batch, all.clone(), &mut columns).map_err(|it| self.damaged(it))?;
        for (file, takings) in self.records.iter().zip(&self.tables) {
            let offsets = offsets(batch, file).map_err(|it| self.damaged(it))?;
            let table = records((file, takings), number, (offsets, all.clone()));
            columns.tables.push(table.map_err(|why| (file.name().to_owned(), why))?);
        }
        Ok(columns)
    }

    /// One household of a stretch, by its key: its number there, and columns with nobody else. Nothing where the
    /// stretch does not have it.
    ///
    /// # Errors
    ///
    /// The file that is damaged, and how.
    pub(super) fn household(
        &self,
        (number, key): (usize, &str),
        dictionary: &Dictionary,
    ) -> Result<Option<(usize, Columns)>, Damage> {
        let batch = self.batch(number)?;
        let Some(row) = row_of(&batch, key) else { return Ok(None) };
        let mut columns = self.empty.clone();
        columns.dictionary = dictionary.clone();
        let own = row..row + 1;
        self.fill(&batch, own.clone(), &mut columns).map_err(|it| self.damaged(it))?;
        let files = self.records.par_iter().zip(&self.tables);
        let tables = files.map(|(file, takings)| {
            let offsets = offsets(&batch, file).map_err(|it| self.damaged(it))?;
            let table = records((file, takings), number, (offsets, own.clone()));
            table.map_err(|why| (file.name().to_owned(), why))
        });
        columns.tables = tables.collect::<Result<_, Damage>>()?;
        Ok(Some((row, columns)))
    }

    /// The rows of the household file that make a stretch.
    fn batch(&self, number: usize) -> Result<RecordBatch, Damage> {
        let batch = self.households.batch(number).map_err(|it| self.damaged(it))?;
        let before = number.saturating_mul(STRETCH);
        if batch.num_rows() != self.len().saturating_sub(before).min(STRETCH) {
            return Err(self.damaged(apart()));
        }
        Ok(batch)
    }

    fn damaged(&self, why: io::Error) -> Damage {
        (self.households.name().to_owned(), why)
    }

    /// Takes some households of a stretch, without their records.
    fn fill(&self, batch: &RecordBatch, of: Range<usize>, columns: &mut Columns) -> io::Result<()> {
        let own = batch.slice(of.start, of.len());
        columns.keys = keys(&own)?;
        columns.changed = match (own.column_by_name(CHANGED), self.delivery) {
            (Some(it), _) => {
                let it = it.as_primitive_opt::<UInt32Type>().ok_or_else(|| other_form(CHANGED))?;
                it.values().to_vec()
            }
            (None, Some(delivery)) => vec![delivery; own.num_rows()],
            (None, None) => Vec::new(),
        };
        for (slot, file) in self.records.iter().enumerate() {
            let quarantined = quarantined(&own, stem(file));
            let rows = quarantined.iter().flat_map(UInt32Array::values).enumerate();
            for (row, count) in rows.filter(|it| *it.1 > 0) {
                columns.quarantined.entry(row).or_default().push((slot, *count));
            }
        }
        columns.fields = taken(&self.fields, &own)?;
        Ok(())
    }
}

/// The row of a key, which all stand in order.
fn row_of(batch: &RecordBatch, key: &str) -> Option<usize> {
    let keys = batch.column_by_name(KEY)?.as_string_opt::<i32>()?;
    let (mut low, mut high) = (0, keys.len());
    while low < high {
        let middle = low.midpoint(high);
        if keys.value(middle) < key { low = middle + 1 } else { high = middle }
    }
    (low < keys.len() && keys.value(low) == key).then_some(low)
}

/// The keys of some rows.
pub(super) fn keys(batch: &RecordBatch) -> io::Result<Texts> {
    keys_of(batch.column_by_name(KEY).ok_or_else(|| other_form(KEY))?)
}

fn keys_of(array: &ArrayRef) -> io::Result<Texts> {
    let mut own = Texts::default();
    let all = array.as_string_opt::<i32>().ok_or_else(|| other_form(KEY))?;
    match of_one_width(all) {
        Some((text, width)) => own.extend(text, width),
        None => all.iter().for_each(|it| own.push(it.unwrap_or_default())),
    }
    Ok(own)
}

/// Keys as one text, if each has as many bytes as the others, and how many.
fn of_one_width(keys: &StringArray) -> Option<(&str, usize)> {
    let ends = keys.value_offsets();
    let (first, last) = (*ends.first()?, *ends.last()?);
    let width = ends.get(1)?.checked_sub(first).filter(|it| *it > 0)?;
    let is_even = ends.iter().zip(ends.iter().skip(1)).all(|it| it.1 - it.0 == width);
    let of = usize::try_from(first).ok()?..usize::try_from(last).ok()?;
    let text = keys.value_data().get(of).filter(|_| is_even && keys.null_count() == 0)?;
    Some((std::str::from_utf8(text).ok()?, usize::try_from(width).ok()?))
}

/// How the columns of a file are read; nothing where a field has none of its own.
fn takings<'f>(
    file: &Opened,
    fields: impl Iterator<Item = Option<&'f Field>>,
    linked: &Linked,
    dictionary: &mut Dictionary,
) -> io::Result<Vec<Option<Taking>>> {
    let first = file.first()?;
    let mut own = |field: Option<&Field>| {
        let Some(field) = field.filter(|it| it.derived.is_none()) else { return Ok(None) };
        let array = first.column_by_name(&field.name);
        let taking = array.and_then(|it| Taking::of(linked, field, it, dictionary));
        let taking = taking.ok_or_else(|| other_form(&field.name))?;
        Ok(Some(taking.within(|it| file.about(&field.name, it)?.parse().ok())))
    };
    fields.map(&mut own).collect()
}

/// Columns of some rows; nothing where all is 缺失.
fn taken(all: &[Option<Taking>], batch: &RecordBatch) -> io::Result<Vec<Option<Column>>> {
    let each = all.iter().map(|taking| {
        let Some(taking) = taking else { return Ok(None) };
        let array = batch.column_by_name(&taking.name);
        let column = array.map(|it| taking.column(it));
        column.and_then(Result::ok).ok_or_else(|| other_form(&taking.name))
    });
    each.collect()
}

/// The records of some households of a stretch, of which it is known where those of each household begin.
fn records(
    (file, takings): (&Opened, &[Option<Taking>]),
    number: usize,
    (mut offsets, of): (Vec<u32>, Range<usize>),
) -> io::Result<TableColumns> {
    let batch = file.batch(number)?;
    if offsets.last().map(|it| *it as usize) != Some(batch.num_rows()) {
        return Err(apart());
    }
    let own = offsets.get(of.start..=of.end).ok_or_else(apart)?;
    let (first, last) = own.first().zip(own.last()).ok_or_else(apart)?;
    let (first, rows) = (*first, last - first);
    if rows as usize != batch.num_rows() {
        offsets = own.iter().map(|it| it - first).collect();
    }
    let own = batch.slice(first as usize, rows as usize);
    Ok(TableColumns { offsets, columns: taken(takings, &own)? })
}

/// Where the records of each household of a stretch begin, and where the last ones end.
fn offsets(households: &RecordBatch, file: &Opened) -> io::Result<Vec<u32>> {
    fn sums<T: Copy + Into<u32>>(counts: &[T]) -> Option<Vec<u32>> {
        let all: u64 = counts.iter().map(|it| u64::from((*it).into())).sum();
        u32::try_from(all).ok()?;
        let (mut ends, mut sum) = (vec![0; counts.len() + 1], 0_u32);
        for (end, it) in ends.iter_mut().skip(1).zip(counts) {
            sum = sum.wrapping_add((*it).into());
            *end = sum;
        }
        Some(ends)
    }
    let counts = households.column_by_name(&format!("{COUNT}{}", stem(file)));
    let counts: &ArrayRef = counts.ok_or_else(|| other_form(stem(file)))?;
    let sums = match counts.data_type() {
        DataType::UInt8 => sums(counts.as_primitive::<UInt8Type>().values()),
        DataType::UInt16 => sums(counts.as_primitive::<UInt16Type>().values()),
        DataType::UInt32 => sums(counts.as_primitive::<UInt32Type>().values()),
        _ => return Err(other_form(stem(file))),
    };
    sums.ok_or_else(apart)
}

/// The name of a file without its ending.
fn stem(file: &Opened) -> &str {
    file.name().strip_suffix(".arrow").unwrap_or(file.name())
}

fn apart() -> io::Error {
    io::Error::other("households and records do not fit together")
}

fn other_form(name: &str) -> io::Error {
    io::Error::other(format!("“{name}” is not there, or of another type"))
}

/// How many rows of a table were quarantined, by household; nothing where none were.
fn quarantined(batch: &RecordBatch, stem: &str) -> Option<UInt32Array> {
    let column = batch.column_by_name(&format!("{QUARANTINED}{stem}"))?;
    column.as_primitive_opt::<UInt32Type>().cloned()
}
