//! Faults of points, maxima, weights and cut-offs; and a clause that nothing is said of. Each stands in a
//! set that uses a shipped one, for its total is its own.

use super::sets::{Fault, Kind, Random, Set};
use super::tables::count;

pub(crate) fn kinds() -> Vec<Kind> {
    vec![
        Kind { code: "E0404", name: "a row beyond every score", plant: beyond },
        Kind { code: "E0411", name: "parts above the maximum", plant: above },
        Kind { code: "E0412", name: "a maximum over points without an end", plant: endless },
        Kind { code: "E0413", name: "a maximum that the parts do not fill", plant: unfilled },
        Kind { code: "E0414", name: "weights of less than a whole", plant: weights },
        Kind { code: "E0417", name: "a floor above the cap", plant: floor },
        Kind { code: "E0437", name: "the last cut-off beyond the score", plant: cut_off },
        Kind { code: "E0440", name: "an indicator of noughts", plant: noughts },
        Kind { code: "E0640", name: "a clause without fate", plant: clause },
    ]
}

/// The rows of an indicator by a count: nothing, half of the points, all of them.
fn rows(set: &Set, random: &mut Random, points: u64) -> Option<String> {
    let (count, low) = (count(set, random)?, random.below(2, 6));
    Some(format!(
        "  评分 按 {count}\n    0：0\n    1 至 {low}：{}\n    超过 {low}：{points}\n",
        points / 2
    ))
}

/// A number of points that is even.
fn points(random: &mut Random) -> u64 {
    2 * random.below(10, 50)
}

fn above(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let most = points(random);
    let more = most + 2 * random.below(1, 10);
    let rows = rows(set, random, more)?;
    Some(Fault::apart(format!(
        "维度 {name}维 满分 {most}\n指标 {name} 属于 {name}维 满分 {most}\n{rows}"
    )))
}

fn endless(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let (most, each, count) = (points(random), random.below(1, 10), count(set, random)?);
    Some(Fault::apart(format!(
        "维度 {name}维 满分 {most}\n指标 {name} 属于 {name}维 满分 {most}\n  评分 = {each} × {count}\n"
    )))
}

fn unfilled(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let most = points(random);
    let more = most + random.below(1, 20);
    let rows = rows(set, random, most)?;
    Some(Fault::apart(format!(
        "指标 {name}项 属于 {name} 满分 {most}\n{rows}维度 {name} 满分 {more}\n"
    )))
}

fn weights(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let (one, other) = (rows(set, random, 100)?, rows(set, random, 100)?);
    let weight = random.below(10, 90);
    let rest = 100 - weight - random.below(1, 10);
    Some(Fault::together(format!(
        "指标 {name}甲项 属于 {name}甲 满分 100\n{one}指标 {name}乙项 属于 {name}乙 满分 100\n{other}维度 {name}甲 满分 100 权重 {weight}%\n维度 {name}乙 满分 100 权重 {rest}%\n"
    )))
}

fn floor(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let (cap, more, count) = (points(random), random.below(1, 20), count(set, random)?);
    Some(Fault::apart(format!(
        "维度 {name}维\n指标 {name} 属于 {name}维 上限 {cap} 下限 {}\n  评分 = 5 × {count}\n",
        cap + more
    )))
}

/// A dimension with one indicator of so many points, and a classification of the total.
fn classified(set: &Set, random: &mut Random, name: &str, cuts: &str, most: u64) -> Option<Fault> {
    let rows = rows(set, random, most)?;
    Some(Fault::apart(format!(
        "等级 {name}级：低、中、高\n维度 {name}维 满分 {most}\n指标 {name}项 属于 {name}维 满分 {most}\n{rows}分类 {name} 为 {name}级 按 总分\n{cuts}"
    )))
}

fn beyond(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let most = points(random);
    let (low, high) = (most / 2, most + random.below(1, 20));
    let cuts = format!("  不满 {low}：低\n  {low} 以上不满 {high}：中\n  {high} 以上：高\n");
    classified(set, random, name, &cuts, most)
}

fn cut_off(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let most = points(random);
    let (low, high) = (most / 2, most + random.below(1, 20));
    let cuts = format!("  不满 {low}：低\n  {low} 以上不满 {most}：中\n  {most} 至 {high}：高\n");
    classified(set, random, name, &cuts, most)
}

fn noughts(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let rows = rows(set, random, 0)?;
    Some(Fault::apart(format!("维度 {name}维\n指标 {name} 属于 {name}维\n{rows}")))
}

fn clause(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let count = count(set, random)?;
    Some(Fault::in_the_head(
        "  落实 「甲」、「乙」\n",
        format!("标注 {name}\n  当 {count} ≥ 2\n条款 「甲」 \"屡次\"\n  编入 标注 {name}\n"),
    ))
}
