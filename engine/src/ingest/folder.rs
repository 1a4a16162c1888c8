//! The files of a delivery, and which of them is which table.
//!
//! A table is a file of its own, or a sheet of a workbook that has the name of the table.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::format::{FileFormat, Foreign};
use super::layout::nearest;
use super::mapping::TableMapping;
use super::problem::{LoadProblem, Note};
use super::sheet::unreadable;
use super::sheet::workbook::{Tab, Workbook};

/// Where a table is read from.
#[derive(Clone)]
pub(super) struct Source {
    /// The path of the file.
    pub(super) path: PathBuf,
    /// Its name in the folder.
    pub(super) file: Arc<str>,
    /// What it is read as.
    pub(super) kind: SourceKind,
}

/// How a table is read.
#[derive(Clone)]
pub(super) enum SourceKind {
    /// A file of text with commas.
    Csv,
    /// A Parquet file.
    Parquet,
    /// A file of JSON objects.
    JsonLines,
    /// A sheet of a workbook, by its number.
    Sheet(Arc<Workbook>, usize),
}

impl Source {
    /// One file by itself; of a workbook the first sheet that can be seen. Other endings than those
    /// of formats are taken for text with commas.
    pub(super) fn file(path: &Path) -> Result<Self, LoadProblem> {
        fs::metadata(path).map_err(|why| unreadable(path, &why))?;
        match Folder::list(path)?.all().pop() {
            Some(found) => found,
            None => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let file = Arc::from(name.as_ref());
                Ok(Self { path: path.to_owned(), file, kind: SourceKind::Csv })
            }
        }
    }

    /// What people call it: `城.xlsx[行政处罚]`.
    pub(super) fn shown(&self) -> Arc<str> {
        match &self.kind {
            SourceKind::Csv | SourceKind::Parquet | SourceKind::JsonLines => Arc::clone(&self.file),
            SourceKind::Sheet(book, at) => match book.tabs().get(*at) {
                Some(tab) => Arc::from(format!("{}[{}]", self.file, tab.name)),
                None => Arc::clone(&self.file),
            },
        }
    }
}

/// The files of a folder that may be tables, by name.
pub(super) struct Folder {
    /// The folder.
    pub(super) path: PathBuf,
    files: BTreeMap<String, Listed>,
}

/// A file of the folder.
enum Listed {
    Plain(SourceKind),
    Workbook(Result<Arc<Workbook>, LoadProblem>),
    Foreign(Foreign),
}

impl Folder {
    /// Lists a folder; or one file, as if its folder had no other.
    pub(super) fn list(path: &Path) -> Result<Self, LoadProblem> {
        let (folder, paths) = if path.is_file() {
            (path.parent().unwrap_or(Path::new("")).to_owned(), vec![path.to_owned()])
        } else {
            let mut paths = Vec::new();
            for entry in fs::read_dir(path).map_err(|why| unreadable(path, &why))? {
                paths.push(entry.map_err(|why| unreadable(path, &why))?.path());
            }
            (path.to_owned(), paths)
        };
        let mut files = BTreeMap::new();
        for path in paths {
            let Some(name) = path.file_name().map(|it| it.to_string_lossy().into_owned()) else {
                continue;
            };
            // Programs leave hidden files beside those that are open: `~$城.xlsx`.
            if name.starts_with('.') || name.starts_with("~$") {
                continue;
            }
            if let Some(listed) = Listed::of(&path, &name) {
                files.insert(name, listed);
            }
        }
        Ok(Self { path: folder, files })
    }

    /// Every file that can be read, by name; of a workbook its first visible sheet.
    pub(super) fn all(&self) -> Vec<Result<Source, LoadProblem>> {
        let readable = self.files.iter().filter(|it| !matches!(it.1, Listed::Foreign(_)));
        readable.map(|(name, _)| self.source(name, None, &[])).collect()
    }

