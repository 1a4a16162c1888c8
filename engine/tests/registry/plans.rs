//! From review to effect: who has to approve, and that nothing else than what was approved takes effect.

use heng_dsl::stored::Hash;
use heng_dsl::value::Period;
use heng_engine::registry::{
    Amount, Counted, Draft, Figures, Gate, History, Keeping, Keys, Measure, PLAN_FORMAT, Plan,
    Reference, Registry, RegistryError, SecretKey, Session, Status, Terms, With, snapshot,
};

use crate::support::{Quick, create, date, draft, folder, from, session};

const ENGINE: &str = "0.1.0";

fn data() -> Hash {
    snapshot([("户.csv", Hash::of_bytes(b"x"))])
}

fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

/// So many of 300 households move.
fn figures(moved: u64) -> Figures {
    let counted = Counted { households: 300, moved, ..Counted::default() };
    Figures { counted: Some(counted), ..Figures::default() }
}

/// Opens in somebody's name.
fn open_as(root: &std::path::Path, by: &str) -> Registry {
    let session = Session { by: by.to_owned(), ..session() };
    let vfs = std::sync::Arc::new(Quick);
    Registry::open(root, vfs, Keeping::InMemory, &session).unwrap()
}

/// Version 1 in force, version 2 pending, and a plan from one to the other by which 4 of 300 move.
fn sample(name: &str) -> (std::path::PathBuf, Plan) {
    let root = folder(name);
    create(&root);
    let mut registry = open_as(&root, "省局");
    registry.publish(&Draft { effective: Some(from("2025-01-01")), ..draft("1", 24) }).unwrap();
    registry.publish(&draft("2", 36)).unwrap();
    let side = |version: &str| {
        let row = registry.find(&Reference::parse(&format!("甲@{version}")).unwrap()).unwrap();
        registry.side(&row).unwrap()
    };
    let plan = Plan {
        format: PLAN_FORMAT,
        set: "甲".into(),
        old: side("1"),
        new: side("2"),
        with: Vec::new(),
        as_of: Some(date("2026-10-31")),
        data: Some(data()),
        engine: ENGINE.to_owned(),
        figures: figures(4),
        report: serde_json::Value::Null,
    };
    (root, plan)
}

fn gates() -> Vec<Gate> {
    let gate = |when, over, by: &str| Gate { when, over, approvers: vec![by.to_owned()] };
    vec![
        gate(Measure::Moved, Amount::Share(10_000), "信用监管处"),
        gate(Measure::Jumps, Amount::Count(0), "分管局长"),
    ]
}

fn keys() -> Keys {
    let all = [("省局", 1), ("信用监管处", 2), ("分管局长", 3)];
    all.into_iter().map(|(name, number)| (name.to_owned(), key(number).public())).collect()
}

fn apply(
    root: &std::path::Path,
    plan: &Plan,
    change: impl Fn(&mut Terms<'_>),
) -> Result<(), RegistryError> {
    let (gates, keys) = (gates(), keys());
    let mut terms = Terms {
        effective: Period { from: Some(date("2027-01-01")), until: None },
        history: History::Kept,
        gates: &gates,
        keys: &keys,
        data: plan.data,
        engine: ENGINE,
    };
    change(&mut terms);
    open_as(root, "省局").apply(plan, &terms).map(|_| ())
}

fn code(result: Result<(), RegistryError>) -> &'static str {
    result.err().map_or("", |it| it.code())
}

#[test]
fn a_plan_takes_effect_when_everybody_has_approved_it() {
    let (root, plan) = sample("plan-all");
    assert_eq!(code(apply(&root, &plan, |_| {})), "V0210");
    open_as(&root, "省局").approve(&plan, &key(1)).unwrap();
    assert_eq!(code(apply(&root, &plan, |_| {})), "V0210", "the author alone");
    open_as(&root, "信用监管处").approve(&plan, &key(1)).unwrap();
    assert_eq!(code(apply(&root, &plan, |_| {})), "V0210", "the key of somebody else");
    open_as(&root, "信用监管处").approve(&plan, &key(2)).unwrap();
    apply(&root, &plan, |_| {}).unwrap();
    let registry = open_as(&root, "省局");
    let rows = registry.versions(Some("甲")).unwrap();
    assert_eq!(rows[0].effective.unwrap().until, Some(date("2026-12-31")));
    assert_eq!((rows[1].status, rows[1].effective), (Status::Effective, Some(from("2027-01-01"))));
    let kept = registry.object(&plan.hash()).unwrap();
    assert_eq!(Plan::parse(std::str::from_utf8(&kept).unwrap()).unwrap(), plan);
    drop(registry);
    assert_eq!(code(apply(&root, &plan, |_| {})), "V0206", "once is enough");
}

#[test]
fn the_author_cannot_be_the_only_approver_even_where_no_gate_is_hit() {
    let (root, plan) = sample("plan-author");
    let none = |terms: &mut Terms<'_>| terms.gates = &[];
    open_as(&root, "省局").approve(&plan, &key(1)).unwrap();
    assert_eq!(code(apply(&root, &plan, none)), "V0210");
    open_as(&root, "分管局长").approve(&plan, &key(3)).unwrap();
    apply(&root, &plan, none).unwrap();
}

#[test]
fn whatever_a_plan_is_bound_to_has_to_be_as_it_was() {
    let (root, plan) = sample("plan-bound");
    open_as(&root, "信用监管处").approve(&plan, &key(2)).unwrap();
    assert_eq!(code(apply(&root, &plan, |terms| terms.data = None)), "V0209");
    let other = snapshot([("户.csv", Hash::of_bytes(b"y"))]);
    assert_eq!(code(apply(&root, &plan, |terms| terms.data = Some(other))), "V0209");
    assert_eq!(code(apply(&root, &plan, |terms| terms.engine = "0.2.0")), "V0209");
    // A figure that is changed makes another plan, which nobody has approved.
    let figures = figures(3);
    let changed = Plan { figures, ..plan.clone() };
    assert_eq!(code(apply(&root, &changed, |_| {})), "V0210");
    let mut changed = plan.clone();
    changed.new.content = Hash::of_bytes(b"x");
    assert_eq!(code(apply(&root, &changed, |_| {})), "V0209");
    // What was looked at with both has another content, or is not there.
    for (set, version) in [("甲", "1"), ("乙", "1")] {
        let mut side = plan.old.clone();
        (side.version, side.content) = (version.into(), Hash::of_bytes(b"x"));
        let with = vec![With { set: set.into(), side }];
        let changed = Plan { with, ..plan.clone() };
        let refused = code(apply(&root, &changed, |_| {}));
        assert!(!["", "V0210"].contains(&refused), "{set} {refused}");
    }
    // Another version has taken the place of the old one.
    let mut registry = open_as(&root, "省局");
    registry.publish(&Draft { effective: Some(from("2026-06-01")), ..draft("1.1", 24) }).unwrap();
    drop(registry);
    assert_eq!(code(apply(&root, &plan, |_| {})), "V0209");
    let rows = open_as(&root, "省局").versions(Some("甲")).unwrap();
    assert_eq!(rows[1].status, Status::Pending);
}

#[test]
fn under_gates_a_version_takes_over_only_by_a_plan() {
    let (root, _) = sample("plan-gated");
    let mut registry = open_as(&root, "省局");
    let gated = Draft { effective: Some(from("2027-01-01")), gated: true, ..draft("3", 48) };
    assert_eq!(registry.publish(&gated).err().unwrap().code(), "V0210");
    registry.publish(&Draft { effective: None, ..gated }).unwrap();
}
