//! After all amendments: did each find what it amends, and does what reads it still fit?

use std::collections::BTreeMap;

use super::amend::{because, is_about, is_disabled, span};
use super::replaced;
use super::unit::Unit;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::normal::normal;
use crate::model::walk::{self, Visitor};
use crate::model::{Decl, Expr, Legal, Node, Ref, RuleSet, TemplatePart, Version};
use crate::syntax::ast::{self, LineKind};

/// Reports amendments that amend nothing, and inherits what has no name to be read by.
pub(super) fn finish(unit: &Unit<'_>, set: &mut RuleSet) {
    for decl in unit.package.decls() {
        if !matches!(decl.kind, ast::DeclKind::Amend | ast::DeclKind::Disable) {
            continue;
        }
        let lacks_reason = because(decl).is_none_or(|it| it.is_empty());
        if lacks_reason && !decl.broken && !unit.package.in_place {
            unit.report(Diagnostic::new(Code::E0608, decl.name.span));
        }
        match unit.base {
            None if unit.package.uses.iter().any(|it| it.extends) => {}
            None => unit.report(Diagnostic::new(Code::E0606, decl.name.span)),
            Some(base) if !exists(unit, base, decl) && !unit.base_may_have(&decl.name.text) => {
                let names: Vec<String> = base
                    .decls
                    .iter()
                    .map(|it| it.name.to_string())
                    .chain(base.decides.iter().map(|it| it.name.to_string()))
                    .collect();
                let mut problem = Diagnostic::new(Code::E0605, decl.name.span)
                    .arg("name", decl.name.text.clone())
                    .arg("base", base.id.to_string());
                if let Some(near) =
                    crate::near::nearest(&decl.name.text, names.iter().map(String::as_str))
                {
                    let title =
                        Words::both(format!("改为“{near}”"), format!("change it to “{near}”"));
                    problem = problem.fix(title, decl.name.span, near);
                }
                unit.report(problem);
            }
            Some(_) => {}
        }
    }
    if let (Some(base), false) = (unit.base, unit.package.in_place || unit.has_errors()) {
        changes(unit, base, set);
        let said = replaced::check(unit.sources, &set.quoted, base, unit.package.span());
        said.into_iter().for_each(|it| unit.report(it));
    }
    if let Some(base) = unit.base {
        let actions =
            base.actions.iter().filter(|it| !is_disabled(unit, ast::DeclKind::Action, &it.name));
        set.actions.splice(0..0, actions.cloned());
        exact_enough(unit, set);
    }
}

/// Amendments that change nothing, and those of something that was amended before.
fn changes(unit: &Unit<'_>, base: &RuleSet, set: &RuleSet) {
    let mut seen: BTreeMap<(Option<ast::DeclKind>, &str), Vec<&ast::Decl>> = BTreeMap::new();
    for decl in unit.package.decls().filter(|it| it.kind == ast::DeclKind::Amend && !it.broken) {
        seen.entry((decl.target, decl.name.text.as_str())).or_default().push(decl);
    }
    for ((target, name), amendments) in seen {
        let Some(first) = amendments.first() else { continue };
        for (at, again) in amendments.iter().enumerate() {
            let parts = written(unit, again);
            let before = amendments[..at]
                .iter()
                .find(|it| written(unit, it).iter().any(|it| parts.contains(it)));
            if let Some(before) = before.filter(|_| target != Some(ast::DeclKind::Codes)) {
                let problem = Diagnostic::new(Code::E0631, again.name.span);
                let first = Words::both("前一次", "the first one");
                unit.report(problem.arg("name", name.to_owned()).related(before.name.span, first));
            }
        }
        let (Some(old), Some(new)) = (part(base, target, name), part(set, target, name)) else {
            continue;
        };
        let understood = !unit.has_errors() && !unit.lost_something();
        if understood && says(&old) == says(&new) && normal(&old) == normal(&new) {
            let problem = Diagnostic::new(Code::E0630, first.name.span);
            unit.report(problem.arg("name", name.to_owned()).arg("base", base.id.to_string()));
        }
    }
}

/// The parts that an amendment writes; a row or a cell by its own key.
fn written(unit: &Unit<'_>, amendment: &ast::Decl) -> Vec<String> {
    use LineKind as L;
    let lines = amendment.lines.iter().filter_map(|it| match &it.kind {
        L::Row(edit) => match &edit.at {
            ast::RowAt::Number(number, _) => Some(format!("第{number}行")),
            ast::RowAt::Key(_) => {
                let text = unit.text(edit.span);
                let key = text.split(['=', '＝', '：', ':']).next();
                key.map(|it| it.split_whitespace().collect())
            }
        },
        L::Score { .. } | L::Def(_) | L::When(_) | L::Require(_) => Some("内容".to_owned()),
        L::Text(ast::TextWord::Reason, _) => Some("缘由".to_owned()),
        L::Let(name, _) => Some(format!("取 {}", name.text)),
        L::Applies(_) => Some("适用".to_owned()),
        L::Admit(_) => Some("入选".to_owned()),
        L::Remove(_) => Some("移出".to_owned()),
        L::Quota { .. } => Some("名额".to_owned()),
        L::Effect(_) => Some("定级".to_owned()),
        _ => None,
    });
    let bounds = amendment.attrs.iter().filter_map(|it| match &it.kind {
        ast::AttrKind::Bound(word, _) => Some(format!("{word:?}")),
        _ => None,
    });
    lines.chain(bounds).collect()
}

