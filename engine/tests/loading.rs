//! Loading does not depend on the order of rows, nor on the format of a file.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int32Array, RecordBatch, StringArray,
    StringDictionaryBuilder,
};
use arrow::datatypes::Int32Type;
use heng_engine::data::Register;
use heng_engine::ingest::{self, LoadProblem, LoadRequest, Loaded};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;

const HOUSEHOLDS: &str =
    "统一社会信用代码,名称,经营者,联系电话,状态,成立日期,面积,资金,增长率,线上,营业额,业态";
const PENALTIES: &str = "统一社会信用代码,文号,决定日期,程度,罚款,修复日期";
const INSPECTIONS: &str = "统一社会信用代码,检查日期,合格";

/// An empty folder of that name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

fn csv(folder: &Path, name: &str, header: &str, rows: &[String]) {
    let text = std::iter::once(header).chain(rows.iter().map(String::as_str));
    let text = text.collect::<Vec<_>>().join("\n") + "\n";
    fs::write(folder.join(name), text).expect("it can be written");
}

fn load(folder: &Path) -> Loaded {
    let request = LoadRequest { folder: folder.to_owned(), ..LoadRequest::default() };
    ingest::load(&support::linked(), &request, &|_| {}).expect("it loads")
}

/// Rows that clash, repeat, name strangers and do not parse, from few values so that they meet.
fn rows() -> impl Strategy<Value = [Vec<String>; 3]> {
    let key = || prop::sample::select(vec!["92A", "92B", "92C", "92D", ""]);
    let household = (key(), prop::sample::select(vec!["甲", "甲", "甲", "乙", ""]), 0..3_u8)
        .prop_map(|(key, name, area)| format!("{key},{name},张三,,存续,2020-01-31,{area},,,,,"));
    let penalty = (
        key(),
        0..4_u8,
        prop::sample::select(vec!["2024-01-02", "2024/1/2", "2024-02-30", "不详"]),
        0..2_u8,
    )
        .prop_map(|(key, number, date, amount)| format!("{key},{number}号,{date},轻微,{amount},"));
    let inspection = (key(), 1..4_u8, prop::sample::select(vec!["是", "否", "1", "也许"]))
        .prop_map(|(key, day, passed)| format!("{key},2024-05-0{day},{passed}"));
    (
        prop::collection::vec(household, 0..8),
        prop::collection::vec(penalty, 0..10),
        prop::collection::vec(inspection, 0..10),
    )
        .prop_map(|(a, b, c)| [a, b, c])
}

/// The rows in another order; a row keeps its place only by chance.
fn shuffled() -> impl Strategy<Value = ([Vec<String>; 3], [Vec<String>; 3])> {
    rows().prop_flat_map(|rows| {
        let [a, b, c] = rows.clone();
        let other = (Just(a).prop_shuffle(), Just(b).prop_shuffle(), Just(c).prop_shuffle());
        (Just(rows), other.prop_map(|(a, b, c)| [a, b, c]))
    })
}

fn load_rows(name: &str, rows: &[Vec<String>; 3]) -> Loaded {
    let folder = folder(name);
    csv(&folder, "个体工商户.csv", HOUSEHOLDS, &rows[0]);
    csv(&folder, "行政处罚.csv", PENALTIES, &rows[1]);
    csv(&folder, "检查.csv", INSPECTIONS, &rows[2]);
    load(&folder)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_does_not_matter((one, other) in shuffled()) {
        let (one, other) = (load_rows("one", &one), load_rows("other", &other));
        prop_assert_eq!(&one.register.households, &other.register.households);
        prop_assert_eq!(one.problems.quarantined, other.problems.quarantined);
        prop_assert_eq!(one.problems.bad_rows.len(), other.problems.bad_rows.len());
        prop_assert_eq!(&one.files, &other.files);
    }

    #[test]
    fn every_row_is_used_repeated_or_quarantined(rows in rows()) {
        let loaded = load_rows("counted", &rows);
        for (file, rows) in loaded.files.iter().zip(&rows) {
            prop_assert_eq!(file.rows, file.used + file.quarantined + file.repeated, "{:?}", file);
            prop_assert_eq!(file.rows, rows.len() as u64);
        }
        let households = loaded.register.households;
        prop_assert!(households.windows(2).all(|it| it[0].key < it[1].key));
        let records: usize = households.iter().flat_map(|it| &it.records).map(Vec::len).sum();
        let used: u64 = loaded.files.iter().skip(1).map(|it| it.used).sum();
        prop_assert_eq!(records as u64, used);
    }
}

