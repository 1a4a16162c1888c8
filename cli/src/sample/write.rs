//! The files of a sample: one CSV file a table, and `data.toml`.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use heng_dsl::value::Date;

use super::SampleError;
use super::tables::{Row, Selection, Table};

/// The open files, one a selected table.
pub(super) struct Files {
    folder: PathBuf,
    open: Vec<OpenFile>,
}

struct OpenFile {
    table: Table,
    /// The numbers of the columns that are written.
    columns: Vec<usize>,
    path: PathBuf,
    writer: csv::Writer<BufWriter<File>>,
    rows: u64,
}

impl Files {
    /// Makes the folder and the files, each with its header.
    pub(super) fn create(folder: &Path, selection: &Selection) -> Result<Self, SampleError> {
        fs::create_dir_all(folder).map_err(|cause| failed(folder, cause))?;
        let open = selection.tables().map(|it| OpenFile::create(folder, it.0, it.1));
        let open = open.collect::<Result<_, _>>()?;
        Ok(Self { folder: folder.to_owned(), open })
    }

    /// Writes rows, each to the file of its table.
    pub(super) fn write(&mut self, rows: &[Row]) -> Result<(), SampleError> {
        for row in rows {
            if let Some(file) = self.open.iter_mut().find(|it| it.table == row.table) {
                file.write(&row.cells)?;
                file.rows += 1;
            }
        }
        Ok(())
    }

    /// Writes `data.toml` and closes everything; the rows of every table.
    pub(super) fn finish(self, cutoff: Date) -> Result<Vec<(Table, u64)>, SampleError> {
        let path = self.folder.join("data.toml");
        fs::write(&path, describe(cutoff)).map_err(|cause| failed(&path, cause))?;
        self.open.into_iter().map(OpenFile::close).collect()
    }
}

impl OpenFile {
    fn create(folder: &Path, table: Table, columns: &[usize]) -> Result<Self, SampleError> {
        let path = folder.join(format!("{}.csv", table.name()));
        let file = File::create(&path).map_err(|cause| failed(&path, cause))?;
        let writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::Any(b'\n'))
            .from_writer(BufWriter::new(file));
        let mut it = Self { table, columns: columns.to_vec(), path, writer, rows: 0 };
        it.write(table.columns())?;
        Ok(it)
    }

    fn write(&mut self, cells: &[impl AsRef<str>]) -> Result<(), SampleError> {
        let chosen = self.columns.iter().map(|it| cells.get(*it).map_or("", AsRef::as_ref));
        self.writer.write_record(chosen).map_err(|cause| failed(&self.path, cause.into()))
    }

    fn close(self) -> Result<(Table, u64), SampleError> {
        let end = |writer: csv::Writer<BufWriter<File>>| -> io::Result<()> {
            writer.into_inner().map_err(csv::IntoInnerError::into_error)?.flush()
        };
        end(self.writer).map_err(|cause| failed(&self.path, cause))?;
        Ok((self.table, self.rows))
    }
}

/// The text of `data.toml`.
fn describe(cutoff: Date) -> String {
    format!(
        "# 虚构的样本数据，由 heng sample 生成；不含任何真实的人、户或地址。\n\
         # Invented data, made by `heng sample`; no real person, household or address.\n\
         cutoff = \"{cutoff}\"\n"
    )
}

fn failed(path: &Path, cause: io::Error) -> SampleError {
    SampleError { path: path.to_owned(), cause }
}
