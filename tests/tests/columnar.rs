//! The columnar engine against the reference evaluator: the same outcomes for every household, whichever
//! rules and data, and whatever the size of batches.
//!
//! Households are drawn from seeds, which stand in the message of a failure. Half of the registers keep
//! what the rules are promised; the others break it, so that row errors are compared, too.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use heng_dsl::check::check;
use heng_dsl::diag::Lang;
use heng_dsl::model::DeclKind;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::value::{Date, Value};
use heng_dsl::world::MemoryWorld;
use heng_engine::columnar::{self, Plan, Refusal};
use heng_engine::columns::Columns;
use heng_engine::data::{Register, Unread};
use heng_engine::eval::checks::{findings, findings_of};
use heng_engine::explain::{ExplainOptions, distribution, distribution_in_columns};
use heng_engine::outcome::Outcome;
use heng_engine::program::Program;
use heng_engine::run::{Run, RunOptions, run};
use heng_tests::fuzz::household::{Draw, register};
use heng_tests::rules::random_program;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The rule files and code tables below a folder.
fn world(folder: &Path, name: &str, own: MemoryWorld) -> MemoryWorld {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    entries.sort();
    entries.into_iter().fold(own, |own, path| {
        let inside = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            return world(&path, &inside, own);
        }
        match path.extension().and_then(|it| it.to_str()) {
            Some("heng" | "csv") => own.with(&inside, &fs::read_to_string(&path).unwrap()),
            _ => own,
        }
    })
}

fn program(world: &MemoryWorld, folders: &[String]) -> Program {
    let checked = check(world, folders, &LinkTable::new());
    let said: Vec<String> = checked.diagnostics.iter().map(|it| it.message(Lang::En)).collect();
    let linked = checked.linked.unwrap_or_else(|| panic!("{folders:?}: {said:#?}"));
    Program::for_roots(linked, &checked.roots).unwrap()
}

/// Every file of the corpus of the evaluator, and every set that is shipped.
fn programs() -> &'static [(String, Program)] {
    static ALL: OnceLock<Vec<(String, Program)>> = OnceLock::new();
    ALL.get_or_init(all_programs)
}

fn all_programs() -> Vec<(String, Program)> {
    let mut all = Vec::new();
    let corpus = root().join("engine/tests/eval");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&corpus).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|it| it.extension().is_some_and(|it| it == "heng")) {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut own = MemoryWorld::default();
        own = own.with(&format!("{name}/{name}.heng"), &fs::read_to_string(file).unwrap());
        if let Ok(codes) = fs::read_to_string(file.with_extension("csv")) {
            own = own.with(&format!("{name}/{name}.csv"), &codes);
        }
        let program = program(&own, std::slice::from_ref(&name));
        all.push((name, program));
    }
    let sets = world(&root().join("indicator-sets"), "sets", MemoryWorld::default());
    for set in ["data-standard", "general", "food", "drugs", "metering", "special-equipment"] {
        all.push((set.to_owned(), program(&sets, &[format!("sets/{set}")])));
    }
    all
}

/// So many households for a program, from a seed.
fn households(
    program: &Program,
    draw: &mut Draw<'_>,
    least: usize,
) -> (Register, heng_dsl::value::Date) {
    let as_of = draw.as_of();
    let mut all = Register::default();
    while all.households.len() < least {
        let (some, _) = register(draw, program.linked(), as_of);
        for mut household in some.households {
            household.key = format!("{:06}", all.households.len()).into();
            all.households.push(household);
        }
    }
    (all, as_of)
}

