//! What happened to a household: the records of every table, about eight a household, most with few
//! and a few with very many.

use heng_dsl::value::Date;

use super::household::{Dossier, Purpose, Trouble, after, cell, has_food, insured};
use super::random::Random;
use super::tables::Table;
use super::trades::Food;

/// Three years in days, the longest most rules look back.
const THREE_YEARS: u32 = 1095;

/// Draws the records of every table.
pub(super) fn draw(it: &mut Dossier) {
    for table in Table::ALL {
        let mut random = it.random(Purpose::Table(table));
        match table {
            Table::Household => {}
            Table::Licence => licences(it, &mut random),
            Table::AnnualReport => annual_reports(it, &mut random),
            Table::Penalty => penalties(it, &mut random),
            Table::Inspection => inspections(it, &mut random),
            Table::Sampling => samplings(it, &mut random),
            Table::Complaint => complaints(it, &mut random),
            Table::Abnormal => abnormal(it, &mut random),
            Table::Serious => serious(it, &mut random),
            Table::Debtor => debtor(it, &mut random),
            Table::Insurance => insurance(it, &mut random),
            Table::Promise => promises(it, &mut random),
            Table::Honour => honours(it, &mut random),
        }
    }
}

/// A licence of five years for each that the trade needs, renewed while the household lives.
fn licences(it: &mut Dossier, random: &mut Random) {
    for kind in it.trade.licences {
        if random.chance(30) {
            continue;
        }
        let mut from = after(it.founded, random.between(0, 60)).min(it.active_until);
        loop {
            let until = from.add_months(60).and_then(|it| it.add_days(-1)).unwrap_or(from);
            let ended = it.gone && until > it.active_until && random.chance(800);
            it.licence(kind, from, Some(until), ended.then_some(it.active_until));
            // Most renew in time; some let it run out.
            if until >= it.active_until || random.chance(40) {
                break;
            }
            from = after(until, 1);
        }
    }
    if random.chance(15) {
        let from = it.day(random, THREE_YEARS);
        it.licence("其他", from, None, None);
    }
}

/// The yearly report, due by 30 June of the next year; who stops reporting mostly stays silent.
fn annual_reports(it: &mut Dossier, random: &mut Random) {
    let last = last_due_year(it.cutoff);
    let first = it.founded.year().max(last - 5);
    let misses = it.trouble.of([25, 70, 160, 330]);
    let turnover =
        random.weighted(&[(500, 60_000), (350, 200_000), (120, 700_000), (30, 3_000_000)], 0);
    let mut silent = false;
    for year in first..=last {
        let due_from = Date::new(year + 1, 1, 1).unwrap_or(it.cutoff);
        silent = if silent { random.chance(650) } else { random.chance(misses) };
        if silent || due_from >= it.active_until {
            continue;
        }
        let late = random.chance(20);
        let day = after(due_from, if late { random.between(181, 330) } else { random.below(180) });
        if day > it.active_until {
            continue;
        }
        let sales = turnover / 100 * random.between(60, 140);
        it.report(year, day, sales, random.chance(150));
    }
}

/// The last year whose report was due by the cut-off.
fn last_due_year(cutoff: Date) -> i64 {
    if cutoff.month() > 6 { cutoff.year() - 1 } else { cutoff.year() - 2 }
}

fn penalties(it: &mut Dossier, random: &mut Random) {
    let count = match it.trouble {
        Trouble::None => u32::from(random.chance(8)),
        Trouble::Little => u32::from(random.chance(110)),
        Trouble::Some => random.run_of(480, 5),
        Trouble::Much => 1 + random.run_of(640, 12),
    };
    for _ in 0..count {
        let date = it.day(random, 4 * 365);
        let degree = random.weighted(&[(420, 0), (400, 1), (140, 2), (40, 3)], 0);
        penalty(it, random, date, degree);
    }
}

/// The degrees of a violation, from light to serious.
const DEGREES: [&str; 4] = ["轻微", "一般", "较重", "严重"];

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

