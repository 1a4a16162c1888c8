//! What is worth trying next: each command that a newcomer meets ends with it.

use heng_dsl::diag::Lang;
use heng_dsl::model::{Content, Decl, DeclKind, Node, Unit};
use heng_dsl::value::{Decimal, Value};
use heng_engine::explain::Said;
use heng_engine::projection::Projection;
use heng_engine::show;
use serde::Serialize;

use super::prepare::Ready;
use crate::lang::pick;
use crate::table::Rows;

/// A command to try.
#[derive(Debug, Serialize)]
pub(super) struct Next {
    /// As it is typed.
    pub(super) command: String,
    /// What it shows.
    pub(super) what: Said,
}

impl Next {
    pub(super) fn new(command: &str, zh: &str, en: &str) -> Self {
        Self { command: command.to_owned(), what: Said::both(zh, en) }
    }
}

/// The commands under a heading; nothing where there is none.
pub(super) fn text(next: &[Next], lang: Lang) -> String {
    if next.is_empty() {
        return String::new();
    }
    let mut rows = Rows::plain();
    for it in next {
        rows.push([it.command.clone(), it.what.of(lang).to_owned()]);
    }
    format!("{}\n{}", pick(lang, "接下来可以试：", "to try next:"), rows.text())
}

/// The classification that is asked for first, by slot.
pub(super) fn grade(ready: &Ready) -> Option<usize> {
    let linked = ready.program.linked();
    ready.program.shown_decls().find(|it| {
        let asked = ready.roots.contains(&linked.package_of(*it));
        asked && matches!(linked.decl(*it).kind, DeclKind::Classify { .. })
    })
}

/// The first household that has the riskiest grade that occurs.
pub(super) struct Riskiest {
    slot: usize,
    key: String,
    grade: u16,
}

impl Riskiest {
    /// That of a classification, by slot.
    pub(super) fn of(slot: usize, all: &Projection) -> Option<Self> {
        let grade = |it: usize| match all.value(0, Some(it)) {
            Some(Value::Member(at)) => Some(*at),
            _ => None,
        };
        let worst = (0..all.len()).filter_map(grade).max()?;
        let first = (0..all.len()).find(|it| grade(*it) == Some(worst))?;
        Some(Self { slot, key: all.key(first).to_owned(), grade: worst })
    }
}

/// Why a household has the riskiest grade.
pub(super) fn explain(ready: &Ready, riskiest: &Riskiest) -> Next {
    let linked = ready.program.linked();
    let decl = linked.decl(riskiest.slot);
    let shown = show::value(linked, &Value::Member(riskiest.grade), &decl.ty, Lang::Zh);
    Next {
        command: format!("heng explain {}", riskiest.key),
        what: Said::both(
            format!("这一户的{}为什么是{shown}，怎样可以变好", decl.name),
            format!("why {} of this household is {shown}, and what would improve it", decl.name),
        ),
    }
}

/// An edit to try: a parameter with another value.
pub(super) fn attempt(ready: &Ready) -> Option<Next> {
    let mut params = ready.packages().flat_map(|it| &it.decls);
    params.find_map(|it| changed(it, ready)).map(|(name, value)| Next {
        command: format!("heng try \"参数 {name} = {value}\""),
        what: Said::both(
            "试改一处，不存盘：哪些户会变，因为什么",
            "an edit that is not saved: whom it moves, and why",
        ),
    })
}

/// A period that is half as long again.
fn changed(decl: &Decl, ready: &Ready) -> Option<(String, String)> {
    let (DeclKind::Param, [version]) = (&decl.kind, decl.versions.as_slice()) else { return None };
    let Content::Formula(expr) = &version.content else { return None };
    let Node::Const(Value::Number(number)) = &expr.node else { return None };
    if decl.ty.as_number()?.unit != Unit::Months {
        return None;
    }
    let more = number.checked_mul(Decimal::new(15, 1)?, 0)?;
    let value = show::value(ready.program.linked(), &Value::Number(more), &decl.ty, Lang::Zh);
    Some((decl.name.to_string(), value))
}
