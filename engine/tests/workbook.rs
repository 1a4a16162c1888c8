//! Workbooks as nobody wants them: hidden, merged, damaged, and made to take all memory.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use heng_dsl::diag::Lang;
use heng_engine::ingest::{self, Bound, LoadError, LoadProblem, LoadRequest, Loaded};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const MAIN: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
const DOCUMENT: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook: its sheets with their state and XML, and what else is inside.
struct Book {
    from_1904: bool,
    sheets: Vec<(&'static str, &'static str, String)>,
    parts: Vec<(&'static str, Vec<u8>)>,
}

/// Texts of a row as cells.
fn row(number: u32, texts: &str) -> String {
    let cell = |it: &str| format!("<c t=\"inlineStr\"><is><t>{it}</t></is></c>");
    let cells: String = texts.split(',').map(cell).collect();
    format!("<row r=\"{number}\">{cells}</row>")
}

fn inspections(rows: &str) -> String {
    format!("{}{rows}", row(1, "统一社会信用代码,检查日期,合格"))
}

impl Book {
    /// The three tables; the one of inspections as it is given.
    fn with(inspections: String) -> Self {
        let households = format!(
            "{}{}",
            row(1, "统一社会信用代码,名称,经营者,状态,成立日期,线上"),
            row(2, "92A,甲,张三,存续,2020-01-31,是")
        );
        let penalties = row(1, "统一社会信用代码,文号,决定日期,程度,罚款");
        let sheets = vec![
            ("个体工商户", "visible", households),
            ("行政处罚", "visible", penalties),
            ("检查", "visible", inspections),
        ];
        Self { from_1904: false, sheets, parts: Vec::new() }
    }

    fn write(&self, path: &Path) {
        let mut zip = ZipWriter::new(File::create(path).expect("it can be made"));
        let mut part = |name: &str, bytes: &[u8]| {
            let options =
                SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            zip.start_file(name, options).expect("the zip takes it");
            zip.write_all(bytes).expect("the zip takes it");
        };
        let relation = |id: &str, kind: &str, target: &str| {
            format!("<Relationship Id=\"{id}\" Type=\"{DOCUMENT}/{kind}\" Target=\"{target}\"/>")
        };
        let root = relation("r1", "officeDocument", "xl/workbook.xml");
        part("_rels/.rels", format!("<Relationships>{root}</Relationships>").as_bytes());
        let (mut sheets, mut relations) = (String::new(), String::new());
        for (at, (name, state, body)) in self.sheets.iter().enumerate() {
            write!(sheets, "<sheet name=\"{name}\" state=\"{state}\" r:id=\"s{at}\"/>")
                .expect("memory takes it");
            relations += &relation(&format!("s{at}"), "worksheet", &format!("worksheets/{at}.xml"));
            let (rows, behind) = body.split_once("BEHIND").unwrap_or((body, ""));
            let xml =
                format!("<worksheet {MAIN}><sheetData>{rows}</sheetData>{behind}</worksheet>");
            part(&format!("xl/worksheets/{at}.xml"), xml.as_bytes());
        }
        relations += &relation("strings", "sharedStrings", "sharedStrings.xml");
        relations += &relation("styles", "styles", "styles.xml");
        let book = format!(
            "<workbook {MAIN} xmlns:r=\"{DOCUMENT}\"><workbookPr date1904=\"{}\"/><sheets>{sheets}</sheets>\
             </workbook>",
            u8::from(self.from_1904)
        );
        part("xl/workbook.xml", book.as_bytes());
        let relations = format!("<Relationships>{relations}</Relationships>");
        part("xl/_rels/workbook.xml.rels", relations.as_bytes());
        // 0: a number, 1: a day, 2: a moment.
        let styles = "<styleSheet><numFmts><numFmt numFmtId=\"170\" formatCode=\"yyyy/m/d\"/></numFmts>\
                      <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"170\"/><xf numFmtId=\"22\"/></cellXfs>\
                      </styleSheet>";
        part("xl/styles.xml", styles.as_bytes());
        for (name, bytes) in &self.parts {
            part(name, bytes);
        }
        zip.finish().expect("the zip takes it");
    }
}

/// A path for a workbook in a folder of that name.
fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workbook").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder.join("城.xlsx")
}

fn load(path: &Path) -> Result<Loaded, LoadError> {
    let request = LoadRequest { folder: path.to_owned(), ..LoadRequest::default() };
    ingest::load(&support::linked(), &request, &|_| {})
}

fn loaded(name: &str, book: &Book) -> Result<Loaded, LoadError> {
    let path = path(name);
    book.write(&path);
    load(&path)
}

/// The one problem that stands in the way.
fn problem(name: &str, book: &Book) -> LoadProblem {
    let error = loaded(name, book).expect_err("it does not load");
    assert_eq!(error.problems.len(), 1, "{error}");
    error.problems.into_iter().next().expect("there is one")
}

/// Faults of rows, each as row, code and what stands in the cell.
fn faults(loaded: &Loaded) -> Vec<(u64, &'static str, &str)> {
    let rows = loaded.problems.bad_rows.iter();
    rows.map(|it| (it.place.line, it.fault.code(), it.value.as_str())).collect()
}

