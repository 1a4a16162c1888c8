//! Numbers, dates and ranges in another form.

use pest::Parser as _;

use super::{Change, Site};
use crate::diag::Code;
use crate::syntax::chunks;
use crate::syntax::literal::{self, half, is_blank};
use crate::syntax::rules::{HengParser, Rule};

/// A date with points or strokes, a comma for thousands, a Chinese full stop for a point, a dash for 至,
/// 5%的.
pub(super) fn written_otherwise(site: Site<'_>) -> Vec<Change> {
    let mut out = Vec::new();
    out.extend(date(site));
    out.extend(thousands(site));
    let (before, rest) = (site.before(), site.rest());
    let digit_before = before.ends_with(char::is_numeric);
    let digit_behind = |it: &str| it.trim_start_matches(is_blank).starts_with(char::is_numeric);
    for point in ["。", "．．", ".."] {
        if digit_before
            && rest.strip_prefix(point).is_some_and(|it| it.starts_with(char::is_numeric))
        {
            out.push(Change::new(Code::E0115, site.at, site.at + point.len(), "."));
        }
    }
    let dash = rest.chars().next().filter(|it| "-－~～—–―〜".contains(*it));
    if let Some(dash) = dash
        && site.in_cell()
        && before.trim_end_matches(is_blank).ends_with(char::is_alphanumeric)
    {
        let behind = rest.trim_start_matches(dash);
        if digit_behind(behind) {
            let end = site.at + rest.len() - behind.len();
            out.push(Change::new(Code::E0115, site.at, end, " 至 "));
        }
    }
    let number =
        rest.trim_start_matches(|it: char| it.is_numeric() || it == '.' || "%％‰".contains(it));
    let signed = before.ends_with(['%', '％', '‰']) || rest.len() > number.len();
    if number.starts_with('的') && signed {
        let at = site.at + rest.len() - number.len();
        out.push(Change::new(Code::E0118, at, at + '的'.len_utf8(), ""));
    }
    out
}

/// The comma of a number such as 20,000, at the place or before it.
fn thousands(site: Site<'_>) -> Option<Change> {
    let comma = |it: char| it == ',' || it == '，';
    let (at, mark) = match site.rest().chars().next().filter(|it| comma(*it)) {
        Some(mark) => (site.at, mark),
        None => site.mark_before().filter(|it| comma(it.1))?,
    };
    let end = at + mark.len_utf8();
    let (before, rest) = (site.text.get(..at)?, site.text.get(end..)?);
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    (before.ends_with(|it: char| it.is_ascii_digit()) && digits == 3)
        .then(|| Change::new(Code::E0118, at, end, ""))
}

/// `2025.7.1`, `2025/7/1`
fn date(site: Site<'_>) -> Option<Change> {
    let part = |it: char| it.is_ascii_digit() || "./．／".contains(it);
    let line = site.text.get(site.line_start()..site.line_end())?;
    let middle = site.before().len();
    let left = line.get(..middle)?.trim_end_matches(part).len();
    let length = line.get(left..)?.find(|it| !part(it)).unwrap_or(line.len() - left);
    let written = line.get(left..left + length)?;
    let parts: Vec<String> = written.split(['.', '/', '．', '／']).map(literal::fold).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let known = year.len() == 4 && literal::date(year, month, day).is_some();
    let start = site.line_start() + left;
    known.then(|| {
        Change::new(Code::E0115, start, start + length, format!("{year}-{month:0>2}-{day:0>2}"))
    })
}

/// The longest unit that a text begins with.
pub(super) fn unit(text: &str) -> Option<&str> {
    let pairs = HengParser::parse(Rule::unit_word, text).ok()?;
    Some(pairs.as_str()).filter(|it| !it.is_empty())
}

/// Letters behind a number that are no unit of the language.
pub(in crate::syntax) fn unknown_unit<'t>(
    text: &'t str,
    at: usize,
    expected: &[Rule],
) -> Option<(usize, &'t str)> {
    let (before, rest) = (text.get(..at)?, text.get(at..)?);
    let number =
        rest.find(|it: char| !half(it).is_ascii_digit() && it != '.').unwrap_or(rest.len());
    let start = if number > 0 {
        at + number
    } else if before.trim_end_matches(is_blank).ends_with(char::is_numeric)
        && expected.contains(&Rule::unit)
    {
        at
    } else {
        return None;
    };
    chunks::margin_word(text.get(start..)?).map(|it| (start, it))
}
