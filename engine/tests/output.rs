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
use heng_engine::output::{self, NOTICE, OutputError, OutputOptions, Results};

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
        columns: Vec::new(),
        all: true,
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
    for name in ["a.csv", "a.parquet"] {
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
    assert_eq!(left.len(), 3, "two files and a notice, nothing half written: {left:?}");
}

#[test]
fn nothing_is_left_of_a_file_that_cannot_be_written() {
    let (linked, folder) = (support::linked(), folder("failing"));
    let excel = write(&linked, &folder.join("a.xlsx"), &options()).expect_err("no such format");
    assert_eq!(excel.code(), "D0201");
    let nowhere = write(&linked, &folder.join("no/a.csv"), &options()).expect_err("no such folder");
    assert_eq!(nowhere.code(), "D0203");
    assert_eq!(fs::read_dir(&folder).expect("it is there").count(), 0);
}

/// CSV and Parquet say the same: read as earlier results, they give back what was worked out.
#[test]
fn results_come_back_as_history() {
    let linked = support::linked();
    let mut read = Vec::new();
    for name in ["a.csv", "a.parquet"] {
        let folder = folder(&format!("history-{name}"));
        write(&linked, &folder.join(name), &options()).expect("it can be written");
        let mut register = register();
        let noticed = ingest::earlier(&folder, &linked, &mut register).expect("it reads");
        assert_eq!(noticed, ingest::Problems::default(), "{name}");
        read.push(register.households);
    }
    assert_eq!(read[0], read[1]);
    for (household, outcome) in read[0].iter().zip(outcomes()) {
        let values = outcome.values.into_iter().enumerate().filter(|it| it.0 != 6).collect();
        let expected = EarlierResult { as_of: Some(date("2024-12-01")), values };
        assert_eq!(household.history, vec![expected], "{}", household.key);
    }
}
