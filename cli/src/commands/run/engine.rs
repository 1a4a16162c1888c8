//! Which engine works the results out, and whether it can be believed.

use heng_dsl::diag::{Lang, Words};
use heng_engine::columnar::{self, Clock, Month, Quarantined, Ran, Refusal};
use heng_engine::outcome::Outcome;
use heng_engine::part::{self, Sink};
use heng_engine::run::{RunOptions, run};
use heng_engine::source::Source;

use super::super::prepare::{self, Delivery, Ready};
use crate::args::{Engine, Format, Run as RunArgs};
use crate::exit::Exit;
use crate::terminal::{Terminal, harmless_lines};

/// How many reasons are told why an engine refuses.
const TOLD: usize = 10;

/// Works the results out and hands them over, or says why that engine cannot: another one never takes its
/// place by itself.
pub(super) fn classified<S: Sink>(
    args: &RunArgs,
    ready: &Ready,
    source: &dyn Source,
    (options, clock, month): (&RunOptions<'_>, Option<Clock<'_>>, Option<Month<'_>>),
    (sink, deliver): (&S, &mut (dyn FnMut(S::Done) + Send)),
    terminal: Terminal,
) -> Result<Ran, Exit> {
    let json = args.format == Format::Json;
    let refusals = match args.engine {
        Engine::Reference => {
            let columns = source.whole();
            let columns = columns.map_err(|it| prepare::unreadable(&it, json, terminal))?;
            let quarantined = Quarantined::of(&columns, 0..columns.len());
            let register = columns.register();
            let run = run(&ready.program, &register, options);
            part::each(&register, &run.outcomes, sink, deliver);
            let founded_later = run.outside.len();
            let (population, spent) = (run.population, Vec::new());
            return Ok(Ran { population, founded_later, quarantined, spent, looked: None });
        }
        Engine::Columnar => {
            let program = &ready.program;
            let ran = match month {
                Some(month) => {
                    columnar::month(program, source, (options, clock, month), sink, deliver)
                }
                None => columnar::results(program, source, (options, clock), sink, deliver),
            };
            match ran {
                Ok(ran) => return Ok(ran),
                Err(refusals) => refusals,
            }
        }
    };
    if let [Refusal::Unreadable(why)] = refusals.as_slice() {
        return Err(prepare::unreadable(why, json, terminal));
    }
    Err(refused(&refusals, terminal))
}

/// Says why an engine cannot work the results out.
pub(in crate::commands) fn refused(refusals: &[Refusal], terminal: Terminal) -> Exit {
    for it in refusals.iter().take(TOLD) {
        terminal.complain(harmless_lines(it.words().of(terminal.lang)));
    }
    if let Some(more) = refusals.len().checked_sub(TOLD).filter(|it| *it > 0) {
        terminal.complain(match terminal.lang {
            Lang::Zh => format!("还有{more}处"),
            Lang::En => format!("and {more} more"),
        });
    }
    terminal.complain(
        terminal.pick("请用 --engine reference 计算", "use --engine reference to work it out"),
    );
    Exit::Problems
}

/// Works some households out by the reference evaluator, too.
pub(super) fn verified(
    args: &RunArgs,
    ready: &Ready,
    delivery: &Delivery<Box<dyn Source>>,
    (ran, drawn): (&Ran, &[Outcome]),
    terminal: Terminal,
) -> Result<(), Exit> {
    let json = args.format == Format::Json;
    let columns = delivery.loaded.register.whole();
    let columns = columns.map_err(|it| prepare::unreadable(&it, json, terminal))?;
    let on = (delivery.as_of, &ran.population, args.results.reasons);
    let replayed = columnar::replay(&ready.program, &columns, on, drawn);
    if replayed.different.is_empty() {
        terminal.tell(match terminal.lang {
            Lang::Zh => format!("抽出{}户用参考求值器复算，结果全部相同", replayed.households),
            Lang::En => format!(
                "{} households were worked out by the reference engine, too: all results are the same",
                replayed.households
            ),
        });
        return Ok(());
    }
    let count = replayed.different.len();
    let shown: Vec<&str> = replayed.different.iter().take(TOLD).map(AsRef::as_ref).collect();
    let words = Words::both(
        format!("{count}户与参考求值器的结果不同，这是本程序的故障：{}", shown.join("、")),
        format!(
            "{count} households have another result than by the reference engine, which is a fault of \
             this program: {}",
            shown.join(", ")
        ),
    );
    terminal.complain(harmless_lines(words.of(terminal.lang)));
    Err(Exit::Fault)
}
