//! The same city in every format: the same results, byte for byte; and results in every format.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use heng_dsl::value::Date;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Households of the committed city that are taken.
const HOUSEHOLDS: usize = 150;

/// Columns that a workbook would hold as numbers.
const NUMBERS: [&str; 10] = [
    "面积",
    "资金数额",
    "从业人数",
    "营业额",
    "纳税额",
    "罚款金额",
    "没收金额",
    "欠税金额",
    "参保人数",
    "评分",
];

struct Table {
    name: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// An empty folder of that name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("formats").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn heng(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(root()).args(args).env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The first households of the committed city, with all that is known of them.
fn city() -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for entry in fs::read_dir(root().join("examples/chizhou/data")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "csv") {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_path(&path)
                .unwrap();
            let mut rows: Vec<Vec<String>> = reader
                .records()
                .map(|it| it.unwrap().iter().map(str::to_owned).collect())
                .collect();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let header = rows.remove(0);
            tables.push(Table { name, header, rows });
        }
    }
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    let households = tables.iter_mut().find(|it| it.name == "个体工商户").unwrap();
    households.rows.truncate(HOUSEHOLDS);
    let keys: BTreeSet<String> = households.rows.iter().map(|it| it[0].clone()).collect();
    for table in &mut tables {
        let header = table.header.len();
        table.rows.retain(|it| it.len() == header && keys.contains(&it[0]));
    }
    tables
}

/// A folder with `data.toml`.
fn delivery(name: &str) -> PathBuf {
    let folder = folder(name);
    fs::copy(root().join("examples/chizhou/data/data.toml"), folder.join("data.toml")).unwrap();
    folder
}

fn as_csv(tables: &[Table], folder: &Path, encode: impl Fn(&str) -> Vec<u8>) {
    for table in tables {
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(&table.header).unwrap();
        table.rows.iter().for_each(|it| csv.write_record(it).unwrap());
        let bytes = encode(&text(&csv.into_inner().unwrap()));
        fs::write(folder.join(format!("{}.csv", table.name)), bytes).unwrap();
    }
}

fn as_json_lines(tables: &[Table], folder: &Path) {
    for table in tables {
        let mut lines = String::new();
        for row in &table.rows {
            let pairs = table.header.iter().zip(row).map(|(name, value)| {
                let name_json = serde_json::to_string(name).unwrap();
                match value.as_str() {
                    number if is_number(name, number) => format!("{name_json}:{number}"),
                    "" => format!("{name_json}:null"),
                    "是" => format!("{name_json}:true"),
                    "否" => format!("{name_json}:false"),
                    value => format!("{name_json}:{}", serde_json::to_string(value).unwrap()),
                }
            });
            writeln!(lines, "{{{}}}\r", pairs.collect::<Vec<_>>().join(",")).unwrap();
        }
        fs::write(folder.join(format!("{}.jsonl", table.name)), lines).unwrap();
    }
}

fn is_number(column: &str, value: &str) -> bool {
    !value.is_empty()
        && NUMBERS.contains(&column)
        && value.bytes().all(|it| it.is_ascii_digit() || it == b'.')
}

/// One workbook with a sheet a table, with typed cells.
fn as_workbook(tables: &[Table], path: &Path) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    let mut part = |name: &str, body: &str| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(body.as_bytes()).unwrap();
    };
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"x/{kind}\" Target=\"{target}\"/>")
    };
    let root = relation("r", "officeDocument", "xl/workbook.xml");
    part("_rels/.rels", &format!("<Relationships>{root}</Relationships>"));
    part(
        "xl/styles.xml",
        "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>",
    );
    let (mut sheets, mut relations) = (String::new(), relation("styles", "styles", "styles.xml"));
    for (at, table) in tables.iter().enumerate() {
        write!(sheets, "<sheet name=\"{}\" id=\"s{at}\"/>", table.name).unwrap();
        relations += &relation(&format!("s{at}"), "worksheet", &format!("sheet{at}.xml"));
        let mut rows = String::new();
        let names: Vec<String> = table.header.clone();
        for row in std::iter::once(&names).chain(&table.rows) {
            let cells = row.iter().zip(&table.header).map(|(value, column)| cell(column, value));
            write!(rows, "<row>{}</row>", cells.collect::<String>()).unwrap();
        }
        let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
        part(&format!("xl/sheet{at}.xml"), &sheet);
    }
    part("xl/workbook.xml", &format!("<workbook><sheets>{sheets}</sheets></workbook>"));
    let relations = format!("<Relationships>{relations}</Relationships>");
    part("xl/_rels/workbook.xml.rels", &relations);
    zip.finish().unwrap();
}

