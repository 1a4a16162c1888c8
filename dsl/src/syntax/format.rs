//! One form of every file: the tree written out again, with the comments where they belong.
//!
//! The language is line based, so there is no search for the best layout: what is on a line follows
//! from the tree, where a long line is broken follows from where the author broke it, and everything
//! else (order, indentation, width of characters, blanks, spelling of words) is settled. In particular:
//!
//! * parts of a header, lines and marks stand in the order of [`order`];
//! * a definition stands on the line of the header where it can; rows joined by `；` stay joined;
//! * comments stay with the line or row below them, behind the line that they stood behind, at the end
//!   of the declaration whose last line they follow; those at the margin belong to what comes next;
//! * one empty line stays where the author left some;
//! * dates are written `2024-12-01`, digits and signs in half width, prose and strings not at all
//!   differently; bounds keep the form that the document has ([`super::ast::RangeForm`]);
//! * lines end with a line feed alone, and there is no byte order mark, on every system: the same rules
//!   are the same bytes.
//!
//! Every match over the tree is exhaustive, so that a new construct has to say how it is written.
//! What was written is read again before it is believed: a declaration that cannot be read, or that
//! would not come out with its comments and in the same form when written once more, stays as it is.

mod decl;
mod expr;
mod line;
mod order;
mod page;
mod table;

use self::page::Page;
use super::ast::{Name, Path};
use super::chunks::{self, Chunk};
use super::literal::{self, is_blank};
use super::rules::Rule;
use super::spelling::Spelling;
use crate::diag::Diagnostic;
use crate::limits::MAX_FILE_BYTES;
use crate::span::{FileId, Span};

/// What may be chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// The spelling of the words of the language; that of most declarations of the file where absent.
    pub spelling: Option<Spelling>,
}

/// A file in its one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formatted {
    /// The text, with a line feed at the end of each line.
    pub text: String,
    /// The declarations that stay as they are, as stretches of the text that was given, without its
    /// byte order mark and carriage returns.
    pub kept: Vec<Span>,
    /// Why they could not be read.
    pub problems: Vec<Diagnostic>,
}

/// Writes a rule file in its one form. The same form is written again unchanged.
///
/// A declaration that cannot be read stays byte for byte, and so does a file that is too large.
pub fn format(text: &str, options: Options) -> Formatted {
    let text = plain_lines(text);
    let mut file = Formatted { text: String::new(), kept: Vec::new(), problems: Vec::new() };
    if text.len() > MAX_FILE_BYTES {
        let (_, problems) = super::parse(FileId::default(), &text);
        file.kept.push(span(0, text.len()));
        return Formatted { text, problems, ..file };
    }
    let to = options.spelling.unwrap_or_else(|| Spelling::of(&text));
    let mut at = 0;
    for chunk in chunks::cut(&text) {
        file.outside(&text, at, chunk.start);
        at = file.declaration(&text, &chunk, to);
    }
    file.outside(&text, at, text.len());
    file
}

impl Formatted {
    /// Writes a declaration, and says where it ends: what follows it at the margin is none of it.
    fn declaration(&mut self, text: &str, chunk: &Chunk<'_>, to: Spelling) -> usize {
        let (lines, end) = match written(text, chunk, to) {
            Ok((lines, end)) => (lines, end),
            Err(problems) => {
                let end = chunk.start + body(chunk.text, last_line(chunk.text));
                let kept = text.get(chunk.start..end).unwrap_or("");
                self.problems.extend(problems);
                self.kept.push(span(chunk.start, end));
                (kept.split('\n').map(str::to_owned).collect(), end)
            }
        };
        self.blank_line(text, chunk.start);
        for line in lines {
            self.line(&line);
        }
        end
    }

    /// Writes the comments of a stretch between declarations, at the margin.
    fn outside(&mut self, text: &str, from: usize, to: usize) {
        let stretch = text.get(from..to).unwrap_or("");
        let mut at = from;
        for line in stretch.split_inclusive('\n') {
            let comment = line.trim_matches(|it| is_blank(it) || it == '\n');
            if !comment.is_empty() {
                self.blank_line(text, at);
                self.line(&commented(comment));
            }
            at += line.len();
        }
    }

