//! Small rule sets made at random, and every household that they can tell apart.

use std::fmt::Write as _;

use heng_dsl::check::check;
use heng_dsl::diag::{Lang, has_errors};
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::value::Date;
use heng_dsl::world::MemoryWorld;
use heng_engine::data::{Household, HouseholdBuilder, Register};
use heng_engine::program::Program;

pub(crate) const AS_OF: &str = "2025-06-30";

pub(crate) fn as_of() -> Date {
    AS_OF.parse().expect("a date")
}

pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).expect("it fits") % count
    }
}

/// The choices that make a rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Card(Vec<usize>);

const CHOICES: usize = 47;

impl Card {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self((0..CHOICES).map(|_| random.below(1 << 20)).collect())
    }

    /// The same with some choices made again.
    pub(crate) fn changed(&self, random: &mut Random) -> Self {
        let mut out = self.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(CHOICES);
            out.0[at] = random.below(1 << 20);
        }
        out
    }

    fn of<T: Copy>(&self, at: usize, from: &[T]) -> T {
        from[self.0[at] % from.len()]
    }

    fn points(&self, at: usize) -> usize {
        self.of(at, &[0, 3, 5, 8, 10, 15, 20, 30])
    }

    /// The text of the rule set.
    #[expect(clippy::too_many_lines, reason = "one text, read from top to bottom")]
    pub(crate) fn text(&self) -> String {
        let mut text = String::from(DATA);
        let window = |at: usize| self.of(at, &["近 12 个月", "近 24 个月"]);
        let kind = |at: usize| self.of(at, &["", " 且 种类 = 重", " 且 种类 ≠ 重"]);
        let half = |at: usize| {
            self.of(at, &["", "\n  折减 按 决定日期\n    近 12 个月：100%\n    其余：50%"])
        };
        let mut line = |it: String| writeln!(text, "{it}").expect("a string takes it");
        let dimensions = [
            ["", ""],
            [" 上限 20", " 上限 40"],
            [" 权重 40%", " 权重 60%"],
            [" 下限 5 起评 10", ""],
            [" 权重 50%", " 上限 45 权重 50%"],
        ];
        // Two choices, so that one of them changes only one of the dimensions now and then.
        // Weights come as a pair, because they have to add up.
        let weighted = |at: usize| dimensions[at].iter().any(|it| it.contains("权重"));
        let (first, second) = (self.0[0] % 5, self.0[1] % 5);
        let second = if weighted(first) || weighted(second) { first } else { second };
        line(format!("维度 场所{}", dimensions[first][0]));
        line(format!("维度 监管{}", dimensions[second][1]));
        let low = self.of(2, &[1, 2, 3]);
        line(format!(
            "指标 面积分 属于 场所\n  评分 按 面积\n    不满 {low}：{}\n    {low} 以上不满 {high}：{}\n    {high} 以上：{}\n    缺失：{}",
            self.points(3),
            self.points(4),
            self.points(5),
            self.points(6),
            high = low + self.of(7, &[1, 2]),
        ));
        line(format!(
            "指标 次数分 属于 监管\n  取 次数 = 计数(处罚 其中 {}{})\n  评分 按 次数\n    0：{}\n    1：{}\n    2 以上：{}",
            window(8),
            kind(9),
            self.points(10),
            self.points(11),
            self.points(12),
        ));
        line(format!(
            "指标 逐案 属于 监管 上限 {}\n  评分 {}逐条 处罚 其中 {} 按 种类\n    轻：{}\n    重：{}{}",
            self.of(13, &[6, 10]),
            self.of(14, &["", "取高 "]),
            window(15),
            self.of(16, &[4, 5]),
            self.of(17, &[5, 10]),
            half(18),
        ));
        line(format!(
            "指标 最重 属于 监管\n  评分 取高\n    线上 且 存在(处罚 其中 {}{})：{}\n    面积 有值 且 面积 ≥ {}：{}\n    其余：{}",
            window(19),
            kind(20),
            self.points(21),
            self.of(22, &[2, 3, 4]),
            self.points(23),
            self.points(24),
        ));
        let factor = self.of(25, &[3, 4]);
        line(format!(
            "指标 系数 属于 场所 上限 {}\n  评分 = {factor} × 计数(处罚 其中 {})",
            factor * self.of(26, &[1, 2]),
            window(27),
        ));
        line(format!("指标 减分 属于 场所\n  扣分 累计\n    线上：{}", self.points(28)));
        let cut = [29, 30, 31].map(|at| self.of(at, &[5, 10, 15, 20]));
        let (b, c, d) = (cut[0], cut[0] + cut[1], cut[0] + cut[1] + cut[2]);
        line(format!(
            "分类 风险 为 等级 按 总分\n  不满 {b}：A\n  {b} 以上不满 {c}：B\n  {c} 以上不满 {d}：C\n  {d} 以上：D"
        ));
        // Several scores together, of which those of one version are rounded and cut off as a sum.
        line(format!(
            "值 合分 = 限于(场所 × {}% + (如果 线上 则 0 分 否则 监管 × 2 ÷ {}), 0 分, {} 分) 保留 1 位",
            self.of(44, &[40, 50]),
            self.of(45, &[3, 4]),
            self.of(46, &[12, 40]),
        ));
        line(format!(
            "分类 综合 为 等级 按 合分\n  {b} 以下：A\n  超过 {b} 至 {c}：B\n  超过 {c}：C"
        ));
        let decides = [
            format!(
                "直接判定 甲 风险 定为 {}\n  当 存在(处罚 其中 近 12 个月 且 种类 = 重) 且 面积 缺失",
                self.of(32, &["C", "D"])
            ),
            format!(
                "直接判定 乙 风险 上调 {} 级 不超过 {}\n  当 线上 且 计数(处罚 其中 近 12 个月) ≥ {}",
                self.of(33, &[1, 2]),
                self.of(34, &["C", "D"]),
                self.of(35, &[1, 2])
            ),
            format!(
                "直接判定 丙 风险 下调 1 级 不低于 {}\n  当 面积 有值 且 面积 < {}",
                self.of(36, &["A", "B"]),
                self.of(37, &[1, 2])
            ),
        ];
        for (at, decide) in decides.into_iter().enumerate() {
            if self.of(38 + at, &[true, false]) {
                line(decide);
            }
        }
        text
    }
}

