//! `heng test --mutate`: would the cases notice if a number of the rules were another one?

use heng_dsl::diag::{Lang, plural};
use heng_engine::mutate::{Mutation, Options, Progress, Proved, Survivor, mutate};
use serde::Serialize;

use super::super::prepare::Ready;
use super::super::print_json;
use crate::args::{Test, TestFormat};
use crate::exit::Exit;
use crate::table::percent;
use crate::terminal::{Terminal, harmless, harmless_lines};

/// What the cases are worth, for programs.
#[derive(Serialize)]
struct Report {
    judged: usize,
    killed: usize,
    packages: Vec<Mutation>,
}

/// Changes the packages that were asked for and tells what survived.
pub(super) fn run(args: &Test, ready: &Ready, terminal: Terminal) -> Result<Exit, Exit> {
    let mut packages = Vec::new();
    for package in &ready.roots {
        let bar = terminal.progress(Some(0), terminal.pick("试改规则", "changing the rules"));
        let progress = |it: Progress| match it {
            Progress::Mutants(all) => bar.set_length(all as u64),
            Progress::Judged => bar.inc(1),
        };
        let options = Options {
            sample: args.sample,
            seed: args.seed,
            // What is to be pasted is in the spelling of the messages.
            lang: terminal.lang,
            progress: &progress,
        };
        packages.extend(mutate(&ready.program, *package, &options));
        bar.finish_and_clear();
    }
    let sum = |of: fn(&Mutation) -> usize| packages.iter().map(of).sum();
    let (judged, killed) = (sum(|it| it.judged), sum(|it| it.killed));
    match args.format {
        TestFormat::Json => print_json(&Report { judged, killed, packages }, terminal)?,
        TestFormat::Text | TestFormat::Junit => {
            packages.iter().for_each(|it| tell(it, terminal));
        }
    }
    Ok(Exit::Fine)
}

fn tell(it: &Mutation, terminal: Terminal) {
    for survivor in &it.survivors {
        tell_survivor(it, survivor, terminal);
    }
    for proved in &it.proved {
        tell_proved(it, proved, terminal);
    }
    let (killed, survived, proved) = (it.killed, it.survivors.len(), it.proved.len());
    let (judged, equivalent) = (it.judged - proved, it.equivalent + proved);
    let share = percent(killed, judged);
    let package = harmless(&it.package).into_owned();
    terminal.out(match terminal.lang {
        Lang::Zh => format!(
            "{package}：{judged}处试改（共{}处，{}处肯定没有区别），{}条用例发现{killed}处（{share}），{survived}处没有发现",
            it.all, equivalent, it.cases
        ),
        Lang::En => format!(
            "{package}: {} (of {}; without a difference for certain: {}), noticed by {}: {killed} ({share}), \
             survived: {survived}",
            plural(judged, "mutant"),
            it.all,
            equivalent,
            plural(it.cases, "case")
        ),
    });
    if proved > 0 {
        let dates = it.dates.len();
        terminal.out(match terminal.lang {
            Lang::Zh => format!(
                "{package}：其中{proved}处是证明的：在用例的{dates}个基准日上，对所有可能的户都没有区别"
            ),
            Lang::En => format!(
                "{package}: of these, proved over all households on the {} of the cases: {proved}",
                plural(dates, "as-of date")
            ),
        });
    }
    if it.failing > 0 {
        let failing = it.failing;
        terminal.tell(match terminal.lang {
            Lang::Zh => format!("{package}：{failing}条用例本来就没有通过，没有参加"),
            Lang::En => {
                format!("{package}: failing anyway and left out: {}", plural(failing, "case"))
            }
        });
    }
}

fn tell_proved(it: &Mutation, proved: &Proved, terminal: Terminal) {
    let Proved { decl, text, place, change } = proved;
    let (place, change) = (place.as_deref().unwrap_or(""), change.of(terminal.lang));
    let head = terminal.pick("证明没有区别：", "proved to make no difference: ");
    let line = format!("{head}{}.{decl} {text}  {change}  {place}", it.package);
    terminal.out(harmless(line.trim_end()));
}

fn tell_survivor(it: &Mutation, survivor: &Survivor, terminal: Terminal) {
    let Survivor { decl, text, place, change, reached, case } = survivor;
    let (place, change) = (place.as_deref().unwrap_or(""), change.of(terminal.lang));
    let head = terminal.pick("没有发现：", "survived: ");
    let line = format!("{head}{}.{decl} {text}  {change}  {place}", it.package);
    terminal.out(harmless(line.trim_end()));
    let why = match (reached, case.is_some()) {
        (_, true) => None,
        (true, false) => Some(terminal.pick(
            "  有用例走到这里，稍改这些用例没有得到不同的结果",
            "  a case gets here; changing the cases a little made no difference",
        )),
        (false, false) => Some(terminal.pick(
            "  没有用例走到这里，稍改现有用例也走不到",
            "  no case gets here, and changing the cases a little does not get there",
        )),
    };
    if let Some(why) = why {
        terminal.out(why);
    }
    if let Some(case) = case {
        terminal.out(harmless_lines(case));
    }
}
