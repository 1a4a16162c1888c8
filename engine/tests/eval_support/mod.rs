//! The corpus of `eval/`, and registers for its file `scoring`.

use std::path::Path;

use heng_dsl::check::check;
use heng_dsl::diag::{Lang, has_errors};
use heng_dsl::model::linked::LinkTable;
use heng_dsl::value::{Date, Value};
use heng_dsl::world::MemoryWorld;
use heng_engine::data::{Household, Record, Register};
use heng_engine::program::Program;

/// Name and text of every file, sorted.
pub(crate) fn corpus() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/eval");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<(String, String)> = entries
        .map(|it| it.expect("an entry").path())
        .filter(|it| it.extension().is_some_and(|it| it == "heng"))
        .map(|it| {
            let name = it.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&it).expect("the file is readable"))
        })
        .collect();
    files.sort();
    files
}

/// The program of one file; panics with the problems if it does not check.
pub(crate) fn program(name: &str, text: &str) -> Program {
    let mut world = MemoryWorld::default().with(&format!("{name}/{name}.heng"), text);
    let codes = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/eval/{name}.csv"));
    if let Ok(codes) = std::fs::read_to_string(codes) {
        world = world.with(&format!("{name}/{name}.csv"), &codes);
    }
    let checked = check(&world, &[name.to_owned()], &LinkTable::new());
    let problems: Vec<String> = checked
        .diagnostics
        .iter()
        .map(|it| {
            let start = it.primary.span.start as usize;
            let line = text.get(..start).map_or(0, |it| it.lines().count());
            format!("{name}:{line} {:?} {}", it.code, it.message(Lang::Zh))
        })
        .collect();
    assert!(!has_errors(&checked.diagnostics), "{}", problems.join("\n"));
    Program::new(checked.linked.expect("no errors, so a model")).expect("no circles")
}

/// A household of `scoring`: area, catering, revoked, promise, and penalties as month and kind.
pub(crate) type Given = (i64, bool, bool, bool, Vec<(i64, u16)>);

/// Households of `scoring`.
pub(crate) fn register(given: &[Given]) -> Register {
    let start: Date = "2024-12-31".parse().expect("a date");
    let households =
        given.iter().enumerate().map(|(number, (area, catering, revoked, promise, penalties))| {
            let key = format!("{number:04}");
            let mut records: Vec<Record> = penalties
                .iter()
                .map(|(months, kind)| {
                    let date = start.add_months(3 - months).expect("a date");
                    Record { values: vec![Value::Member(*kind), Value::Date(date)] }
                })
                .collect();
            records.sort_by(|a, b| a.values[1].cmp(&b.values[1]));
            Household {
                key: key.as_str().into(),
                fields: vec![
                    Value::text(&key),
                    Value::Date(start),
                    Value::whole(*area),
                    Value::Bool(*catering),
                    Value::Bool(*revoked),
                    Value::Bool(*promise),
                ],
                records: vec![records],
                quarantined: Vec::new(),
                history: Vec::new(),
            }
        });
    Register { households: households.collect(), cutoff: None }
}
