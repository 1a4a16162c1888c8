//! 原文: what stood in the base when an amendment was written, held against what stands there now.
//!
//! The checker knows one text of the base only, the one of today. So the author of an amendment may quote
//! the line that is replaced, as a law that changes another one does; once the base says something else
//! there, somebody has to look whether the amendment is still right. Texts are compared word by word:
//! blanks and the width of characters do not count. Where nothing is quoted nothing is said.

use super::amend::is_called;
use super::unit::Unit;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{Check, Content, Decide, Origin, Place, Quoted, RuleSet, Table, Version};
use crate::source::SourceMap;
use crate::span::{FileId, Span};
use crate::syntax::ast::{DeclKind, LineKind, TextWord};
use crate::syntax::{declared_kind, word_of};

/// What the amendments of a package quote.
pub(super) fn quoted(unit: &Unit<'_>) -> Vec<Quoted> {
    let amends = unit.package.decls().filter(|it| it.kind == DeclKind::Amend && !it.broken);
    amends
        .flat_map(|decl| {
            let kind = word_of(decl.target.unwrap_or(decl.kind))[0];
            decl.lines.iter().filter_map(move |it| match &it.kind {
                LineKind::Text(TextWord::Replaces, text) => Some(Quoted {
                    kind: kind.to_owned(),
                    name: decl.name.text.clone(),
                    text: text.text.clone(),
                    origin: unit.origin(it.span),
                }),
                _ => None,
            })
        })
        .collect()
}

/// What does not stand in the base any more. The package may be stored; then `otherwise` is where that is said
/// of which no line is known.
pub(super) fn check(
    sources: &SourceMap,
    quoted: &[Quoted],
    base: &RuleSet,
    otherwise: Span,
) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    // The quotations of one amendment stand one behind the other.
    for about in quoted.chunk_by(|a, b| (&a.kind, &a.name) == (&b.kind, &b.name)) {
        let Some(first) = about.first() else { continue };
        let stands = texts(sources, base, first);
        if stands.is_empty() {
            continue;
        }
        for it in about.iter().filter(|it| !stands.iter().any(|there| there.says(&it.text))) {
            let span = it.origin.place.as_ref().and_then(|at| quotation(sources, at, &it.text));
            let problem = Diagnostic::new(Code::E0632, span.unwrap_or(otherwise))
                .arg("name", it.name.clone())
                .arg("base", base.id.to_string())
                .arg("text", it.text.clone());
            let nearest = stands.iter().max_by_key(|s| (s.common(&it.text), s.place.is_some()));
            let place = nearest.filter(|s| s.common(&it.text) > 0).and_then(|s| s.place);
            out.push(match place {
                Some(place) => {
                    problem.related(place, Words::both("现在是这样", "what stands there now"))
                }
                None => problem,
            });
        }
    }
    out
}

/// The line that quotes, without what stands behind the quotation.
fn quotation(sources: &SourceMap, at: &Place, text: &str) -> Option<Span> {
    let (line, span) = line(sources, at)?;
    let end = line.find(text).map(|it| it + text.len()).and_then(|it| u32::try_from(it).ok());
    Some(Span { end: end.map_or(span.end, |it| span.start + it), ..span })
}

/// A text that stands in the base.
struct Stands {
    words: Vec<String>,
    place: Option<Span>,
    /// A header, of which a part may be quoted.
    header: bool,
}

impl Stands {
    /// Is that what stands here? Of a definition also what is behind the first 「=」.
    fn says(&self, text: &str) -> bool {
        let quoted = words(text);
        let behind = self.words.iter().position(|it| it == "=").map(|it| &self.words[it + 1..]);
        let part = || self.words.windows(quoted.len().max(1)).any(|it| it == quoted);
        self.words == quoted || behind == Some(quoted.as_slice()) || self.header && part()
    }

    /// How many words it begins with that the text begins with too, and how many the two share at all.
    fn common(&self, text: &str) -> usize {
        let quoted = words(text);
        let first = self.words.iter().zip(&quoted).take_while(|(a, b)| a == b).count();
        first * 100 + quoted.iter().filter(|it| self.words.contains(it)).count()
    }
}

/// Everything that is written of what is amended.
fn texts(sources: &SourceMap, base: &RuleSet, about: &Quoted) -> Vec<Stands> {
    let mut out = Vec::new();
    let is = |id: &str, name: &str| id == about.name || name == about.name;
    match declared_kind(&about.kind) {
        Some(DeclKind::Decide) => {
            let all = base.decides.iter().filter(|it| is(&it.id, &it.name));
            all.for_each(|Decide { versions, .. }| {
                versions.iter().for_each(|it| of_version(sources, &it.1, &mut out));
            });
        }
        Some(DeclKind::Check) => {
            let all = base.checks.iter().filter(|it| is(&it.id, &it.name));
            all.for_each(|Check { origin, .. }| below(sources, origin, &mut out));
        }
        Some(kind) => {
            let all = base.decls.iter().filter(|it| is_called(&about.name, kind, it));
            all.flat_map(|it| &it.versions).for_each(|it| of_version(sources, it, &mut out));
        }
        None => {}
    }
    out
}

