//! Faults of a set that is 基于 a shipped one.

use super::sets::{Fault, Kind, Random, Set};

pub(crate) fn kinds() -> Vec<Kind> {
    vec![
        Kind { code: "E0630", name: "an amendment that changes nothing", plant: nothing },
        Kind { code: "E0631", name: "two amendments of one name", plant: twice },
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