/// A penalty of a degree (0 light to 3 serious), with what follows from it.
fn penalty(it: &mut Dossier, random: &mut Random, date: Date, degree: usize) {
    let (kinds, fines): (&[(u32, &str)], (u32, u32)) = match degree {
        0 => (&[(450, "警告"), (100, "通报批评"), (450, "罚款")], (1, 10)),
        1 => (&[(900, "罚款"), (100, "没收")], (10, 80)),
        2 => (&[(850, "罚款"), (120, "没收"), (30, "暂扣许可")], (80, 400)),
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
    };
    let kind = random.weighted(kinds, "罚款");
    let fine = if kind == "罚款" { random.between(fines.0, fines.1) * 100 } else { 0 };
    let seized =
        if kind == "没收" || random.chance(120) { random.between(1, 60) * 50 } else { 0 };
    let cause = match (has_food(it), random.chance(700)) {
        (true, true) => random.pick(&FOOD_CAUSES, "无照经营"),
        _ => random.pick(&CAUSES, "无照经营"),
    };
    let months = if degree == 0 { 3 } else { 36 };
    let never = matches!(kind, "吊销许可" | "责令关闭" | "限制从业" | "降低资质");
    let repairs = !never && kind != "警告" && random.chance(380);
    let repaired = if repairs { it.later(random, date, 95, 700) } else { None };
    let quashed = if repaired.is_none() && random.chance(12) {
        it.later(random, date, 20, 200)
    } else {
        None
    };
    let shown = (kind != "警告").then(|| date.add_months(months)).flatten();
    let row = it
        .penalty(date, kind, DEGREES[degree.min(3)], cause)
        .with("罚款金额", fine.to_string())
        .with("没收金额", seized.to_string())
        .with("公示期至", cell(shown))
        .with("修复日期", cell(repaired))
        .with("修复机关", if repaired.is_some() { "池州市市场监督管理局" } else { "" })
        .with("撤销日期", cell(quashed));
    it.rows.push(row);
}

/// What is looked at in a check.
const ITEMS: [&str; 5] = ["登记事项", "公示信息", "明码标价", "计量器具", "广告宣传"];
const FOOD_ITEMS: [&str; 5] = ["日常检查", "进货查验", "健康证", "食品标签", "问题食品召回"];

fn inspections(it: &mut Dossier, random: &mut Random) {
    let more = if has_food(it) { random.between(0, 2) } else { 0 };
    let count = more + random.run_of(it.trouble.of([320, 440, 620, 850]), 20);
    for _ in 0..count {
        let date = it.day(random, THREE_YEARS);
        let food = has_food(it) && random.chance(750);
        let item = if food { random.pick(&FOOD_ITEMS, "") } else { random.pick(&ITEMS, "") };
        let bad = it.trouble.of([40, 110, 250, 450]);
        let result = match random.below(1000) {
            at if at < bad => "不合格",
            at if at < bad * 5 / 2 => "责令整改",
            at if at < bad * 5 / 2 + 12 => "无法联系",
            _ => "合格",
        };
        let fixes = result == "责令整改" && random.chance(800);
        let done = if fixes { it.later(random, date, 5, 60) } else { None };
        it.inspection(date, item, result, done);
    }
}

fn samplings(it: &mut Dossier, random: &mut Random) {
    let most = match it.trade.food {
        Food::No => return,
        Food::Sale | Food::Catering => 6,
    };
    for _ in 0..random.run_of(it.trouble.of([260, 300, 400, 550]), most) {
        let date = it.day(random, THREE_YEARS);
        let level = random.weighted(&[(40, "国家"), (160, "省"), (300, "市"), (500, "县")], "县");
        let good = !random.chance(it.trouble.of([15, 50, 130, 260]));
        it.sampling(date, level, good);
    }
}

/// Complaints come in bursts: after one, more follow within days.
fn complaints(it: &mut Dossier, random: &mut Random) {
    let bursts = random.run_of(it.trouble.of([80, 220, 480, 800]), 8);
    for _ in 0..bursts {
        let first = it.day(random, THREE_YEARS);
        for _ in 0..=random.run_of(it.trouble.of([100, 280, 600, 890]), 60) {
            let date = after(first, random.below(45)).min(it.active_until);
            complaint(it, random, date);
        }
    }
}

