//! Month after month: a run that starts from the results recorded the month before is the same as one that does not, to
//! the byte, whatever deliveries and the turn of the year change.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The column of each table by which it is told in which month a record was delivered.
const DATED: [(&str, &str); 6] = [
    ("penalty", "date"),
    ("inspection", "date"),
    ("complaint", "date"),
    ("annual_report", "filed"),
    ("abnormal", "listed"),
    ("licence", "issue"),
];

/// The first days of the months from November 2023 to February 2025.
fn months() -> Vec<String> {
    let month = |it: u32| format!("{}-{:02}-01", 2023 + it / 12, it % 12 + 1);
    (10..26).map(month).collect()
}

/// The invented data of the benchmark example, a file at a time: its head, and its lines.
fn tables() -> BTreeMap<&'static str, (String, Vec<String>)> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/bench/data");
    let read = |name: &str| {
        let text = fs::read_to_string(data.join(format!("{name}.csv"))).unwrap();
        let mut lines = text.lines().map(str::to_owned);
        (lines.next().unwrap(), lines.collect())
    };
    DATED.iter().map(|it| it.0).chain(["subject"]).map(|it| (it, read(it))).collect()
}

fn cell<'l>(head: &str, line: &'l str, name: &str) -> &'l str {
    let at = head.split(',').position(|it| it == name).unwrap();
    line.split(',').nth(at).unwrap()
}

/// Writes the delivery of a month: records from one date until another, and some households.
fn deliver(
    folder: &Path,
    from: &str,
    until: &str,
    is_told: impl Fn(usize, &str) -> Option<String>,
) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("data.toml"), format!("cutoff = \"{until}\"\n")).unwrap();
    for (name, (head, lines)) in tables() {
        let dated = DATED.iter().find(|it| it.0 == name);
        let own = lines.iter().enumerate().filter_map(|(number, line)| match dated {
            Some((_, column)) => {
                let date = cell(&head, line, column);
                (from <= date && date < until).then(|| line.clone())
            }
            None => is_told(number, line),
        });
        let own: Vec<String> = own.collect();
        if !own.is_empty() {
            fs::write(folder.join(format!("{name}.csv")), format!("{head}\n{}\n", own.join("\n")))
                .unwrap();
        }
    }
}

/// Every tenth household comes only in March 2024.
fn comes_late(number: usize) -> bool {
    number % 10 == 7
}

fn heng(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LC_ALL", "en_US.UTF-8").output().unwrap()
}

fn sound(folder: &Path, args: &[&str]) -> Vec<u8> {
    let output = heng(folder, args);
    assert!(output.status.success(), "{args:?}\n{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn rules() -> String {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/bench/rules");
    rules.display().to_string()
}

