//! What a change of rules does to a register, and which change did it: sums, laws, and the same result in
//! whatever order and on however many threads.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use heng_dsl::check::check;
use heng_dsl::check::edit::check_edited;
use heng_dsl::diag::Lang;
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::{Content, Node};
use heng_dsl::stored::Hash;
use heng_dsl::value::{Date, Value};
use heng_dsl::world::MemoryWorld;
use heng_engine::columns::Columns;
use heng_engine::data::{Household, Record, Register, recast};
use heng_engine::effect::{Kept, Side, Version};
use heng_engine::explain::Said;
use heng_engine::impact::{
    Cell, Changes, Corners, GradeImpact, Impact, ImpactOptions, Method, impact, impact_of,
    in_columns, reference_runs, runs, split,
};
use heng_engine::program::Program;
use heng_engine::run::{Run, RunOptions, run};
use heng_engine::stats::Fraction;
use heng_engine::summary::GroupBy;

const RULES: &str = include_str!("impact/rules.heng");

fn as_of() -> Date {
    "2025-06-30".parse().unwrap()
}

fn world(text: &str) -> MemoryWorld {
    MemoryWorld::default().with("样/样.heng", text)
}

fn linked(text: &str) -> Linked {
    let checked = check(&world(text), &["样".to_owned()], &LinkTable::new());
    let problems: Vec<String> =
        checked.diagnostics.iter().map(|it| it.message(Lang::Zh).clone()).collect();
    checked.linked.unwrap_or_else(|| panic!("{problems:?}"))
}

/// The rules with some edits. What was checked once is kept: there are few rules and many sets of edits.
fn edited(edits: &[&str]) -> Linked {
    static KNOWN: Mutex<BTreeMap<Vec<String>, Linked>> = Mutex::new(BTreeMap::new());
    let edits: Vec<String> = edits.iter().map(|it| (*it).to_owned()).collect();
    if let Some(it) = KNOWN.lock().unwrap().get(&edits) {
        return it.clone();
    }
    let found = checked(&edits);
    KNOWN.lock().unwrap().insert(edits, found.clone());
    found
}

fn checked(edits: &[String]) -> Linked {
    if edits.is_empty() {
        return linked(RULES);
    }
    let checked = check_edited(&world(RULES), &["样".to_owned()], &LinkTable::new(), edits);
    let problems: Vec<String> =
        checked.after.diagnostics.iter().map(|it| it.message(Lang::Zh).clone()).collect();
    checked.after.linked.unwrap_or_else(|| panic!("{edits:?}: {problems:?}"))
}

/// Edits as changes, each of which may need others.
struct Edits {
    all: Vec<&'static str>,
    needs: Vec<Vec<usize>>,
    groups: Vec<&'static str>,
}

impl Edits {
    fn of(edits: &[&'static str]) -> Self {
        Self { all: edits.to_vec(), needs: vec![Vec::new(); edits.len()], groups: edits.to_vec() }
    }
}

impl Changes for Edits {
    fn len(&self) -> usize {
        self.all.len()
    }

    fn label(&self, change: usize) -> Said {
        Said::same(self.all[change])
    }

    fn needs(&self, change: usize) -> Vec<usize> {
        self.needs[change].clone()
    }

    fn group(&self, change: usize) -> String {
        self.groups[change].to_owned()
    }

    fn with(&self, made: &[bool]) -> Result<Linked, Said> {
        let edits: Vec<&str> =
            self.all.iter().zip(made).filter(|it| *it.1).map(|it| *it.0).collect();
        Ok(edited(&edits))
    }
}

/// Households that differ in everything the rules ask, from a seed.
fn register(count: usize, seed: u64) -> Register {
    let mut state = seed;
    let mut next = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let start = as_of();
    let households = (0..count).map(|number| {
        let key = format!("{number:05}");
        let mut records = |table: u64| -> Vec<Record> {
            let mut dates: Vec<Date> = (0..next(4 + table))
                .map(|_| start.add_days(-i64::try_from(next(500)).unwrap()).unwrap())
                .collect();
            dates.sort();
            dates
                .into_iter()
                .map(|date| Record {
                    values: vec![Value::Date(date), Value::Member(u16::try_from(next(2)).unwrap())],
                })
                .collect()
        };
        let records = vec![records(0), records(3)];
        Household {
            key: key.as_str().into(),
            fields: vec![
                Value::text(&key),
                Value::text(["甲", "乙", "丙"][usize::try_from(next(3)).unwrap()]),
                Value::whole(next(300).cast_signed()),
                Value::Bool(next(2) == 0),
            ],
            records,
            ..Household::default()
        }
    });
    Register { households: households.collect(), cutoff: None }
}

fn options(threads: Option<usize>) -> RunOptions<'static> {
    RunOptions { as_of: as_of(), threads, progress: None, reasons: false }
}

