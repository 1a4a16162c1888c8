//! `heng check` from outside: what it changes, what it lets pass, and what machines are told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const HEAD: &str = "规则集 甲 \"示例\" 版本 1\n\n主体 户\n  户号：文本 主键\n  面积：整数\n\n";

/// A folder of this test alone, with a project of one file.
fn project(name: &str, rules: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("check-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("甲")).unwrap();
    fs::write(folder.join("heng.toml"), "rules = ['甲']\n").unwrap();
    fs::write(folder.join("甲/甲.heng"), format!("{HEAD}{rules}")).unwrap();
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

const MISSPELT: &str = "参数 观察期 = 24 个月\n参数 加倍 = 观査期 + 观査期\n";

#[test]
fn certain_changes_are_made_and_the_rest_of_the_file_stays() {
    let folder = project("fix", "");
    let file = folder.join("甲/甲.heng");
    let before = format!("\u{feff}{HEAD}{MISSPELT}").replace('\n', "\r\n");
    fs::write(&file, &before).unwrap();
    insta::assert_snapshot!("check_fix", shown(&heng(&folder, &["check", "--fix"])));
    assert_eq!(fs::read_to_string(&file).unwrap(), before.replace("观査期", "观察期"));
    let again = heng(&folder, &["check", "--fix"]);
    assert!(shown(&again).contains("改了0处"), "{}", shown(&again));
    assert_eq!(
        fs::read_dir(folder.join("甲")).unwrap().count(),
        1,
        "nothing is left beside the file"
    );
}

#[test]
fn without_the_flag_nothing_is_written() {
    let folder = project("plain", MISSPELT);
    let output = heng(&folder, &["check"]);
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert_eq!(fs::read_to_string(folder.join("甲/甲.heng")).unwrap(), format!("{HEAD}{MISSPELT}"));
}

#[test]
fn machines_are_told_in_their_own_forms() {
    let folder = project("machines", MISSPELT);
    insta::assert_snapshot!(
        "check_github",
        shown(&heng(&folder, &["check", "--format", "github"]))
    );
    let sarif = heng(&folder, &["check", "--format", "sarif", "--lang", "en"]);
    insta::assert_snapshot!(
        "check_sarif",
        shown(&sarif).replace(env!("CARGO_PKG_VERSION"), "VERSION")
    );
}

#[test]
fn a_code_is_known_or_refused_and_no_error_is_let_pass() {
    let folder = project("codes", MISSPELT);
    for (args, said) in [
        (["--allow", "E0201"], "不能用 --allow 放过"),
        (["--deny", "E9999"], "没有“E9999”这个代码"),
    ] {
        let output = heng(&folder, &["check", args[0], args[1]]);
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        assert!(shown(&output).contains(said), "{}", shown(&output));
    }
}

#[test]
fn a_warning_is_left_out_or_fails_as_the_call_says() {
    let folder = repository().join("cli/templates");
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("check-flawed");
    let _ = fs::remove_dir_all(&out);
    let made = heng(&folder, &["new", out.to_str().unwrap(), "--households", "1"]);
    assert!(made.status.success(), "{}", shown(&made));
    let json = heng(&out, &["check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let code = report["diagnostics"][0]["code"].as_str().unwrap().to_owned();
    assert_eq!(report["diagnostics"][0]["severity"], "warning", "the new project has one flaw");
    let plain = heng(&out, &["check"]);
    assert_eq!(plain.status.code(), Some(0), "{}", shown(&plain));
    for deny in [code.as_str(), "warnings"] {
        let denied = heng(&out, &["check", "--deny", deny]);
        assert_eq!(denied.status.code(), Some(1), "{}", shown(&denied));
        assert!(shown(&denied).contains("按 --deny 不通过"), "{}", shown(&denied));
    }
    let allowed = heng(&out, &["check", "--allow", &code, "--deny", "warnings"]);
    assert_eq!(allowed.status.code(), Some(0), "{}", shown(&allowed));
    assert!(shown(&allowed).contains("按 --allow 没有列出"), "{}", shown(&allowed));
    assert!(!shown(&allowed).contains(&code), "{}", shown(&allowed));
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
