//! Faults of a condition: it always holds, never holds, or says something twice.

use super::sets::{Fault, Kind, Random, Set};

pub(crate) fn kinds() -> Vec<Kind> {
    vec![
        Kind { code: "E0451", name: "a condition and its opposite", plant: opposite },
        Kind { code: "E0450", name: "a condition or its opposite", plant: either },
        Kind { code: "E0450", name: "a bound below everything", plant: no_bound },
        Kind { code: "E0451", name: "more in a part than in the whole", plant: counts },
        Kind { code: "E0451", name: "windows apart", plant: windows_apart },
        Kind { code: "E0451", name: "two members at once", plant: members },
        Kind { code: "E0451", name: "months between bounds that cross", plant: months },
        Kind { code: "E0452", name: "a window in a window", plant: windows_twice },
        Kind { code: "E0452", name: "a bound behind a closer one", plant: bounds_twice },
    ]
}

fn tag(name: &str, condition: &str) -> Fault {
    Fault::beside(format!("标注 {name}\n  当 {condition}\n"))
}

fn opposite(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let it = set.condition(random)?;
    Some(tag(name, &format!("({it}) 且 非 ({it})")))
}

fn either(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let it = set.condition(random)?;
    Some(tag(name, &format!("({it}) 或 非 ({it})")))
}

fn no_bound(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let records = set.records(random)?;
    let months = random.below(1, 60);
    Some(tag(name, &format!("计数({records} 其中 近 {months} 个月) ≥ 0")))
}

/// A shorter and a longer number of months.
fn lengths(random: &mut Random) -> (u64, u64) {
    let short = random.below(1, 36);
    (short, short + random.below(1, 24))
}

fn counts(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let records = set.records(random)?;
    let (short, long) = lengths(random);
    let number = random.below(1, 6);
    Some(tag(
        name,
        &format!(
            "计数({records} 其中 近 {short} 个月) ≥ {number} 且 计数({records} 其中 近 {long} 个月) < {number}"
        ),
    ))
}

fn windows_apart(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let records = set.records(random)?;
    let (short, long) = lengths(random);
    Some(tag(name, &format!("存在({records} 其中 近 {short} 个月 且 前 {long} 至 {short} 个月)")))
}

fn members(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let [field, of, first, last] = set.field(random)?;
    Some(tag(name, &format!("本户.{field} = {of}.{first} 且 本户.{field} = {of}.{last}")))
}

fn months(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let records = set.records(random)?;
    let (short, long) = lengths(random);
    let age = format!("整月数(最近({records}, {}), 基准日) 缺则 0 个月", set.date_of(&records)?);
    Some(tag(name, &format!("({age}) ≥ {long} 个月 且 ({age}) < {short} 个月")))
}

fn windows_twice(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let records = set.records(random)?;
    let (short, long) = lengths(random);
    Some(tag(name, &format!("存在({records} 其中 近 {short} 个月 且 近 {long} 个月)")))
}

fn bounds_twice(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let records = set.records(random)?;
    let low = random.below(1, 5);
    let high = low + random.below(1, 5);
    Some(tag(name, &format!("计数({records}) ≥ {low} 且 计数({records}) ≥ {high}")))
}
