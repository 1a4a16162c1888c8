//! Cases in their plainest form, read without the grammar.
//!
//! Most of the text of a rule set are cases, and most lines of a case are names, each with a date, a
//! number, a text or a name behind a colon. Such a case is read here in one pass, to the same tree that the
//! grammar gives; with anything else in it (other blanks, brackets, operators, comments behind a line, what
//! is wrong) it is left to the grammar. The tests below hold the two against each other.

use super::ast::{
    Assign, Attr, AttrKind, Comment, Decl, DeclKind, Expr, ExprKind, Given, Line, LineKind, Name,
    Path, Text,
};
use super::build::offset;
use super::chunks::Chunk;
use super::{comments, literal, spelling};
use crate::span::{FileId, Span};
use crate::value::Date;

/// The case that the lines of a chunk are, and its comments; nothing where it is not plain.
pub(super) fn case(file: FileId, chunk: &Chunk<'_>, found: &mut Vec<Comment>) -> Option<Decl> {
    let base = offset(chunk.start);
    let mut lines = Lines { rest: chunk.text, at: base, ahead: None };
    let first = chunk.text.split('\n').next().filter(|it| !comments::any(it))?;
    lines.pass()?;
    let mut decl = header(&mut Cursor { text: first, at: base, file })?;
    while let Some((text, at)) = lines.next().ok()? {
        let mut cursor = Cursor { text, at, file };
        let start = cursor.at;
        let kind = if cursor.word(&["给定", "given"]).is_some() {
            LineKind::Given(given(cursor, &mut lines, &mut decl.span.end)?)
        } else if cursor.word(&["期望", "expect"]).is_some() {
            let all = assigns(&mut cursor)?;
            decl.span.end = end_of(&all)?;
            LineKind::Expect(all)
        } else {
            return None;
        };
        decl.lines.push(Line { kind, span: Span { file, start, end: decl.span.end } });
    }
    comments::scan(file, base, chunk.text, &[], found);
    Some(decl)
}

/// `用例 "…" 基准日 2026-06-01 沿用 "…"`
fn header(cursor: &mut Cursor<'_>) -> Option<Decl> {
    let (file, start) = (cursor.file, cursor.at);
    cursor.word(&["用例", "case"])?;
    let title = cursor.string()?;
    let mut attrs = Vec::new();
    while !cursor.text.is_empty() {
        let start = cursor.at;
        let (kind, end) = if cursor.word(&["基准日", "as_of"]).is_some() {
            let (date, span) = cursor.date()?;
            (AttrKind::AsOf(date), span.end)
        } else {
            cursor.word(&["沿用", "like"])?;
            let like = cursor.string()?;
            let end = like.span.end;
            (AttrKind::Like(like), end)
        };
        attrs.push(Attr { kind, span: Span { file, start, end } });
        cursor.blanks();
    }
    let end = attrs.last().map_or(title.span.end, |it| it.span.end);
    Some(Decl {
        kind: DeclKind::Case,
        target: None,
        name: Name { text: title.text, span: title.span },
        title: None,
        attrs,
        lines: Vec::new(),
        span: Span { file, start, end },
        broken: false,
    })
}

/// Fields of the household on the line of the word, or a table with its records on lines of their own.
fn given(mut cursor: Cursor<'_>, lines: &mut Lines<'_>, end: &mut u32) -> Option<Given> {
    let mut ahead = cursor;
    let table = ahead.name()?;
    if !ahead.text.is_empty() {
        let all = assigns(&mut cursor)?;
        *end = end_of(&all)?;
        return Some(Given::Fields(all));
    }
    *end = table.span.end;
    let mut records = Vec::new();
    while let Some((text, at)) = lines.peek().ok()? {
        let mut cursor = Cursor { text, at, file: cursor.file };
        if cursor.word(&["给定", "given", "期望", "expect"]).is_some() {
            break;
        }
        let all = assigns(&mut cursor)?;
        *end = end_of(&all)?;
        records.push(all);
        lines.next().ok()?;
    }
    Some(Given::Records(table, records))
}

/// Names with values, to the end of the line.
fn assigns(cursor: &mut Cursor<'_>) -> Option<Vec<Assign>> {
    let mut all = Vec::new();
    loop {
        let path = cursor.path()?;
        cursor.mark(&[":", "："])?;
        let value = cursor.value()?;
        all.push(Assign { path, value });
        if cursor.text.is_empty() {
            return Some(all);
        }
        cursor.mark(&[",", "，"])?;
    }
}

