//! The pages for authors hold together: what `docs/` and the READMEs show is compiled somewhere, their links lead
//! somewhere, and what they say of words and of each other is so.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a page that cannot be read stops the test")]

#[path = "reference/vocabulary.rs"]
mod vocabulary;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use heng_dsl::check::check;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::syntax::Spelling;
use heng_dsl::syntax::format::{Options, format};
use heng_dsl::world::MemoryWorld;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn page(name: &str) -> String {
    fs::read_to_string(repository().join(name)).unwrap().replace("\r\n", "\n")
}

/// Every Markdown file of the repository, from its root.
fn pages() -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(repository().join(&folder)).unwrap() {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            let path = folder.join(&name);
            let is_page = path.extension().is_some_and(|it| it == "md");
            if repository().join(&path).is_dir() {
                open.extend((name != "target" && !name.starts_with('.')).then_some(path));
            } else if is_page {
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

/// The fenced blocks of a page: what stands behind the fence, and the text.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            inside = !inside;
            if inside {
                out.push((fence.to_owned(), String::new()));
            }
        } else if inside {
            let block = &mut out.last_mut().unwrap().1;
            *block += line;
            block.push('\n');
        }
    }
    out
}

/// Pages whose rules are compiled by other tests: `reference.rs`, `cli/tests/walks.rs`, `codes.rs`.
const COMPILED: &[&str] = &["docs/language.md", "docs/language.en.md", "docs/codes/"];

#[test]
fn every_rule_that_a_page_shows_is_compiled() {
    let mut rules = 0;
    for name in pages() {
        if COMPILED.iter().any(|it| name.starts_with(it)) {
            continue;
        }
        for (fence, text) in blocks(&page(&name)) {
            let of_walk = fence.starts_with("heng file ") || fence.starts_with("heng add ");
            if fence == "heng" {
                let said = said_of(&text);
                assert!(said.is_empty(), "{name} shows rules that are refused:\n{text}{said}");
                rules += 1;
            } else if !of_walk && fence != "text" && !fence.starts_with("diff") {
                let word = text.split_whitespace().next().unwrap_or_default();
                let declares =
                    vocabulary::words()[0].1.iter().any(|it| it.contains(&word.to_owned()));
                assert!(!declares, "{name} shows rules that no test compiles:\n{text}");
            }
        }
    }
    assert!(rules > 0, "no page shows a rule");
}

/// What the checker says of rules that use the data standard, and belong to the dimension 监管信息.
fn said_of(text: &str) -> String {
    let mut world = MemoryWorld::default();
    let folder = repository().join("indicator-sets/data-standard");
    for (from, below) in [(folder.clone(), ""), (folder.join("codes"), "codes/")] {
        for entry in
            fs::read_dir(from).unwrap().map(Result::unwrap).filter(|it| it.path().is_file())
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            let text = fs::read_to_string(entry.path()).unwrap();
            world = world.with(&format!("数据规范/{below}{name}"), &text);
        }
    }
    let head = "规则集 例 版本 1\n引用 数据规范\n维度 监管信息 满分 120\n";
    world = world.with("例/例.heng", &format!("{head}{text}"));
    let checked = check(&world, &["例".to_owned()], &LinkTable::new());
    let said: Vec<String> = checked.diagnostics.iter().map(|it| format!("{it:?}")).collect();
    said.join("\n")
}

/// What GitHub calls a heading.
fn anchor(heading: &str) -> String {
    let letters = heading.trim().to_lowercase();
    let kept = letters.chars().filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
    kept.map(|it| if it == ' ' { '-' } else { it }).collect()
}

/// The anchors of a page.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if !inside && line.starts_with('#') {
            found.insert(anchor(line.trim_start_matches('#')));
        }
    }
    found
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let mut lost = Vec::new();
    let mut links = 0;
    for name in pages() {
        let text = page(&name);
        let prose: String = {
            let fenced: Vec<&str> = text.split("\n```").step_by(2).collect();
            fenced.join("\n")
        };
        for target in prose.split("](").skip(1).filter_map(|it| it.split(')').next()) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            links += 1;
            let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
            let here = repository().join(&name);
            let there = if path.is_empty() { here } else { here.parent().unwrap().join(path) };
            if !there.exists() {
                lost.push(format!("{name}: {target}"));
            } else if !fragment.is_empty() && there.is_file() {
                let text = fs::read_to_string(there).unwrap();
                if !anchors(&text).contains(fragment) {
                    lost.push(format!("{name}: no heading for {target}"));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    assert!(links > 50, "only {links} links were found");
}

/// The part of a page between `<!-- name -->` and `<!-- end -->`.
fn part<'t>(text: &'t str, name: &str) -> &'t str {
    let (_, rest) = text.split_once(&format!("<!-- {name} -->\n")).unwrap();
    rest.split_once("<!-- end -->").unwrap().0
}

