//! Large and hostile packages: the checker ends, with an answer, on the stack that a thread has.
//!
//! Nothing is timed; what grows faster than the text would not end here.

use std::fmt::Write;

use heng_dsl::check::{Checked, check};
use heng_dsl::limits::MAX_DIAGNOSTICS;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::world::MemoryWorld;

const HEAD: &str = "规则集 测试 版本 1\n";
const DATA: &str =
    "主体 户 自 成立日期\n  代码：文本 主键\n  成立日期：日期\n  面积：整数\n  次数：整数\n";

/// Checks one file of one package.
fn checked(text: &str) -> Checked {
    let world = MemoryWorld::default().with("p/a.heng", text);
    check(&world, &["p".to_owned()], &LinkTable::new())
}

fn codes(checked: &Checked) -> Vec<&'static str> {
    let mut out: Vec<_> = checked.diagnostics.iter().map(|it| it.code.record().name).collect();
    out.sort_unstable();
    out.dedup();
    out
}

fn accepted(text: &str) {
    let checked = checked(text);
    assert_eq!(codes(&checked), Vec::<&str>::new(), "{:?}", checked.diagnostics.first());
    assert!(checked.linked.is_some());
}

fn refused(text: &str, with: &[&str]) {
    let checked = checked(text);
    assert_eq!(codes(&checked), with, "{:?}", checked.diagnostics.first());
    assert!(checked.diagnostics.len() <= MAX_DIAGNOSTICS * 4);
}

/// A text of `count` pieces.
fn many(count: usize, mut piece: impl FnMut(usize, &mut String)) -> String {
    let mut out = String::new();
    for at in 0..count {
        piece(at, &mut out);
    }
    out
}

macro_rules! pieces {
    ($count:expr, $at:ident, $($form:tt)*) => {
        many($count, |$at, out| { let _ = writeln!(out, $($form)*); })
    };
}

#[test]
fn as_many_declarations_as_a_package_may_have() {
    let values = pieces!(19_900, it, "值 甲{it} = 面积 + {it}");
    accepted(&format!("{HEAD}{DATA}{values}"));
}

#[test]
fn many_indicators_of_many_dimensions() {
    let dimensions = pieces!(500, it, "维度 维{it} 满分 80");
    let indicators = pieces!(
        4_000,
        it,
        "指标 标{it} 属于 维{} 满分 10\n  评分 按 面积\n    5 以下：1\n    超过 5：10",
        it % 500
    );
    accepted(&format!("{HEAD}{DATA}{dimensions}{indicators}"));
}

#[test]
fn a_long_chain_of_values_in_either_order() {
    let down = pieces!(5_000, it, "值 甲{it} = 甲{} + 1", it + 1);
    accepted(&format!("{HEAD}{DATA}{down}值 甲5000 = 面积\n"));
    let up = pieces!(3_000, it, "值 甲{} = 甲{it} + 1", it + 1);
    accepted(&format!("{HEAD}{DATA}{up}值 甲0 = 面积\n"));
}

#[test]
fn a_long_chain_of_conditions() {
    let tags = pieces!(5_000, it, "标注 甲{it}\n  当 非 甲{}", it + 1);
    accepted(&format!("{HEAD}{DATA}{tags}标注 甲5000\n  当 面积 > 5\n"));
}

#[test]
fn a_long_chain_of_derived_fields() {
    let fields = pieces!(3_000, it, "  列{it} = 列{} + 1", it + 1);
    refused(&format!("{HEAD}{DATA}{fields}  列3000 = 面积\n"), &["E0110"]);
}

#[test]
fn a_chain_that_goes_to_and_fro_between_fields_and_values() {
    let fields = pieces!(1_000, it, "  列{it} = 甲{it} + 1");
    let values = pieces!(1_000, it, "值 甲{it} = 列{} + 1", it + 1);
    accepted(&format!("{HEAD}{DATA}{fields}  列1000 = 面积\n{values}"));
}

