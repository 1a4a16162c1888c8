//! Differences between two tables: bands by their edges, rows by what they ask, points by row.

use super::align::{self, Pair};
use super::change::{Aspect, Kind, Part, ThingKind};
use super::choose::{At, Difference, Walk};
use super::formula::About;
use crate::model::normal::band::{Band, Edge};
use crate::model::normal::{form, key, of_table, same};
use crate::model::{Cell, Each, Expr, Mode, Row, RowKey, Table, Ty};

impl Walk<'_> {
    /// A table of a declaration, or of a local value.
    pub(super) fn table(&mut self, old: &Table, new: &Table) -> Table {
        if of_table(old) == of_table(new) {
            return old.clone();
        }
        let kinds = |it: &Table| it.columns.iter().map(|it| kind_of(&it.ty)).collect::<Vec<_>>();
        let results = |it: &Table| it.rows.iter().map(|it| it.results.len()).max();
        if kinds(old) != kinds(new) || (results(old) != results(new)) {
            let part = |it: &Table| Part::Table(Box::new(it.clone()));
            let it = Difference::of(Kind::Structure, Aspect::Rows, part(old), part(new));
            return if self.wants(it) { new.clone() } else { old.clone() };
        }
        let mut out = old.clone();
        out.mode = self.mode(old.mode, new.mode);
        let about = About::new(Aspect::Formula, Kind::Structure);
        for (at, (a, b)) in old.columns.iter().zip(&new.columns).enumerate() {
            out.columns[at] = self.expr(a, b, &about);
        }
        out.rows = self.rows(old, new);
        out
    }

    /// Points for each record.
    pub(super) fn each(&mut self, old: &Each, new: &Each) -> Each {
        let about = About::new(Aspect::Source, Kind::Scope);
        let mode = self.mode(old.mode, new.mode);
        let source = self.source(&old.source, &new.source, &about);
        let table = self.table(&old.table, &new.table);
        self.at.fade = true;
        let fade = match (&old.fade, &new.fade) {
            (Some(a), Some(b)) => Some(self.table(a, b)),
            (None, None) => None,
            (a, b) => {
                let part =
                    |it: &Option<Table>| it.as_ref().map(|it| Part::Table(Box::new(it.clone())));
                let it = Difference::one_sided(Kind::Weight, Aspect::Fade, part(a), part(b));
                if self.wants(it) { b.clone() } else { a.clone() }
            }
        };
        self.at.fade = false;
        Each { mode, source, table, fade }
    }

    fn mode(&mut self, old: Mode, new: Mode) -> Mode {
        if old == new {
            return old;
        }
        let it = Difference::of(Kind::Structure, Aspect::Mode, Part::Mode(old), Part::Mode(new));
        if self.wants(it) { new } else { old }
    }

    fn rows(&mut self, old: &Table, new: &Table) -> Vec<Row> {
        let pairs = paired(old, new);
        let ordered = old.columns.is_empty() && old.mode == Mode::First && new.mode == Mode::First;
        let reordered = ordered && align::reordered(&pairs);
        let in_new_order = !reordered || {
            let part = |it: &Table| Part::Table(Box::new(it.clone()));
            self.wants(Difference::of(Kind::Structure, Aspect::Order, part(old), part(new)))
        };
        // Questions are asked in one order, whatever the answers are.
        let mut made: Vec<(Pair, Option<Row>)> = Vec::with_capacity(pairs.len());
        for pair in &pairs {
            let row = match (
                pair.old.and_then(|it| old.rows.get(it)),
                pair.new.and_then(|it| new.rows.get(it)),
            ) {
                (Some(a), Some(b)) => Some(self.row(a, b, old, new)),
                (Some(a), None) => self.one_row(a, old, pair.gap, false),
                (None, Some(b)) => self.one_row(b, new, pair.gap, true),
                (None, None) => None,
            };
            made.push((*pair, row));
        }
        let order = if in_new_order { pairs } else { align::in_old_order(&pairs) };
        let row = |it: &Pair| made.iter().find(|made| made.0 == *it).and_then(|it| it.1.clone());
        order.iter().filter_map(row).collect()
    }

    /// A row that only one side has.
    fn one_row(
        &mut self,
        row: &Row,
        table: &Table,
        gap: Option<usize>,
        is_new: bool,
    ) -> Option<Row> {
        let part = Part::Row(Box::new(row.clone()), table.columns.clone());
        let (before, after) = if is_new { (None, Some(part)) } else { (Some(part), None) };
        let kind = match row.key {
            RowKey::Cells(_) if self.at.thing.kind == ThingKind::Classify => Kind::CutOff,
            RowKey::Cells(_) => Kind::Threshold,
            RowKey::When(_) | RowKey::Always | RowKey::Otherwise => Kind::Structure,
        };
        let it = Difference::one_sided(kind, Aspect::Rows, before, after);
        let it = it.at(Some(&row.origin), Some(&row.origin));
        // Bands that were drawn anew between two that stay are one change.
        let it = it.within(
            self.here(&format!("gap {}", gap.map_or(-1, |it| i64::try_from(it).unwrap_or(-1)))),
        );
        (self.wants(it) == is_new).then(|| row.clone())
    }

    fn row(&mut self, old: &Row, new: &Row, old_table: &Table, new_table: &Table) -> Row {
        let mut out = old.clone();
        out.key = match (&old.key, &new.key) {
            (RowKey::Cells(a), RowKey::Cells(b)) if a.len() == b.len() => {
                let rows = [(old, old_table), (new, new_table)];
                let cells = (0..a.len()).zip(a.iter().zip(b));
                RowKey::Cells(cells.map(|(at, (a, b))| self.cell(at, a, b, rows)).collect())
            }
            (RowKey::When(a), RowKey::When(b)) => {
                let about = About::new(Aspect::Condition, Kind::Scope);
                RowKey::When(self.expr(a, b, &about))
            }
            (a, _) => a.clone(),
        };
        for (at, (a, b)) in old.results.iter().zip(&new.results).enumerate() {
            out.results[at] =
                self.result(at, (a.as_ref(), b.as_ref()), [(old, old_table), (new, new_table)]);
        }
        let is = |it: &Row| row_text(&out, &old_table.columns) == row_text(it, &new_table.columns);
        if is(new) && !is(old) {
            out.text.clone_from(&new.text);
            out.origin = new.origin.clone();
        }
        out
    }

    fn result(
        &mut self,
        at: usize,
        (old, new): (Option<&Expr>, Option<&Expr>),
        rows: [(&Row, &Table); 2],
    ) -> Option<Expr> {
        let equal = match (old, new) {
            (Some(a), Some(b)) => same(a, b),
            (None, None) => true,
            _ => false,
        };
        if equal {
            return old.cloned();
        }
        let number = old.or(new).is_some_and(|it| it.ty.as_number().is_some());
        let points =
            number && !matches!(self.at.thing.kind, ThingKind::Measure | ThingKind::Classify);
        let kind = if points { Kind::Weight } else { Kind::Structure };
        let [before, after] =
            rows.map(|it| Part::Row(Box::new(it.0.clone()), it.1.columns.clone()));
        let it = Difference::of(kind, Aspect::Points(at), before, after);
        let it = it.at(Some(&rows[0].0.origin), Some(&rows[1].0.origin));
        if self.wants(it) { new.cloned() } else { old.cloned() }
    }

    fn cell(&mut self, at: usize, old: &Cell, new: &Cell, rows: [(&Row, &Table); 2]) -> Cell {
        let ty = |it: &Table| it.columns.get(at).map(|it| it.ty.clone());
        let band = |cell: &Cell, table: &Table| ty(table).and_then(|ty| Band::of(cell, &ty));
        let (a, b) = (band(old, rows[0].1), band(new, rows[1].1));
        if let (Some(a), Some(b)) = (a, b)
            && a.low.is_some() == b.low.is_some()
            && a.high.is_some() == b.high.is_some()
        {
            if a == b {
                return old.clone();
            }
            let whole = a.clone();
            let low = self.edge(at, (a.low, b.low), [rows[0].0, rows[1].0]);
            let high = self.edge(at, (a.high, b.high), [rows[0].0, rows[1].0]);
            let made = Band { low, high };
            return if made == whole { old.clone() } else { Cell::OneOf(vec![made.test()]) };
        }
        if same(old, new) {
            return old.clone();
        }
        let [before, after] =
            rows.map(|it| Part::Row(Box::new(it.0.clone()), it.1.columns.clone()));
        let it = Difference::of(Kind::Scope, Aspect::Cell(at), before, after);
        let it = it.at(Some(&rows[0].0.origin), Some(&rows[1].0.origin));
        if self.wants(it) { new.clone() } else { old.clone() }
    }

    fn edge(
        &mut self,
        at: usize,
        (old, new): (Option<Edge>, Option<Edge>),
        rows: [&Row; 2],
    ) -> Option<Edge> {
        let (Some(old), Some(new)) = (old, new) else { return None };
        if old == new {
            return Some(old);
        }
        let kind = match self.at.thing.kind {
            ThingKind::Classify => Kind::CutOff,
            _ => Kind::Threshold,
        };
        let part = |it: &Edge| Part::Edge { value: Box::new(it.value.clone()), above: it.above };
        let it = Difference::of(kind, Aspect::Edge(at), part(&old), part(&new));
        // Two bands share an edge: it moves once.
        let it = it.within(self.here(&format!("edge {at} {} {}", old.text(), new.text())));
        let it = it.at(Some(&rows[0].origin), Some(&rows[1].origin));
        let moves = (old.first(), new.first());
        if self.wants_edge(it, moves) { Some(new) } else { Some(old) }
    }

    /// A name of the table that is being looked at.
    pub(super) fn here(&self, what: &str) -> String {
        let At { package, thing, versions, local, fade, .. } = &self.at;
        format!("{package}/{:?}/{}/{:?}/{local:?}/{fade}/{what}", thing.kind, thing.id, versions[1])
    }
}

