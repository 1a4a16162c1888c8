//! Problems between packages that a corpus file cannot show: limits, two folders of one name, links.

use std::fmt::Write;

use heng_dsl::check::edit::{Edited, check_edited};
use heng_dsl::check::{Checked, check};
use heng_dsl::diag::Lang;
use heng_dsl::limits::{MAX_DECLARATIONS, MAX_PACKAGES};
use heng_dsl::model::Ref;
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::walk::RefKind;
use heng_dsl::world::MemoryWorld;

fn codes(checked: &Checked) -> Vec<&'static str> {
    checked.diagnostics.iter().map(|it| it.code.record().name).collect()
}

fn checked(world: &MemoryWorld, roots: &[&str]) -> Checked {
    let roots: Vec<String> = roots.iter().map(|it| (*it).to_owned()).collect();
    check(world, &roots, &LinkTable::new())
}

#[test]
fn only_a_set_that_extends_another_may_amend() {
    let world = MemoryWorld::default()
        .with("a/a.heng", "规则集 甲 版本 1\n引用 乙\n修订 参数 期 因 试\n  = 3\n")
        .with("b/b.heng", "规则集 乙 版本 1\n参数 期 = 2\n");
    assert_eq!(codes(&checked(&world, &["a"])), ["E0606"]);
}

#[test]
fn an_edit_is_about_one_declaration() {
    let world = MemoryWorld::default()
        .with("a/a.heng", "规则集 甲 版本 1\n参数 期 = 2\n")
        .with("b/b.heng", "规则集 乙 版本 1\n参数 期 = 3\n")
        .with("c/c.heng", "规则集 丙 版本 1\n基于 甲\n");
    let edited = |roots: &[&str], edit: &str| -> Edited {
        let roots: Vec<String> = roots.iter().map(|it| (*it).to_owned()).collect();
        check_edited(&world, &roots, &LinkTable::new(), &[edit.to_owned()])
    };
    let package = |edited: &Edited| edited.about.first().map(|it| it.package.to_string());
    let unclear = edited(&["a", "b"], "参数 期 = 4");
    assert_eq!(codes(&unclear.after), ["E0625"]);
    assert!(unclear.after.linked.is_none() && unclear.before.linked.is_some());
    let named = edited(&["a", "b"], "参数 乙.期 = 4");
    assert_eq!((codes(&named.after), package(&named)), (vec![], Some("乙".to_owned())));
    // Of a set and its base the one that was asked for is meant.
    let own = edited(&["c"], "参数 期 = 4");
    assert_eq!((codes(&own.after), package(&own)), (vec![], Some("丙".to_owned())));
    assert_eq!(own.about[0].amendment, "修订 参数 期 = 4");
}

#[test]
fn two_folders_of_one_name_are_refused() {
    let world = MemoryWorld::default()
        .with("a/a.heng", "规则集 甲 版本 1\n")
        .with("b/b.heng", "规则集 甲 版本 1\n");
    assert_eq!(codes(&checked(&world, &["a", "b"])), ["E0613"]);
    assert_eq!(codes(&checked(&world, &["a"])), [""; 0]);
}

/// A general set of a version whose only classification gives D from so many records on.
fn general(version: &str, from: u32) -> String {
    format!(
        "规则集 通用 版本 {version}\n引用 资料\n等级 级：A、D\n分类 风险 为 级 按 次数\n  不满 {from}：A\n  {from} 以上：D\n"
    )
}

const DATA: &str = "规则集 资料 版本 1\n主体 户\n  代码：文本 主键\n  次数：整数\n";

fn two_versions() -> MemoryWorld {
    MemoryWorld::default()
        .with("data/a.heng", DATA)
        .with("general-2024.9/a.heng", &general("2024.9", 5))
        .with("general-2024.12/a.heng", &general("2024.12", 3))
}

/// The slots of the packages of that id, by the name under which they are spoken of.
fn named(checked: &Checked) -> Vec<String> {
    let linked = checked.linked.as_ref();
    let names = |linked: &Linked| {
        (0..linked.packages.len()).map(|it| linked.name_of(it).to_string()).collect()
    };
    linked.map(names).unwrap_or_default()
}

#[test]
fn a_name_without_a_version_means_the_newest_one_found() {
    let world = two_versions()
        .with("a/a.heng", "规则集 甲 版本 1\n引用 通用\n标注 高\n  当 通用.风险 = D\n");
    let checked = checked(&world, &["a"]);
    assert_eq!(codes(&checked), [""; 0]);
    assert_eq!(named(&checked), ["资料", "通用", "甲"]);
    let linked = checked.linked.as_ref();
    assert_eq!(linked.map(|it| it.packages[1].version.to_string()), Some("2024.12".into()));
}

