//! What may not change the meaning of a package: the width of its characters, the order of its
//! declarations and of its files. And what may not bring the checker down: any change of a text.

#![expect(
    clippy::case_sensitive_file_extension_comparisons,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the shipped sets from files whose names are known, and fails where it cannot"
)]

use std::collections::BTreeMap;
use std::path::Path;

use heng_dsl::check::{Checked, check};
use heng_dsl::model::Id;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::span::FileId;
use heng_dsl::stored::Hash;
use heng_dsl::syntax::format::{Options, format};
use heng_dsl::syntax::{self, Spelling};
use heng_dsl::world::World;
use proptest::prelude::*;
use serde_json::Value;

/// The rule files and code tables of the shipped sets, by path.
#[derive(Clone)]
struct Shipped(BTreeMap<String, String>);

impl World for Shipped {
    fn rule_files(&self, folder: &str) -> Result<Vec<String>, String> {
        let inside = |it: &&String| {
            it.rsplit_once('/').is_some_and(|(own, _)| own == folder)
                && Path::new(it).extension().is_some_and(|it| it == "heng")
        };
        Ok(self.0.keys().filter(inside).cloned().collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.0.get(path).map(|it| it.as_bytes().to_vec()).ok_or_else(|| path.to_owned())
    }

    fn package_folders(&self, asking: &str) -> Vec<String> {
        let mut folders: Vec<String> = self
            .0
            .keys()
            .filter(|it| it.ends_with(".heng"))
            .filter_map(|it| it.rsplit_once('/'))
            .map(|it| it.0.to_owned())
            .filter(|it| it != asking)
            .collect();
        folders.dedup();
        folders
    }
}

fn read(folder: &Path, name: &str, out: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = format!("{name}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            read(&entry.path(), &path, out);
        } else if path.ends_with(".heng") || path.ends_with(".csv") {
            out.insert(path, std::fs::read_to_string(entry.path()).unwrap());
        }
    }
}

fn shipped() -> Shipped {
    let mut out = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../indicator-sets");
    read(&root, "sets", &mut out);
    Shipped(out)
}

const ROOTS: [&str; 3] = ["sets/data-standard", "sets/general", "sets/food"];

fn checked(world: &Shipped) -> Checked {
    let roots: Vec<String> = ROOTS.iter().map(|it| (*it).to_owned()).collect();
    check(world, &roots, &LinkTable::new())
}

/// The meaning hash of each package.
fn meanings(checked: &Checked) -> Vec<(Id, Hash)> {
    let packages = checked.linked.iter().flat_map(|it| &it.packages);
    packages.map(|it| (it.id.clone(), Hash::of_meaning(it))).collect()
}

/// The packages without what only quotes the text: places, and conditions and rows as written.
fn models(checked: &Checked) -> Vec<Value> {
    assert!(checked.linked.is_some(), "{:?}", checked.diagnostics.first());
    let Some(linked) = &checked.linked else { return Vec::new() };
    let mut out: Vec<Value> =
        linked.packages.iter().map(|it| serde_json::to_value(it).unwrap()).collect();
    out.iter_mut().for_each(without_texts);
    out
}

fn without_texts(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for name in ["place", "text", "texts", "lines", "because"] {
                fields.remove(name);
            }
            fields.values_mut().for_each(without_texts);
        }
        Value::Array(all) => all.iter_mut().for_each(without_texts),
        _ => {}
    }
}

/// Are these the same, where lists that follow the order of the declarations may be in any order?
fn sorted(mut models: Vec<Value>) -> Vec<Value> {
    const IN_ORDER_OF_TEXT: [&str; 11] = [
        "uses",
        "enums",
        "codes",
        "tables",
        "decls",
        "decides",
        "checks",
        "actions",
        "clauses",
        "guarantees",
        "cases",
    ];
    for model in &mut models {
        for name in IN_ORDER_OF_TEXT {
            if let Some(Value::Array(all)) = model.get_mut(name) {
                // Two actions of one name have periods of their own.
                all.sort_by_key(|it| (name_of(it), it.get("period").map(Value::to_string)));
                // The periods of one rule stand in the order of the text, too.
                for versions in all.iter_mut().filter_map(|it| it.get_mut("versions")) {
                    if let Value::Array(versions) = versions {
                        versions.sort_by_key(Value::to_string);
                    }
                }
            }
        }
    }
    models
}

