//! Rule text of a package of a given size, by what it is large in, to see what checking it costs.
//!
//! `cargo run -p heng-dsl --example large -- tables 2000 > big/a.heng`, then `time heng check big`; also
//! `fields`, `enums`, `values`, `indicators`, `decides`, `cases`. Twice the size should take twice as long: time
//! that becomes four times as long means that something is looked for by looking through everything.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that writes a text")]

use std::fmt::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let shape = args.next().unwrap_or_default();
    let size = args.next().and_then(|it| it.parse().ok()).unwrap_or(1_000);
    match package(&shape, size) {
        Some(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        None => {
            eprintln!("large tables|fields|enums|values|indicators|decides|cases SIZE");
            ExitCode::from(2)
        }
    }
}

/// A package that is large in one way, in which everything is read at least once.
fn package(shape: &str, size: usize) -> Option<String> {
    let mut text = "规则集 大 版本 1\n主体 户 自 成立日期\n  代码：文本 主键\n  成立日期：日期\n  面积：整数\n".to_owned();
    for it in 0..size {
        let written = match shape {
            "fields" => writeln!(text, "  列{it}：整数"),
            _ => Ok(()),
        };
        written.ok()?;
    }
    if shape == "decides" {
        text.push_str("等级 等：子、丑\n分类 级别 为 等 按 面积\n  5 以下：子\n  超过 5：丑\n");
    }
    for it in 0..size {
        let written = match shape {
            "tables" => writeln!(
                text,
                "记录 罚{it} 按 日\n  号：文本 主键\n  日：日期\n  额：金额\n值 数{it} = 合计(罚{it} 其中 近 12 个月, 额)"
            ),
            "fields" => writeln!(text, "值 甲{it} = 列{it} + 1"),
            "enums" => writeln!(
                text,
                "枚举 种{it}：子{it}、丑\n值 甲{it} 依次\n  面积 > {it}：种{it}.丑\n  其余：子{it}"
            ),
            "values" => writeln!(text, "值 甲{it} = 面积 + {it}"),
            "indicators" => {
                writeln!(text, "指标 标{it} 上限 10\n  评分 按 面积\n    5 以下：1\n    超过 5：10")
            }
            "decides" => writeln!(text, "直接判定 判{it} 级别 定为 丑\n  当 面积 = {it}"),
            "cases" => writeln!(
                text,
                "值 甲{it} = 面积 + {it}\n用例 \"例{it}\" 基准日 2024-12-01\n  给定 面积：1\n  期望 甲{it}：{}",
                it + 1
            ),
            _ => return None,
        };
        written.ok()?;
    }
    Some(text)
}
