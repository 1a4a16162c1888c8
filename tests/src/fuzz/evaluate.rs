//! What must hold of any checked rules and any households.

use std::collections::BTreeSet;

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{DeclKind, Ty, TyKind};
use heng_dsl::value::{Fault, Value};
use heng_engine::cases::run_cases;
use heng_engine::columnar;
use heng_engine::data::Register;
use heng_engine::eval::checks::findings;
use heng_engine::explain::{ExplainOptions, explain};
use heng_engine::program::Program;
use heng_engine::run::{Run, RunOptions, run};

use super::household::{self, Draw};
use super::{MAX_PACKAGE, checked, text};

/// Packages that check without an error run: every household has one result, a value has the type of its
/// declaration, and is missing only where that is declared; neither threads nor a second time change
/// anything; and every result can be explained. Where the data keep what the rules are promised, no
/// value is lost to a fault that the checker rules out. True where there was a household to evaluate.
///
/// # Panics
///
/// Where that does not hold.
pub fn evaluate(bytes: &[u8]) -> bool {
    let at = bytes.iter().position(|it| *it == 0).unwrap_or(bytes.len());
    let (rules, data) = bytes.split_at(at);
    let Some(rules) = text(rules, MAX_PACKAGE) else { return false };
    let checked = checked(&rules);
    let Some(linked) = checked.linked else { return false };
    let program = Program::for_roots(linked, &checked.roots).expect("the checker refuses circles");
    for package in 0..program.linked().packages.len() {
        run_cases(&program, package, None);
    }
    let mut draw = Draw::new(data.get(1..).unwrap_or_default(), bytes);
    let as_of = draw.as_of();
    let (register, keeps) = household::register(&mut draw, program.linked(), as_of);
    let mut options = RunOptions { as_of, threads: Some(1), progress: None, reasons: true };
    let result = run(&program, &register, &options);
    options.threads = Some(2);
    assert_eq!(run(&program, &register, &options), result, "once more, on two threads");
    has_one_result_each(&register, &result);
    by_columns(&program, &register, &options, &result);
    let linked = program.linked();
    for outcome in &result.outcomes {
        assert_eq!(outcome.values.len(), linked.decls().len());
        for (decl, value) in linked.decls().zip(&outcome.values) {
            is_sound(linked, &decl.ty, value, keeps, &decl.name);
        }
        for (slot, values) in &outcome.measures {
            let DeclKind::Measure { columns } = &linked.decl(*slot).kind else {
                panic!("{} is no measure", linked.decl(*slot).name)
            };
            assert_eq!(columns.len(), values.len());
            for (column, value) in columns.iter().zip(values) {
                is_sound(linked, &column.ty, value, keeps, &column.name);
            }
        }
    }
    findings(&program, &register, as_of);
    // Looking ahead evaluates a thousand days: now and then.
    let options = ExplainOptions { reveal: draw.once_in(2), present_only: !draw.once_in(16) };
    for household in &register.households {
        let why = explain(&program, &register, &result, &household.key, &options);
        let why = why.expect("the household is in the register");
        for lang in [Lang::Zh, Lang::En] {
            assert!(!why.to_text(lang).is_empty() && !why.to_markdown(lang).is_empty());
        }
        assert!(why.to_json().is_ok());
    }
    !register.households.is_empty()
}

/// The columnar engine gives the same, or says what it cannot work out.
fn by_columns(program: &Program, register: &Register, options: &RunOptions<'_>, result: &Run) {
    match columnar::in_batches(program, register, options, 2) {
        Ok(found) => assert_eq!(&found, result, "by columns"),
        Err(refusals) => assert!(!refusals.is_empty(), "refused for a reason"),
    }
}

/// Every household has an outcome or stands outside the population, and never both.
fn has_one_result_each(register: &Register, result: &Run) {
    let inside = result.outcomes.iter().map(|it| it.key.as_ref());
    let outside = result.outside.iter().map(|it| it.0.as_ref());
    let found: Vec<&str> = inside.chain(outside).collect();
    assert_eq!(found.len(), register.households.len(), "one result each");
    let found: BTreeSet<&str> = found.into_iter().collect();
    assert!(register.households.iter().all(|it| found.contains(it.key.as_ref())));
}

/// Is the value one of that type?
fn is_sound(linked: &Linked, ty: &Ty, value: &Value, keeps: bool, name: &str) {
    let sound = match (value, &ty.kind) {
        (Value::NotApplicable, _) => true,
        (Value::Missing, _) => ty.optional,
        (Value::Error(Fault::Overflow | Fault::DateRange), _) => true,
        (Value::Error(Fault::NoRow | Fault::UnexpectedMissing | Fault::Type), _) => !keeps,
        (Value::Number(it), TyKind::Number(ty)) => it.places() == ty.places,
        (Value::Member(it), TyKind::Member(of)) => {
            usize::from(*it) < linked.enumeration(of.slot.index()).members.len()
        }
        (Value::Bool(_), TyKind::Bool)
        | (Value::Date(_), TyKind::Date)
        | (Value::Text(_), TyKind::Text | TyKind::Code(_))
        | (Value::Frequency(_), TyKind::Frequency) => true,
        _ => false,
    };
    assert!(sound, "{name} is {value:?}, of type {ty:?}; promises kept: {keeps}");
}