fn name_of(it: &Value) -> String {
    let name = ["id", "title", "package"].iter().find_map(|name| it.get(name));
    name.unwrap_or(it).to_string()
}

/// The full-width twin of what may be typed in either width outside strings and prose.
fn wide(character: char) -> char {
    match character {
        '('
        | ')'
        | '['
        | ']'
        | ','
        | ':'
        | ';'
        | '+'
        | '-'
        | '%'
        | '<'
        | '>'
        | '='
        | '@'
        | '0'..='9' => char::from_u32(u32::from(character) + 0xFEE0).unwrap_or(character),
        ' ' => '\u{3000}',
        other => other,
    }
}

fn narrow(character: char) -> char {
    match u32::from(character) {
        0x3000 => ' ',
        it @ 0xFF01..=0xFF5E => char::from_u32(it - 0xFEE0).unwrap_or(character),
        _ => character,
    }
}

/// May the line be typed in either width? Not if it has a string, prose or a comment, or a name with a
/// digit: the width of a digit belongs to a name.
fn is_plain(line: &str) -> bool {
    let word = line.trim_start().split([' ', '\u{3000}']).next().unwrap_or_default();
    let prose = [
        "依据",
        "说明",
        "缘由",
        "来源",
        "产生",
        "提供",
        "负责",
        "渠道",
        "人工",
        "不属此类",
        "修订",
        "停用",
        "规则集",
        "引用",
        "基于",
    ];
    let marks = ['"', '“', '#', '＃', '「'];
    !prose.contains(&word) && !line.contains(marks)
}

fn swapped(text: &str, turn: &mut impl Iterator<Item = bool>) -> String {
    text.split_inclusive('\n')
        .map(|line| {
            if !is_plain(line) {
                return line.to_owned();
            }
            let before = std::iter::once(' ').chain(line.chars());
            line.chars()
                .zip(before)
                .map(|(it, before)| match turn.next().unwrap_or(false) {
                    _ if it.is_ascii_digit()
                        && before.is_alphanumeric()
                        && !before.is_numeric() =>
                    {
                        it
                    }
                    true => wide(it),
                    false => narrow(it),
                })
                .collect()
        })
        .collect()
}

/// The declarations of a file, each with the comments below it.
fn declarations(text: &str) -> Vec<String> {
    let (tree, _) = syntax::parse(FileId::default(), text);
    let starts: Vec<usize> = tree.decls.iter().map(|it| it.span.start as usize).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| format!("{}\n", &text[*start..end])).collect()
}

