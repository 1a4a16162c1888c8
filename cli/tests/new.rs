//! The first five minutes: `heng new`, `heng`, `heng explain`, each with what to try next.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An empty folder of this test alone.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn heng(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8");
    command.output().unwrap()
}

fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace('\\', "/");
    let code = output.status.code();
    format!("{}---- stderr\n{}---- exit {code:?}\n", text(&output.stdout), text(&output.stderr))
}

fn fine(folder: &Path, args: &[&str]) -> String {
    let output = heng(folder, args);
    assert_eq!(output.status.code(), Some(0), "heng {}\n{}", args.join(" "), shown(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The command that a text suggests.
fn suggested<'t>(text: &'t str, start: &str) -> &'t str {
    let mut lines = text.lines().map(str::trim_start);
    lines.find(|it| it.starts_with(start)).and_then(|it| it.split("  ").next()).unwrap()
}

#[test]
fn a_new_project_stands_by_itself_and_says_what_to_try_next() {
    let folder = folder("new-domain");
    insta::assert_snapshot!("new", shown(&heng(&folder, &["new", "示例"])));
    let project = folder.join("示例");
    let status = heng(&project, &[]);
    insta::assert_snapshot!("status", shown(&status));
    let status = String::from_utf8(status.stdout).unwrap();
    let explain: Vec<&str> = suggested(&status, "heng explain ").split(' ').skip(1).collect();
    let letter = heng(&project, &explain);
    assert_eq!(letter.status.code(), Some(0), "{}", shown(&letter));
    let told = String::from_utf8(letter.stderr).unwrap();
    assert!(told.contains("heng try"), "{told}");
    assert!(!told.contains("警告"), "{told}");
    assert_eq!(heng(&folder, &["new", "示例"]).status.code(), Some(2));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing half made is left");
}

#[test]
fn its_one_flaw_is_found_by_check_and_by_coverage() {
    let folder = folder("new-flaw");
    fine(&folder, &["new", "p", "--households", "30"]);
    let project = folder.join("p");
    insta::assert_snapshot!("flaw-check", shown(&heng(&project, &["check"])));
    insta::assert_snapshot!("flaw-coverage", shown(&heng(&project, &["test", "--coverage"])));
}

#[test]
fn every_template_checks_and_passes_its_cases() {
    let folder = folder("new-templates");
    for (lang, passed) in [("zh", "0条未通过"), ("en", ", 0 failed")] {
        for template in ["domain", "city", "empty"] {
            let name = format!("{template}-{lang}");
            let make = ["new", &name, "--template", template, "--households", "50", "--lang", lang];
            let made = fine(&folder, &make);
            let project = folder.join(&name);
            let test = fine(&project, &["test", "--lang", lang]);
            assert!(test.contains(passed), "{name}: {test}");
            let first = |it: &str| {
                it.split(|it: char| !it.is_ascii_digit())
                    .find(|it| !it.is_empty())
                    .map(str::to_owned)
            };
            let cases = if lang == "zh" { "用例" } else { "rule sets " };
            let counted = made.split_once(cases).and_then(|it| first(it.1));
            let last = test.trim_end().lines().last().and_then(first);
            assert_eq!(counted, last, "{name}: as many cases as are run\n{made}\n{test}");
            fine(&project, &["fmt", "--check"]);
            fine(&project, &[]);
        }
        let city = folder.join(format!("city-{lang}"));
        let city = fine(&city, &["run", "--format", "json"]);
        assert!(city.contains("本市"), "{city}");
    }
}

#[test]
fn the_templates_of_both_languages_say_the_same() {
    let folder = folder("new-both");
    for template in ["domain", "city"] {
        let results = ["zh", "en"].map(|lang| {
            let name = format!("{template}-{lang}");
            let make =
                ["new", &name, "--template", template, "--households", "200", "--lang", lang];
            fine(&folder, &make);
            fine(&folder.join(&name), &["run", "--out", "results.csv"]);
            fs::read_to_string(folder.join(&name).join("results.csv")).unwrap()
        });
        assert!(results[0].lines().count() > 150, "{}", results[0]);
        assert_eq!(results[0], results[1], "{template}");
    }
    // The words of an author, not of the program: rules, reasons and titles are English.
    let rules = fs::read_to_string(folder.join("domain-en/rules/通用/通用.heng")).unwrap();
    assert!(rules.contains("ruleset 通用 \"Credit-risk classes of individual businesses\""));
    assert!(!rules.contains("规则集") && !rules.contains("缘由"), "{rules}");
}

#[test]
fn the_state_of_a_project_is_there_in_english_and_for_programs() {
    let folder = folder("new-english");
    fine(&folder, &["new", "p", "--households", "30", "--lang", "en"]);
    let project = folder.join("p");
    let text = fine(&project, &["--lang", "en"]);
    assert!(text.contains("to try next:") && text.contains("check: passed"), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&fine(&project, &["status", "--format", "json"])).unwrap();
    assert!(json["data"]["households"].as_u64().unwrap() >= 28);
    assert_eq!(json["rules"]["failed"], 0);
}

#[test]
fn what_is_wrong_is_a_line_of_the_report() {
    let folder = folder("new-wrong");
    fine(&folder, &["new", "p", "--households", "30"]);
    let project = folder.join("p");
    fs::rename(project.join("data"), project.join("elsewhere")).unwrap();
    let no_data = heng(&project, &[]);
    assert_eq!(no_data.status.code(), Some(1));
    assert!(shown(&no_data).contains("用例："), "{}", shown(&no_data));
    let rules = project.join("rules/通用/通用.heng");
    let text = fs::read_to_string(&rules).unwrap().replace("    1 次：30\n", "");
    fs::write(&rules, text).unwrap();
    let broken = heng(&project, &[]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(shown(&broken).contains("heng check"), "{}", shown(&broken));
    let nowhere = heng(&folder, &[]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(shown(&nowhere).contains("heng new"), "{}", shown(&nowhere));
}
