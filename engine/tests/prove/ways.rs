//! Ways to write a rule set differently that mean the same.

use crate::card::{Card, Random};

/// Ways to write a text of a card differently; each gives nothing where it has no place.
pub(crate) const WAYS: [fn(&str) -> Option<String>; 10] = [
    // Comments.
    |it| Some(it.replace("指标 ", "# 一句话\n指标 ")),
    // The order of indicators.
    |it| {
        let (before, rest) = it.split_once("指标 面积分")?;
        let (area, rest) = rest.split_once("指标 次数分")?;
        let (counts, rest) = rest.split_once("指标 逐案")?;
        Some(format!("{before}指标 次数分{counts}指标 面积分{area}指标 逐案{rest}"))
    },
    // A band in two rows.
    |it| split(it, "    2 以上：", |points| format!("    2：{points}\n    3 以上：{points}")),
    // A whole number is not below 1 where it is not 0.
    |it| it.contains("    0：").then(|| it.replacen("    0：", "    不满 1：", 1)),
    // The order of conditions.
    |it| {
        let (before, rest) = it.split_once("    线上 且 存在(处罚")?;
        let (source, rest) = rest.split_once(')')?;
        Some(format!("{before}    存在(处罚{source}) 且 线上{rest}"))
    },
    // What exists is counted.
    |it| {
        let (before, rest) = it.split_once("线上 且 存在(处罚")?;
        let (source, rest) = rest.split_once(')')?;
        Some(format!("{before}线上 且 计数(处罚{source}) ≥ 1{rest}"))
    },
    // An indicator that never scores.
    |it| {
        let empty = "指标 空的 属于 场所\n  评分 累计\n    线上：0\n分类 风险";
        (!it.contains("指标 空的")).then(|| it.replacen("分类 风险", empty, 1))
    },
    // A condition that is always true.
    |it| {
        it.contains("面积 有值 且 面积 ≥ ")
            .then(|| it.replace("面积 有值 且 面积 ≥ ", "面积 有值 且 面积 ≥ 0 且 面积 ≥ "))
    },
    // Twice not.
    |it| it.contains("\n    线上：").then(|| it.replace("\n    线上：", "\n    非 非 线上：")),
    // Another form of the same product.
    |it| {
        let (before, rest) = it.split_once(" × 计数(处罚")?;
        let (source, rest) = rest.split_once(')')?;
        let at = before.rfind(' ')?;
        let (head, factor) = before.split_at(at);
        Some(format!("{head} 计数(处罚{source}) ×{factor}{rest}"))
    },
];

fn split(text: &str, row: &str, rows: fn(&str) -> String) -> Option<String> {
    let (before, rest) = text.split_once(row)?;
    let (points, rest) = rest.split_once('\n')?;
    Some(format!("{before}{}\n{rest}", rows(points)))
}

/// A rule set and what up to three of these ways make of it; each way that was used is counted.
pub(crate) fn rewritten(random: &mut Random, used: &mut [usize; WAYS.len()]) -> (String, String) {
    let old = Card::new(random).text();
    let mut new = old.clone();
    for _ in 0..=random.below(3) {
        let way = random.below(WAYS.len());
        if let Some(text) = WAYS[way](&new) {
            new = text;
            used[way] += 1;
        }
    }
    (old, new)
}