#[test]
fn a_name_without_a_version_means_the_one_that_was_asked_for() {
    let world = two_versions().with(
        "a/a.heng",
        "规则集 甲 版本 1\n引用 通用\n引用 通用@2024.12\n标注 高\n  当 通用.风险 = D\n标注 新\n  当 通用@2024.12.风险 = D\n",
    );
    let checked = checked(&world, &["a", "general-2024.9"]);
    assert_eq!(codes(&checked), [""; 0]);
    assert_eq!(named(&checked), ["资料", "通用@2024.12", "通用", "甲"]);
    let Some(linked) = &checked.linked else { return };
    assert_eq!(linked.links["通用"].as_ref(), "通用@2024.9");
    assert_eq!(checked.roots, [3, 2]);
    let slot = |name: &str| linked.find_decl(name, "风险");
    assert_eq!(slot("通用"), slot("通用@2024.9"));
    assert_ne!(slot("通用"), slot("通用@2024.12"));
}

#[test]
fn a_version_may_be_compared_with_the_one_before() {
    let newer = "规则集 通用 版本 2025.1\n引用 资料\n引用 通用@2024.12\n等级 级：A、D\n分类 风险 为 级 按 次数\n  不满 2：A\n  2 以上：D\n标注 变差\n  当 风险 = 级.D 且 通用@2024.12.风险 = A\n保证 与 通用@2024.12 相比 风险 变化不超过 1 级\n";
    let world = two_versions().with("general-2025.1/a.heng", newer);
    let checked = checked(&world, &["general-2025.1"]);
    assert_eq!(codes(&checked), [""; 0]);
    assert_eq!(named(&checked), ["资料", "通用@2024.12", "通用"]);
}

#[test]
fn a_link_never_touches_a_pinned_version() {
    let city = "规则集 市 版本 1\n基于 通用@2024.12\n修订 分类 风险 因 试\n  按 次数\n    不满 9：A\n    9 以上：D\n";
    let food = "规则集 食品 版本 1\n引用 通用\n引用 通用@2024.9\n标注 甲\n  当 通用.风险 = D\n标注 乙\n  当 通用@2024.9.风险 = D\n";
    let world = two_versions().with("city/a.heng", city).with("food/a.heng", food);
    let links = LinkTable::from([("通用".into(), "市".into())]);
    let checked = check(&world, &["food".to_owned()], &links);
    assert_eq!(codes(&checked), [""; 0]);
    let Some(linked) = &checked.linked else { return };
    let read = |tag: &str| {
        let slot = linked.find_decl("食品", tag)?;
        let mut read = Read(None);
        heng_dsl::model::walk::decl(linked.decl(slot), &mut read);
        Some(linked.name_of(linked.package_of(read.0?)).to_string())
    };
    assert_eq!(read("甲").as_deref(), Some("市"));
    assert_eq!(read("乙").as_deref(), Some("通用@2024.9"));
}

/// The last declaration that was read.
struct Read(Option<usize>);

impl heng_dsl::model::walk::Visitor for Read {
    fn reference(&mut self, kind: RefKind, reference: &Ref, _: bool) {
        if kind == RefKind::Decl {
            self.0 = Some(reference.slot.index());
        }
    }
}

#[test]
fn two_versions_of_a_data_standard_are_refused() {
    let world = two_versions()
        .with("data-2/a.heng", &DATA.replace("版本 1", "版本 2"))
        .with("a/a.heng", "规则集 甲 版本 1\n引用 通用\n引用 资料@2\n");
    assert_eq!(codes(&checked(&world, &["data", "a"])), ["E0628"]);
}

#[test]
fn a_missing_version_is_said_with_one_that_is_there() {
    let world = two_versions().with("a/a.heng", "规则集 甲 版本 1\n引用 通用@2023.1\n");
    assert_eq!(codes(&checked(&world, &["a"])), ["E0603"]);
}

#[test]
fn too_many_declarations_in_several_files_are_refused() {
    let half = MAX_DECLARATIONS / 2 + 1;
    let mut texts = ["规则集 甲 版本 1\n".to_owned(), String::new()];
    for (file, text) in texts.iter_mut().enumerate() {
        for at in 0..half {
            let _ = writeln!(text, "参数 甲{file}_{at} = 1");
        }
    }
    let world = MemoryWorld::default().with("a/a.heng", &texts[0]).with("a/b.heng", &texts[1]);
    assert!(codes(&checked(&world, &["a"])).contains(&"E0615"));
}

