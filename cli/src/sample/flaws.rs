//! Bad cells and rows, put in on purpose: about one household in a hundred, each with one flaw, so
//! that the quarantine and the quality report have something to show.

use super::code::with_wrong_check;
use super::dossier::{Dossier, Purpose, after};
use super::tables::{KEY, Row};

/// What can be wrong with a household's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    /// The last character of the code is wrong, as in some early issues: a doubt, not a rejection.
    CheckCharacter,
    /// A number that is not one in an optional field, which becomes missing.
    OptionalCell,
    /// An event on a day that does not exist.
    NoSuchDay,
    /// A kind of penalty that the standard does not know.
    UnknownMember,
    /// A negative amount.
    NegativeAmount,
    /// An event of a household that is not in the register.
    UnknownHousehold,
    /// A household delivered twice with different content.
    TwoVersions,
    /// Repaired before it was decided.
    RepairedBefore,
    /// A report for the year in which it was filed.
    ReportTooEarly,
    /// A trade that GB/T 4754 does not have.
    UnknownTrade,
    /// An event without its date.
    NoDate,
    /// A row delivered twice with the same content.
    SameTwice,
}

const FLAWS: [Flaw; 12] = [
    Flaw::CheckCharacter,
    Flaw::OptionalCell,
    Flaw::NoSuchDay,
    Flaw::UnknownMember,
    Flaw::NegativeAmount,
    Flaw::UnknownHousehold,
    Flaw::TwoVersions,
    Flaw::RepairedBefore,
    Flaw::ReportTooEarly,
    Flaw::UnknownTrade,
    Flaw::NoDate,
    Flaw::SameTwice,
];

/// Puts the flaw of the household in, if it is its turn; how many were put in.
pub(super) fn spoil(it: &mut Dossier) -> u32 {
    if it.number % 83 != 31 {
        return 0;
    }
    let at = usize::try_from(it.number / 83).unwrap_or(0) % FLAWS.len();
    let Some(flaw) = FLAWS.get(at) else { return 0 };
    match flaw {
        Flaw::CheckCharacter => {
            let wrong = with_wrong_check(&it.key);
            for row in &mut it.rows {
                row.set(KEY, wrong.clone());
            }
        }
        Flaw::OptionalCell => it.set("面积", "约八十"),
        Flaw::UnknownTrade => it.set("行业", "X9999"),
        Flaw::TwoVersions => {
            let mut second = it.rows.first().cloned();
            if let Some(row) = &mut second {
                row.set("从业人数", (it.staff + 1).to_string());
            }
            it.rows.extend(second);
        }
        Flaw::SameTwice => {
            penalty(it, |_| {});
            let last = it.rows.last().cloned();
            it.rows.extend(last);
        }
        Flaw::NoSuchDay => {
            let year = it.cutoff.year();
            penalty(it, |row| row.set("决定日期", format!("{year}-02-30")));
        }
        Flaw::NoDate => penalty(it, |row| row.set("决定日期", "")),
        Flaw::UnknownMember => penalty(it, |row| row.set("种类", "罚金")),
        Flaw::NegativeAmount => penalty(it, |row| row.set("罚款金额", "-500")),
        Flaw::UnknownHousehold => {
            penalty(it, |row| row.set(KEY, "92341702XN0000000X"));
        }
        Flaw::RepairedBefore => {
            let [repaired, decided] = [it.ago(220), it.ago(202)].map(|day| day.to_string());
            penalty(it, |row| {
                row.set("决定日期", decided);
                row.set("修复日期", repaired);
                row.set("修复机关", "池州市市场监督管理局");
            });
        }
        Flaw::ReportTooEarly => it.report(it.cutoff.year(), it.cutoff, 50_000, false),
    }
    1
}

/// A penalty of the last year, changed.
fn penalty(it: &mut Dossier, change: impl FnOnce(&mut Row)) {
    let mut random = it.random(Purpose::Flaw);
    let date = it.day(&mut random, 300);
    let mut row = it.penalty(date, "罚款", "一般", "未按规定明码标价").with("罚款金额", "800");
    row.set("公示期至", after(date, 365).to_string());
    change(&mut row);
    it.rows.push(row);
}

#[cfg(test)]
mod tests {
    use super::super::{events, register};
    use super::{FLAWS, spoil};

    #[test]
    fn every_flaw_changes_something_and_one_household_in_83_has_one() {
        let cutoff = super::super::CUTOFF.parse().unwrap();
        let mut spoiled = 0;
        for number in 0..3000 {
            let mut it = register::draw(1, cutoff, number);
            events::draw(&mut it);
            let before = it.rows.clone();
            let count = spoil(&mut it);
            assert_eq!(count > 0, it.rows != before, "household {number}");
            spoiled += count;
        }
        assert!(spoiled as usize >= 2 * FLAWS.len());
    }
}
