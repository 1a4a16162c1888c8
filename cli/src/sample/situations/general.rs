//! What a household is and does: registration, licences, reports, tax, insurance, promises, honours.

use super::super::dossier::after;
use super::super::tables::Table;
use super::{Situation, any, of_trade};

/// The situations of this part.
pub(super) const SITUATIONS: &[Situation] = &[
    any("从不年报", |it| it.forget(&[Table::AnnualReport])),
    any("两年迟报", |it| {
        it.forget(&[Table::AnnualReport]);
        for year in it.cutoff.year() - 5..it.cutoff.year() {
            let late = if year % 2 == 0 { 210 } else { 100 };
            let day = it.ago(u32::try_from(it.cutoff.year() - year).unwrap_or(1) * 365);
            it.report(year, after(day.month_start(), late), 90_000, true);
        }
    }),
    any("营业额大降", |it| {
        it.forget(&[Table::AnnualReport]);
        let year = it.cutoff.year();
        it.report(year - 3, it.ago(900), 400_000, true);
        it.report(year - 2, it.ago(560), 400_000, true);
        it.report(year - 1, it.ago(195), 120_000, true);
    }),
    any("营业额大而不纳税", |it| {
        it.forget(&[Table::AnnualReport]);
        let year = it.cutoff.year();
        it.report(year - 2, it.ago(560), 2_600_000, false);
        it.report(year - 1, it.ago(195), 2_900_000, false);
    }),
    any("大额欠税", |it| it.arrears(it.ago(200), 46_000, None)),
    any("纳税信用D级", |it| {
        it.forget(&[Table::TaxCredit]);
        it.tax_credit(it.cutoff.year() - 1, it.ago(195), "D级");
        it.set("税务状态", "非正常");
    }),
    any("参保人数减半", |it| {
        it.forget(&[Table::Insurance]);
        for (number, month) in it.months(24).into_iter().enumerate() {
            it.insurance(month, if number < 13 { 9 } else { 4 });
        }
        it.set("参加社保", "是");
    }),
    any("参保中断", |it| {
        it.forget(&[Table::Insurance]);
        for month in it.months(24).into_iter().take(18) {
            it.insurance(month, 3);
        }
    }),
    any("半年内变更经营者", |it| {
        it.change(it.ago(150), "经营场所");
        it.change(it.ago(100), "经营范围");
        it.change(it.ago(50), "经营者");
    }),
    any("一年内注销多个许可", |it| {
        for days in [300, 200, 100, 40] {
            it.licence("其他", it.ago(days + 300), None, Some(it.ago(days)));
        }
    }),
    of_trade("F5251", "许可一个月内到期", |it| {
        it.forget(&[Table::Licence]);
        let until = after(it.cutoff, 20);
        let from = until.add_months(-60).unwrap_or(until);
        it.licence("药品经营", from, Some(until), None);
        it.licence("医疗器械经营", from, Some(after(until, 50)), None);
    }),
    of_trade("F5254", "许可过期未换", |it| {
        it.forget(&[Table::Licence]);
        it.licence("医疗器械经营", it.ago(1900), Some(it.ago(75)), None);
    }),
    of_trade("F5193", "线上经营无实体场所", |it| {
        for column in ["经营场所", "联系电话", "面积"] {
            it.set(column, "");
        }
    }),
    any("经营期限将满", |it| {
        let limit = after(it.cutoff, 45);
        it.set("经营期限至", limit.to_string());
    }),
    any("关联主体吊销、列严", |it| {
        it.affiliate(it.ago(1500), [None, Some(it.ago(300)), None, Some(it.ago(200))]);
        it.affiliate(it.ago(1200), [Some(it.ago(400)), None, None, None]);
    }),
    any("经营者一年内注销两户", |it| {
        it.affiliate(it.ago(900), [None, None, Some(it.ago(250)), None]);
        it.affiliate(it.ago(700), [None, None, Some(it.ago(60)), None]);
    }),
    any("多次违诺", |it| {
        for days in [800, 600, 400, 200] {
            it.promise(it.ago(days), None, Some(it.ago(days - 90)));
        }
    }),
    any("荣誉且无瑕疵", |it| {
        it.forget(&[Table::Penalty, Table::Abnormal]);
        it.honour(it.ago(400), "市级", None);
        it.honour(it.ago(250), "国家级", None);
        it.honour(it.ago(90), "省级", None);
        it.set("分型", "发展型");
        it.set("名特优新", "优质");
        it.set("党组织", "是");
    }),
];
