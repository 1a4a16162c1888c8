//! The synthetic city: the same bytes every time, dates that make sense, figures as they are meant.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use heng::sample::{CUTOFF, Report, SampleOptions, Selection, Table, generate};

/// The size and the seed of the committed city.
const HOUSEHOLDS: u32 = 3000;
const SEED: u64 = 20_241_201;

fn make(folder: &str, households: u32, seed: u64, flaws: bool) -> (PathBuf, Report) {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let options = SampleOptions {
        households,
        seed,
        out: &out,
        cutoff: CUTOFF.parse().unwrap(),
        flaws,
        selection: &Selection::all(),
        progress: &|_| {},
    };
    let report = generate(&options).unwrap();
    (out, report)
}

/// The rows of a table, each by column.
fn rows(folder: &Path, table: Table) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join(format!("{}.csv", table.name()))).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|it| (it.file_name().into_string().unwrap(), fs::read(it.path()).unwrap()))
        .collect()
}

#[test]
fn the_committed_city_is_what_the_generator_makes() {
    let (out, report) = make("city", HOUSEHOLDS, SEED, true);
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/chizhou/data");
    let (made, kept) = (files(&out), files(&committed));
    assert_eq!(made.keys().collect::<Vec<_>>(), kept.keys().collect::<Vec<_>>());
    for (name, bytes) in &made {
        assert!(
            kept.get(name) == Some(bytes),
            "examples/chizhou/data/{name} is not what `heng sample --households {HOUSEHOLDS} \
             --seed {SEED}` makes now; the new files are in {}",
            out.display()
        );
    }
    assert_eq!(report.households, HOUSEHOLDS);
    assert!((24..60).contains(&report.flaws), "{} flaws", report.flaws);
}

#[test]
fn a_household_does_not_depend_on_the_size_of_the_city() {
    let (small, _) = make("small", 200, SEED, true);
    let (large, _) = make("large", 400, SEED, true);
    for table in Table::ALL {
        let (few, many) = (rows(&small, table), rows(&large, table));
        assert_eq!(few, many[..few.len()], "{}", table.name());
    }
}

#[test]
fn another_seed_makes_another_city() {
    let (one, _) = make("seed-1", 50, 1, false);
    let (two, _) = make("seed-2", 50, 2, false);
    assert_ne!(files(&one)["个体工商户.csv"], files(&two)["个体工商户.csv"]);
}

/// The columns with later happenings, and the event they follow.
const LATER: &[(Table, &str, &[&str])] = &[
    (Table::Licence, "许可日期", &["注销日期", "有效期至"]),
    (Table::Penalty, "决定日期", &["修复日期", "撤销日期", "公示期至"]),
    (Table::Inspection, "检查日期", &["整改日期"]),
    (Table::Complaint, "登记日期", &["办结日期"]),
    (Table::Abnormal, "列入日期", &["移出日期"]),
    (Table::Serious, "列入日期", &["移出日期"]),
    (Table::Debtor, "立案日期", &["履行日期"]),
    (Table::Promise, "承诺日期", &["履约日期", "违约日期"]),
    (Table::Honour, "授予日期", &["撤回日期"]),
    (Table::Change, "变更日期", &[]),
    (Table::Affiliate, "登记日期", &["列异日期", "列严日期", "注销日期", "吊销日期"]),
    (Table::Contact, "联络日期", &[]),
    (Table::Compulsory, "决定日期", &["解除日期"]),
    (Table::Accident, "发生日期", &["认定日期"]),
    (Table::Repair, "申请日期", &["办结日期"]),
    (Table::Lawsuit, "裁判日期", &[]),
    (Table::Arrears, "公告日期", &["缴清日期"]),
    (Table::TaxCredit, "评价日期", &[]),
    (Table::Rating, "评价月", &[]),
    (Table::AnnualReport, "报送日期", &[]),
    (Table::Sampling, "公布日期", &[]),
    (Table::Insurance, "所属月", &[]),
];

