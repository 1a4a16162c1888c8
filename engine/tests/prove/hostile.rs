//! Rule sets that are too large to be proved about: an answer comes, and says why.

use std::fmt::Write as _;

use heng_dsl::diag::Lang;
use heng_engine::prove::{Proof, Verdict};

use crate::card::program;
use crate::{prove, setting};

const HEAD: &str = "\
规则集 甲 版本 1
等级 等级：A、B、C、D
主体 户 自 成立日期
  代码：文本 主键
  成立日期：日期
";

/// What is said of a change from one text to another.
fn said(old: &str, new: &str) -> Proof {
    prove(&program(old), &program(new), ("甲", "风险"))
}

/// Nothing is claimed that was not shown, and the reason is told.
fn is_honest(proof: &Proof) {
    let told = proof.text(Lang::Zh);
    match proof.verdict {
        Verdict::Equal | Verdict::Transitions | Verdict::Follows => {
            assert!(proof.gave_up.is_none(), "{told}");
        }
        Verdict::NotDecided => assert!(proof.gave_up.is_some() || !proof.open.is_empty(), "{told}"),
    }
}

/// A card of so many indicators of two bands, of which one has other points.
fn many(indicators: usize, points: usize) -> String {
    let mut text = format!("{HEAD}  面积：整数\n维度 维\n");
    for number in 0..indicators {
        let points = if number == 7 { points } else { 1 + number % 9 };
        let _ = writeln!(text, "指标 分{number} 属于 维\n  评分 按 面积");
        let _ = writeln!(text, "    不满 {}：0\n    {} 以上：{points}", number + 1, number + 1);
    }
    text + "分类 风险 为 等级 按 总分\n  不满 1000：A\n  1000 以上：B\n"
}

/// Indicators of the ordinary run; `HENG_INDICATORS=10000` and `HENG_BANDS=100000` are what the program is
/// meant for.
const INDICATORS: u64 = 1_000;
const BANDS: u64 = 2_000;

fn size(name: &str, otherwise: u64) -> usize {
    usize::try_from(setting(name, otherwise)).expect("it fits")
}

#[test]
fn thousands_of_indicators_get_an_answer() {
    let indicators = size("HENG_INDICATORS", INDICATORS);
    is_honest(&said(&many(indicators, 8), &many(indicators, 9)));
}

#[test]
fn thousands_of_bands_get_an_answer() {
    let bands = size("HENG_BANDS", BANDS);
    let card = |last: usize| {
        let mut text = format!(
            "{HEAD}  面积：整数\n维度 维\n指标 分 属于 维\n  评分 按 面积\n    不满 1：0\n"
        );
        for band in 1..bands {
            let points = if band + 2 == bands { last } else { band % 97 };
            let _ = writeln!(text, "    {band}：{points}");
        }
        let _ = writeln!(text, "    {bands} 以上：0");
        text + "分类 风险 为 等级 按 总分\n  不满 50：A\n  50 以上：B\n"
    };
    is_honest(&said(&card(1), &card(2)));
}

#[test]
fn scores_of_a_thousand_million_get_an_answer() {
    let card = |more: u64| {
        let mut text = String::from(HEAD);
        for number in 0..30 {
            let _ = writeln!(text, "  项{number}：整数");
        }
        text.push_str("维度 维\n");
        for number in 0..30u64 {
            let _ = writeln!(text, "指标 分{number} 属于 维\n  评分 按 项{number}\n    不满 1：0");
            for band in 1..5u64 {
                let points = 1_000_000_000 / 30 * band / 5 + number * 7_919 + more;
                let _ = writeln!(text, "    {band}：{points}.37");
            }
            let _ = writeln!(text, "    5 以上：0");
        }
        text + "分类 风险 为 等级 按 总分\n  不满 500000000：A\n  500000000 以上：B\n"
    };
    is_honest(&said(&card(0), &card(1)));
}
