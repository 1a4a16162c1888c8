//! What one more record does to functions of records, held against every household of up to three records.

use heng_dsl::model::linked::Linked;
use heng_dsl::value::Value;
use heng_engine::data::{Household, Register};
use heng_engine::program::Program;
use heng_engine::prove::{Held, promises};
use heng_engine::run::{RunOptions, run};

use crate::card::{as_of, program};
use crate::{BUDGET, grade_of};

const DATA: &str = "\
规则集 甲 版本 1
枚举 事由：小、大
等级 等级：A、B
主体 户 自 成立日期
  代码：文本 主键
  成立日期：日期
记录 处罚 按 决定日期, 文号
  文号：文本 主键
  决定日期：日期
  金额：金额
  事由：事由
记录 检查 按 检查日期
  检查号：文本 主键
  检查日期：日期
";

/// A function of records, where the grade changes, and whether it may be missing.
const FUNCTIONS: [(&str, &str, bool); 15] = [
    ("计数(处罚 其中 近 12 个月)", "2", false),
    ("3 条 - 计数(处罚)", "1", false),
    ("合计(处罚 其中 事由 = 大, 金额)", "250 元", false),
    ("最大(处罚, 金额)", "150 元", true),
    ("最小(处罚, 金额)", "150 元", true),
    ("平均(处罚, 金额)", "150 元", true),
    ("最近(处罚, 金额)", "150 元", true),
    ("天数(最近(处罚, 决定日期), 基准日)", "100 天", true),
    ("天数(最早(处罚, 决定日期), 基准日)", "100 天", true),
    ("最大(处罚 按 事由, 条数)", "2", true),
    ("最小(处罚 按 事由, 条数)", "2", true),
    ("去重计数(处罚, 事由)", "2", false),
    (
        "计数(处罚 称 后案 其中 存在(处罚 其中 事由 = 后案.事由 且 决定日期 < 后案.决定日期))",
        "1",
        false,
    ),
    (
        "计数(处罚 称 前案 其中 无(处罚 其中 事由 = 前案.事由 且 决定日期 > 前案.决定日期))",
        "2",
        false,
    ),
    ("计数(检查 称 查 其中 无(处罚 其中 决定日期 > 查.检查日期))", "1", false),
];

fn text(function: (&str, &str, bool), rising: bool) -> String {
    let (function, cut, missing) = function;
    let (low, high) = if rising { ("A", "B") } else { ("B", "A") };
    let none = if missing { "\n  缺失：A" } else { "" };
    format!(
        "{DATA}值 量 = {function}\n分类 风险 为 等级 按 量\n  不满 {cut}：{low}\n  {cut} 以上：{high}{none}\n\
         保证 新增 处罚 不改善 风险\n保证 新增 处罚 不恶化 风险\n"
    )
}

/// A record: its date, amount and cause.
type Record = (&'static str, &'static str, &'static str);

fn records() -> Vec<Record> {
    let mut out = Vec::new();
    for date in ["2025-05-01", "2024-12-01", "2023-01-01"] {
        for (amount, cause) in [("100", "小"), ("200", "大"), ("300", "小")] {
            out.push((date, amount, cause));
        }
    }
    out
}

/// Every choice of up to so many records.
fn choices(most: usize) -> Vec<Vec<Record>> {
    let mut out: Vec<Vec<Record>> = vec![Vec::new()];
    let mut last = out.clone();
    for _ in 0..most {
        last = last
            .iter()
            .flat_map(|it| {
                let more =
                    records().into_iter().filter(|own| it.last().is_none_or(|last| last <= own));
                more.map(|own| [it.as_slice(), &[own]].concat())
            })
            .collect();
        out.extend(last.iter().cloned());
    }
    out
}

fn household(linked: &Linked, number: usize, records: &[Record]) -> Household {
    let mut builder = Household::build(linked, &format!("{number:05}"))
        .expect("a subject")
        .fields([("成立日期", "2010-01-01")])
        .expect("the fields are there");
    for (at, (date, amount, cause)) in records.iter().enumerate() {
        let name = at.to_string();
        let cells =
            [("文号", name.as_str()), ("决定日期", date), ("金额", amount), ("事由", cause)];
        builder = builder.record("处罚", cells).expect("the columns are there");
    }
    for (at, date) in ["2024-06-01", "2025-01-01"].into_iter().enumerate() {
        let name = at.to_string();
        let cells = [("检查号", name.as_str()), ("检查日期", date)];
        builder = builder.record("检查", cells).expect("the columns are there");
    }
    builder.done()
}

/// The grades of all choices of up to three records, and whether one more of them moves a grade down or up.
fn moves(program: &Program) -> (bool, bool) {
    let all = choices(3);
    let households: Vec<Household> =
        all.iter().enumerate().map(|(at, it)| household(program.linked(), at, it)).collect();
    let options = RunOptions { as_of: as_of(), threads: None, progress: None, reasons: false };
    let outcomes = run(program, &Register { households, cutoff: None }, &options).outcomes;
    let slot = grade_of(program, "风险");
    let grade = |records: &Vec<Record>| {
        let at = all.iter().position(|it| it == records)?;
        match outcomes.get(at)?.values[slot] {
            Value::Member(it) => Some(it),
            _ => None,
        }
    };
    let (mut down, mut up) = (false, false);
    for own in all.iter().filter(|it| it.len() < 3) {
        for record in records() {
            let mut more = own.clone();
            more.push(record);
            more.sort_unstable();
            if let (Some(before), Some(after)) = (grade(own), grade(&more)) {
                down |= after < before;
                up |= after > before;
            }
        }
    }
    (down, up)
}

#[test]
fn what_one_more_record_does_is_never_told_wrongly() {
    let mut told = Vec::new();
    for function in FUNCTIONS {
        for rising in [true, false] {
            let text = text(function, rising);
            let program = program(&text);
            let (down, up) = moves(&program);
            let held: Vec<Held> =
                promises(&program, 0, as_of(), BUDGET).iter().map(|it| it.held).collect();
            for (held, is_broken) in held.iter().zip([down, up]) {
                assert!(*held != Held::Kept || !is_broken, "{text}");
            }
            told.push((function.0, rising, held));
        }
    }
    // Counts, sums and the date of the last one only go one way.
    for (function, rising, held) in told {
        let plain = ["计数(处罚 其中 近 12 个月)", "合计(处罚 其中 事由 = 大, 金额)"];
        if plain.contains(&function) {
            let expected = if rising { Held::Kept } else { Held::Broken };
            assert_eq!(held[0], expected, "{function} {rising} {held:?}");
        }
        println!("{function} {}: {held:?}", if rising { "rising" } else { "falling" });
    }
}
