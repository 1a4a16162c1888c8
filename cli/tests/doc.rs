//! `heng doc` from outside: the handbook as Markdown and as a page.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn heng(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8");
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The page of a project, as a file.
fn page(project: &str, name: &str, lang: &str) -> String {
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let folder = repository().join(project);
    said(&heng(&folder, &["doc", "--out", out.to_str().unwrap(), "--lang", lang]));
    std::fs::read_to_string(out).unwrap()
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Vec<&'t str> {
    text.split(before).skip(1).filter_map(|it| it.split_once(after)).map(|it| it.0).collect()
}

#[test]
fn the_handbook_of_a_small_set_says_everything_about_it() {
    let folder = repository().join("cli/tests/fixtures/small");
    insta::assert_snapshot!("doc_zh", said(&heng(&folder, &["doc", "--lang", "zh"])));
    insta::assert_snapshot!("doc_en", said(&heng(&folder, &["doc", "--lang", "en"])));
}

#[test]
fn every_link_of_a_page_leads_somewhere_and_nothing_is_loaded() {
    for (project, lang) in
        [("examples/chizhou", "zh"), ("examples/chizhou", "en"), ("examples/chicago-food", "en")]
    {
        let name = format!("doc-{}-{lang}.html", project.replace('/', "-"));
        let page = page(project, &name, lang);
        let ids = between(&page, " id=\"", "\"");
        let known: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "an id stands twice in {project}");
        let links = between(&page, "href=\"#", "\"");
        assert!(links.len() > 100, "{project} has only {} links", links.len());
        let lost: Vec<&&str> = links.iter().filter(|it| !known.contains(**it)).collect();
        assert!(lost.is_empty(), "{project}: {lost:?}");
        for loads in [" src=", "<script", "<link", "url(", "@import", "href=\"http"] {
            assert!(!page.contains(loads), "{project} has {loads}");
        }
    }
}

#[test]
fn a_city_says_whose_each_part_is() {
    let page = page("examples/chizhou", "doc-whose.html", "zh");
    assert!(page.contains("谁的规则"), "no part says whose it is");
    assert!(page.contains("停用"), "what was switched off is not named");
    assert!(page.contains("style=\"background:#f6c9c6\""), "no matrix has its colours");
}

#[test]
fn the_same_rules_give_the_same_page_in_any_locale() {
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("doc-locale.html");
    let folder = repository().join("cli/tests/fixtures/small");
    let pages = ["zh_CN.UTF-8", "en_US.UTF-8"].map(|locale| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
        command.current_dir(&folder).args(["doc", "--out", out.to_str().unwrap()]);
        let done = command.env("LANG", locale).env("LC_ALL", locale).output().unwrap();
        assert!(done.status.success());
        std::fs::read(&out).unwrap()
    });
    assert_eq!(pages[0], pages[1]);
}
