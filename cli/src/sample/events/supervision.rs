//! Penalties, compulsory measures, inspections, samplings, accidents.

use heng_dsl::value::Date;

use super::super::dossier::{Dossier, Trouble, cell, yes};
use super::super::random::Random;
use super::super::tables::{Row, Table};
use super::THREE_YEARS;

pub(super) fn penalties(it: &mut Dossier, random: &mut Random) {
    let count = match it.trouble {
        Trouble::None => u32::from(random.chance(8)),
        Trouble::Little => u32::from(random.chance(110)),
        Trouble::Some => random.run_of(480, 5),
        Trouble::Much => 1 + random.run_of(640, 12),
    };
    for _ in 0..count {
        let date = it.day(random, 4 * 365);
        let degree = random.weighted(&DEGREES, "轻微");
        penalty(it, random, date, degree);
    }
}

/// The degrees of a violation, from light to serious.
const DEGREES: [(u32, &str); 4] = [(420, "轻微"), (400, "一般"), (140, "较重"), (40, "严重")];

/// What people are punished for, in food trades and elsewhere.
const FOOD_CAUSES: [&str; 5] = [
    "未取得食品经营许可",
    "经营超过保质期的食品",
    "未按规定查验进货",
    "从业人员无健康证明",
    "标签不符合规定",
];
const CAUSES: [&str; 6] = [
    "未按规定明码标价",
    "虚假宣传",
    "使用未检定的计量器具",
    "无照经营",
    "销售不合格产品",
    "侵犯商标专用权",
];

/// The kinds of penalty for a degree, and the span of a fine in hundreds of yuan.
fn sanction(degree: &str) -> (&'static [(u32, &'static str)], (u32, u32)) {
    match degree {
        "轻微" => (&[(450, "警告"), (100, "通报批评"), (450, "罚款")], (1, 10)),
        "一般" => (&[(900, "罚款"), (100, "没收")], (10, 80)),
        "较重" => (&[(850, "罚款"), (120, "没收"), (30, "暂扣许可")], (80, 400)),
        _ => (
            &[
                (700, "罚款"),
                (100, "暂扣许可"),
                (80, "吊销许可"),
                (60, "降低资质"),
                (40, "责令关闭"),
                (20, "限制从业"),
            ],
            (300, 3000),
        ),
    }
}

/// Kinds that are never repaired early (总局令第45号 第十四条).
const NEVER_REPAIRED: [&str; 4] = ["吊销许可", "责令关闭", "限制从业", "降低资质"];