/// What differs between two outcomes, in the names of the rules.
fn difference(program: &Program, expected: &Outcome, found: &Outcome) -> String {
    let mut said = format!("household {}\n", expected.key);
    let linked = program.linked();
    for (slot, decl) in linked.decls().enumerate() {
        let (a, b) = (&expected.values[slot], &found.values[slot]);
        if format!("{a:?}") != format!("{b:?}") {
            writeln!(said, "  {} is {b:?} instead of {a:?}", decl.name).unwrap();
        }
    }
    let names = |slots: &[usize]| {
        let name = |it: &usize| linked.fields().nth(*it).map_or("", |it| &it.name).to_owned();
        slots.iter().map(name).collect::<Vec<_>>().join("、")
    };
    if expected.missing != found.missing {
        let (a, b) = (names(&expected.missing), names(&found.missing));
        writeln!(said, "  missing is {b} instead of {a}").unwrap();
    }
    if expected.decides != found.decides {
        writeln!(said, "  decides {:?} instead of {:?}", found.decides, expected.decides).unwrap();
    }
    for (slot, decl) in linked.decls().enumerate() {
        let codes = |of: &Outcome| of.reasons.iter().find(|it| it.0 == slot).map(|it| it.1.clone());
        let (a, b) = (codes(expected), codes(found));
        if a != b {
            writeln!(said, "  {} has the reason codes {b:?} instead of {a:?}", decl.name).unwrap();
        }
    }
    if expected.measures != found.measures {
        writeln!(said, "  measures {:?} instead of {:?}", found.measures, expected.measures)
            .unwrap();
    }
    said
}

/// Have two equal values the same decimal places? They belong to a number, as it is shown.
fn same_places(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.places() == b.places(),
        _ => true,
    }
}

/// The first difference between two runs, if any.
fn first_difference(program: &Program, expected: &Run, found: &Run) -> Option<String> {
    for (a, b) in expected.outcomes.iter().zip(&found.outcomes) {
        if a != b || !a.values.iter().zip(&b.values).all(|it| same_places(it.0, it.1)) {
            return Some(difference(program, a, b));
        }
    }
    if expected.population != found.population {
        return Some("the functions of the register differ\n".to_owned());
    }
    let same = expected.outcomes.len() == found.outcomes.len() && expected.outside == found.outside;
    (!same).then(|| "other households have an outcome\n".to_owned())
}

/// Compares so many registers of so many households for each program; the number of results that were
/// the same. Each register is worked out twice by columns, in batches of two sizes.
fn compare(seeds: std::ops::Range<u64>, least: usize) -> usize {
    let (mut compared, mut differences) = (0, Vec::new());
    for (name, program) in programs() {
        for seed in seeds.clone() {
            let mut draw = Draw::new(&[], &[name.as_bytes(), &seed.to_le_bytes()].concat());
            let (register, as_of) = households(program, &mut draw, least);
            let options = RunOptions { as_of, threads: Some(1), progress: None, reasons: true };
            let expected = run(program, &register, &options);
            for batch in [16, 7 + usize::try_from(seed % 5).unwrap() * 23] {
                let found = columnar::in_batches(program, &register, &options, batch);
                let found = found.unwrap_or_else(|it| panic!("{name}, seed {seed}: {it:?}"));
                if let Some(it) = first_difference(program, &expected, &found) {
                    differences.push(format!("{name}, seed {seed}, {as_of}, by {batch}: {it}"));
                }
            }
            let columns = Columns::of_register(&register, program.linked()).unwrap();
            let found = findings(program, &register, as_of);
            if found != findings_of(program, &columns, as_of).unwrap().findings {
                differences
                    .push(format!("{name}, seed {seed}, {as_of}: other findings of checks\n"));
            }
            if seed == seeds.start {
                differences.extend(other_distributions(program, &columns, &expected, &options));
            }
            let bare = without_unread(program, register);
            if let Some(it) = first_difference(program, &expected, &run(program, &bare, &options)) {
                differences.push(format!("{name}, seed {seed}, {as_of}, without texts: {it}"));
            }
            if found != findings(program, &bare, as_of) {
                differences.push(format!("{name}, seed {seed}: other findings without texts\n"));
            }
            compared += expected.outcomes.len() * program.order().len();
        }
    }
    assert!(differences.is_empty(), "{}", differences.concat());
    compared
}