struct Compared {
    old: Program,
    new: Program,
    register: Register,
    runs: (Run, Run),
}

impl Compared {
    fn of(new: Linked, register: Register) -> Self {
        let (old, new) = (Program::new(linked(RULES)).unwrap(), Program::new(new).unwrap());
        let both = ((&old, &register), (&new, &register));
        let runs = runs(both.0, both.1, &options(None)).unwrap();
        // Both engines have the same to say.
        assert_eq!(runs, reference_runs(both.0, both.1, &options(None)));
        Self { old, new, register, runs }
    }

    fn impact(&self, asked: &ImpactOptions<'_>) -> Impact {
        let side = |program, run| Side { program, register: &self.register, run };
        let found = impact(side(&self.old, &self.runs.0), side(&self.new, &self.runs.1), asked);
        // What is kept of all households, and worked out in columns, says the same.
        let columns = Columns::of_register(&self.register, self.old.linked()).unwrap();
        let version = |program| Version { program, columns: &columns };
        let both =
            in_columns(version(&self.old), version(&self.new), &options(asked.threads), asked);
        assert_eq!(impact_of(&both.unwrap(), asked), found);
        // As does what is kept of whichever rules read it before, and then what is kept of these.
        for _ in 0..2 {
            let kept = Kept::new(kept(), Hash::of_bytes(format!("{:?}", self.register).as_bytes()));
            let options = options(asked.threads);
            let (by, cliffs) = (asked.by.clone(), asked.cliffs.clone());
            let asked = ImpactOptions { kept: Some(&kept), by, cliffs, ..*asked };
            let both = in_columns(version(&self.old), version(&self.new), &options, &asked);
            assert_eq!(impact_of(&both.unwrap(), &asked), found);
            assert!(kept.end().is_none());
        }
        found
    }
}

/// A folder for what all tests keep.
fn kept() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("impact-kept");
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        folder
    })
}

fn count(cell: Cell) -> usize {
    cell.count().unwrap()
}

fn by(fields: &[&str]) -> Vec<GroupBy> {
    fields.iter().map(|it| GroupBy::parse(it)).collect()
}

const SEVERAL: &[&str] = &[
    "指标 投诉分 第 2 行 = 12",
    "指标 处罚分 第 2 行 = 35",
    "指标 面积分 第 2 行 = 25",
    "参数 线 = 55 分",
    "停用 直接判定 大户",
];

#[test]
fn only_what_is_reached_is_worked_out_again_and_that_gives_what_all_of_it_gives() {
    for edits in [&SEVERAL[..1], &SEVERAL[1..2], &SEVERAL[3..4], &SEVERAL[4..], SEVERAL, &[]] {
        let compared = Compared::of(edited(edits), register(400, 5));
        let whole = run(&compared.new, &compared.register, &options(None));
        assert_eq!(whole.population, compared.runs.1.population);
        for (a, b) in whole.outcomes.iter().zip(&compared.runs.1.outcomes) {
            assert_eq!(
                (&a.key, &a.values, &a.decides),
                (&b.key, &b.values, &b.decides),
                "{edits:?}"
            );
            assert_eq!(a.measures, b.measures, "{edits:?}");
        }
    }
}

