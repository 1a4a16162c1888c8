//! `heng fmt`: rule files in their one form.

mod files;

use std::path::{Path, PathBuf};

use heng_dsl::diag::{Lang, Words, plural};
use heng_dsl::source::{SourceFile, SourceMap};
use heng_dsl::syntax::Spelling;
use heng_dsl::syntax::format::{Formatted, Options, format};
use serde::Serialize;
use similar::TextDiff;

use super::print_json;
use crate::args::{Fmt, Format};
use crate::exit::Exit;
use crate::lang::LangArg;
use crate::project::{Project, shown};
use crate::render::{self, Both, JsonDiagnostic};
use crate::terminal::{Terminal, harmless, harmless_lines};
use crate::world::is_stored;

/// Lines of differences that are shown of one file.
const MAX_LINES: usize = 24;

/// The name of standard input.
const INPUT: &str = "-";

pub(super) fn run(
    args: &Fmt,
    project: impl FnOnce() -> Result<Project, Exit>,
    terminal: Terminal,
) -> Result<Exit, Exit> {
    let options = Options { spelling: args.to.map(spelling) };
    if args.paths.iter().any(|it| it == Path::new(INPUT)) {
        return input(args, options, terminal);
    }
    let paths = if args.paths.is_empty() {
        // A stored model has no text; whoever names one is told so below.
        let text = |it: &PathBuf| !is_stored(it) || it.is_dir();
        project()?.rules.into_iter().filter(text).collect()
    } else {
        args.paths.clone()
    };
    if paths.is_empty() {
        terminal.complain(terminal.pick(
            "没有指明规则文件：请给出文件或文件夹，或在有 heng.toml 的文件夹中运行",
            "no rule file was named: give files or folders, or run in a folder with a heng.toml",
        ));
        return Err(Exit::Usage);
    }
    let (files, failed) = files::find(&paths);
    let failed = failed.into_iter().map(|(path, why)| Done::failed(&path, why));
    let done: Vec<Done> = failed.chain(files.iter().map(|it| file(it, args, options))).collect();
    match args.format {
        Format::Text => tell(&done, args.check, terminal),
        Format::Json => print_json(&report(&done, args.check), terminal)?,
    }
    let refused = done.iter().any(|it| it.error.is_some() || (args.check && it.changed()));
    Ok(if refused { Exit::Problems } else { Exit::Fine })
}

fn spelling(to: LangArg) -> Spelling {
    match to {
        LangArg::Zh => Spelling::Chinese,
        LangArg::En => Spelling::English,
    }
}

/// What became of one file.
struct Done {
    path: String,
    before: String,
    after: Formatted,
    /// The texts of the file, for its problems.
    sources: SourceMap,
    error: Option<Words>,
}

impl Done {
    fn new(path: String, before: String, options: Options) -> Self {
        let after = format(&before, options);
        let mut sources = SourceMap::default();
        // Spans count in the text with plain line ends.
        sources.add(SourceFile::new(path.clone(), &before.replace("\r\n", "\n")));
        Self { path, before, after, sources, error: None }
    }

    fn failed(path: &Path, why: Words) -> Self {
        let after = format("", Options::default());
        let (path, before, sources) = (shown(path), String::new(), SourceMap::default());
        Self { path, before, after, sources, error: Some(why) }
    }

    fn changed(&self) -> bool {
        self.before != self.after.text
    }

    /// The lines at which declarations begin that stay as they are.
    fn kept(&self) -> Vec<u32> {
        self.after.kept.iter().map(|it| self.sources.place(*it).1).collect()
    }
}

/// Standard input in its form to standard output.
fn input(args: &Fmt, options: Options, terminal: Terminal) -> Result<Exit, Exit> {
    if args.paths.len() > 1 {
        terminal.complain(terminal.pick(
            "“-”（标准输入）不能与文件一起写",
            "“-” (standard input) cannot stand beside files",
        ));
        return Err(Exit::Usage);
    }
    let text = files::read_input().map_err(|why| {
        terminal.complain(why.of(terminal.lang));
        Exit::Problems
    })?;
    let done = Done::new(INPUT.to_owned(), text, options);
    match args.format {
        Format::Json => print_json(&InputReport::of(&done), terminal)?,
        Format::Text if args.check => tell(std::slice::from_ref(&done), true, terminal),
        Format::Text => {
            tell_kept(&done, terminal);
            // The line end of the last line is written by the terminal.
            terminal.out(done.after.text.strip_suffix('\n').unwrap_or(&done.after.text));
        }
    }
    Ok(if args.check && done.changed() { Exit::Problems } else { Exit::Fine })
}

