//! `heng eval`: the value of an expression in the scope of a rule set, and what it rests on.

use heng_dsl::diag::{Lang, plural};
use heng_dsl::value::{Date, Value};
use heng_engine::columns::Columns;
use heng_engine::data::{Household, Register, Unread};
use heng_engine::explain::{
    Answer, Asked, Distribution, ExplainOptions, Facts, Record, answer, distribution,
    distribution_in_columns,
};
use heng_engine::program::Program;
use heng_engine::run::{RunOptions, run as classify};
use heng_engine::source::{Source, Unreadable};
use serde::Serialize;

use super::next::{self, Next};
use super::{check, explain, outcomes, prepare, print_json, some_rules};
use crate::args::{Eval, Format};
use crate::exit::Exit;
use crate::lang::pick;
use crate::project::Project;
use crate::rules::{self, Wanted};
use crate::table::{Rows, percent};
use crate::terminal::{Terminal, harmless_lines};

/// How many records are shown for people; the rest is counted.
const RECORDS: usize = 20;

/// What an expression is worth, for programs.
#[derive(Serialize)]
struct Report<'r, T: Serialize> {
    expression: &'r str,
    package: &'r str,
    #[serde(flatten)]
    result: &'r T,
}

pub(super) fn run(args: &Eval, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let wanted = Wanted::of(&args.rules, &args.lookup, project);
    some_rules(&wanted, terminal)?;
    let expression = args.expression.trim();
    let mut asked = rules::check_asked(&wanted, args.package.as_deref(), expression);
    let Some((package, id)) = asked.place.take() else {
        if json {
            print_json(&check::report(&asked.checked), terminal)?;
        } else {
            check::tell(&asked.checked, terminal);
        }
        return Err(Exit::Problems);
    };
    // A package that others only use is worked out too, where its names are asked for.
    let number = asked
        .checked
        .linked
        .as_ref()
        .and_then(|it| it.packages.iter().position(|it| it.id == package));
    asked.checked.roots.extend(number);
    let ready = prepare::linked(asked.checked, prepare::Extent::Asked, json, terminal)?;
    let (source, as_of) = source(args, project, &ready, json, terminal)?;
    let source = source.as_ref();
    let threads = args.data.threads.map(usize::from);
    let run = RunOptions { as_of, threads, progress: None, reasons: false };
    let options = ExplainOptions { reveal: args.data.reveal, present_only: true };
    let Some(slot) = ready.program.linked().find_decl(&package, &id) else {
        return Err(Exit::Fault);
    };
    let asking = Asking { program: &ready.program, source, run: &run, slot, options: &options };
    let lang = terminal.lang;
    match args.household.as_deref().map(str::trim) {
        Some(key) => {
            let it = asking.of_household(key, json, terminal)?;
            if json {
                print_json(&Report { expression, package: &package, result: &it }, terminal)?;
            } else {
                terminal.out(harmless_lines(&answered(expression, &package, &it, lang)));
            }
        }
        None => {
            let it = asking.of_all(json, terminal)?;
            if json {
                print_json(&Report { expression, package: &package, result: &it }, terminal)?;
            } else {
                terminal.out(harmless_lines(&distributed(expression, &package, &it, lang)));
            }
        }
    }
    Ok(Exit::Fine)
}

/// What is asked: a declaration, by slot, of a register.
struct Asking<'a> {
    program: &'a Program,
    source: &'a dyn Source,
    run: &'a RunOptions<'a>,
    slot: usize,
    options: &'a ExplainOptions,
}

