//! Every folder under `data` is a delivery: what loads, what is quarantined, what is refused.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::Value;
use heng_engine::data::Household;
use heng_engine::ingest::{self, LoadError, LoadRequest, Loaded, Mapping, Problems};
use heng_engine::mask::Masking;

/// Loads each folder; `mapping.toml` and `max_bad` in it say how.
#[test]
fn deliveries() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&root)
        .expect("the corpus is there")
        .map(|it| it.expect("an entry is readable").path())
        .filter(|it| it.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() > 10, "the corpus is there");
    let linked = support::linked();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&root);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for folder in folders {
        let loaded = ingest::load(&linked, &request(&folder), &|_| {});
        let shown = match &loaded {
            Ok(loaded) => show(&linked, loaded),
            Err(error) => refused(error),
        };
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        settings.bind(|| insta::assert_snapshot!(name, shown));
    }
}

fn request(folder: &Path) -> LoadRequest {
    let read = |name: &str| {
        std::fs::read(folder.join(name)).ok().and_then(|it| String::from_utf8(it).ok())
    };
    let mapping = read("mapping.toml").map(|it| Mapping::parse(&it).expect("the mapping reads"));
    LoadRequest {
        folder: folder.to_owned(),
        mapping: mapping.unwrap_or_default(),
        max_bad: read("max_bad").map(|it| it.trim().parse().expect("a number")),
        ..LoadRequest::default()
    }
}

fn refused(error: &LoadError) -> String {
    let mut out = String::from("refused\n");
    for it in &error.problems {
        let words = it.words();
        let _ = writeln!(out, "{} {}\n      {}", it.code(), words.of(Lang::Zh), words.of(Lang::En));
    }
    if let Some(found) = &error.found {
        problems(&mut out, found);
    }
    out
}

fn show(linked: &Linked, loaded: &Loaded) -> String {
    let mut out = String::new();
    if let Some(cutoff) = loaded.register.cutoff {
        let _ = writeln!(out, "cutoff {cutoff}");
    }
    for it in &loaded.files {
        let encoding = it.text.as_ref().map_or(it.format.name(), |it| it.encoding.name());
        let _ = writeln!(
            out,
            "{} = {} ({encoding}): {} rows, {} used, {} quarantined, {} repeated, {} bad cells",
            it.file, it.table, it.rows, it.used, it.quarantined, it.repeated, it.bad_cells
        );
    }
    for it in &loaded.register.households {
        household(&mut out, linked, it);
    }
    problems(&mut out, &loaded.problems);
    out
}

fn household(out: &mut String, linked: &Linked, household: &Household) {
    let _ = writeln!(out, "\n{}", household.key);
    for (field, value) in linked.fields().zip(&household.fields).skip(1) {
        if *value != Value::Missing {
            let _ = writeln!(out, "  {} = {}", field.name, brief(value));
        }
    }
    for (table, records) in linked.tables().zip(&household.records) {
        for record in records {
            let values: Vec<String> = record.values.iter().map(brief).collect();
            let _ = writeln!(out, "  {}: {}", table.name, values.join(", "));
        }
    }
    for (table, rows) in &household.quarantined {
        let _ = writeln!(out, "  {}: {rows} quarantined", linked.table(*table).name);
    }
    for it in &household.history {
        let as_of = it.as_of.map(|it| it.to_string()).unwrap_or_default();
        let values = it
            .values
            .iter()
            .map(|(slot, value)| format!("{} {}", linked.decl(*slot).name, brief(value)));
        let _ = writeln!(out, "  {as_of}: {}", values.collect::<Vec<_>>().join(", "));
    }
}

fn brief(value: &Value) -> String {
    match value {
        Value::Missing => "缺失".to_owned(),
        Value::NotApplicable => "不适用".to_owned(),
        Value::Error(it) => it.code().to_owned(),
        Value::Bool(it) => it.to_string(),
        Value::Number(it) => it.to_string(),
        Value::Date(it) => it.to_string(),
        Value::Text(it) => format!("“{it}”"),
        Value::Member(it) => format!("#{it}"),
        Value::Frequency(it) => it.to_string(),
    }
}

fn problems(out: &mut String, problems: &Problems) {
    if !problems.notes.is_empty() {
        out.push('\n');
    }
    for it in &problems.notes {
        let words = it.words();
        let _ = writeln!(out, "note: {}\n      {}", words.of(Lang::Zh), words.of(Lang::En));
    }
    let mut file = Vec::new();
    if !problems.bad_rows.is_empty() {
        ingest::write_bad_rows(&mut file, &problems.bad_rows, Lang::Zh, Masking::Hidden)
            .expect("memory takes it");
        let _ = write!(
            out,
            "\n{} rows quarantined\n{}",
            problems.quarantined,
            String::from_utf8_lossy(&file)
        );
    }
    if !problems.bad_cells.is_empty() {
        file.clear();
        ingest::write_bad_cells(&mut file, &problems.bad_cells, Lang::En, Masking::Hidden)
            .expect("memory takes it");
        let _ = write!(out, "\nbad cells\n{}", String::from_utf8_lossy(&file));
    }
}
