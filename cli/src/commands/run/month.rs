//! Results that a run starts from, and results that it records for later ones.

use std::collections::BTreeSet;

use heng_dsl::diag::{Lang, plural};
use heng_dsl::model::DeclKind;
use heng_engine::columnar::{Looked, Month};
use heng_engine::output::Sheet;
use heng_engine::program::Program;
use heng_engine::snapshot::{Recorded, Recorder};
use heng_engine::source::Source;
use serde::Serialize;

use super::written::{Written, refused};
use super::{Delivery, Ready};
use crate::args::{Format, Run as RunArgs};
use crate::commands::prepare;
use crate::exit::Exit;
use crate::project::shown;
use crate::terminal::{Terminal, harmless_lines};

/// What ties a run to those of other months.
pub(super) struct Months {
    earlier: Option<Recorded>,
    record: Option<Recorder>,
    /// The declarations whose values are shown, by slot.
    shown: BTreeSet<usize>,
}

/// How many households had to be looked at, for programs.
#[derive(Debug, Serialize)]
pub(super) struct Counted {
    households: usize,
    looked_at: usize,
    changed: usize,
    moved_by_time: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    all_because: Option<String>,
}

impl Months {
    /// Opens what `--since` names, and begins what `--record` does.
    pub(super) fn of(
        args: &RunArgs,
        ready: &Ready,
        delivery: &Delivery<Box<dyn Source>>,
        sheet: Option<&Sheet<'_>>,
        terminal: Terminal,
    ) -> Result<Self, Exit> {
        let (program, source) = (&ready.program, delivery.loaded.register.as_ref());
        let open = |it: &std::path::PathBuf| {
            Recorded::open(it, program, source).map_err(|why| {
                let problems = why.problems.iter().map(|it| (it.code(), it.words())).collect();
                let json = args.format == Format::Json;
                prepare::refuse(problems, json, Exit::Problems, terminal)
            })
        };
        let begin = |it: &std::path::PathBuf| {
            let begun = Recorder::begin(it, program, (source, delivery.as_of));
            begun.map_err(|why| refused(&why, args, terminal))
        };
        Ok(Self {
            earlier: args.since.as_ref().map(open).transpose()?,
            record: args.record.as_ref().map(begin).transpose()?,
            shown: shown_decls(program).chain(sheet.iter().flat_map(|it| it.decls())).collect(),
        })
    }

    /// What a run needs of it; nothing where it is about one month alone.
    pub(super) fn month(&self) -> Option<Month<'_>> {
        let any = self.earlier.is_some() || self.record.is_some();
        any.then(|| Month::of(self.earlier.as_ref(), self.record.as_ref(), &self.shown))
    }

    /// Puts what was recorded in its place.
    pub(super) fn finish(
        self,
        args: &RunArgs,
        written: &mut Written,
        terminal: Terminal,
    ) -> Result<(), Exit> {
        if let (Some(record), Some(folder)) = (self.record, &args.record) {
            record.finish().map_err(|why| refused(&why, args, terminal))?;
            written.files.push(shown(folder));
        }
        Ok(())
    }
}

/// What every summary shows, and the dimensions, which every result file has.
fn shown_decls(program: &Program) -> impl Iterator<Item = usize> + '_ {
    let is_shown = |it: &usize| match program.linked().decl(*it).kind {
        DeclKind::Dimension { .. }
        | DeclKind::Total
        | DeclKind::Merge
        | DeclKind::Classify { .. }
        | DeclKind::Overlay { .. }
        | DeclKind::Tag { .. }
        | DeclKind::Alert { .. }
        | DeclKind::List
        | DeclKind::Measure { .. } => true,
        DeclKind::Param
        | DeclKind::Value
        | DeclKind::RecordValue { .. }
        | DeclKind::RecordSet
        | DeclKind::Indicator { .. } => false,
    };
    program.shown_decls().filter(is_shown)
}

impl Counted {
    pub(super) fn of(looked: &Looked, lang: Lang) -> Self {
        let Looked { households, changed, moved, all } = looked;
        Self {
            households: *households,
            looked_at: if all.is_some() { *households } else { changed + moved },
            changed: *changed,
            moved_by_time: *moved,
            all_because: all.as_ref().map(|it| it.of(lang).to_owned()),
        }
    }
}

/// In a line.
pub(super) fn text(looked: &Looked, lang: Lang) -> String {
    let Counted { households, looked_at, changed, moved_by_time, all_because } =
        Counted::of(looked, lang);
    let line = match (all_because, lang) {
        (Some(why), Lang::Zh) => format!("全部{households}户重新计算：{why}"),
        (Some(why), Lang::En) => {
            format!("all of {} were worked out: {why}", plural(households as u64, "household"))
        }
        (None, Lang::Zh) => format!(
            "{households}户中重新计算{looked_at}户：{changed}户数据有变化，{moved_by_time}户只因时间；其余沿用记录的结果"
        ),
        (None, Lang::En) => format!(
            "{looked_at} of {} were worked out: {changed} for changed data, {moved_by_time} for time \
             alone; the others keep what was recorded",
            plural(households as u64, "household"),
        ),
    };
    harmless_lines(&line)
}
