//! A city's set beside the province's: graph and explanation say whose rule each part is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What `heng` prints in the example city.
fn heng(args: &[&str]) -> String {
    let city = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/chizhou");
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    let output = command.current_dir(city).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_graph_says_what_is_inherited_and_what_is_amended() {
    let tree = heng(&["--lang", "zh", "graph", "--up", "池州.信用风险"]);
    let line =
        |name: &str| tree.lines().find(|it| it.contains(name)).unwrap_or_default().to_owned();
    assert!(line("指标 池州.检查结果").contains("（修订了通用的规定）"), "{tree}");
    assert!(line("指标 池州.行政处罚").contains("（继承自通用）"), "{tree}");
    assert!(line("指标 池州.旅游投诉").ends_with("池州.旅游投诉"), "{tree}");
    let english = heng(&["--lang", "en", "graph", "--up", "池州.信用风险"]);
    assert!(english.contains("池州.检查结果 (amends 通用)"), "{english}");
}

#[test]
fn programs_are_told_the_same() {
    let graph: Value = serde_json::from_str(&heng(&["graph", "--format", "json"])).unwrap();
    let node = |name: &str| {
        let nodes = graph["nodes"].as_array().unwrap().iter();
        nodes.clone().find(|it| it["package"] == "池州" && it["name"] == name).unwrap().clone()
    };
    assert_eq!(node("检查结果")["from"], "通用");
    assert_eq!(node("检查结果")["amended"], true);
    assert_eq!(node("行政处罚")["from"], "通用");
    assert!(node("行政处罚").get("amended").is_none());
    assert!(node("旅游投诉").get("from").is_none());
}

#[test]
fn an_explanation_names_the_basis_of_the_amendment_first() {
    let key = "92341702XNHQC2TJXU";
    let letter = heng(&["--lang", "zh", "explain", key, "--rules", "rules"]);
    let same = heng(&["--lang", "zh", "explain", key, "rules"]);
    assert_eq!(letter, same, "folders may stand behind the key");
    let basis = "C类适当提高、D类大幅提高";
    assert!(letter.contains(basis), "双随机 rests on what the amendment rests on: {letter}");
}
