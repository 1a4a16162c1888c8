//! Marks of punctuation that are not those of the language, stand once too often or in place of another.

use super::{Change, Site};
use crate::diag::Code;
use crate::syntax::keywords;
use crate::syntax::literal::is_blank;

/// Characters without width that a program left in a text.
const UNSEEN: [char; 6] = ['\u{200B}', '\u{200C}', '\u{200D}', '\u{200E}', '\u{2060}', '\u{AD}'];

/// A character that cannot be seen.
pub(super) fn unseen(site: Site<'_>) -> Vec<Change> {
    let end = site.at
        + site
            .rest()
            .chars()
            .take_while(|it| UNSEEN.contains(it))
            .map(char::len_utf8)
            .sum::<usize>();
    if end == site.at { Vec::new() } else { vec![Change::new(Code::E0120, site.at, end, "")] }
}

/// What is written, and what it can only mean.
const TWINS: &[(&str, &str)] = &[
    ("==", "="),
    ("＝＝", "="),
    ("=>", "："),
    ("->", "："),
    ("→", "："),
    ("⇒", "："),
    ("。", ""),
    ("&&", "且"),
    ("||", "或"),
    ("!", "非 "),
    ("！", "非 "),
    ("〉", ">"),
    ("〈", "<"),
    ("//", "#"),
    ("／／", "#"),
];

/// A mark of another language or of mathematics.
pub(super) fn twins(site: Site<'_>) -> Vec<Change> {
    let mut out = Vec::new();
    let rest = site.rest();
    for (wrong, right) in TWINS {
        if rest.starts_with(wrong) {
            let code = if right.is_empty() { Code::E0118 } else { Code::E0115 };
            out.push(Change::new(code, site.at, site.at + wrong.len(), *right));
        }
    }
    if rest.starts_with('、') {
        let end = site.at + '、'.len_utf8();
        match list_of(site) {
            Listed::Cell => out.push(Change::new(Code::E0115, site.at, end, " 或 ")),
            Listed::Arguments => out.push(Change::new(Code::E0115, site.at, end, "，")),
            Listed::Other => {}
        }
    }
    let colon = rest.chars().next().filter(|it| ":：".contains(*it));
    let word = site.before().rsplit(is_blank).next().unwrap_or("");
    if let Some(colon) = colon
        && keywords::is_word(word)
    {
        out.push(Change::new(Code::E0118, site.at, site.at + colon.len_utf8(), " "));
    }
    out.extend(braces(site));
    out.extend(compared_twice(site));
    out
}

/// `{ … }` for round brackets.
fn braces(site: Site<'_>) -> Option<Change> {
    let line = site.rest_of_line();
    let inner = line.strip_prefix(['{', '｛'])?;
    let end = inner.find(['}', '｝'])?;
    let length = inner.get(end..)?.chars().next()?.len_utf8();
    let open = line.len() - inner.len();
    let text = format!("({})", inner.get(..end)?);
    Some(Change::new(Code::E0115, site.at, site.at + open + end + length, text))
}

/// What a 、 separates.
#[derive(Debug, PartialEq, Eq)]
enum Listed {
    /// The alternatives of one cell.
    Cell,
    /// The arguments of a function, or cells.
    Arguments,
    /// Something that could mean several things.
    Other,
}

fn list_of(site: Site<'_>) -> Listed {
    let line = site.before();
    let mut open = Vec::new();
    for (place, it) in line.char_indices() {
        match it {
            '(' | '（' => open.push(place),
            ')' | '）' => drop(open.pop()),
            _ => {}
        }
    }
    if let Some(place) = open.pop() {
        let called = line.get(..place).is_some_and(|it| it.ends_with(char::is_alphanumeric));
        return if called { Listed::Arguments } else { Listed::Other };
    }
    match super::lacking::cells(site) {
        Some((cells, columns)) if cells < columns => Listed::Arguments,
        Some(_) => Listed::Cell,
        None => Listed::Other,
    }
}

const COMPARISONS: [char; 8] = ['≤', '≥', '<', '>', '＜', '＞', '≦', '≧'];

/// `0 ≤ x ≤ 5`, read up to the second sign: what stands in the middle is compared twice.
fn compared_twice(site: Site<'_>) -> Option<Change> {
    let line = site.before();
    if !site.rest().starts_with(COMPARISONS) {
        return None;
    }
    let sign = line.rfind(COMPARISONS)?;
    let middle = line.get(sign..)?.trim_start_matches(|it| COMPARISONS.contains(&it) || it == '=');
    let middle = middle.trim_matches(is_blank);
    let text = format!("且 {middle} ");
    (!middle.is_empty()).then(|| Change::new(Code::E0119, site.at, site.at, text))
}

/// Marks that are typed once too often.
const SURPLUS: &str = ",，、;；:：.．。'‘’`·=＝\"”“)）]］}｝…!！?？%％<>＜＞{｛";

/// A mark too many, at the place or before it.
pub(super) fn surplus(site: Site<'_>) -> Vec<Change> {
    marks(site)
        .into_iter()
        .filter(|it| SURPLUS.contains(it.1) && !lacks_value(site, *it))
        .map(|(at, mark)| {
            let end = at + mark.len_utf8();
            // Between two words a blank has to stay.
            let (before, behind) = (site.text.get(..at), site.text.get(end..));
            let joins = before.is_some_and(|it| it.ends_with(char::is_alphanumeric))
                && behind.is_some_and(|it| it.starts_with(char::is_alphabetic));
            Change::new(Code::E0118, at, end, if joins { " " } else { "" })
        })
        .collect()
}

/// Is it a `=` behind a name with nothing behind it? It is the value that is lacking then.
fn lacks_value(site: Site<'_>, (at, mark): (usize, char)) -> bool {
    let line = |it: Option<&str>| it.unwrap_or("").trim_end_matches(is_blank).to_owned();
    let before = line(site.text.get(..at));
    let behind = site.text.get(at + mark.len_utf8()..).and_then(|it| it.lines().next());
    matches!(mark, '=' | '＝') && before.ends_with(char::is_alphanumeric) && line(behind).is_empty()
}

/// A mark in place of another one.
pub(super) fn others(site: Site<'_>) -> Vec<Change> {
    const OTHERS: &str = ";；,，、:：.．。'‘’=＝|｜/]］)）}｝>＞-－—";
    let mut out = Vec::new();
    for (at, mark) in marks(site).into_iter().filter(|it| OTHERS.contains(it.1)) {
        for right in ["：", "，", "、", ")", "="] {
            // Alternatives of a cell and a colon behind a name have been looked at.
            let settled = mark == '、' && site.in_cell() || right == "=" && ":：".contains(mark);
            if settled {
                continue;
            }
            out.push(Change::new(Code::E0115, at, at + mark.len_utf8(), right));
        }
    }
    out.retain(|it| site.text.get(it.start..it.end) != Some(it.text.as_str()));
    out
}

/// The mark at the place, and the one before it.
fn marks(site: Site<'_>) -> Vec<(usize, char)> {
    let here = site.rest().chars().next().filter(|it| !it.is_alphanumeric() && *it != '\n');
    here.map(|it| (site.at, it)).into_iter().chain(site.mark_before()).collect()
}
