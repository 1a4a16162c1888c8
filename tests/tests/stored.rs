//! Stored rules from the side of who reads them: everything that the checker makes is valid, survives
//! being stored, and whatever else arrives is refused with a sentence or evaluated without harm.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails, and models are read from disk"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use heng_dsl::check::check;
use heng_dsl::diag::{Diagnostic, Lang};
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::{RuleSet, valid};
use heng_dsl::stored::{self, Hashes, Program as Stored};
use heng_dsl::value::Date;
use heng_dsl::world::MemoryWorld;
use heng_engine::cases::run_cases;
use heng_engine::data::{Household, Register};
use heng_engine::program::Program;
use heng_engine::run::{RunOptions, run};
use proptest::prelude::*;
use serde_json::{Value, json};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All rule files and code tables below a folder of the repository, by the folder that they stand in.
fn world(folders: &[&str]) -> MemoryWorld {
    fn add(world: MemoryWorld, folder: &Path, name: &str) -> MemoryWorld {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap()).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        entries.into_iter().fold(world, |world, it| {
            let (path, file) = (it.path(), it.file_name().into_string().unwrap());
            let inside = format!("{name}/{file}");
            if path.is_dir() {
                return add(world, &path, &inside);
            }
            match path.extension().and_then(|it| it.to_str()) {
                Some("heng" | "csv") => world.with(&inside, &fs::read_to_string(&path).unwrap()),
                _ => world,
            }
        })
    }
    folders.iter().fold(MemoryWorld::default(), |world, it| add(world, &repository().join(it), it))
}

fn linked(world: &MemoryWorld, roots: &[&str], links: &[(&str, &str)]) -> (Linked, Vec<usize>) {
    let roots: Vec<String> = roots.iter().map(|it| (*it).to_owned()).collect();
    let links: LinkTable = links.iter().map(|it| (it.0.into(), it.1.into())).collect();
    let checked = check(world, &roots, &links);
    let said: Vec<String> = checked.diagnostics.iter().map(|it| it.message(Lang::En)).collect();
    (checked.linked.unwrap_or_else(|| panic!("{said:#?}")), checked.roots)
}

fn said(problems: &[Diagnostic]) -> Vec<String> {
    let code = |it: &Diagnostic| it.code.record().name;
    problems.iter().map(|it| format!("{} {}", code(it), it.message(Lang::En))).collect()
}

/// Without the paths of files, which a stored model does not keep.
fn plain(set: &RuleSet) -> RuleSet {
    let mut set = set.clone();
    heng_dsl::model::origins::each(&mut set, &mut |it| it.place = None);
    set
}

/// Stored and read again, in both forms, it is the same; and it is valid.
fn survives(linked: &Linked, roots: &[usize]) {
    for at in 0..linked.packages.len() {
        assert_eq!(valid::check(at, linked), [], "{}", linked.packages[at].id);
    }
    let closed = stored::linked(linked, roots);
    let read = stored::read("closed.json", closed.as_bytes()).unwrap();
    let closed = stored::link(vec![read]).unwrap_or_else(|it| panic!("{:#?}", said(&it)));
    let one_by_one = (0..linked.packages.len()).map(|it| {
        let text = stored::package(linked, it).unwrap();
        stored::read("one.json", text.as_bytes()).unwrap()
    });
    let same_links = linked.links.is_empty();
    let open = stored::link(one_by_one.collect());
    let mut all = vec![closed];
    if same_links {
        all.push(open.unwrap_or_else(|it| panic!("{:#?}", said(&it))));
    }
    for Stored { linked: found, .. } in all {
        assert_eq!(found.packages.len(), linked.packages.len());
        for (a, b) in found.packages.iter().zip(&linked.packages) {
            assert!(plain(a) == plain(b), "{}", a.id);
        }
    }
}

#[test]
fn the_shipped_sets_survive() {
    let sets = world(&["indicator-sets", "examples"]);
    let all: Vec<String> = fs::read_dir(repository().join("indicator-sets"))
        .unwrap()
        .map(|it| it.unwrap())
        .filter(|it| it.path().is_dir())
        .map(|it| format!("indicator-sets/{}", it.file_name().into_string().unwrap()))
        .collect();
    let roots: Vec<&str> = all.iter().map(String::as_str).collect();
    let (shipped, roots) = linked(&sets, &roots, &[]);
    survives(&shipped, &roots);
    let city = ["examples/chizhou/rules", "indicator-sets/food"];
    let (city, roots) = linked(&sets, &city, &[("通用", "池州")]);
    survives(&city, &roots);
    let (chicago, roots) = linked(&sets, &["examples/chicago-food/rules"], &[]);
    survives(&chicago, &roots);
}

