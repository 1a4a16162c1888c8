//! 叠加, by trying every combination of the grades that come together.
//!
//! Of each side two things are asked: can a riskier grade give a better result (倒挂), and can the other
//! side lower what the riskiest grade gives (减轻)? Either may be meant; then the overlay says so, with
//! the reason, and saying so without need is pointed out, too.
//!
//! A matrix lists its combinations. Tables and formulas are tried out ([`tried`]) where they read nothing
//! but grades, enumerations and yes or no; of what reads numbers or dates nothing is said.

mod tried;

use super::table::View;
use super::{Assignment, Finding, Findings, NodePath, Part, TableAt, example, show};
use crate::diag::{Code, Words};
use crate::model::linked::Linked;
use crate::model::{Accepted, Content, Decl, DeclKind, Matrix, Ref, Version};
use crate::value::Value;

/// Combinations of one overlay that are tried.
const MAX_COMBINATIONS: usize = 20_000;

/// A grade that takes part, or something else that decides between results.
struct Side {
    name: Words,
    /// Its members, those of a grade from low to high risk; 缺失 comes behind them.
    members: Vec<Words>,
    /// Is one member riskier than the one before?
    ordered: bool,
    /// Is it the grade that the overlay gives?
    same: bool,
}

/// What every combination gives.
struct Product {
    sides: Vec<Side>,
    /// For each combination the member and the place that gives it; the last side counts fastest.
    results: Vec<Option<(usize, Part)>>,
    /// The members of the resulting grade.
    grades: Vec<Words>,
}

