//! The generated tables of the reference, with the spelling `first` (0 Chinese, 1 English) in front.

use std::fmt::Write as _;

use super::vocabulary::{self, Pair};

fn joined(pairs: &[Pair], first: usize) -> String {
    let pair = |it: &Pair| match it {
        [zh, en] if zh == en => format!("`{zh}`"),
        it => format!("`{}` `{}`", it[first], it[1 - first]),
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join(" · ")
}

/// A table of groups, with the spelling `first` (0 Chinese, 1 English) in front.
fn grouped(groups: &[([&str; 2], Vec<Pair>)], first: usize) -> String {
    let mut out =
        String::from(["| 用在哪里 | 词 |\n|---|---|\n", "| where | words |\n|---|---|\n"][first]);
    for (title, pairs) in groups {
        let _ = writeln!(out, "| {} | {} |", title[first], joined(pairs, first));
    }
    out
}

pub(crate) fn word_table(first: usize) -> String {
    grouped(&vocabulary::words(), first)
}

pub(crate) fn name_table(first: usize) -> String {
    grouped(&vocabulary::names(), first)
}

pub(crate) fn reserved_list() -> String {
    let words: Vec<String> = vocabulary::reserved().iter().map(|it| format!("`{it}`")).collect();
    format!("{}\n", words.join(" "))
}

pub(crate) fn unit_list(first: usize) -> String {
    let pairs: Vec<Pair> = vocabulary::paired_units()
        .into_iter()
        .map(|[zh, many, one]| [zh, if many == one { many } else { format!("{many}` `{one}") }])
        .collect();
    let others: Vec<String> =
        vocabulary::other_units().iter().map(|it| format!("`{it}`")).collect();
    let [paired, other] = [["有英文写法", "只有一种写法"], ["in both spellings", "in one"]][first];
    format!("- {paired}：{}\n- {other}：{}\n", joined(&pairs, first), others.join(" "))
        .replace('：', ["：", ": "][first])
}
