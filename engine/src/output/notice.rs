//! What results say about themselves, in a file beside those that have no place for it.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use heng_dsl::diag::Lang;

use super::atomic::Writing;

/// Writes the notice of a result file, and then puts the results in their place: they are never there
/// without it.
pub(super) fn finish(
    results: Writing,
    path: &Path,
    about: &[(&'static str, String)],
    lang: Lang,
) -> io::Result<()> {
    let mut notice = Writing::begin(&notice_path(path, lang))?;
    let mut text = String::new();
    for (name, value) in about {
        let _ = writeln!(text, "{name}: {value}");
    }
    notice.write_all(text.as_bytes())?;
    notice.finish()?;
    results.finish()
}

/// The file with the notice: `results.csv.说明.txt`.
fn notice_path(path: &Path, lang: Lang) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(match lang {
        Lang::Zh => ".说明.txt",
        Lang::En => ".notice.txt",
    });
    path.with_file_name(name)
}