fn mutated(text: &str, edits: &[(prop::sample::Index, u8, prop::sample::Index, String)]) -> String {
    let mut words: Vec<String> =
        text.split_inclusive([' ', '\n', '：', '，', '（', '）']).map(str::to_owned).collect();
    for (at, kind, other, noise) in edits {
        if words.is_empty() {
            break;
        }
        let (at, other) = (at.index(words.len()), other.index(words.len()));
        match kind % 6 {
            0 => drop(words.remove(at)),
            1 => words.insert(at, words[other].clone()),
            2 => words.swap(at, other),
            3 => words.insert(at, noise.clone()),
            4 => words[at] = noise.repeat(20),
            _ if *kind > 250 => words.truncate(at),
            _ => words[at] = "9".repeat(usize::from(*kind)),
        }
    }
    words.concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]

    #[test]
    fn the_width_of_characters_does_not_change_the_model(choices in prop::collection::vec(any::<bool>(), 97)) {
        let chinese = checked(&shipped());
        let before = models(&chinese);
        let mut turn = choices.iter().copied().cycle();
        let mut world = shipped();
        for (path, text) in &mut world.0 {
            if path.ends_with(".heng") {
                *text = swapped(text, &mut turn);
            }
        }
        let wide = checked(&world);
        prop_assert_eq!(meanings(&wide), meanings(&chinese));
        let after = models(&wide);
        prop_assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            same(before, after, "");
        }
    }

    #[test]
    fn the_order_of_declarations_does_not_change_the_model(seed in any::<u64>()) {
        let in_order = checked(&shipped());
        let before = sorted(models(&in_order));
        let mut world = shipped();
        let mut state = seed | 1;
        let mut next = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % below
        };
        for root in ROOTS {
            let paths = world.rule_files(root).unwrap();
            let mut all: Vec<String> = paths.iter().flat_map(|it| declarations(&world.0[it])).collect();
            for at in (1..all.len()).rev() {
                all.swap(at, next(at + 1));
            }
            for path in &paths {
                world.0.insert(path.clone(), String::new());
            }
            for it in all {
                let path = &paths[next(paths.len())];
                world.0.get_mut(path).unwrap().push_str(&it);
            }
        }
        let moved = checked(&world);
        prop_assert_eq!(meanings(&moved), meanings(&in_order));
        let after = sorted(models(&moved));
        for (before, after) in before.iter().zip(&after) {
            same(before, after, "");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn no_change_of_a_text_brings_the_checker_down(
        file in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<prop::sample::Index>(), "\\PC{0,3}"), 1..12),
    ) {
        let mut world = shipped();
        let paths: Vec<String> = world.0.keys().cloned().collect();
        let path = &paths[file.index(paths.len())];
        let text = mutated(&world.0[path], &edits);
        world.0.insert(path.clone(), text);
        let checked = checked(&world);
        prop_assert_eq!(checked.linked.is_some(), !checked.failed());
        for it in &checked.diagnostics {
            let span = it.primary.span;
            let text = checked.sources.file(span.file).map_or("", |it| it.text.as_str());
            let fits = text.get(span.start as usize..span.end as usize).is_some();
            prop_assert!(fits || span.end == 0, "{:?}", it);
        }
    }
}

/// Compares value by value, to show the first difference only.
fn same(before: &Value, after: &Value, at: &str) {
    match (before, after) {
        (Value::Object(a), Value::Object(b)) => {
            assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{at}");
            a.iter().for_each(|(name, it)| same(it, &b[name], &format!("{at}.{name}")));
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{at}");
            a.iter().zip(b).enumerate().for_each(|(n, (a, b))| same(a, b, &format!("{at}[{n}]")));
        }
        _ => assert_eq!(before, after, "{at}"),
    }
}

/// Words in the other spelling say the same.
#[test]
fn the_english_spelling_leaves_the_models_as_they_are() {
    let chinese = shipped();
    let mut english = chinese.clone();
    for (path, text) in &mut english.0 {
        if path.ends_with(".heng") {
            let english = Options { spelling: Some(Spelling::English) };
            let spelt = format(text, english).text;
            assert_ne!(spelt, *text, "{path}");
            *text = spelt;
        }
    }
    let (chinese, english) = (checked(&chinese), checked(&english));
    assert_eq!(meanings(&chinese), meanings(&english));
    let (mut before, mut after) = (models(&chinese), models(&english));
    // What is switched off says its kind as the author wrote it.
    before.iter_mut().chain(&mut after).for_each(without_kinds);
    assert_eq!(before, after);
}

fn without_kinds(model: &mut Value) {
    if let Some(Value::Array(all)) = model.get_mut("disabled") {
        all.iter_mut().filter_map(Value::as_object_mut).for_each(|it| {
            it.remove("kind");
        });
    }
}