/// The corpus of the checker: `=== folder/name` begins a file; the first folder is what is checked.
#[test]
fn everything_that_the_checker_accepts_survives() {
    let mut accepted = 0;
    for folder in ["dsl/tests/check"] {
        for it in fs::read_dir(repository().join(folder)).unwrap() {
            let path = it.unwrap().path();
            if path.extension().is_none_or(|it| it != "heng") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let (mut world, mut root) = (MemoryWorld::default(), None);
            for part in text.split("=== ").skip(1) {
                let (name, body) = part.split_once('\n').unwrap();
                let folder = name.rsplit_once('/').unwrap().0;
                root.get_or_insert_with(|| folder.to_owned());
                world = world.with(name.trim(), body);
            }
            let Some(root) = root else { continue };
            let checked = check(&world, &[root], &LinkTable::new());
            if let Some(linked) = &checked.linked {
                survives(linked, &checked.roots);
                accepted += 1;
            }
        }
    }
    assert!(accepted > 4, "{accepted}");
}

/// The small sets of `model/source`, one of each kind of declaration: as they were stored in each version
/// of the form that was released.
const RELEASED: [&str; 1] = ["v1"];

fn sample() -> (Linked, Vec<usize>) {
    let source = ["省", "市", "食"].map(|it| format!("tests/tests/model/source/{it}"));
    let world = world(&[&source[0], &source[1], &source[2]]);
    linked(&world, &[&source[0], &source[1], &source[2]], &[])
}

fn released(version: &str, file: &str) -> Vec<u8> {
    fs::read(repository().join("tests/tests/model").join(version).join(file)).unwrap()
}

fn read(version: &str, file: &str) -> stored::Stored {
    stored::read(file, &released(version, file))
        .unwrap_or_else(|it| panic!("{version}/{file}: {}", it.message(Lang::En)))
}

fn passes(program: Stored, cases: usize) {
    let program = Program::new(program.linked).unwrap();
    let numbers = 0..program.linked().packages.len();
    let results: Vec<_> = numbers.flat_map(|it| run_cases(&program, it, None)).collect();
    assert_eq!(results.len(), cases);
    for it in results {
        assert!(it.passed, "{}: {:#?}", it.title, it.failures);
    }
}

fn meaning(set: &RuleSet) -> String {
    format!("{} {}\n", set.id, Hashes::of(set).meaning)
}

#[test]
fn every_released_version_of_the_form_is_read() {
    for version in RELEASED {
        let parts = ["省.json", "市.json", "食.json"].map(|it| read(version, it));
        let meanings = parts.iter().flat_map(stored::Stored::packages).map(meaning);
        let kept = String::from_utf8(released(version, "meaning.txt")).unwrap();
        assert_eq!(meanings.collect::<String>(), kept, "{version}");
        passes(stored::link(parts.into()).unwrap_or_else(|it| panic!("{:#?}", said(&it))), 4);
        let closed = stored::link(vec![read(version, "linked.json")]);
        let closed = closed.unwrap_or_else(|it| panic!("{:#?}", said(&it)));
        assert_eq!(closed.roots.len(), 3, "{version}");
        passes(closed, 4);
    }
}

/// The text of today gives what was stored, and today's form is the last one released.
#[test]
fn the_fixture_is_what_the_writer_writes() {
    let (linked, roots) = sample();
    let last = RELEASED[RELEASED.len() - 1];
    assert_eq!(stored::FORMAT.to_string(), last[1..]);
    for (at, set) in linked.packages.iter().enumerate() {
        let text = stored::package(&linked, at).unwrap();
        assert!(text.as_bytes() == released(last, &format!("{}.json", set.id)), "see `write_v1`");
    }
    let text = stored::linked(&linked, &roots);
    assert!(text.as_bytes() == released(last, "linked.json"), "see `write_v1`");
}

#[test]
#[ignore = "writes the fixture and the schema: only while the form is not released"]
fn write_v1() {
    let folder = repository().join("tests/tests/model/v1");
    let (linked, roots) = sample();
    for (at, set) in linked.packages.iter().enumerate() {
        let text = stored::package(&linked, at).unwrap();
        fs::write(folder.join(format!("{}.json", set.id)), text).unwrap();
    }
    let meanings: String = ["省", "市", "食"]
        .iter()
        .filter_map(|id| linked.packages.iter().find(|it| *it.id == **id))
        .map(meaning)
        .collect();
    fs::write(folder.join("meaning.txt"), meanings).unwrap();
    fs::write(folder.join("linked.json"), stored::linked(&linked, &roots)).unwrap();
    fs::write(repository().join("docs/model.schema.json"), stored::schema()).unwrap();
}

