//! A small data standard and a few results, put together by hand: a household with every type of
//! field, a table with a key, a table without one, a second package that adds a field.

use heng_dsl::model::linked::{LinkTable, Linked};
use heng_dsl::model::{
    Check, CheckLevel, CheckScope, Decl, DeclKind, EnumMember, EnumType, Expr, Field, Id, Later,
    Legal, Lines, MeasureColumn, Node, NumberTy, Origin, RecordTable, Ref, Responsibility, RuleSet,
    Subject, Ty, TyKind, Unit, Use,
};
use heng_dsl::value::{Decimal, Period, Value};

/// The linked packages `规范` and `食品`.
pub(crate) fn linked() -> Linked {
    Linked::link(vec![standard(), food()], LinkTable::new())
        .expect("the model is well put together")
}

fn standard() -> RuleSet {
    let mut set = package("规范");
    set.enums = vec![
        members("经营状态", &["存续", "注销"], false),
        members("程度", &["轻微", "严重"], true),
        members("风险等级", &["A", "B", "C", "D"], true),
    ];
    set.subject = Some(households());
    set.tables = vec![penalties(), inspections()];
    set.decls = results();
    set.checks = vec![
        check("联系电话应有", CheckScope::Household, CheckLevel::Warning, None),
        check(
            "修复不早于决定",
            CheckScope::Records(Ref::own("penalty")),
            CheckLevel::Error,
            Some("法制处"),
        ),
        check("检查应有", CheckScope::Table(Ref::own("检查")), CheckLevel::Note, None),
    ];
    set
}

fn check(name: &str, scope: CheckScope, level: CheckLevel, owner: Option<&str>) -> Check {
    let owned_by = owner.map(str::to_owned);
    Check {
        id: Id::from(name),
        name: Id::from(name),
        title: None,
        legal: Legal::default(),
        scope,
        level,
        applies: None,
        lets: Vec::new(),
        require: Expr { ty: Ty::bool(), node: Node::Const(Value::Bool(true)) },
        responsibility: Responsibility { owned_by, ..Responsibility::default() },
        origin: Origin::default(),
    }
}

fn households() -> Subject {
    Subject {
        id: Id::from("个体工商户"),
        name: Id::from("个体工商户"),
        more: false,
        since: Some(Id::from("成立日期")),
        responsibility: responsible("登记系统", "登记处"),
        legal: Legal::default(),
        fields: vec![
            Field {
                key: true,
                column: Some("uni_social_crd_cd".to_owned()),
                ..field("统一社会信用代码", TyKind::Text)
            },
            field("名称", TyKind::Text),
            Field { sensitive: true, ..field("经营者", TyKind::Text) },
            Field { sensitive: true, ..optional(field("联系电话", TyKind::Text)) },
            Field {
                column: Some("reg_state".to_owned()), ..field("状态", member("经营状态"))
            },
            field("成立日期", TyKind::Date),
            Field {
                id: Id::from("area"),
                ..optional(field("面积", number(Unit::Count(Some("平方米".to_owned())), 0)))
            },
            Field { scale: 4, ..optional(field("资金", number(Unit::Money, 2))) },
            Field { signed: true, ..optional(field("增长率", number(Unit::Ratio, 4))) },
            Field { default: Some(Value::Bool(false)), ..field("线上", TyKind::Bool) },
            Field { sensitive: true, ..optional(field("营业额", number(Unit::Money, 2))) },
        ],
    }
}

fn results() -> Vec<Decl> {
    vec![
        decl(
            "信用风险",
            "risk",
            DeclKind::Classify { grade: Ref::own("风险等级") },
            member("风险等级"),
        ),
        decl("总分", "总分", DeclKind::Total, number(Unit::Points, 2)),
        decl(
            "面积分",
            "面积分",
            DeclKind::Indicator { dimension: None, fused: false, deduct: false },
            number(Unit::Points, 0),
        ),
        decl("线上经营", "online", DeclKind::Tag { class: None }, TyKind::Bool),
        decl("最近处罚", "最近处罚", DeclKind::Value, TyKind::Date),
        decl("称呼", "称呼", DeclKind::Tag { class: None }, TyKind::Text),
        decl(
            "抽查",
            "plan",
            DeclKind::Measure {
                columns: vec![
                    MeasureColumn {
                        name: Id::from("比例"),
                        ty: Ty::present(number(Unit::Ratio, 4)),
                    },
                    MeasureColumn { name: Id::from("频次"), ty: Ty::present(TyKind::Frequency) },
                ],
            },
            TyKind::Bool,
        ),
    ]
}

