//! Food: what the food set reads besides, each with a trade that needs a food licence.

use super::super::dossier::{Dossier, after};
use super::super::tables::Table;
use super::{Situation, of_trade};

/// The situations of this part.
pub(super) const SITUATIONS: &[Situation] = &[
    of_trade("F5212", "特大超市", |it| {
        stock(it, ["5200", "12400", "1300", "1200", "1450", "180", "620", "420"]);
        license(it);
    }),
    of_trade("F5212", "大型超市", |it| {
        stock(it, ["2400", "7600", "840", "760", "880", "130", "260", "260"]);
        license(it);
    }),
    of_trade("F5212", "中型超市", |it| {
        stock(it, ["1500", "3100", "420", "480", "450", "75", "150", "160"]);
        license(it);
    }),
    of_trade("H6210", "大型食堂", |it| {
        canteen(it, "1200");
        it.set("食品面积", "3400");
        it.set("供货者", "64");
    }),
    of_trade("H6210", "中型食堂", |it| canteen(it, "420")),
    of_trade("H6210", "小型食堂", |it| canteen(it, "180")),
    of_trade("H6210", "食堂就餐人数未登记", |it| canteen(it, "")),
    of_trade("H6210", "生食加工", |it| {
        it.set("餐饮品类", "生食");
        it.set("食品面积", "1600");
        license(it);
    }),
    of_trade("F5224", "国家、省级抽检不合格", |it| {
        license(it);
        it.forget(&[Table::Sampling]);
        for (days, level) in [(200, "县"), (100, "省"), (30, "国家")] {
            it.sampling(it.ago(days), level, false);
        }
    }),
    of_trade("H6220", "食品安全检查多项不合格", |it| {
        license(it);
        for (days, item) in [(160, "进货查验"), (120, "健康证"), (60, "问题食品召回")]
        {
            it.inspection(it.ago(days), item, "不合格", None);
        }
    }),
    of_trade("F5229", "食品投诉属实", |it| {
        license(it);
        for number in 1..=5 {
            let day = it.ago(number * 45);
            it.complaint(day, "食品", Some(after(day, 6)), Some(true));
        }
    }),
    of_trade("F5226", "故意违法受罚", |it| {
        license(it);
        punish(it, 90, "故意经营超过保质期的食品", "30000");
    }),
    of_trade("H6291", "拒绝、阻挠检查", |it| {
        license(it);
        punish(it, 120, "拒绝、阻挠检查", "6000");
    }),
    of_trade("H6210", "食品安全事故", |it| {
        license(it);
        it.accident(it.ago(180), "食品安全", "一般事故", Some((it.ago(130), true)));
    }),
    of_trade("F5212", "大型超市发生食品安全事故", |it| {
        stock(it, ["2800", "8800", "900", "800", "900", "140", "280", "280"]);
        license(it);
        it.accident(it.ago(250), "食品安全", "一般事故", Some((it.ago(210), true)));
    }),
    of_trade("F5212", "特大超市管理混乱", |it| {
        stock(it, ["4100", "11000", "1100", "1100", "1100", "170", "400", "350"]);
        license(it);
        it.set("食品安全管理员", "否");
        it.set("自查日期", "");
        for (days, item) in [(210, "进货查验"), (90, "进货查验"), (20, "日常检查")] {
            it.inspection(it.ago(days), item, "不合格", None);
        }
        for (days, level) in [(150, "市"), (50, "省")] {
            it.sampling(it.ago(days), level, false);
        }
    }),
    of_trade("F5213", "小店被责令关闭", |it| {
        license(it);
        let row = it.penalty(it.ago(80), "责令关闭", "严重", "经营超过保质期的食品");
        it.rows.push(row);
    }),
    of_trade("F5219", "食品户在严重违法失信名单", |it| {
        license(it);
        it.serious(it.ago(300), it.ago(270), None);
    }),
    of_trade("H6291", "已注销而食品许可仍有效", |it| {
        license(it);
        it.set("状态", "注销");
    }),
    of_trade("F5222", "通过体系认证", |it| {
        license(it);
        it.set("体系认证", "是");
    }),
    of_trade("F5223", "食品许可过期", |it| {
        it.forget(&[Table::Licence]);
        it.licence("食品经营", it.ago(1900), Some(it.ago(70)), None);
    }),
    of_trade("H6231", "食品许可将到期", |it| {
        it.forget(&[Table::Licence]);
        it.licence("食品经营", it.ago(1780), Some(after(it.cutoff, 40)), None);
    }),
];

/// A licence that is good for years, instead of what was drawn.
fn license(it: &mut Dossier) {
    it.forget(&[Table::Licence]);
    it.licence("食品经营", it.ago(500), it.ago(501).add_months(60), None);
}

/// A canteen for that many, with meals for groups.
fn canteen(it: &mut Dossier, diners: &'static str) {
    it.set("食堂", "是");
    it.set("就餐人数", diners);
    it.set("餐饮品类", "集体供餐");
    license(it);
}

/// Area, prepackaged and loose goods (ambient, chilled, frozen each), suppliers.
fn stock(it: &mut Dossier, figures: [&'static str; 8]) {
    let columns = [
        "食品面积",
        "预包装常温",
        "预包装冷藏",
        "预包装冷冻",
        "散装常温",
        "散装冷藏",
        "散装冷冻",
        "供货者",
    ];
    for (column, figure) in columns.into_iter().zip(figures) {
        it.set(column, figure);
    }
}

/// A penalty with a fine.
fn punish(it: &mut Dossier, days: u32, cause: &'static str, fine: &'static str) {
    let row = it.penalty(it.ago(days), "罚款", "较重", cause);
    it.rows.push(row.with("罚款金额", fine));
}
