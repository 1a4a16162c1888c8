//! `heng explain-code`: what the code of a problem means for the author, with a wrong and a right example.
//!
//! What the checker says of the wrong example is not written on the page: the example is checked.

use heng_dsl::diag::{Lang, Severity};
use serde::Serialize;

use super::print_json;
use crate::args::{ExplainCode, Format};
use crate::codes::{self, Example, Page};
use crate::exit::Exit;
use crate::lang::pick;
use crate::render::{self, Both, JsonDiagnostic};
use crate::rules::Checked;
use crate::table::Rows;
use crate::terminal::{Terminal, harmless};
use crate::wrap::wrap;

/// Columns that text takes on the terminal.
const WIDTH: usize = 78;

pub(super) fn run(args: &ExplainCode, terminal: Terminal) -> Result<Exit, Exit> {
    let Some(asked) = &args.code else {
        match args.format {
            Format::Text => terminal.out(list(codes::pages(), terminal.lang)),
            Format::Json => {
                let all: Vec<Entry> = codes::pages().map(|it| Entry::of(&it)).collect();
                print_json(&all, terminal)?;
            }
        }
        return Ok(Exit::Fine);
    };
    let Some(page) = codes::page(asked) else {
        terminal.complain(unknown(asked, terminal.lang));
        return Err(Exit::Usage);
    };
    let checked = match page.example {
        Example::Shown { wrong, .. } => codes::check(wrong).ok(),
        Example::Impossible(_) => None,
    };
    match args.format {
        Format::Text => terminal.out(text(&page, checked.as_ref(), terminal)),
        Format::Json => print_json(&report(&page, checked.as_ref()), terminal)?,
    }
    Ok(Exit::Fine)
}

fn list(pages: impl Iterator<Item = Page<'static>>, lang: Lang) -> String {
    let mut rows = Rows::plain();
    for it in pages {
        rows.push([
            it.code.to_owned(),
            severity(&it, lang).to_owned(),
            of(it.title, lang).to_owned(),
        ]);
    }
    rows.text()
}

fn of(texts: [&str; 2], lang: Lang) -> &str {
    pick(lang, texts[0], texts[1])
}

fn severity(page: &Page<'_>, lang: Lang) -> &'static str {
    match page.record().map(|it| it.severity) {
        Some(Severity::Warning) => pick(lang, "警告", "warning"),
        Some(Severity::Note) => pick(lang, "提示", "note"),
        Some(Severity::Error) | None => pick(lang, "错误", "error"),
    }
}

/// There is no such code; which may have been meant.
fn unknown(asked: &str, lang: Lang) -> String {
    let near = codes::near(asked);
    let asked = harmless(asked);
    match (lang, near.is_empty()) {
        (Lang::Zh, true) => format!(
            "没有“{asked}”这个代码：规则文件的问题以 E 开头，全部代码用 heng explain-code 列出"
        ),
        (Lang::En, true) => format!(
            "there is no code “{asked}”: those of rule files begin with E; heng explain-code lists them all"
        ),
        (Lang::Zh, false) => {
            format!("没有“{asked}”这个代码；相近的有：\n{}", list(near.into_iter(), lang))
        }
        (Lang::En, false) => {
            format!("there is no code “{asked}”; near ones:\n{}", list(near.into_iter(), lang))
        }
    }
}

/// The page for people, in one language.
fn text(page: &Page<'_>, checked: Option<&Checked>, terminal: Terminal) -> String {
    let lang = terminal.lang;
    let (title, how_bad) = (of(page.title, lang), severity(page, lang));
    let head = match lang {
        Lang::Zh => format!("{} {title}（{how_bad}）", page.code),
        Lang::En => format!("{} {title} ({how_bad})", page.code),
    };
    let mut parts = vec![head, wrap(of(page.meaning, lang), WIDTH)];
    match page.example {
        Example::Impossible(why) => parts.push(format!(
            "{}{}",
            pick(lang, "没有例子：", "No example: "),
            wrap(of(why, lang), WIDTH)
        )),
        Example::Shown { wrong, right } => {
            parts.push(format!("{}\n{}", pick(lang, "不对：", "Wrong:"), indented(wrong)));
            if let Some(it) = checked {
                let color = terminal.colors_on_stdout();
                parts.push(render::text(&it.diagnostics, &it.sources, lang, color));
            }
            parts.push(format!("{}\n{}", pick(lang, "对：", "Right:"), indented(right)));
        }
    }
    parts.join("\n\n")
}

fn indented(rules: &str) -> String {
    let lines = rules.trim_end().lines().map(|it| format!("  {it}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A code of the list, for programs.
#[derive(Serialize)]
struct Entry {
    code: &'static str,
    severity: &'static str,
    title: Both,
}

impl Entry {
    fn of(page: &Page<'static>) -> Self {
        Self { code: page.code, severity: severity(page, Lang::En), title: both(page.title) }
    }
}

/// A page, for programs.
#[derive(Serialize)]
struct Report<'p> {
    code: &'p str,
    severity: &'static str,
    title: Both,
    /// The sentence of the problem, with places for its values in braces.
    message: Option<Both>,
    help: Option<Both>,
    meaning: Both,
    wrong: Option<&'p str>,
    right: Option<&'p str>,
    /// Why there is no example.
    impossible: Option<Both>,
    /// What a check says of the wrong example.
    diagnostics: Vec<JsonDiagnostic<'p>>,
}

fn both([zh, en]: [&str; 2]) -> Both {
    Both { zh: zh.to_owned(), en: en.to_owned() }
}

/// Prose without the line breaks of the page, a line a paragraph.
fn prose([zh, en]: [&str; 2]) -> Both {
    Both { zh: wrap(zh, usize::MAX), en: wrap(en, usize::MAX) }
}

fn report<'p>(page: &Page<'p>, checked: Option<&'p Checked>) -> Report<'p> {
    let (wrong, right, impossible) = match page.example {
        Example::Shown { wrong, right } => (Some(wrong), Some(right), None),
        Example::Impossible(why) => (None, None, Some(prose(why))),
    };
    let shown = |it: &'p Checked| render::json(&it.diagnostics, &it.sources);
    Report {
        code: page.code,
        severity: severity(page, Lang::En),
        title: both(page.title),
        message: page.record().map(|it| both(it.message)),
        help: page.record().and_then(|it| it.help).map(both),
        meaning: prose(page.meaning),
        wrong,
        right,
        impossible,
        diagnostics: checked.map(shown).unwrap_or_default(),
    }
}
