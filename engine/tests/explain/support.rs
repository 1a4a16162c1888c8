//! A small rule set and households for it, built by hand: every way in which points come about.

use std::sync::Arc;

use heng_dsl::builtins::BuiltinId;
use heng_dsl::check::check;
use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::*;
use heng_dsl::value::{Date, Decimal, Period, TimeUnit, Value};
use heng_dsl::world::MemoryWorld;
use heng_engine::data::{Household, Record, Register};
use heng_engine::program::Program;

/// The as-of date of every test.
pub(crate) fn as_of() -> Date {
    date(2025, 6, 1)
}

pub(crate) fn date(year: i64, month: i64, day: i64) -> Date {
    Date::new(year, month, day).unwrap()
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A household with an area and penalties: date, kind (0 to 2), repaired on.
pub(crate) fn household(
    key: &str,
    area: Option<i64>,
    penalties: &[(Date, u16, Option<Date>)],
) -> Household {
    let mut records: Vec<Record> = penalties
        .iter()
        .enumerate()
        .map(|(at, (found, kind, repaired))| Record {
            values: vec![
                Value::text(&format!("罚字{}号", at + 1)),
                Value::Date(*found),
                Value::Member(*kind),
                repaired.map_or(Value::Missing, Value::Date),
            ],
        })
        .collect();
    records.sort_by(|a, b| a.values[1].cmp(&b.values[1]));
    Household {
        key: Arc::from(key),
        fields: vec![
            Value::text(key),
            Value::text("张三丰杂货店"),
            area.map_or(Value::Missing, Value::whole),
            Value::Date(date(2019, 5, 6)),
        ],
        records: vec![records],
        ..Household::default()
    }
}

pub(crate) fn register(households: Vec<Household>) -> Register {
    Register { households, cutoff: Some(date(2025, 6, 15)) }
}

/// The rule set, ready to run.
pub(crate) fn program() -> Program {
    program_with(Vec::new())
}

/// The rule set with cases, ready to run.
pub(crate) fn program_with(cases: Vec<Case>) -> Program {
    let set = RuleSet { cases, ..rules() };
    let linked = Linked::link(vec![set], LinkTable::new()).expect("the references hold");
    Program::new(linked).expect("no circle")
}

fn rules() -> RuleSet {
    RuleSet {
        id: Id::from("示例"),
        title: Some("示例规则".to_owned()),
        version: Id::from("1"),
        effective: Period::ALWAYS,
        legal: Legal { basis: vec!["示例〔2025〕1号".to_owned()], note: Vec::new() },
        applies: None,
        uses: Vec::new(),
        enums: vec![grade(), kinds()],
        codes: Vec::new(),
        subject: Some(subject()),
        tables: vec![penalties()],
        decls: decls(),
        decides: decides(),
        checks: Vec::new(),
        actions: Vec::new(),
        carries: Vec::new(),
        clauses: Vec::new(),
        guarantees: Vec::new(),
        quoted: Vec::new(),
        cases: Vec::new(),
        disabled: Vec::new(),
        lines: Lines::default(),
    }
}

fn grade() -> EnumType {
    let member = |name: &str, label: &str| EnumMember {
        name: Id::from(name),
        label: Some(label.to_owned()),
        colour: None,
    };
    EnumType {
        id: Id::from("风险等级"),
        name: Id::from("风险等级"),
        ordered: true,
        legal: Legal::default(),
        members: vec![
            member("A", "低"),
            member("B", "一般"),
            member("C", "较高"),
            member("D", "高"),
        ],
    }
}

fn kinds() -> EnumType {
    let member = |name: &str| EnumMember { name: Id::from(name), label: None, colour: None };
    EnumType {
        id: Id::from("处罚种类"),
        name: Id::from("处罚种类"),
        ordered: false,
        legal: Legal::default(),
        members: vec![member("警告"), member("罚款"), member("吊销许可")],
    }
}

fn field(name: &str, ty: Ty) -> Field {
    Field {
        id: Id::from(name),
        name: Id::from(name),
        ty,
        column: None,
        scale: 0,
        key: false,
        sensitive: false,
        signed: false,
        later: None,
        default: None,
        derived: None,
        origin: origin(1),
    }
}

fn text_ty() -> Ty {
    Ty::present(TyKind::Text)
}

fn area_ty() -> Ty {
    Ty::number(Unit::Count(Some("平方米".to_owned())), 0).or_missing(true)
}

fn points_ty(places: u8) -> Ty {
    Ty::number(Unit::Points, places)
}

fn subject() -> Subject {
    Subject {
        id: Id::from("个体工商户"),
        name: Id::from("个体工商户"),
        more: false,
        since: Some(Id::from("成立日期")),
        responsibility: Responsibility {
            owned_by: Some("登记注册处".to_owned()),
            ..Responsibility::default()
        },
        legal: Legal::default(),
        fields: vec![
            Field { key: true, ..field("代码", text_ty()) },
            Field { sensitive: true, ..field("名称", text_ty()) },
            field("面积", area_ty()),
            field("成立日期", Ty::present(TyKind::Date)),
        ],
    }
}

fn penalties() -> RecordTable {
    let repaired = Ty::present(TyKind::Date).or_missing(true);
    RecordTable {
        id: Id::from("行政处罚"),
        name: Id::from("行政处罚"),
        order: vec![Id::from("决定日期")],
        replacing: false,
        responsibility: Responsibility::default(),
        legal: Legal::default(),
        fields: vec![
            Field { key: true, ..field("文号", text_ty()) },
            field("决定日期", Ty::present(TyKind::Date)),
            field("种类", Ty::present(TyKind::Member(Ref::own("处罚种类")))),
            Field {
                later: Some(Later::Date(Id::from("修复"))), ..field("修复日期", repaired)
            },
        ],
    }
}

fn origin(line: u32) -> Origin {
    Origin {
        package: Id::from("示例"),
        version: Id::from("1"),
        amendment: None,
        place: Some(Place { file: "示例.heng".to_owned(), line }),
    }
}

/// A case of a household founded in 2019 with these fields and penalties (date and kind), and what
/// it expects.
pub(crate) fn case(
    title: &str,
    area: Option<i64>,
    penalties: &[(Date, u16)],
    expect: Vec<Expectation>,
) -> Case {
    let given = |id: &str, value: Value| (Ref::own(id), value);
    let column = |id: &str, value: Value| {
        let table = Ref::own("行政处罚");
        (Column { table, id: Id::from(id), slot: Slot::default() }, value)
    };
    let mut fields = vec![given("成立日期", Value::Date(date(2019, 5, 6)))];
    fields.extend(area.map(|it| given("面积", Value::whole(it))));
    let records = penalties.iter().enumerate().map(|(at, (found, kind))| GivenRecord {
        table: Ref::own("行政处罚"),
        fields: vec![
            column("文号", Value::text(&format!("{at}"))),
            column("决定日期", Value::Date(*found)),
            column("种类", Value::Member(*kind)),
        ],
    });
    Case {
        title: title.to_owned(),
        as_of: as_of(),
        legal: Legal::default(),
        household: GivenHousehold { fields, records: records.collect(), history: Vec::new() },
        others: Vec::new(),
        expect,
        origin: origin(90),
    }
}

// Expressions.

fn expr(ty: Ty, node: Node) -> Expr {
    Expr { ty, node }
}

fn points(text: &str) -> Expr {
    let it = decimal(text);
    expr(points_ty(it.places()), Node::Const(Value::Number(it)))
}

fn whole(number: i64, ty: Ty) -> Expr {
    expr(ty, Node::Const(Value::whole(number)))
}

fn months(number: i64) -> Expr {
    whole(number, Ty::number(Unit::Months, 0))
}

fn area() -> Expr {
    expr(area_ty(), Node::Field(Ref::own("面积")))
}

fn column(id: &str, ty: Ty) -> Expr {
    let column =
        Column { table: Ref::own("行政处罚"), id: Id::from(id), slot: Slot::default() };
    expr(ty, Node::RecordField { up: 0, column })
}

fn found() -> Expr {
    column("决定日期", Ty::present(TyKind::Date))
}

fn kind() -> Expr {
    column("种类", Ty::present(TyKind::Member(Ref::own("处罚种类"))))
}

fn decl_of(id: &str, ty: Ty) -> Expr {
    expr(ty, Node::Decl(Ref::own(id)))
}

fn count_ty() -> Ty {
    Ty::number(Unit::Count(None), 0)
}

fn penalty_count() -> Expr {
    decl_of("处罚数", count_ty())
}

fn compare(left: Expr, op: CompareOp, right: Expr) -> Expr {
    expr(Ty::bool(), Node::Compare { op, left: Box::new(left), right: Box::new(right) })
}

fn is_kind(at: u16) -> Expr {
    let ty = kind().ty;
    compare(kind(), CompareOp::Equal, expr(ty, Node::Const(Value::Member(at))))
}

fn within(months_back: i64) -> Expr {
    let window = Window::Last(Box::new(months(months_back)));
    expr(Ty::bool(), Node::Within { date: Box::new(found()), window })
}

fn unrepaired() -> Expr {
    let item = column("修复日期", Ty::present(TyKind::Date).or_missing(true));
    expr(Ty::bool(), Node::Present { negated: true, item: Box::new(item) })
}

fn source(condition: Expr) -> Source {
    let of = Box::new(Source::Table(Ref::own("行政处罚")));
    Source::Filter { of, condition: Box::new(condition) }
}

fn counting() -> Source {
    source(expr(Ty::bool(), Node::And(vec![within(24), unrepaired()])))
}

fn any(condition: Expr) -> Expr {
    let node = Node::Aggregate { builtin: BuiltinId::Any, source: source(condition), arg: None };
    expr(Ty::bool(), node)
}

fn product(left: Expr, right: Expr, places: u8) -> Expr {
    let (left, right) = (Box::new(left), Box::new(right));
    expr(points_ty(places), Node::Product { op: ProductOp::Multiply, left, right })
}

fn sum(terms: Vec<(bool, Expr)>, places: u8) -> Expr {
    let terms = terms.into_iter().map(|(negative, expr)| Term { negative, expr }).collect();
    expr(points_ty(places), Node::Sum(terms))
}

// Tables.

fn row(key: RowKey, result: Expr, text: &str) -> Row {
    Row { key, results: vec![Some(result)], origin: origin(20), text: text.to_owned() }
}

fn cell(test: Test) -> RowKey {
    RowKey::Cells(vec![Cell::OneOf(vec![test])])
}

fn range(low: Option<(i64, bool)>, high: Option<(i64, bool)>, ty: &Ty) -> Test {
    let bound = |it: (i64, bool)| CellBound { value: whole(it.0, ty.clone()), inclusive: it.1 };
    Test::Range { low: low.map(bound), high: high.map(bound) }
}

fn by_area() -> Content {
    let ty = Ty::number(Unit::Count(Some("平方米".to_owned())), 0);
    Content::Table(Table {
        mode: Mode::First,
        columns: vec![area()],
        rows: vec![
            row(cell(range(None, Some((100, true)), &ty)), points("1.5"), "100 平方米以下：1.5"),
            row(cell(range(Some((100, false)), None, &ty)), points("4"), "超过 100 平方米：4"),
            row(cell(Test::Missing), points("2"), "缺失：2"),
        ],
    })
}

fn each_penalty() -> Content {
    let is = |at: u16| cell(Test::Equals(expr(kind().ty, Node::Const(Value::Member(at)))));
    let window =
        |far: u32, near: u32| cell(Test::Window(Window::Ago { far, near, unit: TimeUnit::Month }));
    let fade = Table {
        mode: Mode::First,
        columns: vec![found()],
        rows: vec![
            row(window(12, 0), share("1"), "近 12 个月：100%"),
            row(window(24, 12), share("0.35"), "前 24 至 12 个月：35%"),
            row(RowKey::Otherwise, share("0"), "其余：0%"),
        ],
    };
    Content::Each(Each {
        mode: Mode::Sum,
        source: source(unrepaired()),
        table: Table {
            mode: Mode::First,
            columns: vec![kind()],
            rows: vec![
                row(is(0), points("5"), "警告：5"),
                row(is(1), points("15"), "罚款：15"),
                row(is(2), points("31"), "吊销许可：31"),
            ],
        },
        fade: Some(fade),
    })
}

fn conditions(mode: Mode, rows: Vec<Row>) -> Content {
    Content::Table(Table { mode, columns: Vec::new(), rows })
}

fn heaviest() -> Content {
    conditions(
        Mode::Highest,
        vec![
            row(
                RowKey::When(any(is_kind(2))),
                points("30"),
                "存在(行政处罚 其中 种类 = 吊销许可)：30",
            ),
            row(
                RowKey::When(any(is_kind(1))),
                points("12.5"),
                "存在(行政处罚 其中 种类 = 罚款)：12.5",
            ),
            row(RowKey::Otherwise, points("0"), "其余：0"),
        ],
    )
}

fn checklist() -> Content {
    let at_least =
        |it: i64| compare(penalty_count(), CompareOp::GreaterOrEqual, whole(it, count_ty()));
    let present = expr(Ty::bool(), Node::Present { negated: false, item: Box::new(area()) });
    conditions(
        Mode::Sum,
        vec![
            row(RowKey::When(at_least(1)), points("2"), "处罚数 ≥ 1：2"),
            row(
                RowKey::When(at_least(2)),
                product(penalty_count(), points("1.1"), 1),
                "处罚数 ≥ 2：处罚数 × 1.1",
            ),
            row(
                RowKey::When(at_least(3)),
                product(penalty_count(), points("0.3"), 1),
                "处罚数 ≥ 3：处罚数 × 0.3",
            ),
            row(RowKey::When(present), points("-1"), "面积 有值：-1"),
        ],
    )
}

fn formula() -> Content {
    let warnings =
        Node::Aggregate { builtin: BuiltinId::Count, source: source(is_kind(0)), arg: None };
    let terms = vec![
        (false, product(penalty_count(), points("2.25"), 2)),
        (true, product(expr(count_ty(), warnings), points("0.15"), 2)),
        (false, points("1.25")),
    ];
    Content::Formula(expr(
        points_ty(1),
        Node::Round(Box::new(sum(terms, 2)), heng_dsl::value::Rounding::HalfUp),
    ))
}

// Declarations.

fn version(line: u32, content: Content) -> Version {
    Version {
        period: Period::ALWAYS,
        origin: origin(line),
        legal: Legal { basis: vec![format!("示例办法第{line}条")], note: Vec::new() },
        applies: None,
        lets: Vec::new(),
        content,
        content_origin: origin(line + 1),
        bounds: Bounds::default(),
        conditional: Vec::new(),
        accepted: Vec::new(),
        reason: None,
    }
}

fn decl(name: &str, kind: DeclKind, ty: Ty, version: Version) -> Decl {
    Decl {
        id: Id::from(name),
        name: Id::from(name),
        title: None,
        kind,
        ty,
        versions: vec![version],
    }
}

fn share(text: &str) -> Expr {
    expr(Ty::number(Unit::Ratio, 4), Node::Const(Value::Number(decimal(text))))
}

fn dimension(name: &str, line: u32, bounds: Bounds, ty: Ty) -> Decl {
    let version = Version { bounds, ..version(line, Content::Parts) };
    decl(name, DeclKind::Dimension { within: None }, ty, version)
}

fn indicator(name: &str, dimension: &str, deduct: bool, places: u8, version: Version) -> Decl {
    let dimension = Some(Ref::own(dimension));
    decl(name, DeclKind::Indicator { dimension, fused: false, deduct }, points_ty(places), version)
}

/// Taken off where the place is large.
fn large() -> Content {
    let ty = Ty::number(Unit::Count(Some("平方米".to_owned())), 0);
    let nothing = Box::new(whole(0, ty.clone()));
    let known = expr(ty.clone(), Node::IfMissing(Box::new(area()), nothing));
    let condition = compare(known, CompareOp::Greater, whole(200, ty));
    conditions(
        Mode::First,
        vec![
            row(RowKey::When(condition), points("6"), "面积 缺则 0 > 200：6"),
            row(RowKey::Otherwise, points("0"), "其余：0"),
        ],
    )
}

/// Points for each penalty, with a cap and another one under a condition.
fn degrees() -> Version {
    Version {
        bounds: Bounds { cap: Some(decimal("40")), ..Bounds::default() },
        conditional: vec![ConditionalBound {
            cap: true,
            value: points("20"),
            when: compare(penalty_count(), CompareOp::LessOrEqual, whole(1, count_ty())),
            text: "处罚数 ≤ 1".to_owned(),
            origin: origin(33),
        }],
        reason: Some(Template {
            parts: vec![
                TemplatePart::Text("仍计入的处罚有".to_owned()),
                TemplatePart::Value(penalty_count()),
                TemplatePart::Text("次".to_owned()),
            ],
            origin: origin(34),
        }),
        ..version(30, each_penalty())
    }
}

fn decls() -> Vec<Decl> {
    let count = Node::Aggregate { builtin: BuiltinId::Count, source: counting(), arg: None };
    let static_bounds = Bounds {
        base: Some(decimal("5")),
        floor: Some(decimal("3")),
        weight: Some(share("0.4")),
        ..Bounds::default()
    };
    let dynamic_bounds =
        Bounds { cap: Some(decimal("60")), weight: Some(share("0.6")), ..Bounds::default() };
    let merged = Content::Formula(sum(
        vec![
            (false, product(decl_of("总分", points_ty(6)), share("0.5"), 2)),
            (false, product(decl_of("静态风险", points_ty(1)), share("0.25"), 2)),
        ],
        2,
    ));
    let grade_ty = Ty::present(TyKind::Member(Ref::own("风险等级")));
    vec![
        decl(
            "处罚数",
            DeclKind::Value,
            count_ty(),
            version(10, Content::Formula(expr(count_ty(), count))),
        ),
        dimension("静态风险", 12, static_bounds, points_ty(1)),
        dimension("动态风险", 13, dynamic_bounds, points_ty(4)),
        indicator("场所面积", "静态风险", false, 1, version(20, by_area())),
        indicator("大场所", "静态风险", true, 0, version(24, large())),
        indicator("处罚程度", "动态风险", false, 4, degrees()),
        indicator("最重处罚", "动态风险", false, 1, version(40, heaviest())),
        indicator("清单", "动态风险", false, 1, version(50, checklist())),
        indicator("公式分", "动态风险", false, 1, version(60, formula())),
        decl("总分", DeclKind::Total, points_ty(2), version(1, Content::Parts)),
        decl("综合分", DeclKind::Merge, points_ty(2), version(65, merged)),
        decl(
            "信用风险",
            DeclKind::Classify { grade: Ref::own("风险等级") },
            grade_ty,
            version(70, cut_offs()),
        ),
    ]
}

fn cut_offs() -> Content {
    let ty = points_ty(0);
    let member = |at: u16| {
        expr(Ty::present(TyKind::Member(Ref::own("风险等级"))), Node::Const(Value::Member(at)))
    };
    Content::Table(Table {
        mode: Mode::First,
        columns: vec![decl_of("总分", points_ty(2))],
        rows: vec![
            row(cell(range(None, Some((5, false)), &ty)), member(0), "不满 5：A"),
            row(
                cell(range(Some((5, true)), Some((15, false)), &ty)),
                member(1),
                "5 以上不满 15：B",
            ),
            row(
                cell(range(Some((15, true)), Some((30, false)), &ty)),
                member(2),
                "15 以上不满 30：C",
            ),
            row(cell(range(Some((30, true)), None, &ty)), member(3), "30 以上：D"),
        ],
    })
}

fn decides() -> Vec<Decide> {
    let decide = |name: &str, effect: DecideEffect, condition: Expr, text: &str| {
        let content = Content::Condition(Condition {
            mode: ConditionMode::One,
            parts: vec![condition],
            texts: vec![text.to_owned()],
            origin: origin(81),
        });
        let reason = Some(Template {
            parts: vec![TemplatePart::Text(format!("{name}的缘由"))],
            origin: origin(82),
        });
        let version = Version { reason, ..version(80, content) };
        Decide {
            id: Id::from(name),
            name: Id::from(name),
            title: None,
            target: Ref::own("信用风险"),
            first: false,
            adds_up: false,
            versions: vec![(effect, version)],
        }
    };
    let many = compare(penalty_count(), CompareOp::GreaterOrEqual, whole(3, count_ty()));
    let none = compare(penalty_count(), CompareOp::Equal, whole(0, count_ty()));
    vec![
        decide(
            "吊销许可",
            DecideEffect::Set(3),
            any(is_kind(2)),
            "存在(行政处罚 其中 种类 = 吊销许可)",
        ),
        decide("屡次违法", DecideEffect::Raise { by: 1, limit: Some(3) }, many, "处罚数 ≥ 3"),
        decide("没有处罚", DecideEffect::Lower { by: 1, limit: Some(0) }, none, "处罚数 = 0"),
    ]
}

/// The rule sets of `tests/explain`, checked, with the number of the one in the folder `root`.
pub(crate) fn from_text(root: &str) -> (Program, usize) {
    const FILES: [(&str, &str); 4] = [
        ("data/data.heng", include_str!("data/data.heng")),
        ("general/general.heng", include_str!("general/general.heng")),
        ("food/food.heng", include_str!("food/food.heng")),
        ("city/city.heng", include_str!("city/city.heng")),
    ];
    let world = FILES.iter().fold(MemoryWorld::default(), |it, (path, text)| it.with(path, text));
    let checked = check(&world, &[root.to_owned()], &LinkTable::new());
    let problems: Vec<String> = checked
        .diagnostics
        .iter()
        .map(|it| {
            let (path, line, column) = checked.sources.place(it.primary.span);
            format!("{path}:{line}:{column}: {}", it.message(heng_dsl::diag::Lang::Zh))
        })
        .collect();
    // Warnings are welcome: the sets show every way to score, not good rules.
    assert!(checked.linked.is_some(), "{}", problems.join("\n"));
    let linked = checked.linked.expect("it is linked");
    let package = linked.packages.len() - 1;
    (Program::new(linked).expect("no circle"), package)
}
