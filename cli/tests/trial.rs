//! `heng try` and `heng eval` from outside, and the promise that a try gives what a 修订 would.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use heng::sample::{CUTOFF, SampleOptions, Selection, generate};
use heng::world::Folders;
use heng_dsl::check::check;
use heng_dsl::check::edit::check_edited;
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::value::{Date, Value};
use heng_dsl::world::World;
use heng_engine::data::Register;
use heng_engine::effect::register_for;
use heng_engine::ingest::{LoadRequest, load};
use heng_engine::program::Program;
use heng_engine::run::{Run, RunOptions, run};

fn heng(folder: &str, args: &[&str]) -> Output {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LC_ALL", "zh_CN.UTF-8").env("NO_COLOR", "1");
    command.output().unwrap()
}

fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!(
        "{}---- stderr\n{}---- exit {:?}\n",
        text(&output.stdout),
        text(&output.stderr),
        output.status.code()
    )
}

const SMALL: &str = "tests/fixtures/small";

#[test]
fn edits_in_either_spelling() {
    let mut all = String::new();
    for args in [
        &["try", "指标 次数分 第 2 行 = 35"][..],
        &["try", "修订 指标 小样.次数分 ２ 次以上 ＝ 39"],
        &["try", "indicator 次数分 row 2 = 35", "--lang", "en"],
        &["try", "分类 风险 第 3 行 20 以上不满 45", "分类 风险 第 4 行 45 以上：D", "--exit-code"],
        &["try", "参数 期 = 1 个月", "--as-of", "2024-06-30"],
        &["try", "停用 标注 受过处罚"],
        &["try", "维度 监管 满分 41", "--exit-code"],
    ] {
        let _ = writeln!(all, "$ heng {}\n{}", args.join(" "), shown(&heng(SMALL, args)));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn edits_that_mean_nothing_are_refused() {
    let mut all = String::new();
    for edit in [
        "指标 次数分 第 9 行 = 35",
        "指标 次数分 第 2 行 1 至 2 次",
        "指标 次数分 3 次 = 35",
        "指标 次数芬 第 2 行 = 35",
        "指标 风险 第 2 行 = 35",
        "指标 大样.次数分 第 2 行 = 35",
        "指标 次数分 第 2 行 = 50",
        "指标 次数分 第 2 行 =",
        "随便写点什么",
        "次数分 第 2 行 = 35",
        "",
    ] {
        let _ = writeln!(all, "$ heng try {edit:?}\n{}", shown(&heng(SMALL, &["try", edit])));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn expressions_and_what_they_rest_on() {
    let mut all = String::new();
    for args in [
        &["eval", "期"][..],
        &["eval", "计数(处罚 其中 近 期)", "--household", "H3"],
        &["eval", "处罚 其中 金额 ≥ 100 元", "--household", "H3"],
        &["eval", "面积", "--household", "H2"],
        &["eval", "电话", "--household", "H1"],
        &["eval", "电话", "--household", "H1", "--reveal", "--lang", "en"],
        &["eval", "风险"],
        &["eval", "总分 × 2", "--lang", "en"],
        &["eval", "平均(全体, 总分)"],
        &["eval", "面机 + 1", "--household", "H1"],
        &["eval", "面积 > 1 元"],
        &["eval", "1 +"],
        &["eval", "1", "--household", "H8"],
        &["eval", "1", "--package", "大样"],
    ] {
        let _ = writeln!(all, "$ heng {}\n{}", args.join(" "), shown(&heng(SMALL, args)));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn programs_read_the_same_numbers() {
    let output =
        heng("../examples/chizhou", &["try", "指标 行政处罚 第 2 行 = 50", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["edits"][0]["package"], "池州");
    assert_eq!(json["edits"][0]["amendment"], "修订 指标 行政处罚 第 2 行 = 50");
    let effect = &json["effect"];
    let grade = &effect["grades"][0];
    let number = |it: &serde_json::Value| it.as_u64().unwrap();
    let matrix: Vec<Vec<u64>> = grade["matrix"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_array().unwrap().iter().map(number).collect())
        .collect();
    let all: u64 = matrix.iter().flatten().sum();
    assert_eq!(all, number(&effect["households"]));
    let stay: u64 = (0..matrix.len()).map(|at| matrix[at][at]).sum();
    assert_eq!(all - stay, number(&grade["moved"]));
    let mut flows = 0;
    for flow in grade["flows"].as_array().unwrap() {
        flows += number(&flow["count"]);
        let causes = flow["causes"].as_array().unwrap().iter();
        assert_eq!(causes.map(|it| number(&it["count"])).sum::<u64>(), number(&flow["count"]));
    }
    assert_eq!(flows, number(&grade["moved"]));
    assert!(number(&effect["affected"]) >= flows);
}

/// The shipped sets on the disk, with one package more in memory.
struct With {
    disk: Folders,
    folder: String,
    text: String,
}

impl World for With {
    fn rule_files(&self, folder: &str) -> Result<Vec<String>, String> {
        if folder == self.folder {
            return Ok(vec![format!("{folder}/a.heng")]);
        }
        self.disk.rule_files(folder)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        if path.starts_with(&self.folder) {
            return Ok(self.text.as_bytes().to_vec());
        }
        self.disk.read(path)
    }

    fn package_folders(&self, _: &str) -> Vec<String> {
        let first = self.disk.roots().remove(0);
        self.disk.package_folders(&first).into_iter().chain([first]).collect()
    }
}

fn sets(names: &[&str]) -> Vec<PathBuf> {
    let sets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../indicator-sets");
    names.iter().map(|it| sets.join(it)).collect()
}

/// What every declaration of a package is worth for every household, measures too.
fn worth(linked: &Linked, run: &Run, package: &str) -> BTreeMap<String, Vec<Value>> {
    let mut out = BTreeMap::new();
    for slot in 0..linked.decls().len() {
        if linked.packages[linked.package_of(slot)].id.as_ref() != package {
            continue;
        }
        let values = run.outcomes.iter().flat_map(|it| {
            let measure = it.measures.iter().find(|it| it.0 == slot).map(|it| it.1.clone());
            std::iter::once(it.values[slot].clone()).chain(measure.unwrap_or_default())
        });
        out.insert(linked.decl(slot).id.to_string(), values.collect());
    }
    out
}

fn classified(program: &Program, register: &Register) -> Run {
    let as_of: Date = CUTOFF.parse().unwrap();
    run(program, register, &RunOptions { as_of, threads: Some(2), progress: None, reasons: false })
}

#[test]
fn a_try_gives_what_an_amendment_gives() {
    let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("trial-city");
    let _ = fs::remove_dir_all(&data);
    let cutoff = CUTOFF.parse().unwrap();
    let options = SampleOptions {
        households: 80,
        seed: 7,
        out: &data,
        cutoff,
        flaws: false,
        selection: &Selection::all(),
        progress: &|_| {},
    };
    generate(&options).unwrap();
    let mut register: Option<Register> = None;
    for (package, edits) in EDITS {
        let disk = Folders::new(&sets(&["general", "food"]), &[]);
        let roots = disk.roots();
        let edits: Vec<String> = edits.iter().map(|it| (*it).to_owned()).collect();
        let tried = check_edited(&disk, &roots, &LinkTable::new(), &edits);
        let errors = format!("{edits:?}: {:?}", tried.after.diagnostics);
        let before = Program::new(tried.before.linked.unwrap()).unwrap();
        let linked = tried.after.linked.expect(&errors);
        let text: Vec<String> =
            tried.about.iter().map(|it| format!("{} 因 试\n", it.amendment)).collect();
        let text = format!("规则集 试改 版本 1\n基于 {package}\n{}", text.concat());
        let world = With { disk, folder: "trial".to_owned(), text };
        let roots: Vec<String> = roots.into_iter().chain(["trial".to_owned()]).collect();
        let links = LinkTable::from([((*package).into(), "试改".into())]);
        let written = check(&world, &roots, &links);
        let errors = format!("{edits:?}: {:?}", written.diagnostics);
        let amended = Program::new(written.linked.expect(&errors)).unwrap();
        let after = Program::new(linked).unwrap();
        let register = register.get_or_insert_with(|| read(&before, &data));
        let own = register_for(register, &before, &after);
        let (tried, written) = (classified(&after, &own), classified(&amended, register));
        for it in ["通用", "食品"] {
            let same = if it == *package { "试改" } else { it };
            let tried = worth(after.linked(), &tried, it);
            let written = worth(amended.linked(), &written, same);
            for (name, values) in &tried {
                assert_eq!(Some(values), written.get(name), "{edits:?}: {it}.{name}");
            }
        }
        let as_it_was = classified(&before, register);
        let moved = worth(before.linked(), &as_it_was, package);
        assert_ne!(moved, worth(after.linked(), &tried, package), "{edits:?} does nothing");
    }
}

fn read(program: &Program, data: &Path) -> Register {
    let request = LoadRequest { folder: data.to_owned(), ..LoadRequest::default() };
    load(program.linked(), &request, &|_| {}).unwrap().register
}

/// Edits of the shipped sets, by the package that they change.
const EDITS: &[(&str, &[&str])] = &[
    ("通用", &["参数 观察期 = 36 个月", "指标 行政处罚 第 2 行 = 50"]),
    ("通用", &["维度 监管信息 上限 60", "停用 直接判定 失联", "停用 指标 投诉举报"]),
    ("食品", &["叠加 监管等级 D, A = D", "叠加 监管等级 B, B = C"]),
    ("食品", &["指标 监督检查 第 1 行 = 19", "参数 食品D级分界 = 55 分"]),
];