    /// The source of a table that goes by any of these names.
    pub(super) fn find(
        &self,
        names: &[&str],
        mapping: Option<&TableMapping>,
    ) -> Result<Source, LoadProblem> {
        let tab = mapping.and_then(|it| it.sheet.as_deref());
        if let Some(file) = mapping.and_then(|it| it.file.as_deref()) {
            return self.mapped(file, tab, names);
        }
        let wanted = tab.map_or_else(|| names.to_vec(), |it| vec![it]);
        let mut found: Vec<Result<Source, LoadProblem>> = Vec::new();
        for (name, listed) in &self.files {
            let own = names.contains(&stem(name));
            match listed {
                Listed::Workbook(Ok(book)) if !own => {
                    let at = book.visible().find(|(_, it)| wanted.contains(&it.name.as_str()));
                    found.extend(at.map(|(at, _)| Ok(self.sheet(name, book, at))));
                }
                Listed::Plain(_) | Listed::Workbook(Ok(_)) if own => {
                    found.push(self.source(name, tab, names));
                }
                Listed::Plain(_) | Listed::Workbook(_) | Listed::Foreign(_) => {}
            }
        }
        match found.len() {
            0 => Err(self.none(names)),
            1 => found.remove(0),
            _ => Err(LoadProblem::SeveralFiles {
                table: names.last().copied().unwrap_or_default().to_owned(),
                files: found.into_iter().flatten().map(|it| it.shown().to_string()).collect(),
            }),
        }
    }

    /// A file that a mapping names: in the folder, never outside of it.
    fn mapped(&self, file: &str, tab: Option<&str>, names: &[&str]) -> Result<Source, LoadProblem> {
        if self.files.contains_key(file) {
            return self.source(file, tab, names);
        }
        Err(LoadProblem::NoTable {
            table: file.to_owned(),
            nearest: nearest(file, self.files.keys().map(String::as_str)).map(str::to_owned),
        })
    }

    /// A file as the source of a table: in a workbook the sheet `tab`, else the one that is named
    /// like the table, else the first one that can be seen.
    fn source(&self, name: &str, tab: Option<&str>, names: &[&str]) -> Result<Source, LoadProblem> {
        let absent = || LoadProblem::NoTable { table: name.to_owned(), nearest: None };
        match self.files.get(name).ok_or_else(absent)? {
            Listed::Plain(kind) => {
                Ok(Source { path: self.path.join(name), file: Arc::from(name), kind: kind.clone() })
            }
            Listed::Foreign(what) => {
                Err(LoadProblem::Foreign { file: name.to_owned(), what: *what })
            }
            Listed::Workbook(Err(problem)) => Err(problem.clone()),
            Listed::Workbook(Ok(book)) => {
                let at = tab_of(name, book, tab, names)?;
                Ok(self.sheet(name, book, at))
            }
        }
    }

    fn sheet(&self, name: &str, book: &Arc<Workbook>, at: usize) -> Source {
        let kind = SourceKind::Sheet(Arc::clone(book), at);
        Source { path: self.path.join(name), file: Arc::from(name), kind }
    }

    /// Why there is no source of a table: what comes nearest to it cannot be read, or is not there.
    fn none(&self, names: &[&str]) -> LoadProblem {
        for (name, listed) in &self.files {
            match listed {
                Listed::Foreign(what) if names.contains(&stem(name)) => {
                    return LoadProblem::Foreign { file: name.clone(), what: *what };
                }
                Listed::Workbook(Ok(book)) => {
                    let hidden = |it: &&Tab| it.hidden && names.contains(&it.name.as_str());
                    if let Some(tab) = book.tabs().iter().find(hidden) {
                        let (file, sheet) = (name.clone(), tab.name.clone());
                        return LoadProblem::HiddenSheet { file, sheet };
                    }
                }
                // A workbook that cannot be opened may hold any table.
                Listed::Workbook(Err(problem)) => return problem.clone(),
                Listed::Plain(_) | Listed::Foreign(_) => {}
            }
        }
        LoadProblem::NoTable { table: names.join(" / "), nearest: self.nearest_to(names) }
    }

