//! Households and records put together.

use std::cmp::Reverse;
use std::path::Path;

use heng_dsl::model::linked::Linked;
use heng_dsl::value::Date;
use rayon::prelude::*;

use super::folder::{Folder, Source};
use super::history::of_folder;
use super::households::Households;
use super::layout::{Bound, Wanted, nearest};
use super::mapping::DataSheet;
use super::owners::Find;
use super::problem::{LoadProblem, Note, Problems};
use super::rows::{self, TableRows, Whose};
use super::sheet::unreadable;
use super::sift::{Part, Records};
use super::{Delivered, Known, LoadError, LoadRequest, Loaded, Progress};
use crate::columns::{Columns, Joined, Texts};

/// See [`super::load`].
pub(super) fn folder(
    linked: &Linked,
    request: &LoadRequest,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Loaded<Columns>, LoadError> {
    let begun = Begun::of(linked, request)?;
    let mut tables = bind(linked, request, &begun.folder, false)?.into_iter().flatten();
    let first = tables.next().ok_or_else(|| LoadError::one(LoadProblem::NoSubject))?;
    let tables: Vec<Option<Bound<'_>>> = tables.map(Some).collect();
    let notes = begun.notes(std::iter::once(&first).chain(tables.iter().flatten()));
    let read = rows::read(first, begun.key, Whose::Own, progress).map_err(LoadError::one)?;
    let mut columns = Columns::new(linked, begun.cutoff);
    let households = Households::of(&mut columns, begun.key, read);
    let records = records(linked, tables, (&columns, &households), progress)?;
    let problems = Problems { notes, ..Problems::default() };
    let mut loaded = Loaded { register: columns, problems, files: Vec::new() };
    assemble(&mut loaded, households, records);
    not_too_many(request, &mut loaded.problems)?;
    let usual = ["history", "历次结果"].map(|it| begun.folder.path.join(it));
    let found = request.history.clone().or_else(|| usual.into_iter().find(|it| it.is_dir()));
    history(linked, found.as_deref(), &mut loaded, progress)?;
    Ok(loaded)
}

/// See [`super::delivery`].
pub(super) fn delivery(
    linked: &Linked,
    request: &LoadRequest,
    known: &Known<'_>,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Loaded<Delivered>, LoadError> {
    let begun = Begun::of(linked, request)?;
    let mut tables = bind(linked, request, &begun.folder, true)?.into_iter();
    let first = tables.next().flatten();
    let tables: Vec<Option<Bound<'_>>> = tables.collect();
    let notes = begun.notes(first.iter().chain(tables.iter().flatten()));
    let delivered = tables.iter().map(Option::is_some).collect();
    let mut columns = Columns::new(linked, begun.cutoff);
    let own = first.map(|it| rows::read(it, begun.key, Whose::Own, progress)).transpose();
    let own = own.map_err(LoadError::one)?;
    let own = own.map(|it| Households::of(&mut columns, begun.key, it));
    let mut households = own.unwrap_or_else(Households::none);
    let read = by_slot(tables, pieces_of_file, |(_, it)| rows::read(it, 0, Whose::Asked, progress));
    let tables = all_or_damage(read)?;
    let asked = asked(&tables, households.find(&columns.keys));
    let Joined { told, fresh } = columns.join_keys(&asked, known)?;
    if told.contains(&false) {
        households = households.among(&columns.keys);
    }
    let find = households.find(&columns.keys);
    let pieces = |it: &TableRows| it.pieces.len();
    let records = by_slot(tables, pieces, |(slot, mut read)| {
        let table = linked.table(slot);
        read.share_out(find, table.fields.iter().any(|it| it.key));
        Records::of(table, read, find.stretches(), (&columns, &households.quarantined))
    });
    let problems = Problems { notes, ..Problems::default() };
    let mut loaded = Loaded { register: columns, problems, files: Vec::new() };
    assemble(&mut loaded, households, records);
    not_too_many(request, &mut loaded.problems)?;
    let Loaded { register: columns, problems, files } = loaded;
    let register = Delivered { columns, told, fresh, tables: delivered };
    Ok(Loaded { register, problems, files })
}

/// The keys of records that are none of the households that were delivered, in order, none of them twice.
fn asked(tables: &[Option<TableRows>], delivered: Find<'_>) -> Texts {
    let pieces = tables.iter().flatten().flat_map(|it| &it.pieces);
    let pieces: Vec<&Texts> = pieces.map(|it| &it.keys).collect();
    let asked = pieces.into_par_iter().map(|keys| {
        let others = (0..).zip(delivered.told(keys));
        let others = others.filter(|it| delivered.household(it.1).is_none()).map(|it| it.0);
        keys.gather(&others.collect::<Vec<u32>>()).distinct()
    });
    let asked: Vec<Texts> = asked.collect();
    Texts::together(&asked.iter().collect::<Vec<_>>()).distinct()
}

/// What every way of reading a folder begins with.
struct Begun {
    key: usize,
    folder: Folder,
    cutoff: Option<Date>,
}

impl Begun {
    fn of(linked: &Linked, request: &LoadRequest) -> Result<Self, LoadError> {
        let key = rows::can_be_key(linked).ok_or_else(|| LoadError::one(LoadProblem::NoSubject))?;
        let folder = Folder::list(&request.folder).map_err(LoadError::one)?;
        let cutoff = cutoff(request, &folder)?;
        Ok(Self { key, folder, cutoff })
    }

    /// What is noticed before anything is read.
    fn notes<'b, 'l: 'b>(&self, bound: impl Iterator<Item = &'b Bound<'l>> + Clone) -> Vec<Note> {
        let used: Vec<Source> = bound.clone().map(|it| it.sheet.source.clone()).collect();
        let mut notes: Vec<Note> = bound.flat_map(Bound::notes).collect();
        notes.extend(folder_notes(&self.folder, &used, self.cutoff));
        notes
    }
}