#[test]
fn a_matrix_adds_up_to_both_runs_and_groups_add_up_to_it() {
    let compared = Compared::of(edited(SEVERAL), register(600, 1));
    let found = compared
        .impact(&ImpactOptions {
            by: by(&["县", "餐饮", "关注"]), ..ImpactOptions::default()
        });
    assert_eq!(found.households, 600);
    // The combined grade rests on the changed one.
    let names: Vec<&str> = found.grades.iter().map(|it| &*it.name.name).collect();
    assert_eq!(names, ["风险", "综合"]);
    for grade in &found.grades {
        let slot = |program: &Program| program.linked().find_decl("样", &grade.name.name).unwrap();
        for at in 0..grade.states.len() {
            let had = |run: &Run, slot: usize| {
                let state = &grade.states[at];
                let shown = |value: &Value| match value {
                    Value::Member(it) => ["A", "B", "C", "D"][usize::from(*it)].to_owned(),
                    Value::Missing => "缺失".to_owned(),
                    other => panic!("{other:?}"),
                };
                run.outcomes.iter().filter(|it| shown(&it.values[slot]) == state.zh).count()
            };
            let row: usize = grade.matrix[at].iter().map(|it| count(*it)).sum();
            assert_eq!(row, had(&compared.runs.0, slot(&compared.old)));
            let column: usize = grade.matrix.iter().map(|it| count(it[at])).sum();
            assert_eq!(column, had(&compared.runs.1, slot(&compared.new)));
        }
        assert!(count(grade.moved) > 0);
        let flows: usize = grade.flows.iter().map(|it| count(it.count)).sum();
        assert_eq!(flows, count(grade.moved));
        assert_eq!(grade.by.len(), 3);
        for slicing in &grade.by {
            for (from, row) in grade.matrix.iter().enumerate() {
                for (to, cell) in row.iter().enumerate() {
                    let sum: usize =
                        slicing.groups.iter().map(|it| count(it.matrix[from][to])).sum();
                    assert_eq!(sum, count(*cell), "{} {from} {to}", slicing.field);
                }
            }
            let moved: usize = slicing.groups.iter().map(|it| count(it.moved)).sum();
            assert_eq!(moved, count(grade.moved));
            let all: usize = slicing.groups.iter().map(|it| count(it.households)).sum();
            assert_eq!(all, 600);
        }
        for flow in &grade.flows {
            let cases: usize = flow.cases.iter().map(|it| it.stands_for).sum();
            assert_eq!(cases, count(flow.count));
        }
    }
    let load = &found.workload[0];
    for (_, groups) in &load.by {
        let sum = |of: fn(&heng_engine::impact::Load) -> Fraction| {
            groups.iter().fold(Fraction::ZERO, |sum, it| sum.checked_add(of(&it.2)).unwrap())
        };
        assert_eq!(sum(|it| it.before), load.all.before);
        assert_eq!(sum(|it| it.after), load.all.after);
    }
    assert!(load.all.more().unwrap() != Fraction::ZERO);
}

#[test]
fn the_same_rules_move_nobody_even_if_they_are_written_otherwise() {
    let moved = RULES
        .replace("指标 面积分 属于 场所", "# 说明\n\n指标 面积分 \"面积\" 属于 场所\n  说明 不变");
    let compared = Compared::of(linked(&moved), register(200, 2));
    let found = compared.impact(&ImpactOptions::default());
    assert_eq!(found.affected, Cell::Count(0));
    assert!(found.grades.is_empty() && found.workload.is_empty(), "{found:?}");
    assert_eq!(found.out_of_reach.len(), 4);
}

fn parts(found: &Impact, changes: usize) -> BTreeMap<(String, usize, usize), Vec<Fraction>> {
    let mut all = BTreeMap::new();
    for grade in &found.grades {
        for flow in &grade.flows {
            let mut of = vec![Fraction::ZERO; changes];
            for part in &flow.parts {
                of[part.change] = part.households;
            }
            all.insert((grade.name.name.to_string(), flow.from, flow.to), of);
        }
    }
    all
}