/// The same rows as typed files, of which so many stand in a piece.
fn load_pieces(name: &str, rows: &[Vec<String>; 3], size: usize) -> Loaded {
    let folder = folder(name);
    let files = [("个体工商户", HOUSEHOLDS), ("行政处罚", PENALTIES), ("检查", INSPECTIONS)];
    for ((file, header), rows) in files.into_iter().zip(rows) {
        let column = |at: usize, rows: &[String]| {
            let cell = |row: &String| row.split(',').nth(at).map(str::to_owned);
            let cells = rows.iter().map(|it| cell(it).filter(|it| !it.is_empty()));
            Arc::new(cells.collect::<StringArray>()) as ArrayRef
        };
        let batch = |rows: &[String]| {
            let columns = header.split(',').enumerate();
            let columns = columns.map(|(at, name)| (name, column(at, rows), true));
            RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
        };
        let to = File::create(folder.join(format!("{file}.parquet"))).expect("a file");
        let mut writer = ArrowWriter::try_new(to, batch(&[]).schema(), None).expect("a writer");
        for rows in rows.chunks(size) {
            writer.write(&batch(rows)).expect("it can be written");
            writer.flush().expect("it can be written");
        }
        writer.close().expect("it can be written");
    }
    load(&folder)
}

/// Which rows cannot be used, counted from the first one of their file.
fn bad_rows(loaded: &Loaded, before: u64) -> Vec<String> {
    let rows = loaded.problems.bad_rows.iter();
    let told = rows.map(|it| {
        let place = it.place.line - before;
        format!("{} {place} {:?} {:?}", it.table, it.household, it.column)
    });
    told.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_of_a_file_say_what_the_whole_says(rows in rows(), size in 1..4_usize) {
        let (whole, pieces) = (load_rows("whole", &rows), load_pieces("pieces", &rows, size));
        prop_assert_eq!(&whole.register.households, &pieces.register.households);
        prop_assert_eq!(bad_rows(&whole, 2), bad_rows(&pieces, 1));
        let counts = |it: &Loaded| {
            let of = it.files.iter().map(|it| (it.rows, it.used, it.quarantined, it.repeated));
            (of.collect::<Vec<_>>(), it.problems.quarantined, it.problems.bad_cells.len())
        };
        prop_assert_eq!(counts(&whole), counts(&pieces));
    }
}

/// So much that a key of it does not fit into a number.
const TAIL: &str = "0000000000111111111122222222223333333333";

/// The rows with some keys that are longer, in the same order.
fn with_long_keys(rows: &[Vec<String>; 3]) -> [Vec<String>; 3] {
    let long = |row: &String| match row.split_once(',') {
        Some((key @ ("92B" | "92D"), rest)) => format!("{key}{TAIL},{rest}"),
        _ => row.clone(),
    };
    rows.each_ref().map(|it| it.iter().map(long).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn how_long_keys_are_makes_no_difference(rows in rows(), size in 1..4_usize) {
        let long = with_long_keys(&rows);
        let said = |loaded: &Loaded| {
            let all = (&loaded.register.households, bad_rows(loaded, 1), &loaded.files);
            format!("{all:?}").replace(TAIL, "")
        };
        prop_assert_eq!(said(&load_rows("short", &rows)), said(&load_rows("long", &long)));
        let pieces = (load_pieces("short", &rows, size), load_pieces("long", &long, size));
        prop_assert_eq!(said(&pieces.0), said(&pieces.1));
    }
}

/// Loads the usual folder with one file replaced by any bytes; whatever they are, an answer comes.
fn with_file(name: &str, bytes: &[u8]) -> Result<Loaded, ingest::LoadError> {
    let folder = folder(&format!("bytes-{name}"));
    csv(&folder, "个体工商户.csv", HOUSEHOLDS, &["92A,甲,张三,,存续,2020-01-31,,,,,,".to_owned()]);
    csv(&folder, "行政处罚.csv", PENALTIES, &[]);
    fs::write(folder.join(name), bytes).expect("it can be written");
    let request = LoadRequest { folder, ..LoadRequest::default() };
    ingest::load(&support::linked(), &request, &|_| {})
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_of_a_text_file_are_too_much(
        tail in prop::collection::vec(prop::sample::select(b"92A,\"\r\n-2024\xC3\xFB\xFF\x00\xEF\xBB\xBF =".to_vec()), 0..200)
    ) {
        let mut bytes = format!("{INSPECTIONS}\n92A,2024-01-01,是\n").into_bytes();
        bytes.extend(tail);
        if let Ok(loaded) = with_file("检查.csv", &bytes) {
            let file = loaded.files.last().expect("it was read");
            prop_assert_eq!(file.rows, file.used + file.quarantined + file.repeated);
        }
    }

    #[test]
    fn no_bytes_of_a_typed_file_are_too_much(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let mut bytes = fs::read(sound_file()).expect("it was written");
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(loaded) = with_file("检查.parquet", &bytes) {
            let file = loaded.files.last().expect("it was read");
            prop_assert_eq!(file.rows, file.used + file.quarantined + file.repeated);
        }
    }
}

/// A Parquet file without a fault, made once.
fn sound_file() -> PathBuf {
    static ONCE: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let made = ONCE.get_or_init(|| {
        let folder = folder("sound");
        parquet(
            &folder,
            "a.parquet",
            vec![
                ("统一社会信用代码", texts(&[Some("92A"), Some("92B"), None])),
                ("检查日期", days(&[Some("2024-06-01"), None, Some("2024-06-03")])),
                ("合格", Arc::new(BooleanArray::from(vec![true, false, true]))),
            ],
        );
        folder.join("a.parquet")
    });
    made.clone()
}

fn parquet(folder: &Path, name: &str, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).expect("the columns are of one length");
    let file = File::create(folder.join(name)).expect("it can be written");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("it can be written");
    writer.close().expect("it can be written");
}

