//! Faults of what a set gives out: the same twice, never given, never left, never in force, never read.

use super::sets::{Fault, Kind, Random, Set};

pub(crate) fn kinds() -> Vec<Kind> {
    vec![
        Kind { code: "E0454", name: "a tag under another name", plant: tag },
        Kind { code: "E0455", name: "an alert that nothing raises", plant: alert },
        Kind { code: "E0456", name: "a list whose members are removed", plant: list },
        Kind { code: "E0456", name: "a list that removes nobody", plant: removal },
        Kind { code: "E0434", name: "a determination inside another one", plant: determination },
        Kind { code: "E0453", name: "a shift inside another one", plant: shift },
        Kind { code: "E0460", name: "a parameter that nothing reads", plant: parameter },
        Kind { code: "E0460", name: "a local value that nothing reads", plant: local },
        Kind { code: "E0461", name: "a rule before its set", plant: before },
    ]
}

fn tag(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let it = set.tag(random)?;
    Some(Fault::beside(format!("标注 {name}\n  当 {it}\n")))
}

fn alert(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let records = set.records(random)?;
    let (short, more) = (random.below(1, 12), random.below(1, 12));
    let long = short + more;
    Some(Fault::beside(format!(
        "预警 {name}\n  取 近来 = 计数({records} 其中 近 {short} 个月)\n  取 以来 = 计数({records} 其中 近 {long} 个月)\n  当 近来 > 以来\n"
    )))
}

fn list(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let (it, records) = (set.condition(random)?, set.records(random)?);
    Some(Fault::beside(format!(
        "名单 {name}\n  入选 当 {it}\n  移出 当 任一\n    {it}\n    存在({records} 其中 近 3 个月)\n"
    )))
}

fn removal(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let records = set.records(random)?;
    let months = random.below(1, 36);
    Some(Fault::beside(format!(
        "名单 {name}\n  入选 当 无({records} 其中 近 {months} 个月)\n  移出 当 计数({records} 其中 近 {months} 个月) ≥ 2\n"
    )))
}

fn determination(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let (target, effect, it) = set.determination(random, true)?;
    let (records, number) = (set.records(random)?, random.below(1, 5));
    Some(Fault::beside(format!(
        "直接判定 {name} {target} {effect}\n  当 ({it}) 且 计数({records} 其中 近 5 个月) ≥ {number}\n"
    )))
}

fn shift(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let (target, effect, it) = set.determination(random, false)?;
    let (records, number) = (set.records(random)?, random.below(1, 5));
    Some(Fault::beside(format!(
        "直接判定 {name} {target} {effect}\n  当 ({it}) 且 计数({records} 其中 近 7 个月) ≥ {number}\n"
    )))
}

#[expect(clippy::unnecessary_wraps, reason = "all kinds are planted through one type of function")]
fn parameter(_: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    Some(Fault::beside(format!("参数 {name} = {}\n", random.below(1, 100))))
}

fn local(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let (records, other) = (set.records(random)?, set.records(random)?);
    let months = random.below(37, 80);
    Some(Fault::beside(format!(
        "标注 {name}\n  取 没用到 = 计数({other})\n  当 存在({records} 其中 近 {months} 个月)\n"
    )))
}

fn before(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    set.rules().effective.from?;
    let records = set.records(random)?;
    let (year, months) = (random.below(1990, 2010), random.below(80, 120));
    Some(Fault::beside(format!(
        "标注 {name}\n  生效 至 {year}-12-31\n  当 存在({records} 其中 近 {months} 个月)\n"
    )))
}
