//! One table, opened: its headers, and its rows one after the other.
//!
//! A format is a file below this one that gives a header and implements [`Rows`], a line in
//! `format.rs`, and a line in [`Sheet::open`].

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::encoding::{self, Detection, Undecodable};
use super::fault::RowFault;
use super::folder::{Source, SourceKind};
use super::format::FileFormat;
use super::problem::LoadProblem;
use crate::cell::Cell;

mod delimited;
mod lines;
pub(super) mod typed;
mod window;
pub(super) mod workbook;

/// An opened table.
pub(super) struct Sheet {
    /// Where it is read from.
    pub(super) source: Source,
    /// What people call it: the name of the file, with the sheet if it is one of a workbook.
    pub(super) file: Arc<str>,
    /// How it is read.
    pub(super) format: FileFormat,
    /// How its text was written; absent for formats that leave no choice.
    pub(super) text: Option<Detection>,
    /// The headers, without blanks around them.
    pub(super) header: Vec<String>,
    body: Body,
}

/// The rows of an opened table.
enum Body {
    /// One after the other.
    Rows(Box<dyn Rows>),
    /// As columns, too.
    Typed(typed::Typed),
}

/// What a format does once its header is known.
trait Rows: Send {
    /// See [`Sheet::rows`].
    fn read(
        self: Box<Self>,
        wanted: &[usize],
        each: &mut dyn FnMut(u64, Row<'_>),
    ) -> Result<Told, LoadProblem>;
}

/// A row of a table.
pub(super) enum Row<'r> {
    /// The cells that were asked for, in the order asked, and the lines over which the row reaches.
    Cells(&'r [Cell<'r>], u64),
    /// It cannot be taken apart.
    Unusable(RowFault),
}

/// What only reading to the end shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Cells whose value a formula had given when the workbook was saved.
    pub(super) formulas: u64,
    /// Areas of several cells in one below the header, and the first of them.
    pub(super) merged: Option<(String, u64)>,
}

impl Sheet {
    /// Opens a table.
    ///
    /// # Errors
    ///
    /// It cannot be read, or not understood.
    pub(super) fn open(source: Source) -> Result<Self, LoadProblem> {
        let file = source.shown();
        let (format, text, (header, body)) = match &source.kind {
            SourceKind::Csv => {
                let (text, found) = text_of(&source.path, &file)?;
                (FileFormat::Csv, Some(found), delimited::open(&file, text)?)
            }
            SourceKind::JsonLines => {
                let (text, found) = text_of(&source.path, &file)?;
                (FileFormat::JsonLines, Some(found), lines::open(&file, text)?)
            }
            SourceKind::Parquet => (FileFormat::Parquet, None, typed::open(&source.path, &file)?),
            SourceKind::Sheet(book, at) => {
                (FileFormat::Xlsx, None, workbook::open(book, *at, &file)?)
            }
        };
        Ok(Self { source, file, format, text, header, body })
    }

    /// Are there no columns because there is no row? Only text has headers of its own.
    pub(super) fn is_bare(&self) -> bool {
        self.format == FileFormat::JsonLines && self.header.is_empty()
    }

    /// Hands out every row with its line, and of each the cells of the columns `wanted`.
    ///
    /// # Errors
    ///
    /// The file turns out to be damaged.
    pub(super) fn rows(
        self,
        wanted: &[usize],
        each: &mut dyn FnMut(u64, Row<'_>),
    ) -> Result<Told, LoadProblem> {
        match self.body {
            Body::Rows(it) => it.read(wanted, each),
            Body::Typed(it) => it.rows(wanted, each),
        }
    }

    /// Into how many pieces it is cut, which are read at the same time.
    pub(super) fn pieces(&self) -> usize {
        match &self.body {
            Body::Typed(it) => it.groups(),
            Body::Rows(_) => 1,
        }
    }

    /// The columns `wanted`, of which those that are `words` hold few texts that stand often; the table
    /// itself where its format has rows only.
    ///
    /// # Errors
    ///
    /// A column is of a type that cannot be read exactly, or the file turns out to be damaged.
    pub(super) fn arrays(
        self,
        wanted: &[usize],
        words: &[bool],
    ) -> Result<Result<typed::Arrays, Box<Self>>, LoadProblem> {
        match self.body {
            Body::Typed(it) => it.arrays(wanted, words).map(Ok),
            Body::Rows(_) => Ok(Err(Box::new(self))),
        }
    }
}

/// The text of a file.
fn text_of(path: &Path, file: &str) -> Result<(String, Detection), LoadProblem> {
    let bytes = fs::read(path).map_err(|why| unreadable(path, &why))?;
    let file = || file.to_owned();
    match encoding::decode(&bytes) {
        Ok((text, found)) => Ok((text.into_owned(), found)),
        Err(Undecodable::Neither(line)) => Err(LoadProblem::Encoding { file: file(), line }),
        Err(Undecodable::Mixed { utf8, gb18030 }) => {
            Err(LoadProblem::MixedEncodings { file: file(), utf8, gb18030 })
        }
    }
}

/// A file that the system does not give us.
pub(super) fn unreadable(path: &Path, why: &std::io::Error) -> LoadProblem {
    LoadProblem::Unreadable { path: path.display().to_string(), why: why.to_string() }
}

fn damaged(file: &str, why: &dyn std::fmt::Display) -> LoadProblem {
    LoadProblem::Damaged { file: file.to_owned(), why: why.to_string() }
}
