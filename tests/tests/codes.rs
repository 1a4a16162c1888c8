//! Each code of the language has a page in `docs/codes`, and the examples of a page do what it says.

#![expect(clippy::unwrap_used, reason = "pages that cannot be read stop the test")]

use std::fs;
use std::path::Path;

use heng::codes::{Example, Page, check, page};
use heng_dsl::diag::{CODES, Lang};

/// Codes that no text on a page can show; each of them says why on its page.
const WITHOUT_EXAMPLE: &[&str] = &[
    // Limits: an example would have to be as large as they are.
    "E0111", "E0112", "E0615", "E0617",
    // Rules as data that were written or changed elsewhere; in rule files other codes come first.
    "E0431", "E0432", "E0433", // A file that cannot be read at all.
    "E0612", // Stored rules, which are JSON: `dsl/tests/stored_errors.rs` spoils one in each way.
    "E0701", "E0702", "E0703", "E0704", "E0705", "E0706", "E0707",
];

/// The pages by the name of their file, without its ending.
fn pages() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/codes");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        found.push((name, fs::read_to_string(&path).unwrap().replace("\r\n", "\n")));
    }
    found.sort();
    found
}

/// What is wrong with the page in the file `name`, for the one who writes it.
fn complaints(name: &str, text: &str) -> Vec<String> {
    let page = match Page::parse(text) {
        Ok(page) => page,
        Err(why) => return vec![format!("{name}: {why}")],
    };
    let mut out = Vec::new();
    if page.code != name {
        out.push(format!("the title is that of {}", page.code));
    }
    if page.record().is_none() {
        out.push("the language has no such code".to_owned());
    }
    out.extend(of_words(&page));
    match page.example {
        Example::Impossible(_) if WITHOUT_EXAMPLE.contains(&page.code) => {}
        Example::Impossible(_) => out.push("it has no example, and is not on the list".to_owned()),
        Example::Shown { wrong, right } => {
            out.extend(of_example("the wrong example", wrong, Some(page.code)));
            out.extend(of_example("the right example", right, None));
        }
    }
    out.into_iter().map(|it| format!("{name}: {it}")).collect()
}

/// Both languages say something, each in its own signs.
fn of_words(page: &Page<'_>) -> Vec<String> {
    let chinese = |it: &str| it.chars().filter(|it| *it > '\u{2e80}').count();
    let mut out = Vec::new();
    let [zh, en] = page.meaning;
    if chinese(page.title[0]) == 0 || chinese(page.title[1]) > 0 {
        out.push(format!("the title is Chinese and then English, not {:?}", page.title));
    }
    if chinese(zh) < 60 || zh.matches('。').count() < 2 {
        out.push("it says too little in Chinese".to_owned());
    }
    if en.split_whitespace().count() < 40 || chinese(en) * 20 > en.len() {
        out.push("it says too little in English".to_owned());
    }
    out
}

/// Has the example the problem with that code and no other, or none?
fn of_example(what: &str, example: &str, code: Option<&str>) -> Vec<String> {
    let checked = match check(example) {
        Ok(checked) => checked,
        Err(why) => return vec![format!("{what}: {why}")],
    };
    let mut out = Vec::new();
    if code.is_some() && checked.diagnostics.is_empty() {
        out.push(format!("{what} has no problem"));
    }
    for it in checked.diagnostics.iter().filter(|it| Some(it.code.record().name) != code) {
        let (file, line, _) = checked.sources.place(it.primary.span);
        let (found, said) = (it.code.record().name, it.message(Lang::Zh));
        out.push(format!("{what} has {found} at {file}:{line}: {said}"));
    }
    out
}

#[test]
fn every_page_is_whole_and_its_examples_do_what_it_says() {
    let wrong: Vec<String> =
        pages().iter().flat_map(|(name, text)| complaints(name, text)).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_code_has_a_page() {
    let pages = pages();
    let has = |code: &&str| pages.iter().any(|it| it.0 == *code);
    let without: Vec<&str> = CODES.iter().map(|it| it.name).filter(|it| !has(it)).collect();
    assert!(without.is_empty(), "write docs/codes/….md for {without:?}");
    for code in WITHOUT_EXAMPLE {
        let page = page(code).unwrap();
        assert!(matches!(page.example, Example::Impossible(_)), "{code}: take it off the list");
    }
}

#[test]
fn the_program_has_the_pages_of_the_documentation() {
    for (name, text) in pages() {
        assert_eq!(page(&name), Page::parse(&text).ok(), "{name}");
    }
}

// The tests can fail.

/// What is said of the page of E0401 after a text in it is changed.
fn said(from: &str, to: &str) -> String {
    let pages = pages();
    let text = &pages.iter().find(|it| it.0 == "E0401").unwrap().1;
    assert!(text.contains(from), "{from}");
    complaints("E0401", &text.replacen(from, to, 1)).join("\n")
}

#[test]
fn a_page_without_a_good_example_is_refused() {
    assert_eq!(said("E0401", "E0401"), "");
    let whole = "    1 次：30\n";
    assert!(said(whole, "").contains("the right example has E0401"), "{}", said(whole, ""));
    assert!(said(whole, "    1 次：80\n").contains("the right example has E0411"));
    assert!(said("\n## 对 / Right\n", "\n").contains("Right"));
    assert!(said("## 不对 / Wrong", "## 没有例子 / No example\n\n无。\n\nNone.").contains("list"));
}

#[test]
fn a_wrong_example_has_exactly_its_problem() {
    // Without its gap; with another problem beside it.
    assert!(said("    0：0\n    2", "    0：0\n    1：1\n    2").contains("has no problem"));
    assert!(said("2 次以上：60", "2 次以上：90").contains("the wrong example has E0411"));
}

#[test]
fn a_page_that_belongs_to_no_code_or_says_nothing_is_refused() {
    let other = said("# E0401", "# E0499");
    assert!(other.contains("title is that of E0499") && other.contains("no such code"), "{other}");
    assert!(said(" / A gap in a table", " / 表").contains("the title is Chinese"));
    assert!(said("\n## Meaning\n", "\n## Meaning\n\nNo.\n\n## More\n").contains("in English"));
    assert!(said("\n## 意思\n", "\n## 意思\n\n没有。\n\n## 另外\n").contains("in Chinese"));
}
