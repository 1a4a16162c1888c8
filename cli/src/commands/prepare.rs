//! What several commands need before they can work: a program that runs, and a register.

use std::sync::Arc;

use heng_dsl::diag::{Lang, Severity, Words, plural};
use heng_dsl::model::RuleSet;
use heng_dsl::value::Date;
use heng_engine::columns::Columns;
use heng_engine::data::Unread;
use heng_engine::ingest::{self, LoadError, LoadProblem, LoadRequest, Loaded, Mapping, Progress};
use heng_engine::program::Program;
use heng_engine::snapshot::Ahead;
use heng_engine::source::{Source, Unreadable};
use serde::Serialize;

use super::{check, checked, print_json};
use crate::args::DataArgs;
use crate::exit::Exit;
use crate::project::Project;
use crate::render::Both;
use crate::rules::{Checked, Wanted};
use crate::terminal::{Terminal, harmless, harmless_lines};

/// How many bad rows are shown when there are too many of them.
const BAD_ROWS_SHOWN: usize = 10;

/// Rules that passed every check.
pub(super) struct Ready {
    /// The program.
    pub(super) program: Program,
    /// The numbers of the packages that were asked for.
    pub(super) roots: Vec<usize>,
    warnings: usize,
}

impl Ready {
    /// Says that the check has warnings, to those who are at work on the rules or answer for a run.
    pub(super) fn tell_warnings(&self, terminal: Terminal) {
        let warnings = self.warnings;
        if warnings > 0 {
            terminal.tell(match terminal.lang {
                Lang::Zh => format!("规则检查有{warnings}个警告，详见 heng check"),
                Lang::En => {
                    format!("the rules have {}; see heng check", plural(warnings, "warning"))
                }
            });
        }
    }

    /// The packages that were asked for.
    pub(super) fn packages(&self) -> impl Iterator<Item = &RuleSet> {
        self.roots.iter().filter_map(|it| self.program.linked().packages.get(*it))
    }
}

/// How much of the packages a command works out.
#[derive(Clone, Copy)]
pub(super) enum Extent {
    /// What was asked for, and what that uses.
    Asked,
    /// Everything: cases may name any package.
    Everything,
}

/// Checks the rules and makes a program of them, or says what stands in the way.
pub(super) fn program(
    wanted: &Wanted,
    extent: Extent,
    json: bool,
    terminal: Terminal,
) -> Result<Ready, Exit> {
    linked(checked(wanted, terminal)?, extent, json, terminal)
}

/// Makes a program of rules that were checked, or says what stands in the way.
pub(super) fn linked(
    mut checked: Checked,
    extent: Extent,
    json: bool,
    terminal: Terminal,
) -> Result<Ready, Exit> {
    let failed = checked.failed();
    let Some(linked) = checked.linked.take().filter(|_| !failed) else {
        if json {
            print_json(&check::report(&checked), terminal)?;
        } else {
            check::tell(&checked, terminal);
            terminal.tell(check::summary(&checked, terminal.lang));
        }
        return Err(Exit::Problems);
    };
    let warnings = checked.count(Severity::Warning);
    let program = match extent {
        Extent::Asked => Program::for_roots(linked, &checked.roots),
        Extent::Everything => Program::new(linked),
    };
    match program {
        Ok(program) => Ok(Ready { program, roots: checked.roots, warnings }),
        Err(problems) => {
            let words = |it: &heng_engine::program::ProgramError| {
                Words::both(it.words(Lang::Zh), it.words(Lang::En))
            };
            let problems = problems.iter().map(|it| ("E0501", words(it)));
            Err(refuse(problems.collect(), json, Exit::Problems, terminal))
        }
    }
}

/// A register, and the date as of which to look at it.
pub(super) struct Delivery<R> {
    /// What was loaded.
    pub(super) loaded: Loaded<R>,
    /// The as-of date.
    pub(super) as_of: Date,
}

