//! What an explanation promises: its points add up, it hides what is sensitive, it says what decided.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot be set up fails")]

#[path = "explain/cases.rs"]
mod cases;
#[path = "explain/support.rs"]
mod support;

use heng_dsl::diag::Lang;
use heng_dsl::value::{Date, Decimal};
use heng_engine::data::{Household, Register};
use heng_engine::explain::{Account, ExplainOptions, Explanation, What, explain};
use heng_engine::run::{RunOptions, run};
use proptest::prelude::*;

use support::{as_of, date, decimal, household, program, register};

fn explained(register: &Register, key: &str, reveal: bool) -> Explanation {
    explained_with(register, key, ExplainOptions { reveal, present_only: false })
}

fn explained_with(register: &Register, key: &str, wanted: ExplainOptions) -> Explanation {
    let program = program();
    let options = RunOptions { as_of: as_of(), threads: Some(1), progress: None, reasons: false };
    let run = run(&program, register, &options);
    explain(&program, register, &run, key, &wanted).expect("the household is there")
}

fn repeat_offender() -> Register {
    register(vec![
        household("001", Some(80), &[]),
        household(
            "002",
            Some(260),
            &[
                (date(2023, 3, 2), 1, None),
                (date(2024, 2, 29), 2, None),
                (date(2024, 8, 15), 1, Some(date(2025, 6, 30))),
                (date(2025, 5, 31), 0, None),
                (date(2025, 6, 2), 2, None),
            ],
        ),
    ])
}

/// The points of all lines below, to the last indicator; those of deducted parts taken off.
fn leaves(account: &Account) -> Decimal {
    account.lines.iter().fold(Decimal::ZERO, |sum, line| {
        let points = match &line.what {
            What::Part { account, deducted } if account.lines.is_empty() => {
                assert!(line.points.is_zero() || *deducted, "points without a line: {account:?}");
                line.points
            }
            What::Part { account, deducted: true } => leaves(account).negated(),
            What::Part { account, deducted: false } => leaves(account),
            _ => line.points,
        };
        sum.checked_add(points).unwrap()
    })
}

fn assert_adds_up(account: &Account) {
    let Some(worth) = account.value.number else { return };
    assert_eq!(leaves(account), worth, "{account:#?}");
    for line in &account.lines {
        if let What::Part { account, .. } = &line.what {
            assert_adds_up(account);
        }
        if matches!(line.what, What::Rounding) {
            assert!(
                line.points.abs() < decimal("0.1"),
                "not rounding: {line:?} of {}",
                account.name.name
            );
        }
    }
}

#[test]
fn letter_in_chinese() {
    insta::assert_snapshot!(explained(&repeat_offender(), "002", false).to_text(Lang::Zh));
}

#[test]
fn letter_in_english() {
    insta::assert_snapshot!(explained(&repeat_offender(), "002", false).to_text(Lang::En));
}

#[test]
fn letter_in_markdown() {
    insta::assert_snapshot!(explained(&repeat_offender(), "002", false).to_markdown(Lang::Zh));
}

#[test]
fn letter_as_json() {
    insta::assert_snapshot!(explained(&repeat_offender(), "001", false).to_json().unwrap());
}

#[test]
fn sensitive_values_are_masked_unless_asked_for() {
    let hidden = explained(&repeat_offender(), "001", false);
    let shown = explained(&repeat_offender(), "001", true);
    for text in [hidden.to_text(Lang::Zh), hidden.to_markdown(Lang::En), hidden.to_json().unwrap()]
    {
        assert!(!text.contains("张三丰杂货店"), "{text}");
    }
    assert!(shown.to_text(Lang::Zh).contains("张三丰杂货店"));
}

#[test]
fn a_household_that_is_not_there_has_no_explanation() {
    let (program, register) = (program(), repeat_offender());
    let options = RunOptions { as_of: as_of(), threads: Some(1), progress: None, reasons: false };
    let run = run(&program, &register, &options);
    assert_eq!(explain(&program, &register, &run, "003", &ExplainOptions::default()), None);
}

#[test]
fn a_household_founded_later_says_so_and_has_no_result() {
    let mut young = household("003", None, &[]);
    young.fields[3] = heng_dsl::value::Value::Date(date(2025, 6, 2));
    let it = explained(&register(vec![young]), "003", false);
    assert!(it.outside.is_some());
    assert!(it.results.is_empty());
    insta::assert_snapshot!(it.to_text(Lang::Zh));
}

fn some_date() -> impl Strategy<Value = Date> {
    (-1200_i64..200).prop_map(|days| as_of().add_days(days).unwrap())
}

fn some_household() -> impl Strategy<Value = Household> {
    let penalty = (some_date(), 0_u16..3, proptest::option::of(some_date()));
    let penalties = proptest::collection::vec(penalty, 0..8);
    (proptest::option::of(0_i64..400), penalties)
        .prop_map(|(area, penalties)| household("001", area, &penalties))
}

proptest! {
    #[test]
    fn contributions_add_up_to_the_score_exactly(household in some_household()) {
        let present = ExplainOptions { present_only: true, ..ExplainOptions::default() };
        let it = explained_with(&register(vec![household]), "001", present);
        prop_assert!(!it.scores.is_empty() && !it.apart.is_empty());
        for account in it.scores.iter().chain(&it.apart) {
            prop_assert!(account.value.number.is_some());
            assert_adds_up(account);
        }
    }
}

/// The letter of the household of a case of a rule set in text.
fn of_case(root: &str, title: &str) -> Explanation {
    let (program, package) = support::from_text(root);
    let options = ExplainOptions::default();
    heng_engine::cases::explain_case(&program, package, title, &options).expect("the case is there")
}

#[test]
fn several_sets_in_chinese() {
    insta::assert_snapshot!(of_case("food", "屡罚屡查").to_text(Lang::Zh));
}

#[test]
fn several_sets_in_english() {
    insta::assert_snapshot!(of_case("food", "屡罚屡查").to_text(Lang::En));
}

#[test]
fn a_set_that_is_not_about_the_household() {
    insta::assert_snapshot!(of_case("food", "没有食品的好店").to_text(Lang::Zh));
}

#[test]
fn an_amended_row_says_by_whom_and_why() {
    insta::assert_snapshot!(of_case("city", "一次处罚").to_markdown(Lang::Zh));
}
