//! A Parquet file that is read by windows: the reader of the format asks for each page by itself, and once more for what
//! stands before it, with several calls into the system each.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::buf::Reader;
use bytes::{Buf as _, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

/// Bytes that are read at once, as far as a column goes.
const WINDOW: usize = 1 << 20;

/// What stands before a page has fewer bytes, but for very long texts in its statistics.
const BEFORE_A_PAGE: usize = 1 << 12;

/// Some columns of a file, of each of which a window is kept.
pub(super) struct Windows {
    file: Arc<Mutex<File>>,
    length: u64,
    columns: Vec<Column>,
}

/// A column of a file.
struct Column {
    /// Where it stands.
    range: Range<u64>,
    /// Where the window begins, and what stands in it.
    window: Mutex<(u64, Bytes)>,
}

/// What stands behind a window, which is read once somebody asks for it.
pub(super) struct Behind {
    file: Arc<Mutex<File>>,
    at: u64,
}

impl Windows {
    /// A file of so many bytes, in which columns stand there.
    pub(super) fn of(file: File, length: u64, columns: impl Iterator<Item = Range<u64>>) -> Self {
        let column = |range| Column { range, window: Mutex::default() };
        Self { file: Arc::new(Mutex::new(file)), length, columns: columns.map(column).collect() }
    }

    /// What stands from a place on: at least so many bytes, unless its column ends before.
    fn from(&self, start: u64, least: usize) -> Result<Bytes> {
        let Some(column) = self.columns.iter().find(|it| it.range.contains(&start)) else {
            return self.read(start, least);
        };
        let left = usize::try_from(column.range.end - start).unwrap_or(usize::MAX);
        let mut window = column.window.lock().unwrap_or_else(PoisonError::into_inner);
        let before = start.checked_sub(window.0).and_then(|it| usize::try_from(it).ok());
        let before = before.filter(|it| window.1.len().saturating_sub(*it) >= least.min(left));
        if let Some(before) = before {
            return Ok(window.1.slice(before..));
        }
        // What stood there before is given back first.
        *window = (start, Bytes::new());
        window.1 = self.read(start, least.max(WINDOW).min(left))?;
        Ok(window.1.clone())
    }

    fn read(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut bytes = Vec::with_capacity(length);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start))?;
        let limit = u64::try_from(length).unwrap_or(u64::MAX);
        (&mut *file).take(limit).read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}

impl Length for Windows {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Windows {
    type T = io::Chain<Reader<Bytes>, Behind>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let bytes = self.from(start, BEFORE_A_PAGE)?;
        let at = start.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(bytes.reader().chain(Behind { file: Arc::clone(&self.file), at }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let bytes = self.from(start, length)?;
        if bytes.len() < length {
            let why = format!("{length} bytes are asked for, and there are {}", bytes.len());
            return Err(ParquetError::EOF(why));
        }
        Ok(bytes.slice(..length))
    }
}

impl Read for Behind {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.at))?;
        let read = file.read(into)?;
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or_default());
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read as _;

    use parquet::file::reader::ChunkReader as _;

    use super::{WINDOW, Windows};

    #[test]
    fn a_window_says_what_the_file_says() {
        let all: Vec<u8> = (0..3 * WINDOW + 5).map(|it| (it % 251).to_le_bytes()[0]).collect();
        let path = std::env::temp_dir().join(format!("heng-window-{}", std::process::id()));
        std::fs::write(&path, &all).unwrap();
        let file = File::open(&path).unwrap();
        let length = u64::try_from(all.len()).unwrap();
        // A column that is longer than two windows, and one that reaches to the end.
        let second = u64::try_from(2 * WINDOW + 9).unwrap();
        let windows = Windows::of(file, length, [4..second, second..length].into_iter());
        let places = [4, 5, 700, WINDOW - 3, WINDOW + 4, 9, 2 * WINDOW, 2 * WINDOW + 9, 0, 2];
        for (start, asked) in places.into_iter().flat_map(|it| [(it, 1), (it, 300), (it, WINDOW)]) {
            let place = u64::try_from(start).unwrap();
            let end = start + asked;
            let found = windows.get_bytes(place, asked);
            match all.get(start..end) {
                // Nothing that is asked for reaches over the end of its column.
                Some(_) if (4..second).contains(&place) && end > 2 * WINDOW + 9 => {
                    assert!(found.is_err(), "{asked} from {start}");
                }
                Some(own) => assert!(found.unwrap() == own, "{asked} from {start}"),
                None => assert!(found.is_err(), "{asked} from {start}"),
            }
            let mut rest = Vec::new();
            windows.get_read(place).unwrap().read_to_end(&mut rest).unwrap();
            assert!(rest == all[start..], "from {start}");
        }
        std::fs::remove_file(path).unwrap();
    }
}
