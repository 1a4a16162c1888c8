//! Lists, credit repair, promises.

use heng_dsl::value::Date;

use super::super::dossier::{Dossier, after, before, cell, yes};
use super::super::random::Random;
use super::super::tables::Table;
use super::{THREE_YEARS, last_due_year};

/// 经营异常: mostly for a report that did not come, else because nobody is found at the address.
pub(super) fn abnormal(it: &mut Dossier, random: &mut Random) {
    let reported = reported_years(it);
    let last = last_due_year(it.cutoff);
    for year in it.founded.year().max(last - 3)..=last {
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
        let causes = [(850, "地址失联"), (150, "信息隐瞒虚假")];
        it.abnormal(listed, random.weighted(&causes, "地址失联"), removed);
    }
}

/// The years for which a report came, from the rows drawn before.
fn reported_years(it: &Dossier) -> Vec<i64> {
    let reports = it.rows.iter().filter(|row| row.table == Table::AnnualReport);
    reports.filter_map(|row| row.get("报告年度").parse().ok()).collect()
}

/// 严重违法失信: after a serious penalty, within two months.
pub(super) fn serious(it: &mut Dossier, random: &mut Random) {
    if random.chance(it.trouble.of([0, 1, 8, 50])) {
        let decided = it.day(random, 4 * 365);
        let listed = after(decided, random.between(10, 60));
        let ends = random.chance(250);
        let removed = if ends { it.later(random, listed, 365, 1095) } else { None };
        it.serious(decided, listed, removed);
    }
}

/// 信用修复: the applications behind what was repaired, and some that were refused.
pub(super) fn repairs(it: &mut Dossier, random: &mut Random) {
    let mut done: Vec<(Date, &'static str)> = Vec::new();
    for row in &it.rows {
        let (column, of) = match row.table {
            Table::Penalty => ("修复日期", "行政处罚"),
            Table::Abnormal => ("移出日期", "经营异常"),
            Table::Serious => ("移出日期", "严重违法失信"),
            _ => continue,
        };
        done.extend(row.get(column).parse::<Date>().ok().map(|day| (day, of)));
    }
    for (day, of) in done {
        let applied = before(day, random.between(1, 10));
        it.repair(applied, of, Some((day, true)));
    }
    if random.chance(it.trouble.of([0, 6, 50, 140])) {
        let applied = it.day(random, 730);
        let closed = it.later(random, applied, 5, 15).map(|day| (day, false));
        it.repair(applied, "行政处罚", closed);
    }
}

pub(super) fn promises(it: &mut Dossier, random: &mut Random) {
    if !random.chance(70) {
        return;
    }
    for _ in 0..=random.run_of(200, 3) {
        let date = it.day(random, THREE_YEARS);
        let breaks = random.chance(it.trouble.of([40, 120, 300, 500]));
        let day = it.later(random, date, 30, 400);
        it.promise(date, day.filter(|_| !breaks), day.filter(|_| breaks));
    }
}

impl Dossier {
    /// A mark or listing as abnormal.
    pub(in super::super) fn abnormal(
        &mut self,
        listed: Date,
        cause: &'static str,
        removed: Option<Date>,
    ) {
        let row = self.row(Table::Abnormal).with("列入日期", listed.to_string());
        self.rows.push(row.with("原因", cause).with("移出日期", cell(removed)));
    }

    /// A listing for a serious violation, with the penalty that it rests on (总局令第44号).
    pub(in super::super) fn serious(&mut self, decided: Date, listed: Date, removed: Option<Date>) {
        let penalty = self.penalty(decided, "罚款", "严重", "销售不合格产品");
        self.rows.push(penalty.with("罚款金额", "60000"));
        if listed > self.cutoff {
            return;
        }
        let row = self.row(Table::Serious).with("列入日期", listed.to_string());
        let cause = "受到较重行政处罚且性质恶劣";
        self.rows.push(row.with("事由", cause).with("移出日期", cell(removed)));
    }

    /// An application for repair, with the day of the decision and whether it was granted.
    pub(in super::super) fn repair(
        &mut self,
        applied: Date,
        of: &'static str,
        closed: Option<(Date, bool)>,
    ) {
        let row = self.row(Table::Repair);
        self.rows.push(
            row.with("申请日期", applied.to_string())
                .with("对象", of)
                .with("办结日期", cell(closed.map(|it| it.0)))
                .with("准予", closed.map_or("", |it| yes(it.1))),
        );
    }

    /// A promise, and the day it was kept or broken.
    pub(in super::super) fn promise(
        &mut self,
        date: Date,
        kept: Option<Date>,
        broken: Option<Date>,
    ) {
        let row = self.row(Table::Promise).with("承诺日期", date.to_string());
        self.rows.push(row.with("履约日期", cell(kept)).with("违约日期", cell(broken)));
    }
}
