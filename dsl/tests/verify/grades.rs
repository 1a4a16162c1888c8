//! Matrices and direct determinations.

use heng_dsl::model::*;

use crate::support::*;

fn graded() -> RuleSet {
    let mut set = package();
    set.subject = Some(subject(vec![field("次数", count("次"))]));
    set.enums = vec![enumeration("等级", true, &["A", "B"])];
    let ty = count("次");
    let rows = vec![
        row([band(&ty, "[0,3]")], "3 以下", member("等级", 0)),
        row([band(&ty, "[4,]")], "4 以上", member("等级", 1)),
    ];
    let kind = DeclKind::Classify { grade: Ref::own("等级") };
    let content = banded(of_field("次数", ty), rows);
    set.decls = vec![decl("风险", kind, member_ty("等级"), vec![version(content)])];
    set
}

fn overlay(cells: Vec<Vec<Option<u16>>>) -> RuleSet {
    let mut set = graded();
    let matrix = Matrix {
        rows: Ref::own("风险"),
        row_grade: Ref::own("等级"),
        columns: Ref::own("风险"),
        column_grade: Ref::own("等级"),
        origins: cells.iter().map(|_| Origin::default()).collect(),
        cells,
        mode: None,
    };
    let kind = DeclKind::Overlay { grade: Ref::own("等级") };
    set.decls.push(decl("监管", kind, member_ty("等级"), vec![version(Content::Matrix(matrix))]));
    set
}

#[test]
fn a_matrix_has_a_cell_for_every_pair_and_for_what_is_missing() {
    let (a, b) = (Some(0), Some(1));
    assert!(said(overlay(vec![vec![a, b, a], vec![b, b, b], vec![a, b, None]])).is_empty());
    let found = said(overlay(vec![vec![a, b], vec![b, b]]));
    assert_eq!(found, ["E0432 矩阵应当有 3 行 3 列（最后是“缺失”），现在不是"]);
    let found = said(overlay(vec![vec![a, b, a], vec![b, Some(2), b], vec![a, b, None]]));
    assert_eq!(found, ["E0433 等级没有第 3 级"]);
}

fn at_least(number: &str) -> Expr {
    let ty = count("次");
    compare(CompareOp::GreaterOrEqual, of_field("次数", ty.clone()), num(ty, number))
}

fn decide(id: &str, to: u16, parts: Vec<Expr>) -> Decide {
    let content = Content::Condition(condition(ConditionMode::Any, parts));
    Decide {
        id: id.into(),
        name: id.into(),
        title: None,
        target: Ref::own("风险"),
        first: false,
        adds_up: false,
        versions: vec![(DecideEffect::Set(to), version(content))],
    }
}

#[test]
fn a_determination_that_another_always_beats_is_pointed_out() {
    let make = |first: Decide, second: Decide| {
        let mut set = graded();
        set.decides = vec![first, second];
        set
    };
    let narrow = decide("窄", 0, vec![at_least("9")]);
    let wide = decide("宽", 1, vec![at_least("5"), at_least("7")]);
    // Of 宽 the second condition adds nothing, which is reported for itself.
    assert_eq!(codes(make(narrow.clone(), wide.clone())), ["E0452", "E0434"]);
    let wide = decide("宽", 1, vec![at_least("5")]);
    let found = said(make(narrow.clone(), wide.clone()));
    assert_eq!(found, ["E0434 “窄”不起作用：凡是符合它的，“宽”都定为同样或更高的等级"]);
    let mut privileged = narrow.clone();
    privileged.first = true;
    assert!(said(make(privileged, wide)).is_empty());
    assert!(said(make(narrow, decide("宽", 1, vec![at_least("10")]))).is_empty());
    let foreign = decide("错", 4, vec![at_least("10")]);
    assert_eq!(codes(make(foreign, decide("宽", 1, vec![at_least("5")]))), ["E0433"]);
}

#[test]
fn the_same_condition_twice_is_pointed_out() {
    let mut set = graded();
    set.decides = vec![decide("甲", 1, vec![at_least("9"), at_least("9")])];
    assert_eq!(codes(set.clone()), ["E0409"]);
    set.decides = vec![decide("甲", 1, vec![at_least("9"), at_least("8")])];
    assert_eq!(codes(set), ["E0452"]);
}

#[test]
fn every_combination_of_an_overlay_is_tried() {
    let (a, b) = (Some(0), Some(1));
    let plain = overlay(vec![vec![a, b, a], vec![b, b, b], vec![a, b, None]]);
    assert!(said(plain.clone()).is_empty());
    let lowered = overlay(vec![vec![a, b, a], vec![a, b, b], vec![a, b, None]]);
    assert_eq!(said(lowered.clone()), ["E0471 风险为 B，因风险为 A，结果减轻为 A"]);
    let reversed = overlay(vec![vec![b, b, a], vec![a, b, b], vec![a, b, None]]);
    assert_eq!(
        said(reversed.clone()),
        [
            "E0470 倒挂：风险为 A时，风险为 B 只得 A，为 A 反得 B",
            "E0471 风险为 B，因风险为 A，结果减轻为 A"
        ]
    );
    let accept = |mut set: RuleSet, all: &[Accepted]| {
        let each = all.iter().map(|what| Acceptance {
            what: *what,
            because: "示例".into(),
            origin: Origin::default(),
        });
        set.decls[1].versions[0].accepted = each.collect();
        set
    };
    assert!(said(accept(lowered, &[Accepted::Lowering])).is_empty());
    assert!(said(accept(reversed, &[Accepted::Lowering, Accepted::Reversal])).is_empty());
    let needless = said(accept(plain, &[Accepted::Reversal]));
    assert_eq!(needless, ["E0472 “容许 倒挂”没有用处：这里没有这种情形"]);
}