fn end_of(all: &[Assign]) -> Option<u32> {
    all.last().map(|it| it.value.span.end)
}

/// There is a line that is left to the grammar.
struct NotPlain;

/// The lines of a case, but for empty ones and comments.
struct Lines<'t> {
    rest: &'t str,
    at: u32,
    /// The line that was looked at and not taken.
    ahead: Option<(&'t str, u32)>,
}

impl<'t> Lines<'t> {
    /// Goes on to the next line.
    fn pass(&mut self) -> Option<()> {
        let length = self.rest.find('\n').map_or(self.rest.len(), |it| it + 1);
        self.rest = self.rest.get(length..)?;
        self.at += offset(length);
        Some(())
    }

    /// The next line from its first word to its last, with where it begins.
    fn peek(&mut self) -> Result<Option<(&'t str, u32)>, NotPlain> {
        while self.ahead.is_none() && !self.rest.is_empty() {
            let (line, at) = (self.rest.split('\n').next().unwrap_or(""), self.at);
            self.pass().ok_or(NotPlain)?;
            let written = line.trim_start_matches(literal::is_blank);
            if written.is_empty() || written.starts_with(['#', '＃']) {
                continue;
            }
            let inner = line.trim_start_matches(' ');
            let indent = line.len() - inner.len();
            // An operator goes on with the formula of the line before.
            if indent == 0 || comments::any(inner) || begins_with(inner, OPERATORS) {
                return Err(NotPlain);
            }
            self.ahead = Some((inner.trim_end_matches(' '), at + offset(indent)));
        }
        Ok(self.ahead)
    }

    fn next(&mut self) -> Result<Option<(&'t str, u32)>, NotPlain> {
        let next = self.peek()?;
        self.ahead = None;
        Ok(next)
    }
}

/// Words that join a line to the one before; the others are signs, with which no plain line begins.
const OPERATORS: &[&str] = &["且", "或", "and", "or"];

/// With what a value begins that is more than a name: windows and frequencies.
const NO_VALUES: &[&str] = &["近", "未来", "前", "last", "next", "每", "every"];

/// Units that stand behind a number up to the end of a value.
const UNITS: &[&str] =
    &["", "元", "万元", "亿元", "%", "分", "人", "户", "次", "件", "天", "个月", "平方米"];

fn begins_with(text: &str, words: &[&str]) -> bool {
    words.iter().any(|it| text.starts_with(it))
}

/// The word at the beginning of a text, of the letters that names are made of almost everywhere.
fn letters(text: &str) -> &str {
    let letter =
        |it: char| matches!(it, '\u{4E00}'..='\u{9FFF}' | '_') || it.is_ascii_alphanumeric();
    text.find(|it| !letter(it)).and_then(|end| text.get(..end)).unwrap_or(text)
}

/// Words that are no names, as the grammar says it.
fn is_reserved(word: &str) -> bool {
    matches!(
        word,
        "且" | "其中"
            | "其余"
            | "则"
            | "不属于"
            | "否则"
            | "否"
            | "在"
            | "含"
            | "如果"
            | "同"
            | "当"
            | "得"
            | "属于"
            | "开头"
            | "或"
            | "按"
            | "是"
            | "非"
            | "有值"
            | "缺失"
            | "缺则"
            | "and"
            | "or"
            | "not"
            | "where"
            | "in"
            | "within"
            | "contains"
            | "starts"
            | "is"
            | "if"
            | "then"
            | "else"
            | "yes"
            | "no"
            | "by"
            | "giving"
            | "when"
            | "same"
            | "otherwise"
            | "missing"
            | "ago"
    )
}

/// What is left of a line, and where it begins in the file.
#[derive(Clone, Copy)]
struct Cursor<'t> {
    text: &'t str,
    at: u32,
    file: FileId,
}

impl<'t> Cursor<'t> {
    /// Takes so many bytes, and passes over the blanks behind them.
    fn take(&mut self, length: usize) -> Option<(&'t str, Span)> {
        let (taken, rest) = self.text.split_at_checked(length)?;
        let end = self.at + offset(length);
        let span = Span { file: self.file, start: self.at, end };
        (self.text, self.at) = (rest, end);
        self.blanks();
        Some((taken, span))
    }

    fn blanks(&mut self) {
        let rest = self.text.trim_start_matches(' ');
        self.at += offset(self.text.len() - rest.len());
        self.text = rest;
    }