/// The mean over all orders of what each change adds, with every set of changes run in full.
fn by_brute_force(
    changes: &Edits,
    compared: &Compared,
    grade: &str,
    (from, to): (usize, usize),
) -> Vec<Fraction> {
    let count = changes.len();
    let interior = |mask: usize| {
        let able = |it: &usize| changes.needs[*it].iter().all(|of| mask >> of & 1 == 1);
        (0..count).filter(|it| mask >> it & 1 == 1).filter(able).fold(0, |m, it| m | 1 << it)
    };
    let grades = |mask: usize| -> Vec<Value> {
        let made: Vec<bool> = (0..count).map(|it| interior(mask) >> it & 1 == 1).collect();
        let program = Program::new(changes.with(&made).unwrap()).unwrap();
        let slot = program.linked().find_decl("样", grade).unwrap();
        let run = run(&program, &compared.register, &options(None));
        run.outcomes.iter().map(|it| it.values[slot].clone()).collect()
    };
    let worlds: Vec<Vec<Value>> = (0..1 << count).map(grades).collect();
    let member = |it: usize| Value::Member(u16::try_from(it).unwrap());
    let last = &worlds[worlds.len() - 1];
    let moving: Vec<usize> = (0..last.len())
        .filter(|it| worlds[0][*it] == member(from) && last[*it] == member(to))
        .collect();
    let worth = |mask: usize| -> i128 {
        moving.iter().filter(|it| worlds[mask][**it] == last[**it]).count() as i128
    };
    let mut sums = vec![0_i128; count];
    let orders = permutations(&(0..count).collect::<Vec<_>>());
    for order in &orders {
        let mut made = 0;
        for change in order {
            sums[*change] += worth(made | 1 << change) - worth(made);
            made |= 1 << change;
        }
    }
    sums.iter().map(|it| Fraction::new(*it, orders.len() as i128).unwrap()).collect()
}

fn permutations(all: &[usize]) -> Vec<Vec<usize>> {
    if all.is_empty() {
        return vec![Vec::new()];
    }
    let mut out = Vec::new();
    for first in all {
        let rest: Vec<usize> = all.iter().copied().filter(|it| it != first).collect();
        for mut order in permutations(&rest) {
            order.insert(0, *first);
            out.push(order);
        }
    }
    out
}

#[test]
fn the_part_of_a_change_is_what_it_adds_over_all_orders() {
    let changes = Edits::of(SEVERAL);
    let compared = Compared::of(edited(SEVERAL), register(150, 3));
    let found =
        compared.impact(&ImpactOptions { changes: Some(&changes), ..ImpactOptions::default() });
    assert_eq!(found.attribution.as_ref().map(|it| it.method), Some(Method::Exact), "{found:?}");
    let parts = parts(&found, changes.len());
    assert!(parts.len() > 4, "{parts:?}");
    for ((grade, from, to), found) in parts {
        let expected = by_brute_force(&changes, &compared, &grade, (from, to));
        assert_eq!(found, expected, "{grade} {from} {to}");
    }
}

#[test]
fn parts_sum_to_the_flow_and_plain_questions_stand_beside_them() {
    let changes = Edits::of(SEVERAL);
    let compared = Compared::of(edited(SEVERAL), register(500, 4));
    let found =
        compared.impact(&ImpactOptions { changes: Some(&changes), ..ImpactOptions::default() });
    for flow in found.grades.iter().flat_map(|it| &it.flows) {
        let sum = flow
            .parts
            .iter()
            .fold(Fraction::ZERO, |sum, it| sum.checked_add(it.households).unwrap());
        assert_eq!(sum, Fraction::whole_number(count(flow.count)));
        for it in &flow.parts {
            assert!(count(it.but_for) <= count(flow.count) && count(it.alone) <= count(flow.count));
        }
    }
}

#[test]
fn a_change_without_effect_has_no_part_and_equal_changes_have_equal_ones() {
    // The third one is about areas that no household has.
    let edits = ["指标 投诉分 第 2 行 = 12", "指标 处罚分 第 2 行 = 35", "指标 空 第 1 行 = 1"];
    let changes = Edits::of(&edits);
    let compared = Compared::of(edited(&edits), register(300, 6));
    let found =
        compared.impact(&ImpactOptions { changes: Some(&changes), ..ImpactOptions::default() });
    assert_eq!(found.attribution.as_ref().unwrap().idle, [2]);
    assert!(
        found
            .grades
            .iter()
            .flat_map(|it| &it.flows)
            .all(|it| { it.parts.iter().all(|it| it.change != 2) })
    );
    // Two halves of one thing: neither does anything without the other.
    let edits = ["参数 甲半 = 1 分", "参数 乙半 = 1 分"];
    let changes = Edits::of(&edits);
    let compared = Compared::of(edited(&edits), register(300, 6));
    let found =
        compared.impact(&ImpactOptions { changes: Some(&changes), ..ImpactOptions::default() });
    let flows: Vec<_> = found.grades.iter().flat_map(|it| &it.flows).collect();
    assert!(!flows.is_empty());
    for flow in flows {
        assert_eq!(flow.parts.len(), 2);
        assert_eq!(flow.parts[0].households, flow.parts[1].households);
        assert!(flow.parts.iter().all(|it| count(it.alone) == 0 && it.but_for == flow.count));
    }
}

