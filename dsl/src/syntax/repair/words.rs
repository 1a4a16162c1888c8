//! Words of the language that are misspelt, or said in another way.

use strsim::damerau_levenshtein;

use super::{Change, Site};
use crate::diag::Code;
use crate::near;
use crate::syntax::keywords::{self, DECLARATIONS, WORDS};

/// What people say, and the word of the language for it.
const TWINS: &[(&str, &str)] = &[
    ("而且", "且"),
    ("并且", "且"),
    ("以及", "且"),
    ("和", "且"),
    ("并", "且"),
    ("与", "且"),
    ("或者", "或"),
    ("不是", "非"),
    ("其他", "其余"),
    ("其它", "其余"),
    ("否则", "其余"),
    ("大于等于", "≥"),
    ("小于等于", "≤"),
    ("不等于", "≠"),
    ("等于", "="),
    ("大于", ">"),
    ("小于", "<"),
    ("不少于", "≥"),
    ("不小于", "≥"),
    ("不低于", "≥"),
    ("不多于", "≤"),
    ("不大于", "≤"),
    ("不超过", "≤"),
    ("低于", "不满"),
    ("少于", "不满"),
    ("高于", "超过"),
    ("多于", "超过"),
    ("缺少", "缺失"),
    ("为空", "缺失"),
    ("不为空", "有值"),
    ("非空", "有值"),
    ("可空", "可缺"),
    ("可为空", "可缺"),
    ("判为", "定为"),
    ("列为", "定为"),
    ("评为", "定为"),
    ("提高", "上调"),
    ("降低", "下调"),
    ("到", "至"),
    ("属於", "属于"),
    ("预期", "期望"),
    ("默认", "缺省"),
    ("个", "个月"),
    ("月份", "月"),
    ("缺省", "缺则"),
    ("若", "如果"),
    ("如", "如果"),
    ("那么", "则"),
];

/// Another word for the same.
pub(super) fn twins(site: Site<'_>) -> Vec<Change> {
    let right = |word: &str| TWINS.iter().filter(|it| it.0 == word).map(|it| it.1).collect();
    changes(site, right)
}

/// A word that sounds like one of the language.
pub(super) fn alike(site: Site<'_>) -> Vec<Change> {
    let right = |word: &str| words_beside(word).filter(|it| near::alike(word, it)).collect();
    changes(site, right)
}

/// A word that is one character off one of the language.
pub(super) fn near(site: Site<'_>) -> Vec<Change> {
    let right = |word: &str| {
        let long = |it: &&str| it.chars().count() >= 2;
        words_beside(word).filter(long).filter(|it| damerau_levenshtein(word, it) == 1).collect()
    };
    let long =
        |it: &Change| site.text.get(it.start..it.end).is_some_and(|it| it.chars().count() >= 2);
    changes(site, right).into_iter().filter(long).collect()
}

/// The words that a misspelt one may stand for; a word of the language is not misspelt.
fn words_beside(word: &str) -> impl Iterator<Item = &'static str> {
    let all = if keywords::is_word(word) { &[][..] } else { WORDS };
    all.iter().flat_map(|it| it.names).filter(|it| !it.contains(' '))
}

/// The words at the place, with what stands for each.
fn changes(site: Site<'_>, right: impl Fn(&str) -> Vec<&'static str>) -> Vec<Change> {
    let mut out = Vec::new();
    for (start, word) in candidates(site) {
        for it in right(word) {
            let touches =
                site.text.get(..start).is_some_and(|it| it.ends_with(char::is_alphanumeric));
            let text = if touches { format!(" {it}") } else { it.to_owned() };
            out.push(Change::new(Code::E0115, start, start + word.len(), text));
        }
    }
    out
}

/// The word around the place, the one before it, and what stands behind a number and its unit.
fn candidates(site: Site<'_>) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    for (start, run) in [site.run(), site.run_before()] {
        let digits = run.len() - run.trim_start_matches(char::is_numeric).len();
        let (mut at, mut word) = (start + digits, run.get(digits..).unwrap_or(""));
        let behind_number = digits > 0
            || site.text.get(..start).is_some_and(|it| it.trim_end().ends_with(char::is_numeric));
        if !word.is_empty() && !out.contains(&(at, word)) {
            out.push((at, word));
        }
        if behind_number && let Some(unit) = super::figures::unit(word) {
            at += unit.len();
            word = word.get(unit.len()..).unwrap_or("");
            if !word.is_empty() {
                out.push((at, word));
            }
        }
    }
    out
}

/// The word of a declaration that is nearest to `word`, if one is near.
pub(in crate::syntax) fn nearest_declaration(word: &str) -> Option<&'static str> {
    let length = word.chars().count();
    let all = || DECLARATIONS.iter().filter_map(|it| keywords::spelling(it.0)).flatten();
    let alike = all().find(|it| length >= 2 && near::alike(word, it));
    alike.or_else(|| {
        all()
            .filter(|it| it.chars().count() >= 2 && length >= 2)
            .map(|it| (damerau_levenshtein(word, it), it))
            .filter(|it| it.0 == 1)
            .min()
            .map(|it| it.1)
    })
}