/// The cells of the rows of a table, without its head.
fn rows(table: &str) -> Vec<Vec<&str>> {
    let rows = table.lines().filter(|it| it.starts_with('|')).skip(2);
    rows.map(|it| it.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

#[test]
fn each_fragment_for_an_indicator_table_stands_in_the_rule_file() {
    for (name, gap) in [("docs/from-excel.md", '：'), ("docs/from-excel.en.md", ':')] {
        let text = page(name);
        let blocks = blocks(&text);
        let (_, file) = blocks.iter().find(|it| it.0.starts_with("heng file ")).unwrap();
        let mut fragments = 0;
        for table in ["columns", "phrases"] {
            for row in rows(part(&text, table)) {
                let cell = row[if table == "columns" { 2 } else { 1 }];
                let written: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
                assert!(!written.is_empty(), "{name}: no fragment in {row:?}");
                for it in written.into_iter().filter(|it| it.len() > 3 && !it.starts_with('#')) {
                    assert!(file.contains(it), "{name}: the rule file has no {it}");
                    fragments += 1;
                }
            }
        }
        assert!(fragments > 20 && file.contains(gap), "{name}: only {fragments} fragments");
    }
}

#[test]
fn the_english_rule_file_for_an_indicator_table_is_the_chinese_one() {
    let files = |name: &str| -> Vec<(String, String)> {
        let all = blocks(&page(name)).into_iter();
        all.filter(|it| it.0.starts_with("heng file ")).collect()
    };
    let (chinese, english) = (files("docs/from-excel.md"), files("docs/from-excel.en.md"));
    assert_eq!(chinese.len(), english.len());
    for ((fence, text), (same, english)) in chinese.into_iter().zip(english) {
        assert_eq!(fence, same);
        let options = Options { spelling: Some(Spelling::English) };
        assert_eq!(english, format(&text, options).text, "{fence}");
    }
}

#[test]
fn the_words_of_the_glossary_are_words_of_the_language() {
    let text = page("docs/glossary.md");
    let word = |it: &str| -> Option<String> {
        let word = it.strip_prefix('`')?.strip_suffix('`')?;
        (!word.contains('`')).then(|| word.to_owned())
    };
    let mut pairs = 0;
    for row in text.lines().filter(|it| it.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 4, "{row}");
        match (word(cells[0]), word(cells[1])) {
            (Some(zh), Some(en)) => {
                assert!(vocabulary::is_pair(&zh, &en), "{zh} and {en} are no word of the language");
                pairs += 1;
            }
            (None, None) => {}
            _ => panic!("one spelling only: {row}"),
        }
        // Alone in a cell for where a term is used, a word is one of the language, or a command.
        for it in cells[3].split(['；', ' ']).filter_map(word) {
            let known =
                vocabulary::words().iter().any(|group| group.1.iter().any(|pair| pair[0] == it));
            assert!(known, "{it} is no word of the language: {row}");
        }
    }
    assert!(pairs > 30, "only {pairs} words were found");
}

#[test]
fn what_is_missing_on_a_page_is_noticed() {
    assert_eq!(anchor(" 七、与通用的结果叠加"), "七与通用的结果叠加");
    assert_eq!(
        anchor(" 一、文件的样子 / The shape of a file"),
        "一文件的样子--the-shape-of-a-file"
    );
    assert!(anchors("# A b\n```\n# c\n```\n").contains("a-b"));
    assert!(!anchors("```\n# c\n```\n").contains("c"));
    assert_eq!(rows("| a | b |\n|---|---|\n| c | d |\n"), [["c", "d"]]);
    assert!(said_of("标注 甲\n  当 乙\n").contains("E02"), "a wrong rule is accepted");
}
