//! `heng run`: classify a register and show what it comes to. Nothing is recorded.

pub(super) mod data;
pub(super) mod engine;
mod grades;
mod month;
mod profile;
mod speed;
pub(super) mod written;

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use heng_dsl::diag::{Lang, Words};
use heng_engine::columnar::{Drawn, Looked, Month, Ran};
use heng_engine::coverage::{Coverage, of_run};
use heng_engine::data::Unread;
use heng_engine::eval::checks::findings_of;
use heng_engine::ingest::{FileReport, Loaded, Problems};
use heng_engine::mask::Masking;
use heng_engine::outcome::Outcome;
use heng_engine::output::{Chunk, ResultFile};
use heng_engine::part::Sink;
use heng_engine::quality::{self, QualityReport};
use heng_engine::run::RunOptions;
use heng_engine::snapshot::Ahead;
use heng_engine::source::{Source, Unreadable};
use heng_engine::summary::{Counting, GroupBy, Population, Summary, SummaryOptions, Tally};
use serde::Serialize;

use self::month::{Counted, Months};
use self::speed::Speed;
use self::written::Written;
use super::prepare::{Delivery, Ready};
use super::{coverage, prepare, print_json};
use crate::args::{Format, Run as RunArgs};
use crate::exit::Exit;
use crate::project::Project;
use crate::rules::Wanted;
use crate::terminal::{Terminal, harmless_lines};

/// What a run came to, for programs.
#[derive(Serialize)]
struct Report<'r> {
    summary: &'r Summary,
    files: &'r [FileReport],
    problems: Problems,
    quality: &'r QualityReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<&'r Coverage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    looked: Option<Counted>,
    written: &'r [String],
    speed: &'r Speed,
}

pub(super) fn run(args: &RunArgs, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let ahead = prepare::ahead(&args.data, project);
    let wanted = Wanted::new(&args.packages, project);
    let ready = prepare::program(&wanted, prepare::Extent::Asked, json, terminal)?;
    ready.tell_warnings(terminal);
    written::possible(args, 0, terminal)?;
    let clock = speed::Clock::start();
    let delivery = opened(&ready, (args, ahead), project, (json, terminal))?;
    let exit = worked_with(args, project, (&ready, &delivery), clock.elapsed(), terminal);
    // Nobody needs the memory before the program ends, which gives it back all at once.
    mem::forget(delivery);
    exit
}

/// Classifies what was opened, and says what came of it.
fn worked_with(
    args: &RunArgs,
    project: &Project,
    (ready, delivery): (&Ready, &Delivery<Box<dyn Source>>),
    loading: Duration,
    terminal: Terminal,
) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let households = delivery.loaded.register.len();
    written::possible(args, households, terminal)?;
    let sheet = written::sheet(args, project, ready, delivery, terminal)?;
    let months = Months::of(args, ready, delivery, sheet.as_ref(), terminal)?;
    let file = written::begin(args, sheet.as_ref(), terminal)?;
    let by = SummaryOptions { by: by(project) };
    let (worked, speed) =
        classified(args, ready, delivery, ((&by, file, &months), loading), terminal)?;
    let Worked { ran, summary, file, drawn } = worked;
    if args.verify.is_some() {
        engine::verified(args, ready, delivery, (&ran, &drawn), terminal)?;
    }
    let loaded = &delivery.loaded;
    let unreadable = |it: Unreadable| prepare::unreadable(&it, json, terminal);
    let quality = quality(ready, delivery, masking(args)).map_err(unreadable)?;
    let coverage = covered(args, ready, delivery, &ran).map_err(unreadable)?;
    let mut written = written::finish(args, (file, sheet.as_ref()), &loaded.problems, terminal)?;
    months.finish(args, &mut written, terminal)?;
    if let Some(path) = &args.profile {
        written.files.push(profile::write(path, ready.program.linked(), &ran.spent, terminal)?);
    }
    match args.format {
        Format::Text => {
            tell(&summary, loaded, &quality, terminal);
            if let Some(it) = &coverage {
                terminal.out(format_args!("\n{}", coverage::text(it, terminal.lang)));
            }
            if args.profile.is_some() {
                let told = profile::text(ready.program.linked(), &ran.spent, terminal.lang);
                terminal.out(format_args!("\n{told}"));
            }
            end(&summary, &written, (&speed, ran.looked.as_ref()), terminal);
        }
        Format::Json => {
            let report = Report {
                summary: &summary,
                files: &loaded.files,
                problems: loaded.problems.clone().shown(masking(args)),
                quality: &quality,
                coverage: coverage.as_ref(),
                looked: ran.looked.as_ref().map(|it| Counted::of(it, terminal.lang)),
                written: &written.files,
                speed: &speed,
            };
            print_json(&report, terminal)?;
        }
    }
    Ok(if households == 0 { nobody(loaded, terminal) } else { Exit::Fine })
}

