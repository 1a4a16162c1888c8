//! Gaps, overlaps and rows that are never used.

use heng_dsl::diag::Lang;
use heng_dsl::model::*;
use heng_dsl::value::{Period, Value};
use heng_dsl::verify::{Part, TableAt};

use crate::support::*;

/// A package with one field 次数 and an indicator banded by it.
fn bands(ty: Ty, rows: Vec<Row>) -> RuleSet {
    let mut set = package();
    set.subject = Some(subject(vec![field("次数", ty.clone())]));
    set.decls = vec![indicator("处罚", None, None, banded(of_field("次数", ty), rows))];
    set
}

fn rows(ty: &Ty, bands: &[&str]) -> Vec<Row> {
    let each = bands.iter().enumerate();
    each.map(|(at, it)| row([band(ty, it)], it, pts(&(at + 1).to_string()))).collect()
}

#[test]
fn whole_numbers_are_counted_one_by_one() {
    let whole = count("次");
    assert!(said(bands(whole.clone(), rows(&whole, &["[0,3]", "[4,8]", "[9,]"]))).is_empty());
    let two = Ty::number(Unit::Points, 2);
    let found = said(bands(two.clone(), rows(&two, &["[0,3]", "(3,8]", "[9,]"])));
    assert_eq!(found, ["E0401 表有空档：8.01 分不属于任何一行"]);
}

#[test]
fn a_gap_is_shown_with_the_value_nearest_to_a_row() {
    let ty = count("次");
    let found = said(bands(ty.clone(), rows(&ty, &["[1,3]", "[4,]"])));
    assert_eq!(found, ["E0401 表有空档：0 次不属于任何一行"]);
    let found = said(bands(ty.clone(), rows(&ty, &["[0,3]", "[4,600]"])));
    assert_eq!(found, ["E0401 表有空档：601 次不属于任何一行"]);
    let set = bands(ty.clone(), rows(&ty, &["[0,29]", "(30,]"]));
    let found = findings(set);
    assert_eq!(
        sentence(&found[0], Lang::En),
        "E0401 the table has a gap: no row holds for 30 times"
    );
    assert_eq!(found[0].label.zh, "没有行：30 次");
    let row = |it| Part::Row(TableAt::Content, it);
    assert_eq!((found[0].at.part, found[0].related[0].0.part), (row(0), row(1)));
}

/// Which rows the findings about bands are at, and how many there are of each.
fn places(ty: &Ty, bands_of: &[&str]) -> Vec<(&'static str, Part)> {
    let found = findings(bands(ty.clone(), rows(ty, bands_of)));
    found.iter().map(|it| (it.code.record().name, it.at.part)).collect()
}

#[test]
fn a_row_that_alone_is_wrong_is_the_place_of_all_that_it_does() {
    let ty = count("次");
    let row = |it| Part::Row(TableAt::Content, it);
    // It ends where it should begin, at each place of a table.
    let first = places(&ty, &["(20,]", "[20,40)", "[40,]"]);
    assert_eq!(first, [("E0402", row(0)), ("E0401", row(0))]);
    let middle = places(&ty, &["[,20)", "[,20]", "[40,]"]);
    assert_eq!(middle, [("E0402", row(1)), ("E0401", row(1))]);
    let last = places(&ty, &["[,20)", "[20,40)", "[,40]"]);
    assert_eq!(last, [("E0402", row(2)), ("E0401", row(2))]);
    // Of two rows it could be either.
    assert_eq!(places(&ty, &["[,20)", "[,20]"]), [("E0402", row(1)), ("E0401", row(1))]);
    // Two that meet, and a gap elsewhere, have nothing to do with each other.
    let apart = places(&ty, &["[,10]", "[10,20)", "[20,30)", "[35,]"]);
    assert_eq!(apart, [("E0402", row(1)), ("E0401", row(2))]);
    // A row that nothing satisfies leaves its band open.
    let never = places(&ty, &["[,10)", "[30,20)", "[20,]"]);
    assert_eq!(never, [("E0401", row(1)), ("E0403", Part::Cell(TableAt::Content, 1, 0))]);
}

#[test]
fn numbers_that_may_be_negative_need_a_row_too() {
    let ty = count("次");
    let mut set = bands(ty.clone(), rows(&ty, &["[0,3]", "[4,]"]));
    set.subject.as_mut().unwrap().fields[1].signed = true;
    assert_eq!(said(set), ["E0401 表有空档：-1 次不属于任何一行"]);
}

