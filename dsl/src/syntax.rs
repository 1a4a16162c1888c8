//! Text to tree: `parse` reads one file and never fails.
//!
//! The file is cut into chunks at lines that start a declaration, each chunk is parsed by pest, and
//! its pairs become the tree of [`ast`]. A chunk that cannot be read gives one problem and still
//! declares its name, so that nothing else reports it unknown. Cases in their plainest form, most of the text
//! there is, are read without pest ([`plain`]), to the same tree.

pub mod answer;
pub mod ast;
mod build;
mod chunks;
mod comments;
pub(crate) mod cut;
pub mod format;
mod hint;
mod keywords;
mod literal;
mod plain;
mod problem;
mod repair;
mod rules;
mod spelling;

use pest::Parser as _;
use rayon::prelude::*;

pub use self::spelling::Spelling;

use self::ast::{Comment, Decl, DeclKind, Expr, ExprKind, File, Name};
use self::build::{Builder, offset};
use self::chunks::Chunk;
use self::rules::{HengParser, Rule};
use crate::diag::{Code, Diagnostic};
use crate::limits::{MAX_DECLARATIONS, MAX_DEPTH, MAX_FILE_BYTES};
use crate::span::{FileId, Span};

/// Chunks that one thread reads together.
const TOGETHER: usize = 32;

/// Reads the text of a rule file (without its byte order mark).
///
/// The tree has every declaration that begins at the margin; one that could not be read has its kind
/// and name and is marked [`Decl::broken`]. At most one problem is reported of each such declaration,
/// at the line of the slip. Spans are byte offsets into `text`.
pub fn parse(file: FileId, text: &str) -> (File, Vec<Diagnostic>) {
    let mut tree = File::default();
    let start = Span { file, start: 0, end: 0 };
    if text.len() > MAX_FILE_BYTES {
        let limit = (MAX_FILE_BYTES >> 20).to_string();
        return (tree, vec![Diagnostic::new(Code::E0111, start).arg("limit", limit)]);
    }
    let chunks = chunks::cut(text);
    let (chunks, too_many) = chunks.split_at_checked(MAX_DECLARATIONS).unwrap_or((&chunks, &[]));
    let some = chunks.par_chunks(TOGETHER).enumerate();
    let read = some.map(|(at, some)| {
        let (mut tree, mut problems) = (File::default(), Vec::new());
        let before = (at * TOGETHER).checked_sub(1).and_then(|it| chunks.get(it));
        let mut end = before.map_or(0, Chunk::end);
        for chunk in some {
            let between = text.get(end..chunk.start).unwrap_or("");
            comments::scan(file, offset(end), between, &[], &mut tree.comments);
            read(file, chunk, &mut tree, &mut problems);
            end = chunk.end();
        }
        (tree, problems)
    });
    let read: Vec<(File, Vec<Diagnostic>)> = read.collect();
    let mut problems = Vec::new();
    for (mut own, mut of_own) in read {
        tree.decls.append(&mut own.decls);
        tree.comments.append(&mut own.comments);
        problems.append(&mut of_own);
    }
    if let Some(first) = too_many.first() {
        let span = Span { file, start: offset(first.start), end: offset(first.start) };
        let limit = MAX_DECLARATIONS.to_string();
        problems.push(Diagnostic::new(Code::E0112, span).arg("limit", limit));
    }
    let end = chunks.last().map_or(0, Chunk::end);
    let rest = text.get(end..).unwrap_or("");
    comments::scan(file, offset(end), rest, &[], &mut tree.comments);
    (tree, problems)
}

/// Reads an expression that stands at byte `offset` of `file`: what stands between the braces of a
/// 缘由. A text that cannot be read gives one problem and [`ExprKind::Missing`].
pub fn parse_expression(file: FileId, text: &str, offset: u32) -> (Expr, Vec<Diagnostic>) {
    let span = Span { file, start: offset, end: offset.saturating_add(build::offset(text.len())) };
    let hole = Expr { kind: ExprKind::Missing, span };
    let nested = comments::depth(text).filter(|it| it.0 > MAX_DEPTH);
    if text.len() > MAX_FILE_BYTES || nested.is_some() {
        return (hole, vec![build::too_deep(span)]);
    }
    let parsed = HengParser::parse(Rule::formula, text);
    let mut builder = Builder::new(file, offset, comments::any(text));
    match parsed {
        Ok(pairs) => {
            let expr = builder.formula(pairs).unwrap_or(hole);
            (expr, builder.problems)
        }
        Err(error) => (hole, vec![problem::unreadable(file, offset, text, &error)]),
    }
}

