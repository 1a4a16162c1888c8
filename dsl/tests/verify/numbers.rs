//! 满分, caps and floors, weights, ratios, defaults.

use heng_dsl::builtins::BuiltinId;
use heng_dsl::model::*;
use heng_dsl::value::Value;
use heng_dsl::verify::{BoundWord, Part, TableAt};

use crate::support::*;

fn counted() -> Expr {
    of_field("次数", count("次"))
}

fn times(left: Expr, right: Expr) -> Expr {
    let (left, right) = (Box::new(left), Box::new(right));
    expr(points(), Node::Product { op: ProductOp::Multiply, left, right })
}

fn with(decls: Vec<Decl>) -> RuleSet {
    let mut set = package();
    set.subject = Some(subject(vec![field("次数", count("次"))]));
    set.decls = decls;
    set
}

/// 0 to 3: nothing, 4 or more: `high` points.
fn scored(high: &str) -> Content {
    let ty = count("次");
    let rows = vec![
        row([band(&ty, "[0,3]")], "3 以下", pts("0")),
        row([band(&ty, "[4,]")], "4 以上", pts(high)),
    ];
    banded(counted(), rows)
}

#[test]
fn a_maximum_is_kept() {
    assert!(said(with(vec![indicator("甲", None, Some("40"), scored("40"))])).is_empty());
    let found = findings(with(vec![indicator("甲", None, Some("40"), scored("60"))]));
    assert_eq!(
        sentence(&found[0], heng_dsl::diag::Lang::Zh),
        "E0411 “甲”满分 40，而各部分合起来最多可到 60 分，不能保证"
    );
    assert_eq!(found[0].at.part, Part::Bound(BoundWord::Max));
    let found = said(with(vec![indicator("甲", None, Some("80"), scored("60"))]));
    assert_eq!(found, ["E0413 “甲”满分 80，实际最多只能得 60 分"]);
}

#[test]
fn a_formula_without_bound_needs_a_cap() {
    let content = Content::Formula(times(pts("10"), counted()));
    let found = said(with(vec![indicator("甲", None, Some("40"), content.clone())]));
    assert_eq!(found, ["E0412 “甲”满分 40，但得分没有上界，无法保证"]);
    let mut capped = indicator("甲", None, Some("40"), content);
    capped.versions[0].bounds.cap = Some(dec("40"));
    assert!(said(with(vec![capped])).is_empty());
    let args = vec![times(pts("10"), counted()), pts("40")];
    let least = expr(points(), Node::Call { builtin: BuiltinId::Lowest, args });
    assert!(
        said(with(vec![indicator("甲", None, Some("40"), Content::Formula(least))])).is_empty()
    );
}

#[test]
fn a_choice_is_looked_at_with_what_its_condition_says() {
    let ty = count("次");
    let few = compare(CompareOp::Less, counted(), num(ty, "5"));
    let choice = |other: &str| {
        let parts =
            (Box::new(few.clone()), Box::new(times(pts("10"), counted())), Box::new(pts(other)));
        Content::Formula(expr(points(), Node::If(parts.0, parts.1, parts.2)))
    };
    assert!(said(with(vec![indicator("甲", None, Some("40"), choice("40"))])).is_empty());
    assert_eq!(codes(with(vec![indicator("甲", None, Some("40"), choice("41"))])), ["E0411"]);
}

#[test]
fn rows_that_exclude_each_other_do_not_add_up() {
    let ty = count("次");
    let is = |number: &str| compare(CompareOp::Equal, counted(), num(ty.clone(), number));
    let rows = vec![when(is("1"), "1", pts("10")), when(is("2"), "2", pts("20"))];
    let both = Content::Table(table(Mode::Sum, Vec::new(), rows));
    assert!(said(with(vec![indicator("甲", None, Some("20"), both.clone())])).is_empty());
    let over = compare(CompareOp::GreaterOrEqual, counted(), num(ty, "2"));
    let Content::Table(mut overlapping) = both else { unreachable!() };
    overlapping.rows.push(when(over, "2 以上", pts("5")));
    let found = said(with(vec![indicator("甲", None, Some("20"), Content::Table(overlapping))]));
    assert_eq!(found, ["E0411 “甲”满分 20，而各部分合起来最多可到 25 分，不能保证"]);
}

