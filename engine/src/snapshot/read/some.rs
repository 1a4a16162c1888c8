//! Some households of a stretch, told by their keys, of which a delivery has records.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use arrow::array::{BooleanArray, BooleanBufferBuilder, RecordBatch};
use arrow::compute::filter_record_batch;

use super::{
    COUNT, Damage, KEY, Layer, QUARANTINED, apart, keys, offsets, quarantined, stem, taken,
};
use crate::columns::{Columns, Dictionary, TableColumns, Texts};

/// Where some households of a stretch stand, in order of their keys.
#[derive(Default)]
pub(in crate::snapshot) struct Seen {
    pub(in crate::snapshot) keys: Texts,
    /// By slot of the table: which rows of the stretch are the records of each, and how many rows there are in all.
    rows: Vec<(Vec<Range<u32>>, u32)>,
    /// How many rows of each are quarantined, by number and slot.
    quarantined: BTreeMap<usize, Vec<(usize, u32)>>,
}

impl Layer {
    /// Where those households of a stretch stand that have some of these keys, which are in order; read by way of a room that
    /// can be used again.
    ///
    /// # Errors
    ///
    /// The household file is damaged.
    pub(in crate::snapshot) fn seen(
        &self,
        number: usize,
        (others, of): (&Texts, Range<usize>),
        room: &mut Vec<u8>,
    ) -> Result<Seen, Damage> {
        let stems = || self.records.iter().map(stem);
        let counts = stems().flat_map(|it| [format!("{COUNT}{it}"), format!("{QUARANTINED}{it}")]);
        let names: Vec<String> = std::iter::once(KEY.to_owned()).chain(counts).collect();
        let look = |batch: &RecordBatch| {
            let all = keys(batch)?;
            let found = all.found_in(others, of);
            let mut seen = Seen { keys: all.some(&found), ..Seen::default() };
            for (slot, file) in self.records.iter().enumerate() {
                let offsets = offsets(batch, file)?;
                let place = |it: usize| offsets.get(it).copied().unwrap_or_default();
                let rows = found.iter().map(|it| place(*it)..place(it + 1)).collect();
                seen.rows.push((rows, offsets.last().copied().unwrap_or_default()));
                let Some(counts) = quarantined(batch, stem(file)) else { continue };
                for (at, row) in found.iter().enumerate() {
                    let count = counts.values().get(*row).copied().unwrap_or_default();
                    if count > 0 {
                        seen.quarantined.entry(at).or_default().push((slot, count));
                    }
                }
            }
            Ok(seen)
        };
        let seen = self.households.columns((number, &names), room, look);
        seen.map_err(|it| self.damaged(it))
    }

    /// Households of a stretch, with their records in those tables, told by slot and the number of the household, that are
    /// wanted, without their fields; read by way of a room that can be used again.
    ///
    /// # Errors
    ///
    /// The file that is damaged, and how.
    pub(in crate::snapshot) fn some(
        &self,
        (number, seen): (usize, &Seen),
        wanted: &dyn Fn(usize, usize) -> bool,
        (dictionary, room): (&Dictionary, &mut Vec<u8>),
    ) -> Result<Columns, Damage> {
        let mut columns = self.nobody();
        columns.dictionary = dictionary.clone();
        columns.keys = seen.keys.clone();
        columns.quarantined = seen.quarantined.clone();
        for (slot, (file, (places, all))) in self.records.iter().zip(&seen.rows).enumerate() {
            let (mut rows, mut offsets, mut count) = (Vec::new(), vec![0], 0);
            for (at, place) in places.iter().enumerate() {
                if !place.is_empty() && wanted(slot, at) {
                    rows.push(place.start as usize..place.end as usize);
                    count += place.end - place.start;
                }
                offsets.push(count);
            }
            let takings = self.tables.get(slot).map_or(&[][..], Vec::as_slice);
            let look = |batch: &RecordBatch| {
                if *all as usize != batch.num_rows() {
                    return Err(apart());
                }
                taken(takings, &only(batch, &rows)?)
            };
            // Of a table of which nothing is wanted nothing is read.
            let read = if rows.is_empty() {
                Ok(vec![None; takings.len()])
            } else {
                file.look(number, room, look)
            };
            let read = read.map_err(|why| (file.name().to_owned(), why))?;
            columns.tables.push(TableColumns { offsets, columns: read });
        }
        Ok(columns)
    }
}

/// Only some runs of rows, which ascend.
fn only(batch: &RecordBatch, runs: &[Range<usize>]) -> io::Result<RecordBatch> {
    let mut marks = BooleanBufferBuilder::new(batch.num_rows());
    for run in runs {
        marks.append_n(run.start.saturating_sub(marks.len()), false);
        marks.append_n(run.end.saturating_sub(marks.len()), true);
    }
    marks.append_n(batch.num_rows().saturating_sub(marks.len()), false);
    let marks = BooleanArray::new(marks.finish(), None);
    filter_record_batch(batch, &marks).map_err(io::Error::other)
}