/// Reads an amendment that stands in no file: `指标 通用.行政处罚 第 2 行 = 50`, with or without 修订 in
/// front; or `停用 指标 甲`. The rule set that the name is qualified by stands beside it.
///
/// # Errors
///
/// What cannot be read, at its place.
pub fn parse_edit(file: FileId, text: &str) -> Result<(Option<Name>, Decl), Vec<Diagnostic>> {
    let span = Span { file, start: 0, end: build::offset(text.len()) };
    let nested = comments::depth(text).filter(|it| it.0 > MAX_DEPTH);
    if text.len() > MAX_FILE_BYTES || nested.is_some() {
        return Err(vec![build::too_deep(span)]);
    }
    let pairs = HengParser::parse(Rule::edit, text)
        .map_err(|error| vec![problem::unreadable(file, 0, text, &error)])?;
    let mut builder = Builder::new(file, 0, comments::any(text));
    let edit = pairs.into_iter().next().and_then(|it| builder.edit(it));
    match edit {
        Some(edit) if builder.problems.is_empty() => Ok(edit),
        _ => Err(builder.problems),
    }
}

/// Is it a word that begins a declaration, in either spelling?
pub fn is_declaration_word(word: &str) -> bool {
    keywords::declaration(word).is_some()
}

/// What a word declares, in either spelling.
pub(crate) fn declared_kind(word: &str) -> Option<ast::DeclKind> {
    keywords::declaration(word)
}

/// The word that declares something of that kind, in Chinese and English.
pub fn word_of(kind: ast::DeclKind) -> [&'static str; 2] {
    keywords::word_of(kind)
}

/// Reads one chunk. Where reading stops at a line that should have begun a declaration, the lines
/// before it are read for themselves.
fn read(file: FileId, chunk: &Chunk<'_>, tree: &mut File, problems: &mut Vec<Diagnostic>) {
    let base = offset(chunk.start);
    if chunk.kind.is_none() {
        problems.push(problem::no_declaration(file, chunk));
        comments::scan(file, base, chunk.text, &[], &mut tree.comments);
        tree.decls.extend(broken(file, chunk));
        return;
    }
    match declaration(file, chunk, &mut tree.comments, problems) {
        Ok(decl) => tree.decls.extend(decl),
        Err(Stop { problem, at }) => {
            if let Some((above, below)) = chunk.split_at(at)
                && let Ok(decl) = declaration(file, &above, &mut tree.comments, problems)
            {
                tree.decls.extend(decl);
                let base = offset(below.start);
                problems.push(problem::no_declaration(file, &below));
                comments::scan(file, base, below.text, &[], &mut tree.comments);
                tree.decls.extend(broken(file, &below));
                return;
            }
            problems.push(*problem);
            comments::scan(file, base, chunk.text, &[], &mut tree.comments);
            tree.decls.extend(broken(file, chunk));
        }
    }
}

/// Why and where in the chunk reading stopped.
struct Stop {
    problem: Box<Diagnostic>,
    at: usize,
}

/// Reads a chunk that begins with the word of a declaration.
fn declaration(
    file: FileId,
    chunk: &Chunk<'_>,
    comments: &mut Vec<Comment>,
    problems: &mut Vec<Diagnostic>,
) -> Result<Option<Decl>, Stop> {
    let base = offset(chunk.start);
    if let Some((depth, at)) = comments::depth(chunk.text)
        && depth > MAX_DEPTH
    {
        let start = base + offset(at);
        let problem = Box::new(build::too_deep(Span { file, start, end: start }));
        return Err(Stop { problem, at: 0 });
    }
    let plain = chunk.kind == Some(DeclKind::Case);
    if let Some(decl) = plain.then(|| plain::case(file, chunk, comments)).flatten() {
        return Ok(Some(decl));
    }
    by_grammar(file, chunk, comments, problems)
}

