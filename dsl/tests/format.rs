//! One form of every file: a corpus to be read, and what holds of any file.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads its corpus from files, and fails where it cannot"
)]

mod generate;
mod tree;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use heng_dsl::diag::Diagnostic;
use heng_dsl::span::FileId;
use heng_dsl::syntax::format::{Formatted, Options, format};
use heng_dsl::syntax::{self, Spelling};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn formatted(text: &str, spelling: Option<Spelling>) -> Formatted {
    format(text, Options { spelling })
}

/// The text in its form; everything in it can be read.
fn clean(text: &str, spelling: Option<Spelling>) -> String {
    let Formatted { text: out, kept, problems } = formatted(text, spelling);
    let kept: Vec<&str> = kept.iter().map(|it| part(text, it.start, it.end)).collect();
    assert!(problems.is_empty(), "{}", told(text, &problems));
    assert!(kept.is_empty(), "kept: {}", kept.join("\n"));
    out
}

/// The problems with what stands there.
fn told(text: &str, problems: &[Diagnostic]) -> String {
    let place = |it: &Diagnostic| {
        let at = it.primary.span.start as usize;
        let line = text[..at].rfind('\n').map_or(0, |it| it + 1);
        format!("{:?} before {:?} in {:?}\n", it.code, &text[at..], &text[line..at])
    };
    problems.iter().map(place).collect()
}

fn part(text: &str, start: u32, end: u32) -> &str {
    text.get(start as usize..end as usize).unwrap_or("")
}

fn plain(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The tree without spans, of which neither the order of lines and parts nor the spelling matters.
fn tree_of(text: &str) -> String {
    let (tree, problems) = syntax::parse(FileId::default(), text);
    assert!(problems.is_empty(), "{}", told(text, &problems));
    tree::in_chinese(&tree::sorted(&tree))
}

/// The comments of a file as they are written in its form.
fn comments(text: &str) -> Vec<String> {
    let (tree, _) = syntax::parse(FileId::default(), text);
    let comments = tree.comments.iter().map(|it| part(text, it.span.start, it.span.end));
    comments.map(|it| it.trim_end().replacen('＃', "#", 1)).collect()
}

/// What holds of the form of any file that can be read.
fn holds(text: &str) {
    let text = &plain(text);
    let form = clean(text, None);
    assert_eq!(form, clean(&form, None), "written once more\n{text}");
    let (zh, en) = (clean(text, Some(Spelling::Chinese)), clean(text, Some(Spelling::English)));
    assert_eq!(tree_of(text), tree_of(&form).as_str(), "\n{text}");
    assert_eq!(clean(&en, Some(Spelling::Chinese)), zh, "\n{text}");
    assert_eq!(clean(&zh, Some(Spelling::English)), en, "\n{text}");
    let (mut before, mut after) = (comments(text), comments(&form));
    before.sort();
    after.sort();
    assert_eq!(before, after, "\n{text}\n{form}");
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.extension().is_some_and(|it| it == "heng"))
        .collect();
    found.sort();
    found
}

/// The rule files of the repository.
fn shipped() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = ["indicator-sets", "examples", "cli/templates"];
    let mut folders: Vec<PathBuf> = folders.iter().map(|it| root.join(it)).collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "heng") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 30);
    found.sort();
    found
}

#[test]
fn the_corpus_has_this_form() {
    for folder in ["format", "parse"] {
        for path in files(&format!("tests/{folder}")) {
            let text = std::fs::read_to_string(&path).unwrap();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let form = formatted(&text, None);
            let kept: Vec<&str> = form
                .kept
                .iter()
                .map(|it| part(&text, it.start, it.end).lines().next().unwrap_or(""))
                .collect();
            let again = formatted(&form.text, None).text;
            assert_eq!(form.text, again, "{stem} written once more");
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path("format");
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            let shown = format!("{}---- kept: {kept:?}\n", form.text);
            settings.bind(|| insta::assert_snapshot!(stem, shown));
        }
    }
}

#[test]
fn every_construct_comes_back_from_the_other_spelling() {
    for path in files("tests/parse").into_iter().chain(files("tests/both")) {
        holds(&std::fs::read_to_string(path).unwrap());
    }
    let [zh, en] = ["zh", "en"].map(|it| {
        let path = format!("{}/tests/both/{it}.heng", env!("CARGO_MANIFEST_DIR"));
        clean(&std::fs::read_to_string(path).unwrap(), Some(Spelling::English))
    });
    // The two files are the same rules. What each says of itself differs, and 日 stays beside 天.
    for (zh, en) in zh.lines().zip(en.lines()).skip(1) {
        assert_eq!(zh.replace("日 or", "days or"), en);
    }
}

