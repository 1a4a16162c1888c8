//! What a proof over all households costs: a card of 40 indicators, then the shipped general set.
//!
//! `cargo run --release --locked -p heng-engine --example prove_bench`, from the top of the repository. Each
//! change is checked and linked before the watch is started; the least time of three is shown. `… -- card` and
//! `… -- general` show only one of them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that shows figures")]
#![expect(clippy::disallowed_methods, reason = "an example is a program and reads files")]

#[path = "shared/sets.rs"]
mod sets;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use heng_dsl::diag::Lang;
use heng_dsl::value::Date;
use heng_dsl::world::MemoryWorld;
use heng_engine::program::Program;
use heng_engine::prove::{Budget, compare};

use sets::{add, program, read};

/// Indicators of the card.
const INDICATORS: usize = 40;
/// Bands of each.
const BANDS: usize = 5;
/// How often each change is proved.
const RUNS: usize = 3;

fn main() -> ExitCode {
    let only = std::env::args().nth(1);
    let asked = |it: &str| only.as_deref().is_none_or(|only| only == it);
    let card = if asked("card") { card() } else { Ok(()) };
    match card.and_then(|()| if asked("general") { general() } else { Ok(()) }) {
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

fn general() -> Result<(), String> {
    let folder = Path::new("indicator-sets");
    let world = add(MemoryWorld::default(), folder, "sets")?;
    let old = program(&world, "sets/general")?;
    let changes = [
        ("only how it is written", "attributes.heng", "指标 组成方式", "# 一句话\n指标 组成方式"),
        (
            "a threshold",
            "supervision.heng",
            "    2 至 3 次：40\n    4 次以上：60",
            "    2 次：40\n    3 次以上：60",
        ),
        ("points", "attributes.heng", "代办：10", "代办：8"),
        ("a cut-off", "grading.heng", "信用D级分界 = 330 分", "信用D级分界 = 320 分"),
        ("a cut-off between scores", "grading.heng", "分界 = 330 分", "分界 = 329.95 分"),
        ("rewritten", "supervision.heng", "    2 至 3 次：40\n", "    2 次：40\n    3 次：40\n"),
        ("a window", "dynamics.heng", "近 12 个月", "近 24 个月"),
    ];
    println!("the general set");
    for (name, file, from, to) in changes {
        let path = folder.join("general").join(file);
        let text = read(&path)?;
        if !text.contains(from) {
            return Err(format!("{} has no “{from}”", path.display()));
        }
        let new = world.clone().with(&format!("sets/general/{file}"), &text.replacen(from, to, 1));
        show(name, &old, &program(&new, "sets/general")?, ("通用", "信用风险"))?;
    }
    Ok(())
}

fn show(name: &str, old: &Program, new: &Program, grade: (&str, &str)) -> Result<(), String> {
    let as_of: Date = "2025-06-30".parse().map_err(|_| "a date")?;
    let mut best: Option<std::time::Duration> = None;
    let mut said = String::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        let proof =
            compare(old, new, grade, as_of, Budget::default()).map_err(|it| it.words(Lang::En))?;
        let took = start.elapsed();
        best = Some(best.map_or(took, |it| it.min(took)));
        said = proof.verdict(Lang::En);
    }
    println!("  {:>9.1?}  {name}: {said}", best.unwrap_or_default());
    Ok(())
}