/// What kind of value a column has, whatever its places.
fn kind_of(ty: &Ty) -> String {
    match ty.as_number() {
        Some(it) => key(&it.unit),
        None => key(&ty.kind),
    }
}

/// What a row asks and gives, in a text that is equal for what means the same.
fn row_text(row: &Row, columns: &[Expr]) -> String {
    let results: Vec<Option<Expr>> = row.results.iter().map(|it| it.as_ref().map(form)).collect();
    format!("{} {}", key_text(row, columns), key(&results))
}

/// What a row asks.
fn key_text(row: &Row, columns: &[Expr]) -> String {
    match &row.key {
        RowKey::Otherwise => "otherwise".to_owned(),
        RowKey::Always => "always".to_owned(),
        RowKey::When(it) => key(&form(it)),
        RowKey::Cells(cells) => {
            let cells = cells.iter().enumerate().map(|(at, cell)| {
                let band = columns.get(at).and_then(|it| Band::of(cell, &it.ty));
                band.map_or_else(|| key(&form(cell)), |it| it.text())
            });
            cells.collect::<Vec<_>>().join(" | ")
        }
    }
}

/// For each row of the old table, the number of the row that it has become in the new one.
#[cfg(feature = "syntax")]
pub(crate) fn partners(old: &Table, new: &Table) -> Vec<Option<usize>> {
    let pairs = paired(old, new);
    let of = |at| pairs.iter().find(|it| it.old == Some(at)).and_then(|it| it.new);
    (0..old.rows.len()).map(of).collect()
}

