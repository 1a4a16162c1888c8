//! What others put on record about a household: penalties, checks, lists, complaints, courts.

use super::super::dossier::{Dossier, after};
use super::super::tables::Table;
use super::{Situation, any, of_trade};

/// The situations of this part.
pub(super) const SITUATIONS: &[Situation] = &[
    any("在严重违法失信名单", |it| it.serious(it.ago(430), it.ago(400), None)),
    any("已移出严重违法失信名单", |it| {
        it.serious(it.ago(930), it.ago(900), Some(it.ago(120)));
        it.repair(it.ago(127), "严重违法失信", Some((it.ago(120), true)));
    }),
    any("吊销", |it| {
        it.set("状态", "吊销");
        punish(it, 300, "吊销许可", "严重", "提交虚假材料取得登记", 0);
    }),
    any("责令关闭", |it| punish(it, 200, "责令关闭", "严重", "销售不合格产品", 0)),
    any("限制从业", |it| punish(it, 700, "限制从业", "严重", "提交虚假材料取得登记", 0)),
    any("降低资质", |it| punish(it, 320, "降低资质", "较重", "虚假宣传", 0)),
    any("暂扣许可", |it| punish(it, 260, "暂扣许可", "较重", "销售不合格产品", 0)),
    any("通报批评后轻微罚款", |it| {
        punish(it, 80, "通报批评", "轻微", "未按规定明码标价", 0);
        punish(it, 40, "罚款", "轻微", "未按规定明码标价", 500);
    }),
    any("大额罚没", |it| punish(it, 150, "罚款", "严重", "侵犯商标专用权", 86_000)),
    any("一年内同类再犯", |it| {
        for days in [700, 420, 150, 60] {
            punish(it, days, "罚款", "一般", "虚假宣传", 3000);
        }
    }),
    any("处罚已修复", |it| {
        let day = it.ago(500);
        let row = it.penalty(day, "罚款", "较重", "侵犯商标专用权").with("罚款金额", "26000");
        let repaired = after(day, 250);
        it.rows.push(
            row.with("修复日期", repaired.to_string()).with("修复机关", "池州市市场监督管理局"),
        );
        it.repair(after(day, 244), "行政处罚", Some((repaired, true)));
    }),
    any("修复两次未准予", |it| {
        punish(it, 650, "罚款", "较重", "无照经营", 12_000);
        it.repair(it.ago(200), "行政处罚", Some((it.ago(190), false)));
        it.repair(it.ago(90), "行政处罚", Some((it.ago(80), false)));
    }),
    any("强制措施未解除", |it| {
        it.compulsory(it.ago(400), "其他", Some(it.ago(390)));
        it.compulsory(it.ago(70), "查封", None);
    }),
    any("连续检查不合格", |it| {
        for days in [180, 90, 15] {
            it.inspection(it.ago(days), "计量器具", "不合格", None);
        }
    }),
    any("检查两次无法联系", |it| {
        it.inspection(it.ago(200), "登记事项", "无法联系", None);
        it.inspection(it.ago(20), "登记事项", "无法联系", None);
    }),
    any("两次责令整改逾期", |it| {
        it.inspection(it.ago(300), "公示信息", "责令整改", None);
        it.inspection(it.ago(150), "明码标价", "责令整改", None);
    }),
    any("负有责任的较大事故", |it| {
        it.accident(it.ago(260), "生产安全", "较大事故", Some((it.ago(200), true)));
    }),
    any("地址失联未移出", |it| it.abnormal(it.ago(240), "地址失联", None)),
    any("两次邮寄未达", |it| {
        it.contact(it.ago(100), "邮寄", false);
        it.contact(it.ago(80), "邮寄", false);
    }),
    any("信息隐瞒虚假", |it| it.abnormal(it.ago(500), "信息隐瞒虚假", Some(it.ago(440)))),
    any("投诉激增", |it| {
        for number in 1..=18 {
            let day = it.ago(number * 4);
            it.complaint(day, "质量", Some(after(day, 3)), Some(number % 2 == 0));
        }
    }),
    any("投诉久未办结", |it| {
        it.complaint(it.ago(200), "服务", None, None);
        it.complaint(it.ago(150), "服务", None, None);
    }),
    any("经营者是失信被执行人", |it| it.debtor(it.ago(500), None)),
    any("曾失信被执行", |it| it.debtor(it.ago(600), Some(it.ago(200)))),
    any("多次败诉", |it| {
        it.lawsuit(it.ago(700), "被告", "消费纠纷", true);
        it.lawsuit(it.ago(400), "被告", "劳动争议", true);
        it.lawsuit(it.ago(100), "被告", "借贷", true);
    }),
    of_trade("F5292", "平台评分很低", |it| {
        it.forget(&[Table::Rating]);
        for month in it.months(8) {
            it.rating(month, 26, 240);
        }
    }),
];

/// A penalty, with the fine in yuan.
fn punish(
    it: &mut Dossier,
    days: u32,
    kind: &'static str,
    degree: &'static str,
    cause: &'static str,
    fine: u32,
) {
    let row = it.penalty(it.ago(days), kind, degree, cause);
    it.rows.push(row.with("罚款金额", fine.to_string()));
}
