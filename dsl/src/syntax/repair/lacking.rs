//! Something small that was left out: a colon, a comma, a word, the signs around a name or a text.

use super::{Change, Site, kind};
use crate::diag::Code;
use crate::syntax::ast::DeclKind as K;
use crate::syntax::keywords;
use crate::syntax::literal::is_blank;
use crate::syntax::rules::Rule;

/// What could be lacking at the place.
pub(super) fn candidates(site: Site<'_>) -> Vec<Change> {
    let mut out = signs(site);
    out.extend(colons(site));
    out.extend(column(site));
    for it in words(site) {
        let gap = if site.before().ends_with(|it: char| !is_blank(it)) { " " } else { "" };
        let behind = if site.rest().starts_with(is_blank) { "" } else { " " };
        out.push(Change::new(Code::E0121, site.at, site.at, format!("{gap}{it}{behind}")));
    }
    out
}

/// The words that may be left out at the place, in the order of preference.
fn words(site: Site<'_>) -> Vec<&'static str> {
    let kind = kind(site.text);
    let mut out = Vec::new();
    let mut add = |rule: Rule| {
        out.extend(keywords::spelling(rule).map(|it| it[0]));
    };
    let (_, before) = site.run_before();
    let heads = [Rule::k_score, Rule::k_deduct, Rule::k_fade].into_iter();
    let heads_table = heads.filter_map(keywords::spelling).any(|it| it.contains(&before));
    if heads_table || site.in_header() && matches!(kind, Some(K::Classify | K::Measure)) {
        add(Rule::k_by);
    }
    if site.expected.contains(&Rule::k_places) {
        add(Rule::k_places);
    }
    if behind_source(site) {
        add(Rule::k_where);
    }
    if site.in_header() && !site.before().contains(['=', '＝', ':', '：']) {
        let word = match kind {
            Some(K::Indicator | K::Dimension | K::Fuse) => Some(Rule::k_in),
            Some(K::Check | K::Action) => Some(Rule::k_for),
            Some(K::Tag) => Some(Rule::k_class),
            Some(K::Classify | K::Overlay) => Some(Rule::k_as),
            Some(K::Alert) => Some(Rule::k_level),
            _ => None,
        };
        word.into_iter().for_each(&mut add);
    }
    // A line that begins with its word, if without a blank behind it, does not lack one.
    let has_word = [Rule::k_when, Rule::k_let, Rule::k_require, Rule::k_applies];
    let mut has_word = has_word.into_iter().filter_map(keywords::spelling).flatten();
    let begins = has_word.any(|it| site.run().1.starts_with(it));
    if site.before().chars().all(is_blank) && !site.in_header() && !begins {
        let word = match kind {
            Some(K::Alert | K::Tag | K::Decide | K::Action) => Some(Rule::k_when),
            Some(K::Check) => Some(Rule::k_require),
            _ => None,
        };
        word.into_iter().for_each(&mut add);
    }
    out
}

/// Does a name stand before the place that begins the argument of a function: `计数(处罚 近 3 年)`?
fn behind_source(site: Site<'_>) -> bool {
    let (start, name) = site.run_before();
    let before = site.text.get(..start).unwrap_or("").trim_end_matches(is_blank);
    !name.is_empty() && before.ends_with(['(', '（'])
}

/// The comma between two cells of a row that has fewer of them than its table has columns.
fn column(site: Site<'_>) -> Option<Change> {
    let (cells, columns) = cells(site)?;
    (cells < columns).then(|| Change::new(Code::E0121, site.at, site.at, ", "))
}

/// The cells of the row around the place, and the columns of its table.
pub(super) fn cells(site: Site<'_>) -> Option<(usize, usize)> {
    let cells = |it: &str| 1 + it.matches([',', '，']).count();
    let line = site.text.get(site.line_start()..site.line_end())?;
    let row = line.split([':', '：']).next().filter(|_| site.in_cell())?;
    let by = keywords::spelling(Rule::k_by)?;
    let above = site.text.get(..site.line_start())?.lines().rev();
    let mut heads = above.filter_map(|line| {
        let mut words = line.split(is_blank).skip_while(|it| !by.contains(it));
        words
            .next()
            .map(|_| words.take_while(|it| !matches!(*it, "得" | "giving")).collect::<String>())
    });
    Some((cells(row), cells(&heads.next()?)))
}

/// How many places of a line are tried for a missing colon.
const COLON_PLACES: usize = 8;

/// The ends of the words of the line.
fn colons(site: Site<'_>) -> Vec<Change> {
    let line = site.text.get(site.line_start()..site.line_end()).unwrap_or("");
    if line.contains([':', '：']) {
        return Vec::new();
    }
    let mut places = Vec::new();
    let mut word_before = false;
    for (at, it) in line.char_indices() {
        if is_blank(it) && word_before {
            places.push(site.line_start() + at);
        }
        word_before = !is_blank(it);
    }
    let change = |at: usize| Change::new(Code::E0113, at, at, "：");
    places.into_iter().rev().take(COLON_PLACES).map(change).collect()
}

/// `「甲-乙」` without its signs.
fn dashed(site: Site<'_>) -> Option<Change> {
    let is_end = |it: char| is_blank(it) || ":：,，=＝\"“「（(".contains(it);
    let before = site.before();
    let left = before.rfind(is_end).map_or(0, |at| {
        at + before.get(at..).and_then(|it| it.chars().next()).map_or(0, char::len_utf8)
    });
    let rest = site.rest_of_line();
    let right = rest.find(is_end).unwrap_or(rest.len());
    let (start, end) = (site.line_start() + left, site.at + right);
    let name = site.text.get(start..end)?;
    let marked =
        name.chars().any(|it| !it.is_alphanumeric()) && name.chars().any(char::is_alphabetic);
    (site.in_header() && marked)
        .then(|| Change::new(Code::E0122, start, end, format!("「{name}」")))
}

/// `「5年老店」` and `"name"` without their signs.
fn signs(site: Site<'_>) -> Vec<Change> {
    let (start, run) = site.run();
    let mut out = Vec::new();
    if run.is_empty() {
        return out;
    }
    if let Some(change) = dashed(site) {
        out.push(change);
    }
    if site.expected.contains(&Rule::string) {
        out.push(Change::new(Code::E0115, start, start + run.len(), format!("\"{run}\"")));
    }
    let named = site.expected.contains(&Rule::name) && start == site.at;
    if site.in_header() && named {
        out.push(Change::new(Code::E0122, start, start + run.len(), format!("「{run}」")));
    }
    out
}
