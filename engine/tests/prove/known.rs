//! Households of a register decide what the search left open.

use heng_dsl::diag::Lang;
use heng_engine::data::{Household, Register};
use heng_engine::effect::{Both, Side};
use heng_engine::program::Program;
use heng_engine::prove::{Budget, Proof, Subject, Verdict, compare, conditions};
use heng_engine::run::{Run, RunOptions, run};

use crate::card::{as_of, program};
use crate::conditions::{GAINS, LOSES, RULES, moves, one};

/// Nothing is searched, so that all that is not excluded is open.
const NOTHING: Budget = Budget { households: 0, ..crate::BUDGET };

fn register(program: &Program) -> Register {
    let household = |key: &str, area: &str, lost: &str, dates: &[&str]| {
        let fields = [("成立日期", "2011-05-06"), ("面积", area), ("失联", lost)];
        let mut it = Household::build(program.linked(), key).expect("a subject");
        it = it.fields(fields).expect("the fields are there");
        for (number, date) in dates.iter().enumerate() {
            let number = number.to_string();
            let cells = [("文号", number.as_str()), ("决定日期", *date)];
            it = it.record("处罚", cells).expect("the columns are there");
        }
        it.done()
    };
    let households = vec![
        household("001", "3", "否", &[]),
        household("002", "101", "是", &["2025-05-11", "2025-05-12"]),
        household("003", "7", "否", &["2025-02-11", "2025-02-12", "2025-02-13"]),
        household("004", "5", "是", &["2025-05-03", "2025-05-04", "2025-05-05"]),
    ];
    Register { households, cutoff: None }
}

fn ran(program: &Program, register: &Register) -> Run {
    run(
        program,
        register,
        &RunOptions { as_of: as_of(), threads: Some(1), progress: None, reasons: false },
    )
}

/// What is known of each, grades first, once the register was looked at.
fn with_register(changes: &[(&str, &str)]) -> Vec<Proof> {
    let text = changes.iter().fold(RULES.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    let (old, new) = (program(RULES), program(&text));
    let register = register(&old);
    let runs = [ran(&old, &register), ran(&new, &register)];
    let side = |program, run| Side { program, register: &register, run };
    let both = Both::of(side(&old, &runs[0]), side(&new, &runs[1]));
    let mut all =
        vec![compare(&old, &new, ("甲", "风险"), as_of(), NOTHING).expect("the same data")];
    all.extend(conditions(&old, &new, as_of(), NOTHING).expect("the same data"));
    all.into_iter().map(|it| it.with_register(&both)).collect()
}

#[test]
fn a_household_of_the_register_shows_what_is_open_of_tags_alerts_and_lists() {
    let changes =
        [("面积 ≥ 100", "面积 ≥ 102"), ("近 6 个月", "近 3 个月"), ("面积 < 5", "面积 < 6")];
    let all = with_register(&changes);
    let tag = one(&all, Subject::Tag, "大户");
    assert_eq!((tag.verdict, moves(tag)), (Verdict::Transitions, vec![LOSES]), "{tag:#?}");
    assert_eq!(tag.registered, [LOSES]);
    let alert = one(&all, Subject::Alert, "高风险");
    assert_eq!(alert.registered, [LOSES], "{alert:#?}");
    let list = one(&all, Subject::List, "重点");
    assert_eq!(list.registered, [LOSES], "{list:#?}");
    // Nobody of the register is told: no key, no date of founding.
    let told = all.iter().map(|it| it.text(Lang::Zh)).collect::<String>();
    assert!(!told.contains("2011-05-06") && !told.contains("004"), "{told}");
}

#[test]
fn a_household_of_the_register_shows_what_is_open_of_a_determination() {
    let all = with_register(&[("≥ 3", "≥ 2")]);
    let often = one(&all, Subject::Decide, "屡罚");
    assert_eq!((often.verdict, moves(often)), (Verdict::Transitions, vec![GAINS]), "{often:#?}");
    assert_eq!(often.registered, [GAINS]);
    // What only follows a grade is left as it was said.
    assert_eq!(one(&all, Subject::List, "重点").verdict, Verdict::Follows);
}