/// Its header, its clauses, its rows and its conditions.
fn of_version(sources: &SourceMap, version: &Version, out: &mut Vec<Stands>) {
    if version.origins().all(|it| it.amendment.is_none()) {
        below(sources, &version.origin, out);
    }
    for it in version.origins() {
        let header = it.place == version.origin.place;
        out.extend(
            it.place.as_ref().and_then(|it| line(sources, it)).map(|(text, place)| Stands {
                words: words(text),
                place: Some(place),
                header,
            }),
        );
    }
    let mut known = |text: &str, origin: &Origin| {
        let place = origin.place.as_ref().and_then(|it| line(sources, it)).map(|it| it.1);
        out.push(Stands { words: words(text), place, header: false });
    };
    let contents = version.lets.iter().map(|it| &it.content).chain([&version.content]);
    let mut of_table = |table: &Table| table.rows.iter().for_each(|it| known(&it.text, &it.origin));
    for it in contents {
        match it {
            Content::Table(it) => of_table(it),
            Content::Each(it) => {
                of_table(&it.table);
                it.fade.iter().for_each(&mut of_table);
            }
            Content::Formula(_)
            | Content::Matrix(_)
            | Content::Condition(_)
            | Content::Source(_)
            | Content::Parts
            | Content::List(_) => {}
        }
    }
    let list = match &version.content {
        Content::List(it) => Some(it),
        _ => None,
    };
    let conditions = match &version.content {
        Content::Condition(it) => Some(it),
        _ => None,
    };
    let conditions = conditions.into_iter().chain(&version.applies);
    let conditions = conditions.chain(list.map(|it| &it.admit));
    for it in conditions.chain(list.and_then(|it| it.remove.as_ref())) {
        it.texts.iter().for_each(|text| known(text, &it.origin));
    }
    version.conditional.iter().for_each(|it| known(&it.text, &it.origin));
}

/// The lines from a header down to the next declaration, as far as they are known.
fn below(sources: &SourceMap, header: &Origin, out: &mut Vec<Stands>) {
    let Some(place) = &header.place else { return };
    let mut at = place.clone();
    while let Some((text, span)) = line(sources, &at) {
        let first = at.line == place.line;
        let margin = sources.file(span.file).is_some_and(|it| {
            usize::try_from(at.line)
                .ok()
                .and_then(|line| it.line(line))
                .is_some_and(|(_, text)| !text.starts_with([' ', '\t', '　']))
        });
        if !first && margin && !text.is_empty() && !text.starts_with(['#', '＃']) {
            break;
        }
        out.push(Stands { words: words(text), place: Some(span), header: first });
        at.line += 1;
    }
}

/// A line without outer blanks, and where it is.
fn line<'s>(sources: &'s SourceMap, place: &Place) -> Option<(&'s str, Span)> {
    let mut files = sources.files().iter().zip(0..);
    let (file, number) = files.find(|it| it.0.path == place.file)?;
    let (start, text) = file.line(usize::try_from(place.line).ok()?)?;
    let inner = text.trim();
    let start = start + (text.len() - text.trim_start().len());
    let offset = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    let span =
        Span { file: FileId(number), start: offset(start), end: offset(start + inner.len()) };
    Some((inner, span))
}

/// The words, numbers and marks of a line without its comment, full-width marks as plain ones.
fn words(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut before = Kind::Blank;
    for it in text.chars().map(plain) {
        let kind = Kind::of(it);
        if it == '#' && (before == Kind::Blank) {
            break;
        }
        if let (true, Some(word)) = (kind == before && kind.runs(), out.last_mut()) {
            word.push(it);
        } else if kind != Kind::Blank {
            out.push(it.to_string());
        }
        before = kind;
    }
    out
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Blank,
    Number,
    Letter,
    Mark,
}

impl Kind {
    /// Do several of them in a row make one word?
    fn runs(self) -> bool {
        matches!(self, Self::Number | Self::Letter)
    }

    fn of(it: char) -> Self {
        match it {
            it if it.is_whitespace() => Self::Blank,
            '0'..='9' | '.' | '%' => Self::Number,
            it if it.is_alphanumeric() || it == '_' => Self::Letter,
            _ => Self::Mark,
        }
    }
}

/// Full-width forms of ASCII, and the Chinese marks that mean the same.
fn plain(it: char) -> char {
    match it {
        '！'..='～' => u32::from(it).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(it),
        '　' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn blanks_and_widths_do_not_count() {
        let same = |a: &str, b: &str| assert_eq!(words(a), words(b));
        same("4 次以上：40", "4次以上 : 40");
        same("超过 5 万元：30  # 示例", "超过 5万元：30");
        assert_ne!(words("4 次以上：40"), words("14 次以上：40"));
        assert_ne!(words("4 次以上：40"), words("4 次以上：40.5"));
        assert_ne!(words("A, B"), words("A B"));
    }
}
