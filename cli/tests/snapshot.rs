//! A register in a snapshot gives the same results as the files that it was imported from: at once, and delivery
//! by delivery; and what is damaged is refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

/// Households of the committed city that are taken.
const HOUSEHOLDS: usize = 400;

/// Record tables with a key, and where it stands.
const KEYED: [(&str, &str); 4] = [
    ("行政处罚", "决定书文号"),
    ("行政强制", "强制文号"),
    ("许可", "许可编号"),
    ("失信被执行人", "案号"),
];

#[derive(Clone)]
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
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("snapshot").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn heng(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(root()).args(args).env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8");
    command.output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Imports a folder; what the report says.
fn import(project: &str, data: &Path, into: &Path, more: &[&str]) -> Json {
    let (data, into) = (data.to_str().unwrap(), into.to_str().unwrap());
    let import = ["import", data, "--into", into, "-C", project, "--format", "json"];
    let output = heng(&[&import, more].concat());
    assert!(output.status.success(), "{}", told(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Where the results of a folder are written: not beside data that others read.
fn results_of(data: &Path) -> PathBuf {
    let name = data.to_string_lossy().replace(['/', '\\', ':'], "_");
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("snapshot").join(format!("{name}.csv"))
}

/// The results of a run, and its summary.
fn results(project: &str, data: &Path, more: &[&str]) -> (Vec<u8>, Json) {
    let out = results_of(data);
    let (data, file) = (data.to_str().unwrap(), out.to_str().unwrap());
    let run = ["run", "-C", project, "--data", data, "--out", file, "--all", "--format", "json"];
    let output = heng(&[&run, more].concat());
    assert!(output.status.success(), "{}", told(&output));
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    (fs::read(&out).unwrap(), report["summary"].clone())
}

fn read(folder: &Path, households: &str) -> Vec<Table> {
    let mut tables = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "csv") {
            let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(&path).unwrap();
            let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
            let rows = reader.records().map(|it| it.unwrap().iter().map(str::to_owned).collect());
            let rows: Vec<Vec<String>> = rows.collect();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            tables.push(Table { name, header, rows });
        }
    }
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    let of = tables.iter_mut().find(|it| it.name == households).unwrap();
    of.rows.truncate(HOUSEHOLDS);
    let known: BTreeSet<String> = of.rows.iter().map(|it| it[0].clone()).collect();
    for table in &mut tables {
        let cells = table.header.len();
        table.rows.retain(|it| it.len() == cells && known.contains(&it[0]));
    }
    tables
}

fn write(tables: &[Table], folder: &Path, cutoff: Option<&Path>) {
    for table in tables {
        let mut csv = csv::Writer::from_path(folder.join(format!("{}.csv", table.name))).unwrap();
        csv.write_record(&table.header).unwrap();
        table.rows.iter().for_each(|it| csv.write_record(it).unwrap());
        csv.flush().unwrap();
    }
    if let Some(file) = cutoff {
        fs::copy(file, folder.join("data.toml")).unwrap();
    }
}

/// Draws numbers, the same ones for the same seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    /// One time in so many.
    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}

/// A city as it was, and what was delivered since: new and changed households, records that came, were corrected
/// or withdrawn. With `complete` all records of the households that are told of are delivered.
fn before_and_since(
    whole: &[Table],
    (complete, rare): (bool, u64),
    draw: &mut Draw,
) -> (Vec<Table>, Vec<Table>) {
    let households = whole.iter().find(|it| it.name == "个体工商户").unwrap();
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    households.rows.iter().for_each(|it| *rows.entry(&it[0]).or_default() += 1);
    let once = |key: &str| rows.get(key) == Some(&1);
    let new: BTreeSet<&str> =
        rows.keys().copied().filter(|it| once(it) && draw.one_in(20 * rare)).collect();
    let changed: BTreeSet<&str> = rows
        .keys()
        .copied()
        .filter(|it| once(it) && !new.contains(it) && draw.one_in(15 * rare))
        .collect();
    let (mut before, mut since) = (whole.to_vec(), whole.to_vec());
    for ((table, before), since) in whole.iter().zip(&mut before).zip(&mut since) {
        let is_new = |row: &Vec<String>| new.contains(row[0].as_str());
        (before.rows, since.rows) = table.rows.iter().cloned().partition(|it| !is_new(it));
        if table.name == "个体工商户" {
            let other = table.rows[0].clone();
            for row in before.rows.iter_mut().filter(|it| changed.contains(it[0].as_str())) {
                since.rows.push(row.clone());
                *row = [&row[..1], &other[1..]].concat();
            }
        } else if let Some((_, key)) = KEYED.iter().find(|it| it.0 == table.name) {
            let at = table.header.iter().position(|it| it == key).unwrap();
            let other = table.rows[0].clone();
            // Rows that contradict each other are quarantined together.
            let mut same: BTreeMap<[&str; 2], usize> = BTreeMap::new();
            table.rows.iter().for_each(|it| *same.entry([&it[0], &it[at]]).or_default() += 1);
            before.rows.retain_mut(|row| {
                if same.get(&[row[0].as_str(), row[at].as_str()]) != Some(&1)
                    || !draw.one_in(9 * rare)
                {
                    return true;
                }
                since.rows.push(row.clone());
                for cell in (1..row.len()).filter(|it| *it != at) {
                    row[cell].clone_from(&other[cell]);
                }
                draw.one_in(2)
            });
        } else {
            let owners: BTreeSet<String> = before.rows.iter().map(|it| it[0].clone()).collect();
            let mut renewed: BTreeSet<String> =
                owners.into_iter().filter(|_| draw.one_in(14 * rare)).collect();
            if complete {
                renewed.extend(changed.iter().map(|it| (*it).to_owned()));
            }
            let other = table.rows[0].clone();
            since.rows.extend(before.rows.iter().filter(|it| renewed.contains(&it[0])).cloned());
            before.rows.retain(|it| !renewed.contains(&it[0]) || draw.one_in(2));
            before.rows.extend(renewed.iter().map(|key| {
                let key = std::slice::from_ref(key);
                [key, &other[1..]].concat()
            }));
        }
    }
    since.retain(|it| complete || !it.rows.is_empty());
    (before, since)
}

#[test]
fn a_snapshot_gives_the_same_results_as_its_files() {
    let project = "examples/chizhou";
    let data = root().join(project).join("data");
    let whole = folder("same/files");
    write(&read(&data, "个体工商户"), &whole, Some(&data.join("data.toml")));
    let into = folder("same/imported").join("snapshot");
    let report = import(project, &whole, &into, &[]);
    assert_eq!((&report["layers"], &report["of"]), (&Json::from(1), &report["households"]));
    let (expected, summary) = results(project, &whole, &[]);
    for more in [&[][..], &["--threads", "1"], &["--engine", "reference"], &["--verify", "20%"]] {
        let (found, its_summary) = results(project, &into, more);
        assert!(found == expected, "{more:?}");
        assert_eq!(its_summary, summary, "{more:?}");
    }
}

#[test]
fn rows_in_any_order_on_any_number_of_threads_give_the_same_bytes() {
    let project = "examples/chizhou";
    let data = root().join(project).join("data");
    let (tables, cutoff) = (read(&data, "个体工商户"), data.join("data.toml"));
    let as_it_is = folder("order/as-it-is");
    write(&tables, &as_it_is, Some(&cutoff));
    let (expected, _) = results(project, &as_it_is, &["--threads", "1"]);
    assert!(expected.len() > 10_000);
    let into = folder("order/snapshots");
    for (seed, threads) in [(1, "2"), (2, "5"), (3, "16")] {
        let mut draw = Draw(seed);
        let mut shuffled = tables.clone();
        for table in &mut shuffled {
            for at in (1..table.rows.len()).rev() {
                let other = draw.below(at as u64 + 1);
                table.rows.swap(at, usize::try_from(other).unwrap());
            }
        }
        let own = folder(&format!("order/{seed}"));
        write(&shuffled, &own, Some(&cutoff));
        let snapshot = into.join(seed.to_string());
        import(project, &own, &snapshot, &[]);
        for data in [&own, &snapshot] {
            let (found, _) = results(project, data, &["--threads", threads]);
            assert!(found == expected, "seed {seed}: {}", difference(&found, &expected));
        }
    }
}

#[test]
fn deliveries_one_after_the_other_come_to_the_whole() {
    let project = "examples/chizhou";
    let data = root().join(project).join("data");
    let mut tables = read(&data, "个体工商户");
    let all = folder("since/all");
    write(&tables, &all, Some(&data.join("data.toml")));
    results(project, &all, &[]);
    // A correction that cannot be read takes nothing away; here all of them can be.
    sound(&mut tables, &results_of(&all).with_extension("隔离.csv"));
    write(&tables, &all, None);
    let (expected, _) = results(project, &all, &[]);
    let mut layers = BTreeSet::new();
    for seed in 1..=6 {
        // Some change much of the register, some little.
        let (mut draw, complete) = (Draw(seed), seed % 2 == 0);
        let how = (complete, if seed > 3 { 12 } else { 1 });
        let (middle, last) = before_and_since(&tables, how, &mut draw);
        let (first, second) = before_and_since(&middle, how, &mut draw);
        let into = folder(&format!("since/{seed}")).join("snapshot");
        for (at, tables) in [first, second, last].iter().enumerate() {
            let own = folder(&format!("since/{seed}/{at}"));
            write(tables, &own, (at == 0).then_some(&data.join("data.toml")));
            let more: &[&str] = if complete { &["--complete"] } else { &[] };
            let report = import(project, &own, &into, more);
            layers.insert(report["layers"].as_u64().unwrap());
        }
        let (found, _) = results(project, &into, &[]);
        assert!(found == expected, "seed {seed}: {}", difference(&found, &expected));
    }
    // Some have been written anew as one.
    assert!(layers.contains(&1) && layers.len() > 1, "{layers:?}");
}

/// Takes out the rows that were quarantined.
fn sound(tables: &mut [Table], quarantined: &Path) {
    let mut reader = csv::Reader::from_path(quarantined).unwrap();
    let mut bad: BTreeSet<(String, usize)> = BTreeSet::new();
    for row in reader.records().map(Result::unwrap) {
        bad.insert((row[0].to_owned(), row[1].parse().unwrap()));
    }
    assert!(!bad.is_empty());
    for table in tables {
        let file = format!("{}.csv", table.name);
        let mut line = 1;
        table.rows.retain(|_| {
            line += 1;
            !bad.contains(&(file.clone(), line))
        });
    }
}

/// The cells in which the first rows that differ do.
fn difference(found: &[u8], expected: &[u8]) -> String {
    let rows = |it: &[u8]| -> Vec<Vec<String>> {
        let text = String::from_utf8_lossy(it);
        text.lines().map(|it| it.split(',').map(str::to_owned).collect()).collect()
    };
    let (found, expected) = (rows(found), rows(expected));
    let Some((found_row, row)) = found.iter().zip(&expected).find(|it| it.0 != it.1) else {
        return format!("{} rows instead of {}", found.len(), expected.len());
    };
    let cells = found[0].iter().zip(found_row.iter().zip(row)).filter(|it| it.1.0 != it.1.1);
    format!("{}: {:?}", row[0], cells.collect::<Vec<_>>())
}

#[test]
fn records_without_a_key_are_added() {
    let project = "examples/bench";
    let data = root().join(project).join("data");
    let tables = read(&data, "subject");
    let all = folder("added/all");
    write(&tables, &all, None);
    let more = ["--as-of", "2024-12-01"];
    let (expected, _) = results(project, &all, &more);
    let [before, since] = parted(&tables, &mut Draw(7), |_| true);
    let into = folder("added").join("snapshot");
    for (name, tables) in [("added/before", &before), ("added/since", &since)] {
        let own = folder(name);
        write(tables, &own, None);
        import(project, &own, &into, &[]);
    }
    let (found, _) = results(project, &into, &more);
    assert!(found == expected);
}

/// Leaves records of some households to a later delivery, one in three: what is there before, and what comes then.
fn parted(tables: &[Table], draw: &mut Draw, some: impl Fn(&str) -> bool) -> [Vec<Table>; 2] {
    let (mut before, mut since) = (tables.to_vec(), tables.to_vec());
    for (before, since) in before.iter_mut().zip(&mut since).filter(|it| it.0.name != "subject") {
        let late = before.rows.iter().map(|it| some(&it[0]) && draw.one_in(3));
        let late: Vec<bool> = late.collect();
        let mut own = late.iter();
        before.rows.retain(|_| !own.next().unwrap());
        let mut own = late.iter();
        since.rows.retain(|_| *own.next().unwrap());
    }
    since.retain(|it| it.name != "subject" && !it.rows.is_empty());
    [before, since]
}

/// Before format 4 a later layer had whole households.
#[test]
fn layers_of_whole_households_are_read_and_added_to() {
    let project = "examples/bench";
    let data = root().join(project).join("data");
    let tables = read(&data, "subject");
    let more = ["--as-of", "2024-12-01"];
    let all = folder("whole/all");
    write(&tables, &all, None);
    let (expected, _) = results(project, &all, &more);
    let mut draw = Draw(11);
    let subject = tables.iter().find(|it| it.name == "subject").unwrap();
    // So few that the layers are not written anew as one.
    let few: BTreeSet<String> = subject.rows.iter().step_by(12).map(|it| it[0].clone()).collect();
    let [middle, last] = parted(&tables, &mut draw, |it| few.contains(it));
    let [begun, _] = parted(&middle, &mut draw, |it| few.contains(it));
    // Those households as they are after the second delivery.
    let mut whole = middle;
    whole.iter_mut().for_each(|it| it.rows.retain(|row| few.contains(&row[0])));
    let [into, other] = ["whole/snapshot", "whole/other"].map(folder);
    for (tables, into) in [(&begun, &into), (&whole, &other)] {
        let own = folder("whole/data");
        write(tables, &own, None);
        import(project, &own, into, &[]);
    }
    fs::rename(other.join("layer-000000"), into.join("layer-000001")).unwrap();
    let manifest = |it: &Path| fs::read(it.join("snapshot.json")).unwrap();
    let manifest = |it: &Path| serde_json::from_slice::<Json>(&manifest(it)).unwrap();
    let (mut own, mut later) = (manifest(&into), manifest(&other)["layers"][0].take());
    later["folder"] = "layer-000001".into();
    later["delivery"] = 1.into();
    own["heng_snapshot"] = 3.into();
    own["layers"].as_array_mut().unwrap().push(later);
    let before = own["deliveries"][0].clone();
    own["deliveries"].as_array_mut().unwrap().push(before);
    fs::write(into.join("snapshot.json"), own.to_string()).unwrap();
    let delivery = folder("whole/last");
    write(&last, &delivery, None);
    let report = import(project, &delivery, &into, &[]);
    assert_eq!(report["layers"], 3);
    assert_eq!(manifest(&into)["heng_snapshot"], 4);
    let (found, _) = results(project, &into, &more);
    assert!(found == expected, "{}", difference(&found, &expected));
}

#[test]
fn what_is_damaged_is_refused() {
    let project = "examples/bench";
    let data = root().join(project).join("data");
    let into = folder("damaged").join("snapshot");
    import(project, &data, &into, &[]);
    let (expected, _) = results(project, &into, &["--as-of", "2024-12-01"]);
    let mut tried = 0;
    for layer in fs::read_dir(&into).unwrap().map(|it| it.unwrap().path()).filter(|it| it.is_dir())
    {
        for file in fs::read_dir(&layer).unwrap().map(|it| it.unwrap().path()) {
            let whole = fs::read(&file).unwrap();
            for part in 0..4 {
                let mut bytes = whole.clone();
                let at = (bytes.len() - 1) * part / 3;
                bytes[at] ^= 1 << (part * 2);
                fs::write(&file, &bytes).unwrap();
                refused(project, &into, "D0107", &file);
                tried += 1;
            }
            fs::write(&file, &whole[..whole.len() / 2]).unwrap();
            refused(project, &into, "D0107", &file);
            fs::remove_file(&file).unwrap();
            refused(project, &into, "D0107", &file);
            fs::write(&file, &whole).unwrap();
        }
    }
    assert!(tried >= 24);
    let (found, _) = results(project, &into, &["--as-of", "2024-12-01"]);
    assert!(found == expected);
}

fn refused(project: &str, snapshot: &Path, code: &str, file: &Path) {
    let data = snapshot.to_str().unwrap();
    let output = heng(&["run", "-C", project, "--data", data, "--as-of", "2024-12-01"]);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let name = file.file_name().unwrap().to_string_lossy();
    assert!(told.contains(code) && told.contains(name.as_ref()), "{name}: {told}");
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    let into = folder("other");
    fs::write(into.join("账.txt"), "不是快照").unwrap();
    let (data, name) = ("examples/bench/data", into.to_str().unwrap());
    let output = heng(&["import", data, "--into", name, "-C", "examples/bench"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("D0122"), "{}", told(&output));
    assert_eq!(fs::read_dir(&into).unwrap().count(), 1);
}

#[test]
fn other_declarations_ask_for_a_new_import() {
    let into = folder("declared").join("snapshot");
    import("examples/bench", &root().join("examples/bench/data"), &into, &[]);
    let rules = folder("declared/rules");
    let text = fs::read_to_string(root().join("examples/bench/rules/bench.heng")).unwrap();
    for entry in fs::read_dir(root().join("examples/bench/rules")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, rules.join(path.file_name().unwrap())).unwrap();
    }
    let changed = text.replace("资金：金额 分 可缺", "资金：金额 元 可缺");
    assert_ne!(changed, text);
    fs::write(rules.join("bench.heng"), changed).unwrap();
    let (rules, data) = (rules.to_str().unwrap(), into.to_str().unwrap());
    let output = heng(&["run", rules, "--data", data, "--as-of", "2024-12-01"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("D0123"), "{}", told(&output));
}

#[test]
fn a_delivery_read_by_rules_without_a_table_is_refused() {
    let project = "examples/bench";
    let data = root().join(project).join("data");
    let into = folder("fewer").join("snapshot");
    import(project, &data, &into, &[]);
    // Nothing but the household and one table, which is the first of the workload, too.
    let rules = folder("fewer/rules");
    for entry in fs::read_dir(root().join(project).join("rules")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, rules.join(path.file_name().unwrap())).unwrap();
    }
    let text = fs::read_to_string(rules.join("bench.heng")).unwrap();
    let fewer = &text[..text.find("记录 检查").unwrap()];
    fs::write(rules.join("bench.heng"), fewer).unwrap();
    let (rules, data) = (rules.to_str().unwrap(), data.to_str().unwrap());
    let before = fs::read(into.join("snapshot.json")).unwrap();
    let output = heng(&["import", data, "--into", into.to_str().unwrap(), "--rules", rules]);
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("D0123"), "{}", told(&output));
    assert_eq!(fs::read(into.join("snapshot.json")).unwrap(), before);
}

#[test]
fn one_imports_at_a_time_and_what_was_broken_off_does_not_count() {
    let project = "examples/bench";
    let data = root().join(project).join("data");
    let into = folder("lock").join("snapshot");
    // Left behind by an import that never wrote what counts.
    fs::create_dir_all(into.join("layer-000000")).unwrap();
    let own = fs::File::create(into.join(".lock")).unwrap();
    own.try_lock().unwrap();
    let args = ["import", data.to_str().unwrap(), "--into", into.to_str().unwrap(), "-C", project];
    let output = heng(&args);
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("D0124"), "{}", told(&output));
    drop(own);
    assert!(heng(&args).status.success());
    fs::create_dir_all(into.join("layer-000001")).unwrap();
    let (expected, _) = results(project, &data, &["--as-of", "2024-12-01"]);
    let (found, _) = results(project, &into, &["--as-of", "2024-12-01"]);
    assert!(found == expected);
}
