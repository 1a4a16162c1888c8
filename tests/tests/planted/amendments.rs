//! Faults of a set that is 基于 a shipped one.

use super::sets::{Fault, Kind, Random, Set};

pub(crate) fn kinds() -> Vec<Kind> {
    vec![
        Kind { code: "E0630", name: "an amendment that changes nothing", plant: nothing },
        Kind { code: "E0631", name: "two amendments of one name", plant: twice },
        Kind { code: "E0632", name: "an amendment of what has changed since", plant: outdated },
        Kind { code: "E0633", name: "a value switched off and still read", plant: disabled },
        Kind { code: "E0634", name: "a grade in another order", plant: turned },
    ]
}

fn nothing(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let (indicator, row, result) = set.row(random)?;
    Some(Fault::extending(format!("修订 指标 {indicator} 第 {row} 行 = {result} 因 {name}\n")))
}

fn twice(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let indicator = set.reasoned(random)?;
    Some(Fault::extending(format!(
        "修订 指标 {indicator} 因 {name}\n  缘由 甲\n修订 指标 {indicator} 因 {name}\n  缘由 乙\n"
    )))
}

fn outdated(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let (decide, number) = (set.decide(random)?, random.below(100, 900));
    Some(Fault::extending(format!(
        "修订 直接判定 {decide} 因 {name}\n  原文 {number} 次以上\n  缘由 甲\n"
    )))
}

fn disabled(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let value = set.read_value(random)?;
    Some(Fault::extending(format!("停用 值 {value} 因 {name}\n")))
}

fn turned(set: &Set, random: &mut Random, _: &str) -> Option<Fault> {
    let (grade, mut members) = set.grade(random)?;
    let at = usize::try_from(random.below(1, u64::try_from(members.len()).ok()?)).ok()?;
    members.swap(at - 1, at);
    // A member may be called 1.
    let members: Vec<String> = members.iter().map(|it| format!("「{it}」")).collect();
    Some(Fault::extending(format!("等级 {grade}：{}\n", members.join("、"))))
}
