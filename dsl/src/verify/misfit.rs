//! A table that does not fit together: which row it is, and what is said of gaps and of rows that meet.
//!
//! Mostly it is one row that is wrong: the row without which the others do not meet, and leave open one box at
//! most, which that row would only have to be. Where there is just one such row, all is said of it. Else a gap
//! belongs to the rows whose band ends where it begins or begins where it ends. What is only missing, or a
//! member that nobody speaks of, has no neighbour: then it is the table as a whole that lacks a row.

use super::cover::Box;
use super::grid::Grid;
use super::table::{Subject, View};
use super::{Assignment, Finding, Findings, Shows, show};
use crate::diag::{Code, Words};
use crate::value::Date;

/// Rows beside a gap, at most; where there are more, none of them is meant more than the others.
const MAX_BESIDE: usize = 2;

/// Rows that are shown beside one that meets them.
const MAX_MET: usize = 3;

/// Steps that it may take to see whether the table fits together but for one row.
const BUDGET: u64 = 200_000;

/// Two rows that hold together, the first above the second, and where.
pub(super) type Overlap = (usize, usize, Vec<usize>);

/// A table as it was looked at.
pub(super) struct Seen<'s> {
    pub(super) subject: &'s Subject<'s>,
    pub(super) view: &'s View<'s>,
    pub(super) grid: &'s Grid<'s>,
    /// The as-of date on which it was looked at.
    pub(super) day: Date,
    /// Does the date play a part?
    pub(super) relative: bool,
}

/// Values without a row.
pub(super) struct Gap {
    /// One of them.
    pub(super) point: Vec<usize>,
    /// Boxes of them, at least one.
    pub(super) boxes: Vec<Box>,
    /// Are there others? `None` where that is not known.
    pub(super) more: Option<bool>,
}

/// The one row that keeps the table from fitting together, where something is open or rows meet. Of two rows that
/// meet it can be either; then it is the one that would stand in its place among the others, and at last the later.
pub(super) fn culprit(grid: &Grid<'_>, overlaps: &[Overlap], open: bool) -> Option<usize> {
    let suspects = match overlaps.first() {
        Some((first, second, _)) => vec![*second, *first],
        None if open => grid.dead_rows(),
        None => return None,
    };
    let mut budget = BUDGET;
    let mut alone = |row: usize| {
        let explains = overlaps.iter().all(|it| it.0 == row || it.1 == row);
        let hole = grid.hole(row, &mut budget).filter(|_| explains)?;
        Some((row, hole.iter().all(|it| grid.in_order_with(row, it))))
    };
    let found: Vec<(usize, bool)> = suspects.into_iter().filter_map(&mut alone).collect();
    let mut in_place = found.iter().filter(|it| it.1);
    match (overlaps.is_empty(), found.as_slice()) {
        (_, [(row, _)]) => Some(*row),
        // Of several rows that nothing satisfies any could be meant.
        (true, _) => None,
        (false, all) => in_place.next().or(all.first()).map(|it| it.0),
    }
}

