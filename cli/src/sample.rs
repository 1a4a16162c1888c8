//! A synthetic city: invented households with their records, from a seed.
//!
//! The same options give the same bytes on any machine: whole numbers only, a generator of our own,
//! no clock. Each household is drawn from its number alone and written at once, so that memory does
//! not grow with the city.
//!
//! What it never does: use a real person's name, number or address, or a code that belongs to
//! somebody; date an event after the cut-off.

mod city;
mod code;
mod dossier;
mod events;
mod flaws;
mod food;
mod group;
mod random;
mod register;
mod situations;
mod tables;
mod trades;
mod write;

use std::path::{Path, PathBuf};

use heng_dsl::diag::Lang;
use heng_dsl::value::Date;

pub use self::tables::{Selection, Table};

/// What to make.
#[derive(Clone, Copy)]
pub struct SampleOptions<'a> {
    /// How many households.
    pub households: u32,
    /// Decides everything that is drawn.
    pub seed: u64,
    /// The folder to write into; it is made if need be, and files of the same names are replaced.
    pub out: &'a Path,
    /// 截至: the date up to which the data speak.
    pub cutoff: Date,
    /// Put in a small share of bad cells and rows, for the quarantine and the quality report.
    pub flaws: bool,
    /// The tables and columns to write.
    pub selection: &'a Selection,
    /// Called now and then with the number of households written.
    pub progress: &'a dyn Fn(u32),
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// How many households were drawn.
    pub households: u32,
    /// The rows of every table that was written, in the order of [`Table::ALL`].
    pub rows: Vec<(Table, u64)>,
    /// How many bad cells and rows were put in on purpose.
    pub flaws: u32,
    /// The rare situations that are put in, each played by one household in 20, in turn.
    pub situations: Vec<&'static str>,
}

impl Report {
    /// Rows that are not households.
    pub fn events(&self) -> u64 {
        self.rows.iter().filter(|it| it.0 != Table::Household).map(|it| it.1).sum()
    }
}

/// Why nothing, or not everything, was written.
#[derive(Debug)]
pub struct SampleError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub cause: std::io::Error,
}

impl SampleError {
    /// One sentence for the person who asked.
    pub fn message(&self, lang: Lang) -> String {
        let (path, cause) = (self.path.display(), &self.cause);
        match lang {
            Lang::Zh => format!("样本数据写不进“{path}”：{cause}"),
            Lang::En => format!("the sample cannot be written to “{path}”: {cause}"),
        }
    }
}

/// The cut-off date of the committed city.
pub const CUTOFF: &str = "2026-10-31";

/// How many households pass between two calls of `progress`.
const PROGRESS_STEP: u32 = 1000;

/// Writes a synthetic city: one CSV file a selected table (UTF-8, a header of declared names) and `data.toml`
/// with the cut-off date.
///
/// # Errors
/// The first file that could not be written; what had been written before stays.
pub fn generate(options: &SampleOptions<'_>) -> Result<Report, SampleError> {
    let mut files = write::Files::create(options.out, options.selection)?;
    let mut flaws = 0;
    for number in 0..options.households {
        let mut dossier = register::draw(options.seed, options.cutoff, number);
        events::draw(&mut dossier);
        situations::stage(&mut dossier);
        if options.flaws {
            flaws += flaws::spoil(&mut dossier);
        }
        files.write(&dossier.rows)?;
        if (number + 1) % PROGRESS_STEP == 0 {
            (options.progress)(number + 1);
        }
    }
    (options.progress)(options.households);
    let rows = files.finish(options.cutoff)?;
    Ok(Report { households: options.households, rows, flaws, situations: situations::names() })
}
