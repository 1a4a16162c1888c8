//! Rule files on the disk: which there are, their text, and how one is replaced.
//!
//! A file is replaced as a whole or not at all: the new text is written beside it and takes its place
//! when it is complete.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use heng_dsl::diag::Words;
use heng_dsl::limits::MAX_FILE_BYTES;

use crate::world::is_stored;

/// Folders below folders; more are no library of rules.
const MAX_DEPTH: usize = 32;

/// The rule files that are meant: a file by its name whatever its ending, a folder with all below it.
/// What cannot be looked at is told.
pub(super) fn find(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<(PathBuf, Words)>) {
    let (mut files, mut failed) = (Vec::new(), Vec::new());
    for path in paths {
        if path.is_dir() {
            below(path, 0, &mut files, &mut failed);
        } else if is_stored(path) {
            failed.push((path.clone(), no_text()));
        } else {
            files.push(path.clone());
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    files.retain(|it| seen.insert(it.canonicalize().unwrap_or_else(|_| it.clone())));
    (files, failed)
}

fn below(
    folder: &Path,
    depth: usize,
    files: &mut Vec<PathBuf>,
    failed: &mut Vec<(PathBuf, Words)>,
) {
    let entries = match fs::read_dir(folder) {
        Ok(it) if depth < MAX_DEPTH => it,
        Ok(_) => return,
        Err(error) => return failed.push((folder.to_owned(), unreadable(&error))),
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|it| it.path()).collect();
    paths.sort();
    for path in paths {
        let name =
            path.file_name().map_or_else(String::new, |it| it.to_string_lossy().into_owned());
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        // A folder that is a link may lead back to where it stands.
        if path.is_dir() && !path.is_symlink() {
            below(&path, depth + 1, files, failed);
        } else if path.extension().is_some_and(|it| it.eq_ignore_ascii_case("heng"))
            && path.is_file()
        {
            files.push(path);
        }
    }
}

/// The text of a file.
///
/// # Errors
///
/// It is not there, too large for a rule file, or not UTF-8; then nothing may be written to it.
pub(super) fn read(path: &Path) -> Result<String, Words> {
    let file = File::open(path).map_err(|it| unreadable(&it))?;
    text(file)
}

/// The text of standard input.
///
/// # Errors
///
/// As for a file.
pub(super) fn read_input() -> Result<String, Words> {
    text(io::stdin().lock())
}

fn text(from: impl io::Read) -> Result<String, Words> {
    let mut bytes = Vec::new();
    let limit = MAX_FILE_BYTES as u64;
    from.take(limit + 1).read_to_end(&mut bytes).map_err(|it| unreadable(&it))?;
    if bytes.len() as u64 > limit {
        let limit = limit >> 20;
        return Err(Words::both(
            format!("超过 {limit} MiB，不像规则文件"),
            format!("it is larger than {limit} MiB, which no rule file is"),
        ));
    }
    String::from_utf8(bytes).map_err(|_| {
        Words::both(
            "不是 UTF-8 编码，没有改动；请用编辑器另存为 UTF-8",
            "it is not UTF-8 and stays as it is; save it as UTF-8 with an editor",
        )
    })
}

/// Puts a text in the place of a file; a link stays, and what it leads to is replaced.
///
/// # Errors
///
/// The folder or the file cannot be written to; the file is as it was.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Words> {
    let real = path.canonicalize().map_err(|it| unwritable(&it))?;
    let name = real.file_name().map_or_else(String::new, |it| it.to_string_lossy().into_owned());
    let beside = real.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let replaced = write_all(&beside, text)
        .and_then(|()| fs::set_permissions(&beside, fs::metadata(&real)?.permissions()))
        .and_then(|()| fs::rename(&beside, &real));
    replaced.map_err(|error| {
        // What was written beside it is of no use; that it may stay changes nothing.
        let _ = fs::remove_file(&beside);
        unwritable(&error)
    })
}

fn write_all(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn no_text() -> Words {
    Words::both(
        "是规则数据（heng compile 写出的 JSON），没有规则文字可以整理",
        "it is stored rules (the JSON of heng compile) and has no text to bring into form",
    )
}

fn unreadable(error: &io::Error) -> Words {
    Words::both(format!("读不了：{error}"), format!("it cannot be read: {error}"))
}

fn unwritable(error: &io::Error) -> Words {
    Words::both(format!("写不了：{error}"), format!("it cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::{find, read, replace};
    use std::fs;

    #[test]
    fn rule_files_below_a_folder_are_found_once_and_replaced_as_a_whole() {
        let root = std::env::temp_dir().join(format!("heng-fmt-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("a/b")).unwrap();
        for (name, bytes) in [
            ("a/1.heng", &b"x"[..]),
            ("a/b/2.HENG", b"y"),
            ("a/.3.heng", b"z"),
            ("a/4.csv", b"z"),
            ("a/5.heng", b"\xff\xfe"),
        ] {
            fs::write(root.join(name), bytes).unwrap();
        }
        let (files, failed) = find(&[root.join("a"), root.join("a/1.heng")]);
        assert!(failed.is_empty());
        let names: Vec<String> =
            files.iter().map(|it| it.file_name().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(names, ["1.heng", "5.heng", "2.HENG"]);
        replace(&root.join("a/1.heng"), "新").unwrap();
        assert_eq!(read(&root.join("a/1.heng")).as_deref(), Ok("新"));
        assert!(read(&root.join("a/5.heng")).is_err());
        assert_eq!(fs::read_dir(root.join("a")).unwrap().count(), 5, "nothing is left beside it");
    }
}
