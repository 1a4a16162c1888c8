//! Result files: what stands in them, that they can be read again, and that they never differ.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::{Date, Decimal, Fault, Frequency, FrequencyUnit, Value};
use heng_engine::data::{EarlierResult, Household, Register};
use heng_engine::ingest;
use heng_engine::mask::Masking;
use heng_engine::outcome::Outcome;
use heng_engine::output::{self, NOTICE, OutputError, OutputFormat, OutputOptions, Results};

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

fn number(text: &str) -> Value {
    Value::Number(text.parse::<Decimal>().expect("a number"))
}

/// Two households whose results hold every kind of value and every non-value.
fn register() -> Register {
    let household = |key: &str, owner: &str| Household {
        key: Arc::from(key),
        fields: vec![
            Value::text(key),
            Value::text("=甲店"),
            Value::text(owner),
            Value::text("13812340000"),
            Value::Member(0),
            Value::Date(date("2020-01-31")),
            Value::whole(80),
            Value::Missing,
            Value::Missing,
            Value::Bool(true),
            number("1000.50"),
            Value::Missing,
        ],
        records: vec![Vec::new(); 2],
        ..Household::default()
    };
    let households = vec![household("92A", "张三"), household("92B", "欧阳小明")];
    Register { households, cutoff: Some(date("2024-11-30")) }
}

fn outcomes() -> Vec<Outcome> {
    let outcome = |key: &str, values: Vec<Value>| Outcome {
        key: Arc::from(key),
        values,
        measures: Vec::new(),
        decides: Vec::new(),
        missing: Vec::new(),
        quarantined: 0,
        reasons: Vec::new(),
    };
    let plan = Frequency { every: 3, unit: FrequencyUnit::Year, least: 1, most: Some(1) };
    let first = vec![
        Value::Member(2),
        number("-12.50"),
        Value::whole(3),
        Value::Bool(true),
        Value::Date(date("2024-03-05")),
        Value::text("-甲"),
        Value::NotApplicable,
        number("47.5"),
    ];
    let second = vec![
        Value::Missing,
        Value::Error(Fault::Overflow),
        Value::NotApplicable,
        Value::Bool(false),
        Value::Missing,
        Value::NotApplicable,
        Value::NotApplicable,
        Value::NotApplicable,
    ];
    vec![
        Outcome {
            measures: vec![(6, vec![number("0.0500"), Value::Frequency(plan)])],
            quarantined: 2,
            ..outcome("92A", first)
        },
        Outcome { missing: vec![7, 8], ..outcome("92B", second) },
    ]
}

fn options() -> OutputOptions {
    OutputOptions {
        in_scope: false,
        columns: Vec::new(),
        all: true,
        reasons: None,
        shown: vec![0, 1],
        lang: Lang::Zh,
        masking: Masking::Hidden,
    }
}

/// An empty folder of that name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

fn write(linked: &Linked, path: &Path, options: &OutputOptions) -> Result<(), OutputError> {
    let (register, outcomes) = (register(), outcomes());
    let results =
        Results { linked, register: &register, outcomes: &outcomes, as_of: date("2024-12-01") };
    output::write(path, results, options)
}

fn text_of(path: &Path) -> String {
    String::from_utf8(fs::read(path).expect("it was written")).expect("it is UTF-8")
}

#[test]
fn a_csv_file_and_its_notice() {
    let (linked, folder) = (support::linked(), folder("csv"));
    let path = folder.join("结果.csv");
    write(&linked, &path, &options()).expect("it can be written");
    insta::assert_snapshot!("all", text_of(&path));
    insta::assert_snapshot!("notice", text_of(&folder.join("结果.csv.说明.txt")));
    let english = OutputOptions { lang: Lang::En, all: false, ..options() };
    write(&linked, &path, &english).expect("it can be written");
    insta::assert_snapshot!("usual_in_english", text_of(&path));
}

#[test]
fn columns_are_chosen_ordered_and_masked() {
    let (linked, folder) = (support::linked(), folder("columns"));
    let path = folder.join("chosen.csv");
    let names = [
        "信用风险",
        "名称",
        "经营者",
        "联系电话",
        "营业额",
        "抽查.频次",
        "统一社会信用代码",
        "食品.food_risk",
    ];
    let columns = names.iter().map(ToString::to_string).collect();
    let chosen = OutputOptions { columns, all: false, ..options() };
    write(&linked, &path, &chosen).expect("it can be written");
    let hidden = text_of(&path);
    write(&linked, &path, &OutputOptions { masking: Masking::Revealed, ..chosen.clone() })
        .expect("it can be written");
    insta::assert_snapshot!("chosen", format!("{hidden}\n{}", text_of(&path)));

    let unknown = OutputOptions { columns: vec!["信用风俭".to_owned()], ..chosen };
    let error = write(&linked, &path, &unknown).expect_err("there is no such column");
    assert_eq!(error.words().of(Lang::Zh), "结果中没有“信用风俭”这一列；最接近的是“信用风险”");
}