#[test]
fn a_cell_is_what_it_says_or_a_fault() {
    let cell = |number: u32, date: &str| {
        format!(
            "<row r=\"{number}\"><c t=\"inlineStr\"><is><t>92A</t></is></c>{date}<c t=\"b\"><v>1</v></c></row>"
        )
    };
    let rows = [
        cell(2, "<c s=\"1\"><v>45292</v></c>"),
        cell(3, "<c s=\"2\"><v>45293.5</v></c>"),
        cell(4, "<c s=\"1\"><v>45294.5</v></c>"),
        cell(5, "<c s=\"1\"><v>60</v></c>"),
        cell(6, "<c><v>45295</v></c>"),
        cell(7, "<c t=\"e\"><v>#N/A</v></c>"),
        cell(8, "<c><f>TODAY()</f></c>"),
        cell(9, "<c t=\"str\"><f>T(A1)</f><v>2024-01-05</v></c>"),
        cell(10, "<c t=\"d\"><v>2024-01-06T00:00:00</v></c>"),
        cell(11, "<c t=\"s\"><v>0</v></c>"),
        cell(12, "<c/>"),
        // Only coloured.
        "<row r=\"13\"><c s=\"1\"/><c s=\"1\"/></row>".to_owned(),
        // Something beside the table.
        "<row r=\"14\"><c r=\"F14\" t=\"b\"><v>1</v></c></row>".to_owned(),
    ];
    let mut book = Book::with(inspections(&rows.concat()));
    let shared = "<sst uniqueCount=\"9999999999999\"><si><r><t>2024-</t></r><r><t>01-07</t></r>\
                  <rPh sb=\"0\" eb=\"1\"><t>not this</t></rPh></si></sst>";
    book.parts.push(("xl/sharedStrings.xml", shared.into()));
    let loaded = loaded("cells", &book).expect("it loads");
    let expected = [
        (4, "R0213", "45294.5"),
        (5, "R0204", "60"),
        (6, "R0203", "45295"),
        (7, "R0211", "#N/A"),
        (8, "R0210", "=…"),
        (12, "R0202", ""),
        (14, "R0201", ""),
    ];
    assert_eq!(faults(&loaded), expected);
    let days: Vec<String> = loaded.register.households[0].records[1]
        .iter()
        .map(|it| format!("{:?}", it.values[0]))
        .collect();
    assert_eq!(days.len(), 5, "{days:?}");
    let notes: Vec<_> = loaded.problems.notes.iter().map(|it| it.words().zh.into_owned()).collect();
    let formulas = "“城.xlsx[检查]”有1格是公式，用的是保存时的结果，没有重新计算";
    assert!(notes.iter().any(|it| it == formulas), "{notes:?}");
}

#[test]
fn days_are_counted_as_the_workbook_says() {
    let day = "<row r=\"2\"><c t=\"inlineStr\"><is><t>92A</t></is></c><c s=\"1\"><v>43830</v></c>\
               <c><v>1</v></c></row>";
    let mut book = Book::with(inspections(day));
    book.from_1904 = true;
    let loaded = loaded("1904", &book).expect("it loads");
    let value = &loaded.register.households[0].records[1][0].values[0];
    let expected = "2024-01-01".parse().expect("a date");
    assert_eq!(*value, heng_dsl::value::Value::Date(expected));
}

#[test]
fn what_is_no_header_or_not_to_be_seen_is_told() {
    let merged = format!(
        "{}{}BEHIND<mergeCells><mergeCell ref=\"A1:C1\"/></mergeCells>",
        row(1, "检查情况"),
        row(2, "统一社会信用代码,检查日期,合格")
    );
    let below =
        format!("{}BEHIND<mergeCells><mergeCell ref=\"A2:A3\"/></mergeCells>", inspections(""));
    let file = || "城.xlsx[检查]".to_owned();
    assert_eq!(
        problem("merged", &Book::with(merged)),
        LoadProblem::NoHeader { file: file(), merged: Some("A1:C1".to_owned()) }
    );
    let late = row(2, "统一社会信用代码,检查日期,合格");
    let blank = LoadProblem::NoHeader { file: file(), merged: None };
    assert_eq!(problem("late", &Book::with(late)), blank);
    assert_eq!(problem("nothing", &Book::with(String::new())), blank);
    let notes = loaded("below", &Book::with(below)).expect("it loads").problems.notes;
    assert!(notes.iter().any(|it| it.words().zh.contains("第一处 A2:A3")), "{notes:?}");
    let mut hidden = Book::with(inspections(""));
    hidden.sheets[2].1 = "veryHidden";
    let expected =
        LoadProblem::HiddenSheet { file: "城.xlsx".to_owned(), sheet: "检查".to_owned() };
    assert_eq!(problem("hidden", &hidden), expected);
}

