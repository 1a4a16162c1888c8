//! What other departments share: courts, tax, social insurance.

use heng_dsl::value::Date;

use super::super::dossier::{Dossier, after, cell, yes};
use super::super::random::Random;
use super::super::register::insured;
use super::super::tables::Table;
use super::{THREE_YEARS, last_due_year};

pub(super) fn debtor(it: &mut Dossier, random: &mut Random) {
    if random.chance(it.trouble.of([2, 5, 20, 60])) {
        let filed = it.day(random, 4 * 365);
        let paid = if random.chance(400) { it.later(random, filed, 60, 900) } else { None };
        it.debtor(filed, paid);
    }
}

pub(super) fn lawsuits(it: &mut Dossier, random: &mut Random) {
    let kinds =
        [(250, "消费纠纷"), (350, "买卖合同"), (100, "劳动争议"), (200, "借贷"), (100, "其他")];
    for _ in 0..random.run_of(it.trouble.of([12, 35, 120, 260]), 6) {
        let judged = it.day(random, THREE_YEARS);
        let role = if random.chance(700) { "被告" } else { "原告" };
        let lost = random.chance(if role == "被告" { 600 } else { 250 });
        it.lawsuit(judged, role, random.weighted(&kinds, "其他"), lost);
    }
}

pub(super) fn arrears(it: &mut Dossier, random: &mut Random) {
    if random.chance(it.trouble.of([4, 15, 50, 120])) {
        let noticed = it.day(random, THREE_YEARS);
        let cleared = if random.chance(550) { it.later(random, noticed, 20, 500) } else { None };
        it.arrears(noticed, random.between(5, 900) * 100, cleared);
    }
}

/// A rating a year for the few that take part, given in April of the next year.
pub(super) fn tax_credit(it: &mut Dossier, random: &mut Random) {
    if !random.chance(60) {
        return;
    }
    let last = last_due_year(it.cutoff);
    for year in it.founded.year().max(last - 2)..=last {
        let Some(day) = Date::new(year + 1, 4, 1).map(|day| after(day, random.below(30))) else {
            continue;
        };
        let worse = it.trouble.of([10, 40, 120, 300]);
        let levels = [(150, "A级"), (350, "B级"), (480, "M级"), (worse, "C级"), (worse / 3, "D级")];
        let level = random.weighted(&levels, "M级");
        if day <= it.active_until {
            it.tax_credit(year, day, level);
        }
    }
}

/// A row a month for the few that insure their staff: they have far more records than the others.
pub(super) fn insurance(it: &mut Dossier, random: &mut Random) {
    if !insured(it) {
        return;
    }
    let most = it.staff.max(1);
    let mut staff = most;
    for month in it.months(random.between(6, 36)) {
        if random.chance(60) {
            staff = random.between(1, most + 1);
        }
        it.insurance(month, staff);
    }
}

impl Dossier {
    /// An entry among the debtors who do not pay.
    pub(in super::super) fn debtor(&mut self, filed: Date, paid: Option<Date>) {
        let number = format!("（{}）皖池执{}号", filed.year(), self.serial());
        let row = self.row(Table::Debtor).with("案号", number);
        self.rows.push(row.with("立案日期", filed.to_string()).with("履行日期", cell(paid)));
    }

    /// A judgment.
    pub(in super::super) fn lawsuit(
        &mut self,
        judged: Date,
        role: &'static str,
        kind: &'static str,
        lost: bool,
    ) {
        let row = self.row(Table::Lawsuit).with("裁判日期", judged.to_string());
        self.rows.push(row.with("地位", role).with("类别", kind).with("败诉", yes(lost)));
    }

    /// Tax owed, in yuan.
    pub(in super::super) fn arrears(&mut self, noticed: Date, owed: u32, cleared: Option<Date>) {
        let row = self.row(Table::Arrears).with("公告日期", noticed.to_string());
        self.rows.push(row.with("欠税金额", owed.to_string()).with("缴清日期", cell(cleared)));
    }

    /// A tax-credit rating for a year.
    pub(in super::super) fn tax_credit(&mut self, year: i64, day: Date, level: &'static str) {
        let row = self.row(Table::TaxCredit).with("评价年度", year.to_string());
        self.rows.push(row.with("评价日期", day.to_string()).with("级别", level));
    }

    /// The persons insured in a month.
    pub(in super::super) fn insurance(&mut self, month: Date, staff: u32) {
        let row = self.row(Table::Insurance).with("所属月", month.to_string());
        self.rows.push(row.with("参保人数", staff.to_string()));
    }
}
