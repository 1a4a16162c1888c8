//! Licences, changes, annual reports, other businesses of the operator, attempts to reach it.

use heng_dsl::value::Date;

use super::super::code::credit_code;
use super::super::dossier::{Dossier, after, cell, yes};
use super::super::random::Random;
use super::super::tables::Table;
use super::{THREE_YEARS, last_due_year};

/// A licence of five years for each that the trade needs, renewed while the household lives.
pub(super) fn licences(it: &mut Dossier, random: &mut Random) {
    for kind in it.trade.licences {
        if random.chance(30) {
            continue;
        }
        let mut from = after(it.founded, random.between(0, 60)).min(it.active_until);
        loop {
            let until = from.add_months(60).and_then(|it| it.add_days(-1)).unwrap_or(from);
            let ends = it.gone && until > it.active_until && random.chance(800);
            it.licence(kind, from, Some(until), ends.then_some(it.active_until));
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

pub(super) fn changes(it: &mut Dossier, random: &mut Random) {
    let items =
        [(180, "名称"), (120, "经营者"), (320, "经营场所"), (320, "经营范围"), (60, "其他")];
    for _ in 0..random.run_of(it.trouble.of([130, 170, 220, 300]), 6) {
        let day = it.day(random, THREE_YEARS);
        it.change(day, random.weighted(&items, "其他"));
    }
}

/// The yearly report, due by 30 June of the next year; who stops reporting mostly stays silent.
pub(super) fn reports(it: &mut Dossier, random: &mut Random) {
    let last = last_due_year(it.cutoff);
    let first = it.founded.year().max(last - 4);
    let misses = it.trouble.of([25, 70, 160, 330]);
    let sizes = [(500, 60_000), (350, 200_000), (120, 700_000), (30, 3_000_000)];
    let turnover = random.weighted(&sizes, 0);
    let mut silent = false;
    for year in first..=last {
        silent = if silent { random.chance(650) } else { random.chance(misses) };
        let due_from = Date::new(year + 1, 1, 1).unwrap_or(it.cutoff);
        let late = random.chance(20);
        let wait = if late { random.between(181, 330) } else { random.below(180) };
        let day = after(due_from, wait);
        let sales = turnover / 100 * random.between(60, 140);
        let taxed = random.chance(150);
        if !silent && day <= it.active_until {
            it.report(year, day, sales, taxed);
        }
    }
}

/// Few operators have another business; of those, some are in trouble there.
pub(super) fn affiliates(it: &mut Dossier, random: &mut Random) {
    if !random.chance(it.trouble.of([60, 70, 110, 200])) {
        return;
    }
    for _ in 0..=random.run_of(300, 4) {
        let begun = it.day(random, 3000);
        let mut happens = |per_mille: [u32; 4]| {
            let so = random.chance(it.trouble.of(per_mille));
            if so { it.later(random, begun, 100, 1500) } else { None }
        };
        let abnormal = happens([30, 60, 150, 300]);
        let serious = happens([0, 3, 20, 80]);
        let ended = happens([100, 120, 200, 300]);
        let revoked = if ended.is_none() { happens([2, 10, 40, 120]) } else { None };
        it.affiliate(begun, [abnormal, serious, ended, revoked]);
    }
}

pub(super) fn contacts(it: &mut Dossier, random: &mut Random) {
    let ways = [(500, "电话"), (350, "上门"), (150, "邮寄")];
    for _ in 0..random.run_of(it.trouble.of([60, 110, 200, 300]), 6) {
        let day = it.day(random, 730);
        let reached = random.chance(it.trouble.of([960, 900, 750, 550]));
        it.contact(day, random.weighted(&ways, "电话"), reached);
    }
}

impl Dossier {
    /// A licence; it may have an end, and may have been cancelled.
    pub(in super::super) fn licence(
        &mut self,
        kind: &'static str,
        from: Date,
        until: Option<Date>,
        ended: Option<Date>,
    ) {
        let number = format!("皖池许{}", self.serial());
        let row = self.row(Table::Licence).with("许可编号", number).with("种类", kind);
        self.rows.push(
            row.with("许可日期", from.to_string())
                .with("有效期至", cell(until))
                .with("注销日期", cell(ended))
                .with("注销原因", if ended.is_some() { "经营者申请注销" } else { "" }),
        );
    }

    /// A change of the registration.
    pub(in super::super) fn change(&mut self, day: Date, item: &'static str) {
        let row = self.row(Table::Change);
        self.rows.push(row.with("变更日期", day.to_string()).with("事项", item));
    }

    /// An annual report, with the turnover in yuan; one in sixteen keeps its turnover to
    /// itself, one in eight what it paid in tax.
    pub(in super::super) fn report(&mut self, year: i64, day: Date, sales: u32, taxed: bool) {
        let tax = if taxed { sales / 100 } else { 0 };
        let turn = (i64::from(self.number) + year).unsigned_abs() % 16;
        let told =
            |figure: u32, hidden: bool| if hidden { String::new() } else { figure.to_string() };
        let row = self.row(Table::AnnualReport);
        let staff = self.staff.to_string();
        self.rows.push(
            row.with("报告年度", year.to_string())
                .with("报送日期", day.to_string())
                .with("营业额", told(sales, turn == 0))
                .with("纳税额", told(tax, turn <= 1))
                .with("从业人数", staff),
        );
    }

    /// Another business of the same operator, and when it was marked abnormal, listed, closed or
    /// struck off.
    pub(in super::super) fn affiliate(&mut self, begun: Date, later: [Option<Date>; 4]) {
        let number = self.number.wrapping_mul(8).wrapping_add(400_000_000 + self.serial % 8);
        self.serial += 1;
        let code = credit_code("91", "341702", number, self.seed);
        let [abnormal, serious, ended, revoked] = later.map(cell);
        let row = self.row(Table::Affiliate);
        self.rows.push(
            row.with("关联代码", code)
                .with("登记日期", begun.to_string())
                .with("列异日期", abnormal)
                .with("列严日期", serious)
                .with("注销日期", ended)
                .with("吊销日期", revoked),
        );
    }

    /// An attempt to reach it.
    pub(in super::super) fn contact(&mut self, day: Date, way: &'static str, reached: bool) {
        let row = self.row(Table::Contact);
        self.rows.push(
            row.with("联络日期", day.to_string()).with("方式", way).with("联系上", yes(reached)),
        );
    }
}