#[test]
fn records_without_end_have_no_maximum() {
    let mut set = with(Vec::new());
    let day = Ty::present(TyKind::Date);
    set.tables = vec![records("处罚", vec![field("日期", day)])];
    let each = |mode| {
        let always = row_of(RowKey::Always, "", pts("10"));
        let table = table(Mode::First, Vec::new(), vec![always]);
        Content::Each(Each { mode, source: Source::Table(Ref::own("处罚")), table, fade: None })
    };
    set.decls = vec![indicator("甲", None, Some("10"), each(Mode::Sum))];
    assert_eq!(codes(set.clone()), ["E0412"]);
    set.decls = vec![indicator("甲", None, Some("10"), each(Mode::Highest))];
    assert!(codes(set).is_empty());
}

#[test]
fn a_dimension_is_the_sum_of_its_indicators() {
    let deducted = |high: &str| {
        let mut it = indicator("扣", Some("维"), Some(high), scored(high));
        it.kind =
            DeclKind::Indicator { dimension: Some(Ref::own("维")), fused: false, deduct: true };
        it
    };
    let make = |max: &str, deduct: bool| {
        let mut decls = vec![
            dimension("维", Some(max)),
            indicator("甲", Some("维"), Some("40"), scored("40")),
            indicator("乙", Some("维"), Some("20"), scored("20")),
            total(),
        ];
        if deduct {
            decls.push(deducted("15"));
        }
        with(decls)
    };
    assert!(said(make("60", false)).is_empty());
    assert!(said(make("60", true)).is_empty());
    assert_eq!(
        said(make("50", false)),
        ["E0411 “维”满分 50，而各部分合起来最多可到 60 分，不能保证"]
    );
    assert_eq!(said(make("70", true)), ["E0413 “维”满分 70，实际最多只能得 60 分"]);
    // What starts from 1000 and only loses points never has more.
    let mut set = with(vec![dimension("维", Some("1000")), deducted("15"), total()]);
    set.decls[0].versions[0].bounds.base = Some(dec("1000"));
    assert!(said(set).is_empty());
}

#[test]
fn a_floor_lies_below_a_cap() {
    let make = |floor: &str, cap: &str| {
        let mut it = indicator("甲", None, None, scored("40"));
        it.versions[0].bounds.floor = Some(dec(floor));
        it.versions[0].bounds.cap = Some(dec(cap));
        with(vec![it])
    };
    assert!(said(make("0", "40")).is_empty());
    assert_eq!(said(make("50", "40")), ["E0417 下限 50 分 高于上限 40 分"]);
    let conditional = |when: Expr| {
        let mut it = indicator("甲", None, None, scored("40"));
        it.versions[0].bounds.floor = Some(dec("20"));
        let bound = ConditionalBound {
            cap: true,
            value: pts("10"),
            when,
            text: String::new(),
            origin: Origin::default(),
        };
        it.versions[0].conditional = vec![bound];
        with(vec![it])
    };
    let many = compare(CompareOp::Greater, counted(), num(count("次"), "5"));
    assert_eq!(codes(conditional(many)), ["E0417"]);
}

fn weighted(weights: &[Option<&str>]) -> RuleSet {
    let mut decls = vec![total()];
    for (at, weight) in weights.iter().enumerate() {
        let mut it = dimension(&format!("维{at}"), None);
        it.versions[0].bounds.weight = weight.map(|it| num(ratio(), it));
        decls.push(it);
    }
    with(decls)
}

#[test]
fn weights_add_up_exactly() {
    assert!(said(weighted(&[Some("0.4"), Some("0.35"), Some("0.25")])).is_empty());
    assert!(said(weighted(&[None, None])).is_empty());
    let found = said(weighted(&[Some("0.4"), Some("0.35"), Some("0.2499")]));
    assert_eq!(found, ["E0414 权重之和应当是 100%，现在是 99.99%"]);
    let found = said(weighted(&[Some("1"), None]));
    assert_eq!(found, ["E0415 “维1”没有权重：同一级的维度要么都写权重，要么都不写"]);
    assert_eq!(codes(weighted(&[Some("1.2"), Some("-0.2")])), ["E0416", "E0416"]);
}