/// Loads the data as columns, or says what stands in the way.
pub(super) fn columns(
    program: &Program,
    args: &DataArgs,
    project: &Project,
    json: bool,
    terminal: Terminal,
) -> Result<Delivery<Columns>, Exit> {
    columns_without(program, Unread::default(), args, project, (json, terminal))
}

/// The same without what nobody will ask for.
pub(super) fn columns_without(
    program: &Program,
    unread: Unread,
    args: &DataArgs,
    project: &Project,
    (json, terminal): (bool, Terminal),
) -> Result<Delivery<Columns>, Exit> {
    let loaded = loading(args, project, json, terminal, |request, progress| {
        let request = LoadRequest { unread, ..request.clone() };
        ingest::columns(program.linked(), &request, progress)
    })?;
    let as_of = as_of(loaded.register.cutoff, args, project, json, terminal)?;
    Ok(Delivery { loaded, as_of })
}

/// Begins to open the data, where that can be done before the rules are known.
pub(super) fn ahead(args: &DataArgs, project: &Project) -> Option<Arc<Ahead>> {
    let folder = args.data.as_ref().or(project.data.as_ref())?;
    Ahead::of(folder).map(Arc::new)
}

/// Opens the data, which may be read stretch by stretch, without what nobody will ask for, or says what stands in the
/// way.
pub(super) fn source(
    program: &Program,
    (unread, ahead): (Unread, Option<Arc<Ahead>>),
    args: &DataArgs,
    project: &Project,
    (json, terminal): (bool, Terminal),
) -> Result<Delivery<Box<dyn Source>>, Exit> {
    let loaded = loading(args, project, json, terminal, |request, progress| {
        let request = LoadRequest { unread, ahead, ..request.clone() };
        ingest::open(program.linked(), &request, progress)
    })?;
    let as_of = as_of(loaded.register.cutoff(), args, project, json, terminal)?;
    Ok(Delivery { loaded, as_of })
}

/// Says that data cannot be read any more.
pub(super) fn unreadable(why: &Unreadable, json: bool, terminal: Terminal) -> Exit {
    let (file, why) = (why.file.clone(), why.why.clone());
    let problem = LoadProblem::Damaged { file, why };
    refuse(vec![(problem.code(), problem.words())], json, Exit::Problems, terminal)
}