/// The data without the texts that no rule reads and nothing shows.
fn opened(
    ready: &Ready,
    (args, ahead): (&RunArgs, Option<Arc<Ahead>>),
    project: &Project,
    how: (bool, Terminal),
) -> Result<Delivery<Box<dyn Source>>, Exit> {
    let mut unread = Unread::of(&ready.program, true);
    let shown = written::fields(args, project, ready, how.1);
    let by = SummaryOptions { by: by(project) };
    let by = by.fields(ready.program.linked());
    unread.fields.retain(|it| !shown.contains(it) && !by.contains(it));
    prepare::source(&ready.program, (unread, ahead), &args.data, project, how)
}

/// Nobody was classified, which is never what was meant: the household file is empty, or all of its
/// rows are quarantined.
fn nobody<R>(loaded: &Loaded<R>, terminal: Terminal) -> Exit {
    let rows = loaded.files.first().map_or(0, |it| it.rows);
    let file = loaded.files.first().map_or("", |it| it.file.as_str());
    let words = if rows == 0 {
        Words::both(
            format!("“{file}”里没有一户，没有可以分类的"),
            format!("“{file}” has no household, so there is nothing to classify"),
        )
    } else {
        Words::both(
            format!("“{file}”的{rows}行全部隔离，没有可以分类的户；原因见上面和隔离文件"),
            format!(
                "all {rows} rows of “{file}” are quarantined, so there is nothing to classify; the \
                 reasons stand above and in the quarantine file"
            ),
        )
    };
    terminal.complain(format_args!("[D0302] {}", harmless_lines(words.of(terminal.lang))));
    Exit::Problems
}

/// Sensitive texts are hidden unless `--reveal` asks for them.
fn masking(args: &RunArgs) -> Masking {
    if args.data.reveal { Masking::Revealed } else { Masking::Hidden }
}

/// What the 校验 and loading found.
fn quality(
    ready: &Ready,
    delivery: &Delivery<Box<dyn Source>>,
    masking: Masking,
) -> Result<QualityReport, Unreadable> {
    let loaded = &delivery.loaded;
    let found = findings_of(&ready.program, loaded.register.as_ref(), delivery.as_of)?;
    let linked = ready.program.linked();
    Ok(quality::report(linked, &found, &loaded.problems, &found.findings, masking))
}

/// What the households of the register reach of the rules, if somebody wants to know.
fn covered(
    args: &RunArgs,
    ready: &Ready,
    delivery: &Delivery<Box<dyn Source>>,
    ran: &Ran,
) -> Result<Option<Coverage>, Unreadable> {
    if !args.coverage {
        return Ok(None);
    }
    let register = delivery.loaded.register.whole()?.register();
    Ok(Some(of_run(&ready.program, &register, (delivery.as_of, &ran.population))))
}

/// The fields to break grades down by.
fn by(project: &Project) -> Vec<GroupBy> {
    let fields = [&project.summary.region, &project.summary.industry];
    fields.into_iter().flatten().map(|it| GroupBy::parse(it)).collect()
}

/// What a run came to.
struct Worked<'r> {
    ran: Ran,
    summary: Summary,
    /// The result file, with all rows.
    file: Option<ResultFile<'r>>,
    /// Outcomes to be worked out again.
    drawn: Vec<Outcome>,
}

