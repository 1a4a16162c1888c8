//! What may be published, what is in force when, and what becomes of a version that is not wanted.

use std::sync::Arc;

use heng_dsl::diag::Lang;
use heng_dsl::value::Period;
use heng_engine::registry::vfs::Disk;
use heng_engine::registry::{
    At, Keeping, Reference, Refusal, Registry, RegistryError, Status, What,
};
use proptest::prelude::*;

use crate::support::{create, date, draft, folder, from, open, read, session, user};

fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

fn code<T>(result: Result<T, RegistryError>) -> &'static str {
    result.err().map_or("", |it| it.code())
}

/// An empty registry, opened to write.
fn writer(name: &str) -> Registry {
    let root = folder(name);
    create(&root);
    open(&root, Keeping::InMemory).unwrap()
}

#[test]
fn a_version_is_published_once_and_for_all() {
    let mut registry = writer("once");
    let first = registry.publish(&draft("1", 24)).unwrap();
    assert!(!first.before);
    assert_eq!(first.row.status, Status::Pending);
    let head = registry.head();
    assert!(registry.publish(&draft("1", 24)).unwrap().before);
    assert_eq!(registry.head(), head, "nothing was written");
    assert_eq!(code(registry.publish(&draft("1", 36))), "V0203");
    let mut comment = draft("1", 24);
    comment.files.values_mut().for_each(|it| it.extend_from_slice("# 注释\n".as_bytes()));
    assert_eq!(code(registry.publish(&comment)), "V0203");
    assert_eq!(registry.head(), head);
    let row = registry.find(&reference("甲@1")).unwrap();
    assert_eq!(row, first.row);
}

#[test]
fn what_is_used_has_to_be_published_with_that_content() {
    let mut registry = writer("used");
    assert_eq!(code(registry.publish(&user("1", "1", 24))), "V0205");
    registry.publish(&draft("1", 36)).unwrap();
    assert_eq!(code(registry.publish(&user("1", "1", 24))), "V0205", "other content");
    registry.publish(&draft("2", 24)).unwrap();
    let row = registry.publish(&user("1", "2", 24)).unwrap().row;
    let manifest = registry.manifest(&row).unwrap();
    assert_eq!(&*manifest.uses[0].version, "2");
    let used = registry.find(&reference("甲@2")).unwrap();
    assert_eq!(registry.users(&used).unwrap(), [("乙".into(), "1".into())]);
    let closed = registry.closed(&row).unwrap();
    let stored = heng_dsl::stored::read("x", &closed).unwrap();
    let names: Vec<String> =
        stored.packages().map(|it| format!("{} {}", it.id, it.version)).collect();
    assert_eq!(names, ["甲 2", "乙 1"]);
    heng_dsl::stored::link(vec![stored]).unwrap();
    registry.reject(&used, "依据不足", date("2026-11-28")).unwrap();
    assert_eq!(code(registry.publish(&user("2", "2", 24))), "V0205", "it was rejected");
}

#[test]
fn a_later_period_ends_the_open_one_and_nothing_overlaps() {
    let mut registry = writer("periods");
    let mut publish = |version: &str, period: Option<Period>| {
        let it = heng_engine::registry::Draft { effective: period, ..draft(version, 24) };
        registry.publish(&it)
    };
    publish("1", Some(from("2025-01-01"))).unwrap();
    let second = publish("2", Some(from("2026-01-01"))).unwrap();
    assert_eq!(second.ended, Some(("1".into(), date("2025-12-31"))));
    for period in [Some(from("2026-01-01")), Some(from("2025-06-01")), Some(from("2024-01-01"))] {
        assert_eq!(code(publish("3", period)), "V0204", "{period:?}");
    }
    let before = Period { from: Some(date("2024-01-01")), until: Some(date("2024-12-31")) };
    publish("0", Some(before)).unwrap();
    let found = |day: &str| {
        let found = registry.find(&reference(&format!("甲@{day}")));
        found.map(|it| it.version.to_string()).map_err(|it| it.code())
    };
    assert_eq!(found("2023-12-31"), Err("V0202"));
    assert_eq!(found("2024-12-31").unwrap(), "0");
    assert_eq!(found("2025-12-31").unwrap(), "1");
    assert_eq!(found("2026-01-01").unwrap(), "2");
    assert_eq!(found("2099-01-01").unwrap(), "2");
    assert_eq!(found("7"), Err("V0201"));
}

#[test]
fn a_version_without_a_period_is_given_one_later_and_once() {
    let mut registry = writer("dated");
    registry.publish(&draft("1", 24)).unwrap();
    let mut dated = draft("1", 24);
    dated.effective = Some(from("2026-01-01"));
    let row = registry.publish(&dated).unwrap().row;
    assert_eq!((row.status, row.effective), (Status::Effective, Some(from("2026-01-01"))));
    assert!(registry.publish(&dated).unwrap().before);
    dated.effective = Some(from("2026-02-01"));
    assert_eq!(code(registry.publish(&dated)), "V0206");
    dated.effective =
        Some(Period { from: Some(date("2026-02-01")), until: Some(date("2026-01-01")) });
    assert_eq!(code(registry.publish(&dated)), "V0207");
}