#[test]
fn a_change_that_needs_another_does_nothing_before_it() {
    let mut changes = Edits::of(&SEVERAL[..3]);
    changes.needs[1] = vec![0];
    let compared = Compared::of(edited(&SEVERAL[..3]), register(150, 8));
    let found =
        compared.impact(&ImpactOptions { changes: Some(&changes), ..ImpactOptions::default() });
    for ((grade, from, to), found) in parts(&found, 3) {
        let expected = by_brute_force(&changes, &compared, &grade, (from, to));
        assert_eq!(found, expected, "{grade} {from} {to}");
    }
}

/// More changes than can be tried in all sets: every one gives everybody a point more.
struct Points {
    groups: Vec<String>,
}

impl Points {
    const COUNT: usize = 14;

    fn all() -> Linked {
        Self { groups: Vec::new() }.with(&[true; Self::COUNT]).unwrap()
    }
}

impl Changes for Points {
    fn len(&self) -> usize {
        Self::COUNT
    }

    fn label(&self, change: usize) -> Said {
        Said::same(format!("加{:02}", change + 1))
    }

    fn needs(&self, _: usize) -> Vec<usize> {
        Vec::new()
    }

    fn group(&self, change: usize) -> String {
        self.groups[change].clone()
    }

    fn with(&self, made: &[bool]) -> Result<Linked, Said> {
        let mut packages = edited(&[]).packages;
        for (at, _) in made.iter().enumerate().filter(|it| *it.1) {
            let name = format!("加{:02}", at + 1);
            let decl = packages[0].decls.iter_mut().find(|it| *it.id == *name).unwrap();
            let Content::Formula(formula) = &mut decl.versions[0].content else { panic!("{name}") };
            formula.node = Node::Const(Value::whole(1));
        }
        Ok(Linked::link(packages, LinkTable::new()).unwrap())
    }
}

#[test]
fn many_changes_are_divided_by_groups_or_over_random_orders_and_still_sum() {
    let groups = |of: usize| Points { groups: (0..14).map(|it| (it / of).to_string()).collect() };
    let compared = Compared::of(Points::all(), register(40, 9));
    let ask = |changes: &Points| {
        compared.impact(&ImpactOptions {
            changes: Some(changes),
            seed: 11,
            ..ImpactOptions::default()
        })
    };
    let grouped = ask(&groups(3));
    assert_eq!(grouped.attribution.as_ref().unwrap().method, Method::Grouped);
    let sampled = ask(&groups(1));
    let Method::Sampled { seed: 11, .. } = sampled.attribution.as_ref().unwrap().method else {
        panic!("{:?}", sampled.attribution);
    };
    assert_eq!(sampled, ask(&groups(1)));
    for found in [&grouped, &sampled] {
        let flows: Vec<_> = found.grades.iter().flat_map(|it| &it.flows).collect();
        assert!(!flows.is_empty());
        for flow in flows {
            let sum = flow
                .parts
                .iter()
                .fold(Fraction::ZERO, |sum, it| sum.checked_add(it.households).unwrap());
            assert_eq!(sum, Fraction::whole_number(count(flow.count)));
        }
    }
    let told = sampled.grades.iter().flat_map(|it| &it.flows).flat_map(|it| &it.parts);
    assert!(told.clone().all(|it| it.interval.is_some()));
}

#[test]
fn changes_that_are_not_the_later_rules_are_not_blamed() {
    let changes = Edits::of(&SEVERAL[..2]);
    let compared = Compared::of(edited(SEVERAL), register(50, 4));
    let found =
        compared.impact(&ImpactOptions { changes: Some(&changes), ..ImpactOptions::default() });
    assert!(found.attribution.is_none());
    assert_eq!(found.not_attributed.unwrap().zh, "所列改动合起来不等于新规则");
}