#[test]
fn a_value_that_two_rows_claim_is_an_overlap() {
    let ty = count("种");
    let set = bands(ty.clone(), rows(&ty, &["[0,30]", "[30,50]", "(50,]"]));
    assert_eq!(said(set), ["E0402 两行重叠：30 种同时属于“[0,30]”和“[30,50]”"]);
    let set = bands(ty.clone(), rows(&ty, &["[0,30]", "(30,50]", "(50,]"]));
    assert!(said(set).is_empty());
}

#[test]
fn a_row_that_no_value_satisfies_is_refused_where_it_is_wrong() {
    let ty = count("次");
    let set = bands(ty.clone(), rows(&ty, &["[0,3]", "[4,]", "(50,30]"]));
    let found = findings(set);
    assert_eq!(sentence(&found[0], Lang::Zh), "E0403 这一行永远用不到：没有哪个值符合“(50,30]”");
    assert_eq!(found[0].at.part, Part::Cell(TableAt::Content, 2, 0));
    // A field without 可负 is never below zero.
    let set = bands(ty.clone(), rows(&ty, &["[,-1]", "[0,]"]));
    assert_eq!(codes(set), ["E0403"]);
}

#[test]
fn otherwise_takes_everything_but_what_is_missing() {
    let ty = optional(count("次"));
    let mut all = rows(&ty, &["[0,3]"]);
    all.push(otherwise(pts("5")));
    let found = said(bands(ty.clone(), all.clone()));
    assert_eq!(found, ["E0401 表有空档：缺失不属于任何一行"]);
    all.insert(1, row([missing()], "缺失", pts("1")));
    assert!(said(bands(ty, all.clone())).is_empty());
    // A column that is always there has no 缺失.
    assert_eq!(codes(bands(count("次"), all)), ["E0403"]);
}

#[test]
fn otherwise_that_takes_nothing_is_pointed_out() {
    let ty = count("次");
    let mut all = rows(&ty, &["[0,3]", "[4,]"]);
    all.push(otherwise(pts("5")));
    assert_eq!(codes(bands(ty.clone(), all)), ["E0405"]);
    let mut all = rows(&ty, &["[0,3]", "[5,]"]);
    all.push(otherwise(pts("5")));
    assert!(said(bands(ty, all)).is_empty());
}

#[test]
fn otherwise_stands_last_and_rows_have_a_cell_a_column() {
    let ty = count("次");
    let mut all = rows(&ty, &["[0,3]"]);
    all.insert(0, otherwise(pts("5")));
    assert_eq!(codes(bands(ty.clone(), all)), ["E0407"]);
    let all = vec![row([anything(), anything()], "-，-", pts("1"))];
    assert_eq!(said(bands(ty, all)), ["E0431 这一行有 2 格，应当有 1 格"]);
}

#[test]
fn bands_are_written_in_order() {
    let ty = count("次");
    assert_eq!(codes(bands(ty.clone(), rows(&ty, &["[0,3]", "[9,]", "[4,8]"]))), ["E0436"]);
    assert!(codes(bands(ty.clone(), rows(&ty, &["[9,]", "[4,8]", "[0,3]"]))).is_empty());
}

/// 种类 (three members) by 金额 (may be missing).
fn two_columns(rows: Vec<Row>) -> RuleSet {
    let amount = optional(Ty::number(Unit::Money, 2));
    let mut set = package();
    set.enums = vec![enumeration("种类", false, &["警告", "罚款", "没收"])];
    let fields = vec![field("种类", member_ty("种类")), field("金额", amount.clone())];
    set.subject = Some(subject(fields));
    let columns = vec![of_field("种类", member_ty("种类")), of_field("金额", amount)];
    let content = Content::Table(table(Mode::First, columns, rows));
    set.decls = vec![indicator("处罚", None, None, content)];
    set
}