    fn nearest_to(&self, names: &[&str]) -> Option<String> {
        let mut candidates: Vec<(&str, String)> = Vec::new();
        for (name, listed) in &self.files {
            candidates.push((stem(name), name.clone()));
            if let Listed::Workbook(Ok(book)) = listed {
                let tabs = book.visible().map(|(at, tab)| {
                    (tab.name.as_str(), self.sheet(name, book, at).shown().to_string())
                });
                candidates.extend(tabs);
            }
        }
        let near = names.iter().find_map(|it| nearest(it, candidates.iter().map(|it| it.0)))?;
        candidates.iter().find(|it| it.0 == near).map(|it| it.1.clone())
    }

    /// Files and sheets that are none of `used`.
    pub(super) fn unused(&self, used: &[Source]) -> Vec<Note> {
        let is_used = |name: &str| used.iter().any(|it| it.file.as_ref() == name);
        // Of `.txt` and `.json` most are no data at all.
        let is_data = |it: &Listed| !matches!(it, Listed::Foreign(Foreign::Json | Foreign::Text));
        let others = self.files.iter().filter(|it| is_data(it.1) && !is_used(it.0));
        let others: Vec<String> = others.map(|it| it.0.clone()).collect();
        let mut notes = Vec::new();
        if !others.is_empty() {
            notes.push(Note::UnusedFiles(others));
        }
        for (name, listed) in self.files.iter().filter(|it| is_used(it.0)) {
            let Listed::Workbook(Ok(book)) = listed else { continue };
            let reads = |at: usize| {
                let is = |it: &SourceKind| matches!(it, SourceKind::Sheet(_, of) if *of == at);
                used.iter().any(|it| it.file.as_ref() == name && is(&it.kind))
            };
            let of = |hidden: bool| -> Vec<String> {
                let tabs = book.tabs().iter().enumerate();
                let tabs = tabs.filter(|(at, it)| it.hidden == hidden && !reads(*at));
                tabs.map(|it| it.1.name.clone()).collect()
            };
            for (sheets, hidden) in [(of(false), false), (of(true), true)] {
                if !sheets.is_empty() {
                    notes.push(Note::UnusedSheets { file: name.clone(), sheets, hidden });
                }
            }
        }
        notes
    }
}

impl Listed {
    fn of(path: &Path, name: &str) -> Option<Self> {
        match FileFormat::of(path) {
            Some(FileFormat::Csv) => Some(Self::Plain(SourceKind::Csv)),
            Some(FileFormat::Parquet) => Some(Self::Plain(SourceKind::Parquet)),
            Some(FileFormat::JsonLines) => Some(Self::Plain(SourceKind::JsonLines)),
            Some(FileFormat::Xlsx) => {
                Some(Self::Workbook(Workbook::open(path, name).map(Arc::new)))
            }
            Some(FileFormat::Snapshot) | None => Foreign::of(path).map(Self::Foreign),
        }
    }
}

/// The number of the sheet that is meant.
fn tab_of(
    file: &str,
    book: &Workbook,
    tab: Option<&str>,
    names: &[&str],
) -> Result<usize, LoadProblem> {
    let visible = |name: &str| book.visible().find(|(_, it)| it.name == name).map(|it| it.0);
    if let Some(tab) = tab {
        return visible(tab).ok_or_else(|| book.without(file, tab));
    }
    let named = names.iter().find_map(|it| visible(it));
    let first = || book.visible().next().map(|it| it.0);
    named.or_else(first).ok_or_else(|| LoadProblem::Damaged {
        file: file.to_owned(),
        why: "no sheet of it is visible".to_owned(),
    })
}

/// The name of a file without its ending.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |it| it.0)
}
