//! A register of several stretches: what is read of a snapshot stretch by stretch, with later deliveries laid over it,
//! is what the files say, to the byte.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Households of the register at first: two stretches and a piece of a third.
const HOUSEHOLDS: u32 = 140_000;

const RULES: &str = "规则集 试用 \"一户几项\" 版本 1

主体 个体工商户 别名 household
  代码：文本 主键 来源列 \"code\"
  资金：金额 元 可缺 来源列 \"capital\"
  街道：文本 可缺 来源列 \"street\"

记录 投诉 按 日期 别名 complaint
  编号：文本 主键 来源列 \"number\"
  日期：日期 来源列 \"date\"
  金额：金额 元 来源列 \"amount\"

值 近期 别名 recent = 计数(投诉 其中 近 12 个月)
值 投诉额 别名 complained = 合计(投诉 其中 近 24 个月, 金额)
值 数字 别名 number = 资金 缺则 0
标注 在东街 别名 in_the_east
  当 街道 有值 且 街道 = \"东街\"
";

/// Draws numbers, the same ones for the same seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap() % most
    }
}

/// The households with a number, and the records of each, as they are in the end.
#[derive(Clone, Default)]
struct Tables {
    households: String,
    records: String,
}

impl Tables {
    fn new() -> Self {
        Self {
            households: "code,capital,street\n".to_owned(),
            records: "code,number,date,amount\n".to_owned(),
        }
    }

    fn household(&mut self, number: u32, draw: &mut Draw) {
        let street = ["东街", "西街", "北巷", ""][draw.below(4) as usize];
        writeln!(self.households, "{},{}.50,{street}", key(number), draw.below(90_000)).unwrap();
    }

    fn record(&mut self, number: u32, at: u32, draw: &mut Draw) {
        let (month, amount) = (1 + draw.below(12), draw.below(9_000));
        let (key, year) = (key(number), 2022 + draw.below(3));
        writeln!(self.records, "{key},{number}-{at},{year}-{month:02}-15,{amount}").unwrap();
    }

    fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("household.csv"), &self.households).unwrap();
        fs::write(folder.join("complaint.csv"), &self.records).unwrap();
        fs::write(folder.join("data.toml"), "cutoff = \"2025-01-01\"\n").unwrap();
    }
}

fn key(number: u32) -> String {
    format!("K{number:08}")
}