#[test]
fn a_long_chain_of_sets_of_records() {
    let table = "记录 罚 按 日\n  号：文本 主键\n  日：日期\n";
    let sets = pieces!(2_000, it, "值 甲{it} = 甲{} 其中 近 24 个月", it + 1);
    let last = "值 甲2000 = 罚 其中 近 12 个月\n";
    refused(&format!("{HEAD}{DATA}{table}{sets}{last}"), &["E0110"]);
}

#[test]
fn a_long_circle() {
    let values = pieces!(3_000, it, "值 甲{it} = 甲{} + 1", (it + 1) % 3_000);
    refused(&format!("{HEAD}{DATA}{values}"), &["E0501"]);
}

#[test]
fn a_long_circle_of_deep_formulas() {
    let deep = |name: &str| format!("{}{name}{}", "(1 + ".repeat(40), ")".repeat(40));
    let values = pieces!(400, it, "值 甲{it} = {}", deep(&format!("甲{}", (it + 1) % 400)));
    refused(&format!("{HEAD}{DATA}{values}"), &["E0501"]);
}

#[test]
fn a_knot_in_which_each_reads_all() {
    let all = (0..150).map(|it| format!("甲{it}")).collect::<Vec<_>>().join(" + ");
    let values = pieces!(150, it, "值 甲{it} = {all}");
    refused(&format!("{HEAD}{DATA}{values}"), &["E0501"]);
}

#[test]
fn one_name_declared_many_times() {
    let values = pieces!(5_000, it, "值 甲 = {it}");
    refused(&format!("{HEAD}{DATA}{values}"), &["E0203"]);
}

#[test]
fn many_unknown_names() {
    let values = pieces!(3_000, it, "值 甲{it} = 乙{it} + 丙{it}");
    refused(&format!("{HEAD}{DATA}{values}"), &["E0201"]);
}

#[test]
fn an_enumeration_of_thousands_of_members_and_a_table_of_them() {
    let members = (0..5_000).map(|it| format!("员{it}")).collect::<Vec<_>>().join("、");
    let rows = pieces!(5_000, it, "  员{it}：{it}");
    let text = format!("{HEAD}枚举 种：{members}\n{DATA}  种类：种\n值 甲 按 种类\n{rows}");
    refused(&text, &["E0410"]);
}

#[test]
fn a_table_of_thousands_of_bands() {
    let rows = pieces!(5_000, it, "  {it}：{it}");
    refused(&format!("{HEAD}{DATA}值 甲 按 面积\n{rows}  5000 以上：1\n"), &["E0410"]);
}

#[test]
fn thousands_of_conditions() {
    let rows = pieces!(5_000, it, "    面积 > {it}");
    let text = format!("{HEAD}{DATA}标注 甲\n  当 任一\n{rows}");
    assert!(checked(&text).linked.is_some());
    let rows = pieces!(5_000, it, "    面积 > {it}：{it}");
    let text = format!("{HEAD}{DATA}维度 维\n指标 甲 属于 维\n  评分 依次\n{rows}    其余：0\n");
    checked(&text);
}

#[test]
fn thousands_of_fields_tables_enumerations_and_cases() {
    let fields = pieces!(1_500, it, "  列{it}：整数");
    let enums = pieces!(700, it, "枚举 种{it}：甲、乙");
    let tables = pieces!(700, it, "记录 罚{it} 按 日\n  号：文本 主键\n  日：日期\n  种：种{it}");
    let values = pieces!(1_500, it, "值 甲{it} = 列{it} + 1");
    let counts = pieces!(700, it, "值 数{it} = 计数(罚{it} 其中 种 = 甲)");
    let cases =
        pieces!(700, it, "用例 \"例{it}\" 基准日 2024-12-01\n  给定 列{it}：1\n  期望 甲{it}：2");
    accepted(&format!("{HEAD}{enums}{DATA}{fields}{tables}{values}{counts}{cases}"));
}