#[test]
fn neither_threads_nor_the_order_of_delivery_matter() {
    let edits = [SEVERAL, &["指标 投诉分 第 3 行 = 60"]].concat();
    let changes = Edits::of(&edits);
    let asked = |threads| ImpactOptions {
        by: by(&["县"]),
        changes: Some(&changes),
        cliffs: None,
        threads: Some(threads),
        ..ImpactOptions::default()
    };
    let first = Compared::of(edited(&edits), register(300, 4)).impact(&asked(1));
    let second = Compared::of(edited(&edits), register(300, 4)).impact(&asked(4));
    assert_eq!(first, second);
    // A register is sorted by key when it is loaded; here the keys are turned round instead.
    let mut turned = register(300, 4);
    for (number, it) in turned.households.iter_mut().enumerate() {
        it.key = format!("{:05}", 300 - number).as_str().into();
    }
    turned.households.sort_by(|a, b| a.key.cmp(&b.key));
    let third = Compared::of(edited(&edits), turned).impact(&asked(2));
    for (a, b) in first.grades.iter().zip(&third.grades) {
        assert_eq!(a.matrix, b.matrix);
        assert_eq!(a.by, b.by);
        let plain = |it: &GradeImpact| -> Vec<_> {
            it.flows.iter().map(|it| (it.from, it.to, it.parts.clone())).collect()
        };
        let sorted = |mut it: Vec<_>| {
            it.sort_by_key(|it: &(usize, usize, _)| (it.0, it.1));
            it
        };
        assert_eq!(sorted(plain(a)), sorted(plain(b)));
    }
    assert_eq!(first.deviations, third.deviations);
    let counts =
        |it: &Impact| -> Vec<_> { it.cliffs.iter().map(|it| (it.before, it.after)).collect() };
    assert!(!first.cliffs.is_empty());
    assert_eq!(counts(&first), counts(&third));
}

#[test]
fn a_group_that_moves_more_often_than_the_rest_is_noticed() {
    let mut register = register(900, 12);
    // Only in one county there are areas that the changed row is about.
    for it in &mut register.households {
        let large = it.fields[1] == Value::text("甲");
        it.fields[2] = Value::whole(if large { 150 } else { 50 });
    }
    let compared = Compared::of(edited(&SEVERAL[2..3]), register);
    let found =
        compared.impact(&ImpactOptions { by: by(&["县", "餐饮"]), ..ImpactOptions::default() });
    let first = &found.deviations[0];
    assert_eq!((first.field.as_str(), first.key.zh.as_str()), ("县", "甲"));
    assert!(first.difference > Fraction::ZERO && first.corrected.is_below_5_percent());
    assert!(first.moved * 3 > first.households && first.rest_moved == 0);
    // Who is in the food trade has another combined grade, but not another chance to move by the first.
    let of_risk = found.deviations.iter().filter(|it| &*it.grade.name == "风险");
    assert!(of_risk.clone().count() > 0 && of_risk.clone().all(|it| it.field == "县"));
}

#[test]
fn the_closest_to_a_cut_off_and_one_more_record() {
    let compared = Compared::of(edited(&["指标 投诉分 第 3 行 = 60"]), register(300, 13));
    let found = compared.impact(&ImpactOptions { cliffs: None, ..ImpactOptions::default() });
    let cutoffs = &found.grades[0].cutoffs;
    let at: Vec<String> = cutoffs.iter().map(|it| it.at.to_string()).collect();
    assert_eq!(at, ["20", "40", "60"]);
    for it in cutoffs {
        assert!(it.before && !it.below.is_empty() && !it.above.is_empty());
        assert!(it.below.iter().all(|near| near.score < it.at));
        assert!(it.above.iter().all(|near| near.score >= it.at));
    }
    // Checked one by one: a complaint of the last day more.
    let [cliff, ..] = &found.cliffs[..] else { panic!("{:?}", found.cliffs) };
    assert_eq!(&*cliff.table, "投诉");
    let kind = u16::from(cliff.record[0].1.zh != "轻");
    let slot = compared.new.linked().find_decl("样", &cliff.grade.name).unwrap();
    let mut more = compared.register.clone();
    for it in &mut more.households {
        it.records[1].push(Record { values: vec![Value::Date(as_of()), Value::Member(kind)] });
    }
    let fallen = |program: &Program| {
        let (old, new) =
            (run(program, &compared.register, &options(None)), run(program, &more, &options(None)));
        let both = old.outcomes.iter().zip(&new.outcomes);
        let member = |it: &Value| match it {
            Value::Member(it) => i32::from(*it),
            _ => -9,
        };
        both.filter(|(old, new)| {
            member(&old.values[slot]) >= 0
                && member(&new.values[slot]) >= member(&old.values[slot]) + 2
        })
        .count()
    };
    assert_eq!(count(cliff.before), fallen(&compared.old));
    assert_eq!(count(cliff.after), fallen(&compared.new));
    assert!(count(cliff.after) > 0);
}

