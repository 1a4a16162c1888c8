//! Problems between packages that a corpus file cannot show: limits, two folders of one name, links.

use std::fmt::Write;

use heng_dsl::check::edit::{Edited, check_edited};
use heng_dsl::check::{Checked, check};
use heng_dsl::limits::{MAX_DECLARATIONS, MAX_PACKAGES};
use heng_dsl::model::linked::LinkTable;
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
        .with("b/b.heng", "规则集 甲 版本 2\n");
    assert_eq!(codes(&checked(&world, &["a", "b"])), ["E0613"]);
    assert_eq!(codes(&checked(&world, &["a"])), [""; 0]);
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
