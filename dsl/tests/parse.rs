//! Corpora of the syntax: `parse/` is read without a problem, `problems/` is not. Trees and problems are
//! beside their files.

#![expect(
    clippy::disallowed_methods,
    clippy::format_push_string,
    clippy::unwrap_used,
    reason = "a test reads its corpus from files, and fails where it cannot"
)]

mod tree;

use std::path::Path;

use heng_dsl::diag::{Diagnostic, Lang};
use heng_dsl::source::{SourceFile, SourceMap};
use heng_dsl::span::FileId;
use heng_dsl::syntax;

/// Every construct of the language.
#[test]
fn what_is_read_has_this_tree() {
    insta::glob!("parse/*.heng", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let (file, problems) = syntax::parse(FileId::default(), &text);
        assert!(problems.is_empty(), "{}: {}", path.display(), show(&text, &problems));
        snapshot(path, &tree::file(&file));
    });
}

/// Every problem, at the line of the slip, and what is known of the declarations all the same.
#[test]
fn what_is_not_read_is_told() {
    insta::glob!("problems/*.heng", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let (file, problems) = syntax::parse(FileId::default(), &text);
        assert!(!problems.is_empty(), "{}", path.display());
        snapshot(path, &format!("{}\n{}", show(&text, &problems), tree::file(&file)));
    });
}

/// The two spellings give one tree; only the names that the language declares itself differ.
#[test]
fn english_and_chinese_give_the_same_tree() {
    let read = |text: &str| {
        let (file, problems) = syntax::parse(FileId::default(), text);
        assert!(problems.is_empty(), "{}", show(text, &problems));
        tree::file(&file)
    };
    let mut chinese = read(include_str!("both/zh.heng"));
    for (zh, en) in [("计数", "count"), ("总分", "total"), ("基准日", "as_of"), ("缺失", "missing")]
    {
        chinese = chinese.replace(zh, en);
    }
    similar(&chinese, &read(include_str!("both/en.heng")));
}

/// Compares line by line, to show the first difference only.
fn similar(one: &str, other: &str) {
    for (one, other) in one.lines().zip(other.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(one.lines().count(), other.lines().count());
}

/// Place, code, message in both languages, and the line after the fix.
fn show(text: &str, problems: &[Diagnostic]) -> String {
    let mut sources = SourceMap::default();
    sources.add(SourceFile::new("", text));
    let mut out = String::new();
    for it in problems {
        let (_, line, column) = sources.place(it.primary.span);
        let (code, there) = (it.code.record().name, sources.text(it.primary.span));
        out += &format!("{line}:{column} {code} ▸{there}◂\n");
        out += &format!("  {}\n  {}\n", it.message(Lang::Zh), it.message(Lang::En));
        if let Some(fix) = &it.fix {
            let mut fixed = text.to_owned();
            fixed.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.text);
            let (_, line, _) = sources.place(fix.span);
            let line = fixed.lines().nth(line as usize - 1).unwrap_or_default();
            out += &format!("  {} ⇒ {}\n", fix.title.of(Lang::Zh), line.trim());
        }
    }
    out
}

/// Keeps the snapshot beside its file.
fn snapshot(path: &Path, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(path.parent().unwrap());
    settings.set_prepend_module_to_snapshot(false);
    settings.remove_snapshot_suffix();
    settings.set_omit_expression(true);
    let stem = path.file_stem().unwrap().to_str().unwrap();
    settings.bind(|| insta::assert_snapshot!(stem, text));
}