impl Seen<'_> {
    /// Says which rows meet: of the culprit where there is one, else of the second of each two.
    pub(super) fn overlaps(&self, all: &[Overlap], culprit: Option<usize>, out: &mut Findings) {
        let others = |row: usize| all.iter().map(move |it| if it.0 == row { it.1 } else { it.0 });
        for (first, second, point) in all {
            let row = culprit.unwrap_or(*second);
            let other = if row == *first { *second } else { *first };
            let finding = Finding::new(Code::E0402, self.subject.row(row));
            let finding = finding.arg("value", self.words(point));
            let finding = finding.arg("first", self.subject.text(*first, self.view));
            let finding = finding.arg("second", self.subject.text(*second, self.view));
            let met = culprit.map_or(vec![other], |row| others(row).take(MAX_MET).collect());
            let note = Words::both("另一行", "the other row");
            let finding = met
                .iter()
                .fold(finding, |finding, it| finding.related(self.subject.row(*it), note.clone()));
            let finding = finding.label(shared(self, other, row));
            let finding = finding.shown_by(self.assigned(point, Shows::Rows(*first, *second)));
            out.push(self.subject.parameters(finding, &[*first, *second], self.view));
        }
    }

    /// Says what is open, at the row that it is about or at those beside it.
    pub(super) fn gap(&self, gap: &Gap, overlaps: &[Overlap], culprit: Option<usize>) -> Finding {
        let rows = match (culprit, gap.boxes.first()) {
            (Some(row), _) => vec![row],
            (None, Some(part)) => self.beside(part, overlaps),
            (None, None) => Vec::new(),
        };
        let (linked, lets) = (self.view.reach.linked, self.subject.lets);
        let boxes = gap.boxes.iter().map(|it| self.when(self.grid.box_words(linked, lets, it)));
        let at = rows.first().map_or_else(|| self.subject.whole(), |it| self.subject.row(*it));
        let finding = Finding::new(Code::E0401, at).arg("value", self.words(&gap.point));
        let finding = finding.label(without_row(boxes.collect(), gap.more));
        let finding = finding.shown_by(self.assigned(&gap.point, Shows::NoRow));
        let note = Words::both("空档的另一边", "the other side of the gap");
        let finding = rows
            .iter()
            .skip(1)
            .fold(finding, |finding, it| finding.related(self.subject.row(*it), note.clone()));
        let all: Vec<usize> = (0..self.subject.table.rows.len()).collect();
        self.subject.parameters(finding, &all, self.view)
    }

    /// The rows beside a box, the place first; none for the table as a whole.
    fn beside(&self, part: &Box, overlaps: &[Overlap]) -> Vec<usize> {
        let mut near = self.grid.beside(part);
        // A row that also meets another one is the likelier to be wrong.
        near.sort_by_key(|row| !overlaps.iter().any(|it| it.0 == *row || it.1 == *row));
        if near.len() <= MAX_BESIDE { near } else { Vec::new() }
    }

    /// A combination of values as data, for a household that has them.
    fn assigned(&self, point: &[usize], shows: Shows) -> Option<Assignment> {
        let values = self.grid.values(point)?;
        Some(Assignment { as_of: self.day, values, shows })
    }

    /// A combination of values in words.
    fn words(&self, point: &[usize]) -> Words {
        self.when(self.grid.words(self.view.reach.linked, self.subject.lets, point))
    }

    /// The words, with the as-of date where it plays a part.
    fn when(&self, words: Words) -> Words {
        if !self.relative {
            return words;
        }
        let as_of = self.day;
        let [zh, en] = [format!("（以 {as_of} 为基准日）"), format!(" (as of {as_of})")];
        show::join(&["", &zh], &["", &en], &[words])
    }
}

/// `没有行：10 至 19；30 以上`
fn without_row(boxes: Vec<Words>, more: Option<bool>) -> Words {
    let all = boxes
        .into_iter()
        .reduce(|a, b| show::join(&["", "；", ""], &["", "; ", ""], &[a, b]))
        .unwrap_or_default();
    let [zh, en] = match more {
        Some(false) => ["", ""],
        Some(true) => ["；还有别的", "; and others"],
        None => [
            "；可能还有别的，组合太多，没有找完",
            "; and maybe others: there are too many combinations to look at all",
        ],
    };
    show::join(&["没有行：", zh], &["no row for ", en], &[all])
}

/// What two rows hold for together, and whether one of them is needed at all.
fn shared(seen: &Seen<'_>, other: usize, row: usize) -> Words {
    let Some(part) = seen.grid.shared(other, row) else { return Words::default() };
    let words = seen.grid.box_words(seen.view.reach.linked, seen.subject.lets, &part);
    let result = |row: usize| seen.subject.table.rows.get(row).map(|it| &it.results);
    let same = result(other) == result(row);
    let whole = |row: usize| seen.grid.is_whole(row, &part);
    let [zh, en] = match (whole(other), whole(row), same) {
        (true, true, true) => {
            ["；两行一样，可以删去一行", "; the rows are the same, and one can go"]
        }
        (true, true, false) => {
            ["；两行条件一样，结果不同", "; the conditions are the same, the results are not"]
        }
        (false, true, true) => [
            "；这一行整个包含在另一行里，结果也一样，可以删去",
            "; this row lies within the other one, gives the same, and can go",
        ],
        (true, false, true) => [
            "；另一行整个包含在这一行里，结果也一样，可以删去那一行",
            "; the other row lies within this one, gives the same, and can go",
        ],
        (false, true, false) => [
            "；这一行整个包含在另一行里，结果却不同",
            "; this row lies within the other one and gives something else",
        ],
        (true, false, false) => [
            "；另一行整个包含在这一行里，结果却不同",
            "; the other row lies within this one and gives something else",
        ],
        (false, false, true) => [
            "；结果一样，可以改成不重叠的",
            "; both give the same there, so one of them can be narrowed",
        ],
        (false, false, false) => ["；结果不同", "; the results differ"],
    };
    show::join(&["都符合的：", zh], &["both hold for ", en], &[words])
}
