//! What consumers, platforms and those who give honours say.

use heng_dsl::value::Date;

use super::super::dossier::{Dossier, after, cell, yes};
use super::super::random::Random;
use super::super::tables::Table;
use super::THREE_YEARS;

/// Complaints come in bursts: after one, more follow within days.
pub(super) fn complaints(it: &mut Dossier, random: &mut Random) {
    for _ in 0..random.run_of(it.trouble.of([80, 220, 480, 800]), 8) {
        let first = it.day(random, THREE_YEARS);
        for _ in 0..=random.run_of(it.trouble.of([100, 280, 600, 890]), 60) {
            let date = after(first, random.below(45)).min(it.active_until);
            complaint(it, random, date);
        }
    }
}

/// A complaint; nearly all are closed within the time that the rules give.
fn complaint(it: &mut Dossier, random: &mut Random, date: Date) {
    let kinds = [(300, "质量"), (250, "服务"), (180, "价格"), (120, "广告"), (150, "其他")];
    let about_food = it.has_food() && random.chance(600);
    let kind = if about_food { "食品" } else { random.weighted(&kinds, "其他") };
    let closes = random.chance(996);
    let end = if closes { it.later(random, date, 3, 60) } else { None };
    let upheld = end.map(|_| random.chance(it.trouble.of([180, 260, 400, 560])));
    it.complaint(date, kind, end, upheld);
}

/// A rating a month for some that sell on platforms, with one place.
pub(super) fn ratings(it: &mut Dossier, random: &mut Random) {
    if !it.online || !random.chance(350) {
        return;
    }
    let usual = it.trouble.of([47, 45, 40, 33]);
    for month in it.months(random.between(3, 14)) {
        let rating = (usual + random.below(5)).saturating_sub(2).min(50);
        let bad = random.below(it.trouble.of([30, 60, 150, 300]));
        it.rating(month, rating, bad);
    }
}

pub(super) fn honours(it: &mut Dossier, random: &mut Random) {
    if random.chance(it.trouble.of([22, 12, 4, 0])) {
        let date = it.day(random, 5 * 365);
        let levels = [(690, "县级"), (230, "市级"), (65, "省级"), (15, "国家级")];
        let level = random.weighted(&levels, "县级");
        let back = if random.chance(50) { it.later(random, date, 100, 700) } else { None };
        it.honour(date, level, back);
    }
}

impl Dossier {
    /// A complaint, and what came of it. Complainants are numbered, so that no two rows are alike.
    pub(in super::super) fn complaint(
        &mut self,
        date: Date,
        kind: &'static str,
        closed: Option<Date>,
        upheld: Option<bool>,
    ) {
        let complainant = format!("消费者{}", self.serial());
        let row = self.row(Table::Complaint);
        self.rows.push(
            row.with("登记日期", date.to_string())
                .with("类别", kind)
                .with("投诉人", complainant)
                .with("办结日期", cell(closed))
                .with("属实", upheld.map_or("", yes)),
        );
    }

    /// A month on a platform: the rating in tenths, the share of bad ones per mille.
    pub(in super::super) fn rating(&mut self, month: Date, tenths: u32, bad: u32) {
        let row = self.row(Table::Rating).with("评价月", month.to_string());
        let rating = format!("{}.{}", tenths / 10, tenths % 10);
        let share = format!("{}.{}%", bad / 10, bad % 10);
        self.rows.push(row.with("评分", rating).with("差评率", share));
    }

    /// An honour; it may have been taken back.
    pub(in super::super) fn honour(&mut self, date: Date, level: &'static str, back: Option<Date>) {
        let row = self.row(Table::Honour).with("授予日期", date.to_string());
        self.rows.push(row.with("级别", level).with("撤回日期", cell(back)));
    }
}
