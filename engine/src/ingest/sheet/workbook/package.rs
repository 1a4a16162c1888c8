//! The zip around a workbook, within bounds that hold before memory is taken.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use heng_dsl::diag::Words;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart};
use serde::Serialize;
use zip::ZipArchive;

use super::super::{damaged, unreadable};
use crate::ingest::format::Foreign;
use crate::ingest::problem::LoadProblem;

/// Files in a workbook.
const MAX_PARTS: usize = 1 << 16;

/// Bytes of one of them, unpacked.
const MAX_BYTES: u64 = 4 << 30;

/// Below this size a file may unpack from any number of bytes.
const FREE_BYTES: u64 = 16 << 20;

/// Above it, so many times the packed size at most; sheets of real tables unpack to some thirty times.
const MAX_RATIO: u64 = 250;

/// Bytes without the end of a tag; a cell has at most 32 767 characters.
const MAX_RUN: usize = 4 << 20;

/// What of a workbook is larger than anything sensible.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The number of files in it.
    Parts(usize),
    /// The bytes of a file in it, unpacked.
    Bytes(String, u64),
    /// How many times its packed size a file in it unpacks to.
    Ratio(String, u64),
    /// One text.
    Run,
    /// The texts that its cells share.
    Strings(usize),
    /// The number of rows or columns: 1 048 576 and 16 384.
    Cells,
}

impl Bound {
    /// What is too large.
    pub(in crate::ingest) fn words(&self) -> Words {
        match self {
            Self::Parts(most) => Words::both(
                format!("里面的文件超过{most}个"),
                format!("it has more than {most} files inside"),
            ),
            Self::Bytes(part, most) => Words::both(
                format!("里面的 {part} 解开后超过{most}字节"),
                format!("{part} inside unpacks to more than {most} bytes"),
            ),
            Self::Ratio(part, most) => Words::both(
                format!("里面的 {part} 解开后超过原来的{most}倍"),
                format!("{part} inside unpacks to more than {most} times its size"),
            ),
            Self::Run => Words::both(
                format!("有一段文字超过{MAX_RUN}字节"),
                format!("one text is longer than {MAX_RUN} bytes"),
            ),
            Self::Strings(most) => Words::both(
                format!("共用的文字超过{most}条"),
                format!("it has more than {most} shared texts"),
            ),
            Self::Cells => Words::both(
                "行数超过1048576或列数超过16384",
                "it has more than 1048576 rows or 16384 columns",
            ),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.words().en)
    }
}

impl std::error::Error for Bound {}

/// Why a workbook cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is not what a workbook should be.
    Damaged(String),
    /// It is larger than anything sensible.
    TooLarge(Bound),
}

impl Trouble {
    /// A part that says what it should not.
    pub(super) fn unexpected(what: &str) -> Self {
        Self::Damaged(what.to_owned())
    }

    /// The problem of a file.
    pub(super) fn of(self, file: &str) -> LoadProblem {
        match self {
            Self::Damaged(why) => damaged(file, &why),
            Self::TooLarge(what) => LoadProblem::TooLarge { file: file.to_owned(), what },
        }
    }
}

impl From<quick_xml::Error> for Trouble {
    fn from(error: quick_xml::Error) -> Self {
        if let quick_xml::Error::Io(io) = &error
            && let Some(bound) = io.get_ref().and_then(|it| it.downcast_ref::<Bound>())
        {
            return Self::TooLarge(bound.clone());
        }
        Self::Damaged(error.to_string())
    }
}

impl From<quick_xml::events::attributes::AttrError> for Trouble {
    fn from(error: quick_xml::events::attributes::AttrError) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// An XML file inside, read as a stream.
pub(super) type Xml<'p> = Reader<BufReader<Within<Box<dyn Read + 'p>>>>;

/// An opened zip.
pub(super) struct Package {
    zip: ZipArchive<BufReader<File>>,
}

impl Package {
    /// Opens the zip of a workbook.
    pub(super) fn open(path: &Path, file: &str) -> Result<Self, LoadProblem> {
        let mut opened = File::open(path).map_err(|why| unreadable(path, &why))?;
        let mut first = [0; 4];
        let is_binary = opened.read_exact(&mut first).is_ok() && first == *b"\xD0\xCF\x11\xE0";
        if is_binary {
            return Err(LoadProblem::Foreign { file: file.to_owned(), what: Foreign::Locked });
        }
        opened.rewind().map_err(|why| unreadable(path, &why))?;
        let zip = ZipArchive::new(BufReader::new(opened)).map_err(|why| damaged(file, &why))?;
        if zip.len() > MAX_PARTS {
            return Err(Trouble::TooLarge(Bound::Parts(MAX_PARTS)).of(file));
        }
        let is_there = |name: &str| zip.index_for_name(name).is_some();
        if is_there("content.xml") && is_there("mimetype") {
            return Err(LoadProblem::Foreign {
                file: file.to_owned(),
                what: Foreign::OpenDocument,
            });
        }
        Ok(Self { zip })
    }

    /// A file inside, if it is there.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<Xml<'_>>, Trouble> {
        let Some(at) = self.zip.index_for_name(name) else { return Ok(None) };
        let part = self.zip.by_index(at).map_err(|why| Trouble::Damaged(why.to_string()))?;
        let (packed, size) = (part.compressed_size(), part.size());
        if size > MAX_BYTES {
            return Err(Trouble::TooLarge(Bound::Bytes(name.to_owned(), MAX_BYTES)));
        }
        if size > FREE_BYTES && size / MAX_RATIO > packed {
            return Err(Trouble::TooLarge(Bound::Ratio(name.to_owned(), MAX_RATIO)));
        }
        let inner: Box<dyn Read> = Box::new(part);
        Ok(Some(Reader::from_reader(BufReader::new(Within { inner, run: 0 }))))
    }

    /// A file inside that has to be there.
    pub(super) fn required(&mut self, name: &str) -> Result<Xml<'_>, Trouble> {
        let absent = || Trouble::Damaged(format!("{name} is not inside"));
        self.part(name)?.ok_or_else(absent)
    }
}

/// Reads no text of any length. That a file unpacks to no more than was said is seen to by the zip.
pub(super) struct Within<R> {
    inner: R,
    run: usize,
}

impl<R: Read> Read for Within<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(to)?;
        let new = to.get(..read).unwrap_or_default();
        self.run = match new.iter().rposition(|it| *it == b'>') {
            Some(at) => read - at,
            None => self.run + read,
        };
        if self.run > MAX_RUN { Err(io::Error::other(Bound::Run)) } else { Ok(read) }
    }
}

/// The value of an attribute, by its name without a prefix.
pub(super) fn attribute(of: &BytesStart<'_>, name: &str) -> Result<Option<String>, Trouble> {
    for attribute in of.attributes().with_checks(false) {
        let attribute = attribute?;
        if attribute.key.local_name().as_ref() == name {
            let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0)?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

/// The character that `&…;` stands for. There are no others: nothing that a file defines is used.
pub(super) fn character(of: &BytesRef<'_>) -> Result<char, Trouble> {
    if let Some(it) = of.resolve_char_ref()? {
        return Ok(it);
    }
    match of.as_ref() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        other => Err(Trouble::Damaged(format!("&{other};"))),
    }
}