const DATA: &str = "\
规则集 甲 版本 1
枚举 种类：轻、重
等级 等级：A、B、C、D
主体 户 自 成立日期
  代码：文本 主键
  成立日期：日期
  面积：整数 可缺
  线上：是否
记录 处罚 按 决定日期, 文号
  文号：文本 主键
  决定日期：日期
  种类：种类
";

/// The program of one text; panics with the problems if it does not check.
pub(crate) fn program(text: &str) -> Program {
    let world = MemoryWorld::default().with("甲/甲.heng", text);
    program_of(&world, "甲")
}

/// The program of a folder.
pub(crate) fn program_of(world: &MemoryWorld, folder: &str) -> Program {
    let checked = check(world, &[folder.to_owned()], &LinkTable::new());
    let problems: Vec<String> = checked.diagnostics.iter().map(|it| it.message(Lang::Zh)).collect();
    assert!(!has_errors(&checked.diagnostics), "{}", problems.join("\n"));
    Program::new(checked.linked.expect("no errors, so a model")).expect("no circles")
}

/// Counts of penalties, an area or none, online or not.
pub(crate) type Profile = ([usize; 4], &'static str, &'static str);

/// Every household that a card can tell apart: areas up to 6 or none, online or not, and up to three
/// light and three grave penalties in each half of the last 24 months, as far as `classes` goes.
pub(crate) fn profiles(classes: usize) -> Vec<Profile> {
    let mut counts: Vec<[usize; 4]> = vec![[0; 4]];
    for class in 0..classes {
        counts = counts
            .into_iter()
            .flat_map(|it| {
                (0..=3).map(move |count| {
                    let mut it = it;
                    it[class] = count;
                    it
                })
            })
            .collect();
    }
    let mut profiles = Vec::new();
    for count in counts {
        for area in ["", "0", "1", "2", "3", "4", "5", "6"] {
            profiles.extend(["是", "否"].map(|online| (count, area, online)));
        }
    }
    profiles
}

/// The households of these profiles, in their order.
pub(crate) fn households(linked: &Linked, classes: usize) -> Register {
    let made = |(number, profile): (usize, Profile)| {
        household(linked, &format!("{number:05}"), profile).done()
    };
    let households = profiles(classes).into_iter().enumerate().map(made).collect();
    Register { households, cutoff: None }
}

pub(crate) fn household<'l>(
    linked: &'l Linked,
    key: &str,
    (counts, area, online): Profile,
) -> HouseholdBuilder<'l> {
    let mut builder = Household::build(linked, key)
        .expect("a subject")
        .fields([("成立日期", "2010-01-01"), ("面积", area), ("线上", online)])
        .expect("the fields are there");
    let classes =
        [("2025-01-10", "轻"), ("2024-01-10", "轻"), ("2025-01-10", "重"), ("2024-01-10", "重")];
    for ((date, kind), count) in classes.into_iter().zip(counts) {
        for number in 0..count {
            let number = format!("{date}{kind}{number}");
            let cells = [("文号", number.as_str()), ("决定日期", date), ("种类", kind)];
            builder = builder.record("处罚", cells).expect("the columns are there");
        }
    }
    builder
}
