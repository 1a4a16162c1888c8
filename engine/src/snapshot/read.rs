//! A layer on the disk to columns.

use std::io;
use std::path::Path;

use arrow::array::{AsArray as _, RecordBatch, UInt32Array};
use arrow::datatypes::UInt32Type;
use heng_dsl::model::Field;
use heng_dsl::model::linked::Linked;
use rayon::prelude::*;

use super::array::Taking;
use super::file::Reader;
use super::manifest::{self, StoredFile};
use super::write::{END, KEY, QUARANTINED};
use crate::columns::{Column, Columns, Dictionary};
use crate::ingest::Progress;

/// A layer that is read.
pub(super) struct Source<'s> {
    /// Its folder.
    pub(super) folder: &'s Path,
    /// Its files, the household file first.
    pub(super) files: &'s [StoredFile],
    /// Which of them is which record table, by slot.
    pub(super) tables: &'s [usize],
}

/// A file, and what is wrong with it.
pub(super) type Damage = (String, io::Error);

/// The columns of a record table, and what their texts say.
type Records = (Vec<Option<Column>>, Dictionary);

/// Where the records of each household end, in each table.
type Ends = Vec<Vec<u32>>;

impl Source<'_> {
    /// The layer as columns.
    ///
    /// # Errors
    ///
    /// The file that is damaged, and how.
    pub(super) fn columns(
        &self,
        linked: &Linked,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Columns, Damage> {
        let no_file = || (manifest::NAME.to_owned(), io::ErrorKind::NotFound.into());
        let of = |at: usize| self.files.get(at).ok_or_else(no_file);
        let mut columns = Columns::new(linked, None);
        let ends = self
            .households(of(0)?, linked, &mut columns, progress)
            .map_err(|why| (of(0).map_or_else(|it| it.0, |it| it.name.clone()), why))?;
        let tables: Vec<(usize, usize)> = self.tables.iter().copied().enumerate().collect();
        let records: Vec<Result<Records, Damage>> = tables
            .into_par_iter()
            .map(|(slot, at)| {
                let file = of(at)?;
                let read = self.records(file, (linked, slot), progress);
                read.map_err(|why| (file.name.clone(), why))
            })
            .collect();
        for ((records, at), ends) in records.into_iter().zip(self.tables).zip(ends) {
            let (own, dictionary) = records?;
            let file = of(*at)?;
            let mut offsets = vec![0];
            offsets.extend(ends);
            let last = offsets.last().map_or(0, |it| u64::from(*it));
            if !offsets.is_sorted() || last != file.rows {
                let why = io::Error::other("households and records do not fit together");
                return Err((file.name.clone(), why));
            }
            columns.add_table(offsets, own, &dictionary);
        }
        columns.dictionary = std::mem::take(&mut columns.dictionary).sealed();
        Ok(columns)
    }

    fn households(
        &self,
        file: &StoredFile,
        linked: &Linked,
        columns: &mut Columns,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> io::Result<Ends> {
        progress(Progress::Started(&file.name));
        let mut reader = Reader::open(self.folder, file)?;
        let stems: Vec<&str> = self.tables.iter().map(|it| self.stem(*it)).collect();
        let mut ends: Ends = vec![Vec::new(); stems.len()];
        let mut dictionary = Dictionary::default();
        let key = linked.subject().map(|it| it.key).filter(|it| columns.keyed_by_text(*it));
        let fields = linked.fields().enumerate();
        let fields = fields.filter(|it| it.1.derived.is_none() && Some(it.0) != key);
        let mut taking: Vec<(usize, &Field, Taking<'_>)> =
            fields.map(|it| (it.0, it.1, Taking::new(linked, it.1))).collect();
        for at in 0..reader.batches() {
            let batch = reader.batch(at)?;
            let first = columns.keys.len();
            let keys = batch.column_by_name(KEY).and_then(|it| it.as_string_opt::<i32>());
            let keys = keys.ok_or_else(|| io::Error::other("it has no keys"))?;
            keys.iter().for_each(|it| columns.keys.push(it.unwrap_or_default()));
            for (slot, (stem, ends)) in stems.iter().zip(&mut ends).enumerate() {
                let own = counts(&batch, END, stem).ok_or_else(|| other_form(stem))?;
                ends.extend(own.values());
                let quarantined = counts(&batch, QUARANTINED, stem);
                for (row, count) in
                    quarantined.into_iter().flat_map(UInt32Array::values).enumerate()
                {
                    if *count > 0 {
                        columns.quarantined.entry(first + row).or_default().push((slot, *count));
                    }
                }
            }
            for (_, field, taking) in &mut taking {
                let array = batch.column_by_name(&field.name);
                let taken = array.is_some_and(|it| taking.take(it, &mut dictionary));
                taken.then_some(()).ok_or_else(|| other_form(&field.name))?;
            }
            progress(Progress::Rows(&file.name, batch.num_rows() as u64));
        }
        columns.fields = vec![None; linked.fields().count()];
        for (slot, _, taking) in taking {
            if let Some(place) = columns.fields.get_mut(slot) {
                *place = taking.end();
            }
        }
        (columns.dictionary, columns.key) = (dictionary, key);
        progress(Progress::Done(&file.name));
        Ok(ends)
    }

    /// The name of the file of a record table, without its ending.
    fn stem(&self, at: usize) -> &str {
        let name = self.files.get(at).map_or("", |it| it.name.as_str());
        name.strip_suffix(".arrow").unwrap_or(name)
    }

    fn records(
        &self,
        file: &StoredFile,
        (linked, slot): (&Linked, usize),
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> io::Result<Records> {
        progress(Progress::Started(&file.name));
        let mut reader = Reader::open(self.folder, file)?;
        let mut dictionary = Dictionary::default();
        let fields = &linked.table(slot).fields;
        let taking = fields
            .iter()
            .map(|it| (&it.name, it.derived.is_none().then(|| Taking::new(linked, it))));
        let mut taking: Vec<_> = taking.collect();
        for at in 0..reader.batches() {
            let batch = reader.batch(at)?;
            for (name, taking) in &mut taking {
                let Some(taking) = taking else { continue };
                let array = batch.column_by_name(name);
                let taken = array.is_some_and(|it| taking.take(it, &mut dictionary));
                taken.then_some(()).ok_or_else(|| other_form(name))?;
            }
            progress(Progress::Rows(&file.name, batch.num_rows() as u64));
        }
        progress(Progress::Done(&file.name));
        Ok((taking.into_iter().map(|it| it.1.and_then(Taking::end)).collect(), dictionary))
    }
}

fn other_form(name: &str) -> io::Error {
    io::Error::other(format!("“{name}” is not there, or of another type"))
}

fn counts<'b>(batch: &'b RecordBatch, role: &str, stem: &str) -> Option<&'b UInt32Array> {
    let column = batch.column_by_name(&format!("{role}{stem}"))?;
    column.as_primitive_opt::<UInt32Type>()
}