/// Which rows belong together: those that ask the same, then in the order in which they stand where
/// there are as many of them between two that stay.
fn paired(old: &Table, new: &Table) -> Vec<Pair> {
    let keys =
        |it: &Table| it.rows.iter().map(|row| key_text(row, &it.columns)).collect::<Vec<_>>();
    let pairs = align::by_key(&keys(old), &keys(new));
    let mut partner: Vec<Option<usize>> = vec![None; new.rows.len()];
    for it in &pairs {
        if let (Some(old), Some(new)) = (it.old, it.new) {
            partner[new] = Some(old);
        }
    }
    let mut gaps: Vec<Option<usize>> =
        pairs.iter().filter(|it| it.old.is_none() || it.new.is_none()).map(|it| it.gap).collect();
    gaps.dedup();
    for gap in gaps {
        let lone = pairs.iter().filter(|it| it.gap == gap);
        let before: Vec<usize> =
            lone.clone().filter(|it| it.new.is_none()).filter_map(|it| it.old).collect();
        let after: Vec<usize> =
            lone.filter(|it| it.old.is_none()).filter_map(|it| it.new).collect();
        let comparable = |(a, b): (&usize, &usize)| match (&old.rows[*a].key, &new.rows[*b].key) {
            (RowKey::Cells(a), RowKey::Cells(b)) => a.len() == b.len(),
            (RowKey::When(_), RowKey::When(_)) => true,
            _ => false,
        };
        if before.len() == after.len() && before.iter().zip(&after).all(comparable) {
            before.iter().zip(&after).for_each(|(a, b)| partner[*b] = Some(*a));
        }
    }
    align::merged(&partner, old.rows.len())
}
