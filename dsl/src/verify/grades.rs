//! Grades: matrices and direct determinations.

use super::reach::Reach;
use super::table::View;
use super::{Finding, Findings, NodePath, Owner, Part, TableAt};
use crate::diag::Code;
use crate::model::linked::Linked;
use crate::model::{Content, Decide, DecideEffect, Decl, DeclKind, Matrix, Version};

/// Looks at the grades that one version of a declaration gives.
pub(super) fn check(
    decl: &Decl,
    version: &Version,
    path: &NodePath,
    views: &[View<'_>],
    out: &mut Findings,
) {
    let Some(view) = views.first() else { return };
    if let Content::Matrix(it) = &version.content {
        matrix(decl, it, path, view.reach.linked, out);
    }
}

/// A matrix has a cell for every pair of members, 缺失 last.
fn matrix(decl: &Decl, matrix: &Matrix, path: &NodePath, linked: &Linked, out: &mut Findings) {
    let members = |it: &crate::model::Ref| linked.enumeration(it.slot.index()).members.len();
    let (rows, columns) = (members(&matrix.row_grade) + 1, members(&matrix.column_grade) + 1);
    if matrix.cells.len() != rows || matrix.cells.iter().any(|it| it.len() != columns) {
        let finding = Finding::new(Code::E0432, path.with(Part::Table(TableAt::Content)));
        out.push(finding.arg("rows", rows.to_string()).arg("columns", columns.to_string()));
    }
    let DeclKind::Overlay { grade } = &decl.kind else { return };
    let most = members(grade);
    for (row, cells) in matrix.cells.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            if let Some(member) = cell.filter(|it| usize::from(*it) >= most) {
                let at = path.with(Part::MatrixCell(row, column));
                out.push(Finding::new(Code::E0433, at).arg("member", (member + 1).to_string()));
            }
        }
    }
}

/// Direct determinations give members that exist.
pub(super) fn decide(decide: &Decide, reach: &Reach<'_>, out: &mut Findings) {
    let owner = Owner::Decide(decide.id.clone());
    for (number, (effect, _)) in decide.versions.iter().enumerate() {
        let at = NodePath::new(owner.clone(), number, Part::Header);
        if let Some(member) = foreign(decide, effect, reach.linked) {
            out.push(Finding::new(Code::E0433, at.clone()).arg("member", (member + 1).to_string()));
        }
    }
}

/// A member that the grade of the target does not have.
fn foreign(decide: &Decide, effect: &DecideEffect, linked: &Linked) -> Option<u16> {
    let DeclKind::Classify { grade } = &linked.decl(decide.target.slot.index()).kind else {
        return None;
    };
    let count = linked.enumeration(grade.slot.index()).members.len();
    let named = match effect {
        DecideEffect::Set(it) => Some(*it),
        DecideEffect::Raise { limit, .. } | DecideEffect::Lower { limit, .. } => *limit,
    };
    named.filter(|it| usize::from(*it) >= count)
}
