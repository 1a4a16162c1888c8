//! What a proof over all households costs: a card of 40 indicators, the shipped general set, and one threshold of
//! each shipped set.
//!
//! `cargo run --release --locked -p heng-engine --example prove_bench`, from the top of the repository. Each
//! change is checked and linked before the watch is started; the least time of three is shown, of thresholds the
//! only one. `… -- card`, `… -- general` and `… -- thresholds` show only one of them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that shows figures")]
#![expect(clippy::disallowed_methods, reason = "an example is a program and reads files")]

#[path = "shared/linked.rs"]
mod linked;
#[path = "shared/sets.rs"]
mod sets;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use heng_dsl::diag::Lang;
use heng_dsl::model::{DeclKind, Id};
use heng_dsl::value::Date;
use heng_dsl::world::MemoryWorld;
use heng_engine::program::Program;
use heng_engine::prove::{Budget, Tier, compare, compare_all, conditions};

use linked::program;
use sets::{add, read};

/// Indicators of the card.
const INDICATORS: usize = 40;
/// Bands of each.
const BANDS: usize = 5;
/// How often each change is proved.
const RUNS: usize = 3;

/// A part of what is shown.
type Part = fn() -> Result<(), String>;

fn main() -> ExitCode {
    let only = std::env::args().nth(1);
    let parts: [(&str, Part); 3] =
        [("card", card), ("general", general), ("thresholds", thresholds)];
    let asked = parts.into_iter().filter(|it| only.as_deref().is_none_or(|only| only == it.0));
    match asked.into_iter().try_for_each(|it| it.1()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// One way to change the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Nothing,
    Threshold,
    Points,
    CutOff,
    Gap,
    Rewritten,
    Weights,
}

fn card() -> Result<(), String> {
    let old = program(&MemoryWorld::default().with("卡/卡.heng", &text(Change::Nothing)), "卡")?;
    let changes = [
        ("a threshold", Change::Threshold),
        ("points of a band", Change::Points),
        ("a cut-off", Change::CutOff),
        ("a cut-off between two scores", Change::Gap),
        ("rewritten", Change::Rewritten),
        ("all weights", Change::Weights),
    ];
    println!("{INDICATORS} indicators of {BANDS} bands");
    for (name, change) in changes {
        let world = MemoryWorld::default().with("卡/卡.heng", &text(change));
        show(name, &old, &program(&world, "卡")?, ("卡", "风险"))?;
    }
    Ok(())
}

/// The text of the card.
fn text(change: Change) -> String {
    let mut text = String::from(
        "规则集 卡 版本 1\n等级 等级：A、B、C、D\n主体 户 自 成立日期\n  代码：文本 主键\n  成立日期：日期\n",
    );
    for number in 0..INDICATORS {
        let _ = writeln!(text, "  项{number}：整数");
    }
    for number in 0..5 {
        let _ = writeln!(text, "维度 维{number}");
    }
    for number in 0..INDICATORS {
        let weight = 50 + number % 7 * 10 + usize::from(change == Change::Weights) * (number % 3);
        let _ = writeln!(text, "指标 分{number} 属于 维{}\n  评分 按 项{number}", number % 5);
        let edge = |band: usize| 1 + band * (1 + number % 4);
        let points = |band: usize| {
            let more = usize::from(change == Change::Points && number == 23 && band == 2);
            let points = (band * (2 + number % 5) + more) * weight;
            format!("{}.{:02}", points / 100, points % 100)
        };
        let moved = usize::from(change == Change::Threshold && number == 17);
        let _ = writeln!(text, "    不满 {}：0", edge(0) + moved);
        for band in 1..BANDS - 1 {
            let low = edge(band - 1) + if band == 1 { moved } else { 0 };
            let (high, half, points) = (edge(band), low + 1, points(band));
            if change == Change::Rewritten && half < high {
                let _ = writeln!(text, "    {low}：{points}\n    {half} 以上不满 {high}：{points}");
            } else {
                let _ = writeln!(text, "    {low} 以上不满 {high}：{points}");
            }
        }
        let _ = writeln!(text, "    {} 以上：{}", edge(BANDS - 2), points(BANDS - 1));
    }
    let cut = match change {
        Change::CutOff => "260.01",
        Change::Gap => "259.995",
        _ => "260",
    };
    let _ = writeln!(
        text,
        "分类 风险 为 等级 按 总分\n  不满 130：A\n  130 以上不满 200：B\n  200 以上不满 {cut}：C\n  {cut} 以上：D"
    );
    text
}

/// A change of one text of a shipped set: what it is, the set, the file, the text, and what it becomes.
type Edit = (&'static str, &'static str, &'static str, &'static str, &'static str);

const GENERAL: [Edit; 7] = [
    (
        "only how it is written",
        "general",
        "attributes.heng",
        "指标 组成方式",
        "# 一句话\n指标 组成方式",
    ),
    (
        "a threshold",
        "general",
        "supervision.heng",
        "    2 至 3 次：40\n    4 次以上：60",
        "    2 次：40\n    3 次以上：60",
    ),
    ("points", "general", "attributes.heng", "代办：10", "代办：8"),
    ("a cut-off", "general", "grading.heng", "信用D级分界 = 330 分", "信用D级分界 = 320 分"),
    ("a cut-off between scores", "general", "grading.heng", "分界 = 330 分", "分界 = 329.95 分"),
    (
        "rewritten",
        "general",
        "supervision.heng",
        "    2 至 3 次：40\n",
        "    2 次：40\n    3 次：40\n",
    ),
    ("a window", "general", "dynamics.heng", "近 12 个月", "近 24 个月"),
];

/// One threshold of each set that gives grades.
const THRESHOLDS: [Edit; 4] = [
    GENERAL[1],
    (
        "a threshold",
        "food",
        "dynamic.heng",
        "自查日期 在 近 12 个月：0",
        "自查日期 在 近 18 个月：0",
    ),
    (
        "a threshold",
        "drugs",
        "conduct.heng",
        "    1 次：6\n    2 次以上：10",
        "    1 至 2 次：6\n    3 次以上：10",
    ),
    (
        "a threshold",
        "special-equipment",
        "professional.heng",
        "    1 人：10\n    2 人以上：20",
        "    1 至 2 人：10\n    3 人以上：20",
    ),
];

fn general() -> Result<(), String> {
    println!("the general set");
    GENERAL.iter().try_for_each(|edit| {
        let (old, new) = changed(edit)?;
        show(edit.0, &old, &new, ("通用", "信用风险"))
    })
}

/// Both versions of a set.
fn changed((_, set, file, from, to): &Edit) -> Result<(Program, Program), String> {
    let folder = Path::new("indicator-sets");
    let world = add(MemoryWorld::default(), folder, "sets")?;
    let path = folder.join(set).join(file);
    let text = read(&path)?;
    if !text.contains(from) {
        return Err(format!("{} has no “{from}”", path.display()));
    }
    let new = world.clone().with(&format!("sets/{set}/{file}"), &text.replacen(from, to, 1));
    let place = format!("sets/{set}");
    Ok((program(&world, &place)?, program(&new, &place)?))
}

/// A review of one threshold: all grades of the set and of those that it uses, and all tags, alerts, lists
/// and direct determinations.
fn thresholds() -> Result<(), String> {
    println!(
        "one threshold of each set: all grades, then tags, alerts, lists and direct determinations"
    );
    let only = std::env::args().nth(2);
    for edit in THRESHOLDS.iter().filter(|it| only.as_deref().is_none_or(|only| only == it.1)) {
        let (old, new) = changed(edit)?;
        let as_of = as_of()?;
        let start = Instant::now();
        let linked = new.linked();
        let graded = linked
            .decls()
            .enumerate()
            .filter(|it| matches!(it.1.kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. }));
        let names: Vec<(Id, Id)> = graded
            .map(|(slot, decl)| (linked.name_of(linked.package_of(slot)), decl.id.clone()))
            .collect();
        let names: Vec<(&str, &str)> = names.iter().map(|it| (&*it.0, &*it.1)).collect();
        let proofs = compare_all([&old, &new], &names, as_of, Budget::default(), &|| ());
        let grades: Result<Vec<_>, _> = proofs.into_iter().collect();
        let grades = grades.map_err(|it| it.words(Lang::En))?;
        let first = start.elapsed();
        let start = Instant::now();
        let others = conditions(&old, &new, as_of, Budget::default());
        let others = others.map_err(|it| it.words(Lang::En))?;
        println!("  {:>9.1?} + {:>9.1?}  {}", first, start.elapsed(), edit.1);
        for it in grades.iter().chain(&others).filter(|it| it.tier != Tier::SameMeaning) {
            println!("    {}", it.summary(Lang::En).join("; "));
            println!("      {} households, {} cells", it.households, it.cells);
        }
    }
    Ok(())
}

fn as_of() -> Result<Date, String> {
    "2025-06-30".parse().map_err(|_| "a date".to_owned())
}

fn show(name: &str, old: &Program, new: &Program, grade: (&str, &str)) -> Result<(), String> {
    let as_of = as_of()?;
    let mut best: Option<Duration> = None;
    let mut said = String::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        let proof =
            compare(old, new, grade, as_of, Budget::default()).map_err(|it| it.words(Lang::En))?;
        let took = start.elapsed();
        best = Some(best.map_or(took, |it| it.min(took)));
        said = proof.summary(Lang::En).join("; ");
        let _ = write!(said, "; {} households", proof.households);
    }
    println!("  {:>9.1?}  {name}: {said}", best.unwrap_or_default());
    Ok(())
}
