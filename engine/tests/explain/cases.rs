//! Cases: what passes, and what a failure says. And what cases exercise.

use heng_dsl::diag::Lang;
use heng_dsl::model::{Case, Expectation, GivenHousehold, Id, Ref};
use heng_dsl::value::Value;
use heng_engine::cases::{CaseResult, run_cases};
use heng_engine::coverage::{ItemKind, of_cases, of_run};
use heng_engine::run::{RunOptions, run};
use heng_engine::summary::{GroupBy, SummaryOptions, summarise};

use crate::support::{as_of, case, date, decimal, household, program, program_with, register};

fn worth(id: &str, value: Value) -> Expectation {
    Expectation::Worth(Ref::own(id), value)
}

fn points(text: &str) -> Value {
    Value::Number(decimal(text))
}

fn result(case: Case) -> CaseResult {
    let mut results = run_cases(&program_with(vec![case]), 0, None);
    assert_eq!(results.len(), 1);
    results.remove(0)
}

/// Each failure on a line: what, expected, found, hint.
fn failures(case: Case) -> String {
    let lines = result(case).failures.into_iter().map(|it| {
        let hint = it.hint.map(|it| format!(" | {}", it.zh)).unwrap_or_default();
        format!("{}: {} ≠ {}{hint}", it.what.zh, it.expected.zh, it.found.zh)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_case_passes_where_everything_comes_out_as_expected() {
    let expect = vec![
        worth("场所面积", points("1.5")),
        worth("最重处罚", points("30")),
        worth("信用风险", Value::Member(3)),
        Expectation::Missing(Vec::new()),
        Expectation::Decides(vec![Id::from("吊销许可")]),
        Expectation::Reason(Ref::own("信用风险"), "吊销许可的缘由".to_owned()),
    ];
    let result = result(case("吊销", Some(80), &[(date(2025, 1, 2), 2)], expect));
    assert_eq!(result.failures, []);
    assert!(result.passed);
    assert_eq!(result.place.as_deref(), Some("示例.heng:90"));
}

#[test]
fn a_failure_says_what_was_expected_and_what_came_out() {
    let expect = vec![
        worth("场所面积", points("4")),
        worth("信用风险", Value::Member(0)),
        Expectation::Missing(Vec::new()),
        Expectation::Decides(vec![Id::from("屡次违法")]),
        Expectation::Reason(Ref::own("处罚程度"), "没有这句话".to_owned()),
    ];
    insta::assert_snapshot!(failures(case("错", None, &[(date(2025, 1, 2), 2)], expect)));
}

#[test]
fn a_required_field_that_is_read_and_not_given_is_named() {
    let mut case = case(
        "没有种类",
        Some(80),
        &[(date(2025, 1, 2), 1)],
        vec![worth("场所面积", points("1.5")), worth("最重处罚", points("12.5"))],
    );
    case.household.records[0].fields.pop();
    insta::assert_snapshot!(failures(case));
}

#[test]
fn other_households_make_the_register() {
    let mut it = case("另有", Some(80), &[], vec![worth("场所面积", points("1.5"))]);
    let other = GivenHousehold { fields: it.household.fields.clone(), ..GivenHousehold::default() };
    it.others = vec![(10, other.clone()), (1, other)];
    assert!(result(it).passed);
}

#[test]
fn a_filter_takes_the_cases_whose_title_contains_it() {
    let all = vec![case("甲一", None, &[], Vec::new()), case("乙一", None, &[], Vec::new())];
    let program = program_with(all);
    assert_eq!(run_cases(&program, 0, Some("乙")).len(), 1);
    assert_eq!(run_cases(&program, 0, Some("一")).len(), 2);
    assert_eq!(run_cases(&program, 7, None).len(), 0);
}

#[test]
fn coverage_names_what_no_case_exercises() {
    let all = vec![
        case("小", Some(80), &[], Vec::new()),
        case("吊销", None, &[(date(2025, 1, 2), 2)], Vec::new()),
    ];
    let coverage = of_cases(&program_with(all), &[0], false);
    assert_eq!(coverage.looked_at, 2);
    let lines = coverage.items.iter().map(|it| {
        let place = it.place.as_deref().unwrap_or("-");
        format!("{} {} {} {} ({place})", it.count, it.kind.words()[0], it.decl, it.text)
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn coverage_of_a_run_counts_households() {
    let (program, register) = (
        program(),
        register(vec![
            household("001", Some(80), &[]),
            household("002", Some(90), &[(date(2025, 1, 2), 1, None)]),
            household("003", None, &[]),
        ]),
    );
    let options = RunOptions { as_of: as_of(), threads: Some(2), progress: None, reasons: false };
    let run = run(&program, &register, &options);
    let coverage = of_run(&program, &register, (run.as_of, &run.population));
    assert_eq!(coverage.looked_at, 3);
    let count = |kind: ItemKind, decl: &str, text: &str| {
        let mut items = coverage.items.iter();
        items
            .find(|it| it.kind == kind && &*it.decl == decl && it.text.contains(text))
            .unwrap()
            .count
    };
    assert_eq!(count(ItemKind::Row, "场所面积", "100 平方米以下"), 2);
    assert_eq!(count(ItemKind::Row, "场所面积", "缺失"), 1);
    assert_eq!(count(ItemKind::Row, "场所面积", "超过"), 0);
    assert_eq!(count(ItemKind::Indicator, "最重处罚", ""), 1);
    assert_eq!(count(ItemKind::Decide, "没有处罚", ""), 2);
    let rows = coverage.totals.iter().find(|it| it.kind == ItemKind::Row).unwrap();
    let all = coverage.items.iter().filter(|it| it.kind == ItemKind::Row).count();
    assert_eq!(rows.all, all);
    assert!(rows.exercised < all);
    assert!(coverage.unexercised().any(|it| it.text.contains("超过 100")));
}

#[test]
fn a_summary_counts_every_household_once() {
    let mut young = household("004", Some(80), &[]);
    young.fields[3] = Value::Date(date(2025, 7, 1));
    let (program, register) = (
        program(),
        register(vec![
            household("001", Some(80), &[]),
            household("002", Some(90), &[(date(2025, 1, 2), 2, None)]),
            household("003", None, &[]),
            young,
        ]),
    );
    let options = RunOptions { as_of: as_of(), threads: Some(1), progress: None, reasons: false };
    let run = run(&program, &register, &options);
    let by = vec![GroupBy::parse("名称:1"), GroupBy::parse("没有这个字段")];
    let summary = summarise(&program, &register, &run, &SummaryOptions { by });
    assert_eq!((summary.households, summary.in_population), (4, 3));
    let grade = &summary.grades[0];
    assert_eq!(grade.all.graded(), 3);
    assert_eq!(grade.by.len(), 1);
    assert_eq!(grade.by[0].groups[0].key.of(Lang::Zh), "张");
    assert_eq!(grade.by[0].groups[0].spread, grade.all);
    insta::assert_snapshot!(serde_json::to_string_pretty(&summary).unwrap());
}

#[test]
fn a_group_is_a_field_and_optionally_the_number_of_its_first_characters() {
    let parsed = |text: &str| {
        let it = GroupBy::parse(text);
        (it.field, it.prefix)
    };
    assert_eq!(parsed("行业：1"), ("行业".to_owned(), Some(1)));
    assert_eq!(parsed("行业:x"), ("行业:x".to_owned(), None));
    assert_eq!(parsed("区划"), ("区划".to_owned(), None));
}
