//! What is read here is held against what the grammar reads.

#![expect(clippy::disallowed_methods, reason = "a test reads the shipped rules")]

use std::fs;
use std::path::{Path, PathBuf};

use pest::Parser as _;

use super::{case, is_reserved};
use crate::span::FileId;
use crate::syntax::ast::DeclKind;
use crate::syntax::chunks::{self, Chunk};
use crate::syntax::rules::{HengParser, Rule};
use crate::syntax::{by_grammar, keywords};

/// Is the chunk read here? Then the grammar gives the same declaration and the same comments, and finds
/// nothing wrong.
fn is_plain(chunk: &Chunk<'_>) -> bool {
    let mut comments = Vec::new();
    let Some(decl) = case(FileId(3), chunk, &mut comments) else { return false };
    let (mut others, mut problems) = (Vec::new(), Vec::new());
    let other = by_grammar(FileId(3), chunk, &mut others, &mut problems);
    assert_eq!(Some(Some(&decl)), other.ok().as_ref().map(Option::as_ref), "{}", chunk.text);
    assert_eq!((comments, problems), (others, Vec::new()), "{}", chunk.text);
    true
}

fn rule_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rule_files(&path, out);
        } else if path.extension().is_some_and(|it| it == "heng") {
            out.push(path);
        }
    }
}

/// The texts of the shipped rules.
fn texts() -> Vec<String> {
    let mut paths = Vec::new();
    for folder in ["indicator-sets", "examples", "dsl/tests", "engine/tests"] {
        rule_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), &mut paths);
    }
    paths.sort();
    paths.iter().map(|it| fs::read_to_string(it).unwrap()).collect()
}

fn cases(text: &str) -> Vec<Chunk<'_>> {
    let chunks = chunks::cut(text).into_iter();
    chunks.filter(|it| it.kind == Some(DeclKind::Case)).collect()
}

#[test]
fn what_is_plain_is_what_the_grammar_reads() {
    let texts = texts();
    let chunks: Vec<Chunk<'_>> = texts.iter().flat_map(|it| cases(it)).collect();
    let plain = chunks.iter().filter(|it| is_plain(it)).count();
    assert!(plain * 5 > chunks.len() * 3, "{plain} of {} cases", chunks.len());
}

/// With what a character is replaced, and what is put in.
const PUT: &[&str] = &[
    "",
    " ",
    "，",
    "：",
    "\"",
    "#",
    "\t",
    "\n",
    "\n  ",
    ".",
    "9",
    "或",
    "且",
    "-",
    "（",
    "\r",
    "\u{3000}",
    "\u{B}",
    "月",
    "年",
    "万",
    "a",
    "@",
    "？",
    "每",
    "近",
    "é",
    "＃",
    "是",
    "以上",
    ", ",
    "\n    甲：1",
    "缺失",
];

#[test]
fn a_slip_in_a_case_does_not_part_the_two_ways() {
    let texts = texts();
    let (mut state, mut plain) = (20_261_128_u64, 0);
    let mut next = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for chunk in texts.iter().flat_map(|it| cases(it)) {
        let places: Vec<(usize, char)> = chunk.text.char_indices().collect();
        for _ in 0..20 {
            let (at, old) = places[next(places.len())];
            let end = if next(2) == 0 { at } else { at + old.len_utf8() };
            let mut text = chunk.text.to_owned();
            text.replace_range(at..end, PUT[next(PUT.len())]);
            plain += usize::from(is_plain(&Chunk { text: &text, ..chunk.clone() }));
        }
    }
    assert!(plain > 500, "only {plain} of the slips leave a plain case");
}

#[test]
fn the_reserved_words_are_those_of_the_grammar() {
    let joined = ["且", "或", "and", "or", "以上", "以下", "通用", "ago", "同", "is"];
    let words = keywords::WORDS.iter().flat_map(|it| it.names).filter(|it| !it.contains(' '));
    for word in words.chain(joined) {
        let is_name = HengParser::parse(Rule::name, word).is_ok_and(|it| it.as_str() == word);
        assert_eq!(is_name, !is_reserved(word), "{word}");
    }
}
