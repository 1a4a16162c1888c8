//! The synthetic city speaks the language of the data standard: its tables, fields, members and codes
//! are those that the rule files declare. The files are read line by line here, independently of the
//! checker.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use heng::sample::{CUTOFF, SampleOptions, Selection, Table, generate};
use heng::world::Folders;
use heng_dsl::model::linked::LinkTable;
use heng_engine::ingest::{LoadRequest, Loaded, Note, load};

/// What the rule files declare.
#[derive(Default)]
struct Standard {
    /// The fields of each table with their types, in order.
    tables: BTreeMap<String, Vec<(String, String)>>,
    /// The members of each 枚举 and 等级.
    members: BTreeMap<String, Vec<String>>,
}

/// Words that begin an indented line which is not a field.
const NOT_FIELDS: [&str; 7] = ["依据", "说明", "来源", "产生", "提供", "负责", "生效"];

impl Standard {
    fn read(files: &[PathBuf]) -> Self {
        let mut standard = Self::default();
        for file in files {
            let mut table = None;
            for line in fs::read_to_string(file).unwrap().lines() {
                if line.starts_with(' ') {
                    standard.field(table.as_deref(), line.trim());
                } else if !line.is_empty() && !line.starts_with('#') {
                    table = standard.declaration(line);
                }
            }
        }
        standard
    }

    /// A line at the margin; the table that it begins, if it begins one.
    fn declaration(&mut self, line: &str) -> Option<String> {
        let mut words = line.split([' ', '：']);
        let (word, name) = (words.next()?, words.next()?);
        match word {
            "主体" | "记录" => Some(name.to_owned()),
            "枚举" | "等级" => {
                let (_, members) = line.split_once('：')?;
                let names = members.split('、').map(|it| it.split(' ').next().unwrap().to_owned());
                self.members.insert(name.to_owned(), names.collect());
                None
            }
            _ => None,
        }
    }

    fn field(&mut self, table: Option<&str>, line: &str) {
        let prose = NOT_FIELDS.iter().any(|it| line.starts_with(&format!("{it} ")));
        let (Some(table), Some((name, ty)), false) = (table, line.split_once('：'), prose) else {
            return;
        };
        let ty = ty.split(' ').next().unwrap();
        self.tables.entry(table.to_owned()).or_default().push((name.to_owned(), ty.to_owned()));
    }
}

fn sets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../indicator-sets")
}

fn standard() -> Standard {
    let mut files: Vec<PathBuf> = fs::read_dir(sets().join("data-standard"))
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.extension().is_some_and(|it| it == "heng"))
        .collect();
    files.sort();
    // The fields that a domain set adds come after those of the standard.
    files.push(sets().join("food/data.heng"));
    Standard::read(&files)
}

/// The rows of a table, each by column.
fn rows(folder: &Path, table: Table) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join(format!("{}.csv", table.name()))).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn city(folder: &str) -> PathBuf {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let cutoff = CUTOFF.parse().unwrap();
    let options = SampleOptions {
        households: 3000,
        seed: 11,
        out: &out,
        cutoff,
        flaws: false,
        selection: &Selection::all(),
        progress: &|_| {},
    };
    generate(&options).unwrap();
    out
}

#[test]
fn the_tables_and_their_columns_are_those_of_the_standard() {
    let standard = standard();
    let declared: BTreeSet<&str> = standard.tables.keys().map(String::as_str).collect();
    let made: BTreeSet<&str> = Table::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(declared, made);
    for table in Table::ALL {
        let fields: Vec<&str> =
            standard.tables[table.name()].iter().map(|it| it.0.as_str()).collect();
        // A record says whose it is before its own fields.
        let own = if table == Table::Household { table.columns() } else { &table.columns()[1..] };
        assert_eq!(own, fields, "{}", table.name());
    }
}

#[test]
fn every_member_is_declared_and_every_declared_member_occurs() {
    let standard = standard();
    let out = city("members");
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for table in Table::ALL {
        let rows = rows(&out, table);
        for (field, ty) in &standard.tables[table.name()] {
            let Some(members) = standard.members.get(ty) else { continue };
            for row in rows.iter().filter(|it| !it[field].is_empty()) {
                assert!(members.contains(&row[field]), "{}.{field}: {}", table.name(), row[field]);
                seen.entry(ty).or_default().insert(row[field].clone());
            }
        }
    }
    for (ty, used) in seen {
        // What has no food licence has no food format; a major accident does not happen here.
        let never = ["非食品", "重大事故"];
        let unused: Vec<&String> = standard.members[ty]
            .iter()
            .filter(|it| !used.contains(*it) && !never.contains(&it.as_str()))
            .collect();
        assert!(unused.is_empty(), "{ty}: {unused:?} never occur");
    }
}

#[test]
fn every_trade_and_district_is_in_the_code_tables_of_the_standard() {
    let keys = |file: &str| -> BTreeSet<String> {
        let path = sets().join("data-standard/codes").join(file);
        let mut reader = csv::Reader::from_path(path).unwrap();
        reader.records().map(|it| it.unwrap()[0].to_owned()).collect()
    };
    let (trades, districts) = (keys("gbt4754.csv"), keys("gbt2260.csv"));
    for row in rows(&city("codes-of-standard"), Table::Household) {
        assert!(trades.contains(&row["行业"]), "{}", row["行业"]);
        assert!(districts.contains(&row["区划"]), "{}", row["区划"]);
    }
}

/// Loads a folder as the food set, and through it the general one and the standard, reads it.
fn loaded(folder: &Path) -> Loaded {
    let world = Folders::new(&[sets().join("food")], &[]);
    let checked = heng_dsl::check::check(&world, &world.roots(), &LinkTable::default());
    let request = LoadRequest { folder: folder.to_owned(), ..LoadRequest::default() };
    load(&checked.linked.unwrap(), &request, &|_| {}).unwrap()
}

#[test]
fn a_city_without_flaws_loads_without_a_bad_row_or_cell() {
    let Loaded { register, problems, .. } = loaded(&city("clean"));
    assert_eq!(register.households.len(), 3000);
    assert_eq!((problems.quarantined, problems.bad_cells.len()), (0, 0), "{problems:?}");
    let strange =
        |it: &&Note| matches!(it, Note::UnusedColumns { .. } | Note::AbsentColumns { .. });
    assert_eq!(problems.notes.iter().find(strange), None);
}

#[test]
fn the_flaws_of_the_committed_city_end_in_quarantine_and_nowhere_else() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/chizhou/data");
    let Loaded { register, problems, .. } = loaded(&committed);
    // Three households came in two versions; the rows of those households cannot be used either.
    assert_eq!(register.households.len(), 2997);
    assert_eq!(problems.bad_cells.len(), 3);
    assert!((20..60).contains(&problems.quarantined), "{}", problems.quarantined);
}