#[test]
fn too_many_packages_are_refused() {
    let mut world = MemoryWorld::default();
    for at in 0..=MAX_PACKAGES {
        let text = format!("规则集 甲{at} 版本 1\n引用 甲{}\n", at + 1);
        world = world.with(&format!("p{at}/a.heng"), &text);
    }
    let last = MAX_PACKAGES + 1;
    world = world.with(&format!("p{last}/a.heng"), &format!("规则集 甲{last} 版本 1\n"));
    assert!(codes(&checked(&world, &["p0"])).contains(&"E0617"));
}

#[test]
fn what_stands_for_a_package_has_to_have_what_is_read_of_it() {
    let world = MemoryWorld::default()
        .with("a/a.heng", "规则集 甲 版本 1\n引用 乙\n值 一 = 乙.期 + 1\n")
        .with("b/b.heng", "规则集 乙 版本 1\n参数 期 = 2\n")
        .with("c/c.heng", "规则集 丙 版本 1\n参数 别的 = 2\n");
    let roots = ["a".to_owned(), "c".to_owned()];
    let links = LinkTable::from([("乙".into(), "丙".into())]);
    let checked = check(&world, &roots, &links);
    assert_eq!(codes(&checked), ["E0619"]);
    assert_eq!(checked.sources.text(checked.diagnostics[0].primary.span), "乙.期");
    assert!(checked.linked.is_none());
}

#[test]
fn a_chain_of_derived_fields_is_as_long_as_an_evaluation_can_follow() {
    let codes = |links: usize| {
        let mut text =
            "规则集 甲 版本 1\n主体 户\n  代码：文本 主键\n  数：整数\n  f0 = 数 + 1\n".to_owned();
        for at in 1..links {
            let _ = writeln!(text, "  f{at} = f{} + 1", at - 1);
        }
        codes(&checked(&MemoryWorld::default().with("a/a.heng", &text), &["a"]))
    };
    assert_eq!(codes(heng_dsl::limits::MAX_CHAIN), [""; 0]);
    assert_eq!(codes(heng_dsl::limits::MAX_CHAIN + 1), ["E0110"]);
}

/// A set with a grade, and one that overlays it, which is checked against it and runs with what stands for it.
fn overlaid(other: &str) -> Vec<String> {
    let general = "规则集 通用 版本 1\n主体 户\n  代码：文本 主键\n  次数：整数\n等级 级：A、B\n维度 行为\n指标 分项 属于 行为 上限 9\n  评分 = 1 × 次数\n分类 风险 为 级 按 次数\n  0：A\n  其余：B\n";
    let special = "规则集 专业 版本 1\n引用 通用\n融合 融分 满分 9\n  评分 = 通用.分项\n叠加 合级 为 级\n  行 通用.风险 列 通用.风险\n     A, B, 缺失\n  A：A, B, A\n  B：B, B, B\n  缺失：A, B, -\n";
    let world = MemoryWorld::default()
        .with("g/a.heng", general)
        .with("s/a.heng", special)
        .with("t/a.heng", other);
    let links = LinkTable::from([("通用".into(), "市".into())]);
    let checked = check(&world, &["s".to_owned(), "t".to_owned()], &links);
    let said = checked.diagnostics.iter().map(|it| {
        let (path, line, _) = checked.sources.place(it.primary.span);
        format!("{} {path}:{line} {}", it.code.record().name, it.message(Lang::Zh))
    });
    // Of the set that reads; what stands for the other one may have more than it needs.
    said.filter(|it| it.contains(" s/")).collect()
}

#[test]
fn what_stands_for_a_package_has_not_switched_off_what_is_read() {
    assert!(overlaid("规则集 市 版本 1\n基于 通用\n").is_empty());
    let said = overlaid("规则集 市 版本 1\n基于 通用\n停用 指标 分项 因 我市不采\n");
    assert_eq!(said, ["E0633 s/a.heng:3 “市”停用了“分项”（因我市不采），这里读到的仍是“通用”里的"]);
}

#[test]
fn what_stands_for_a_package_has_the_same_grades() {
    let other = |members: &str, kind: &str| {
        format!(
            "规则集 市 版本 1\n引用 通用\n等级 级：{members}\n等级 别级：A、B\n值 分项 = 9 分\n分类 风险 为 {kind} 按 次数\n  0：A\n  其余：B\n"
        )
    };
    assert!(overlaid(&other("A、B", "级")).is_empty());
    let turned = overlaid(&other("B、A", "级"));
    assert_eq!(
        turned,
        ["E0634 s/a.heng:5 “级”与规则所依据的不一样：在“通用”里是 A、B，在代替它的“市”里是 B、A"]
    );
    let another = overlaid(&other("A、B", "别级"));
    assert_eq!(
        another,
        ["E0634 s/a.heng:5 “风险”与规则所依据的不一样：代替“通用”的“市”给出的是另一种值"]
    );
}
