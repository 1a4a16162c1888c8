//! One file a command; here only who is called, and what several of them share.

mod approve;
mod backtest;
mod check;
mod compile;
mod completions;
mod coverage;
mod decide;
mod diff;
mod doc;
mod eval;
mod explain;
mod explain_code;
mod fetch;
mod fmt;
mod graph;
mod history;
mod import;
mod keys;
mod new;
mod next;
mod outcomes;
mod prepare;
mod publish;
mod rebase;
mod registry;
mod run;
mod sample;
mod show;
mod status;
mod test;
mod trial;
mod watch;

use heng_dsl::diag::Lang;
use heng_engine::ingest::BadRow;
use heng_engine::mask::Masking;
use serde::Serialize;

use crate::args::{Args, Command, Packages, Status};
use crate::exit::Exit;
use crate::project::Project;
use crate::rules::{self, Checked, Wanted};
use crate::terminal::{Terminal, harmless};

/// Calls the command. What it could not go on after has been told by then.
pub(crate) fn run(args: &Args, terminal: Terminal) -> Exit {
    let project = || project(args, terminal);
    let status = Command::Status(Status::default());
    let done = match args.command.as_ref().unwrap_or(&status) {
        Command::New(it) => new::run(it, terminal),
        Command::Status(it) => project().and_then(|project| status::run(it, &project, terminal)),
        Command::Check(it) => {
            let once = |project: &Project| check::run(it, project, terminal);
            Ok(once_or_watched(it.watch, &it.packages, args, once, terminal))
        }
        Command::ExplainCode(it) => explain_code::run(it, terminal),
        Command::Test(it) => {
            let once = |project: &Project| test::run(it, project, terminal);
            Ok(once_or_watched(it.watch, &it.packages, args, once, terminal))
        }
        Command::Run(it) => project().and_then(|project| run::run(it, &project, terminal)),
        Command::Import(it) => project().and_then(|project| import::run(it, &project, terminal)),
        Command::Explain(it) => project().and_then(|project| explain::run(it, &project, terminal)),
        Command::Compile(it) => project().and_then(|project| compile::run(it, &project, terminal)),
        Command::Doc(it) => {
            let asked = args.common.lang;
            project().and_then(|project| doc::run(it, asked, &project, terminal))
        }
        Command::Diff(it) => project().and_then(|project| diff::run(it, &project, terminal)),
        Command::Rebase(it) => project().and_then(|project| rebase::run(it, &project, terminal)),
        Command::Try(it) => project().and_then(|project| trial::run(it, &project, terminal)),
        Command::Eval(it) => project().and_then(|project| eval::run(it, &project, terminal)),
        Command::Graph(it) => project().and_then(|project| graph::run(it, &project, terminal)),
        Command::Backtest(it) => {
            project().and_then(|project| backtest::run(it, &project, terminal))
        }
        Command::Fmt(it) => fmt::run(it, project, terminal),
        Command::Versioned(it) => {
            project().and_then(|project| registry::versioned(it, &project, terminal))
        }
        Command::Sample(it) => sample::run(it, terminal),
        Command::Completions(it) => Ok(completions::run(it, terminal)),
    };
    done.unwrap_or_else(|exit| exit)
}

fn project(args: &Args, terminal: Terminal) -> Result<Project, Exit> {
    let project = Project::find(args.common.project.as_deref()).map_err(|it| {
        terminal.complain(it.words.of(terminal.lang));
        Exit::Usage
    })?;
    let registry = args.common.registry.clone().or(project.registry);
    Ok(Project { registry, ..project })
}

/// Does something with the project, once or after every change.
fn once_or_watched(
    watched: bool,
    packages: &Packages,
    args: &Args,
    once: impl Fn(&Project) -> Result<Exit, Exit>,
    terminal: Terminal,
) -> Exit {
    let project = || project(args, terminal);
    if watched {
        let file = Project::file(args.common.project.as_deref());
        return watch::run((packages, file), project, once, terminal);
    }
    project().and_then(|it| once(&it)).unwrap_or_else(|exit| exit)
}

/// Checks what is wanted, or says that nothing is.
fn checked(wanted: &Wanted, terminal: Terminal) -> Result<Checked, Exit> {
    some_rules(wanted, terminal)?;
    Ok(rules::check(wanted))
}

/// Says that no rule set is named, where none is.
fn some_rules(wanted: &Wanted, terminal: Terminal) -> Result<(), Exit> {
    if wanted.folders.is_empty() {
        terminal.complain(terminal.pick(
            "没有指明规则集：请给出规则集的文件夹，或在有 heng.toml 的文件夹中运行",
            "no rule set was named: give its folder, or run in a folder with a heng.toml",
        ));
        return Err(Exit::Usage);
    }
    if let Some(problem) = &wanted.shelf.problem {
        terminal.complain(harmless(problem.words().of(terminal.lang)));
        return Err(registry::exit_of(problem));
    }
    Ok(())
}

/// Writes a value as JSON to standard output.
fn print_json(value: &impl Serialize, terminal: Terminal) -> Result<(), Exit> {
    let text = serde_json::to_string_pretty(value).map_err(|it| {
        terminal.complain(it);
        Exit::Fault
    })?;
    terminal.out(text);
    Ok(())
}

/// One quarantined row in a line: where it stands, what is wrong, who answers for it.
fn bad_row(it: &BadRow, lang: Lang) -> String {
    let value = Masking::Hidden.show(it.sensitive, &it.value).into_owned();
    let column = it.column.as_deref().unwrap_or("");
    let why = it.fault.words();
    let owner = it.responsibility.owned_by.as_deref().unwrap_or("");
    let place = format!("{}:{}", it.place.file, it.place.line);
    let cell = match (column.is_empty(), lang) {
        (true, _) => String::new(),
        (false, Lang::Zh) => format!("{column}“{value}”"),
        (false, Lang::En) => format!("{column} “{value}” "),
    };
    let owner = match (owner.is_empty(), lang) {
        (true, _) => String::new(),
        (false, Lang::Zh) => format!("（{owner}负责）"),
        (false, Lang::En) => format!(" ({owner} is responsible)"),
    };
    format!("  {place} [{}] {cell}{}{owner}", it.fault.code(), why.of(lang))
}
