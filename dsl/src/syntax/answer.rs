//! Writes into a rule file what comes out where a case leaves it open (`？`), or expected something else.
//!
//! Only the values are replaced; everything else stays byte for byte.

use super::ast::{Assign, Decl, DeclKind, LineKind};
use super::{Spelling, parse};
use crate::diag::Lang;
use crate::span::{FileId, Span};

/// What a case is to expect at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The title of the case.
    pub title: String,
    /// The number of the expectation in the case, from 0.
    pub number: usize,
    /// Names and values, as written. One where the place names what is expected; for `期望 ？` all.
    pub outcomes: Vec<[String; 2]>,
}

/// The spelling of a file: the language of most of its declarations.
pub fn lang(text: &str) -> Lang {
    match Spelling::of(text) {
        Spelling::Chinese => Lang::Zh,
        Spelling::English => Lang::En,
    }
}

/// The text (without a byte order mark) with the answers in their places.
///
/// # Errors
///
/// The title of the first case whose place is not there: the text is not the one that was read.
pub fn answered(text: &str, answers: &[Answer]) -> Result<String, String> {
    let (file, _) = parse(FileId::default(), text);
    let lang = lang(text);
    let mut edits: Vec<(Span, String)> = Vec::new();
    for answer in answers {
        let case = file.decls.iter().find(|it| is_case(it, &answer.title));
        let place = case.and_then(|it| expectations(it).nth(answer.number));
        let Some(place) = place else { return Err(answer.title.clone()) };
        edits.push((place.value.span, words(place, &answer.outcomes, lang)));
    }
    edits.sort_by_key(|it| std::cmp::Reverse(it.0.start));
    let mut text = text.to_owned();
    for (span, words) in edits {
        let range = span.start as usize..span.end as usize;
        if text.get(range.clone()).is_some() {
            text.replace_range(range, &words);
        }
    }
    Ok(text)
}

fn is_case(decl: &Decl, title: &str) -> bool {
    decl.kind == DeclKind::Case && decl.name.text == title
}

/// The expectations of a case, in the order written.
fn expectations(case: &Decl) -> impl Iterator<Item = &Assign> {
    let lines = case.lines.iter().filter_map(|it| match &it.kind {
        LineKind::Expect(all) => Some(all),
        _ => None,
    });
    lines.flatten()
}

/// The value alone where the place has a name, else names and values.
fn words(place: &Assign, outcomes: &[[String; 2]], lang: Lang) -> String {
    let colon = match lang {
        Lang::Zh => "：",
        Lang::En => ": ",
    };
    match outcomes {
        [[_, value]] if !place.path.names.is_empty() => value.clone(),
        all => all.iter().map(|it| it.join(colon)).collect::<Vec<_>>().join(", "),
    }
}