/// The form is the one that the authors of the shipped sets wrote.
#[test]
fn the_rules_of_the_repository_have_their_form() {
    let mut others = Vec::new();
    for path in shipped() {
        let text = std::fs::read_to_string(&path).unwrap();
        if clean(&text, None) != text {
            others.push(path);
        }
        holds(&text);
    }
    assert!(others.is_empty(), "run `heng fmt` for {others:?}");
}

#[test]
fn width_line_ends_and_a_byte_order_mark_do_not_matter() {
    let text = "＃ 注\r\n参数　甲＝２４ 个月\r\n指标 乙　满分１２０\r\n  评分 按 甲\r\n    ２ 至 ３：１．５;  其余:0\r\n";
    let form =
        "# 注\n参数 甲 = 24 个月\n指标 乙 满分 120\n  评分 按 甲\n    2 至 3：1.5；其余：0\n";
    assert_eq!(clean(text, None), form);
    assert_eq!(clean(&format!("\u{feff}{text}"), None), form);
    assert_eq!(clean(&text.replace("\r\n", "\n"), None), form);
}

#[test]
fn the_version_of_a_package_stands_behind_its_brackets() {
    let text = "值 甲 = 「通 用」＠2024.12.信用 + 通用@1.「总 分」\n";
    assert_eq!(clean(text, None), text.replace('＠', "@"));
}

#[test]
fn what_cannot_be_read_stays_byte_for_byte() {
    let broken = "指标  甲 属于 （乙\n\t评分 按，，甲 # 注\n    ＝２：３  \n\n  # 末";
    let text = format!("参数  乙=1\n\n\n{broken}\n\n# 后\n参数 丙 ＝ 2");
    let Formatted { text, kept, problems } = formatted(&text, None);
    assert_eq!(text, format!("参数 乙 = 1\n\n{broken}\n\n# 后\n参数 丙 = 2\n"));
    assert_eq!((kept.len(), problems.len()), (1, 1));
    // Lines before the first declaration are no comment and stay too.
    let Formatted { text, kept, .. } = formatted("  何\n参数 甲=1", None);
    assert_eq!((text.as_str(), kept.len()), ("  何\n参数 甲 = 1\n", 1));
    assert_eq!(formatted("", None).text, "");
    assert_eq!(formatted("\n\n# 注\n\n\n", None).text, "# 注\n");
}

/// Where each comment stands: its declaration, and its number in it.
fn places(text: &str) -> Vec<(usize, usize)> {
    let number = |it: String| {
        let (decl, number) = it.trim_start_matches(['#', ' ']).split_once('.').unwrap().to_owned();
        (decl.parse().unwrap(), number.parse().unwrap())
    };
    comments(text).into_iter().map(number).collect()
}

/// How many random files each property looks at, the same ones each time; who asks for more in
/// `HENG_RANDOM_FILES` gets others each time. A file that fails is told with its seed.
fn random_files() -> ProptestConfig {
    let more = std::env::var("HENG_RANDOM_FILES").ok().and_then(|it| it.parse().ok());
    let rng_seed = if more.is_some() { RngSeed::Random } else { RngSeed::Fixed(1) };
    let cases = more.unwrap_or(48);
    ProptestConfig { cases, rng_seed, max_shrink_iters: 0, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(random_files())]

    #[test]
    fn random_files_have_one_form(seed in any::<u64>()) {
        let text = plain(&generate::file(seed));
        holds(&text);
        // Comments stay with their declaration, in the order of the declarations.
        let after = places(&clean(&text, None));
        let decls: Vec<usize> = after.iter().map(|it| it.0).collect();
        prop_assert!(decls.is_sorted(), "{after:?}\n{text}");
    }

    #[test]
    fn random_changes_lose_nothing(seed in any::<u64>(), at in any::<prop::sample::Index>(), noise in "\\PC{0,3}", cut in 0..4_usize) {
        let mut characters: Vec<char> = plain(&generate::file(seed)).chars().collect();
        let at = at.index(characters.len());
        let end = (at + cut).min(characters.len());
        characters.splice(at..end, noise.chars());
        let text: String = characters.into_iter().collect();
        let form = formatted(&text, None);
        for it in &form.kept {
            let kept = part(&text, it.start, it.end);
            prop_assert!(form.text.contains(kept), "{kept:?}\n{text}");
        }
        let again = formatted(&form.text, None);
        prop_assert_eq!(&again.text, &form.text, "{}", text);
    }
}

/// Random files reach every kind of declaration.
#[test]
fn random_files_are_of_every_kind() {
    let mut kinds = BTreeMap::new();
    for seed in 0..400 {
        let (tree, _) = syntax::parse(FileId::default(), &plain(&generate::file(seed)));
        for it in tree.decls {
            *kinds.entry(it.kind).or_insert(0) += 1;
        }
    }
    assert_eq!(kinds.len(), 28, "{kinds:?}");
}