/// Reads a chunk by the grammar of the language.
fn by_grammar(
    file: FileId,
    chunk: &Chunk<'_>,
    comments: &mut Vec<Comment>,
    problems: &mut Vec<Diagnostic>,
) -> Result<Option<Decl>, Stop> {
    let base = offset(chunk.start);
    let pairs = HengParser::parse(Rule::chunk, chunk.text).map_err(|error| Stop {
        at: problem::place(chunk.text, &error),
        problem: Box::new(problem::unreadable(file, base, chunk.text, &error)),
    })?;
    let commented = comments::any(chunk.text);
    if commented {
        let literals = comments::literals(pairs.clone());
        comments::scan(file, base, chunk.text, &literals, comments);
    }
    let mut builder = Builder::new(file, base, commented);
    let decl = builder.chunk(pairs);
    problems.append(&mut builder.problems);
    Ok(decl)
}

/// What is known of a chunk that cannot be read. A misspelt or indented word of a declaration still
/// says what is declared.
fn broken(file: FileId, chunk: &Chunk<'_>) -> Option<Decl> {
    let above: usize =
        chunk.text.split_inclusive('\n').take_while(|it| chunks::is_empty(it)).map(str::len).sum();
    let first = chunk.text.get(above..)?;
    let indent = above + first.len() - first.trim_start_matches(literal::is_blank).len();
    let text = chunk.text.get(indent..)?;
    let base = offset(chunk.start + indent);
    let span = Span { file, start: base, end: base + offset(text.trim_end().len()) };
    let word = chunks::margin_word(text)?;
    if let (Some(kind), true) = (keywords::declaration(word), indent > above) {
        // But for the blanks before it it may be right, and then everything is known of it.
        let chunk = Chunk { start: chunk.start + indent, text, kind: Some(kind) };
        if let Ok(Some(decl)) = declaration(file, &chunk, &mut Vec::new(), &mut Vec::new()) {
            return Some(decl);
        }
    }
    let text = match repair::nearest_declaration(word) {
        Some(near) if keywords::declaration(word).is_none() => {
            let fixed = text.replacen(word, near, 1);
            let decl = head(file, base, &fixed, span)?;
            return Some(shifted(decl, word.len(), near.len()));
        }
        _ => text,
    };
    head(file, base, text, span)
}

fn head(file: FileId, base: u32, text: &str, span: Span) -> Option<Decl> {
    let pairs = HengParser::parse(Rule::head, text).ok()?;
    Builder::new(file, base, comments::any(text)).head(pairs.into_iter().next()?, span)
}

/// The declaration with its name where it stands before the first word was put right. One without a name has its
/// place before that word.
fn shifted(mut decl: Decl, written: usize, fixed: usize) -> Decl {
    let word = decl.span.start;
    let move_back = |at: u32| {
        if at > word { (at + offset(written)).saturating_sub(offset(fixed)) } else { at }
    };
    decl.name.span.start = move_back(decl.name.span.start);
    decl.name.span.end = move_back(decl.name.span.end);
    decl
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::span::FileId;

    #[test]
    fn a_declaration_without_a_name_has_its_place_before_its_misspelt_word() {
        let text = "# 说明\n规则\u{FFFD}校验 甲\n";
        let (tree, problems) = parse(FileId::default(), text);
        let [decl] = tree.decls.as_slice() else { panic!("{tree:?}") };
        assert_eq!(problems.len(), 1);
        assert_eq!((decl.name.text.as_str(), decl.broken), ("", true));
        assert_eq!((decl.name.span.start, decl.name.span.end), (9, 9));
    }

    #[test]
    fn a_name_behind_a_misspelt_word_stands_where_it_is_written() {
        let text = "规责集 甲\n";
        let (tree, _) = parse(FileId::default(), text);
        let [decl] = tree.decls.as_slice() else { panic!("{tree:?}") };
        assert_eq!((decl.name.span.start, decl.name.span.end), (10, 13));
    }
}
