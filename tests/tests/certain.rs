//! What is said of conditions is certain: conditions are made at random, and whatever is said of one is
//! held against the reference evaluator on households made to lie near its bounds.
//!
//! `HENG_SEED=7 cargo test --workspace --test certain` makes others; the seed stands in every complaint.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use heng_dsl::check::{Checked, check};
use heng_dsl::diag::Lang;
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::value::Date;
use heng_dsl::world::MemoryWorld;
use heng_engine::data::{Household, Register};
use heng_engine::program::Program;
use heng_engine::run::{RunOptions, run};
use heng_engine::show;

const HEAD: &str = "\
规则集 甲 版本 1
枚举 状态：存续、歇业、注销
枚举 种类：警告、罚款、没收
等级 程度：轻、中、重
主体 户 自 成立日期
  代码：文本 主键
  成立日期：日期
  状态：状态
  人数：整数
  面积：整数 可缺
  行业：文本
记录 处罚 按 决定日期, 文号
  文号：文本 主键
  决定日期：日期
  种类：种类
  程度：程度
  金额：金额
  修复日期：日期 后续 修复
";

const SEED: u64 = 20_261_128;

/// Pairs of simple conditions, and conditions that are taken together from several.
const PAIRS: usize = 110;
const NESTED: usize = 40;

/// As-of dates at which windows end differently, and households looked at on each.
const DAYS: [&str; 6] =
    ["2024-02-29", "2025-03-31", "2025-01-01", "2025-12-31", "2026-06-15", "2025-04-30"];
const HOUSEHOLDS: usize = 40;

struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(count).unwrap()).unwrap()
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn op(&mut self) -> &'static str {
        self.of(&["=", "≠", "<", "≤", ">", "≥"])
    }

    fn months(&mut self) -> u32 {
        self.of(&[1, 2, 3, 6, 12, 24])
    }

    fn window(&mut self) -> String {
        let near = self.months();
        match self.below(6) {
            0 | 1 => format!("近 {near} 个月"),
            2 => format!("近 {} 天", self.of(&[1, 28, 30, 31, 90, 365, 366])),
            3 => format!("前 {} 至 {near} 个月", near + self.months()),
            _ => self
                .of(&[
                    "本月",
                    "上月",
                    "本季度",
                    "上季度",
                    "本年度",
                    "上年度",
                    "去年同月",
                    "去年同季",
                ])
                .to_owned(),
        }
    }

    /// A condition of a record.
    fn filter(&mut self) -> String {
        let one = |random: &mut Self| match random.below(6) {
            0..3 => random.window(),
            3 => {
                format!("种类 {} {}", random.of(&["=", "≠"]), random.of(&["警告", "罚款", "没收"]))
            }
            4 => format!("程度 {} {}", random.op(), random.of(&["轻", "中", "重"])),
            _ => random.of(&["未修复", "已修复", "金额 > 1 元", "金额 ≥ 2 元"]).to_owned(),
        };
        let first = one(self);
        match self.below(3) {
            0 => format!("{first} 且 {}", one(self)),
            1 => format!("({first} 或 {})", one(self)),
            _ => first,
        }
    }

    /// A condition without 且 and 或 around it.
    fn simple(&mut self) -> String {
        match self.below(14) {
            0 => format!("人数 {} {}", self.op(), self.below(4)),
            1 => format!("人数 + 1 {} 2 × 人数", self.op()),
            2 => format!("状态 {} {}", self.of(&["=", "≠"]), self.of(&["存续", "歇业", "注销"])),
            3 => format!("状态 {}（存续、注销）", self.of(&["属于", "不属于"])),
            4 => format!("面积 缺则 0 {} {}", self.op(), self.below(3)),
            5 => format!("行业 开头 \"{}\"", self.of(&["F", "F5", "F52", "H"])),
            6 => format!("成立日期 在 {}", self.window()),
            7 => format!("成立日期 {} 基准日 - {} 个月", self.op(), self.months()),
            8 => format!("整月数(成立日期, 基准日) {} {} 个月", self.op(), self.months()),
            9 => format!("天数(成立日期, 基准日) {} {} 天", self.op(), self.of(&[28, 31, 365])),
            10 => format!("{}(处罚 其中 {})", self.of(&["存在", "无"]), self.filter()),
            11 => format!(
                "合计(处罚 其中 {}, 金额) {} {} 元",
                self.filter(),
                self.op(),
                self.below(3)
            ),
            12 => format!("连续(处罚, {}) {} {}", self.filter(), self.op(), self.below(3)),
            _ => format!("计数(处罚 其中 {}) {} {}", self.filter(), self.op(), self.below(4)),
        }
    }

    fn nested(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(4) == 0 {
            return self.simple();
        }
        let (a, b) = (self.nested(depth - 1), self.nested(depth - 1));
        match self.below(5) {
            0 => format!("非 ({a})"),
            1 | 2 => format!("(({a}) 且 ({b}))"),
            _ => format!("(({a}) 或 ({b}))"),
        }
    }

    /// A day near one at which some window begins or ends.
    fn day(&mut self, as_of: Date) -> Date {
        let months = i64::from(self.of(&[0, 0, 1, 2, 3, 5, 6, 12, 13, 24, 30]));
        let days = self.of(&[-31, -2, -1, 0, 0, 1, 2, 15]);
        let day = as_of.add_months(-months).unwrap().add_days(days).unwrap();
        day.min(as_of)
    }

    fn household(&mut self, linked: &Linked, as_of: Date, number: usize) -> Household {
        let mut built = Household::build(linked, &format!("{number}"))
            .unwrap()
            .fields([
                ("成立日期", self.day(as_of).to_string().as_str()),
                ("状态", self.of(&["存续", "歇业", "注销"])),
                ("人数", self.of(&["0", "1", "2", "3"])),
                ("行业", self.of(&["A", "F", "F51", "F52", "F521", "H6"])),
            ])
            .unwrap();
        if self.below(3) > 0 {
            built = built.fields([("面积", self.of(&["0", "1", "2"]))]).unwrap();
        }
        for record in 0..self.below(5) {
            let (day, number) = (self.day(as_of), record.to_string());
            let mut cells = vec![
                ("文号", number),
                ("决定日期", day.to_string()),
                ("种类", self.of(&["警告", "罚款", "没收"]).to_owned()),
                ("程度", self.of(&["轻", "中", "重"]).to_owned()),
                ("金额", self.of(&["0", "1", "2"]).to_owned()),
            ];
            if self.below(2) == 0 {
                cells.push(("修复日期", day.max(self.day(as_of)).to_string()));
            }
            let cells: Vec<(&str, &str)> = cells.iter().map(|it| (it.0, it.1.as_str())).collect();
            built = built.record("处罚", cells).unwrap();
        }
        built.done()
    }
}