fn schema() -> Value {
    let text = fs::read_to_string(repository().join("docs/model.schema.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let text = fs::read_to_string(repository().join("docs/model.schema.json")).unwrap();
    assert!(text == stored::schema(), "docs/model.schema.json: see `write_v1`");
}

#[test]
fn shipped_sets_fit_the_schema_and_wrong_documents_do_not() {
    let schema = jsonschema::validator_for(&schema()).unwrap();
    let sets = world(&["indicator-sets", "examples"]);
    let city = ["examples/chizhou/rules", "indicator-sets/food"];
    let (city, roots) = linked(&sets, &city, &[("通用", "池州")]);
    let mut texts: Vec<String> =
        (0..city.packages.len()).map(|it| stored::package(&city, it).unwrap()).collect();
    texts.push(stored::linked(&city, &roots));
    for text in &texts {
        let value: Value = serde_json::from_str(text).unwrap();
        let fault = schema.iter_errors(&value).next().map(|it| it.to_string());
        assert_eq!(fault, None);
    }
    for (pointer, wrong) in [
        ("/format", json!(2)),
        ("/rules/id", json!(7)),
        ("/rules/decls/0/ty/kind", json!("money")),
        ("/rules/decls/0/versions/0/content", json!({ "no_such_content": [] })),
        ("/content", json!("sha256:abc")),
    ] {
        let mut value: Value = serde_json::from_slice(&released("v1", "省.json")).unwrap();
        assert!(schema.is_valid(&value));
        *value.pointer_mut(pointer).unwrap() = wrong;
        assert!(!schema.is_valid(&value), "{pointer}");
    }
}

/// What is said about a model: nothing where it can be evaluated.
fn fault(text: &[u8]) -> Option<(String, String)> {
    let words = |it: &Diagnostic| {
        let code = it.code.record().name;
        (format!("{code} {}", it.message(Lang::Zh)), format!("{code} {}", it.message(Lang::En)))
    };
    let file = match stored::read("规则.json", text) {
        Ok(file) => file,
        Err(it) => return Some(words(&it)),
    };
    let problems = stored::link(vec![file]).err()?;
    Some(problems.first().map_or_else(|| panic!("refused without a reason"), words))
}

/// A closed file with one change, without the hashes of what it was.
fn changed(pointer: &str, to: Value) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(&released("v1", "linked.json")).unwrap();
    let place = value.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}"));
    *place = to;
    without_hashes(&mut value);
    serde_json::to_vec(&value).unwrap()
}

fn without_hashes(value: &mut Value) {
    for part in value["packages"].as_array_mut().unwrap() {
        part.as_object_mut().unwrap().remove("content");
    }
}

/// The pointer of a declaration of 省 in the closed file.
fn decl(id: &str) -> String {
    let value: Value = serde_json::from_slice(&released("v1", "linked.json")).unwrap();
    let parts = value["packages"].as_array().unwrap();
    let part = parts.iter().position(|it| it["rules"]["id"] == "省").unwrap();
    let decls = value["packages"][part]["rules"]["decls"].as_array().unwrap();
    let at = decls.iter().position(|it| it["id"] == id).unwrap_or_else(|| panic!("{id}"));
    format!("/packages/{part}/rules/decls/{at}")
}

