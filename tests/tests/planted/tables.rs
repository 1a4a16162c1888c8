//! Faults of a table: a value without a row, with two, a row without a value. Each stands in a set that
//! uses a shipped one, for an error beside them silences the findings of what can be reached.

use std::fmt::Write as _;

use super::sets::{Fault, Kind, Random, Set};

pub(crate) fn kinds() -> Vec<Kind> {
    vec![
        Kind { code: "E0401", name: "a bound moved up in a table of the set", plant: moved_up },
        Kind { code: "E0402", name: "a bound moved down in a table of the set", plant: moved_down },
        Kind { code: "E0401", name: "a gap between two bands", plant: gap },
        Kind { code: "E0402", name: "two bands that share a number", plant: overlap },
        Kind { code: "E0403", name: "a row for what is never missing", plant: missing },
        Kind { code: "E0405", name: "nothing left for 其余", plant: otherwise },
        Kind { code: "E0407", name: "其余 before another row", plant: order },
        Kind { code: "E0408", name: "the wide condition before the narrow one", plant: earlier },
        Kind { code: "E0435", name: "a grade that no row gives", plant: nobody },
        Kind { code: "E0480", name: "a rule over three records at a time", plant: triples },
    ]
}

/// A value that is a copy of an indicator of the set, one bound of it moved.
fn moved(set: &Set, random: &mut Random, name: &str, by: i64) -> Option<Fault> {
    let (lines, band) = set.bands(random)?;
    let mut text = format!("值 {name}\n");
    let table = lines.iter().position(|it| it.starts_with("  评分 按 "))?;
    for (at, line) in lines.iter().enumerate() {
        if at == band {
            let row = line.trim_start();
            let digits = row.chars().take_while(char::is_ascii_digit).count();
            let bound: i64 = row[..digits].parse().ok()?;
            let _ = writeln!(text, "    {}{}", bound + by, &row[digits..]);
        } else if at == table {
            text.push_str(&line.replacen("评分 ", "", 1));
            text.push('\n');
        } else if line.starts_with("    ") || line.starts_with("  取 ") {
            text.push_str(line);
            text.push('\n');
        }
    }
    Some(Fault::apart(text))
}

fn moved_up(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    moved(set, random, name, 1)
}

fn moved_down(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    moved(set, random, name, -1)
}

/// How many records of some table there are within some months.
pub(crate) fn count(set: &Set, random: &mut Random) -> Option<String> {
    let (records, months) = (set.records(random)?, random.below(13, 60));
    Some(format!("计数({records} 其中 近 {months} 个月)"))
}

/// A value by such a count, with rows that depend on two numbers.
fn table(
    set: &Set,
    random: &mut Random,
    name: &str,
    rows: fn(u64, u64) -> String,
) -> Option<Fault> {
    let count = count(set, random)?;
    let low = random.below(2, 6);
    let high = low + random.below(2, 6);
    Some(Fault::apart(format!("值 {name} 按 {count}\n{}", rows(low, high))))
}

fn gap(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    table(set, random, name, |low, high| {
        format!("  不满 {low}：1\n  {low} 至 {high}：2\n  {} 以上：3\n", high + 2)
    })
}

fn overlap(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    table(set, random, name, |low, high| {
        format!("  不满 {low}：1\n  {low} 至 {high}：2\n  {high} 以上：3\n")
    })
}

fn missing(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    table(set, random, name, |low, high| {
        format!("  不满 {low}：1\n  {low} 至 {high}：2\n  超过 {high}：3\n  缺失：4\n")
    })
}

fn otherwise(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    table(set, random, name, |low, high| {
        format!("  不满 {low}：1\n  {low} 至 {high}：2\n  超过 {high}：3\n  其余：4\n")
    })
}

fn order(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    table(set, random, name, |low, high| format!("  不满 {low}：1\n  其余：2\n  {high} 以上：3\n"))
}

fn earlier(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let count = count(set, random)?;
    let low = random.below(1, 5);
    let high = low + random.below(1, 5);
    Some(Fault::apart(format!(
        "值 {name} 依次\n  {count} ≥ {low}：3\n  {count} ≥ {high}：2\n  其余：1\n"
    )))
}

fn nobody(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let (count, low) = (count(set, random)?, random.below(1, 5));
    Some(Fault::apart(format!(
        "等级 {name}级：低、中、高\n分类 {name} 为 {name}级 按 {count}\n  不满 {low}：低\n  {low} 以上：高\n"
    )))
}

fn triples(set: &Set, random: &mut Random, name: &str) -> Option<Fault> {
    let records = set.records(random)?;
    let date = set.date_of(&records)?;
    let number = random.below(1, 4);
    Some(Fault::apart(format!(
        "值 {name} = 计数({records} 称 子 其中 计数({records} 称 丑 其中 丑.{date} > 子.{date} 且 计数({records} 称 寅 其中 寅.{date} > 丑.{date}) ≥ {number}) ≥ {number})\n"
    )))
}
