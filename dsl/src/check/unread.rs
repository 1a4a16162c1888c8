//! Local sets of records (取 … = 记录 其中 …) that nothing reads.
//!
//! The model has such a set written out wherever it is read, so that only the text shows whether its name
//! stands anywhere behind its own line. A name that stands there in another meaning counts as read.

use super::unit::Unit;
use crate::diag::{Code, Diagnostic, Words};
use crate::model::{Let, RuleSet, Version};
use crate::syntax::ast::{self, LineKind, Name};

/// Reports the local sets of a package that are not read.
pub(super) fn check(unit: &Unit<'_>, set: &RuleSet) {
    if unit.has_errors() || unit.lost_something() {
        return;
    }
    for decl in unit.package.decls().filter(|it| it.kind != ast::DeclKind::Amend) {
        for line in &decl.lines {
            let LineKind::Let(name, _) = &line.kind else { continue };
            if !is_value(set, decl, name) && !is_read(unit, decl, name) {
                let what = Words::both("本条里的记录", "local set of records");
                let problem = Diagnostic::new(Code::E0460, name.span);
                unit.report(problem.arg("name", name.text.clone()).arg("what", what));
            }
        }
    }
}

/// Is it a value, which the model has by its name, and no set of records?
fn is_value(set: &RuleSet, decl: &ast::Decl, name: &Name) -> bool {
    let local = |lets: &[Let]| lets.iter().any(|it| *it.name == *name.text);
    let version = |it: &Version| local(&it.lets);
    let is = |other: &str| other == decl.name.text;
    match decl.kind {
        ast::DeclKind::Decide => {
            let mut own = set.decides.iter().filter(|it| is(&it.name));
            own.any(|it| it.versions.iter().any(|it| version(&it.1)))
        }
        ast::DeclKind::Check => {
            set.checks.iter().filter(|it| is(&it.name)).any(|it| local(&it.lets))
        }
        _ => {
            let mut own = set.decls.iter().filter(|it| is(&it.name));
            own.any(|it| it.versions.iter().any(version))
        }
    }
}

/// Does the name stand in the declaration once more than where it is given?
fn is_read(unit: &Unit<'_>, decl: &ast::Decl, name: &Name) -> bool {
    let part = |it: char| it.is_alphanumeric() || it == '_';
    let text = unit.sources.text(decl.span);
    let times = text.split(|it| !part(it)).filter(|it| *it == name.text).count();
    times > 1 || !name.text.chars().all(part)
}