fn complaint(it: &mut Dossier, random: &mut Random, date: Date) {
    let kinds = [(300, "质量"), (250, "服务"), (180, "价格"), (120, "广告"), (150, "其他")];
    let about_food = has_food(it) && random.chance(600);
    let kind = if about_food { "食品" } else { random.weighted(&kinds, "其他") };
    let closes = random.chance(930);
    let end = if closes { it.later(random, date, 3, 60) } else { None };
    let upheld = end.map(|_| random.chance(it.trouble.of([180, 260, 400, 560])));
    it.complaint(date, kind, end, upheld);
}

/// 经营异常: mostly for a report that did not come, else because nobody is found at the address.
fn abnormal(it: &mut Dossier, random: &mut Random) {
    let reported: Vec<i64> = reported_years(it);
    let last = last_due_year(it.cutoff);
    for year in it.founded.year().max(last - 4)..=last {
        let listed = Date::new(year + 1, 7, 1).map(|day| after(day, random.between(5, 40)));
        let Some(listed) = listed.filter(|day| *day <= it.active_until) else { continue };
        if reported.contains(&year) || !random.chance(300) {
            continue;
        }
        let removed = if random.chance(350) { it.later(random, listed, 30, 600) } else { None };
        it.abnormal(listed, "未年报", removed);
    }
    if random.chance(it.trouble.of([4, 15, 60, 120])) {
        let listed = it.day(random, THREE_YEARS);
        let removed = if random.chance(400) { it.later(random, listed, 10, 500) } else { None };
        it.abnormal(
            listed,
            random.weighted(&[(850, "地址失联"), (150, "信息隐瞒虚假")], "地址失联"),
            removed,
        );
    }
}

/// The years for which a report came, from the rows drawn before.
fn reported_years(it: &Dossier) -> Vec<i64> {
    let reports = it.rows.iter().filter(|row| row.table == Table::AnnualReport);
    reports.filter_map(|row| row.get("报告年度").parse().ok()).collect()
}

fn serious(it: &mut Dossier, random: &mut Random) {
    if random.chance(it.trouble.of([0, 1, 6, 45])) {
        let listed = it.day(random, 4 * 365);
        let removed = if random.chance(250) { it.later(random, listed, 365, 1095) } else { None };
        it.serious(listed, "受到较重行政处罚且性质恶劣", removed);
    }
}

fn debtor(it: &mut Dossier, random: &mut Random) {
    if random.chance(it.trouble.of([2, 5, 20, 60])) {
        let filed = it.day(random, 4 * 365);
        let paid = if random.chance(400) { it.later(random, filed, 60, 900) } else { None };
        it.debtor(filed, paid);
    }
}

/// A row a month for the few that insure their staff: they have far more records than the others.
fn insurance(it: &mut Dossier, random: &mut Random) {
    if !insured(it) {
        return;
    }
    let months = random.between(6, 40);
    let mut staff = it.staff.max(1);
    for back in (0..months).rev() {
        let month = it.active_until.month_start().add_months(-i64::from(back));
        let Some(month) = month.filter(|day| *day >= it.founded) else { continue };
        if random.chance(60) {
            staff = random.between(1, it.staff.max(1) + 1);
        }
        it.insurance(month, staff);
    }
}

fn promises(it: &mut Dossier, random: &mut Random) {
    if !random.chance(70) {
        return;
    }
    for _ in 0..=random.run_of(200, 3) {
        let date = it.day(random, THREE_YEARS);
        let broken = random.chance(it.trouble.of([40, 120, 300, 500]));
        let day = it.later(random, date, 30, 400);
        it.promise(date, day.filter(|_| !broken), day.filter(|_| broken));
    }
}

fn honours(it: &mut Dossier, random: &mut Random) {
    if random.chance(it.trouble.of([22, 12, 4, 0])) {
        let date = it.day(random, 5 * 365);
        let level = random.weighted(&[(700, "县级"), (240, "市级"), (60, "省级")], "县级");
        let back = if random.chance(50) { it.later(random, date, 100, 700) } else { None };
        it.honour(date, level, back);
    }
}