#[test]
fn a_decision_table_shows_one_combination_that_nobody_thought_of() {
    let amount = Ty::number(Unit::Money, 2);
    let warned = row([is(member("种类", 0)), anything()], "警告，-", pts("5"));
    let small =
        row([is(member("种类", 1)), band(&amount, "[0,10000)")], "罚款，不满 1万元", pts("15"));
    let large =
        row([is(member("种类", 1)), band(&amount, "[10000,]")], "罚款，1万元以上", pts("30"));
    let taken = row([is(member("种类", 2)), anything()], "没收，-", pts("30"));
    let unknown = row([is(member("种类", 1)), missing()], "罚款，缺失", pts("15"));
    let all = vec![warned, small, large, taken, unknown];
    assert!(said(two_columns(all.clone())).is_empty());
    let found = said(two_columns(all[..4].to_vec()));
    assert_eq!(found, ["E0401 表有空档：种类为罚款，金额为缺失不属于任何一行"]);
    let found = findings(two_columns([&all[..2], &all[3..]].concat()));
    assert_eq!(
        sentence(&found[0], Lang::En),
        "E0401 the table has a gap: no row holds for 种类 = 罚款, 金额 = 10000 yuan"
    );
    let again = row(
        [one_of([Test::Equals(member("种类", 0)), Test::Equals(member("种类", 1))]), missing()],
        "警告 或 罚款，缺失",
        pts("1"),
    );
    let found = said(two_columns([&all[..4], &[again]].concat()));
    assert_eq!(
        found,
        ["E0402 两行重叠：种类为警告，金额为缺失同时属于“警告，-”和“警告 或 罚款，缺失”"]
    );
}

#[test]
fn otherwise_of_several_columns_needs_a_row_for_every_missing_value() {
    let warned = row([is(member("种类", 0)), anything()], "警告，-", pts("5"));
    let rest = otherwise(pts("1"));
    let found = said(two_columns(vec![warned.clone(), rest.clone()]));
    assert_eq!(found, ["E0401 表有空档：种类为罚款，金额为缺失不属于任何一行"]);
    let differs = one_of([Test::Differs(member("种类", 0))]);
    let unknown = row([differs, missing()], "非警告，缺失", pts("5"));
    assert!(said(two_columns(vec![warned, unknown, rest])).is_empty());
}

#[test]
fn texts_are_told_apart_by_value_and_prefix() {
    let ty = Ty::present(TyKind::Text);
    let text = |it: &str| constant(Ty::present(TyKind::Text), Value::text(it));
    let starts = |it: &str| one_of([Test::Starts(text(it))]);
    let sale = row([starts("52")], "52 开头", pts("1"));
    let food = row([starts("522")], "522 开头", pts("2"));
    let found = said(bands(ty.clone(), vec![sale.clone(), food, otherwise(pts("0"))]));
    assert_eq!(found, ["E0402 两行重叠：“522”开头的其他文本同时属于“52 开头”和“522 开头”"]);
    let other = row([is(text("F53"))], "F53", pts("2"));
    let found = said(bands(ty.clone(), vec![sale.clone(), other.clone()]));
    assert_eq!(found, ["E0401 表有空档：其他文本不属于任何一行"]);
    assert!(said(bands(ty, vec![sale, other, otherwise(pts("0"))])).is_empty());
}

#[test]
fn yes_and_no_are_all_there_is() {
    let ty = Ty::bool();
    let yes = row([is(constant(Ty::bool(), Value::Bool(true)))], "是", pts("1"));
    let no = row([is(constant(Ty::bool(), Value::Bool(false)))], "否", pts("0"));
    assert!(said(bands(ty.clone(), vec![yes.clone(), no])).is_empty());
    assert_eq!(said(bands(ty, vec![yes])), ["E0401 表有空档：否不属于任何一行"]);
}

/// 逐条 处罚 …：10, 折减 按 日期
fn fading(filter: Option<Expr>, windows: Vec<Row>) -> RuleSet {
    let day = Ty::present(TyKind::Date);
    let mut set = package();
    set.subject = Some(subject(Vec::new()));
    set.tables = vec![records("处罚", vec![field("日期", day.clone())])];
    let all = Source::Table(Ref::own("处罚"));
    let source = match filter {
        Some(it) => Source::Filter { of: Box::new(all), condition: Box::new(it) },
        None => all,
    };
    let always = row_of(RowKey::Always, "", pts("10"));
    let fade = table(Mode::First, vec![of_record("处罚", "日期", day)], windows);
    let content = Content::Each(Each {
        mode: Mode::Sum,
        source,
        table: table(Mode::First, Vec::new(), vec![always]),
        fade: Some(fade),
    });
    set.decls = vec![indicator("处罚程度", None, None, content)];
    set
}

fn share(percent: &str) -> Expr {
    num(ratio(), percent)
}

fn in_last(count: Expr) -> Expr {
    let date = Box::new(of_record("处罚", "日期", Ty::present(TyKind::Date)));
    expr(Ty::bool(), Node::Within { date, window: last(count) })
}