/// Conditions by the name of their tag.
fn conditions(random: &mut Random) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for at in 0..PAIRS {
        let (a, b) = (random.simple(), random.simple());
        all.push((format!("甲{at}"), a.clone()));
        all.push((format!("乙{at}"), b.clone()));
        all.push((format!("且{at}"), format!("({a}) 且 ({b})")));
        all.push((format!("或{at}"), format!("({a}) 或 ({b})")));
    }
    all.extend((0..NESTED).map(|at| (format!("套{at}"), random.nested(3))));
    all
}

/// The number of a tag, the code that was said of it, and whether that was of the records inside it.
fn said(checked: &Checked) -> Vec<(usize, &'static str, bool)> {
    let head = HEAD.lines().count();
    let each = checked.diagnostics.iter().map(|it| {
        // A tag has two lines, behind those of the data.
        let (_, line, _) = checked.sources.place(it.primary.span);
        let at = (usize::try_from(line).unwrap() - head - 1) / 2;
        (at, it.code.record().name, it.message(Lang::Zh).contains("里的条件"))
    });
    each.collect()
}

/// Which households each tag holds for, over all days: a line of signs a tag.
fn holding(
    linked: Linked,
    roots: &[usize],
    tags: &[String],
    random: &mut Random,
) -> Vec<Vec<bool>> {
    let program = Program::for_roots(linked, roots).ok().unwrap();
    let linked = program.linked();
    let slots: Vec<usize> = tags.iter().map(|it| linked.find_decl("甲", it).unwrap()).collect();
    let mut holds = vec![Vec::new(); tags.len()];
    for as_of in DAYS {
        let as_of: Date = as_of.parse().unwrap();
        let households = (0..HOUSEHOLDS).map(|it| random.household(linked, as_of, it)).collect();
        let register = Register { households, cutoff: None };
        let options = RunOptions { as_of, threads: None, progress: None, reasons: false };
        for outcome in run(&program, &register, &options).outcomes {
            for (slot, holds) in slots.iter().zip(&mut holds) {
                let ty = &linked.decl(*slot).ty;
                let shown = show::value(linked, &outcome.values[*slot], ty, Lang::Zh);
                assert!(shown == "是" || shown == "否", "{shown}");
                holds.push(shown == "是");
            }
        }
    }
    holds
}

/// What was said and is not so; and how much was said.
fn complaints(seed: u64) -> (String, BTreeMap<&'static str, usize>) {
    let mut random = Random(seed);
    let all = conditions(&mut random);
    let mut text = HEAD.to_owned();
    for (name, condition) in &all {
        let _ = write!(text, "标注 {name}\n  当 {condition}\n");
    }
    let world = MemoryWorld::default().with("甲/甲.heng", &text);
    let checked = check(&world, &["甲".to_owned()], &LinkTable::new());
    let said = said(&checked);
    let Some(linked) = checked.linked else {
        let words = checked.diagnostics.iter().map(|it| it.message(Lang::Zh));
        return (words.collect::<Vec<_>>().join("\n"), BTreeMap::new());
    };
    let tags: Vec<String> = all.iter().map(|it| it.0.clone()).collect();
    let holds = holding(linked, &checked.roots, &tags, &mut random);
    let mut out = String::new();
    let mut counted = BTreeMap::new();
    for (at, code, inside) in said {
        *counted.entry(code).or_insert(0) += 1;
        let (name, condition) = &all[at];
        let wrong = match code {
            _ if inside => false,
            // The whole may well be possible where a part of it is not, and the other way round.
            "E0451" if !name.starts_with(['或', '套']) => holds[at].contains(&true),
            "E0450" if !name.starts_with(['且', '套']) => holds[at].contains(&false),
            "E0452" if name.starts_with(['且', '或']) => {
                let (a, b) = (at - at % 4, at - at % 4 + 1);
                holds[at] != holds[a] && holds[at] != holds[b]
            }
            _ => false,
        };
        if wrong {
            let _ = writeln!(out, "{code} is said of {name}, and is not so: {condition}");
        }
    }
    (out, counted)
}

#[test]
fn what_is_said_of_a_condition_is_so_for_every_household() {
    let seed = std::env::var("HENG_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(SEED);
    let (wrong, counted) = complaints(seed);
    assert!(wrong.is_empty(), "seed {seed}\n{wrong}");
    for code in ["E0450", "E0451", "E0452"] {
        let count = counted.get(code).copied().unwrap_or(0);
        assert!(count >= 5, "{code} was said {count} times only (seed {seed}): {counted:?}");
    }
}