#[test]
#[expect(clippy::too_many_lines, reason = "a line or two for each fault")]
fn what_is_wrong_is_said_with_its_place() {
    let whole = released("v1", "linked.json");
    assert_eq!(fault(&whole), None);
    let province = decl("时间").rsplit_once("/decls").unwrap().0.to_owned();
    let at = |id: &str, rest: &str| format!("{}{rest}", decl(id));
    let bool_ty = json!({ "kind": "bool" });
    let number =
        |places: u8| json!({ "kind": { "number": { "unit": "plain", "places": places } } });
    let changes: Vec<(&str, Vec<u8>)> = vec![
        ("不是 JSON", b"{\"format\": 1,".to_vec()),
        ("不是 JSON", "规则集 甲".as_bytes().to_vec()),
        ("不是规则", b"{\"format\": 1}".to_vec()),
        ("不是规则", b"[1, 2]".to_vec()),
        ("版本新", changed("/format", json!(2))),
        ("版本旧", changed("/format", json!(0))),
        ("多一项", changed(&at("时间", "/ty"), json!({ "kind": "bool", "wrong": 1 }))),
        ("少一项", changed(&at("时间", "/ty"), json!({}))),
        ("没有这一种", changed(&at("时间", "/ty/kind"), json!("money"))),
        ("数写成数", changed(&at("监管", "/versions/0/bounds/max"), json!(120))),
        ("没有这一天", changed(&format!("{province}/cases/0/as_of"), json!("2025-02-30"))),
        ("没有这个名称", changed(&at("时间", "/kind/indicator/dimension/id"), json!("没有"))),
        ("没有这个规则集", changed("/packages/1/rules/uses/0/package", json!("没有"))),
        ("类型", changed(&at("观察期", "/ty"), bool_ty.clone())),
        ("单位", changed(&at("观察期", "/ty/kind/number/unit"), json!("money"))),
        (
            "小数位",
            changed(&at("大额", "/versions/0/content/formula/node/const/number"), json!("1.5")),
        ),
        ("不是这种内容", changed(&at("观察期", "/versions/0/content"), json!("parts"))),
        (
            "参数读字段",
            changed(
                &at("观察期", "/versions/0/content/formula/node"),
                json!({ "field": { "id": "面积" } }),
            ),
        ),
        (
            "没有绑定",
            changed(
                &at("月数", "/versions/0/content/formula/node"),
                json!({ "item": { "up": 3, "part": "size" } }),
            ),
        ),
        (
            "没有局部值",
            changed(&at("月数", "/versions/0/content/formula/node"), json!({ "local": 4 })),
        ),
        (
            "少一格",
            changed(&at("场地", "/versions/0/content/table/rows/0/key"), json!({ "cells": [] })),
        ),
        ("少结果", changed(&at("场地", "/versions/0/content/table/rows/0/results"), json!([]))),
        ("没有行", changed(&at("场地", "/versions/0/content/table/rows"), json!([]))),
        ("没有这一级", changed(&format!("{province}/decides/1/versions/0/0"), json!({ "set": 9 }))),
        (
            "级数为零",
            changed(&format!("{province}/decides/0/versions/0/0"), json!({ "raise": { "by": 0 } })),
        ),
        ("时期重叠", changed(&at("大额", "/versions/1/period"), json!({}))),
        (
            "窗口倒了",
            changed(
                &at(
                    "增多",
                    "/versions/0/content/condition/parts/0/node/compare/right/node/aggregate/source/filter/condition/node/within/window",
                ),
                json!({ "ago": { "far": 3, "near": 15, "unit": "month" } }),
            ),
        ),
        ("可缺没有交代", changed(&at("同址", "/ty/optional"), json!(false))),
        (
            "代码次序",
            changed(&format!("{province}/codes/0/rows/0/values/0"), json!({ "text": "Z" })),
        ),
        ("没有主键", changed(&format!("{province}/subject/fields/0/key"), json!(false))),
        (
            "循环",
            changed(
                &format!("{province}/subject/fields/7/derived/node"),
                json!({ "field": { "id": "年限" } }),
            ),
        ),
        (
            "条件不是是否",
            changed(&at("同址多户", "/versions/0/content/condition/parts/0/ty"), number(0)),
        ),
        (
            "缺省不合",
            changed(&format!("{province}/codes/0/columns/1/default"), json!({ "bool": true })),
        ),
    ];
    let mut out = String::new();
    for (what, text) in changes {
        match fault(&text) {
            Some((zh, en)) => {
                let _ = writeln!(out, "{what}\n  {zh}\n  {en}");
            }
            None => {
                let _ = writeln!(out, "{what}\n  —");
            }
        }
    }
    let mut edited: Value = serde_json::from_slice(&released("v1", "省.json")).unwrap();
    edited["rules"]["title"] = json!("改过");
    let (zh, en) = fault(&serde_json::to_vec(&edited).unwrap()).unwrap();
    let _ = writeln!(out, "改过\n  {zh}\n  {en}");
    edited.as_object_mut().unwrap().remove("content");
    let province = stored::read("省.json", &serde_json::to_vec(&edited).unwrap()).unwrap();
    let problems = stored::link(vec![province, read("v1", "食.json")]).unwrap_err();
    let _ = writeln!(out, "所用的改过\n  {}", said(&problems).join("\n  "));
    insta::assert_snapshot!(out);
}

