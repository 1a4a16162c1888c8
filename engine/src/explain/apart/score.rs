//! Scores: the lines that a score is made of, the largest first.

use heng_dsl::diag::Lang;

use super::{Apart, MOST, Why};
use crate::explain::Said;
use crate::explain::account;
use crate::explain::data::{Account, Line, What};
use crate::explain::letter::line;

/// How many scores inside of scores are told.
const DEEP: usize = 2;

impl Apart<'_> {
    /// What a score is made of; nothing for what is no score.
    pub(super) fn account(&self, slot: usize) -> Vec<Why> {
        account::account(&self.view, slot).map_or_else(Vec::new, |it| lines(&it, DEEP))
    }
}

/// The lines of an account that count.
fn lines(account: &Account, deep: usize) -> Vec<Why> {
    if deep == 0 {
        return Vec::new();
    }
    let mut counting: Vec<&Line> = account.lines.iter().filter(|it| !it.points.is_zero()).collect();
    // What another row or record beats says why it gives nothing.
    let beaten = account.lines.iter().filter(|it| matches!(it.what, What::Beaten { .. }));
    counting.sort_by_key(|it| std::cmp::Reverse(it.points.abs()));
    let more = counting.len().saturating_sub(MOST);
    let mut told: Vec<Why> =
        counting.into_iter().take(MOST).chain(beaten.take(2)).map(|it| why(it, deep)).collect();
    if more > 0 {
        told.push(Why::new(Said::both(format!("另有 {more} 项"), format!("and {more} more"))));
    }
    told
}

fn why(it: &Line, deep: usize) -> Why {
    let text = Said::both(line(Lang::Zh, it), line(Lang::En, it));
    match &it.what {
        What::Part { account, .. } => {
            Why::at(text, &account.ground.provenance).because(lines(account, deep - 1))
        }
        What::Row(row)
        | What::Beaten { row: Some(row), .. }
        | What::Record { row: Some(row), .. }
        | What::Cap { when: Some(row), .. }
        | What::Floor { when: Some(row), .. } => Why::at(text, &row.provenance),
        What::Base
        | What::Weight { .. }
        | What::Rows(_)
        | What::Beaten { .. }
        | What::Record { .. }
        | What::Formula(_)
        | What::Cap { .. }
        | What::Floor { .. }
        | What::Rounding => Why::new(text),
    }
}
