//! What means the same is shown as no change in meaning: rewrites of the text of a shipped set.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use heng_dsl::check::check;
use heng_dsl::diff::{Diff, Kind};
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::world::MemoryWorld;

use super::Random;

/// So many versions of the set, each with every rewrite made so often.
const ROUNDS: usize = 7;
const EACH: usize = 2;

/// The files of a folder, by their names.
fn files(folder: &str) -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../indicator-sets").join(folder);
    let mut out = BTreeMap::new();
    for (below, from) in [("", root.clone()), ("codes/", root.join("codes"))] {
        for entry in fs::read_dir(from).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_text = path.extension().is_some_and(|it| it == "md");
            if path.is_file() && !name.starts_with("cases") && !is_text {
                let text = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
                out.insert(format!("{below}{name}"), text);
            }
        }
    }
    out
}

fn linked(general: &BTreeMap<String, String>) -> Result<Linked, Vec<String>> {
    let mut world = MemoryWorld::default();
    for (folder, files) in [("数据规范", &files("data-standard")), ("通用", general)] {
        for (name, text) in files {
            world = world.with(&format!("{folder}/{name}"), text);
        }
    }
    let checked = check(&world, &["通用".to_owned()], &LinkTable::new());
    let said = checked.diagnostics.iter().map(|it| it.message(heng_dsl::diag::Lang::Zh));
    let said: Vec<String> = said.collect();
    checked.linked.ok_or(said)
}