#[test]
fn size_and_depth_are_refused_before_they_cost_anything() {
    let deep = |open: &str, close: &str, count: usize| {
        format!("{{\"format\": 1, \"rules\": {}{}}}", open.repeat(count), close.repeat(count))
    };
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[", "")] {
        for count in [900, 1_100, 2_000_000] {
            assert!(fault(deep(open, close, count).as_bytes()).is_some());
        }
    }
    let wide = format!("{{\"format\": 1, \"rules\": [{}1]}}", "1,".repeat(5_000_000));
    assert!(fault(wide.as_bytes()).is_some_and(|it| it.0.starts_with("E0702")));
    let huge = vec![b' '; heng_dsl::limits::MAX_STORED_BYTES + 1];
    assert!(fault(&huge).is_some_and(|it| it.0.starts_with("E0704")));
}

/// A change anywhere in a model: the number of the value that is meant, and what becomes of it.
#[derive(Debug, Clone)]
enum Change {
    Remove,
    Repeat,
    Put(Value),
    /// The value of another place.
    Copy(usize),
}

fn changes() -> impl Strategy<Value = Vec<(usize, Change)>> {
    let values = prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(65_535),
        json!(4_294_967_295_u32),
        json!(-1),
        json!(""),
        json!("0"),
        json!("99999999999999999999999999999999999999"),
        json!("0001-01-01"),
        json!("9999-12-31"),
        json!([]),
        json!({}),
        json!({ "kind": "bool" }),
        json!("otherwise"),
        json!("missing"),
    ]);
    let change = prop_oneof![
        2 => Just(Change::Remove),
        2 => Just(Change::Repeat),
        3 => values.prop_map(Change::Put),
        6 => any::<prop::sample::Index>().prop_map(|it| Change::Copy(it.index(1 << 20))),
    ];
    let place = any::<prop::sample::Index>().prop_map(|it| it.index(1 << 20));
    prop::collection::vec((place, change), 1..4)
}

fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    out.push(at.to_owned());
    match value {
        Value::Object(all) => {
            all.iter().filter(|it| it.0 != "origin" && it.0 != "lines").for_each(|(name, it)| {
                pointers(it, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), out);
            });
        }
        Value::Array(all) => {
            all.iter()
                .enumerate()
                .for_each(|(name, it)| pointers(it, &format!("{at}/{name}"), out));
        }
        _ => {}
    }
}

fn apply(value: &mut Value, place: usize, change: Change) {
    let mut all = Vec::new();
    pointers(value, "", &mut all);
    let pointer = all[place % all.len()].clone();
    // Values of one shape are found at places with the same last name.
    let name = pointer.rsplit('/').next().unwrap_or_default().to_owned();
    let alike: Vec<&String> =
        all.iter().filter(|it| it.rsplit('/').next() == Some(name.as_str())).collect();
    let copy = |number: usize| value.pointer(alike[number % alike.len()]).cloned().unwrap();
    let change = match change {
        Change::Copy(number) => Change::Put(copy(number)),
        other => other,
    };
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    match (value.pointer_mut(parent).unwrap(), change) {
        (Value::Array(all), Change::Remove) => drop(all.remove(name.parse().unwrap())),
        (Value::Array(all), Change::Repeat) => {
            let at: usize = name.parse().unwrap();
            all.insert(at, all[at].clone());
        }
        (Value::Object(all), Change::Remove) => drop(all.remove(name)),
        (_, Change::Put(it)) => *value.pointer_mut(&pointer).unwrap() = it,
        (_, Change::Remove | Change::Repeat | Change::Copy(_)) => {}
    }
}

/// Refused with a sentence, or evaluated without harm.
fn harmless(value: &mut Value) {
    if value
        .get("packages")
        .is_some_and(|it| it.as_array().is_some_and(|it| it.iter().all(Value::is_object)))
    {
        without_hashes(value);
    }
    let text = serde_json::to_vec(value).unwrap();
    let Ok(file) = stored::read("规则.json", &text) else { return };
    let Ok(program) = stored::link(vec![file]) else { return };
    let Ok(program) = Program::new(program.linked) else { return };
    for it in 0..program.linked().packages.len() {
        run_cases(&program, it, None);
    }
    let linked = program.linked();
    let household = Household {
        key: "空".into(),
        fields: vec![heng_dsl::value::Value::Missing; linked.fields().len()],
        records: vec![Vec::new(); linked.tables().len()],
        ..Household::default()
    };
    let register = Register { households: vec![household], cutoff: None };
    let as_of: Date = "2025-06-01".parse().unwrap();
    run(
        &program,
        &register,
        &RunOptions { as_of, threads: Some(1), progress: None, reasons: false },
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_becomes_of_a_stored_model_does_no_harm(changes in changes()) {
        let mut value: Value = serde_json::from_slice(&released("v1", "linked.json")).unwrap();
        for (place, change) in changes {
            apply(&mut value, place, change);
        }
        harmless(&mut value);
    }
}