/// Declarations whose values are distributed otherwise, if only they are worked out; of every seventh one.
fn other_distributions(
    program: &Program,
    columns: &Columns,
    expected: &Run,
    options: &RunOptions<'_>,
) -> Vec<String> {
    let how = ExplainOptions { reveal: true, present_only: true };
    let slots = program.order().iter().step_by(7).filter(|slot| {
        let found = distribution_in_columns(program, columns, options, **slot, &how).unwrap();
        found != distribution(program, expected, **slot, &how)
    });
    slots
        .map(|it| format!("{} is distributed otherwise\n", program.linked().decl(*it).name))
        .collect()
}

/// A register without the texts that are said to be asked for by nobody.
fn without_unread(program: &Program, mut register: Register) -> Register {
    let unread = Unread::of(program, true);
    for household in &mut register.households {
        for slot in &unread.fields {
            household.fields[*slot] = Value::Missing;
        }
        for (table, column) in &unread.columns {
            for record in &mut household.records[*table] {
                record.values[*column] = Value::Missing;
            }
        }
    }
    register
}

#[test]
fn the_same_outcomes_as_the_reference_evaluator() {
    let compared = compare(0..3, 30);
    assert!(compared > 80_000, "only {compared} results were compared");
}

/// Compares so many sets that are drawn from seeds, too.
fn compare_random(seeds: std::ops::Range<u64>, least: usize) -> (usize, usize) {
    let (mut compared, mut sets, mut differences) = (0, 0, Vec::new());
    for seed in seeds {
        let mut draw = Draw::new(&[], &[b"rules", &seed.to_le_bytes()[..]].concat());
        let Some(program) = random_program(&mut draw) else { continue };
        sets += 1;
        let (register, as_of) = households(&program, &mut draw, least);
        // Reason codes take their time.
        let reasons = seed % 2 == 0;
        let options = RunOptions { as_of, threads: Some(1), progress: None, reasons };
        let expected = run(&program, &register, &options);
        for batch in [least / 3 + 1, 2_048] {
            let found = columnar::in_batches(&program, &register, &options, batch);
            let found = found.unwrap_or_else(|it| panic!("seed {seed}: {it:?}"));
            if let Some(it) = first_difference(&program, &expected, &found) {
                differences.push(format!("seed {seed}, {as_of}, by {batch}: {it}"));
            }
        }
        compared += expected.outcomes.len() * program.order().len();
    }
    assert!(differences.is_empty(), "{}", differences.concat());
    (sets, compared)
}

/// Rules of which not all values are shown: the slots of the others.
fn shown(program: &Program) -> BTreeSet<usize> {
    let decls = program.linked().decls().enumerate();
    decls.filter(|it| it.0 % 2 == 0 || it.1.kind != DeclKind::Value).map(|it| it.0).collect()
}

/// What is left as it was of a result that is not shown.
fn state(value: &Value) -> Option<&Value> {
    (!value.is_present()).then_some(value)
}