/// The records of the tables that have a file, by slot.
fn records(
    linked: &Linked,
    tables: Vec<Option<Bound<'_>>>,
    (columns, households): (&Columns, &Households),
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Vec<Option<Records>>, LoadError> {
    let find = households.find(&columns.keys);
    let read = by_slot(tables, pieces_of_file, |(slot, bound)| {
        let read = rows::read(bound, 0, Whose::Found(find), progress)?;
        let of = (columns, &households.quarantined);
        Ok(Records::of(linked.table(slot), read, find.stretches(), of))
    });
    all_or_damage(read)
}

/// In how many pieces a file is read.
fn pieces_of_file(bound: &Bound<'_>) -> usize {
    bound.sheet.pieces()
}

/// Does something with every table that there is, of which each is in so many pieces.
fn by_slot<T: Send, R: Send>(
    tables: Vec<Option<T>>,
    pieces: impl Fn(&T) -> usize,
    each: impl Fn((usize, T)) -> R + Sync,
) -> Vec<Option<R>> {
    let each = |(slot, it): (usize, Option<T>)| (slot, it.map(|it| each((slot, it))));
    let pieces = |it: &(usize, Option<T>)| it.1.as_ref().map_or(0, &pieces);
    let tables = tables.into_iter().enumerate();
    let (mut in_pieces, others): (Vec<_>, Vec<_>) = tables.partition(|it| pieces(it) > 1);
    // All cores are at one table that is in pieces, so that these have gone before the next one comes; the largest first,
    // while little else is there.
    in_pieces.sort_by_key(|it| Reverse(pieces(it)));
    let mut done: Vec<_> = in_pieces.into_iter().map(&each).collect();
    done.par_extend(others.into_par_iter().map(each));
    done.sort_by_key(|it| it.0);
    done.into_iter().map(|it| it.1).collect()
}

/// What was read, or all that is damaged.
fn all_or_damage<T>(
    read: Vec<Option<Result<T, LoadProblem>>>,
) -> Result<Vec<Option<T>>, LoadError> {
    let (mut all, mut damaged) = (Vec::with_capacity(read.len()), Vec::new());
    for it in read {
        match it.transpose() {
            Ok(it) => all.push(it),
            Err(it) => damaged.push(it),
        }
    }
    if damaged.is_empty() { Ok(all) } else { Err(damaged.into()) }
}

fn not_too_many(request: &LoadRequest, problems: &mut Problems) -> Result<(), LoadError> {
    let found = problems.quarantined;
    match request.max_bad.filter(|it| found > *it) {
        None => Ok(()),
        Some(allowed) => Err(LoadError {
            problems: vec![LoadProblem::TooManyBad { found, allowed }],
            found: Some(Box::new(std::mem::take(problems))),
        }),
    }
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

/// Opens the file of every table, the household file first; all that is wrong is said at once. Where only some are
/// delivered, all but one may be absent.
fn bind<'l>(
    linked: &'l Linked,
    request: &LoadRequest,
    folder: &Folder,
    some: bool,
) -> Result<Vec<Option<Bound<'l>>>, LoadError> {
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
        bound.push(it.bind(linked, folder, &request.mapping, &mut problems));
    }
    if some && bound.iter().any(Option::is_some) {
        problems.retain(|it| !matches!(it, LoadProblem::NoTable { .. }));
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

/// Reads earlier results from a folder, where there is one.
pub(super) fn history(
    linked: &Linked,
    folder: Option<&Path>,
    loaded: &mut Loaded<Columns>,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<(), LoadError> {
    if let Some(folder) = folder {
        let find = |key: &str| loaded.register.find(key);
        let (found, mut noticed) = of_folder(folder, linked, &find, progress)?;
        loaded.register.history = found;
        loaded.problems.bad_cells.append(&mut noticed.bad_cells);
        loaded.problems.notes.append(&mut noticed.notes);
    }
    Ok(())
}

/// Puts the tables together, and all reports in the order of files and lines.
fn assemble(loaded: &mut Loaded<Columns>, households: Households, records: Vec<Option<Records>>) {
    let mut parts: Vec<Part> = households.part.into_iter().collect();
    let register = &mut loaded.register;
    for (slot, table) in records.into_iter().enumerate() {
        let Some(table) = table else {
            register.add_no_records();
            continue;
        };
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