    /// Leaves a line empty above what stands at `at`, if the author did.
    fn blank_line(&mut self, text: &str, at: usize) {
        if !self.text.is_empty() && page::is_set_off(text, at) {
            self.text.push('\n');
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// A comment with a half-width sign.
fn commented(text: &str) -> String {
    let text = text.trim_end();
    text.strip_prefix('＃').map_or_else(|| text.to_owned(), |it| format!("#{it}"))
}

/// The text without a byte order mark, and with a line feed alone at the end of each line.
fn plain_lines(text: &str) -> String {
    text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n")
}

/// The lines of a declaration in its one form, and where it ends in the text; else why it cannot be
/// written.
fn written(
    text: &str,
    chunk: &Chunk<'_>,
    to: Spelling,
) -> Result<(Vec<String>, usize), Vec<Diagnostic>> {
    let (lines, end) = once(text, chunk, to)?;
    let again = lines.join("\n");
    let chunks = chunks::cut(&again);
    match chunks.as_slice() {
        // A comment may have moved above the declaration, where it is none of its own.
        [own] if own.start == above(&lines) => match once(&again, own, to) {
            Ok((same, _)) if lines.ends_with(&same) => Ok((lines, end)),
            Ok(_) | Err(_) => Err(Vec::new()),
        },
        _ => Err(Vec::new()),
    }
}

/// How many bytes of comments stand above the declaration.
fn above(lines: &[String]) -> usize {
    let comments = lines.iter().take_while(|it| it.starts_with('#') || it.is_empty());
    comments.map(|it| it.len() + 1).sum()
}

fn once(
    text: &str,
    chunk: &Chunk<'_>,
    to: Spelling,
) -> Result<(Vec<String>, usize), Vec<Diagnostic>> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    let file = FileId::default();
    let decl = match chunk.kind {
        None => return Err(vec![super::problem::no_declaration(file, chunk)]),
        Some(_) => super::declaration(file, chunk, &mut found, &mut problems),
    };
    let decl = match decl {
        Ok(Some(decl)) if problems.is_empty() && !decl.broken => decl,
        Ok(_) => return Err(problems),
        Err(stop) => return Err(vec![*stop.problem]),
    };
    let last = (decl.span.end as usize).saturating_sub(chunk.start);
    let end = chunk.start + body(chunk.text, last);
    found.retain(|it| (it.span.start as usize) < end);
    let mut writer = Writer { page: Page::new(text, &found), to };
    writer.decl(&decl, super::build::offset(end));
    let lines = writer.page.finish().ok_or_else(Vec::new)?;
    Ok((lines, end))
}

/// Where the last line begins that is neither empty nor a comment.
fn last_line(text: &str) -> usize {
    let mut at = 0;
    let starts = text.split_inclusive('\n').map(|line| {
        at += line.len();
        (at - line.len(), line)
    });
    starts.filter(|it| !chunks::is_empty(it.1)).last().map_or(0, |it| it.0)
}

/// Where the declaration of a chunk ends: behind the line of its last sign, which stands at or before
/// `last`, and behind the indented comments below it.
fn body(text: &str, last: usize) -> usize {
    let (mut at, mut end) = (0, 0);
    for line in text.split_inclusive('\n') {
        let below = at > 0 && at >= last;
        if below && line.starts_with(['#', '＃']) {
            break;
        }
        at += line.len();
        if !line.trim_matches(|it| is_blank(it) || it == '\n').is_empty() {
            end = at - (line.len() - line.trim_end_matches('\n').len());
        }
    }
    end
}

fn span(start: usize, end: usize) -> Span {
    let file = FileId::default();
    Span { file, start: super::build::offset(start), end: super::build::offset(end) }
}

/// Writes a tree on a page, with the words of one spelling.
#[derive(Debug)]
struct Writer<'t> {
    page: Page<'t>,
    to: Spelling,
}

impl Writer<'_> {
    fn put(&mut self, text: &str) {
        self.page.put(text);
    }

    /// A word of the language.
    fn word(&mut self, rule: Rule) {
        self.put(self.to.word(rule));
    }

    /// A word and a blank.
    fn lead(&mut self, rule: Rule) {
        self.word(rule);
        self.put(" ");
    }

    /// A word between blanks.
    fn spaced(&mut self, rule: Rule) {
        self.put(" ");
        self.word(rule);
        self.put(" ");
    }

    fn marked(&mut self, rule: Rule) {
        self.put(" ");
        self.word(rule);
    }

    fn named(&mut self, rule: Rule, name: &Name) {
        self.spaced(rule);
        self.name(name);
    }

    fn pathed(&mut self, rule: Rule, path: &Path) {
        self.spaced(rule);
        self.path(path);
    }

    fn colon(&mut self) {
        self.put(self.colon_sign());
    }

    fn colon_sign(&self) -> &'static str {
        match self.to {
            Spelling::Chinese => "：",
            Spelling::English => ": ",
        }
    }

    fn comma_separated<T>(&mut self, them: &[T], write: impl Fn(&mut Self, &T)) {
        for (at, it) in them.iter().enumerate() {
            if at > 0 {
                self.put(", ");
            }
            write(self, it);
        }
    }

    /// A text in quotes. The curly ones stand only round a text that has straight ones.
    fn quoted(&mut self, text: &str) {
        let [open, close] = if text.contains('"') { ["“", "”"] } else { ["\"", "\""] };
        self.put(open);
        self.put(text);
        self.put(close);
    }

    /// A name, in 「」 if the author wrote them; the version of a package stands behind them.
    fn name(&mut self, name: &Name) {
        let written = self.page.stretch(name.span.start, name.span.end);
        match written.strip_prefix('「').and_then(|it| it.split_once('」')) {
            Some((inner, pin)) => {
                let pin = literal::fold(pin);
                // What is quoted stays as it is: 「一（八）」 is how the document numbers its clause.
                self.put("「");
                self.put(inner);
                self.put("」");
                self.put(&pin);
            }
            None => self.put(&name.text),
        }
    }

    /// A name that the language may know.
    fn translated(&mut self, name: &Name, known: fn(Spelling, &str) -> &str) {
        let own = known(self.to, &name.text);
        if own == name.text {
            self.name(name);
        } else {
            self.put(own);
        }
    }

    /// Names that authors declared.
    fn path(&mut self, path: &Path) {
        for (at, name) in path.names.iter().enumerate() {
            if at > 0 {
                self.put(".");
            }
            self.name(name);
        }
    }

    /// A path that may begin or end with a name that the language knows.
    fn value_path(&mut self, path: &Path) {
        if let [only] = path.names.as_slice() {
            return self.translated(only, Spelling::alone);
        }
        for (at, name) in path.names.iter().enumerate() {
            if at == 0 {
                self.translated(name, Spelling::owner);
            } else {
                self.put(".");
                self.translated(name, Spelling::part);
            }
        }
    }

    /// What a part would be by itself.
    fn aside(&self, write: impl FnOnce(&mut Self)) -> String {
        let page = self.page.aside();
        let mut writer = Writer { page, to: self.to };
        write(&mut writer);
        writer.page.finish().unwrap_or_default().join(" ")
    }
}
