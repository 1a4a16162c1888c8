//! Formulas are written from the model in the words of the language: what is written is read again as
//! the same formula, for every formula of the shipped sets that needs nothing around it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken set stops the test, and sets are read from disk"
)]

use std::fmt::Write as _;
use std::path::PathBuf;

use heng_dsl::check::check;
use heng_dsl::diag::{Lang, Severity};
use heng_dsl::model::linked::LinkTable;
use heng_dsl::model::{Content, DeclKind, Expr, RowKey, RuleSet, Table};
use heng_dsl::world::MemoryWorld;
use heng_engine::show::cells;
use heng_engine::show::formula::Formulas;
use serde_json::Value;

/// The shipped sets, with their files.
fn shipped() -> MemoryWorld {
    let sets = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../indicator-sets");
    let mut world = MemoryWorld::default();
    for set in std::fs::read_dir(sets).unwrap().map(|it| it.unwrap().path()) {
        // Beside the sets stands what tells of them.
        let mut folders = if set.is_dir() { vec![set.clone()] } else { Vec::new() };
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|it| it == "heng" || it == "csv") {
                    let name = path.strip_prefix(set.parent().unwrap()).unwrap();
                    let text = std::fs::read_to_string(&path).unwrap();
                    world = world.with(name.to_str().unwrap(), &text);
                }
            }
        }
    }
    world
}

/// The formulas of a package that stand alone: no local values, no record around them.
fn formulas(set: &RuleSet) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = Vec::new();
    for decl in &set.decls {
        if matches!(decl.kind, DeclKind::RecordValue { .. }) {
            continue;
        }
        for version in decl.versions.iter().filter(|it| it.lets.is_empty()) {
            match &version.content {
                Content::Formula(it) => all.push(it),
                Content::Condition(it) => all.extend(&it.parts),
                Content::List(it) => all.extend(&it.admit.parts),
                Content::Table(it) => {
                    all.extend(&it.columns);
                    all.extend(it.rows.iter().filter_map(|it| match &it.key {
                        RowKey::When(it) => Some(it),
                        RowKey::Otherwise | RowKey::Cells(_) | RowKey::Always => None,
                    }));
                }
                Content::Each(_) | Content::Matrix(_) | Content::Source(_) | Content::Parts => {}
            }
            all.extend(version.applies.iter().flat_map(|it| &it.parts));
        }
    }
    for (_, version) in set.decides.iter().flat_map(|it| &it.versions) {
        if let (true, Content::Condition(it)) = (version.lets.is_empty(), &version.content) {
            all.extend(&it.parts);
        }
    }
    all
}

/// The names that authors give to outer records are not kept in a model.
fn is_whole(text: &str) -> bool {
    !["外层", "outer", "组值", "…"].iter().any(|it| text.contains(it))
}

/// The formula without what the rows above it are known to guard: whether a value may be missing there.
fn bare(expr: &Expr) -> Value {
    stripped(serde_json::to_value(&expr.node).unwrap())
}

fn stripped(mut value: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.remove("optional");
                members.values_mut().for_each(strip);
            }
            Value::Array(all) => all.iter_mut().for_each(strip),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    strip(&mut value);
    value
}

fn read_again(world: MemoryWorld, (folder, id): (&str, &str), lang: Lang, least: usize) {
    let checked = check(&world, &[folder.to_owned()], &LinkTable::new());
    let linked = checked.linked.expect("the shipped set is fine");
    let set = linked.packages.iter().find(|it| *it.id == *id).expect("the set is there");
    let all = formulas(set);
    let mut text = format!("规则集 重读 版本 1\n基于 {id}\n");
    let mut written = Vec::new();
    for it in all {
        let words = Formulas::new(&linked, &[], lang).expr(it);
        if is_whole(&words) {
            let _ = writeln!(text, "值 重读{} = {words}", written.len());
            written.push((it, words));
        }
    }
    assert!(written.len() >= least, "only {} formulas were written", written.len());
    let world = world.with("again/again.heng", &text);
    let again = check(&world, &["again".to_owned()], &LinkTable::new());
    let errors: Vec<String> = again
        .diagnostics
        .iter()
        .filter(|it| it.severity() == Severity::Error)
        .map(|it| {
            let line = again.sources.place(it.primary.span).1;
            let line = text.lines().nth(line as usize - 1).unwrap_or_default();
            format!("{line}\n  {}", it.message(Lang::Zh))
        })
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    let linked = again.linked.unwrap();
    let set = linked.packages.iter().find(|it| &*it.id == "重读").unwrap();
    for (number, (expr, words)) in written.iter().enumerate() {
        let name = format!("重读{number}");
        let decl = set.decls.iter().find(|it| *it.name == *name).unwrap();
        let again = match &decl.versions[0].content {
            Content::Formula(it) => Some(bare(it)),
            _ => None,
        };
        assert_eq!(again, Some(bare(expr)), "{words}");
    }
}

