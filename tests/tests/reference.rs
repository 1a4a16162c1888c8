//! The reference in `docs/` says what the language does: its examples are checked, its tables equal the source.
//!
//! A block fenced as `heng` is a rule file of a package that uses 资料; `heng 市` is one that extends 省; with
//! a line 规则集 of its own it is a whole package. `heng package 名称` gives a package for the blocks to use,
//! and `heng refused E0302` has to be refused with that code. The examples of the English reference are those
//! of the Chinese one, with the words of the language in English.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a broken document stops the test, and documents are read from disk"
)]

#[path = "reference/tables.rs"]
mod tables;
#[path = "reference/vocabulary.rs"]
mod vocabulary;

use std::fmt::Write as _;
use std::path::PathBuf;

use heng_dsl::builtins::{BUILTINS, Family};
use heng_dsl::check::check;
use heng_dsl::diag::{CODES, Lang, Severity};
use heng_dsl::model::linked::LinkTable;
use heng_dsl::syntax::Spelling;
use heng_dsl::syntax::format::{Options, format};
use heng_dsl::world::MemoryWorld;

/// The reference, Chinese and English.
const REFERENCE: [&str; 2] = ["language.md", "language.en.md"];

/// An example of the reference.
struct Block {
    line: usize,
    /// The words behind `heng` on its fence.
    words: Vec<String>,
    text: String,
}

fn document(name: &str) -> (PathBuf, String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

fn blocks(text: &str) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut inside = false;
    for (at, line) in text.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(words) if !inside && words.split(' ').next() == Some("heng") => {
                let words = words.split(' ').skip(1).map(str::to_owned).collect();
                out.push(Block { line: at + 1, words, text: String::new() });
                inside = true;
            }
            Some(_) => inside = false,
            None if inside => {
                let block = out.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {}
        }
    }
    out
}

/// The packages that examples may use, and a table of codes.
fn prelude(blocks: &[Block]) -> MemoryWorld {
    let codes = "代码,名称,风险\nA,农业,50%\nF52,零售业,100%\nF5212,超级市场零售,150%\n";
    let local = "代码,名称,风险\nF5212,超级市场零售,120%\n";
    let mut world = MemoryWorld::default()
        .with("资料/行业.csv", codes)
        .with("市/本市行业.csv", local)
        .with("例/行业.csv", codes);
    for it in blocks.iter().filter(|it| it.words.first().is_some_and(|it| it == "package")) {
        let name = it.words.get(1).expect("a package has a name");
        world = world.with(&format!("{name}/{name}.heng"), &it.text);
    }
    world
}

/// What the checker says of an example: code and sentence, a line each.
fn said(world: &MemoryWorld, block: &Block) -> Vec<(&'static str, String)> {
    let whole =
        block.text.lines().any(|it| it.starts_with("规则集 ") || it.starts_with("ruleset "));
    let (folder, head) = match block.words.first().map(String::as_str) {
        Some("package") => (block.words[1].as_str(), ""),
        _ if whole => ("例", ""),
        Some("市") => ("市", "规则集 市 版本 1\n基于 省\n"),
        _ => ("例", "规则集 例 版本 1\n引用 资料\n"),
    };
    let world = match folder {
        "例" | "市" => {
            world.clone().with(&format!("{folder}/{folder}.heng"), &format!("{head}{}", block.text))
        }
        _ => world.clone(),
    };
    let checked = check(&world, &[folder.to_owned()], &LinkTable::new());
    let sentence = |it: &heng_dsl::diag::Diagnostic| {
        let (path, line, _) = checked.sources.place(it.primary.span);
        format!(
            "{path}:{line} 「{}」 {}",
            checked.sources.text(it.primary.span),
            it.message(Lang::Zh)
        )
    };
    checked.diagnostics.iter().map(|it| (it.code.record().name, sentence(it))).collect()
}

#[test]
fn examples_are_accepted_or_refused_as_the_reference_says() {
    for name in REFERENCE {
        let (_, text) = document(name);
        let blocks = blocks(&text);
        let world = prelude(&blocks);
        let mut wrong = String::new();
        for block in &blocks {
            let said = said(&world, block);
            let right = match block.words.as_slice() {
                [.., mark, code] if mark == "refused" => {
                    !said.is_empty() && said.iter().all(|it| it.0 == code)
                }
                _ => said.is_empty(),
            };
            if !right {
                let _ = writeln!(wrong, "{name}:{} {:?}: {said:#?}", block.line, block.words);
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
        assert!(blocks.len() > 30, "only {} examples were found", blocks.len());
    }
}

/// A rule file with the words of the language in English.
fn in_english(text: &str) -> String {
    format(text, Options { spelling: Some(Spelling::English) }).text
}

/// The English reference with the examples of the Chinese one.
fn with_examples_in_english(english: &str, chinese: &str) -> String {
    let mut examples = blocks(chinese).into_iter();
    let (mut out, mut inside) = (String::new(), false);
    for line in english.lines() {
        let is_fence = line.starts_with("```");
        if is_fence && !inside && line.starts_with("```heng") {
            let example = examples.next().expect("the English reference has more examples");
            let fence = [&["heng".to_owned()], &example.words[..]].concat().join(" ");
            let _ = writeln!(out, "```{fence}\n{}```", in_english(&example.text));
            inside = true;
        } else if is_fence && inside {
            inside = false;
        } else if !inside {
            let _ = writeln!(out, "{line}");
        }
    }
    assert!(examples.next().is_none(), "the Chinese reference has more examples");
    out
}

#[test]
fn the_english_reference_has_the_examples_of_the_chinese_one() {
    let [(_, chinese), (_, english)] = REFERENCE.map(document);
    assert_eq!(english, with_examples_in_english(&english, &chinese), "see `write_the_tables`");
}

/// The part of a document between `<!-- name -->` and `<!-- end -->`.
fn part<'t>(text: &'t str, name: &str) -> &'t str {
    let (_, rest) = text.split_once(&format!("<!-- {name} -->\n")).unwrap();
    rest.split_once("<!-- end -->").unwrap().0
}

