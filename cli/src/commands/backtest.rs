//! `heng backtest`: how well results as of a date tell whom an event befell afterwards.

mod picture;
mod text;

use std::path::Path;

use heng_dsl::diag::{Lang, Words};
use heng_dsl::value::Date;
use heng_engine::backtest::{Backtest, Choice, ChoiceProblem, Chosen, Past, backtest};
use heng_engine::columns::Columns;
use heng_engine::data::Unread;
use heng_engine::ingest::{EventRequest, EventTable, Loaded, Problems, events};
use heng_engine::mask::Masking;
use heng_engine::output::OutputError;
use heng_engine::run::RunOptions;
use serde::Serialize;

use super::outcomes::projection;
use super::prepare::{Delivery, Ready};
use super::{bad_row, prepare, print_json};
use crate::args::{Backtest as BacktestArgs, Format};
use crate::exit::Exit;
use crate::project::{Project, shown};
use crate::rules::Wanted;
use crate::terminal::{Terminal, harmless};

/// How many rows that could not be used are shown.
const BAD_ROWS_SHOWN: usize = 10;

/// What looking back came to, for programs.
#[derive(Serialize)]
struct Report<'r> {
    backtest: &'r Backtest,
    outcome: &'r EventTable,
    problems: Problems,
    picture: Option<String>,
}

pub(super) fn run(
    args: &BacktestArgs,
    project: &Project,
    terminal: Terminal,
) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    if let Some(path) = &args.picture {
        fit_for_a_picture(path, json, terminal)?;
    }
    let wanted = Wanted::new(&args.packages, project);
    let ready = prepare::program(&wanted, prepare::Extent::Asked, json, terminal)?;
    let chosen = chosen(args, project, &ready, terminal)?;
    let unread = Unread::of(&ready.program, false);
    let how = (json, terminal);
    let delivery = prepare::columns_without(&ready.program, unread, &args.data, project, how)?;
    let table = table(args, project, &ready, delivery.as_of, terminal)?;
    let found = looked_back(args, &ready, &delivery, &table, chosen, terminal)?;
    let picture = drawn(args, &found, &table, terminal)?;
    match args.format {
        Format::Text => tell(&found, &table, &delivery.loaded, picture.as_deref(), terminal),
        Format::Json => {
            let masking = masking(args);
            let problems = delivery.loaded.problems.clone().shown(masking);
            print_json(&Report { backtest: &found, outcome: &table, problems, picture }, terminal)?;
        }
    }
    Ok(Exit::Fine)
}

fn masking(args: &BacktestArgs) -> Masking {
    if args.data.reveal { Masking::Revealed } else { Masking::Hidden }
}

/// Refuses a picture that nobody could open, before anything is worked out.
fn fit_for_a_picture(path: &Path, json: bool, terminal: Terminal) -> Result<(), Exit> {
    if path.extension().is_some_and(|it| it.eq_ignore_ascii_case("svg")) {
        return Ok(());
    }
    let name = shown(path);
    let words = Words::both(
        format!("“{name}”不是 .svg；图只画成 SVG，浏览器和办公软件都能打开"),
        format!(
            "“{name}” does not end in .svg; pictures are drawn as SVG, which browsers and office programs open"
        ),
    );
    Err(prepare::refuse(vec![("D0409", words)], json, Exit::Usage, terminal))
}

/// The score and the grade that are looked back at.
fn chosen(
    args: &BacktestArgs,
    project: &Project,
    ready: &Ready,
    terminal: Terminal,
) -> Result<Chosen, Exit> {
    let stated = &project.backtest;
    let choice = Choice {
        score: args.score.clone().or_else(|| stated.score.clone()),
        grade: args.grade.clone().or_else(|| stated.grade.clone()),
        low_is_risky: args.low_is_risky || stated.low_is_risky,
    };
    choice.find(&ready.program).map_err(|it: ChoiceProblem| {
        let problems = vec![(it.code(), it.words())];
        prepare::refuse(problems, args.format == Format::Json, Exit::Usage, terminal)
    })
}

