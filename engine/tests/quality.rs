//! The report counts what loading and the rules found, by rule, source and unit.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use std::fmt::Write as _;
use std::path::Path;

use heng_dsl::diag::Lang;
use heng_dsl::value::Fault;
use heng_engine::eval::checks::CheckFinding;
use heng_engine::ingest::{self, LoadRequest};
use heng_engine::mask::Masking;
use heng_engine::quality;

#[test]
fn the_report_of_a_bad_delivery() {
    let linked = support::linked();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bad_cells");
    let request = LoadRequest { folder, ..LoadRequest::default() };
    let loaded = ingest::load(&linked, &request, &|_| {}).expect("it loads");
    let finding = |check, household, fault| CheckFinding {
        package: 0,
        check,
        household,
        record: None,
        fault,
    };
    let findings = [
        finding(0, Some(0), None),
        finding(0, Some(1), None),
        finding(1, Some(1), None),
        finding(1, Some(1), Some(Fault::Overflow)),
    ];
    let report =
        quality::report(&linked, &loaded.register, &loaded.problems, &findings, Masking::Hidden);
    let mut out = String::new();
    for lang in [Lang::Zh, Lang::En] {
        for table in report.tables(lang) {
            let _ = writeln!(out, "{}\n{}", table.title, table.headers.join(" | "));
            for row in table.rows {
                let _ = writeln!(out, "{}", row.join(" | "));
            }
            out.push('\n');
        }
    }
    insta::assert_snapshot!("report", out);
    let json = serde_json::to_value(&report).expect("it is plain data");
    assert_eq!(json["rules"][2]["findings"], 0, "a rule that nothing breaks is counted too");
}