fn builtin_table() -> String {
    let mut out = String::from(
        "| 中文 | English | 参数 parameters | 结果 | result | 空时 of nothing |\n|---|---|---|---|---|---|\n",
    );
    for it in BUILTINS {
        let mut params = it.params.join(", ");
        if it.repeats {
            params.push_str(", …");
        }
        if it.family == Family::Population {
            params = params.replace('P', "全体/同 字段");
        }
        let nothing = if it.of_nothing == ["", ""] {
            "–".to_owned()
        } else if it.of_nothing[0] == it.of_nothing[1] {
            it.of_nothing[0].to_owned()
        } else {
            it.of_nothing.join(" ")
        };
        let [zh, en] = it.names;
        let [szh, sen] = it.summary;
        let _ = writeln!(out, "| `{zh}` | `{en}` | `({params})` | {szh} | {sen} | {nothing} |");
    }
    out
}

fn code_tables() -> String {
    let sections = [
        ("E01", "文本：读不懂的写法 / Text that cannot be read"),
        ("E02", "名称 / Names"),
        ("E03", "类型与缺失 / Types and missing values"),
        ("E04", "表、覆盖、满分 / Tables, coverage, maxima"),
        ("E05", "循环 / Circles"),
        ("E06", "规则集、修订、代码表 / Packages, amendments, code tables"),
        ("E07", "存好的规则数据 / Stored rules"),
    ];
    let mut out = String::new();
    let mut count = 0;
    for (prefix, title) in sections {
        let _ = writeln!(out, "\n## {prefix} {title}\n");
        out.push_str("| 代码 code | 级别 severity | 中文 | English |\n|---|---|---|---|\n");
        let mut codes: Vec<_> = CODES.iter().filter(|it| it.name.starts_with(prefix)).collect();
        codes.sort_by_key(|it| it.name);
        for it in codes {
            let severity = match it.severity {
                Severity::Error => "错误 error",
                Severity::Warning => "警告 warning",
                Severity::Note => "提示 note",
            };
            let text = |at: usize| {
                let help = it.help.map_or(String::new(), |help| format!("<br>→ {}", help[at]));
                format!("{}{help}", it.message[at]).replace('|', "\\|")
            };
            let _ = writeln!(out, "| `{}` | {severity} | {} | {} |", it.name, text(0), text(1));
            count += 1;
        }
    }
    assert_eq!(count, CODES.len(), "a code belongs to none of the sections");
    out
}

/// What is generated in a reference whose first spelling is Chinese (0) or English (1), by its mark.
fn generated(first: usize) -> [(&'static str, String); 5] {
    [
        ("builtins", builtin_table()),
        ("words", tables::word_table(first)),
        ("names", tables::name_table(first)),
        ("reserved", tables::reserved_list()),
        ("units", tables::unit_list(first)),
    ]
}

/// The document with what is generated put in.
fn with_part(text: &str, mark: &str, table: &str) -> String {
    text.replace(
        &format!("<!-- {mark} -->\n{}<!-- end -->", part(text, mark)),
        &format!("<!-- {mark} -->\n{table}<!-- end -->"),
    )
}

#[test]
fn the_tables_of_the_reference_are_those_of_the_language() {
    for (first, name) in REFERENCE.into_iter().enumerate() {
        let (_, text) = document(name);
        for (mark, table) in generated(first) {
            assert_eq!(part(&text, mark), table, "{name}: see `write_the_tables`");
        }
    }
}

#[test]
fn the_tables_of_diagnostics_are_those_of_the_language() {
    let (_, text) = document("diagnostics.md");
    assert_eq!(part(&text, "codes"), code_tables(), "see `write_the_tables`");
}

#[test]
#[ignore = "writes the tables and the English examples: run it after a change of the language"]
fn write_the_tables() {
    let (path, text) = document("diagnostics.md");
    std::fs::write(path, with_part(&text, "codes", &code_tables())).unwrap();
    let chinese = document(REFERENCE[0]).1;
    for (first, name) in REFERENCE.into_iter().enumerate() {
        let (path, mut text) = document(name);
        for (mark, table) in generated(first) {
            text = with_part(&text, mark, &table);
        }
        if first == 1 {
            text = with_examples_in_english(&text, &chinese);
        }
        std::fs::write(path, text).unwrap();
    }
}