/// Reads the files that are meant, shows how far that is, and says what stands in the way.
pub(super) fn loading<T>(
    args: &DataArgs,
    project: &Project,
    json: bool,
    terminal: Terminal,
    read: impl FnOnce(&LoadRequest, &(dyn Fn(Progress<'_>) + Sync)) -> Result<T, LoadError>,
) -> Result<T, Exit> {
    let request = request(args, project, json, terminal)?;
    let bar = terminal.progress(None, terminal.pick("读取数据（行）", "reading data (rows)"));
    let reading = |file: &str| {
        let file = harmless(file);
        match terminal.lang {
            Lang::Zh => format!("读取“{file}”（行）"),
            Lang::En => format!("reading “{file}” (rows)"),
        }
    };
    let read = read(&request, &|progress| match progress {
        Progress::Rows(_, rows) => bar.inc(rows),
        Progress::Started(file) => bar.set_message(reading(file)),
        Progress::Done(_) => {}
    });
    bar.finish_and_clear();
    read.map_err(|it| unloaded(&it, json, terminal))
}

fn request(
    args: &DataArgs,
    project: &Project,
    json: bool,
    terminal: Terminal,
) -> Result<LoadRequest, Exit> {
    let Some(folder) = args.data.clone().or_else(|| project.data.clone()) else {
        terminal.complain(terminal.pick(
            "没有指明数据：请用 --data 给出数据文件夹，或写在 heng.toml 中",
            "no data were named: give their folder with --data, or in heng.toml",
        ));
        return Err(Exit::Usage);
    };
    let mapping = match args.mapping.as_ref().or(project.mapping.as_ref()) {
        None => Mapping::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|it| it.to_string());
            let file = crate::project::shown(path);
            text.and_then(|it| Mapping::parse(&it)).map_err(|why| {
                let problem = LoadProblem::Settings { file, why };
                let problems = vec![(problem.code(), problem.words())];
                refuse(problems, json, Exit::Problems, terminal)
            })?
        }
    };
    Ok(LoadRequest {
        folder,
        mapping,
        cutoff: None,
        max_bad: args.max_bad.or(project.max_bad),
        history: args.history.clone().or_else(|| project.history.clone()),
        unread: Unread::default(),
        ahead: None,
    })
}

/// Says why a delivery cannot be loaded.
fn unloaded(error: &LoadError, json: bool, terminal: Terminal) -> Exit {
    let too_many = error.problems.iter().any(|it| matches!(it, LoadProblem::TooManyBad { .. }));
    let exit = if too_many { Exit::Gate } else { Exit::Problems };
    let problems = error.problems.iter().map(|it| (it.code(), it.words()));
    let exit = refuse(problems.collect(), json, exit, terminal);
    if !json {
        let rows = error.found.iter().flat_map(|it| &it.bad_rows);
        for it in rows.take(BAD_ROWS_SHOWN) {
            terminal.tell(harmless(&super::bad_row(it, terminal.lang)));
        }
    }
    exit
}

/// The as-of date: of the flag, else of the project, else the cut-off date of the data.
fn as_of(
    cutoff: Option<Date>,
    args: &DataArgs,
    project: &Project,
    json: bool,
    terminal: Terminal,
) -> Result<Date, Exit> {
    let Some(as_of) = args.as_of.or(project.as_of).or(cutoff) else {
        terminal.complain(terminal.pick(
            "没有基准日：请用 --as-of 给出，或在 data.toml 中写明数据的截至日期",
            "there is no as-of date: give it with --as-of, or state the cut-off date in data.toml",
        ));
        return Err(Exit::Usage);
    };
    let Some(cutoff) = cutoff else { return Ok(as_of) };
    if as_of > cutoff && !args.beyond_cutoff {
        let words = Words::both(
            format!(
                "基准日 {as_of} 晚于数据的截至日期 {cutoff}，其间的事数据没有；\
                 确要如此，请加 --beyond-cutoff"
            ),
            format!(
                "the as-of date {as_of} is after the cut-off date {cutoff} of the data, which do not \
                 know what happened between; add --beyond-cutoff if that is meant"
            ),
        );
        return Err(refuse(vec![("D0301", words)], json, Exit::Problems, terminal));
    }
    if as_of < cutoff {
        terminal.tell(match terminal.lang {
            Lang::Zh => format!(
                "基准日 {as_of} 早于数据的截至日期 {cutoff}：户的各字段是截至日期的，当时是否如此无从得知"
            ),
            Lang::En => format!(
                "the as-of date {as_of} is before the cut-off date {cutoff}: fields of a household \
                 are those of the cut-off; what they were then is not known"
            ),
        });
    }
    Ok(as_of)
}

#[derive(Serialize)]
struct Refusal {
    ok: bool,
    problems: Vec<JsonProblem>,
}

#[derive(Serialize)]
struct JsonProblem {
    code: &'static str,
    message: Both,
}

/// Says what stands in the way, to people or to programs.
pub(super) fn refuse(
    problems: Vec<(&'static str, Words)>,
    json: bool,
    exit: Exit,
    terminal: Terminal,
) -> Exit {
    if json {
        let problems = problems.iter();
        let problems = problems.map(|it| JsonProblem { code: it.0, message: Both::from(&it.1) });
        let refusal = Refusal { ok: false, problems: problems.collect() };
        return print_json(&refusal, terminal).err().unwrap_or(exit);
    }
    for (code, words) in problems {
        let text = harmless_lines(words.of(terminal.lang));
        terminal.complain(format_args!("[{code}] {text}"));
    }
    exit
}