/// Where it is said that time alone changes nothing, it does not: of sets that nobody has written and of those that are
/// shipped, on two dates.
#[test]
fn time_changes_nothing_where_it_is_said_so() {
    let (mut same, mut told, mut wrong) = (0, 0, Vec::new());
    let random = (0..60_u64).filter_map(|seed| {
        let bytes = seed.to_le_bytes();
        Some((seed.to_string(), random_program(&mut Draw::new(&[], &bytes))?))
    });
    let random: Vec<(String, Program)> = random.collect();
    for (number, (name, program)) in random.iter().chain(programs()).enumerate() {
        if program.linked().sites() > 0 {
            continue;
        }
        let seed = number.to_le_bytes();
        let mut draw = Draw::new(&[], &seed);
        let (mut register, later) = households(program, &mut draw, 300);
        register.households.iter_mut().for_each(|it| it.history.clear());
        let days = [1, 30, 31, 92, 366][number % 5];
        let Some(earlier) = Date::from_epoch_days(later.epoch_days() - days) else { continue };
        let Some(columns) = Columns::of_register(&register, program.linked()) else { continue };
        let on = |as_of| RunOptions { as_of, threads: Some(1), progress: None, reasons: false };
        let shown = shown(program);
        let marks = columnar::moved(program, &columns, (earlier, &on(later)), &shown);
        let Ok(Ok(marks)) = marks else { continue };
        told += 1;
        let (before, after) =
            (run(program, &register, &on(earlier)), run(program, &register, &on(later)));
        for (household, _) in register.households.iter().zip(&marks).filter(|it| !it.1) {
            let of = |run: &Run| run.outcomes.iter().find(|it| it.key == household.key).cloned();
            let (Some(old), Some(new)) = (of(&before), of(&after)) else { continue };
            let values = old.values.iter().zip(&new.values).enumerate();
            let differs =
                values.filter(
                    |(slot, (a, b))| {
                        if shown.contains(slot) { a != b } else { state(a) != state(b) }
                    },
                );
            let names = differs.map(|it| program.linked().decl(it.0).name.to_string());
            let mut names: Vec<String> = names.collect();
            if old.measures != new.measures {
                names.push("a measure".to_owned());
            }
            if old.missing != new.missing {
                names.push("what is missing".to_owned());
            }
            if names.is_empty() {
                same += 1;
            } else {
                wrong.push(format!("{name}, {earlier} to {later}, {}: {names:?}\n", household.key));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
    assert!(told > 20, "only of {told} sets could anything be told");
    assert!(same > 1_000, "only {same} households were said to stay as they were");
}

/// Ten million results and more, of a hundred sets.
#[test]
#[expect(clippy::print_stdout, reason = "how much was compared is asked for with --nocapture")]
fn the_same_outcomes_of_rules_that_nobody_has_written() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let share = 120_u64.div_ceil(cores);
    let of = |core: u64| compare_random(core * share..(core + 1) * share, 4_000);
    let (sets, compared) = std::thread::scope(|scope| {
        let all: Vec<_> = (0..cores).map(|core| scope.spawn(move || of(core))).collect();
        let all = all.into_iter().map(|it| it.join().unwrap());
        all.fold((0, 0), |all, it| (all.0 + it.0, all.1 + it.1))
    });
    println!("{compared} results of {sets} sets");
    assert!(sets >= 90, "only {sets} sets were any good");
    assert!(compared > 10_000_000, "only {compared} results were compared");
}

/// Thousands of sets; with `--release`, some minutes.
#[test]
#[ignore = "takes minutes: cargo test --release -p heng-tests --test columnar -- --ignored"]
fn the_same_outcomes_of_many_more_rules() {
    let (sets, compared) = compare_random(1_000..3_000, 200);
    assert!(sets >= 1_500, "only {sets} sets were any good");
    assert!(compared > 10_000_000, "only {compared} results were compared");
}

/// Ten million results and more; with `--release`, some minutes.
#[test]
#[ignore = "takes minutes: cargo test --release -p heng-tests --test columnar -- --ignored"]
fn the_same_outcomes_on_many_more_households() {
    let compared = compare(100..160, 200);
    assert!(compared > 10_000_000, "only {compared} results were compared");
}

/// What is refused, so that nobody has to guess what is missing; it shrinks until it is empty.
#[test]
fn what_the_plan_has_no_operation_for_is_known() {
    let mut missing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, program) in programs() {
        let as_of = "2024-12-01".parse().unwrap();
        for refusal in Plan::new(program, as_of).err().into_iter().flatten() {
            let Refusal::Unsupported([_, what], path) = &refusal else { panic!("{refusal}") };
            missing.entry(what).or_default().push(format!("{name}: {path}"));
        }
    }
    let mut said = String::new();
    for (what, paths) in missing {
        writeln!(said, "{what}").unwrap();
        for path in paths {
            writeln!(said, "  {path}").unwrap();
        }
    }
    insta::assert_snapshot!(said);
}