    /// One of some words, alone.
    fn word(&mut self, words: &[&str]) -> Option<()> {
        let word = letters(self.text);
        let next = self.text.get(word.len()..)?;
        if !words.contains(&word) || !next.starts_with([' ', '"']) {
            return None;
        }
        self.take(word.len()).map(|_| ())
    }

    /// One of some marks.
    fn mark(&mut self, marks: &[&str]) -> Option<()> {
        let mark = marks.iter().find(|it| self.text.starts_with(**it))?;
        self.take(mark.len()).map(|_| ())
    }

    /// A name that is no word of the language and has nothing uncommon in or behind it.
    fn name(&mut self) -> Option<Name> {
        let word = letters(self.text);
        let first = word.chars().next()?;
        if first.is_ascii_digit() || is_reserved(word) {
            return None;
        }
        let behind = self.text.get(word.len()..)?.chars().next();
        if !matches!(behind, None | Some(' ' | '.' | ',' | '，' | ':' | '：')) {
            return None;
        }
        let (text, span) = self.take(word.len())?;
        Some(Name { text: text.to_owned(), span })
    }

    /// Names with dots between them.
    fn path(&mut self) -> Option<Path> {
        let mut names = vec![self.name()?];
        loop {
            let last = names.last()?.span.end;
            if !self.text.starts_with('.') {
                let span = Span { end: last, ..names.first()?.span };
                return Some(Path { names, span });
            }
            // No blanks stand around a dot.
            let dot = self.at;
            self.mark(&["."])?;
            if dot != last || self.at != dot + 1 {
                return None;
            }
            names.push(self.name()?);
        }
    }

    /// A text between straight quotes.
    fn string(&mut self) -> Option<Text> {
        let inner = self.text.strip_prefix('"')?;
        let length = inner.find('"')?;
        let text = inner.get(..length)?.to_owned();
        let (_, span) = self.take(length + 2)?;
        Some(Text { text, span })
    }

    /// `2026-06-01`
    fn date(&mut self) -> Option<(Date, Span)> {
        let written = self.text.get(..10)?;
        let behind = self.text.get(10..)?.chars().next();
        let mut parts = written.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits =
            |it: &str, length| it.len() == length && it.bytes().all(|it| it.is_ascii_digit());
        let whole = digits(year, 4) && digits(month, 2) && digits(day, 2);
        if !whole || !matches!(behind, None | Some(' ' | ',' | '，')) {
            return None;
        }
        let date = literal::date(year, month, day)?;
        self.take(10).map(|(_, span)| (date, span))
    }

    /// What is written behind the colon, which ends at a comma or the end of the line.
    fn value(&mut self) -> Option<Expr> {
        let first = self.text.chars().next()?;
        let (kind, span) = if first == '"' {
            let text = self.string()?;
            (ExprKind::Text(text.text), text.span)
        } else if first.is_ascii_digit() {
            match self.date() {
                Some((date, span)) => (ExprKind::Date(date), span),
                None => self.number()?,
            }
        } else {
            self.named()?
        };
        let ends = self.text.is_empty() || self.text.starts_with([',', '，']);
        ends.then_some(Expr { kind, span })
    }

    /// A number with its unit, which is all there is up to a comma.
    fn number(&mut self) -> Option<(ExprKind, Span)> {
        let end = self.text.find([',', '，']).unwrap_or(self.text.len());
        let written = self.text.get(..end)?.trim_end_matches(' ');
        let length =
            written.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(written.len());
        let (number, unit) = written.split_at_checked(length)?;
        let whole = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
        let unit = unit.trim_start_matches(' ');
        let plain = match number.split_once('.') {
            Some((before, after)) => whole(before) && whole(after),
            None => whole(number),
        };
        if !plain || !UNITS.contains(&unit) {
            return None;
        }
        let quantity = literal::quantity(number, unit)?;
        self.take(written.len()).map(|(_, span)| (ExprKind::Number(quantity), span))
    }

    /// Yes, no, or a name.
    fn named(&mut self) -> Option<(ExprKind, Span)> {
        let word = letters(self.text);
        if let "是" | "yes" | "否" | "no" = word {
            let (word, span) = self.take(word.len())?;
            return Some((ExprKind::Bool(matches!(word, "是" | "yes")), span));
        }
        if begins_with(word, NO_VALUES) {
            return None;
        }
        let before = self.text;
        let path = self.path()?;
        let length = usize::try_from(path.span.end - path.span.start).ok()?;
        if spelling::calendar(before.get(..length)?).is_some() {
            return None;
        }
        let span = path.span;
        Some((ExprKind::Path(path), span))
    }
}

#[cfg(test)]
mod tests;