/// A rewrite of one line into one or more, where it fits the line.
type Rewrite = (&'static str, fn(&str) -> Option<String>);

const REWRITES: [Rewrite; 8] = [
    ("a band in two rows", |line| {
        // `    2 至 3 次：40`
        let (band, points) = line.strip_prefix("    ")?.split_once('：')?;
        let (from, rest) = band.split_once(" 至 ")?;
        let (to, unit) = rest.split_once(' ').map_or((rest, ""), |(to, unit)| (to, unit));
        let (from, to): (u32, u32) = (from.parse().ok()?, to.parse().ok()?);
        if to != from + 1 || band.contains(['，', ',', '或', '%']) {
            return None;
        }
        let row = |it: u32| format!("    {it} {unit}：{points}").replace(" ：", "：");
        Some(format!("{}\n{}", row(from), row(to)))
    }),
    ("an alternative in two rows", |line| {
        let (cells, points) = line.strip_prefix("    ")?.split_once('：')?;
        let (first, rest) = cells.split_once(", ")?;
        let (a, b) = first.split_once(" 或 ")?;
        if a.contains(' ') || b.contains(' ') {
            return None;
        }
        Some(format!("    {a}, {rest}：{points}\n    {b}, {rest}：{points}"))
    }),
    ("a double negation", |line| {
        let condition = line.strip_prefix("  当 ")?;
        let plain = !condition.contains(['：', '任', '全']) && !condition.is_empty();
        plain.then(|| format!("  当 非 (非 ({condition}))"))
    }),
    ("a condition in brackets, asked again", |line| {
        let condition = line.strip_prefix("  当 ")?;
        let plain = !condition.contains(['任', '全', '或']) && condition.contains(" 且 ");
        plain.then(|| format!("  当 ({condition}) 且 ({condition})"))
    }),
    ("yuan instead of ten thousands", |line| {
        let (before, after) = line.split_once("万元")?;
        let digits = before.len() - before.trim_end_matches(|it: char| it.is_ascii_digit()).len();
        let (before, number) = before.split_at(before.len() - digits);
        if number.is_empty() || before.ends_with('.') {
            return None;
        }
        let blank = if after.starts_with("以") { " " } else { "" };
        Some(format!("{before}{number}0000 元{blank}{after}"))
    }),
    ("full-width digits", |line| {
        let (band, points) = line.strip_prefix("    ")?.split_once('：')?;
        let number = !points.is_empty() && points.chars().all(|it| it.is_ascii_digit());
        let wide = |it: char| char::from_u32(u32::from(it) - 0x30 + 0xff10).unwrap_or(it);
        number.then(|| format!("    {band}：{}", points.chars().map(wide).collect::<String>()))
    }),
    ("a comparison turned round", |line| {
        // `当 连续未报 ≥ 2`
        let (left, right) = line.strip_prefix("  当 ")?.split_once(" ≥ ")?;
        let simple = |it: &str| !it.contains([' ', '(', '（']);
        (simple(left) && simple(right)).then(|| format!("  当 {right} ≤ {left}"))
    }),
    ("a comment", |line| {
        let begins = ["指标 ", "值 ", "标注 ", "参数 ", "预警 ", "直接判定 "];
        begins.iter().any(|it| line.starts_with(it)).then(|| format!("# 另一种写法\n\n{line}"))
    }),
];

/// Where a rewrite fits: file, line, and what the line becomes.
fn places(
    files: &BTreeMap<String, String>,
    rewrite: fn(&str) -> Option<String>,
) -> Vec<(String, usize, String)> {
    let is_rules = |name: &str| Path::new(name).extension().is_some_and(|it| it == "heng");
    let rules = files.iter().filter(|it| is_rules(it.0));
    let fits = |(name, text): (&String, &String)| -> Vec<(String, usize, String)> {
        let lines = text.lines().enumerate();
        lines.filter_map(|(at, line)| Some((name.clone(), at, rewrite(line)?))).collect()
    };
    rules.flat_map(fits).collect()
}

/// Declarations in another order: blocks between empty lines that begin at the margin.
fn shuffled(text: &str, seed: &mut Random) -> String {
    let mut blocks: Vec<&str> = text.split("\n\n").collect();
    let fixed =
        blocks.iter().take_while(|it| !it.starts_with("指标") && !it.starts_with("标注")).count();
    for at in (fixed + 1..blocks.len()).rev() {
        let other = fixed + seed.below(at - fixed + 1);
        // A heading stays where it is.
        if !blocks[at].contains("##") && !blocks[other].contains("##") {
            blocks.swap(at, other);
        }
    }
    blocks.join("\n\n")
}

#[test]
fn what_means_the_same_is_no_change_in_meaning() {
    let general = files("general");
    let before = linked(&general).unwrap();
    let mut seed = Random(2_026);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for round in 0..ROUNDS {
        let mut files = general.clone();
        for (what, rewrite) in REWRITES.iter().flat_map(|it| [it; EACH]) {
            let places = places(&files, *rewrite);
            let Some((name, at, line)) = places.get(seed.below(places.len())) else { continue };
            let mut lines: Vec<&str> = files[name].lines().collect();
            lines[*at] = line;
            let text = lines.join("\n") + "\n";
            files.insert(name.clone(), text);
            *counts.entry(*what).or_default() += 1;
        }
        let after = linked(&files).unwrap_or_else(|it| panic!("round {round}: {it:#?}"));
        let diff = Diff::of(&before.packages, &after.packages);
        let told: Vec<&str> = diff
            .changes()
            .iter()
            .filter(|it| it.kind.has_effect())
            .map(|it| it.id.as_str())
            .collect();
        assert!(told.is_empty(), "round {round}: {told:#?}");
        assert!(diff.changes().iter().any(|it| it.kind == Kind::Cosmetic));
    }
    for name in ["outputs.heng", "supervision.heng", "reputation.heng"] {
        let mut files = general.clone();
        let text = shuffled(&files[name], &mut seed);
        assert_ne!(text, files[name]);
        files.insert(name.to_owned(), text);
        let after = linked(&files).unwrap_or_else(|it| panic!("{name}: {it:#?}"));
        assert!(!Diff::of(&before.packages, &after.packages).has_effect(), "{name}");
        *counts.entry("declarations in another order").or_default() += 1;
    }
    let all: usize = counts.values().sum();
    println!("{all} rewrites: {counts:?}");
    assert!(all >= 100, "{counts:?}");
    assert!(REWRITES.iter().all(|it| counts.contains_key(it.0)), "{counts:?}");
}