#[test]
fn windows_meet_on_every_as_of_date() {
    let recent = row([window(last(months("12")))], "近 12 个月", share("1"));
    let older = row([window(ago(24, 12))], "前 24 至 12 个月", share("0.6"));
    let rest = otherwise(share("0"));
    assert!(said(fading(None, vec![recent.clone(), older.clone(), rest.clone()])).is_empty());
    let found = said(fading(None, vec![recent.clone(), older.clone()]));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("E0401 表有空档：20"), "{found:?}");
    // The filter of the source says that there is nothing older.
    let filter = Some(in_last(months("24")));
    assert!(said(fading(filter, vec![recent.clone(), older.clone()])).is_empty());
    // Records dated later are not visible, so nothing is lacking after the as-of date.
    let overlapping = row([window(ago(24, 11))], "前 24 至 11 个月", share("0.6"));
    assert_eq!(codes(fading(None, vec![recent.clone(), overlapping, rest.clone()])), ["E0402"]);
    let later = row([window(ago(24, 13))], "前 24 至 13 个月", share("0.6"));
    assert_eq!(codes(fading(None, vec![recent, later])), ["E0401"]);
}

#[test]
fn days_and_months_overlap_only_in_short_months() {
    let thirty = row([window(last(days("29")))], "近 29 天", share("1"));
    let older = row([window(ago(3, 1))], "前 3 至 1 个月", share("0.6"));
    let found = said(fading(None, vec![thirty, older, otherwise(share("0"))]));
    // Only in March of a year that is no leap year is a month shorter than 29 days.
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("E0402") && found[0].contains("-03-"), "{found:?}");
    let fewer = row([window(last(days("28")))], "近 28 天", share("1"));
    let older = row([window(ago(3, 1))], "前 3 至 1 个月", share("0.6"));
    assert!(said(fading(None, vec![fewer, older, otherwise(share("0"))])).is_empty());
}

#[test]
fn shares_that_are_left_lie_within_the_whole() {
    let recent = row([window(last(months("12")))], "近 12 个月", share("1.2"));
    let rest = otherwise(share("0"));
    let found = said(fading(None, vec![recent, rest]));
    assert_eq!(found, ["E0418 这里应当在 0% 至 100% 之间，却可能是 120%"]);
}

#[test]
fn a_dated_parameter_is_met_with_each_of_its_values() {
    let ty = count("户");
    let make = |second: &str| {
        let mut set = bands(ty.clone(), Vec::new());
        let line = || of_decl("同址户数线", count("户"));
        let below =
            Test::Range { low: None, high: Some(CellBound { value: line(), inclusive: false }) };
        let rows = vec![
            row([one_of([below])], "不满 同址户数线", pts("0")),
            row([band(&ty, "[10,]")], "10 户以上", pts("60")),
        ];
        set.decls[0].versions[0].content = banded(of_field("次数", ty.clone()), rows);
        set.decls.push(param(
            "同址户数线",
            count("户"),
            &[(None, "10"), (Some("2025-07-01"), second)],
        ));
        set
    };
    assert!(said(make("10")).is_empty());
    assert_eq!(said(make("8")), ["E0401 表有空档：8 户不属于任何一行"]);
    // A rule that ends before the parameter changes never meets the new value.
    let mut set = make("8");
    let until = Some(date("2025-06-30"));
    set.decls[0].versions[0].period = Period { from: None, until };
    assert!(said(set).is_empty());
}

#[test]
fn a_local_value_is_looked_at_with_what_its_formula_can_be() {
    let whole = count("次");
    let capped = expr(
        whole.clone(),
        Node::Call {
            builtin: heng_dsl::builtins::BuiltinId::Lowest,
            args: vec![of_field("次数", whole.clone()), num(whole.clone(), "5")],
        },
    );
    let mut set = bands(whole.clone(), rows(&whole, &["[0,3]", "[4,5]"]));
    let version = &mut set.decls[0].versions[0];
    version.lets =
        vec![Let {
            name: "至多五次".into(), ty: whole.clone(), content: Content::Formula(capped)
        }];
    let local = expr(whole, Node::Local(0));
    let Content::Table(table) = &mut version.content else { unreachable!() };
    table.columns = vec![local];
    assert!(said(set.clone()).is_empty());
    let Content::Table(table) = &mut set.decls[0].versions[0].content else { unreachable!() };
    table.rows.remove(1);
    assert_eq!(said(set), ["E0401 表有空档：4 次不属于任何一行"]);
}

fn at_least(number: &str) -> Expr {
    let ty = count("次");
    compare(CompareOp::GreaterOrEqual, of_field("次数", ty.clone()), num(ty, number))
}