/// Looks at one version of an overlay.
pub(super) fn check(
    (slot, decl): (usize, &Decl),
    version: &Version,
    path: &NodePath,
    views: &[View<'_>],
    out: &mut Findings,
) {
    let (DeclKind::Overlay { grade }, Some(view)) = (&decl.kind, views.first()) else { return };
    let product = match &version.content {
        Content::Matrix(it) => of_matrix(it, grade, view.reach.linked),
        _ => match tried::product(grade, version, view) {
            Err(tried::TooMany) => {
                let why = Words::both("组合太多", "there are too many combinations");
                let at = path.with(Part::Table(TableAt::Content));
                out.push(Finding::new(Code::E0410, at).arg("why", why));
                None
            }
            Ok(it) => it,
        },
    };
    let Some(product) = product else { return };
    let sides = || 0..product.sides.len();
    let accept = |what| version.accepted.iter().position(|it| it.what == what);
    let kinds = [
        (Accepted::Reversal, sides().filter_map(|it| product.reversal(it)).collect::<Vec<_>>()),
        (Accepted::Lowering, sides().filter_map(|it| product.lowering(it)).collect()),
    ];
    for (what, found) in kinds {
        match accept(what) {
            None => found.into_iter().for_each(|it| {
                let finding = Finding::new(it.code, path.with(it.at));
                let finding = finding.shown_by(met(slot, version, &it, view));
                out.push(
                    it.args.into_iter().fold(finding, |it, (name, value)| it.arg(name, value)),
                );
            }),
            Some(at) if found.is_empty() => {
                let words = match what {
                    Accepted::Reversal => Words::both("倒挂", "reversal"),
                    Accepted::Lowering => Words::both("减轻", "lowering"),
                };
                let finding = Finding::new(Code::E0472, path.with(Part::Accepted(at)));
                out.push(finding.arg("what", words));
            }
            Some(_) => {}
        }
    }
}

/// A finding before it has its path.
struct Found {
    code: Code,
    at: Part,
    args: Vec<(&'static str, Words)>,
    /// The combination in which it is to be seen, and the member that this gives.
    point: Vec<usize>,
    gives: usize,
}

/// The grades of a matrix come together so, and the result is that.
fn met(slot: usize, version: &Version, found: &Found, view: &View<'_>) -> Option<Assignment> {
    let (Content::Matrix(matrix), [row, column]) = (&version.content, found.point.as_slice())
    else {
        return None;
    };
    let linked = view.reach.linked;
    let value = |grade: &Ref, member: usize| {
        let members = linked.enumeration(grade.slot.index()).members.len();
        let number = u16::try_from(member).ok()?;
        Some(if member < members { Value::Member(number) } else { Value::Missing })
    };
    let side = |decl: &Ref| example::decl(linked, decl.slot.index());
    let values = vec![
        (side(&matrix.rows), value(&matrix.row_grade, *row)?),
        (side(&matrix.columns), value(&matrix.column_grade, *column)?),
    ];
    let gives = (example::decl(linked, slot), Value::Member(u16::try_from(found.gives).ok()?));
    let shown = values.iter().cloned().chain([gives]).collect();
    Assignment::of(view.reach.period, values, shown)
}

impl Product {
    /// The combination of a number: a member of each side.
    fn point(&self, mut number: usize) -> Vec<usize> {
        let mut point: Vec<usize> = Vec::with_capacity(self.sides.len());
        for side in self.sides.iter().rev() {
            let size = side.members.len() + 1;
            point.push(number % size);
            number /= size;
        }
        point.reverse();
        point
    }

    fn at(&self, point: &[usize]) -> Option<(usize, Part)> {
        let sides = self.sides.iter().zip(point);
        let number = sides.fold(0, |sum, (side, it)| sum * (side.members.len() + 1) + it);
        self.results.get(number).copied().flatten()
    }

    /// The first combination in which a riskier grade of the side gives a better result.
    fn reversal(&self, side: usize) -> Option<Found> {
        self.sides.get(side).filter(|it| it.ordered)?;
        for number in 0..self.results.len() {
            let point = self.point(number);
            let better = *point.get(side)?;
            let Some((high, _)) = self.at(&point) else { continue };
            for worse in better + 1..self.sides.get(side)?.members.len() {
                let mut other = point.clone();
                *other.get_mut(side)? = worse;
                let Some((low, at)) = self.at(&other).filter(|it| it.0 < high) else { continue };
                let of = |member| self.member(side, member);
                let args = vec![
                    ("other", self.others(side, &point)),
                    ("side", self.sides.get(side)?.name.clone()),
                    ("worse", of(worse)),
                    ("better", of(better)),
                    ("low", self.grades.get(low)?.clone()),
                    ("high", self.grades.get(high)?.clone()),
                ];
                return Some(Found { code: Code::E0470, at, args, point: other, gives: low });
            }
        }
        None
    }

    /// The first combination in which the riskiest grade of the side gives less than the riskiest.
    fn lowering(&self, side: usize) -> Option<Found> {
        let own = self.sides.get(side).filter(|it| it.same)?;
        let worst = own.members.len().checked_sub(1)?;
        let top = self.grades.len().checked_sub(1)?;
        for number in 0..self.results.len() {
            let point = self.point(number);
            if point.get(side) != Some(&worst) {
                continue;
            }
            let Some((low, at)) = self.at(&point).filter(|it| it.0 < top) else { continue };
            let args = vec![
                ("side", own.name.clone()),
                ("worst", self.member(side, worst)),
                ("other", self.others(side, &point)),
                ("low", self.grades.get(low)?.clone()),
                ("top", self.grades.get(top)?.clone()),
            ];
            return Some(Found { code: Code::E0471, at, args, point, gives: low });
        }
        None
    }

    fn member(&self, side: usize, member: usize) -> Words {
        let members = self.sides.get(side).map(|it| it.members.as_slice()).unwrap_or_default();
        members.get(member).cloned().unwrap_or_else(|| Words::both("缺失", "missing"))
    }

    /// The members of the other sides, in words.
    fn others(&self, side: usize, point: &[usize]) -> Words {
        let others = self.sides.iter().enumerate().filter(|it| it.0 != side);
        let each = others.map(|(at, it)| {
            let member = self.member(at, point.get(at).copied().unwrap_or_default());
            show::join(&["", "为 ", ""], &["", " is ", ""], &[it.name.clone(), member])
        });
        each.reduce(|a, b| show::join(&["", "、", ""], &["", " and ", ""], &[a, b]))
            .unwrap_or_default()
    }
}

/// The members of a grade, if it has an order of risk.
fn members(linked: &Linked, grade: &Ref) -> Option<Vec<Words>> {
    let grade = linked.enumeration(grade.slot.index());
    let names = grade.members.iter().map(|it| Words::from(it.name.to_string()));
    grade.ordered.then(|| names.collect())
}

fn of_matrix(matrix: &Matrix, grade: &Ref, linked: &Linked) -> Option<Product> {
    let side = |decl: &Ref, own: &Ref| {
        let same = own.slot.index() == grade.slot.index();
        let members = members(linked, own)?;
        Some(Side { name: name(linked, decl), members, ordered: true, same })
    };
    let sides =
        vec![side(&matrix.rows, &matrix.row_grade)?, side(&matrix.columns, &matrix.column_grade)?];
    let (rows, columns) = (sides[0].members.len() + 1, sides[1].members.len() + 1);
    let grades = members(linked, grade)?;
    if matrix.cells.len() != rows || matrix.cells.iter().any(|it| it.len() != columns) {
        return None;
    }
    let cells = matrix.cells.iter().enumerate().flat_map(|(row, cells)| {
        let place = move |(column, cell): (usize, &Option<u16>)| {
            Some((usize::from((*cell)?), Part::MatrixCell(row, column)))
        };
        cells.iter().enumerate().map(place)
    });
    let results: Vec<Option<(usize, Part)>> = cells.collect();
    let known = results.iter().flatten().all(|it| it.0 < grades.len());
    (known && results.len() <= MAX_COMBINATIONS).then_some(Product { sides, results, grades })
}

fn name(linked: &Linked, decl: &Ref) -> Words {
    let name = linked.decl(decl.slot.index()).name.to_string();
    match &decl.package {
        Some(package) => format!("{package}.{name}").into(),
        None => name.into(),
    }
}