#[test]
fn weights_of_a_code_table_add_up_in_every_row() {
    let make = |last: &str| {
        let mut set = weighted(&[None, None]);
        let text = Ty::present(TyKind::Text);
        let mut key = field("代码", text.clone());
        key.key = true;
        let weight = |id: &str| {
            let mut it = field(id, ratio());
            it.default = Some(Value::Number(dec("0.5")));
            it
        };
        let number = |it: &str| Value::Number(dec(it));
        let row = |code: &str, a: &str, b: &str| CodeRow {
            values: vec![Value::text(code), number(a), number(b)],
            origin: None,
        };
        set.codes = vec![CodeTable {
            id: "行业".into(),
            name: "行业".into(),
            legal: Legal::default(),
            prefixed: false,
            columns: vec![key, weight("甲"), weight("乙")],
            rows: vec![row("A", "0.3", "0.7"), row("B", "0.6", last)],
        }];
        let industry = Ty::present(TyKind::Code(Ref::own("行业")));
        set.subject =
            Some(subject(vec![field("次数", count("次")), field("行业", industry.clone())]));
        for (at, id) in ["甲", "乙"].into_iter().enumerate() {
            let key = Box::new(of_field("行业", industry.clone()));
            let column = Column { table: Ref::own("行业"), id: id.into(), slot: Slot::default() };
            let weight = expr(ratio(), Node::Code { key, column });
            set.decls[at + 1].versions[0].bounds.weight = Some(weight);
        }
        set
    };
    assert!(said(make("0.4")).is_empty());
    assert_eq!(said(make("0.5")), ["E0414 权重之和应当是 100%，现在是 110%（代码 B）"]);
}

#[test]
fn a_classification_is_looked_at_as_far_as_scores_reach() {
    let grade = member_ty("等级");
    let make = |cuts: &[&str]| {
        let scored = indicator("甲", Some("维"), Some("100"), scored("100"));
        let mut set = with(vec![dimension("维", Some("100")), scored, total()]);
        set.enums = vec![enumeration("等级", true, &["A", "B", "C"])];
        let rows =
            cuts.iter().zip(0..).map(|(it, at)| row([band(&points(), it)], it, member("等级", at)));
        let content = banded(of_decl("总分", points()), rows.collect());
        let kind = DeclKind::Classify { grade: Ref::own("等级") };
        set.decls.push(decl("风险", kind, grade.clone(), vec![version(content)]));
        set
    };
    assert!(said(make(&["[,30)", "[30,60)", "[60,]"])).is_empty());
    assert_eq!(said(make(&["[,30)", "[30,60)", "(60,]"])), ["E0401 表有空档：60 分不属于任何一行"]);
    let found = said(make(&["[,30)", "[30,100]", "(100,]"]));
    assert_eq!(found, ["E0404 按现有规则没有哪一户能到这一行“(100,]”：总分只能是 0 至 100 分"]);
    assert_eq!(said(make(&["[,30)", "[30,]"])), ["E0435 没有哪条规则会得出“C”"]);
}

#[test]
fn the_scale_of_a_classification_is_not_longer_than_the_score() {
    let make = |last: &str, max: &str| {
        let scored = indicator("甲", Some("维"), Some("100"), scored("100"));
        let mut set = with(vec![dimension("维", Some(max)), scored, total()]);
        set.enums = vec![enumeration("等级", true, &["A", "B"])];
        let rows = [("[0,30)", 0), (last, 1)]
            .map(|(it, at)| row([band(&points(), it)], it, member("等级", at)));
        let content = banded(of_decl("总分", points()), rows.into());
        let kind = DeclKind::Classify { grade: Ref::own("等级") };
        set.decls.push(decl("风险", kind, member_ty("等级"), vec![version(content)]));
        set
    };
    assert!(said(make("[30,100]", "100")).is_empty());
    assert!(said(make("[30,101)", "100")).is_empty());
    let found = findings(make("[30,200]", "100"));
    let said: Vec<String> = found.iter().map(|it| sentence(it, heng_dsl::diag::Lang::Zh)).collect();
    assert_eq!(said, ["E0437 分界 200 分 与总分不相接：总分只能是 0 至 100 分"]);
    assert_eq!(found[0].label.zh, "0 至 100 分 = 维 0 至 100 分");
    // What was promised is not filled: that is one fault, and said where it was promised.
    assert_eq!(codes(make("[30,200]", "200")), ["E0413"]);
}

