//! `heng fmt` from outside: what it writes, what it leaves alone, and what it answers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const MESSY: &str = "规则集  甲 \"示例\" 版本 1\r\n\r\n\r\n参数 期=２４个月 # 期限\r\n指标 乙 满份 3\r\n  评分 按  期\r\n指标 丙 满分 30 \r\n  缘由 有{次数}次\r\n  # 次数\r\n  取 次数 = 3\r\n  评分 按 次数\r\n    0:0;其余:30\r\n";

const TIDY: &str = "规则集 甲 \"示例\" 版本 1\n\n参数 期 = 24 个月 # 期限\n指标 乙 满份 3\n  评分 按  期\n指标 丙 满分 30\n  # 次数\n  取 次数 = 3\n  评分 按 次数\n    0：0；其余：30\n  缘由 有{次数}次\n";

/// A folder of this test alone, with a project of one messy file.
fn project(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("fmt-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("甲")).unwrap();
    fs::write(folder.join("heng.toml"), "rules = ['甲']\n").unwrap();
    fs::write(folder.join("甲/甲.heng"), format!("\u{feff}{MESSY}")).unwrap();
    folder
}

fn heng(folder: &Path, args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.current_dir(folder).args(args).env("LANG", "zh_CN.UTF-8").env("LC_ALL", "zh_CN.UTF-8");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace('\\', "/");
    let code = output.status.code();
    format!("{}---- stderr\n{}---- exit {code:?}\n", text(&output.stdout), text(&output.stderr))
}

fn read(folder: &Path) -> String {
    fs::read_to_string(folder.join("甲/甲.heng")).unwrap()
}

#[test]
fn a_project_is_written_in_its_form_and_then_stays() {
    let folder = project("plain");
    insta::assert_snapshot!("fmt_check", shown(&heng(&folder, &["fmt", "--check"], "")));
    assert_eq!(read(&folder), format!("\u{feff}{MESSY}"), "a check writes nothing");
    insta::assert_snapshot!("fmt", shown(&heng(&folder, &["fmt"], "")));
    assert_eq!(read(&folder), TIDY);
    let again = heng(&folder, &["fmt", "--check", "--lang", "en"], "");
    assert_eq!(code(&again), Some(0), "{}", shown(&again));
    assert!(shown(&again).contains("would change 0 files, 1 in"), "{}", shown(&again));
    fs::write(folder.join("甲/甲.heng"), TIDY.replace('\n', "\r\n")).unwrap();
    let ends = heng(&folder, &["fmt", "--check"], "");
    assert!(shown(&ends).contains("只有行尾"), "{}", shown(&ends));
    assert_eq!(fs::read_dir(folder.join("甲")).unwrap().count(), 1);
}

#[test]
fn the_other_spelling_comes_back_byte_for_byte() {
    let folder = project("spelling");
    heng(&folder, &["fmt", "甲"], "");
    assert_eq!(code(&heng(&folder, &["fmt", "--to", "en", "甲/甲.heng"], "")), Some(0));
    let english = read(&folder);
    assert!(english.contains("param 期 = 24 months # 期限\n"), "{english}");
    assert!(english.contains("    0: 0; otherwise: 30\n"), "{english}");
    assert_eq!(code(&heng(&folder, &["fmt"], "")), Some(0));
    assert_eq!(read(&folder), english, "a file keeps its spelling");
    heng(&folder, &["fmt", "--to", "zh"], "");
    assert_eq!(read(&folder), TIDY);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let folder = project("input");
    let output = heng(&folder, &["fmt", "-"], MESSY);
    assert_eq!(code(&output), Some(0), "{}", shown(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), TIDY);
    assert!(shown(&output).contains("原样保留"), "{}", shown(&output));
    assert_eq!(code(&heng(&folder, &["fmt", "-", "--check"], MESSY)), Some(1));
    assert_eq!(code(&heng(&folder, &["fmt", "-", "--check"], TIDY)), Some(0));
    assert_eq!(code(&heng(&folder, &["fmt", "-", "甲"], TIDY)), Some(2));
    let json = heng(&folder, &["fmt", "-", "--format", "json"], MESSY);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["text"], TIDY);
    assert_eq!(json["kept"], serde_json::json!([5]));
}

#[test]
fn what_is_not_utf8_is_left_alone_and_told() {
    let folder = project("bytes");
    let bytes = b"\xb9\xe6\xd4\xf2\xbc\xaf".to_vec();
    fs::write(folder.join("甲/乙.heng"), &bytes).unwrap();
    let output = heng(&folder, &["fmt", "--format", "json"], "");
    assert_eq!(code(&output), Some(1), "{}", shown(&output));
    assert_eq!(fs::read(folder.join("甲/乙.heng")).unwrap(), bytes);
    assert_eq!(read(&folder), TIDY, "the others are written");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["ok"], &json["changed"]), (&false.into(), &1.into()));
    let failed = json["files"].as_array().unwrap().iter().find(|it| !it["error"].is_null());
    assert!(failed.unwrap()["error"]["zh"].as_str().unwrap().contains("UTF-8"), "{json}");
    let missing = heng(&folder, &["fmt", "无"], "");
    assert_eq!(code(&missing), Some(1), "{}", shown(&missing));
    fs::write(folder.join("heng.toml"), "").unwrap();
    assert_eq!(code(&heng(&folder, &["fmt"], "")), Some(2), "nothing was named");
}