fn heng(folder: &Path, args: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{args:?}\n{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The results of some data, as a Parquet file.
fn results(folder: &Path, data: &str, threads: &str) -> Vec<u8> {
    results_of(folder, "rules", data, threads)
}

fn results_of(folder: &Path, rules: &str, data: &str, threads: &str) -> Vec<u8> {
    let run =
        ["run", rules, "--data", data, "--as-of", "2025-01-01", "--all", "--threads", threads];
    heng(folder, &[&run[..], &["--out", "results.parquet"]].concat());
    fs::read(folder.join("results.parquet")).unwrap()
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stretches");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("rules")).unwrap();
    fs::write(folder.join("rules/try.heng"), RULES).unwrap();
    fs::create_dir_all(folder.join("of-keys")).unwrap();
    let of_keys = format!("{RULES}标注 头户 别名 the_first\n  当 代码 = \"K00000010\"\n");
    fs::write(folder.join("of-keys/try.heng"), of_keys).unwrap();
    folder
}

/// A register as it was, two later deliveries, and what all of them come to.
struct Months {
    first: Tables,
    deliveries: [Tables; 2],
    whole: Tables,
}

fn months(draw: &mut Draw) -> Months {
    let (mut first, mut whole) = (Tables::new(), Tables::new());
    let mut deliveries = [Tables::new(), Tables::new()];
    // Households have numbers that are multiples of ten, and those that come later stand between them.
    for number in (0..HOUSEHOLDS).map(|it| it * 10) {
        let changed = draw.below(40);
        let delivery = &mut deliveries[usize::from(changed != 0)];
        first.household(number, draw);
        for record in 0..draw.below(3) {
            both([&mut first, &mut whole], draw, |it, draw| it.record(number, record, draw));
        }
        if changed < 2 {
            // A household that is told of anew, and a record that it did not have.
            both([delivery, &mut whole], draw, |it, draw| {
                it.household(number, draw);
                it.record(number, 9, draw);
            });
        } else {
            whole.households.push_str(first.households.lines().last().unwrap());
            whole.households.push('\n');
        }
        if draw.below(20) == 0 {
            both([delivery, &mut whole], draw, |it, draw| {
                it.household(number + 5, draw);
                it.record(number + 5, 0, draw);
            });
        }
    }
    Months { first, deliveries, whole }
}

/// The same rows for two.
fn both(tables: [&mut Tables; 2], draw: &mut Draw, add: impl Fn(&mut Tables, &mut Draw)) {
    let before = draw.0;
    for it in tables {
        draw.0 = before;
        add(it, draw);
    }
}

fn import(folder: &Path, name: &str, tables: &Tables) {
    tables.write(&folder.join(name));
    heng(folder, &["import", name, "--into", "snapshot", "--rules", "rules"]);
}

#[test]
fn deliveries_over_several_stretches_come_to_the_whole() {
    let folder = folder();
    let mut draw = Draw(11);
    let Months { first, deliveries, mut whole } = months(&mut draw);
    import(&folder, "first", &first);
    assert!(results(&folder, "snapshot", "2") == results(&folder, "first", "1"));
    import(&folder, "second", &deliveries[0]);
    import(&folder, "third", &deliveries[1]);
    whole.write(&folder.join("whole"));
    let expected = results(&folder, "whole", "2");
    for threads in ["1", "3"] {
        assert!(results(&folder, "snapshot", threads) == expected, "{threads} threads");
    }
    // Rules that ask for the key itself, which each stretch would number in a way of its own.
    let of_keys = |data: &str| results_of(&folder, "of-keys", data, "2");
    assert!(of_keys("snapshot") == of_keys("whole"));
    // Households at the ends of stretches, before and after others came between them.
    for number in [0, 655_350, 655_360, 655_370, 1_310_720, 1_399_990] {
        let key = key(number);
        let explain =
            ["explain", &key, "rules", "--as-of", "2025-01-01", "--format", "json", "--data"];
        let of = |data: &str| heng(&folder, &[&explain[..], &[data]].concat());
        assert_eq!(of("snapshot"), of("whole"), "{key}");
    }
    what_is_noted_of_layers_is_not_believed_blindly(&folder, &expected);
    // So much more that all layers are written anew as one.
    let mut more = Tables::new();
    for number in (0..HOUSEHOLDS / 4).map(|it| it * 10 + 3) {
        both([&mut more, &mut whole], &mut draw, |it, draw| it.household(number, draw));
    }
    import(&folder, "more", &more);
    whole.write(&folder.join("whole"));
    let manifest = fs::read_to_string(folder.join("snapshot/snapshot.json")).unwrap();
    assert_eq!(manifest.matches("\"folder\"").count(), 1, "{manifest}");
    assert!(results(&folder, "snapshot", "2") == results(&folder, "whole", "2"));
}

/// Where later layers stand is found out where it is not noted, and what is noted wrongly is refused.
fn what_is_noted_of_layers_is_not_believed_blindly(folder: &Path, expected: &[u8]) {
    let path = folder.join("snapshot/snapshot.json");
    let text = fs::read_to_string(&path).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let noted = manifest.as_object_mut().unwrap().remove("ends").unwrap();
    fs::write(&path, manifest.to_string()).unwrap();
    assert!(results(folder, "snapshot", "2") == expected);
    let mut wrong = noted;
    let first = wrong[0].as_u64().unwrap();
    wrong[0] = (first - 1).into();
    manifest["ends"] = wrong;
    fs::write(&path, manifest.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(["run", "rules", "--data", "snapshot"]);
    let output = command.args(["--as-of", "2025-01-01"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("D0107"), "{output:?}");
    fs::write(&path, text).unwrap();
}