#[test]
fn a_household_counts_once_in_however_many_grades_it_moves() {
    let compared = Compared::of(edited(&SEVERAL[..2]), register(400, 14));
    let found = compared.impact(&ImpactOptions::default());
    let totals = found.totals.unwrap();
    let values = |program: &Program, run: &Run, number: usize| -> Vec<Value> {
        let slot = |name: &str| program.linked().find_decl("样", name).unwrap();
        ["风险", "综合"].iter().map(|it| run.outcomes[number].values[slot(it)].clone()).collect()
    };
    let (mut moved, mut riskiest) = (0, (0, 0));
    for number in 0..400 {
        let old = values(&compared.old, &compared.runs.0, number);
        let new = values(&compared.new, &compared.runs.1, number);
        moved += usize::from(old != new);
        riskiest.0 += usize::from(old.contains(&Value::Member(3)));
        riskiest.1 += usize::from(new.contains(&Value::Member(3)));
    }
    assert!(moved > 0 && riskiest.1 > riskiest.0);
    assert_eq!(
        (totals.moved, totals.riskiest_before, totals.riskiest_after),
        (moved, riskiest.0, riskiest.1)
    );
    let most = found.grades.iter().map(|it| count(it.jumps)).max().unwrap();
    assert!(totals.jumps >= most && totals.jumps <= totals.moved);
}

#[test]
fn two_months_are_split_into_rules_facts_and_time() {
    let (old, new) =
        (Program::new(linked(RULES)).unwrap(), Program::new(edited(&SEVERAL[..2])).unwrap());
    let earlier = register(200, 15);
    let mut later = register(200, 15);
    // News: every third household has one penalty more; some are new, some are gone.
    for (number, it) in later.households.iter_mut().enumerate() {
        if number % 3 == 0 {
            let news = Record { values: vec![Value::Date(as_of()), Value::Member(1)] };
            it.records[0].push(news);
        }
    }
    later.households.drain(..4);
    let mut more = register(203, 15).households.split_off(200);
    later.households.append(&mut more);
    let dates = [as_of().add_months(-3).unwrap(), as_of()];
    let [earlier, later] =
        [&earlier, &later].map(|it| Columns::of_register(it, old.linked()).unwrap());
    let both = |by_reference, rules, dates| {
        let facts = [[&earlier; 2], [&later; 2]];
        split(&Corners { by_reference, rules, facts, dates, threads: Some(2) }).unwrap()
    };
    let found = both(false, [&old, &new], dates);
    // Both engines have the same to say, also where there are fewer corners.
    for rules in [[&old, &new], [&old, &old]] {
        for dates in [dates, [dates[1]; 2]] {
            assert_eq!(both(true, rules, dates), both(false, rules, dates));
        }
    }
    assert_eq!((found.entered, found.left), (3, 4));
    let mut all = [Fraction::ZERO; 3];
    for grade in &found.grades {
        let cells: usize = grade.matrix.iter().flatten().map(|it| count(*it)).sum();
        assert_eq!(cells, 203);
        for it in &grade.flows {
            let parts = [it.rules, it.facts, it.time];
            let sum = parts.iter().fold(Fraction::ZERO, |sum, it| sum.checked_add(*it).unwrap());
            assert_eq!(sum, Fraction::whole_number(count(it.count)));
            for (all, part) in all.iter_mut().zip(parts) {
                *all = all.checked_add(part).unwrap();
            }
        }
    }
    assert!(all.iter().all(|it| *it > Fraction::ZERO), "{all:?}");
    // With one side the same, its part is nothing.
    let facts = [[&earlier; 2]; 2];
    let corners = Corners { by_reference: false, rules: [&old, &old], facts, dates, threads: None };
    let found = split(&corners).unwrap();
    let flows: Vec<_> = found.grades.iter().flat_map(|it| &it.flows).collect();
    assert!(!flows.is_empty());
    for it in flows {
        assert_eq!((it.rules, it.facts), (Fraction::ZERO, Fraction::ZERO));
        assert_eq!(it.time, Fraction::whole_number(count(it.count)));
    }
}