impl Asking<'_> {
    /// What it is worth for one household.
    fn of_household(&self, key: &str, json: bool, terminal: Terminal) -> Result<Answer, Exit> {
        let (source, as_of) = (self.source, self.run.as_of);
        let unreadable = |it: Unreadable| prepare::unreadable(&it, json, terminal);
        let Some((number, household)) = source.household(key).map_err(unreadable)? else {
            let around = source.around(key).map_err(unreadable)?;
            let problems = vec![("D0302", explain::unknown(key, around.as_ref()))];
            return Err(prepare::refuse(problems, json, Exit::Problems, terminal));
        };
        let population = explain::population_of(self.program, source, self.run);
        let population = &population.map_err(unreadable)?;
        let (household, cutoff) = (&household, source.cutoff());
        let asked = Asked { household, number, population, as_of, cutoff };
        Ok(answer(self.program, asked, self.slot, self.options))
    }

    /// What it is worth over the register; where the columns have no operation for it, household by household.
    fn of_all(&self, json: bool, terminal: Terminal) -> Result<Distribution, Exit> {
        let Self { program, source, run, slot, options } = *self;
        let refusals = match distribution_in_columns(program, source, run, slot, options) {
            Ok(it) => return Ok(it),
            Err(refusals) => refusals,
        };
        outcomes::tell(&refusals, terminal);
        let columns = source.whole().map_err(|it| prepare::unreadable(&it, json, terminal))?;
        let run = classify(program, &columns.register(), run);
        Ok(distribution(program, &run, slot, options))
    }
}

/// The register and the date; without data and household, one of one household of which nothing is known, which is enough for
/// constants.
fn source(
    args: &Eval,
    project: &Project,
    ready: &prepare::Ready,
    json: bool,
    terminal: Terminal,
) -> Result<(Box<dyn Source>, Date), Exit> {
    let linked = ready.program.linked();
    let no_data = args.data.data.is_none() && project.data.is_none() && args.household.is_none();
    if let (true, Some(as_of)) = (no_data, args.data.as_of.or(project.as_of)) {
        let nobody = Household {
            fields: vec![Value::Missing; linked.fields().len()],
            records: vec![Vec::new(); linked.tables().len()],
            ..Household::default()
        };
        let register = Register { households: vec![nobody], cutoff: None };
        let columns = Columns::of_register(&register, linked).ok_or(Exit::Fault)?;
        return Ok((Box::new(columns), as_of));
    }
    // Of one household anything may be shown, of all only what the rules read.
    let unread = match &args.household {
        Some(_) => Unread::default(),
        None => Unread::of(&ready.program, false),
    };
    let delivery =
        prepare::source(&ready.program, (unread, None), &args.data, project, (json, terminal))?;
    Ok((delivery.loaded.register, delivery.as_of))
}

fn heading(expression: &str, package: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{expression}（{package}）"),
        Lang::En => format!("{expression} ({package})"),
    }
}

fn answered(expression: &str, package: &str, it: &Answer, lang: Lang) -> String {
    let colon = pick(lang, "：", ": ");
    let mut lines = vec![heading(expression, package, lang)];
    lines.push(match lang {
        Lang::Zh => format!("  {}，基准日 {}", it.household, it.as_of),
        Lang::En => format!("  {}, as of {}", it.household, it.as_of),
    });
    lines.push(match lang {
        Lang::Zh => format!("= {}    {}", it.value.of(lang), it.of.of(lang)),
        Lang::En => format!("= {}    {}", it.value.of(lang), it.of.of(lang)),
    });
    if let Some(why) = &it.why {
        lines.push(format!("  {}", why.of(lang)));
    }
    lines.extend(facts(&it.facts, lang));
    if !it.missing.is_empty() {
        lines.push(pick(lang, "缺失的资料：", "Missing data:").to_owned());
        lines.extend(it.missing.iter().map(|it| {
            let owner = it.owner.as_deref().map(|it| format!("{colon}{it}")).unwrap_or_default();
            format!("  {}{owner}", it.field)
        }));
    }
    lines.push(after_that(&it.household, lang));
    lines.join("\n")
}

fn after_that(household: &str, lang: Lang) -> String {
    let command = format!("heng explain {household}");
    let all =
        Next::new(&command, "这一户的全部结果和理由", "all results of this household, and why");
    format!("\n{}", next::text(&[all], lang))
}