/// Reads a file, and replaces it unless it is only to be checked.
fn file(path: &Path, args: &Fmt, options: Options) -> Done {
    let text = match files::read(path) {
        Ok(text) => text,
        Err(why) => return Done::failed(path, why),
    };
    let mut done = Done::new(shown(path), text, options);
    if done.changed() && !args.check {
        done.error = files::replace(path, &done.after.text).err();
    }
    done
}

/// For people: what changed, what would, and what stays as it is.
fn tell(done: &[Done], check: bool, terminal: Terminal) {
    for it in done {
        let path = harmless(&it.path);
        if let Some(why) = &it.error {
            terminal.complain(format_args!("{path}：{}", why.of(terminal.lang)));
        } else if it.changed() {
            terminal.out(&path);
            if check {
                terminal.out(difference(it, terminal.lang));
            }
        }
        tell_kept(it, terminal);
    }
    let changed = done.iter().filter(|it| it.error.is_none() && it.changed()).count();
    let same = done.iter().filter(|it| it.error.is_none() && !it.changed()).count();
    terminal.out(match (check, terminal.lang) {
        (true, Lang::Zh) => format!("会改动 {changed} 个文件，{same} 个已是统一的样子"),
        (true, Lang::En) => {
            format!("would change {}, {same} in their one form", plural(changed, "file"))
        }
        (false, Lang::Zh) => format!("改写了 {changed} 个文件，{same} 个已是统一的样子"),
        (false, Lang::En) => {
            format!("changed {}, {same} in their one form before", plural(changed, "file"))
        }
    });
}

/// The declarations that stay as they are, and why, to standard error.
fn tell_kept(it: &Done, terminal: Terminal) {
    if it.after.kept.is_empty() {
        return;
    }
    if !it.after.problems.is_empty() {
        let color = terminal.colors_on_stderr();
        let text = render::text(&it.after.problems, &it.sources, terminal.lang, color);
        terminal.tell(text);
        terminal.tell("");
    }
    let lines: Vec<String> = it.kept().iter().map(u32::to_string).collect();
    let path = harmless(&it.path);
    terminal.tell(match terminal.lang {
        Lang::Zh => format!("{path}：第 {} 行起的声明原样保留", lines.join("、")),
        Lang::En => {
            format!("{path}: the declarations at lines {} stay as they are", lines.join(", "))
        }
    });
}

/// The first lines that differ, with their places.
fn difference(it: &Done, lang: Lang) -> String {
    let plain = it.before.strip_prefix('\u{feff}').unwrap_or(&it.before).replace("\r\n", "\n");
    if plain == it.after.text {
        return crate::lang::pick(
            lang,
            "  只有行尾或字节顺序标记不同",
            "  only line ends or the byte order mark differ",
        )
        .to_owned();
    }
    let diff = TextDiff::from_lines(&plain, &it.after.text);
    let unified = diff.unified_diff().context_radius(1).to_string();
    let lines: Vec<&str> = unified.lines().collect();
    let mut shown: Vec<String> =
        lines.iter().take(MAX_LINES).map(|it| format!("  {}", harmless_lines(it))).collect();
    if let Some(more) = lines.len().checked_sub(MAX_LINES).filter(|it| *it > 0) {
        shown.push(match lang {
            Lang::Zh => format!("  …… 还有 {more} 行"),
            Lang::En => format!("  … {more} more lines"),
        });
    }
    shown.join("\n")
}

/// For programs.
#[derive(Serialize)]
struct Report<'d> {
    /// Does nothing differ, and could everything be read and written?
    ok: bool,
    /// Was nothing written?
    check: bool,
    changed: usize,
    files: Vec<FileReport<'d>>,
}

#[derive(Serialize)]
struct FileReport<'d> {
    path: &'d str,
    changed: bool,
    error: Option<Both>,
    /// Lines at which declarations begin that stay as they are.
    kept: Vec<u32>,
    diagnostics: Vec<JsonDiagnostic<'d>>,
}

/// Standard input, for programs.
#[derive(Serialize)]
struct InputReport<'d> {
    #[serde(flatten)]
    file: FileReport<'d>,
    text: &'d str,
}

impl<'d> FileReport<'d> {
    fn of(it: &'d Done) -> Self {
        Self {
            path: &it.path,
            changed: it.changed(),
            error: it.error.as_ref().map(Both::from),
            kept: it.kept(),
            diagnostics: render::json(&it.after.problems, &it.sources),
        }
    }
}

impl<'d> InputReport<'d> {
    fn of(it: &'d Done) -> Self {
        Self { file: FileReport::of(it), text: &it.after.text }
    }
}

fn report(done: &[Done], check: bool) -> Report<'_> {
    let changed = done.iter().filter(|it| it.error.is_none() && it.changed()).count();
    let failed = done.iter().any(|it| it.error.is_some());
    Report {
        ok: !(failed || check && changed > 0),
        check,
        changed,
        files: done.iter().map(FileReport::of).collect(),
    }
}
