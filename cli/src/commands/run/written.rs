//! The files that a run writes: results, and beside them the quarantined rows and the bad cells.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use heng_dsl::diag::Lang;
use heng_engine::ingest::{Problems, write_bad_cells, write_bad_rows};
use heng_engine::mask::Masking;
use heng_engine::output::{
    OutputError, OutputFormat, OutputOptions, ResultFile, Sheet, Writing, shown_fields,
};
use heng_engine::source::Source;

use super::{Delivery, Ready, masking};
use crate::args::{Format, Run as RunArgs};
use crate::commands::prepare;
use crate::exit::Exit;
use crate::project::{Project, shown};
use crate::terminal::Terminal;

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The files, as people see their paths.
    pub(super) files: Vec<String>,
}

/// Says before any work that results cannot be written where `--out` says: the ending is none that
/// is known, or there are more households than the format has room for.
pub(super) fn possible(args: &RunArgs, households: usize, terminal: Terminal) -> Result<(), Exit> {
    let Some(out) = &args.results.out else { return Ok(()) };
    let possible = OutputFormat::of(out).and_then(|it| it.has_room(households, 0));
    possible.map_err(|it| refused(&it, args, terminal))
}

/// The columns of the file that `--out` names, if it does.
pub(super) fn sheet<'r>(
    args: &RunArgs,
    project: &Project,
    ready: &'r Ready,
    delivery: &Delivery<Box<dyn Source>>,
    terminal: Terminal,
) -> Result<Option<Sheet<'r>>, Exit> {
    let Some(options) = options(args, project, ready, terminal) else { return Ok(None) };
    let reasons = args.results.reasons.then_some(delivery.as_of);
    let options = OutputOptions { reasons, ..options };
    let cutoff = delivery.loaded.register.cutoff();
    let sheet = Sheet::new(ready.program.linked(), &options, delivery.as_of, cutoff);
    sheet.map(Some).map_err(|it| refused(&it, args, terminal))
}

/// What is wanted of the file that `--out` names, if it does; but for reasons, which hang on the date.
fn options(
    args: &RunArgs,
    project: &Project,
    ready: &Ready,
    terminal: Terminal,
) -> Option<OutputOptions> {
    let own = &args.results;
    own.out.as_ref()?;
    let columns = if own.columns.is_empty() { &project.output.columns } else { &own.columns };
    Some(OutputOptions {
        columns: columns.clone(),
        all: own.all || project.output.all,
        in_scope: own.in_scope || project.output.in_scope,
        reasons: None,
        shown: ready.program.shown().to_vec(),
        lang: terminal.files,
        masking: masking(args),
    })
}

/// The household fields that the file shows, by slot; of columns that there are not, none: they are refused later.
pub(super) fn fields(
    args: &RunArgs,
    project: &Project,
    ready: &Ready,
    terminal: Terminal,
) -> BTreeSet<usize> {
    let options = options(args, project, ready, terminal);
    options.map(|it| shown_fields(ready.program.linked(), &it)).unwrap_or_default()
}

/// Begins the file that `--out` names, if it does.
pub(super) fn begin<'r>(
    args: &RunArgs,
    sheet: Option<&'r Sheet<'r>>,
    terminal: Terminal,
) -> Result<Option<ResultFile<'r>>, Exit> {
    let Some((out, sheet)) = args.results.out.as_deref().zip(sheet) else { return Ok(None) };
    ResultFile::begin(out, sheet).map(Some).map_err(|it| refused(&it, args, terminal))
}

/// Puts the file in its place, with those that stand beside it.
pub(super) fn finish(
    args: &RunArgs,
    (file, sheet): (Option<ResultFile<'_>>, Option<&Sheet<'_>>),
    problems: &Problems,
    terminal: Terminal,
) -> Result<Written, Exit> {
    let Some((out, file)) = args.results.out.as_deref().zip(file) else {
        return Ok(Written::default());
    };
    let written = file.finish().and_then(|()| {
        let mut written = beside(out, problems, terminal.files, masking(args))?;
        if let Some(sheet) = sheet.filter(|_| args.results.reasons) {
            let reasons = match terminal.files {
                Lang::Zh => named(out, "理由码"),
                Lang::En => named(out, "reason-codes"),
            };
            save(&reasons, |to| sheet.write_reasons(to))?;
            written.files.push(shown(&reasons));
        }
        Ok(written)
    });
    written.map_err(|it| refused(&it, args, terminal))
}

/// Says why results cannot be written.
pub(super) fn refused(error: &OutputError, args: &RunArgs, terminal: Terminal) -> Exit {
    let problems = vec![(error.code(), error.words())];
    let exit = match error {
        OutputError::Extension(_) | OutputError::UnknownColumn { .. } => Exit::Usage,
        OutputError::Unwritable { .. }
        | OutputError::Occupied { .. }
        | OutputError::NoRoom { .. }
        | OutputError::TooLong { .. } => Exit::Problems,
    };
    prepare::refuse(problems, args.format == Format::Json, exit, terminal)
}

/// Writes what could not be used; both files are written even if they are empty, so that those of an
/// earlier run do not stay.
fn beside(
    out: &Path,
    problems: &Problems,
    lang: Lang,
    masking: Masking,
) -> Result<Written, OutputError> {
    let (rows, cells) = match lang {
        Lang::Zh => (named(out, "隔离"), named(out, "坏格")),
        Lang::En => (named(out, "quarantine"), named(out, "bad-cells")),
    };
    save(&rows, |to| write_bad_rows(to, &problems.bad_rows, lang, masking))?;
    save(&cells, |to| write_bad_cells(to, &problems.bad_cells, lang, masking))?;
    Ok(Written { files: [out, &rows, &cells].map(shown).into() })
}

/// `结果.csv` → `结果.隔离.csv`
fn named(out: &Path, what: &str) -> PathBuf {
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!("{stem}.{what}.csv"))
}

pub(in crate::commands) fn save(
    path: &Path,
    write: impl FnOnce(&mut Writing) -> io::Result<()>,
) -> Result<(), OutputError> {
    Writing::begin(path)
        .and_then(|mut to| {
            write(&mut to)?;
            to.finish()
        })
        .map_err(|why| OutputError::Unwritable { path: shown(path), why: why.to_string() })
}
