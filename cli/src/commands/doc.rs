//! `heng doc`: the handbook of a rule set, as Markdown or as one page that a browser prints.

pub(super) mod html;
mod markdown;
mod picture;

use std::io::Write as _;
use std::path::Path;

use heng_dsl::diag::{Lang, plural};
use heng_engine::handbook::{Block, Document, handbook};
use heng_engine::output::{OutputError, Writing};
use serde::Serialize;

use super::{prepare, print_json};
use crate::args::{Doc, DocFormat, Format};
use crate::exit::Exit;
use crate::lang::LangArg;
use crate::project::{Project, shown};
use crate::rules::Wanted;
use crate::terminal::{Terminal, harmless_lines};

/// What was written, for programs.
#[derive(Serialize)]
struct Report {
    written: String,
    headings: usize,
    tables: usize,
}

pub(super) fn run(
    args: &Doc,
    asked: Option<LangArg>,
    project: &Project,
    terminal: Terminal,
) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let wanted = Wanted::new(&args.packages, project);
    let ready = prepare::program(&wanted, prepare::Extent::Asked, json, terminal)?;
    // A file is the same whoever makes it: it follows what was asked for, never the locale.
    let lang = match (&args.out, asked) {
        (Some(_), Some(LangArg::En)) => Lang::En,
        (Some(_), Some(LangArg::Zh) | None) => Lang::Zh,
        (None, _) => terminal.lang,
    };
    let document = handbook(&ready.program, lang);
    let text = match args.form() {
        DocFormat::Html => html::page(&document, lang),
        DocFormat::Md => markdown::text(&document),
    };
    let Some(out) = &args.out else {
        terminal.out(harmless_lines(text.trim_end()));
        return Ok(Exit::Fine);
    };
    save(out, &text).map_err(|it| {
        prepare::refuse(vec![(it.code(), it.words())], json, Exit::Problems, terminal)
    })?;
    let report = report(&document, shown(out));
    match args.format {
        Format::Json => print_json(&report, terminal)?,
        Format::Text => terminal.out(match terminal.lang {
            Lang::Zh => {
                format!(
                    "手册写到“{}”：{}个标题，{}张表",
                    report.written, report.headings, report.tables
                )
            }
            Lang::En => format!(
                "the handbook was written to “{}”: {}, {}",
                report.written,
                plural(report.headings, "heading"),
                plural(report.tables, "table")
            ),
        }),
    }
    Ok(Exit::Fine)
}

fn save(path: &Path, text: &str) -> Result<(), OutputError> {
    let write = || -> std::io::Result<()> {
        let mut to = Writing::begin(path)?;
        to.write_all(text.as_bytes())?;
        to.finish()
    };
    write().map_err(|why| OutputError::Unwritable { path: shown(path), why: why.to_string() })
}

fn report(document: &Document, written: String) -> Report {
    let count = |of: fn(&Block) -> bool| document.blocks.iter().filter(|it| of(it)).count();
    Report {
        written,
        headings: count(|it| matches!(it, Block::Heading { .. })),
        tables: count(|it| matches!(it, Block::Table(_))),
    }
}
