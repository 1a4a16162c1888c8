//! A city's amendments on a new version of a province's set: a corpus with one case for each way in which
//! the two can meet. Each says what was merged, what is a conflict with all three values, and the text that
//! says it; and it makes no difference whose changes are called the city's.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use heng_dsl::check::check;
use heng_dsl::diag::{Lang, Severity, has_errors};
use heng_dsl::diff::{Change, Diff, Fate, Merge, as_copied, merge};
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::{RuleSet, valid};
use heng_dsl::rebase::{Files, Sides, onto, rewrite};
use heng_dsl::world::MemoryWorld;
use heng_engine::show::change::{Told, Versions, told};

use super::{CODES, line, prelude, side};

/// The city's file.
const CITY: &str = "市/市.heng";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff/rebase")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// One case.
struct Case {
    /// The province's files, before and now.
    province: [Files; 2],
    /// The city's text.
    city: String,
}

impl Case {
    /// A case is written as what the province exchanges in its texts, and what the city amends.
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let (_, text) = text.split_once("=== province\n").unwrap();
        let (edits, city) = text.split_once("=== city\n").unwrap();
        let files = [
            ("试/试.heng", prelude() + &self::text("base.heng")),
            ("试/行业.csv", CODES.to_owned()),
        ];
        let old: Files = files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect();
        let mut new = old.clone();
        for edit in edits.split("\n\n") {
            let (from, to) = edit.trim_end_matches('\n').split_once("\n→").unwrap();
            let to = to.trim_start_matches('\n');
            let mut found = new.values_mut().filter(|it| it.contains(from));
            let (Some(text), None) = (found.next(), found.next()) else { panic!("{from}") };
            assert_eq!(text.matches(from).count(), 1, "{from}");
            *text = text.replacen(from, to, 1);
        }
        let uses = if city.starts_with("基于") { "" } else { "基于 试\n" };
        Self { province: [old, new], city: format!("规则集 市 版本 1\n{uses}{city}") }
    }

    /// The sets of a folder, and the messages where there is an error.
    fn checked(&self, new: bool, city: &str, folder: &str) -> Result<Linked, String> {
        let world = MemoryWorld::default().with(CITY, city);
        let files = self.province[usize::from(new)].iter();
        let world = files.fold(world, |world, (path, text)| world.with(path, text));
        let checked = check(&world, &[folder.to_owned()], &LinkTable::new());
        let errors = checked.diagnostics.iter().filter(|it| it.severity() == Severity::Error);
        let errors = errors.map(|it| it.message(Lang::Zh));
        match checked.linked {
            Some(linked) if !has_errors(&checked.diagnostics) => Ok(linked),
            _ => Err(errors.collect::<Vec<_>>().join("\n")),
        }
    }
}

fn last(linked: &Linked) -> &RuleSet {
    linked.packages.last().unwrap()
}

/// The three versions.
struct Three {
    ours: Linked,
    theirs: Linked,
}

impl Three {
    fn of(case: &Case) -> Self {
        let ours = case.checked(false, &case.city, "市").unwrap();
        Self { ours, theirs: case.checked(true, "", "试").unwrap() }
    }

    fn base(&self) -> &RuleSet {
        self.ours.packages.iter().find(|it| &*it.id == "试").unwrap()
    }
}

fn told_of(three: &Three, merge: &Merge) -> String {
    let mut out = String::new();
    let versions = Versions { old: &three.theirs, new: &three.ours };
    for (at, change) in merge.diff.changes().iter().enumerate() {
        let said = told(versions, change);
        let about = line(&Told { before: None, after: None, ..said.clone() }, Lang::Zh);
        let code = change.kind.code();
        let tell = |who: &str, value: Option<&_>, basis: &[String]| {
            let basis = if basis.is_empty() {
                String::new()
            } else {
                format!("（{}）", basis.join("；"))
            };
            format!("    {who}：{}{basis}\n", side(value, Lang::Zh))
        };
        match merge.fates[at] {
            Fate::Ours => writeln!(out, "市里 [{code}] {}", line(&said, Lang::Zh)).unwrap(),
            Fate::Theirs => writeln!(out, "省里 [{code}] {}", line(&said, Lang::Zh)).unwrap(),
            Fate::Conflict => {
                writeln!(out, "冲突 [{code}] {about}").unwrap();
                let before = merge.bases[at].clone().and_then(|base| {
                    let old = Versions { old: &three.ours, new: &three.ours };
                    told(old, &Change { before: Some(base), along: Vec::new(), ..change.clone() })
                        .before
                });
                out += &tell("原来", before.as_ref(), &[]);
                out += &tell("省里", said.before.as_ref(), &said.basis[0]);
                out += &tell("市里", said.after.as_ref(), &said.basis[1]);
            }
        }
    }
    out
}