#[test]
fn the_same_results_give_the_same_bytes() {
    let (linked, folder) = (support::linked(), folder("bytes"));
    for name in ["a.csv", "a.parquet", "a.xlsx", "a.jsonl"] {
        let path = folder.join(name);
        write(&linked, &path, &options()).expect("it can be written");
        let first = fs::read(&path).expect("it was written");
        write(&linked, &path, &options()).expect("it can be written again");
        assert_eq!(first, fs::read(&path).expect("it was written"), "{name}");
    }
    let parquet = fs::read(folder.join("a.parquet")).expect("it was written");
    let notice = NOTICE[0].as_bytes();
    assert!(parquet.windows(notice.len()).any(|it| it == notice), "the notice is in the file");
    let left: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("it is there")
        .map(|it| it.expect("readable").path())
        .collect();
    assert_eq!(left.len(), 6, "four files and two notices, nothing half written: {left:?}");
}

#[test]
fn nothing_is_left_of_a_file_that_cannot_be_written() {
    let (linked, folder) = (support::linked(), folder("failing"));
    let other = write(&linked, &folder.join("a.ods"), &options()).expect_err("no such format");
    assert_eq!(other.code(), "D0201");
    fs::write(folder.join("no"), "a file is no folder").expect("it is written");
    for name in ["no/a.csv", "no/a.xlsx", "no/a.jsonl", "no/a.parquet"] {
        let nowhere = write(&linked, &folder.join(name), &options()).expect_err("no folder");
        assert_eq!(nowhere.code(), "D0203", "{name}");
    }
    assert_eq!(fs::read_dir(&folder).expect("it is there").count(), 1);
}

/// A file inside of a workbook.
fn part_of(path: &Path, name: &str) -> String {
    let file = fs::File::open(path).expect("it was written");
    let mut zip = zip::ZipArchive::new(file).expect("it is a zip");
    let mut text = String::new();
    let mut part = zip.by_name(name).expect("it is inside");
    std::io::Read::read_to_string(&mut part, &mut text).expect("it is text");
    text
}

#[test]
fn a_workbook_has_typed_cells_a_notice_and_the_as_of_date() {
    let (linked, folder) = (support::linked(), folder("workbook"));
    let path = folder.join("a.xlsx");
    write(&linked, &path, &options()).expect("it can be written");
    assert!(part_of(&path, "xl/worksheets/sheet2.xml").contains(NOTICE[0]));
    assert!(part_of(&path, "docProps/core.xml").contains("2024-12-01T00:00:00Z"));
}

#[test]
fn what_a_workbook_has_no_room_for_is_refused_before_it_is_written() {
    let (linked, folder) = (support::linked(), folder("room"));
    let full = OutputFormat::Xlsx.has_room(1_048_576, 1).expect_err("no room for the header");
    assert_eq!(full.code(), "D0204");
    assert!(full.words().of(Lang::Zh).contains("1048577行"), "{full}");
    assert_eq!(OutputFormat::Xlsx.has_room(1_048_575, 16_384), Ok(()));
    assert_eq!(OutputFormat::Csv.has_room(1_048_576, 20_000), Ok(()));
    let (mut register, outcomes) = (register(), outcomes());
    register.households[1].fields[1] = Value::text(&"店".repeat(32_768));
    let chosen = OutputOptions { columns: vec!["名称".to_owned()], all: false, ..options() };
    let results = Results {
        linked: &linked,
        register: &register,
        outcomes: &outcomes,
        as_of: date("2024-12-01"),
    };
    let path = folder.join("a.xlsx");
    let error = output::write(&path, results, &chosen).expect_err("a cell is too long");
    let (column, row, most) = ("名称".to_owned(), 3, 32_767);
    assert_eq!(error, OutputError::TooLong { column, row, most });
    assert_eq!(fs::read_dir(&folder).expect("it is there").count(), 0);
}

/// All formats say the same: read as earlier results, they give back what was worked out.
#[test]
fn results_come_back_as_history() {
    let linked = support::linked();
    let mut read = Vec::new();
    for name in ["a.csv", "a.parquet", "a.xlsx", "a.jsonl"] {
        let folder = folder(&format!("history-{name}"));
        write(&linked, &folder.join(name), &options()).expect("it can be written");
        let mut register = register();
        let noticed = ingest::earlier(&folder, &linked, &mut register, &|_| {}).expect("it reads");
        assert_eq!(noticed, ingest::Problems::default(), "{name}");
        read.push(register.households);
    }
    assert!(read.iter().all(|it| *it == read[0]));
    for (household, outcome) in read[0].iter().zip(outcomes()) {
        let values = outcome.values.into_iter().enumerate().filter(|it| it.0 != 6).collect();
        let expected = EarlierResult { as_of: Some(date("2024-12-01")), values };
        assert_eq!(household.history, vec![expected], "{}", household.key);
    }
}
