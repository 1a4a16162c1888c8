//! Households and records put together.

use heng_dsl::model::linked::Linked;
use heng_dsl::value::Date;
use rayon::prelude::*;

use super::folder::{Folder, Source};
use super::history::of_folder;
use super::layout::{Bound, Wanted, nearest};
use super::mapping::DataSheet;
use super::problem::{LoadProblem, Note, Problems};
use super::rows;
use super::sheet::unreadable;
use super::sift::{Households, Part, Records};
use super::{LoadError, LoadRequest, Loaded, Progress};
use crate::columns::{Columns, Texts};

/// See [`super::load`].
pub(super) fn folder(
    linked: &Linked,
    request: &LoadRequest,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Loaded<Columns>, LoadError> {
    let key = rows::can_be_key(linked).ok_or_else(|| LoadError::one(LoadProblem::NoSubject))?;
    let folder = Folder::list(&request.folder).map_err(LoadError::one)?;
    let cutoff = cutoff(request, &folder)?;
    let bound = bind(linked, request, &folder)?;
    let used: Vec<Source> = bound.iter().map(|it| it.sheet.source.clone()).collect();
    let mut problems =
        Problems { notes: bound.iter().flat_map(Bound::notes).collect(), ..Problems::default() };
    problems.notes.extend(folder_notes(&folder, &used, cutoff));

    let mut tables = bound.into_iter();
    let first = tables.next().ok_or_else(|| LoadError::one(LoadProblem::NoSubject))?;
    let read = rows::read(first, key, None, progress).map_err(LoadError::one)?;
    let mut columns = Columns::new(linked, cutoff);
    let households = Households::of(&mut columns, key, read);
    let find = |keys: &Texts| households.index.find_all(&columns.keys, keys);
    let tables: Vec<(usize, Bound<'_>)> = tables.enumerate().collect();
    let records: Vec<Result<Records, LoadProblem>> = tables
        .into_par_iter()
        .map(|(slot, bound)| {
            let read = rows::read(bound, 0, Some(&find), progress)?;
            Ok(Records::of(linked.table(slot), read, &columns, &households))
        })
        .collect();
    let (records, damaged): (Vec<_>, Vec<_>) = records.into_iter().partition(Result::is_ok);
    if !damaged.is_empty() {
        return Err(damaged.into_iter().filter_map(Result::err).collect::<Vec<_>>().into());
    }
    let mut loaded = Loaded { register: columns, problems, files: Vec::new() };
    assemble(&mut loaded, households, records.into_iter().flatten().collect());
    let found = loaded.problems.quarantined;
    if let Some(allowed) = request.max_bad.filter(|it| found > *it) {
        let problems = vec![LoadProblem::TooManyBad { found, allowed }];
        return Err(LoadError { problems, found: Some(Box::new(loaded.problems)) });
    }
    history(linked, request, &folder, &mut loaded, progress)?;
    Ok(loaded)
}

/// 截至, from the request or from `data.toml`.
fn cutoff(request: &LoadRequest, folder: &Folder) -> Result<Option<Date>, LoadError> {
    if request.cutoff.is_some() {
        return Ok(request.cutoff);
    }
    let path = folder.path.join("data.toml");
    if !path.exists() {
        return Ok(None);
    }
    let bytes = std::fs::read(&path).map_err(|why| LoadError::one(unreadable(&path, &why)))?;
    let text = String::from_utf8(bytes).map_err(|why| why.to_string());
    let sheet = text.and_then(|it| DataSheet::parse(&it));
    let wrong = |why| LoadError::one(LoadProblem::Settings { file: "data.toml".to_owned(), why });
    sheet.map(|it| it.cutoff).map_err(wrong)
}

/// Opens the file of every table, the household file first; all that is wrong is said at once.
fn bind<'l>(
    linked: &'l Linked,
    request: &LoadRequest,
    folder: &Folder,
) -> Result<Vec<Bound<'l>>, LoadError> {
    let tables = (0..linked.tables().len()).map(|slot| Wanted::records(linked, slot));
    let wanted: Vec<Wanted<'l>> =
        std::iter::once(Wanted::households(linked)).chain(tables).flatten().collect();
    let mut problems = Vec::new();
    for name in request.mapping.tables.keys() {
        if !wanted.iter().any(|it| it.is_called(name)) {
            let known = wanted.iter().flat_map(Wanted::names).copied();
            let nearest = nearest(name, known).map(str::to_owned);
            problems.push(LoadProblem::UnknownMapping { name: name.clone(), nearest });
        }
    }
    let mut bound = Vec::new();
    for it in &wanted {
        it.unknown_in(&request.mapping, &mut problems);
        bound.extend(it.bind(linked, folder, &request.mapping, &mut problems));
    }
    // A table that two packages declare is read for both, but what is wrong with it is said once.
    let mut said: Vec<LoadProblem> = Vec::new();
    for it in problems {
        if !said.contains(&it) {
            said.push(it);
        }
    }
    if said.is_empty() { Ok(bound) } else { Err(said.into()) }
}

fn folder_notes(folder: &Folder, used: &[Source], cutoff: Option<Date>) -> Vec<Note> {
    let undated = cutoff.is_none().then_some(Note::NoCutoff);
    folder.unused(used).into_iter().chain(undated).collect()
}

/// Reads earlier results where there are any.
fn history(
    linked: &Linked,
    request: &LoadRequest,
    folder: &Folder,
    loaded: &mut Loaded<Columns>,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<(), LoadError> {
    let usual = ["history", "历次结果"].map(|it| folder.path.join(it));
    let found = request.history.clone().or_else(|| usual.into_iter().find(|it| it.is_dir()));
    if let Some(folder) = found {
        let find = |key: &str| loaded.register.find(key);
        let (found, mut noticed) = of_folder(&folder, linked, &find, progress)?;
        loaded.register.history = found;
        loaded.problems.bad_cells.append(&mut noticed.bad_cells);
        loaded.problems.notes.append(&mut noticed.notes);
    }
    Ok(())
}

/// Puts the tables together, and all reports in the order of files and lines.
fn assemble(loaded: &mut Loaded<Columns>, households: Households, records: Vec<Records>) {
    let mut parts = vec![households.part];
    let register = &mut loaded.register;
    for (slot, table) in records.into_iter().enumerate() {
        register.add_table(table.offsets, table.columns, &table.dictionary);
        for (household, rows) in table.quarantined {
            register.quarantined.entry(household).or_default().push((slot, rows));
        }
        parts.push(table.part);
    }
    register.dictionary = std::mem::take(&mut register.dictionary).sealed();
    report(loaded, parts);
}

/// A file that two packages read is reported once.
fn report(loaded: &mut Loaded<Columns>, parts: Vec<Part>) {
    let Problems { bad_rows, bad_cells, notes, quarantined } = &mut loaded.problems;
    for part in parts {
        if loaded.files.contains(&part.report) {
            continue;
        }
        *quarantined += part.report.quarantined;
        let mut of_table = part.read.bad_rows;
        of_table.sort_by(|a, b| {
            (a.place.line, &a.column, &a.fault).cmp(&(b.place.line, &b.column, &b.fault))
        });
        bad_rows.append(&mut of_table);
        bad_cells.extend(part.read.bad_cells);
        notes.extend(part.notes);
        loaded.files.push(part.report);
    }
    let mut said: Vec<Note> = Vec::new();
    for it in std::mem::take(notes) {
        if !said.contains(&it) {
            said.push(it);
        }
    }
    *notes = said;
}
