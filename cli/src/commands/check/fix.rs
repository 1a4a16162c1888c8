//! `heng check --fix`: makes the changes that certainly help, and says which.
//!
//! A file is written only where it still says what was checked, whole or not at all; a byte order mark
//! and its line ends stay. Changes that overlap are made one round after the other.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use heng_dsl::diag::{Fix, Words};
use heng_dsl::source::SourceFile;
use heng_dsl::span::FileId;
use heng_engine::output::Writing;

use crate::rules::{Checked, Wanted, check};

/// Rounds of checking and changing; a change may show the next problem.
const ROUNDS: usize = 8;

/// What was changed.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// The changes by file, in the order in which they were made.
    pub(super) changes: BTreeMap<String, Vec<Words>>,
    /// Files that could not be changed, and why.
    pub(super) failed: BTreeMap<String, Words>,
}

/// Makes all certain changes; what is left is in the last check.
pub(super) fn make(wanted: &Wanted) -> (Checked, Made) {
    let mut made = Made::default();
    let mut checked = check(wanted);
    for _ in 0..ROUNDS {
        let before: usize = made.changes.values().map(Vec::len).sum();
        for (file, fixes) in by_file(&checked) {
            let Some(source) = checked.sources.file(file) else { continue };
            if made.failed.contains_key(&source.path) {
                continue;
            }
            let titles: Vec<Words> = fixes.iter().map(|it| it.title.clone()).collect();
            match write(source, &changed(source, &fixes)) {
                Ok(()) => made.changes.entry(source.path.clone()).or_default().extend(titles),
                Err(why) => {
                    made.failed.insert(source.path.clone(), why);
                }
            }
        }
        if made.changes.values().map(Vec::len).sum::<usize>() == before {
            break;
        }
        checked = check(wanted);
    }
    (checked, made)
}

/// The changes of each file from its end to its beginning, none touching another.
fn by_file(checked: &Checked) -> BTreeMap<FileId, Vec<&Fix>> {
    let mut files: BTreeMap<FileId, Vec<&Fix>> = BTreeMap::new();
    for fix in checked.diagnostics.iter().filter_map(|it| it.fix.as_ref()) {
        files.entry(fix.span.file).or_default().push(fix);
    }
    for fixes in files.values_mut() {
        fixes.sort_by(|a, b| (a.span, &a.text).cmp(&(b.span, &b.text)));
        let mut end = None;
        fixes.retain(|it| {
            let apart = end.is_none_or(|end| it.span.start > end);
            if apart {
                end = Some(it.span.end);
            }
            apart
        });
        fixes.reverse();
    }
    files
}

fn changed(source: &SourceFile, fixes: &[&Fix]) -> String {
    let mut text = source.text.clone();
    for fix in fixes {
        let range = fix.span.start as usize..fix.span.end as usize;
        if text.get(range.clone()).is_some() {
            text.replace_range(range, &fix.text);
        }
    }
    text
}

fn write(source: &SourceFile, text: &str) -> Result<(), Words> {
    let path = Path::new(&source.path);
    let said = |it: std::io::Error| Words::from(it.to_string());
    let now = std::fs::read_to_string(path).map_err(said)?;
    let mark = if now.starts_with('\u{feff}') { "\u{feff}" } else { "" };
    if now.get(mark.len()..) != Some(source.text.as_str()) {
        return Err(Words::both("文件在检查之后变了", "the file has changed since it was checked"));
    }
    let mut to = Writing::begin(path).map_err(said)?;
    to.write_all(mark.as_bytes()).and_then(|()| to.write_all(text.as_bytes())).map_err(said)?;
    to.finish().map_err(said)
}
