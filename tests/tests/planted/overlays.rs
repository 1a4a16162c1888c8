//! Faults of an overlay: a grade without a row, a worse grade with a better result, the riskiest grade
//! lowered, and something accepted that does not happen.

use std::fmt::Write as _;

use super::sets::{Fault, Kind, Random, Set};

pub(crate) fn kinds() -> Vec<Kind> {
    vec![
        Kind { code: "E0420", name: "a matrix without a row", plant: row },
        Kind { code: "E0470", name: "a reversal", plant: reversal },
        Kind { code: "E0471", name: "the riskiest grade lowered", plant: lowering },
        Kind { code: "E0472", name: "something accepted that does not happen", plant: accepted },
    ]
}

/// A grade and two classifications by it, of months that do not meet, so that every pair of grades is possible.
fn two(set: &Set, random: &mut Random, name: &str) -> Option<String> {
    let records = set.records(random)?;
    let short = random.below(6, 20);
    let long = short + random.below(6, 20);
    let low = random.below(1, 4);
    let rows = format!("  不满 {low}：低\n  {low}：中\n  超过 {low}：高\n");
    Some(format!(
        "等级 {name}级：低、中、高\n分类 {name}甲 为 {name}级 按 计数({records} 其中 近 {short} 个月)\n{rows}分类 {name}乙 为 {name}级 按 计数({records} 其中 前 {long} 至 {short} 个月)\n{rows}"
    ))
}

/// What the matrix has in its rows, from the lowest grade on.
fn matrix(name: &str, rows: &[[&str; 3]]) -> String {
    let mut text = format!("叠加 {name} 为 {name}级\n  行 {name}甲 列 {name}乙\n     低, 中, 高\n");
    for (grade, row) in ["低", "中", "高"].iter().zip(rows) {
        let _ = writeln!(text, "  {grade}：{}", row.join(", "));
    }
    text
}

const WHOLE: [[&str; 3]; 3] = [["低", "中", "高"], ["中", "中", "高"], ["高", "高", "高"]];

fn row(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    Some(Fault::apart(two(set, random, name)? + &matrix(name, &WHOLE[..2])))
}

fn reversal(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let mut rows = WHOLE;
    let better = if random.below(0, 2) == 0 { "低" } else { "中" };
    rows[0][1] = "高";
    rows[1][1] = better;
    Some(Fault::apart(two(set, random, name)? + &matrix(name, &rows)))
}

fn lowering(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let mut rows = WHOLE;
    rows[2][0] = "中";
    Some(Fault::apart(two(set, random, name)? + &matrix(name, &rows)))
}

fn accepted(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let what = if random.below(0, 2) == 0 { "减轻" } else { "倒挂" };
    let text = two(set, random, name)? + &matrix(name, &WHOLE);
    Some(Fault::apart(format!("{text}  容许 {what} 因 领域里管得好的减一级\n")))
}