/// Reads what came to pass.
fn table(
    args: &BacktestArgs,
    project: &Project,
    ready: &Ready,
    as_of: Date,
    terminal: Terminal,
) -> Result<EventTable, Exit> {
    let (flags, stated) = (&args.outcome, &project.backtest);
    let Some(file) = flags.outcome.as_ref().or(stated.outcome.as_ref()) else {
        terminal.complain(terminal.pick(
            "没有指明后来的结果：请用 --outcome 给出文件，或写在 heng.toml 的 [backtest] 中",
            "nothing was named to compare with: give the file with --outcome, or in [backtest] of heng.toml",
        ));
        return Err(Exit::Usage);
    };
    let either =
        |flag: &Option<String>, stated: &Option<String>| flag.clone().or_else(|| stated.clone());
    let request = EventRequest {
        file: file.clone(),
        key: either(&flags.key, &stated.key),
        event: either(&flags.event, &stated.event),
        date: either(&flags.date, &stated.date),
        of: flags.of.or(stated.of),
        as_of,
    };
    events(ready.program.linked(), &request).map_err(|all| {
        let problems = all.iter().map(|it| (it.code(), it.words())).collect();
        prepare::refuse(problems, args.format == Format::Json, Exit::Problems, terminal)
    })
}

fn looked_back(
    args: &BacktestArgs,
    ready: &Ready,
    delivery: &Delivery<Columns>,
    table: &EventTable,
    chosen: Chosen,
    terminal: Terminal,
) -> Result<Backtest, Exit> {
    let columns = &delivery.loaded.register;
    let what = terminal.pick("分类（户）", "classifying (households)");
    let bar = terminal.progress(Some(columns.len() as u64), what);
    let progress = |it: heng_engine::run::Progress| {
        bar.set_length(it.of as u64);
        bar.set_position(it.done as u64);
    };
    let options = RunOptions {
        as_of: delivery.as_of,
        threads: args.data.threads.map(usize::from),
        progress: if bar.is_hidden() { None } else { Some(&progress) },
        reasons: false,
    };
    let program = &ready.program;
    let results = projection((program, &chosen.slots()), columns, &options, terminal);
    bar.finish_and_clear();
    let past = Past { program, columns, as_of: delivery.as_of, results: &results };
    backtest(past, table, chosen, masking(args)).map_err(|it| {
        let json = args.format == Format::Json;
        let exit = prepare::refuse(vec![(it.code(), it.words())], json, Exit::Problems, terminal);
        // Rows that were not used may be the cause.
        let rows = table.bad_rows.iter().take(BAD_ROWS_SHOWN).filter(|_| !json);
        rows.for_each(|it| terminal.tell(harmless(&bad_row(it, terminal.lang))));
        exit
    })
}

/// Draws the picture where `--picture` says, if it does; gives its path.
fn drawn(
    args: &BacktestArgs,
    found: &Backtest,
    table: &EventTable,
    terminal: Terminal,
) -> Result<Option<String>, Exit> {
    let Some(path) = &args.picture else { return Ok(None) };
    let path_shown = shown(path);
    let svg = picture::svg(found, table, terminal.files);
    let written = save(path, svg.as_bytes()).map_err(|it| it.to_string());
    match written {
        Ok(()) => Ok(Some(path_shown)),
        Err(why) => {
            let problem = OutputError::Unwritable { path: path_shown, why };
            let problems = vec![(problem.code(), problem.words())];
            let json = args.format == Format::Json;
            Err(prepare::refuse(problems, json, Exit::Problems, terminal))
        }
    }
}

fn save(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut to = heng_engine::output::Writing::begin(path)?;
    to.write_all(bytes)?;
    to.finish()
}

fn tell(
    found: &Backtest,
    table: &EventTable,
    loaded: &Loaded<Columns>,
    picture: Option<&str>,
    terminal: Terminal,
) {
    terminal.out(text::report(found, table, loaded, terminal.lang));
    if let Some(path) = picture {
        terminal.out(match terminal.lang {
            Lang::Zh => format!("\n已画出“{path}”"),
            Lang::En => format!("\ndrawn: “{path}”"),
        });
    }
    terminal.out(format_args!("\n{}", found.notice.of(terminal.lang)));
}