/// A penalty with what follows from its degree.
fn penalty(it: &mut Dossier, random: &mut Random, date: Date, degree: &'static str) {
    let (kinds, (least, most)) = sanction(degree);
    let kind = random.weighted(kinds, "罚款");
    let fine = if kind == "罚款" { random.between(least, most) * 100 } else { 0 };
    let takes = kind == "没收" || random.chance(120);
    let seized = if takes { random.between(1, 60) * 50 } else { 0 };
    let about_food = it.has_food() && random.chance(700);
    let causes: &[&'static str] = if about_food { &FOOD_CAUSES } else { &CAUSES };
    let cause = random.pick(causes, "无照经营");
    let repairs = kind != "警告" && !NEVER_REPAIRED.contains(&kind) && random.chance(380);
    let repaired = if repairs { it.later(random, date, 95, 700) } else { None };
    let falls = repaired.is_none() && random.chance(12);
    let quashed = if falls { it.later(random, date, 20, 200) } else { None };
    let row = it
        .penalty(date, kind, degree, cause)
        .with("罚款金额", fine.to_string())
        .with("没收金额", seized.to_string())
        .with("修复日期", cell(repaired))
        .with("修复机关", if repaired.is_some() { "池州市市场监督管理局" } else { "" })
        .with("撤销日期", cell(quashed));
    it.rows.push(row);
}

pub(super) fn compulsory(it: &mut Dossier, random: &mut Random) {
    if random.chance(it.trouble.of([1, 8, 60, 220])) {
        let date = it.day(random, THREE_YEARS);
        let kind = random.weighted(&[(600, "扣押"), (350, "查封"), (50, "其他")], "扣押");
        let ends = random.chance(850);
        let ended = if ends { it.later(random, date, 10, 60) } else { None };
        it.compulsory(date, kind, ended);
    }
}

/// What is looked at in a check.
const ITEMS: [&str; 5] = ["登记事项", "公示信息", "明码标价", "计量器具", "广告宣传"];
const FOOD_ITEMS: [&str; 5] = ["日常检查", "进货查验", "健康证", "食品标签", "问题食品召回"];

pub(super) fn inspections(it: &mut Dossier, random: &mut Random) {
    let more = if it.has_food() { random.between(0, 2) } else { 0 };
    for _ in 0..more + random.run_of(it.trouble.of([320, 440, 620, 850]), 20) {
        let date = it.day(random, THREE_YEARS);
        let about_food = it.has_food() && random.chance(750);
        let items: &[&'static str] = if about_food { &FOOD_ITEMS } else { &ITEMS };
        let bad = it.trouble.of([40, 110, 250, 450]);
        let result = match random.below(1000) {
            at if at < bad => "不合格",
            at if at < bad * 5 / 2 => "责令整改",
            at if at < bad * 5 / 2 + 12 => "无法联系",
            _ => "合格",
        };
        let item = random.pick(items, "登记事项");
        let puts_right = matches!(result, "责令整改" | "不合格") && random.chance(750);
        let done = if puts_right { it.later(random, date, 5, 60) } else { None };
        it.inspection(date, item, result, done);
    }
}

pub(super) fn samplings(it: &mut Dossier, random: &mut Random) {
    if !it.has_food() {
        return;
    }
    for _ in 0..random.run_of(it.trouble.of([260, 300, 400, 550]), 6) {
        let date = it.day(random, THREE_YEARS);
        let levels = [(40, "国家"), (160, "省"), (300, "市"), (500, "县")];
        let good = !random.chance(it.trouble.of([15, 50, 130, 260]));
        it.sampling(date, random.weighted(&levels, "县"), good);
    }
}

pub(super) fn accidents(it: &mut Dossier, random: &mut Random) {
    if !random.chance(it.trouble.of([1, 3, 12, 40])) {
        return;
    }
    let date = it.day(random, THREE_YEARS);
    let kinds = if it.has_food() {
        [(800, "食品安全"), (0, "产品质量"), (50, "特种设备"), (150, "生产安全")]
    } else {
        [(0, "食品安全"), (500, "产品质量"), (100, "特种设备"), (400, "生产安全")]
    };
    let kind = random.weighted(&kinds, "生产安全");
    let levels = [(900, "一般事故"), (90, "较大事故"), (10, "重大事故")];
    let level = random.weighted(&levels, "一般事故");
    let finding = it.later(random, date, 20, 120).map(|day| (day, random.chance(650)));
    it.accident(date, kind, level, finding);
}

impl Dossier {
    /// A penalty that the caller fills further and puts down. It is displayed for three months if
    /// light, for three years otherwise, and not at all if it is a warning (总局令第45号).
    pub(in super::super) fn penalty(
        &mut self,
        date: Date,
        kind: &'static str,
        degree: &'static str,
        cause: &'static str,
    ) -> Row {
        let number = format!("池市监罚〔{}〕{}号", date.year(), self.serial());
        let months = if degree == "轻微" { 3 } else { 36 };
        let shown = if kind == "警告" { None } else { date.add_months(months) };
        self.row(Table::Penalty)
            .with("决定书文号", number)
            .with("种类", kind)
            .with("程度", degree)
            .with("事由", cause)
            .with("决定日期", date.to_string())
            .with("罚款金额", "0")
            .with("没收金额", "0")
            .with("公示期至", cell(shown))
    }

    /// A compulsory measure.
    pub(in super::super) fn compulsory(
        &mut self,
        date: Date,
        kind: &'static str,
        ended: Option<Date>,
    ) {
        let number = format!("池市监强〔{}〕{}号", date.year(), self.serial());
        let row = self.row(Table::Compulsory);
        self.rows.push(
            row.with("强制文号", number)
                .with("种类", kind)
                .with("决定日期", date.to_string())
                .with("解除日期", cell(ended)),
        );
    }

    /// An inspection.
    pub(in super::super) fn inspection(
        &mut self,
        date: Date,
        item: &'static str,
        result: &'static str,
        done: Option<Date>,
    ) {
        let row = self.row(Table::Inspection);
        self.rows.push(
            row.with("检查日期", date.to_string())
                .with("事项", item)
                .with("结果", result)
                .with("整改日期", cell(done)),
        );
    }

    /// A sampling of food.
    pub(in super::super) fn sampling(&mut self, date: Date, level: &'static str, good: bool) {
        let row = self.row(Table::Sampling).with("公布日期", date.to_string());
        self.rows.push(row.with("层级", level).with("合格", yes(good)));
    }

    /// An accident, with the day of the finding and whether the household is liable.
    pub(in super::super) fn accident(
        &mut self,
        date: Date,
        kind: &'static str,
        level: &'static str,
        finding: Option<(Date, bool)>,
    ) {
        let row = self.row(Table::Accident);
        self.rows.push(
            row.with("发生日期", date.to_string())
                .with("类别", kind)
                .with("程度", level)
                .with("认定日期", cell(finding.map(|it| it.0)))
                .with("负有责任", finding.map_or("", |it| yes(it.1))),
        );
    }
}