/// Do both say the same of what is called so, in what it means and in what is shown of it? Also where
/// neither has it.
pub(crate) fn agree(a: &RuleSet, b: &RuleSet, target: Option<ast::DeclKind>, name: &str) -> bool {
    match (part(a, target, name), part(b, target, name)) {
        (None, None) => true,
        (Some(a), Some(b)) => says(&a) == says(&b) && normal(&a) == normal(&b),
        _ => false,
    }
}

/// What is called so, as a package of its own.
pub(crate) fn part(set: &RuleSet, target: Option<ast::DeclKind>, name: &str) -> Option<RuleSet> {
    use ast::DeclKind as K;
    let is = |id: &str, other: &str| id == name || other == name;
    let mut out = RuleSet::empty("".into(), "".into());
    match target? {
        K::Decide => {
            out.decides.extend(set.decides.iter().find(|it| is(&it.id, &it.name)).cloned());
        }
        K::Check => out.checks.extend(set.checks.iter().find(|it| is(&it.id, &it.name)).cloned()),
        K::Action => {
            out.actions.extend(set.actions.iter().find(|it| is(&it.id, &it.name)).cloned());
        }
        K::Codes => return None,
        _ => out.decls.extend(set.decls.iter().find(|it| is(&it.id, &it.name)).cloned()),
    }
    let found = out.decls.len() + out.decides.len() + out.checks.len() + out.actions.len();
    (found > 0).then_some(out)
}

/// What is shown of something and is no part of its meaning.
#[derive(PartialEq)]
struct Shown {
    title: Option<String>,
    legal: Vec<Legal>,
    reasons: Vec<Vec<TemplatePart>>,
}

impl Shown {
    fn of<'v>(title: Option<&String>, versions: impl Iterator<Item = &'v Version>) -> Self {
        let mut out = Self { title: title.cloned(), legal: Vec::new(), reasons: Vec::new() };
        for it in versions {
            out.legal.push(it.legal.clone());
            out.reasons.extend(it.reason.as_ref().map(|it| it.parts.clone()));
        }
        out
    }
}

/// Titles, bases and reasons.
fn says(set: &RuleSet) -> Vec<Shown> {
    let decls = set.decls.iter().map(|it| Shown::of(it.title.as_ref(), it.versions.iter()));
    let decides = set.decides.iter();
    let decides =
        decides.map(|it| Shown::of(it.title.as_ref(), it.versions.iter().map(|it| &it.1)));
    let checks = set.checks.iter().map(|it| Shown {
        title: it.title.clone(),
        legal: vec![it.legal.clone()],
        reasons: Vec::new(),
    });
    decls.chain(decides).chain(checks).collect()
}

fn exists(unit: &Unit<'_>, base: &RuleSet, decl: &ast::Decl) -> bool {
    use ast::DeclKind as K;
    let name = decl.name.text.as_str();
    let is = |id: &str, other: &str| id == name || other == name;
    match decl.target {
        Some(K::Decide) => base.decides.iter().any(|it| is(&it.id, &it.name)),
        Some(K::Check) => base.checks.iter().any(|it| is(&it.id, &it.name)),
        Some(K::Action) => base.actions.iter().any(|it| is(&it.id, &it.name)),
        Some(K::Codes) => {
            let seen = std::iter::once(base).chain(unit.imports.iter().map(|it| it.set));
            seen.flat_map(|it| &it.codes).any(|it| is(&it.id, &it.name))
        }
        _ => base.decls.iter().any(|it| is_about(decl, it)),
    }
}

/// A base expression may not read an amended value with more places than it was written for.
fn exact_enough(unit: &Unit<'_>, set: &RuleSet) {
    struct Reads<'u, 'a> {
        unit: &'u Unit<'a>,
        decls: &'u BTreeMap<&'u str, &'u Decl>,
        from: String,
    }
    impl Visitor for Reads<'_, '_> {
        fn reference(&mut self, _: walk::RefKind, _: &Ref, _: bool) {}
        fn expr(&mut self, expr: &Expr) {
            let Node::Decl(it) = &expr.node else { return };
            let own = it.package.is_none().then(|| self.decls.get(it.id.as_ref())).flatten();
            let Some(decl) = own else { return };
            let (Some(now), Some(then)) = (decl.ty.as_number(), expr.ty.as_number()) else {
                return;
            };
            if now.places > then.places {
                let amended = self
                    .unit
                    .package
                    .decls()
                    .find(|it| it.kind == ast::DeclKind::Amend && is_about(it, decl));
                let place = amended.map_or_else(|| span(self.unit), |it| it.name.span);
                self.unit.report(
                    Diagnostic::new(Code::E0618, place)
                        .arg("name", decl.name.to_string())
                        .arg("reader", self.from.clone())
                        .arg("old", then.places.to_string())
                        .arg("new", now.places.to_string()),
                );
            }
        }
    }
    let decls = set.decls.iter().map(|it| (it.id.as_ref(), it)).collect();
    for decl in &set.decls {
        let mut reads = Reads { unit, decls: &decls, from: decl.name.to_string() };
        walk::decl(decl, &mut reads);
    }
}