#[test]
fn a_version_that_is_not_wanted_leaves_the_one_before_or_a_gap() {
    let mut registry = writer("unwanted");
    for (version, day) in [("1", "2025-01-01"), ("2", "2026-01-01"), ("3", "2027-01-01")] {
        let it = heng_engine::registry::Draft { effective: Some(from(day)), ..draft(version, 24) };
        registry.publish(&it).unwrap();
    }
    let today = date("2026-11-28");
    let row = |registry: &Registry, version: &str| registry.find(&reference(version)).unwrap();
    let second = row(&registry, "甲@2");
    assert_eq!(code(registry.reject(&second, "不行", today)), "V0206", "it is in force");
    let third = row(&registry, "甲@3");
    assert_eq!(code(registry.reject(&third, "  ", today)), "V0207", "no reason");
    registry.reject(&third, "缺少依据", today).unwrap();
    assert_eq!(
        row(&registry, "甲@2").effective,
        Some(from("2026-01-01")),
        "its period is open again"
    );
    assert_eq!(code(registry.publish(&draft("3", 24))), "V0206", "rejected for good");
    let second = row(&registry, "甲@2");
    registry.revert(&second, "错判").unwrap();
    assert_eq!(row(&registry, "甲@2026-11-28").version.as_ref(), "1");
    assert_eq!(row(&registry, "甲@2").status, Status::Withdrawn);
    let first = row(&registry, "甲@1");
    assert_eq!(code(registry.revert(&first, "错判")), "V0206", "there is none before it");
    registry.withdraw(&first, "依据废止").unwrap();
    assert_eq!(code(registry.find(&reference("甲@2026-11-28"))), "V0202");
    let said: Vec<&str> =
        registry.log(Some("甲")).unwrap().iter().map(|it| it.event.what.said()).collect();
    assert_eq!(said, ["", "", "", "缺少依据", "错判", "依据废止"]);
    assert!(matches!(registry.entries()[0].event.what, What::Created));
}

#[test]
fn names_that_lead_astray_are_refused() {
    let mut registry = writer("names");
    let mut it = draft("1", 24);
    it.files.insert("../x".to_owned(), Vec::new());
    assert_eq!(code(registry.publish(&it)), "V0207");
    assert_eq!(code(registry.publish(&heng_engine::registry::Draft::default())), "V0207");
    assert_eq!(registry.entries().len(), 1);
    for text in ["甲", "甲@", "@1", "a/b@1", "甲@1@2"] {
        assert_eq!(Reference::parse(text), None, "{text}");
    }
    assert_eq!(reference("甲@2026-10-31").at, At::Day(date("2026-10-31")));
    assert_eq!(reference("甲@2024.12").to_string(), "甲@2024.12");
}

#[test]
fn readers_answer_while_a_writer_is_at_work() {
    // This one on the disk as it is, with every sync.
    let root = folder("readers");
    Registry::create(&root, &Disk, &session()).unwrap();
    let mut registry = Registry::open(&root, Arc::new(Disk), Keeping::OnDisk, &session()).unwrap();
    registry.publish(&draft("1", 24)).unwrap();
    assert_eq!(read(&root).unwrap().versions(None).unwrap().len(), 1);
    registry.publish(&draft("2", 24)).unwrap();
    assert_eq!(read(&root).unwrap().versions(None).unwrap().len(), 2);
    registry.close().unwrap();
    assert_eq!(read(&root).unwrap().versions(None).unwrap().len(), 2);
}

#[test]
fn every_refusal_speaks_both_languages() {
    let name = || "甲".into();
    let day = Period { from: Some(date("2026-01-01")), until: None };
    for it in [
        Refusal::Unknown { asked: "丙".to_owned(), there: vec![name()] },
        Refusal::NothingInForce { set: name(), date: date("2026-01-01") },
        Refusal::Overlap { set: name(), new: (name(), day), old: (name(), day) },
        Refusal::Diverged { at: 7 },
    ] {
        let error = RegistryError::from(it);
        let words = error.words();
        assert!(words.of(Lang::En).split(' ').count() > 4, "{words:?}");
        assert!(words.of(Lang::Zh).chars().any(|it| it > '\u{2e80}'), "{words:?}");
    }
}

/// What is drawn: a version that starts on some day and perhaps ends, or the end of one that is there.
type Step = (u8, Option<u8>, u8);

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn on_no_day_are_two_versions_in_force(
        steps in proptest::collection::vec((0..60_u8, proptest::option::of(0..20_u8), 0..5_u8), 1..14)
    ) {
        let mut registry = writer("drawn-periods");
        let start = date("2026-01-01");
        for (number, (day, length, what)) in steps.into_iter().enumerate() {
            let step: Step = (day, length, what);
            let first = start.add_days(i64::from(step.0)).unwrap();
            let until = step.1.and_then(|it| first.add_days(i64::from(it)));
            let named = reference(&format!("甲@{first}"));
            // Refused or not, what holds afterwards has to be sound.
            let _ = match (step.2, registry.find(&named)) {
                (0, Ok(row)) => registry.withdraw(&row, "理由").map(|_| ()),
                (1, Ok(row)) => registry.revert(&row, "理由").map(|_| ()),
                (2, Ok(row)) => registry.reject(&row, "理由", start).map(|_| ()),
                _ => {
                    let mut it = draft(&format!("v{number}"), 24);
                    it.effective = Some(Period { from: Some(first), until });
                    registry.publish(&it).map(|_| ())
                }
            };
            let rows = registry.versions(None).unwrap();
            for day in 0..90 {
                let day = start.add_days(day).unwrap();
                let count = rows.iter().filter(|it| it.in_force().is_some_and(|it| it.contains(day))).count();
                prop_assert!(count <= 1, "{day}: {rows:?}");
            }
        }
        // A reader works the same out of the journal.
        let again = read(registry.root()).unwrap();
        prop_assert_eq!(again.versions(None).unwrap(), registry.versions(None).unwrap());
    }
}