fn by_conditions(mode: Mode, rows: Vec<Row>) -> RuleSet {
    let mut set = bands(count("次"), Vec::new());
    set.decls[0].versions[0].content = Content::Table(table(mode, Vec::new(), rows));
    set
}

#[test]
fn a_list_of_conditions_ends_with_otherwise() {
    let one = when(at_least("3"), "3 以上", pts("10"));
    for mode in [Mode::First, Mode::Highest, Mode::Lowest] {
        assert_eq!(codes(by_conditions(mode, vec![one.clone()])), ["E0406"]);
        assert!(codes(by_conditions(mode, vec![one.clone(), otherwise(pts("0"))])).is_empty());
    }
    assert!(codes(by_conditions(Mode::Sum, vec![one])).is_empty());
}

#[test]
fn a_condition_behind_a_wider_one_never_has_its_turn() {
    let few = when(at_least("3"), "3 以上", pts("10"));
    let many = when(at_least("5"), "5 以上", pts("20"));
    let rest = otherwise(pts("0"));
    let found = said(by_conditions(Mode::First, vec![few.clone(), many.clone(), rest.clone()]));
    assert_eq!(found, ["E0408 这一行永远用不到：凡是符合它的，前面的“3 以上”已经先用"]);
    assert!(said(by_conditions(Mode::First, vec![many.clone(), few.clone(), rest])).is_empty());
    // Where all that hold count, both have their turn; only the same twice is odd.
    assert!(said(by_conditions(Mode::Sum, vec![few.clone(), many])).is_empty());
    assert_eq!(codes(by_conditions(Mode::Sum, vec![few.clone(), few])), ["E0409"]);
}

#[test]
fn a_hostile_table_is_given_up_and_said_to_be() {
    let ty = Ty::bool();
    let mut set = package();
    let names: Vec<String> = (0..40).map(|it| format!("甲{it}")).collect();
    set.subject = Some(subject(names.iter().map(|it| field(it, ty.clone())).collect()));
    let columns = names.iter().map(|it| of_field(it, ty.clone())).collect();
    let mut state = 12345_u64;
    let mut next = |most: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    let rows = (0..170).map(|_| {
        let mut cells = vec![anything(); 40];
        for _ in 0..3 {
            let yes = Value::Bool(next(2) == 1);
            cells[usize::try_from(next(40)).unwrap()] = is(constant(Ty::bool(), yes));
        }
        row_of(RowKey::Cells(cells), "行", pts("1"))
    });
    set.decls = vec![indicator(
        "敌意",
        None,
        None,
        Content::Table(table(Mode::First, columns, rows.collect())),
    )];
    let found = codes(set);
    assert!(found.contains(&"E0410") || found.contains(&"E0401"), "{found:?}");
}

#[test]
fn a_bound_by_the_law_of_the_record_is_met_with_every_earlier_law() {
    let money = Ty::number(Unit::Money, 2);
    let day = Ty::present(TyKind::Date);
    let make = |from: &str| {
        let line = || {
            let date = Box::new(of_record("处罚", "日期", day.clone()));
            expr(
                money.clone(),
                Node::AtDate { decl: Ref::own("大额"), date, milder_is_highest: None },
            )
        };
        let bound = |inclusive| Some(CellBound { value: line(), inclusive });
        let small = one_of([Test::Range { low: None, high: bound(false) }]);
        let large = match from {
            "" => one_of([Test::Range { low: bound(true), high: None }]),
            fixed => band(&money, fixed),
        };
        let rows = vec![row([small], "不满 大额", pts("15")), row([large], "大额以上", pts("30"))];
        let mut set = package();
        set.subject = Some(subject(Vec::new()));
        let fields = vec![field("日期", day.clone()), field("金额", money.clone())];
        set.tables = vec![records("处罚", fields)];
        let content = Content::Each(Each {
            mode: Mode::Highest,
            source: Source::Table(Ref::own("处罚")),
            table: table(Mode::First, vec![of_record("处罚", "金额", money.clone())], rows),
            fade: None,
        });
        let values = [(None, "10000"), (Some("2025-07-01"), "20000")];
        set.decls = vec![
            indicator("最重", None, Some("30"), content),
            param("大额", money.clone(), &values),
        ];
        set
    };
    assert!(said(make("")).is_empty());
    assert_eq!(said(make("[20000,]")), ["E0401 表有空档：10000 元不属于任何一行"]);
    let found = said(make("[10000,]"));
    assert_eq!(found, ["E0402 两行重叠：10000 元同时属于“不满 大额”和“大额以上”"]);
}