fn days(dates: &[Option<&str>]) -> ArrayRef {
    let days = dates.iter().map(|it| {
        let date: heng_dsl::value::Date = it.as_ref()?.parse().ok()?;
        i32::try_from(date.epoch_days()).ok()
    });
    Arc::new(days.collect::<Date32Array>())
}

fn texts(texts: &[Option<&str>]) -> ArrayRef {
    Arc::new(texts.iter().copied().collect::<StringArray>())
}

fn typed_folder(name: &str) -> PathBuf {
    let folder = folder(name);
    let mut states = StringDictionaryBuilder::<Int32Type>::new();
    states.append_value("存续");
    states.append_value("注销");
    let capital = Decimal128Array::from(vec![Some(15), None]).with_precision_and_scale(20, 1);
    let sales = Decimal128Array::from(vec![Some(100_050), None]).with_precision_and_scale(20, 2);
    parquet(
        &folder,
        "个体工商户.parquet",
        vec![
            ("统一社会信用代码", texts(&[Some("92A"), Some("92B")])),
            ("名称", texts(&[Some("甲店"), Some(" 乙店 ")])),
            ("经营者", texts(&[Some("张三"), Some("李四")])),
            ("状态", Arc::new(states.finish())),
            ("成立日期", days(&[Some("2020-01-31"), Some("2019-02-03")])),
            ("area", Arc::new(Int32Array::from(vec![Some(80), None]))),
            ("资金", Arc::new(capital.expect("it fits"))),
            ("线上", Arc::new(BooleanArray::from(vec![Some(true), None]))),
            ("营业额", Arc::new(sales.expect("it fits"))),
        ],
    );
    parquet(
        &folder,
        "penalty.parquet",
        vec![
            ("修复日期", days(&[None, Some("2024-01-01")])),
            ("统一社会信用代码", texts(&[Some("92A"), Some("92A")])),
            ("文号", texts(&[Some("1号"), Some("9号")])),
            ("程度", texts(&[Some("严重"), Some("轻微")])),
            ("罚款", Arc::new(Int32Array::from(vec![Some(5000), None]))),
            ("决定日期", days(&[Some("2024-03-05"), Some("2023-05-06")])),
        ],
    );
    parquet(
        &folder,
        "检查.parquet",
        vec![
            ("统一社会信用代码", texts(&[Some("92Z"), Some("92B")])),
            ("检查日期", texts(&[Some("2024年6月1日"), Some("20240501")])),
            ("合格", Arc::new(Int32Array::from(vec![1, 0]))),
        ],
    );
    folder
}

#[test]
fn parquet_says_what_csv_says() {
    let text = folder("text");
    let strings = |rows: &[&str]| rows.iter().map(ToString::to_string).collect::<Vec<_>>();
    csv(
        &text,
        "个体工商户.csv",
        HOUSEHOLDS,
        &strings(&[
            "92A,甲店,张三,,存续,2020-01-31,80,1.5,,是,1000.50,",
            "92B,乙店,李四,,注销,2019-02-03,,,,,,",
        ]),
    );
    csv(
        &text,
        "行政处罚.csv",
        PENALTIES,
        &strings(&["92A,1号,2024-03-05,严重,5000,", "92A,9号,2023-05-06,轻微,,2024-01-01"]),
    );
    csv(&text, "检查.csv", INSPECTIONS, &strings(&["92Z,2024-06-01,是", "92B,2024-05-01,否"]));
    let (from_text, from_typed) = (load(&text), load(&typed_folder("typed")));
    let households = |it: Register| it.households;
    assert_eq!(
        from_typed.problems.bad_rows[0].place.line, 1,
        "rows of Parquet are numbered from 1"
    );
    assert_eq!(from_typed.problems.bad_rows.len(), 1);
    assert_eq!(households(from_text.register), households(from_typed.register));
}

#[test]
fn a_binary_fraction_is_refused() {
    let folder = typed_folder("floating");
    fs::remove_file(folder.join("检查.parquet")).expect("it is there");
    // The type itself is what this is about; no number of it is ever computed with.
    let numbers = arrow::array::new_null_array(&arrow::datatypes::DataType::Float64, 1);
    parquet(
        &folder,
        "检查.parquet",
        vec![
            ("统一社会信用代码", texts(&[Some("92A")])),
            ("检查日期", days(&[Some("2024-06-01")])),
            ("合格", numbers),
        ],
    );
    let request = LoadRequest { folder, ..LoadRequest::default() };
    let error = ingest::load(&support::linked(), &request, &|_| {}).expect_err("it is refused");
    assert!(
        matches!(error.problems.as_slice(), [LoadProblem::ColumnType { column, .. }] if column == "合格"),
        "{error}"
    );
}
