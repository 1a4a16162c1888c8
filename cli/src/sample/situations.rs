//! Rare situations, played by chosen households, so that every rule of the sets has somebody to
//! speak of. Every 40th household plays one, in turn; a city of a few thousand has each at least twice.

use super::dossier::{Dossier, after};
use super::tables::Table;

/// A situation.
pub(super) struct Situation {
    /// What it is about, in a few words.
    name: &'static str,
    /// The trade that the household has for it.
    pub(super) trade: Option<&'static str>,
    /// Puts it into the records, after the ordinary ones were drawn.
    happen: fn(&mut Dossier),
}

/// What each situation is about, in a few words.
pub(super) fn names() -> Vec<&'static str> {
    SITUATIONS.iter().map(|it| it.name).collect()
}

/// The situation of a household, if it plays one.
pub(super) fn of(number: u32) -> Option<&'static Situation> {
    if number % 40 != 7 {
        return None;
    }
    let at = usize::try_from(number / 40).unwrap_or(0);
    SITUATIONS.get(at % SITUATIONS.len())
}

/// Lets the situation of the household happen, if it plays one.
pub(super) fn stage(it: &mut Dossier) {
    if let Some(situation) = it.situation {
        (situation.happen)(it);
    }
}

/// All of them.
const SITUATIONS: &[Situation] = &[
    Situation { name: "在严重违法失信名单", trade: None, happen: listed },
    Situation { name: "列入后已移出严重违法失信名单", trade: None, happen: delisted },
    Situation { name: "吊销", trade: None, happen: struck_off },
    Situation { name: "责令关闭", trade: Some("F5232"), happen: closed_down },
    Situation { name: "经营者是失信被执行人", trade: None, happen: in_debt },
    Situation { name: "一年内同类再犯", trade: Some("F5274"), happen: same_again },
    Situation { name: "处罚已修复", trade: None, happen: repaired },
    Situation { name: "连续检查不合格", trade: Some("F5281"), happen: failing },
    Situation { name: "投诉激增", trade: Some("F5234"), happen: burst },
    Situation { name: "连续抽检不合格", trade: Some("F5224"), happen: bad_samples },
    Situation { name: "许可一个月内到期", trade: Some("F5212"), happen: expiring },
    Situation { name: "许可一年内多次注销", trade: None, happen: giving_up },
    Situation { name: "地址失联未移出", trade: None, happen: unreachable },
    Situation { name: "参保人数减半", trade: None, happen: shrinking },
    Situation { name: "多次违诺", trade: None, happen: broken_promises },
    Situation { name: "荣誉且无瑕疵", trade: None, happen: honoured },
    Situation { name: "无一年年报", trade: None, happen: silent },
];

fn listed(it: &mut Dossier) {
    it.serious(it.ago(430), it.ago(400), None);
}

fn delisted(it: &mut Dossier) {
    it.serious(it.ago(930), it.ago(900), Some(it.ago(120)));
}

fn struck_off(it: &mut Dossier) {
    it.set("状态", "吊销");
    let row = it.penalty(it.ago(300), "吊销许可", "严重", "提交虚假材料取得登记");
    it.rows.push(row);
}

fn closed_down(it: &mut Dossier) {
    let row = it.penalty(it.ago(200), "责令关闭", "严重", "销售不合格产品");
    it.rows.push(row);
}

fn in_debt(it: &mut Dossier) {
    it.debtor(it.ago(500), None);
}

fn same_again(it: &mut Dossier) {
    for days in [700, 420, 150, 60] {
        let row = it.penalty(it.ago(days), "罚款", "一般", "虚假宣传").with("罚款金额", "3000");
        it.rows.push(row);
    }
}

fn repaired(it: &mut Dossier) {
    let day = it.ago(500);
    let row = it
        .penalty(day, "罚款", "较重", "侵犯商标专用权")
        .with("罚款金额", "26000")
        .with("修复日期", after(day, 250).to_string())
        .with("修复机关", "池州市市场监督管理局");
    it.rows.push(row);
}

fn failing(it: &mut Dossier) {
    for days in [180, 90, 15] {
        it.inspection(it.ago(days), "计量器具", "不合格", None);
    }
}

fn burst(it: &mut Dossier) {
    for days in 1..=18 {
        let day = it.ago(days * 4);
        it.complaint(day, "质量", Some(after(day, 3)), Some(days % 2 == 0));
    }
}

fn bad_samples(it: &mut Dossier) {
    for (days, level) in [(200, "县"), (100, "省"), (30, "国家")] {
        it.sampling(it.ago(days), level, false);
    }
}

fn expiring(it: &mut Dossier) {
    let until = after(it.cutoff, 20);
    let from = until.add_months(-60).unwrap_or(until);
    it.licence("食品经营", from, Some(until), None);
}

fn giving_up(it: &mut Dossier) {
    for days in [300, 200, 100, 40] {
        it.licence("其他", it.ago(days + 300), None, Some(it.ago(days)));
    }
}

fn unreachable(it: &mut Dossier) {
    it.abnormal(it.ago(240), "地址失联", None);
}

fn shrinking(it: &mut Dossier) {
    it.forget(&[Table::Insurance]);
    for (number, month) in it.months(24).into_iter().enumerate() {
        it.insurance(month, if number < 13 { 9 } else { 4 });
    }
    it.set("参加社保", "是");
}

fn broken_promises(it: &mut Dossier) {
    for days in [800, 600, 400, 200] {
        it.promise(it.ago(days), None, Some(it.ago(days - 90)));
    }
}

fn honoured(it: &mut Dossier) {
    it.forget(&[Table::Penalty, Table::Abnormal]);
    it.honour(it.ago(400), "市级", None);
    it.honour(it.ago(90), "县级", None);
}

fn silent(it: &mut Dossier) {
    it.forget(&[Table::AnnualReport]);
}

#[cfg(test)]
mod tests {
    use super::{SITUATIONS, of};

    #[test]
    fn each_situation_is_played_twice_in_a_city_of_three_thousand() {
        for situation in SITUATIONS {
            let players = (0..3000).filter_map(of).filter(|it| it.name == situation.name).count();
            assert!(players >= 2, "{}: {players}", situation.name);
        }
    }
}
