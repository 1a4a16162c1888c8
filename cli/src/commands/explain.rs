//! `heng explain`: why one household has its result.

use heng_dsl::diag::{Lang, Words};
use heng_engine::columnar;
use heng_engine::data::{Keyed, Unread};
use heng_engine::explain::{Asked, ExplainOptions, explain_one};
use heng_engine::population::{self, PopulationValues};
use heng_engine::program::Program;
use heng_engine::run::RunOptions;
use heng_engine::source::{Source, Unreadable};

use super::{next, prepare, print_json};
use crate::args::{Explain, ExplainFormat};
use crate::exit::Exit;
use crate::project::Project;
use crate::rules::Wanted;
use crate::terminal::{Terminal, harmless_lines};

/// How many keys are offered in place of one that does not exist.
const NEAR_KEYS: usize = 5;

pub(super) fn run(args: &Explain, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == ExplainFormat::Json;
    let folders: Vec<_> = args.folders.iter().chain(&args.rules).cloned().collect();
    let wanted = Wanted::of(&folders, &args.lookup, project);
    let ready = prepare::program(&wanted, prepare::Extent::Asked, json, terminal)?;
    let delivery = prepare::source(
        &ready.program,
        (Unread::default(), None),
        &args.data,
        project,
        (json, terminal),
    )?;
    let source = delivery.loaded.register.as_ref();
    let unreadable = |it: Unreadable| prepare::unreadable(&it, json, terminal);
    let key = args.household.trim();
    let Some((number, household)) = source.household(key).map_err(unreadable)? else {
        let words = unknown(key, source.around(key).map_err(unreadable)?.as_ref());
        return Err(prepare::refuse(vec![("D0302", words)], json, Exit::Problems, terminal));
    };
    let options = RunOptions {
        as_of: delivery.as_of,
        threads: args.data.threads.map(usize::from),
        progress: None,
        reasons: false,
    };
    let population = population_of(&ready.program, source, &options).map_err(unreadable)?;
    let (as_of, cutoff) = (delivery.as_of, source.cutoff());
    let asked = Asked { household: &household, number, population: &population, as_of, cutoff };
    let options = ExplainOptions { reveal: args.data.reveal, present_only: false };
    let explanation = explain_one(&ready.program, asked, &options);
    match args.format {
        ExplainFormat::Text => {
            terminal.out(harmless_lines(explanation.to_text(terminal.lang).trim_end()));
            // The letter is for the household; what to try next is for who asked.
            let next: Vec<_> = next::attempt(&ready).into_iter().collect();
            if !next.is_empty() {
                terminal
                    .tell(format_args!("\n{}", harmless_lines(&next::text(&next, terminal.lang))));
            }
        }
        ExplainFormat::Markdown => terminal.out(explanation.to_markdown(terminal.lang).trim_end()),
        ExplainFormat::Json => print_json(&explanation, terminal)?,
    }
    Ok(Exit::Fine)
}

/// What the functions of a register come to. A household is worked out by the reference evaluator, which tells why; of the
/// others only matters what these functions take from them. What the columnar engine refuses takes longer.
pub(super) fn population_of(
    program: &Program,
    source: &dyn Source,
    options: &RunOptions<'_>,
) -> Result<PopulationValues, Unreadable> {
    match columnar::population(program, source, options) {
        Ok(it) => Ok(it),
        Err(_) => {
            let register = source.whole()?.register();
            Ok(population::values(program, &register, options.as_of))
        }
    }
}

/// No household has the key; some that begin or end alike.
pub(super) fn unknown(key: &str, register: &dyn Keyed) -> Words {
    let alike = |it: &str| {
        let shared = it.chars().zip(key.chars()).take_while(|(a, b)| a == b).count();
        shared * 10 >= key.chars().count() * 8 || (key.len() >= 4 && it.contains(key))
    };
    let keys = (0..register.households()).filter_map(|it| register.key(it));
    let near: Vec<_> = keys.filter(|it| alike(it)).take(NEAR_KEYS).collect();
    let of = |lang: Lang| match (lang, near.is_empty()) {
        (Lang::Zh, true) => format!("数据中没有主键为“{key}”的户"),
        (Lang::En, true) => format!("the data have no household with the key “{key}”"),
        (Lang::Zh, false) => {
            format!("数据中没有主键为“{key}”的户；相近的有：{}", near.join("、"))
        }
        (Lang::En, false) => {
            format!(
                "the data have no household with the key “{key}”; near ones: {}",
                near.join(", ")
            )
        }
    };
    Words::both(of(Lang::Zh), of(Lang::En))
}