/// How results are counted, the file that they go to, and what ties them to other months.
type To<'a, 'r> = (&'a SummaryOptions, Option<ResultFile<'r>>, &'a Months);

/// Classifies as often as asked; the last run counts, and the fastest is the measure of speed.
fn classified<'r>(
    args: &RunArgs,
    ready: &Ready,
    delivery: &Delivery<Box<dyn Source>>,
    ((by, mut file, months), loading): (To<'_, 'r>, Duration),
    terminal: Terminal,
) -> Result<(Worked<'r>, Speed), Exit> {
    let source = delivery.loaded.register.as_ref();
    let threads = args.data.threads.map(usize::from);
    let mut speed = Speed::new(source.len(), threads, loading);
    let counting = Counting::new(&ready.program, by);
    for _ in 1..args.repeat.unwrap_or(1) {
        // Counted, too: what nobody reads would not be looked up.
        once((args, &mut speed, None), ready, delivery, (&counting, &mut |_| {}), terminal)?;
    }
    let drawn = args.verify.map(|it| Drawn(it.0));
    let encoding = file.as_ref().map(ResultFile::encoding);
    let sink = (&counting, (encoding, drawn));
    let (mut tally, mut outcomes, mut failed) = (counting.begin(), Vec::new(), None);
    let mut deliver = |(counted, (chunk, more)): (Tally, (Option<Chunk>, Option<Vec<Outcome>>))| {
        tally.add(counted);
        outcomes.extend(more.into_iter().flatten());
        if let (Some(file), Some(chunk), None) = (&mut file, chunk, &failed) {
            failed = file.add(chunk).err();
        }
    };
    let how = (args, &mut speed, months.month());
    let ran = counting.during(|| once(how, ready, delivery, (&sink, &mut deliver), terminal))?;
    if let Some(why) = failed {
        return Err(written::refused(&why, args, terminal));
    }
    let population = Population::of_source(source, delivery.as_of, &ran);
    let summary = counting.summary(tally, &population);
    Ok((Worked { ran, summary, file, drawn: outcomes }, speed))
}

/// Classifies once, and says how far it is.
fn once<S: Sink>(
    (args, speed, month): (&RunArgs, &mut Speed, Option<Month<'_>>),
    ready: &Ready,
    delivery: &Delivery<Box<dyn Source>>,
    to: (&S, &mut (dyn FnMut(S::Done) + Send)),
    terminal: Terminal,
) -> Result<Ran, Exit> {
    let source = delivery.loaded.register.as_ref();
    let what = terminal.pick("分类（户）", "classifying (households)");
    let bar = terminal.progress(Some(source.len() as u64), what);
    let progress = |it: heng_engine::run::Progress| {
        bar.set_length(it.of as u64);
        bar.set_position(it.done as u64);
    };
    let progress: Option<&(dyn Fn(heng_engine::run::Progress) + Sync)> =
        if bar.is_hidden() { None } else { Some(&progress) };
    let threads = args.data.threads.map(usize::from);
    let options =
        RunOptions { as_of: delivery.as_of, threads, progress, reasons: args.results.reasons };
    let clock = speed::Clock::start();
    let tell = || u64::try_from(clock.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let telling: Option<heng_engine::columnar::Clock<'_>> =
        if args.profile.is_some() { Some(&tell) } else { None };
    let how = (&options, telling, month);
    let ran = engine::classified(args, ready, source, how, to, terminal);
    speed.add(clock.elapsed());
    bar.finish_and_clear();
    ran
}

fn tell<R>(summary: &Summary, loaded: &Loaded<R>, quality: &QualityReport, terminal: Terminal) {
    let lang = terminal.lang;
    let sections = [
        grades::heading(summary, lang),
        grades::grades(summary, lang),
        grades::scores(summary, lang),
        grades::holdings(summary, lang),
        grades::measures(summary, lang),
        data::files(loaded, lang),
        data::quality(quality, lang),
        data::gaps(summary, lang),
    ];
    let sections: Vec<String> = sections.into_iter().filter(|it| !it.is_empty()).collect();
    terminal.out(sections.join("\n\n"));
}

fn end(
    summary: &Summary,
    written: &Written,
    (speed, looked): (&Speed, Option<&Looked>),
    terminal: Terminal,
) {
    let lang = terminal.lang;
    terminal.out("");
    for file in &written.files {
        terminal.out(match lang {
            Lang::Zh => format!("已写出“{file}”"),
            Lang::En => format!("written: “{file}”"),
        });
    }
    if let Some(it) = looked {
        terminal.out(month::text(it, lang));
    }
    terminal.out(speed.text(lang));
    terminal.out(harmless_lines(summary.notice.of(lang)));
}