fn food() -> RuleSet {
    let mut set = package("食品");
    set.uses = vec![Use { package: Id::from("规范"), pinned: None, extends: false }];
    set.subject = Some(Subject {
        id: Id::from("个体工商户"),
        name: Id::from("个体工商户"),
        more: true,
        since: None,
        responsibility: Responsibility::default(),
        legal: Legal::default(),
        fields: vec![optional(field("业态", TyKind::Text))],
    });
    set.decls = vec![decl("食品风险", "food_risk", DeclKind::Merge, number(Unit::Points, 1))];
    set
}

fn penalties() -> RecordTable {
    let amount =
        Expr { ty: Ty::number(Unit::Money, 2), node: Node::Const(Value::Number(Decimal::ZERO)) };
    RecordTable {
        id: Id::from("penalty"),
        name: Id::from("行政处罚"),
        order: vec![Id::from("决定日期"), Id::from("程度")],
        replacing: false,
        responsibility: responsible("执法办案系统", "执法稽查处"),
        legal: Legal::default(),
        fields: vec![
            Field { key: true, ..field("文号", TyKind::Text) },
            field("决定日期", TyKind::Date),
            field("程度", member("程度")),
            Field {
                default: Some(Value::Number(Decimal::ZERO)),
                ..field("罚款", number(Unit::Money, 2))
            },
            Field {
                later: Some(Later::Date(Id::from("修复"))),
                ..optional(field("修复日期", TyKind::Date))
            },
            Field { derived: Some(amount), ..field("罚没", number(Unit::Money, 2)) },
        ],
    }
}

fn inspections() -> RecordTable {
    RecordTable {
        id: Id::from("检查"),
        name: Id::from("检查"),
        order: vec![Id::from("检查日期")],
        replacing: true,
        responsibility: responsible("双随机系统", "信用监管处"),
        legal: Legal::default(),
        fields: vec![field("检查日期", TyKind::Date), field("合格", TyKind::Bool)],
    }
}

fn package(id: &str) -> RuleSet {
    RuleSet {
        id: Id::from(id),
        title: None,
        version: Id::from("1"),
        effective: Period::ALWAYS,
        legal: Legal::default(),
        applies: None,
        uses: Vec::new(),
        enums: Vec::new(),
        codes: Vec::new(),
        subject: None,
        tables: Vec::new(),
        decls: Vec::new(),
        decides: Vec::new(),
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

fn decl(name: &str, id: &str, kind: DeclKind, ty: TyKind) -> Decl {
    Decl {
        id: Id::from(id),
        name: Id::from(name),
        title: None,
        kind,
        ty: Ty::present(ty),
        versions: Vec::new(),
    }
}

fn members(name: &str, of: &[&str], ordered: bool) -> EnumType {
    let members = of.iter().map(|it| EnumMember { name: Id::from(*it), label: None, colour: None });
    EnumType {
        id: Id::from(name),
        name: Id::from(name),
        ordered,
        legal: Legal::default(),
        members: members.collect(),
    }
}

fn member(of: &str) -> TyKind {
    TyKind::Member(Ref::own(of))
}

fn number(unit: Unit, places: u8) -> TyKind {
    TyKind::Number(NumberTy { unit, places })
}

fn responsible(source: &str, owner: &str) -> Responsibility {
    Responsibility {
        source: Some(source.to_owned()),
        owned_by: Some(owner.to_owned()),
        ..Responsibility::default()
    }
}

fn optional(field: Field) -> Field {
    Field { ty: field.ty.or_missing(true), ..field }
}

fn field(name: &str, kind: TyKind) -> Field {
    Field {
        id: Id::from(name),
        name: Id::from(name),
        ty: Ty::present(kind),
        column: None,
        scale: 0,
        key: false,
        sensitive: false,
        signed: false,
        later: None,
        default: None,
        derived: None,
        origin: Origin::default(),
    }
}
