//! The lines on which clauses were written, kept beside them: a stored model can show where something
//! stands, and an amendment of it what stood there, without the text of the rules.
//!
//! They decide nothing, are no part of either hash, and may be left out. Only lines that clauses name
//! as their [`Place`](super::Place) are kept, and none that is the text of a row anyway.

use std::collections::BTreeMap;

use super::{Content, Id, Origin, Row, RuleSet, origins};
use crate::limits;
use crate::source::{SourceFile, SourceMap};

/// Lines by the name of their file and their number, without outer blanks.
pub type Lines = BTreeMap<String, BTreeMap<u32, String>>;

/// The name of a file in the folder of its package.
fn name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Whose clause it is, and in which version.
fn owner(origin: &Origin) -> (&Id, &Id) {
    (&origin.package, &origin.version)
}

/// Puts the lines of a package into it, from the texts that it was read from.
pub fn collect(set: &mut RuleSet, sources: &SourceMap) {
    let files: BTreeMap<&str, &SourceFile> =
        sources.files().iter().map(|it| (it.path.as_str(), it)).collect();
    let (id, version) = (set.id.clone(), set.version.clone());
    let mut lines = Lines::new();
    origins::each(set, &mut |it| {
        let Some(place) = it.place.as_ref().filter(|_| owner(it) == (&id, &version)) else {
            return;
        };
        let Some(file) = files.get(place.file.as_str()) else { return };
        let line = usize::try_from(place.line).ok().and_then(|it| file.line(it));
        if let Some((_, text)) = line {
            let known = lines.entry(name(&place.file).to_owned()).or_default();
            known.entry(place.line).or_insert_with(|| text.trim().to_owned());
        }
    });
    each_row(set, &mut |row| {
        let Some(place) = &row.origin.place else { return };
        if let Some(known) = lines.get_mut(name(&place.file))
            && known.get(&place.line).is_some_and(|it| *it == row.text)
        {
            known.remove(&place.line);
        }
    });
    lines.retain(|_, it| !it.is_empty());
    set.lines = lines;
}

/// The texts of the files of a package as far as they are known: every line stands at its number, and
/// the others are empty. `folder` is where the package was found.
pub fn files(set: &RuleSet, folder: &str) -> Vec<SourceFile> {
    let mut lines = set.lines.clone();
    each_row(set, &mut |row| {
        let own = owner(&row.origin) == (&set.id, &set.version);
        if let Some(place) = row.origin.place.as_ref().filter(|_| own) {
            let file = lines.entry(name(&place.file).to_owned()).or_default();
            file.entry(place.line).or_insert_with(|| row.text.clone());
        }
    });
    // Numbers may be anything in a file that another program wrote.
    let mut left = limits::MAX_FILE_BYTES;
    let mut files = Vec::new();
    for (file, lines) in lines.into_iter().take(limits::MAX_FILES) {
        let mut text = String::new();
        let mut at = 1;
        for (number, line) in lines.range(1..) {
            let blank = usize::try_from(number - at).unwrap_or(usize::MAX);
            let size = blank.saturating_add(line.len());
            if size > left {
                break;
            }
            left -= size;
            text.extend(std::iter::repeat_n('\n', blank));
            // A text with line ends in it would move those below it.
            text.push_str(&line.replace(['\n', '\r'], " "));
            at = *number;
        }
        files.push(SourceFile::new(format!("{folder}/{}", name(&file)), &text));
    }
    files
}

/// Leads every place of a package to the text of its file: `path` says under which path the file of
/// that name of a package and version was read, if it was.
pub fn lead(set: &mut RuleSet, path: &dyn Fn(&Id, &Id, &str) -> Option<String>) {
    origins::each(set, &mut |it| {
        let Some(place) = &it.place else { return };
        let file = path(&it.package, &it.version, name(&place.file));
        if let (Some(file), Some(place)) = (file, &mut it.place) {
            place.file = file;
        }
    });
}

fn each_row(set: &RuleSet, each: &mut dyn FnMut(&Row)) {
    let versions = set.decls.iter().flat_map(|it| &it.versions);
    let versions = versions.chain(set.decides.iter().flat_map(|it| &it.versions).map(|it| &it.1));
    let contents =
        versions.flat_map(|it| it.lets.iter().map(|it| &it.content).chain([&it.content]));
    let checks = set.checks.iter().flat_map(|it| &it.lets).map(|it| &it.content);
    for it in contents.chain(checks) {
        match it {
            Content::Table(it) => it.rows.iter().for_each(&mut *each),
            Content::Each(it) => {
                let fade = it.fade.iter().flat_map(|it| &it.rows);
                it.table.rows.iter().chain(fade).for_each(&mut *each);
            }
            Content::Formula(_)
            | Content::Matrix(_)
            | Content::Condition(_)
            | Content::Source(_)
            | Content::Parts
            | Content::List(_) => {}
        }
    }
}