#[test]
fn an_indicator_that_never_scores_is_pointed_out() {
    let found = said(with(vec![indicator("甲", None, Some("40"), scored("0"))]));
    assert_eq!(found, ["E0440 “甲”不可能得分：每一户都是 0 分"]);
    let mut capped = indicator("甲", None, None, scored("40"));
    capped.versions[0].bounds.cap = Some(dec("0"));
    assert_eq!(codes(with(vec![capped.clone()])), ["E0440"]);
    // Points below zero count.
    capped.versions[0].content = scored("-5");
    assert!(said(with(vec![capped])).is_empty());
}

#[test]
fn a_range_is_shown_with_the_parts_that_make_it() {
    let mut decls = vec![
        dimension("维", Some("80")),
        indicator("甲", Some("维"), Some("40"), scored("40")),
        indicator("乙", Some("维"), Some("20"), scored("20")),
        total(),
    ];
    decls[0].versions[0].bounds.base = Some(dec("5"));
    decls[2].kind =
        DeclKind::Indicator { dimension: Some(Ref::own("维")), fused: false, deduct: true };
    let found = findings(with(decls));
    assert_eq!(found[0].label.zh, "-15 至 45 分 = 5 分 + 甲 0 至 40 分 − 乙 0 至 20 分");
    assert_eq!(
        found[0].label.en,
        "-15 to 45 points = 5 points + 甲 0 to 40 points − 乙 0 to 20 points"
    );
    let places: Vec<&str> = found[0].related.iter().map(|it| it.1.zh.as_ref()).collect();
    assert_eq!(places, ["0 至 40 分", "0 至 20 分"]);
    // Of a table it is the row that gives most.
    let found = findings(with(vec![indicator("甲", None, Some("80"), scored("60"))]));
    assert_eq!(found[0].related[0].0.part, Part::Row(TableAt::Content, 1));
    assert_eq!(found[0].related[0].1.zh, "这一行最多：60 分");
}

#[test]
fn a_ratio_of_a_measure_is_at_most_the_whole() {
    let make = |share: &str| {
        let columns = vec![MeasureColumn { name: "比例".into(), ty: ratio() }];
        let rows = vec![row([anything()], "-", num(ratio(), share))];
        let content = banded(counted(), rows);
        with(vec![decl("双随机", DeclKind::Measure { columns }, ratio(), vec![version(content)])])
    };
    assert!(said(make("0.3")).is_empty());
    assert_eq!(said(make("3")), ["E0419 比例 300% 超出 0% 至 100%，请核对"]);
}

#[test]
fn a_quota_is_a_share_of_the_eligible() {
    let make = |share: &str| {
        let many = compare(CompareOp::Greater, counted(), num(count("次"), "5"));
        let quota = Quota { top: num(ratio(), share), keys: Vec::new(), site: Slot::default() };
        let admit = condition(ConditionMode::One, vec![many]);
        let list = ListRule { admit, remove: None, quota: Some(quota) };
        with(vec![decl("名单", DeclKind::List, Ty::bool(), vec![version(Content::List(list))])])
    };
    assert!(said(make("0.05")).is_empty());
    assert_eq!(codes(make("5")), ["E0418"]);
}

#[test]
fn a_default_fits_its_field() {
    let make = |ty: Ty, value: Value| {
        let mut set = with(Vec::new());
        let mut it = field("人数", ty);
        it.default = Some(value);
        set.subject.as_mut().unwrap().fields.push(it);
        set
    };
    let number = |it: &str| Value::Number(dec(it));
    assert!(said(make(count("人"), number("1"))).is_empty());
    let found = said(make(count("人"), number("-1")));
    assert_eq!(found, ["E0430 “人数”的缺省值 -1 人 不合这个字段：没有写“可负”的字段不能是负数"]);
    assert_eq!(codes(make(count("人"), number("1.5"))), ["E0430"]);
    assert_eq!(codes(make(count("人"), Value::Bool(true))), ["E0430"]);
}

#[test]
fn a_long_chain_of_values_ends() {
    let mut decls = vec![value("值0", points(), Content::Formula(pts("1")))];
    for at in 1..3_000 {
        let before = of_decl(&format!("值{}", at - 1), points());
        let terms = vec![
            Term { negative: false, expr: before.clone() },
            Term { negative: false, expr: before },
        ];
        decls.push(value(
            &format!("值{at}"),
            points(),
            Content::Formula(expr(points(), Node::Sum(terms))),
        ));
    }
    decls.reverse();
    assert!(said(with(decls)).is_empty());
}