/// What the last month was recorded as, a run from it on, and one that looks at every household: their files, and what
/// was said of the first.
fn month(folder: &Path, rules: &str, as_of: &str, since: Option<&str>) -> (Value, usize) {
    let common = [
        "run",
        rules,
        "--data",
        "snapshot",
        "--as-of",
        as_of,
        "--beyond-cutoff",
        "--format",
        "json",
    ];
    let mut args = [&common[..], &["--record", as_of, "--out", "month.parquet"]].concat();
    args.extend(since.iter().flat_map(|it| ["--since", it]));
    let month: Value = serde_json::from_slice(&sound(folder, &args)).unwrap();
    let args = [&common[..], &["--out", "whole.parquet"]].concat();
    let whole: Value = serde_json::from_slice(&sound(folder, &args)).unwrap();
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(read("month.parquet") == read("whole.parquet"), "{as_of}: the results differ");
    assert_eq!(month["summary"], whole["summary"], "{as_of}");
    let households = whole["summary"]["households"].as_u64().unwrap();
    (month["looked"].clone(), usize::try_from(households).unwrap())
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn import(folder: &Path, data: &str) {
    sound(folder, &["import", data, "--into", "snapshot", "--rules", &rules()]);
}

#[test]
fn month_after_month_is_the_same_as_all_at_once() {
    let (folder, rules, months) = (folder("month"), rules(), months());
    let first = |number: usize, line: &str| (!comes_late(number)).then(|| line.to_owned());
    deliver(&folder.join("data"), "0000", &months[0], first);
    import(&folder, "data");
    let mut looked_at = Vec::new();
    for (at, as_of) in months.iter().enumerate() {
        if at > 0 {
            let data = format!("data-{as_of}");
            // Some households change: they have moved to a market.
            let told = |number: usize, line: &str| {
                let late = comes_late(number) && as_of == "2024-03-01";
                let moved = number % 97 == at && !comes_late(number);
                (late || moved).then(|| line.replace(",商铺,", ",市场,"))
            };
            deliver(&folder.join(&data), &months[at - 1], as_of, told);
            import(&folder, &data);
        }
        let since = at.checked_sub(1).map(|it| months[it].as_str());
        let (looked, households) = month(&folder, &rules, as_of, since);
        if since.is_some() {
            assert_eq!(looked.get("all_because"), None, "{as_of}: {looked}");
            assert_eq!(looked["households"], households);
            looked_at.push((as_of.as_str(), looked["looked_at"].as_u64().unwrap()));
        }
    }
    let all = 400;
    let ordinary = looked_at.iter().filter(|it| !it.0.ends_with("-01-01"));
    assert!(ordinary.clone().all(|it| it.1 < all * 3 / 4), "{looked_at:?}");
    // A year more: report years have turned.
    assert!(looked_at.iter().any(|it| it.0 == "2025-01-01" && it.1 > all / 2), "{looked_at:?}");
    // Back in time, and over several months at once.
    for (as_of, since) in [("2024-04-01", "2024-12-01"), ("2025-06-01", "2024-10-01")] {
        let _ = fs::remove_dir_all(folder.join(as_of));
        let (looked, _) = month(&folder, &rules, as_of, Some(since));
        assert_eq!(looked.get("all_because"), None, "{as_of}: {looked}");
    }
}

#[test]
fn where_it_cannot_be_told_what_has_changed_all_are_looked_at_and_it_is_said_why() {
    let (folder, rules, months) = (folder("month-all"), rules(), months());
    deliver(&folder.join("data"), "0000", &months[5], |_, line| Some(line.to_owned()));
    import(&folder, "data");
    let looked = |rules: &str, as_of: &str| month(&folder, rules, as_of, Some(&months[5])).0;
    assert_eq!(month(&folder, &rules, &months[5], None).0, Value::Null);
    // Other rules.
    fs::create_dir_all(folder.join("rules")).unwrap();
    for file in ["bench.heng", "industry.csv", "region.csv"] {
        let text = fs::read_to_string(Path::new(&rules).join(file)).unwrap();
        fs::write(folder.join("rules").join(file), text.replace("取低(4,", "取低(3,")).unwrap();
    }
    let other = looked("rules", &months[6]);
    assert_eq!(other["all_because"], "the rules have changed");
    assert_eq!(other["looked_at"], 400);
    // A snapshot of the same data that is none of those deliveries.
    let _ = fs::remove_dir_all(folder.join("snapshot"));
    deliver(&folder.join("less"), "2023", &months[5], |_, line| Some(line.to_owned()));
    import(&folder, "less");
    let other = looked(&rules, &months[7]);
    assert_eq!(other["all_because"], "the data are not the snapshot of then with later deliveries");
    // What is recorded stays; and nothing is taken for a record that is none.
    let again =
        ["run", &rules, "--data", "snapshot", "--as-of", &months[5], "--record", &months[7]];
    let refused = heng(&folder, &again);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("D0206"), "{refused:?}");
    let none = ["run", &rules, "--data", "snapshot", "--as-of", &months[5], "--since", "data"];
    let refused = heng(&folder, &none);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("D0125"), "{refused:?}");
}

#[test]
fn a_record_that_was_changed_is_not_believed() {
    let (folder, rules, months) = (folder("month-damaged"), rules(), months());
    deliver(&folder.join("data"), "0000", &months[5], |_, line| Some(line.to_owned()));
    import(&folder, "data");
    month(&folder, &rules, &months[5], None);
    let file = folder.join(&months[5]).join("results-000000.arrow");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let args = ["run", &rules, "--data", "snapshot", "--as-of", &months[6], "--since", &months[5]];
    let args = [&args[..], &["--beyond-cutoff", "--out", "damaged.parquet"]].concat();
    let output = heng(&folder, &args);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("results-000000.arrow"), "{output:?}");
    assert!(!folder.join("damaged.parquet").exists());
}