#[test]
fn formulas_of_the_general_set_are_read_again_as_they_were() {
    read_again(shipped(), ("general", "通用"), Lang::Zh, 60);
}

#[test]
fn formulas_of_the_food_set_are_read_again_as_they_were() {
    read_again(shipped(), ("food", "食品"), Lang::Zh, 20);
}

#[test]
fn formulas_in_english_words_are_read_again_as_they_were() {
    read_again(shipped(), ("general", "通用"), Lang::En, 60);
}

#[test]
fn a_field_is_told_apart_from_a_rule_of_its_name() {
    let text = "规则集 例 版本 1
主体 户
  信用代码：文本 主键
  面积：整数 平方米
记录 门店 按 开业日期
  编号：文本 主键
  开业日期：日期
  面积：整数 平方米
指标 面积 满分 5
  评分 按 本户.面积
    100 以下：0
    超过 100：5
值 大店数 = 计数(门店 其中 本条.面积 > 100)
值 两倍 = 本户.面积 × 2
";
    for lang in [Lang::Zh, Lang::En] {
        let world = MemoryWorld::default().with("shops/shops.heng", text);
        read_again(world, ("shops", "例"), lang, 3);
    }
}

/// The tables of a package that ask for values and stand alone.
fn tables(set: &RuleSet) -> Vec<&Table> {
    let decls = set.decls.iter().filter(|it| !matches!(it.kind, DeclKind::RecordValue { .. }));
    let versions = decls.flat_map(|it| &it.versions).filter(|it| it.lets.is_empty());
    let tables = versions.filter_map(|it| match &it.content {
        Content::Table(it) if !it.columns.is_empty() => Some(it),
        _ => None,
    });
    tables.collect()
}

#[test]
fn rows_in_english_words_are_read_again_as_they_were() {
    let mut rows = 0;
    for (folder, id) in [("general", "通用"), ("food", "食品")] {
        let world = shipped();
        let checked = check(&world, &[folder.to_owned()], &LinkTable::new());
        let linked = checked.linked.expect("the shipped set is fine");
        let set = linked.packages.iter().find(|it| *it.id == *id).expect("the set is there");
        let formulas = Formulas::new(&linked, &[], Lang::En);
        let mut text = format!("规则集 重读 版本 1\n基于 {id}\n");
        let mut written = Vec::new();
        for table in tables(set) {
            let asks: Vec<String> = table.columns.iter().map(|it| formulas.expr(it)).collect();
            if !asks.iter().all(|it| is_whole(it)) {
                continue;
            }
            let _ = writeln!(text, "value 重读{}\n  by {}", written.len(), asks.join(", "));
            for (number, row) in table.rows.iter().enumerate() {
                let key = cells::key(&row.key, &formulas, |it| formulas.expr(it));
                let _ = writeln!(text, "    {key}: {number}");
            }
            rows += table.rows.len();
            written.push(table);
        }
        let world = world.with("again/again.heng", &text);
        let again = check(&world, &["again".to_owned()], &LinkTable::new());
        let errors = again.diagnostics.iter().filter(|it| it.severity() == Severity::Error);
        let errors: Vec<String> = errors.map(|it| it.message(Lang::Zh)).collect();
        assert!(errors.is_empty(), "{}\n{text}", errors.join("\n"));
        let linked = again.linked.unwrap();
        let set = linked.packages.iter().find(|it| &*it.id == "重读").unwrap();
        let keys = |table: &Table| -> Vec<Value> {
            let keys = table.rows.iter().map(|it| serde_json::to_value(&it.key).unwrap());
            keys.map(stripped).collect()
        };
        for (number, table) in written.iter().enumerate() {
            let name = format!("重读{number}");
            let decl = set.decls.iter().find(|it| *it.name == *name).unwrap();
            let Content::Table(again) = &decl.versions[0].content else { continue };
            assert_eq!(keys(again), keys(table), "{name}\n{text}");
        }
    }
    assert!(rows > 60, "only {rows} rows were written");
}
