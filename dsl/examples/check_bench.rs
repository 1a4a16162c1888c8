//! What checking costs: generated packages of 1,000, 10,000 and 50,000 declarations, then the shipped general set.
//!
//! `cargo run --release --locked -p heng-dsl --example check_bench`, from the top of the repository. Other sizes can be
//! named: `… -- 2000 20000`. Everything is in memory before the watch is started, so that only reading rule
//! text and checking it are measured. The least time of several is shown: it has the least of other programs
//! in it. The time per declaration of the last size over that of the first says whether checking is linear.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that shows figures")]
#![expect(clippy::disallowed_methods, reason = "an example is a program and reads files")]

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use heng_dsl::check::check;
use heng_dsl::diag::Lang;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::world::MemoryWorld;

/// Declarations of one block: see [`block`].
const BLOCK: usize = 20;

/// Declarations of one package at most: the limit of the language.
const PACKAGE: usize = heng_dsl::limits::MAX_DECLARATIONS;

/// Declarations of one file, about: a file has a limit of bytes.
const FILE: usize = 1_000;

/// How often a generated size is checked.
const RUNS: usize = 3;

/// How often the general set is checked.
const GENERAL_RUNS: usize = 20;

/// The data that all generated packages read.
const DATA: &str = "规则集 资料 版本 1
等级 风险：低、中、高
主体 户 自 成立日期
  代码：文本 主键
  成立日期：日期
  面积：整数
  人数：整数 可缺
记录 处罚 按 决定日期
  文书号：文本 主键
  决定日期：日期
  金额：金额
";

fn main() -> ExitCode {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|it| it.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 10_000, 50_000] } else { sizes };
    match generated(&sizes).and_then(|()| general()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Checks generated packages of each size, and shows how the time per declaration grows.
fn generated(sizes: &[usize]) -> Result<(), String> {
    println!("declarations  packages   least ms  ns per declaration");
    let mut each = Vec::new();
    for size in sizes {
        let (world, roots) = packages(*size);
        let time = least(&world, &roots, RUNS)?;
        let per = time.as_nanos() / u128::try_from((*size).max(1)).unwrap_or(1);
        println!("{size:>12}  {:>8}  {:>9}  {per:>18}", roots.len(), time.as_millis());
        each.push(per);
    }
    if let (Some(first), Some(last)) = (each.first(), each.last()) {
        let hundredths = last * 100 / (*first).max(1);
        println!("last to first: {}.{:02}", hundredths / 100, hundredths % 100);
    }
    Ok(())
}

/// Checks the shipped general set with all that it uses.
fn general() -> Result<(), String> {
    let mut world = MemoryWorld::default();
    read(Path::new("indicator-sets"), &mut world).map_err(|it| format!("indicator-sets: {it}"))?;
    let roots = ["indicator-sets/general".to_owned()];
    let time = least(&world, &roots, GENERAL_RUNS)?;
    println!("general set: {}.{} ms", time.as_millis(), time.as_micros() % 1_000 / 100);
    Ok(())
}

/// Reads all rule files and code tables below a folder into memory.
fn read(folder: &Path, world: &mut MemoryWorld) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, world)?;
        } else if path.extension().is_some_and(|it| it == "heng" || it == "csv") {
            let text = std::fs::read_to_string(&path)?;
            *world = std::mem::take(world).with(&path.to_string_lossy(), &text);
        }
    }
    Ok(())
}

/// The least time of several checks. What is measured must be in order: problems would cost time of their own.
fn least(world: &MemoryWorld, roots: &[String], runs: usize) -> Result<Duration, String> {
    let links = LinkTable::new();
    let mut least = Duration::MAX;
    for _ in 0..runs {
        let start = Instant::now();
        let checked = check(world, roots, &links);
        least = least.min(start.elapsed());
        if let Some(it) = checked.diagnostics.first() {
            let (path, line, _) = checked.sources.place(it.primary.span);
            let code = it.code.record().name;
            return Err(format!("{path}:{line}: {code} {}", it.message(Lang::En)));
        }
    }
    Ok(least)
}

/// Packages of so many declarations together, as even as can be, and their folders.
fn packages(size: usize) -> (MemoryWorld, Vec<String>) {
    let blocks = size.div_ceil(BLOCK);
    let count = size.div_ceil(PACKAGE).max(1);
    let mut world = MemoryWorld::default().with("资料/资料.heng", DATA);
    let mut roots = Vec::new();
    for package in 0..count {
        let folder = format!("包{package}");
        let own = blocks / count + usize::from(package < blocks % count);
        let mut text = format!("规则集 包{package} 版本 1\n引用 资料\n");
        for first in (0..own).step_by(FILE / BLOCK) {
            for at in first..own.min(first + FILE / BLOCK) {
                block(at, &mut text);
            }
            world = world.with(&format!("{folder}/{first:05}.heng"), &text);
            text.clear();
        }
        roots.push(folder);
    }
    (world, roots)
}

/// Twenty declarations as rule sets have them: two parameters, four values, a dimension with eight indicators,
/// a classification with two direct determinations, two tags. A value reads one of a block before.
fn block(at: usize, text: &mut String) {
    let half = at / 2;
    let before = if at == 0 { String::new() } else { format!(" + 累计{half}") };
    let _ = write!(
        text,
        "参数 观察期{at} = 24 个月\n参数 大额{at} = {} 元\n\
         值 次数{at} = 计数(处罚 其中 近 观察期{at})\n\
         值 总额{at} = 合计(处罚 其中 近 观察期{at}, 金额)\n\
         值 用工{at} = 人数 缺则 0\n\
         值 累计{at} = 次数{at}{before}\n\
         维度 维{at} 满分 80\n",
        10_000 + at
    );
    for number in 0..8 {
        let _ = writeln!(text, "指标 标{at}_{number} 属于 维{at} 满分 10");
        let _ = match number % 4 {
            0 => write!(
                text,
                "  评分 按 次数{at}\n    0：0\n    1 至 2：3\n    3 至 5：6\n    6 以上：10\n  缘由 处罚{{次数{at}}}次\n"
            ),
            1 => write!(
                text,
                "  评分 按 总额{at}\n    不满 大额{at}：0\n    大额{at} 以上：10\n  缘由 罚款合计：{{总额{at}}}\n"
            ),
            2 => write!(
                text,
                "  评分 按 面积, 人数\n    不满 50, 不满 3：1\n    不满 50, 3 以上：4\n    不满 50, 缺失：5\n    50 以上, -：10\n"
            ),
            _ => write!(
                text,
                "  评分 依次\n    累计{at} > {} 且 用工{at} < 3：10\n    面积 > {}：5\n    其余：0\n",
                at % 7 + 1,
                at % 90 + 10
            ),
        };
    }
    let _ = write!(
        text,
        "分类 级{at} 为 风险 按 维{at}\n  不满 30：低\n  30 以上不满 60：中\n  60 以上：高\n\
         直接判定 重罚{at} 级{at} 定为 高\n  当 存在(处罚 其中 近 观察期{at} 且 金额 ≥ 大额{at})\n  缘由 有大额处罚\n\
         直接判定 多次{at} 级{at} 上调 1 级 不超过 高\n  当 次数{at} ≥ 6\n  缘由 处罚{{次数{at}}}次\n\
         标注 大户{at}\n  当 面积 ≥ {} 且 用工{at} ≥ 8\n\
         标注 有罚{at}\n  当 次数{at} > 0 且 级{at} ≥ 中\n  缘由 处罚{{次数{at}}}次\n",
        100 + at
    );
}