#[test]
fn a_register_is_read_by_a_program_with_other_fields() {
    let other = RULES
        .replace("  面积：整数\n", "  新字段：日期\n  面积：整数\n")
        .replace("  餐饮：是否\n", "")
        .replace("当 餐饮", "当 新字段 有值")
        .replace("    餐饮：4\n", "");
    let (old, new) = (Program::new(linked(RULES)).unwrap(), Program::new(linked(&other)).unwrap());
    let register = register(20, 16);
    let there = recast((&old, &register), &[], &new);
    assert_eq!(there.households[3].fields[2], Value::Missing);
    assert_eq!(there.households[3].fields[3], register.households[3].fields[2]);
    assert_eq!(there.households[3].records, register.households[3].records);
    // What the second one still knows comes back.
    let back = recast((&new, &there), &[(&old, &register)], &old);
    assert_eq!(back.households, register.households);
}

#[test]
fn what_is_handed_on_has_no_small_counts_and_none_that_follow_from_sums() {
    let changes = Edits::of(SEVERAL);
    let compared = Compared::of(edited(SEVERAL), register(120, 17));
    let whole = compared.impact(&ImpactOptions {
        by: by(&["县", "餐饮"]),
        changes: Some(&changes),
        cliffs: None,
        ..ImpactOptions::default()
    });
    let found = whole.clone().suppressed(5);
    assert_eq!(found.suppressed_below, Some(5));
    let small = |it: Cell| it.count().is_some_and(|it| it > 0 && it < 5);
    let mut hidden = 0;
    for grade in &found.grades {
        let slices = grade.by.iter().flat_map(|it| &it.groups);
        let cells: Vec<Cell> = grade.matrix.iter().flatten().copied().collect();
        let all = slices.flat_map(|it| it.matrix.iter().flatten().copied().chain([it.moved]));
        for it in cells.iter().copied().chain(all) {
            assert!(!small(it));
            hidden += usize::from(it == Cell::Suppressed);
        }
        assert!(grade.flows.iter().all(|it| it.count != Cell::Suppressed));
        for row in &grade.matrix {
            assert_ne!(row.iter().filter(|it| **it == Cell::Suppressed).count(), 1);
        }
    }
    assert!(hidden > 10, "{hidden}");
    for (grade, flow) in found.grades.iter().flat_map(|it| it.flows.iter().map(move |f| (it, f))) {
        let all = flow.count.count().unwrap();
        let limit = Fraction::whole_number(5);
        let parts = flow.parts.iter().map(|it| it.households).filter(|it| *it != Fraction::ZERO);
        let parts: Vec<Fraction> = parts.collect();
        assert!(parts.iter().all(|it| *it >= limit || it.negated() >= limit), "{:?}", flow.parts);
        // What is left out is more than one part, and together not few.
        let shown = parts.iter().try_fold(Fraction::ZERO, |sum, it| sum.checked_add(*it)).unwrap();
        let rest = Fraction::whole_number(all).checked_sub(shown).unwrap();
        let before = whole.grades.iter().find(|it| it.name == grade.name).unwrap();
        let before = before.flows.iter().find(|it| (it.from, it.to) == (flow.from, flow.to));
        let before = &before.unwrap().parts;
        let gone = before.iter().filter(|it| it.households != Fraction::ZERO).count() - parts.len();
        assert!(gone == 0 || all < 10 || (gone > 1 && rest >= limit), "{gone} {rest:?}");
        let stood: usize = flow.cases.iter().map(|it| it.stands_for).sum();
        assert!(flow.cases.iter().all(|it| it.stands_for >= 5));
        assert!(!(1..5).contains(&(all - stood)), "{:?}", flow.cases);
    }
    let keys: Vec<&str> = whole
        .grades
        .iter()
        .flat_map(|it| &it.flows)
        .flat_map(|it| it.cases.iter().map(|it| it.key.as_str()))
        .collect();
    let text = serde_json::to_string(&found).unwrap();
    assert!(!keys.is_empty() && keys.iter().all(|it| !text.contains(&format!("\"{it}\""))));
}
