//! The benchmark workload of `examples/bench` on its small data set: both engines give the check values,
//! and the data are those that the generator makes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "bench/data.rs"]
mod data;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use heng_dsl::check::check;
use heng_dsl::diag::Lang;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::value::{Decimal, Value};
use heng_dsl::verify::number_bounds;
use heng_dsl::world::MemoryWorld;
use heng_engine::columnar;
use heng_engine::columns::Columns;
use heng_engine::ingest::{self, LoadRequest};
use heng_engine::program::Program;
use heng_engine::run::{Run, RunOptions, run};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/bench")
}

fn program() -> Program {
    let mut world = MemoryWorld::default();
    for name in ["bench.heng", "industry.csv", "region.csv"] {
        let text = fs::read_to_string(folder().join("rules").join(name)).unwrap();
        world = world.with(&format!("bench/{name}"), &text);
    }
    let checked = check(&world, &["bench".to_owned()], &LinkTable::new());
    let said: Vec<String> = checked.diagnostics.iter().map(|it| it.message(Lang::En)).collect();
    Program::new(checked.linked.unwrap_or_else(|| panic!("{said:#?}"))).unwrap()
}

fn columns(program: &Program) -> Columns {
    let request = LoadRequest { folder: folder().join("data"), ..LoadRequest::default() };
    let loaded = ingest::columns(program.linked(), &request, &|_| {});
    loaded.unwrap_or_else(|it| panic!("{it}")).register
}

fn options(threads: usize) -> RunOptions<'static> {
    let as_of = "2024-12-01".parse().unwrap();
    RunOptions { as_of, threads: Some(threads), progress: None, reasons: true }
}

/// How many households have each value of a short column, and the sums of the numbers.
fn check_values(program: &Program, run: &Run) -> String {
    let linked = program.linked();
    let slot = |name: &str| linked.decls().position(|it| &*it.id == name).unwrap();
    let members = |slot: usize| match &linked.decl(slot).ty.kind {
        heng_dsl::model::TyKind::Member(it) => linked.enumeration(it.slot.index()).members.clone(),
        _ => Vec::new(),
    };
    // Households that are struck off are outside of the workload.
    let inside = |it: &&heng_engine::outcome::Outcome| it.values[slot("s1")].is_present();
    let outcomes: Vec<_> = run.outcomes.iter().filter(inside).collect();
    let mut said = format!("households {}\n", outcomes.len());
    for name in ["s1", "s2", "s3", "s4", "s5", "score", "food_risk", "tags", "warn"] {
        let mut sum = Decimal::ZERO;
        for outcome in &outcomes {
            if let Value::Number(it) = outcome.values[slot(name)] {
                sum = sum.checked_add(it).unwrap();
            }
        }
        writeln!(said, "sum of {name} {sum}").unwrap();
    }
    for name in ["reason", "class_general", "food_class", "class"] {
        let members = members(slot(name));
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for outcome in &outcomes {
            let shown = match &outcome.values[slot(name)] {
                Value::Member(it) => members[usize::from(*it)].name.to_string(),
                Value::Number(it) => it.to_string(),
                _ => "none".to_owned(),
            };
            *counts.entry(shown).or_default() += 1;
        }
        writeln!(said, "{name} {counts:?}").unwrap();
    }
    said
}

#[test]
fn both_engines_give_the_check_values() {
    let program = program();
    let columns = columns(&program);
    let register = columns.register();
    let expected = run(&program, &register, &options(1));
    insta::assert_snapshot!(check_values(&program, &expected));
    for batch in [1, 64, 2048] {
        let found = columnar::in_batches(&program, &register, &options(2), batch).unwrap();
        assert_eq!(found, expected, "batches of {batch}");
    }
    let on = (expected.as_of, &expected.population, true);
    let replayed = columnar::replay(&program, &columns, on, &expected.outcomes);
    assert_eq!((replayed.households, replayed.different.len()), (register.households.len(), 0));
}

#[test]
fn the_data_are_those_of_the_generator() {
    for (name, text) in data::files() {
        let path = folder().join("data").join(name);
        let found = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        assert!(found == text, "{} has other rows: run `write_the_data`", path.display());
    }
}

#[test]
#[ignore = "writes examples/bench/data"]
fn write_the_data() {
    fs::create_dir_all(folder().join("data")).unwrap();
    for (name, text) in data::files() {
        fs::write(folder().join("data").join(name), text).unwrap();
    }
}

#[test]
fn numbers_lie_within_the_bounds_by_which_result_files_are_laid_out() {
    let program = program();
    let linked = program.linked();
    let options = options(2);
    let bounds = number_bounds(linked, options.as_of);
    let of = |name: &str| {
        let slot = linked.decls().position(|it| &*it.id == name).unwrap();
        bounds[slot].map(|(low, high)| (low.to_string(), high.to_string()))
    };
    let some = |low: &str, high: &str| Some((low.to_owned(), high.to_owned()));
    // As many records as there can be, months between dates of the years 1 to 9999, and amounts without an end.
    assert_eq!(of("pen_n12"), some("0", "4294967295"));
    assert_eq!(of("age"), some("-119988", "119988"));
    assert_eq!(of("pen_amt24"), None);
    let ran = run(&program, &columns(&program).register(), &options);
    let mut compared = 0;
    for outcome in &ran.outcomes {
        for (value, bounds) in outcome.values.iter().zip(&bounds) {
            if let (Value::Number(it), Some((low, high))) = (value, bounds) {
                assert!((low..=high).contains(&it), "{it} is not between {low} and {high}");
                compared += 1;
            }
        }
    }
    assert!(compared > 20_000, "{compared}");
}
