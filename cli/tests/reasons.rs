//! `heng run --reasons`: every household has its reasons, whichever engine works them out, and every code is explained.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An empty folder of that name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reasons").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn heng(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    command.args(args).env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8").output().unwrap()
}

/// The results of the city of the examples, with reasons.
fn run(out: &Path, more: &[&str]) -> Vec<u8> {
    let run = ["run", "-C", "examples/chizhou", "--reasons", "--out", out.to_str().unwrap()];
    let output = heng(&[&run, more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(out).unwrap()
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    csv.records().map(|it| it.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn both_engines_give_every_household_the_same_reasons() {
    let folder = folder("engines");
    let expected = run(&folder.join("by-columns.csv"), &[]);
    let found = run(&folder.join("one-by-one.csv"), &["--engine", "reference"]);
    assert!(found == expected);
    run(&folder.join("replayed.csv"), &["--verify", "100%"]);
    // The same numbers in typed columns.
    let first = run(&folder.join("a.parquet"), &["--threads", "1"]);
    assert!(run(&folder.join("b.parquet"), &["--threads", "3"]) == first);
}

#[test]
fn every_code_in_the_results_is_explained_beside_them() {
    let folder = folder("codes");
    run(&folder.join("结果.csv"), &[]);
    let results = rows(&folder.join("结果.csv"));
    let legend = rows(&folder.join("结果.理由码.csv"));
    assert_eq!(legend[0], ["列", "理由码", "条款", "依据"]);
    let known: BTreeSet<(&str, &str)> =
        legend[1..].iter().map(|it| (it[0].as_str(), it[1].as_str())).collect();
    let mut seen = BTreeSet::new();
    for (at, column) in results[0].iter().enumerate() {
        if !column.ends_with(".理由码") && !column.ends_with(".直接判定") {
            continue;
        }
        for row in &results[1..] {
            for code in row[at].split("; ").filter(|it| !it.is_empty()) {
                assert!(known.contains(&(column, code)), "{column}: {code}");
                seen.insert((column.clone(), code.to_owned()));
            }
        }
    }
    assert!(seen.len() > 60, "only {} codes occur", seen.len());
    let hits = results[0].iter().position(|it| it.ends_with(".直接判定")).unwrap();
    assert!(results[1..].iter().any(|it| !it[hits].is_empty()), "somebody is determined directly");
    assert!(legend.iter().any(|it| it[2].contains('：') && !it[3].is_empty()), "{:?}", legend[1]);
}

#[test]
fn reasons_need_a_file_and_whole_results() {
    let output = heng(&["run", "-C", "examples/chizhou", "--reasons"]);
    assert_eq!(output.status.code(), Some(2));
    let args = ["run", "-C", "examples/chizhou", "--reasons", "--out", "x.csv", "--since", "上月"];
    assert_eq!(heng(&args).status.code(), Some(2));
}
