//! What takes time in a run, by declaration: a table, and a file for flame graphs.

use std::fmt::Write as _;
use std::path::Path;

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_engine::columnar::Spent;

use crate::exit::Exit;
use crate::lang::pick;
use crate::project::shown;
use crate::table::Rows;
use crate::terminal::{Terminal, harmless, harmless_lines};

/// Declarations shown.
const SHOWN: usize = 20;

/// The declarations that took longest.
pub(super) fn text(linked: &Linked, spent: &[Spent], lang: Lang) -> String {
    let mut found: Vec<(Option<usize>, [u64; 3])> = Vec::new();
    for it in spent {
        let own = [it.operations, it.values, it.nanos];
        match found.iter_mut().find(|known| known.0 == it.decl) {
            Some((_, all)) => all.iter_mut().zip(own).for_each(|(all, own)| *all += own),
            None => found.push((it.decl, own)),
        }
    }
    found.sort_by_key(|it| std::cmp::Reverse(it.1[2]));
    let total: u64 = found.iter().map(|it| it.1[2]).sum();
    let mut rows = Rows::new([
        (pick(lang, "用时最多", "what takes longest"), false),
        (pick(lang, "运算", "operations"), true),
        (pick(lang, "值", "values"), true),
        (pick(lang, "毫秒", "ms"), true),
        ("%", true),
    ]);
    for (decl, [operations, values, nanos]) in found.iter().take(SHOWN) {
        let share = (nanos * 1000).checked_div(total).unwrap_or_default();
        let share = format!("{}.{}", share / 10, share % 10);
        let ms = format!("{}.{}", nanos / 1_000_000, nanos / 100_000 % 10);
        rows.push([name(linked, *decl), operations.to_string(), values.to_string(), ms, share]);
    }
    rows.text()
}

/// Writes a line for each declaration and kind of operation, as flame graphs are drawn from: frames with
/// semicolons between, and microseconds.
pub(super) fn write(
    path: &Path,
    linked: &Linked,
    spent: &[Spent],
    terminal: Terminal,
) -> Result<String, Exit> {
    let mut text = String::new();
    for it in spent {
        let _ = writeln!(text, "{};{} {}", name(linked, it.decl), it.operation, it.nanos / 1000);
    }
    std::fs::write(path, text).map_err(|why| {
        let path = shown(path);
        terminal.complain(harmless_lines(&match terminal.lang {
            Lang::Zh => format!("写不了“{path}”：{why}"),
            Lang::En => format!("“{path}” cannot be written: {why}"),
        }));
        Exit::Problems
    })?;
    Ok(shown(path))
}

fn name(linked: &Linked, decl: Option<usize>) -> String {
    let Some(slot) = decl else { return "–".to_owned() };
    let package = linked.name_of(linked.package_of(slot));
    harmless(&format!("{package}.{}", linked.decl(slot).name)).into_owned()
}