#[test]
fn packages_in_a_long_row_and_in_a_circle() {
    let mut world = MemoryWorld::default();
    for at in 0..90 {
        let uses = if at < 89 { format!("引用 包{}\n", at + 1) } else { DATA.to_owned() };
        let text = format!("规则集 包{at} 版本 1\n{uses}值 甲 = 1\n");
        world = world.with(&format!("f{at}/a.heng"), &text);
    }
    let checked = check(&world, &["f0".to_owned()], &LinkTable::new());
    assert_eq!(codes(&checked), Vec::<&str>::new(), "{:?}", checked.diagnostics.first());
    let world = world.with("f89/b.heng", "引用 包0\n");
    let checked = check(&world, &["f0".to_owned()], &LinkTable::new());
    assert_eq!(codes(&checked), ["E0602"]);
}

#[test]
fn amendments_of_a_large_base() {
    let values = pieces!(3_000, it, "值 甲{it} = 面积 + {it}");
    let amended = pieces!(1_500, it, "修订 值 甲{it} 因 试验\n  = 面积 + 7000");
    let disabled = pieces!(1_000, it, "停用 值 甲{} 因 试验", it + 1_500);
    let world = MemoryWorld::default()
        .with("p/a.heng", &format!("{HEAD}{DATA}{values}"))
        .with("q/a.heng", &format!("规则集 市 版本 1\n基于 测试\n{amended}{disabled}"));
    let checked = check(&world, &["q".to_owned()], &LinkTable::new());
    assert_eq!(codes(&checked), Vec::<&str>::new(), "{:?}", checked.diagnostics.first());
}

#[test]
fn deep_formulas_of_every_kind() {
    for (open, close) in [
        ("(", ")"),
        ("绝对值(", ")"),
        ("(如果 面积 > 1 则 ", " 否则 2)"),
        ("(1 + ", ")"),
        ("(2 × ", " 保留 0 位)"),
    ] {
        let deep = format!("{}面积{}", open.repeat(60), close.repeat(60));
        checked(&format!("{HEAD}{DATA}值 甲 = {deep}\n"));
    }
    let deep = format!("{}面积 > 1{}", "非 (".repeat(60), ")".repeat(60));
    accepted(&format!("{HEAD}{DATA}标注 甲\n  当 {deep}\n"));
}

#[test]
fn long_lines() {
    let sum = (0..20_000).map(|_| "面积").collect::<Vec<_>>().join(" + ");
    accepted(&format!("{HEAD}{DATA}值 甲 = {sum}\n"));
    let all = (0..5_000).map(|it| format!("面积 > {it}")).collect::<Vec<_>>().join(" 且 ");
    accepted(&format!("{HEAD}{DATA}标注 甲\n  当 {all}\n"));
}

#[test]
fn huge_numbers() {
    let number = "9".repeat(38);
    let text = format!(
        "{HEAD}{DATA}值 甲 = {number} × {number}\n值 乙 = {number} + {number}\n值 丙 = 面积 × {number}亿元\n"
    );
    checked(&text);
    for window in ["近 99999999999 个月", "前 9999999999 至 5 年", "未来 4000000000 天"] {
        checked(&format!("{HEAD}{DATA}标注 甲\n  当 成立日期 在 {window}\n"));
    }
    checked(&format!("{HEAD}{DATA}值 甲 = 面积 ÷ 3 保留 99999999999 位\n"));
    checked(&format!("{HEAD}{DATA}值 甲 按 面积\n  0 至 {number}：1\n  超过 {number}：2\n"));
}

/// The problems of reading one file, by code.
fn read(text: &str) -> (usize, Vec<&'static str>) {
    let (file, problems) = heng_dsl::syntax::parse(heng_dsl::span::FileId::default(), text);
    (file.decls.len(), problems.iter().map(|it| it.code.record().name).collect())
}

#[test]
fn a_file_that_is_too_large_is_refused_at_the_door() {
    let text = format!("{HEAD}#{}\n", "x".repeat(heng_dsl::limits::MAX_FILE_BYTES));
    assert_eq!(read(&text), (0, vec!["E0111"]));
}

#[test]
fn declarations_beyond_the_limit_are_not_read() {
    let limit = heng_dsl::limits::MAX_DECLARATIONS;
    assert_eq!(read(&"参数 甲 = 1\n".repeat(limit + 1)), (limit, vec!["E0112"]));
}