/// What the city's text becomes where every conflict is decided for one of the two.
fn decided(case: &Case, three: &Three, merge: &Merge, for_city: bool) -> String {
    let made = merge.made(|_| for_city).unwrap();
    let mut out = String::new();
    for at in &made.lost {
        let _ = writeln!(out, "  没有保留：{}", merge.diff.changes()[*at].id);
    }
    let (base, city, province) = (three.base(), last(&three.ours), last(&three.theirs));
    let Some(linked) = onto(made.set, (city, province), &three.theirs) else {
        return out + "  连不起来\n";
    };
    for it in valid::check(linked.packages.len() - 1, &linked) {
        let _ = writeln!(out, "  ✗ {} {}", it.place, it.why.of(Lang::Zh));
    }
    let files = Files::from([(CITY.to_owned(), case.city.clone())]);
    let sides = Sides { base, province, city, merged: last(&linked) };
    let rewritten = rewrite(&files, sides, &mut |files| {
        Some(last(&case.checked(true, &files[CITY], "市").ok()?).clone())
    });
    for it in &rewritten.notes {
        let _ = writeln!(out, "  第 {} 行 {:?}", it.line, it.what);
    }
    match &rewritten.differs {
        Some(_) if rewritten.is_right() => out.push_str("  文字与合并的意思相同：\n"),
        Some(it) => {
            for it in it.changes().iter().filter(|it| it.kind.has_effect()) {
                let _ = writeln!(out, "  文字说不出：{}", it.id);
            }
        }
        None => {
            let errors = case.checked(true, &rewritten.files[CITY], "市").unwrap_err();
            let _ = writeln!(out, "  文字有错误：{}", errors.replace('\n', "\n    "));
        }
    }
    for it in rewritten.files[CITY].lines().skip(1) {
        let _ = writeln!(out, "  | {it}");
    }
    out
}

/// Whose changes are called the city's makes no difference.
fn either_way(three: &Three, there: &Merge, name: &str) {
    let (base, city, province) = (three.base(), last(&three.ours), last(&three.theirs));
    let (base, province) = (as_copied(base, city), as_copied(province, city));
    let back = merge(&base, &province, city);
    assert_eq!(there.conflicts().len(), back.conflicts().len(), "{name}: as many conflicts");
    for for_city in [true, false] {
        let (a, b) = (there.made(|_| for_city).unwrap(), back.made(|_| !for_city).unwrap());
        let named = |it: RuleSet| RuleSet { id: "市".into(), version: "1".into(), ..it };
        let diff = Diff::between(&named(a.set), &named(b.set));
        let other: Vec<&str> = diff.changes().iter().map(|it| it.id.as_str()).collect();
        assert!(!diff.has_effect(), "{name}, decided for the city: {for_city}: {other:#?}");
    }
}

#[test]
fn each_way_in_which_a_city_and_a_province_meet() {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|it| it.unwrap().path()).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == "heng") && !it.ends_with("base.heng"));
    paths.sort();
    for path in paths {
        let case = Case::read(&path);
        let three = Three::of(&case);
        let merge = merge(three.base(), last(&three.ours), last(&three.theirs));
        let mut out = told_of(&three, &merge);
        let ways: &[_] = if merge.conflicts().is_empty() {
            &[("合并", true)]
        } else {
            &[("照市里", true), ("照省里", false)]
        };
        for (name, for_city) in ways {
            let _ = write!(out, "{name}\n{}", decided(&case, &three, &merge, *for_city));
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        insta::with_settings!({
            snapshot_path => folder(), prepend_module_to_snapshot => false, omit_expression => true,
        }, {
            insta::assert_snapshot!(name.as_str(), out);
        });
        either_way(&three, &merge, &name);
    }
}
