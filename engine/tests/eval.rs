//! What rule files mean: every file under `eval/` is a package with its own 用例, which have to hold,
//! and over which the order of rows and the number of threads must not matter.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]
#![expect(clippy::disallowed_methods, reason = "the corpus is read from disk")]

mod eval_support;

use heng_dsl::diag::Lang;
use heng_dsl::model::DeclKind;
use heng_dsl::value::{Decimal, Value};
use heng_engine::cases::run_cases;
use heng_engine::data::{Household, Record, Register};
use heng_engine::eval::checks::findings;
use heng_engine::eval::evaluate;
use heng_engine::graph::{Format, Way};
use heng_engine::program::Program;
use heng_engine::run::{RunOptions, run};
use proptest::prelude::*;

use eval_support::{Given, corpus, program, register};

#[test]
fn every_case_of_the_corpus_holds() {
    let mut failures = Vec::new();
    for (name, text) in corpus() {
        let program = program(&name, &text);
        let results = run_cases(&program, 0, None);
        assert!(!results.is_empty(), "{name} has no case");
        for case in results.iter().filter(|it| !it.passed) {
            for it in &case.failures {
                failures.push(format!(
                    "{name} “{}” {}: {} instead of {}",
                    case.title, it.what.zh, it.found.zh, it.expected.zh
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn scoring() -> Program {
    let (name, text) =
        corpus().into_iter().find(|it| it.0 == "scoring").expect("the file is there");
    program(&name, &text)
}

#[test]
fn the_graph_is_drawn_whole_or_around_one_name() {
    let program = scoring();
    let graph = program.graph();
    let found = graph.find("评分.风险");
    let node = *found.first().expect("the classification is there");
    let up = graph.draw(&graph.around(node, Way::Upstream), Format::Tree, Lang::Zh);
    assert!(up.starts_with("分类 评分.风险\n"), "{up}");
    for line in
        ["总分 评分.总分", "维度 评分.监管", "直接判定 评分.多案", "字段 评分.面积", "参数 评分.线"]
    {
        assert!(up.contains(line), "{line} in {up}");
    }
    assert!(!up.contains("评分.综合"), "{up}");
    let down = graph.draw(&graph.around(node, Way::Downstream), Format::Tree, Lang::En);
    assert_eq!(down, "classify 评分.风险\n└─ overlay 评分.综合\n");
    let whole = graph.draw(&graph.whole(), Format::Mermaid, Lang::Zh);
    assert!(whole.starts_with("flowchart LR\n"), "{whole}");
    assert!(graph.draw(&graph.whole(), Format::Dot, Lang::Zh).starts_with("digraph heng {"));
}

#[test]
fn everything_comes_after_what_it_reads() {
    for (name, text) in corpus() {
        let program = program(&name, &text);
        let order = program.graph().order();
        for (at, thing) in order.iter().enumerate() {
            for (read, _) in program.graph().reads(*thing) {
                let before = order.iter().position(|it| *it == read).expect("it is in the order");
                assert!(before < at, "{name}: {read:?} before {thing:?}");
            }
        }
    }
}

fn given() -> impl Strategy<Value = Vec<Given>> {
    let penalties = prop::collection::vec((0_i64..40, 0_u16..3), 0..5);
    prop::collection::vec(
        (0_i64..400, any::<bool>(), any::<bool>(), any::<bool>(), penalties),
        1..20,
    )
}

fn date(text: &str) -> heng_dsl::value::Date {
    text.parse().expect("a date")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn threads_do_not_matter(households in given()) {
        let program = scoring();
        let register = register(&households);
        let options = |threads| RunOptions { as_of: date("2024-12-31"), threads: Some(threads), progress: None, reasons: false };
        prop_assert_eq!(run(&program, &register, &options(1)), run(&program, &register, &options(4)));
    }

    #[test]
    fn a_household_alone_has_the_result_it_has_among_others(households in given()) {
        let program = scoring();
        let register = register(&households);
        let all = run(&program, &register, &RunOptions { as_of: date("2024-12-31"), threads: Some(1), progress: None, reasons: false });
        for (number, household) in register.households.iter().enumerate() {
            let alone = Register { households: vec![household.clone()], cutoff: None };
            let own = run(&program, &alone, &RunOptions { as_of: date("2024-12-31"), threads: Some(1), progress: None, reasons: false });
            prop_assert_eq!(&own.outcomes[0], &all.outcomes[number]);
        }
    }

    #[test]
    fn contributions_add_up_and_a_trace_changes_nothing(households in given()) {
        let program = scoring();
        let linked = program.linked();
        let register = register(&households);
        let all = run(&program, &register, &RunOptions { as_of: date("2024-12-31"), threads: Some(1), progress: None, reasons: false });
        for (number, household) in register.households.iter().enumerate() {
            let (outcome, trace) = evaluate(&program, household, &all.population, number, all.as_of, true);
            prop_assert_eq!(&outcome, &all.outcomes[number]);
            let trace = trace.expect("it was asked for");
            for step in &trace.steps {
                let worth = step.before_bounds.as_ref().unwrap_or(&outcome.values[step.decl]);
                if !step.each.is_empty() && linked.decl(step.decl).name.as_ref() == "逐案" {
                    let sum = step.each.iter().fold(Decimal::ZERO, |sum, it| sum.checked_add(it.worth).unwrap());
                    prop_assert_eq!(&Value::Number(sum), worth);
                }
                if matches!(linked.decl(step.decl).kind, DeclKind::Total) {
                    let parts = linked.parts(step.decl).iter().fold(Decimal::ZERO, |sum, part| {
                        let Value::Number(points) = outcome.values[*part] else { return sum };
                        let weight = step.weights.iter().find(|it| it.0 == *part);
                        let Some((_, Value::Number(weight))) = weight else { return sum };
                        sum.checked_add(points.checked_mul(*weight, 8).unwrap()).unwrap()
                    });
                    prop_assert_eq!(&Value::Number(parts), worth);
                }
            }
        }
    }
}

/// A household of `checks`: its start, its area, and penalties as date, kind and amount.
fn checked(
    key: &str,
    start: &str,
    area: Option<i64>,
    penalties: &[(&str, u16, Option<i64>)],
) -> Household {
    let whole = |it: Option<i64>| it.map_or(Value::Missing, Value::whole);
    let record = |it: &(&str, u16, Option<i64>)| Record {
        values: vec![Value::Member(it.1), Value::Date(date(it.0)), whole(it.2)],
    };
    Household {
        key: key.into(),
        fields: vec![Value::text(key), Value::Date(date(start)), whole(area)],
        records: vec![penalties.iter().map(record).collect()],
        ..Household::default()
    }
}

#[test]
fn checks_find_households_records_and_tables() {
    let (name, text) = corpus().into_iter().find(|it| it.0 == "checks").expect("the file is there");
    let program = program(&name, &text);
    let households = vec![
        checked("1", "2019-01-01", None, &[("2018-06-30", 1, None), ("2024-06-30", 0, None)]),
        checked("2", "2019-01-01", Some(0), &[("2024-06-30", 1, Some(100))]),
        // Not yet founded: neither it nor its records are looked at.
        checked("3", "2025-06-30", None, &[("2024-06-30", 1, None)]),
    ];
    let mut register = Register { households, cutoff: None };
    let told = |register: &Register| -> Vec<String> {
        let found = findings(&program, register, date("2025-01-01"));
        let words = found.iter().map(|it| {
            let rule = &program.linked().packages[it.package].checks[it.check].name;
            format!("{rule} {:?} {:?} {:?}", it.household, it.record.map(|it| it.1), it.fault)
        });
        words.collect()
    };
    assert_eq!(
        told(&register),
        [
            "面积应有 Some(0) None None",
            "件数不多 Some(0) None None",
            "罚款有金额 Some(0) Some(0) None",
            "案在成立之后 Some(0) Some(0) None",
        ]
    );
    register.households.remove(0);
    assert_eq!(told(&register), ["总量 None None None", "不空 None None None"]);
}