#[test]
fn a_mapping_chooses_the_sheet() {
    let mut book = Book::with(inspections(&row(2, "92A,2024-06-01,是")));
    book.sheets[2].0 = "Sheet3";
    let path = path("mapped");
    book.write(&path);
    let load = |sheet: &str| {
        let text = format!("[表.检查]\n文件 = \"城.xlsx\"\n工作表 = \"{sheet}\"");
        let mapping = ingest::Mapping::parse(&text).expect("it reads");
        let request = LoadRequest { folder: path.clone(), mapping, ..LoadRequest::default() };
        ingest::load(&support::linked(), &request, &|_| {})
    };
    assert_eq!(load("Sheet3").expect("it loads").files[2].used, 1);
    let error = load("Sheet4").expect_err("there is no such sheet");
    assert_eq!(error.problems[0].code(), "D0120");
    assert!(error.problems[0].words().of(Lang::Zh).contains("Sheet3"), "{error}");
}

/// A workbook in which this part is so large.
fn bomb(name: &str, part: &'static str, bytes: Vec<u8>) -> LoadProblem {
    let mut book = Book::with(inspections(""));
    // The sheet only counts if it reads a shared text.
    book.sheets[2].2 = row(1, "统一社会信用代码,检查日期,合格");
    book.parts.push((part, bytes));
    problem(name, &book)
}

#[test]
fn a_small_file_does_not_unpack_to_a_large_one() {
    let many = b"<sst><si><t>".iter().copied().chain(std::iter::repeat_n(b' ', 17 << 20)).collect();
    let too_large = |what| LoadProblem::TooLarge { file: "城.xlsx".to_owned(), what };
    let part = "xl/sharedStrings.xml";
    assert_eq!(bomb("ratio", part, many), too_large(Bound::Ratio(part.to_owned(), 250)));
    // Below the size at which the ratio counts, one text is still bounded.
    let long = b"<sst><si><t>".iter().copied().chain(std::iter::repeat_n(b'x', 5 << 20)).collect();
    assert_eq!(bomb("run", part, long), too_large(Bound::Run));
    let far = "<row r=\"1048577\"><c><v>1</v></c></row>";
    let what = Bound::Cells;
    let file = "城.xlsx[检查]".to_owned();
    let expected = LoadProblem::TooLarge { file, what };
    assert_eq!(problem("far", &Book::with(inspections(far))), expected);
    let wide = "<row r=\"2\"><c r=\"XFE2\"><v>1</v></c></row>";
    assert_eq!(problem("wide", &Book::with(inspections(wide))), expected);
}

#[test]
fn a_zip_that_says_less_than_it_holds_is_not_believed() {
    let path = path("lying");
    let mut book = Book::with(inspections(&row(2, "92A,2024-06-01,是")));
    let strings = "<si><t>甲</t></si>".repeat(20_000);
    book.parts.push(("xl/sharedStrings.xml", format!("<sst>{strings}</sst>").into_bytes()));
    book.write(&path);
    let mut bytes = fs::read(&path).expect("it was written");
    let size = u32::try_from("<sst></sst>".len() + strings.len()).expect("it is small");
    let size = size.to_le_bytes();
    let places: Vec<usize> =
        bytes.windows(4).enumerate().filter(|it| it.1 == size).map(|it| it.0).collect();
    assert_eq!(places.len(), 2, "once before the file, once in the directory");
    for at in places {
        bytes[at..at + 4].copy_from_slice(&1000_u32.to_le_bytes());
    }
    fs::write(&path, bytes).expect("it can be written");
    let error = load(&path).expect_err("it does not load");
    assert_eq!(error.problems[0].code(), "D0107", "{error}");
    assert!(error.to_string().contains("declared"), "{error}");
}

#[test]
fn contradictions_are_damage() {
    for (name, rows) in [
        ("row-twice", format!("{}{}", row(2, "92A"), row(2, "92A"))),
        ("cell-twice", "<row r=\"2\"><c r=\"B2\"/><c r=\"A2\"/></row>".to_owned()),
        ("elsewhere", "<row r=\"2\"><c r=\"A9\"><v>1</v></c></row>".to_owned()),
        ("kind", "<row r=\"2\"><c t=\"x\"><v>1</v></c></row>".to_owned()),
        ("shared", "<row r=\"2\"><c t=\"s\"><v>7</v></c></row>".to_owned()),
        ("entity", "<row r=\"2\"><c t=\"str\"><v>&own;</v></c></row>".to_owned()),
        ("doctype", "<!DOCTYPE x [<!ENTITY own \"x\">]>".to_owned()),
        ("open", "<row r=\"2\"><c><v>1".to_owned()),
    ] {
        let problem = problem(name, &Book::with(inspections(&rows)));
        assert_eq!(problem.code(), "D0107", "{name}: {problem:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_of_a_workbook_are_too_much(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let path = path("bytes");
        Book::with(inspections(&row(2, "92A,2024-06-01,是"))).write(&path);
        let mut bytes = fs::read(&path).expect("it was written");
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        fs::write(&path, bytes).expect("it can be written");
        if let Ok(loaded) = load(&path) {
            for file in loaded.files {
                prop_assert_eq!(file.rows, file.used + file.quarantined + file.repeated);
            }
        }
    }
}