fn cell(column: &str, value: &str) -> String {
    let zero = Date::new(1899, 12, 30).unwrap();
    match (value, value.parse::<Date>()) {
        ("", _) => "<c/>".to_owned(),
        ("是", _) => "<c t=\"b\"><v>1</v></c>".to_owned(),
        ("否", _) => "<c t=\"b\"><v>0</v></c>".to_owned(),
        (_, Ok(date)) => format!("<c s=\"1\"><v>{}</v></c>", zero.days_until(date)),
        (number, Err(_)) if is_number(column, number) => format!("<c><v>{number}</v></c>"),
        (text, Err(_)) => {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            format!("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>")
        }
    }
}

/// Classifies a delivery; the results, and how many lines the quarantine file has.
fn results(data: &Path, out: &Path) -> (String, usize, String) {
    let (data, shown) = (data.to_str().unwrap(), out.to_str().unwrap());
    let run = heng(&["run", "-C", "examples/chizhou", "--data", data, "--out", shown]);
    let said = text(&run.stdout);
    assert_eq!(run.status.code(), Some(0), "{said}{}", text(&run.stderr));
    let quarantine = fs::read_to_string(out.with_extension("隔离.csv")).unwrap();
    (fs::read_to_string(out).unwrap(), quarantine.lines().count(), said)
}

#[test]
fn a_city_has_the_same_results_in_every_format() {
    let city = city();
    let csv = delivery("csv");
    as_csv(&city, &csv, |it| it.as_bytes().to_vec());
    let (expected, quarantined, _) = results(&csv, &csv.join("结果.csv.out.csv"));
    assert!(expected.lines().count() > HOUSEHOLDS / 2, "most of them have a result");

    let lines = delivery("jsonl");
    as_json_lines(&city, &lines);
    let (found, bad, said) = results(&lines, &lines.join("结果.out.csv"));
    assert_eq!((found, bad), (expected.clone(), quarantined));
    assert!(said.contains("JSON Lines UTF-8"), "{said}");

    let book = delivery("xlsx");
    as_workbook(&city, &book.join("城.xlsx"));
    let (found, bad, said) = results(&book.join("城.xlsx"), &folder("xlsx-out").join("结果.csv"));
    assert_eq!((found, bad), (expected.clone(), quarantined));
    assert!(said.contains("城.xlsx[个体工商户]"), "{said}");

    let old = delivery("gb18030");
    as_csv(&city, &old, gb18030);
    let (found, bad, said) = results(&old, &old.join("结果.out.csv"));
    assert_eq!((found, bad), (expected, quarantined));
    assert!(said.contains("按 GB18030 读（第1行即第5字节起不是 UTF-8"), "{said}");
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

#[test]
fn results_come_in_every_format_and_the_same_each_time() {
    let out = folder("results");
    for ending in ["xlsx", "jsonl", "parquet", "csv"] {
        let path = out.join(format!("结果.{ending}"));
        let shown = path.to_str().unwrap();
        let mut bytes = Vec::new();
        for threads in ["1", "2"] {
            let args =
                ["run", "-C", "cli/tests/fixtures/small", "--out", shown, "--threads", threads];
            let run = heng(&args);
            assert_eq!(run.status.code(), Some(0), "{ending}: {}", text(&run.stderr));
            bytes.push(fs::read(&path).unwrap());
        }
        assert_eq!(bytes[0], bytes[1], "{ending}");
        assert!(out.join("结果.隔离.csv").is_file());
    }
}

#[test]
fn a_register_without_a_household_is_a_problem() {
    for (name, rows, says) in [("none", "", "没有一户"), ("all-bad", "H1,,,,\n", "1行全部隔离")]
    {
        let data = folder(&format!("nobody-{name}"));
        for entry in fs::read_dir(root().join("cli/tests/fixtures/small/data")).unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_file() {
                fs::copy(entry.path(), data.join(entry.file_name())).unwrap();
            }
        }
        let file = data.join("户.csv");
        let header = fs::read_to_string(&file).unwrap().lines().next().unwrap().to_owned();
        fs::write(&file, format!("{header}\n{rows}")).unwrap();
        let run =
            heng(&["run", "-C", "cli/tests/fixtures/small", "--data", data.to_str().unwrap()]);
        let said = text(&run.stderr);
        assert_eq!(run.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains("D0302") && said.contains(says), "{name}: {said}");
    }
}
