//! `heng check --prove`: does each 保证 hold for every household?

use heng_dsl::diag::Lang;
use heng_dsl::value::Date;
use heng_engine::program::Program;
use heng_engine::prove::{Budget, Held, Promise, promises};

use crate::exit::Exit;
use crate::rules::Checked;
use crate::terminal::{Terminal, harmless};

/// What became of the promises of the rule sets that were named; nothing where they have errors.
pub(super) fn of(checked: &Checked, as_of: Date, terminal: Terminal) -> Option<Vec<Promise>> {
    let linked = checked.linked.as_ref().filter(|_| !checked.failed())?;
    let program = Program::new(linked.clone()).ok()?;
    let bar = terminal.progress(
        Some(checked.roots.len() as u64),
        terminal.pick("证明（规则集）", "proving (rule sets)"),
    );
    let mut out = Vec::new();
    for package in &checked.roots {
        out.extend(promises(&program, *package, as_of, Budget::default()));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Some(out)
}

/// For people.
pub(super) fn text(promises: &[Promise], as_of: Date, lang: Lang) -> String {
    let count = |held: Held| promises.iter().filter(|it| it.held == held).count();
    let (kept, broken, open) = (count(Held::Kept), count(Held::Broken), count(Held::NotDecided));
    let mut lines = vec![match lang {
        Lang::Zh => format!(
            "保证（对所有可能的户，基准日 {as_of}）：成立 {kept}，不成立 {broken}，没有判定 {open}"
        ),
        Lang::En => format!(
            "guarantees (over all households that there could be, as of {as_of}): {kept} hold, {broken} broken, {open} not decided"
        ),
    }];
    for it in promises {
        lines.extend(it.text(lang).iter().map(|it| harmless(it).into_owned()));
    }
    lines.join("\n")
}

/// What the promises come to.
pub(super) fn exit(promises: &[Promise]) -> Exit {
    let any = |held: Held| promises.iter().any(|it| it.held == held);
    if any(Held::Broken) {
        Exit::Problems
    } else if any(Held::NotDecided) {
        Exit::Undecided
    } else {
        Exit::Fine
    }
}