/// Dates that a record plans, so they may lie after the cut-off.
const PLANNED: [&str; 2] = ["有效期至", "公示期至"];

#[test]
fn dates_are_in_order_and_not_after_the_cut_off() {
    let (out, _) = make("dates", 2500, 5, false);
    let households = rows(&out, Table::Household);
    let founded: BTreeMap<&str, &str> =
        households.iter().map(|it| (&*it["统一社会信用代码"], &*it["成立日期"])).collect();
    assert_eq!(founded.len(), 2500, "every key once");
    assert!(founded.values().all(|it| **it <= *CUTOFF));
    for (table, event, later) in LATER {
        let rows = rows(&out, *table);
        assert!(!rows.is_empty(), "{}", table.name());
        for row in &rows {
            let day = row[*event].as_str();
            let begun = founded[row["统一社会信用代码"].as_str()];
            assert!(day >= begun && day <= CUTOFF, "{} {row:?}, founded {begun}", table.name());
            for column in *later {
                let then = row[*column].as_str();
                assert!(then.is_empty() || then >= day, "{} {row:?}", table.name());
                let planned = PLANNED.contains(column);
                assert!(planned || then <= CUTOFF, "{} {row:?}", table.name());
            }
        }
    }
}

#[test]
fn every_code_checks_and_carries_its_district() {
    let (out, _) = make("codes", 1000, 9, false);
    for row in rows(&out, Table::Household) {
        let (code, district) = (&row["统一社会信用代码"], &row["区划"]);
        assert!(code.starts_with(&format!("92{district}")) && code.len() == 18, "{code}");
        assert!(["341702", "341721", "341722", "341723"].contains(&district.as_str()));
    }
}

#[test]
fn most_households_have_few_events_and_a_few_have_very_many() {
    let (out, report) = make("skew", 10_000, 3, false);
    let mut counts: BTreeMap<String, u64> = rows(&out, Table::Household)
        .into_iter()
        .map(|it| (it["统一社会信用代码"].clone(), 0))
        .collect();
    for table in Table::ALL.into_iter().filter(|it| *it != Table::Household) {
        for row in rows(&out, table) {
            *counts.get_mut(&row["统一社会信用代码"]).unwrap() += 1;
        }
    }
    let mut counts: Vec<u64> = counts.into_values().collect();
    counts.sort_unstable();
    let total: u64 = counts.iter().sum();
    assert_eq!(total, report.events());
    assert!((70_000..=90_000).contains(&total), "about eight a household: {total}");
    let busiest: u64 = counts.iter().rev().take(1000).sum();
    assert!(counts[5000] <= 6, "median {}", counts[5000]);
    assert!(busiest * 3 >= total, "the busiest tenth has {busiest} of {total}");
    assert!(counts[9999] >= 80, "the busiest has {}", counts[9999]);
}

#[test]
fn the_city_is_as_large_in_each_part_as_meant() {
    let (out, _) = make("parts", 10_000, 4, false);
    let households = rows(&out, Table::Household);
    let share = |holds: &dyn Fn(&BTreeMap<String, String>) -> bool| {
        households.iter().filter(|it| holds(it)).count()
    };
    // Of ten thousand; the widths are about four standard deviations.
    assert!((4300..=4700).contains(&share(&|it| it["区划"] == "341702")));
    assert!((550..=750).contains(&share(&|it| it["区划"] == "341722")));
    assert!((5050..=5500).contains(&share(&|it| it["行业"].starts_with('F'))));
    assert!((1200..=1500).contains(&share(&|it| it["行业"].starts_with('H'))));
    assert!((8900..=9500).contains(&share(&|it| it["状态"] == "存续")));
    let mut addresses: BTreeMap<&str, u32> = BTreeMap::new();
    for row in households.iter().filter(|it| !it["经营场所"].is_empty()) {
        *addresses.entry(&row["经营场所"]).or_default() += 1;
    }
    let crowded = addresses.values().filter(|it| **it >= 10).count();
    assert!((18..=30).contains(&crowded), "{crowded} addresses with ten households or more");
}