/// What was read: values, then records.
fn facts(it: &Facts, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    if !it.read.is_empty() {
        lines.push(pick(lang, "读到的值：", "Read:").to_owned());
        let mut rows = Rows::new([("", false), ("", false)]);
        for read in &it.read {
            rows.push([read.name.clone(), read.value.of(lang).to_owned()]);
        }
        lines.extend(rows.text().lines().skip(1).map(str::to_owned));
    }
    if !it.records.is_empty() {
        lines.push(match lang {
            Lang::Zh => format!("所依据的记录（{}条）：", it.records.len()),
            Lang::En => format!("Records it rests on ({}):", it.records.len()),
        });
        lines.extend(it.records.iter().take(RECORDS).map(|it| record(it, lang)));
        let more = it.records.len().saturating_sub(RECORDS);
        if more > 0 {
            lines.push(match lang {
                Lang::Zh => format!("  另有{more}条没有列出"),
                Lang::En => format!("  {more} more are not shown"),
            });
        }
    }
    lines
}

fn record(it: &Record, lang: Lang) -> String {
    let date = it.date.map(|it| it.to_string());
    let values = it.values.iter().map(|it| format!("{} {}", it.name, it.value.of(lang)));
    let parts = [Some(it.table.clone()), it.id.clone(), date].into_iter().flatten().chain(values);
    format!("  {}", parts.collect::<Vec<_>>().join(pick(lang, "，", ", ")))
}

fn distributed(expression: &str, package: &str, it: &Distribution, lang: Lang) -> String {
    let mut lines = vec![heading(expression, package, lang)];
    if let Some(constant) = &it.constant {
        lines.push(format!("= {}    {}", constant.of(lang), it.of.of(lang)));
        lines.push(match lang {
            Lang::Zh => format!("  基准日 {}；每一户都是这个值", it.as_of),
            Lang::En => format!("  as of {}; the same for every household", it.as_of),
        });
        return lines.join("\n");
    }
    lines.push(match lang {
        Lang::Zh => format!("  {}；基准日 {}，总体 {} 户", it.of.of(lang), it.as_of, it.households),
        Lang::En => {
            let households = plural(it.households, "household");
            format!("  {}; as of {}, {households}", it.of.of(lang), it.as_of)
        }
    });
    if let Some(numbers) = &it.numbers {
        let mut rows = Rows::new([
            (pick(lang, "户数", "households"), true),
            (pick(lang, "最低", "least"), true),
            (pick(lang, "中位", "median"), true),
            (pick(lang, "平均", "mean"), true),
            (pick(lang, "最高", "greatest"), true),
        ]);
        let mean = numbers.mean.as_ref().map_or("–", |it| it.of(lang)).to_owned();
        rows.push([
            numbers.count.to_string(),
            numbers.least.of(lang).to_owned(),
            numbers.median.of(lang).to_owned(),
            mean,
            numbers.greatest.of(lang).to_owned(),
        ]);
        lines.push(rows.text());
    }
    if !it.values.is_empty() {
        let mut rows = Rows::new([
            (pick(lang, "值", "value"), false),
            (pick(lang, "户数", "households"), true),
            (pick(lang, "占比", "share"), true),
        ]);
        for share in &it.values {
            let part = percent(share.count, it.households);
            rows.push([share.value.of(lang).to_owned(), share.count.to_string(), part]);
        }
        if it.other > 0 {
            let part = percent(it.other, it.households);
            rows.push([pick(lang, "其他", "others").to_owned(), it.other.to_string(), part]);
        }
        lines.push(rows.text());
    }
    let one = Next::new(
        "heng eval … --household …",
        "一户的值和它所依据的记录",
        "the value of one household, and the records it rests on",
    );
    lines.push(format!("\n{}", next::text(&[one], lang)));
    lines.join("\n")
}
