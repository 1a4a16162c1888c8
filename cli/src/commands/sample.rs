//! `heng sample`: an invented city to try rules on.

use heng_dsl::diag::Lang;
use serde::Serialize;

use super::print_json;
use crate::args::{Format, Sample};
use crate::exit::Exit;
use crate::sample::{Report, SampleOptions, Selection, generate};
use crate::terminal::Terminal;

pub(super) fn run(args: &Sample, terminal: Terminal) -> Result<Exit, Exit> {
    let what = terminal.pick("生成样本", "making the sample");
    let bar = terminal.progress(Some(u64::from(args.households)), what);
    let options = SampleOptions {
        households: args.households,
        seed: args.seed,
        out: &args.out,
        cutoff: args.cutoff,
        flaws: !args.no_flaws,
        selection: &Selection::all(),
        progress: &|done| bar.set_position(u64::from(done)),
    };
    let report = generate(&options);
    bar.finish_and_clear();
    let report = report.map_err(|it| {
        terminal.complain(it.message(terminal.lang));
        Exit::Problems
    })?;
    match args.format {
        Format::Text => terminal.out(text(&report, args, terminal.lang)),
        Format::Json => {
            let folder = crate::project::shown(&args.out);
            print_json(&Made { folder, seed: args.seed, sample: &report }, terminal)?;
        }
    }
    Ok(Exit::Fine)
}

#[derive(Serialize)]
struct Made<'r> {
    folder: String,
    seed: u64,
    sample: &'r Report,
}

fn text(report: &Report, args: &Sample, lang: Lang) -> String {
    let folder = crate::project::shown(&args.out);
    let (households, events, flaws) = (report.households, report.events(), report.flaws);
    match lang {
        Lang::Zh => format!(
            "已在“{folder}”写入虚构的样本：{households}户，{events}条记录，截至{}；\
             故意放入{flaws}处错误",
            args.cutoff
        ),
        Lang::En => format!(
            "an invented sample was written to “{folder}”: {households} households, {events} \
             records, cut-off {}; {flaws} flaws were put in on purpose",
            args.cutoff
        ),
    }
}
