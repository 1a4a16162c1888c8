//! Changes between two versions in the words of a regulator: what, of what, from what to what.

mod part;

use std::collections::BTreeSet;

use heng_dsl::diag::Lang;
use heng_dsl::diff::{Along, Aspect, Change, Part, Side, Thing, ThingKind};
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Content, DeclKind, Id, Let, Origin, Ref, origins};
use serde::Serialize;

use super::formula::Formulas;
use crate::explain::Said;

/// A change in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// `指标 行政处罚`
    pub thing: Said,
    /// What about it: `权重`, `“1 次”的分值`.
    pub aspect: Said,
    /// What stood there; absent for what was added.
    pub before: Option<Said>,
    /// What stands there; absent for what was removed.
    pub after: Option<Said>,
    /// File and line of either side, where they are known.
    pub places: [Option<String>; 2],
    /// The legal basis of either side.
    pub basis: [Vec<String>; 2],
    /// What changes with it.
    pub along: Vec<Told>,
}

/// Both versions, linked.
#[derive(Debug, Clone, Copy)]
pub struct Versions<'l> {
    /// The old one.
    pub old: &'l Linked,
    /// The new one.
    pub new: &'l Linked,
}

/// Puts a change into words.
pub fn told(versions: Versions<'_>, change: &Change) -> Told {
    let head = Along {
        thing: change.thing.clone(),
        aspect: change.aspect.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
    };
    let mut told = one(versions, &change.package, &head);
    let along = change.along.iter().map(|it| one(versions, &change.package, it));
    told.along = along.filter(|it| it.before != it.after).collect();
    told
}

fn one(versions: Versions<'_>, package: &Id, it: &Along) -> Told {
    let sides = [(versions.old, &it.before), (versions.new, &it.after)];
    let said = sides.map(|(linked, side)| {
        let side = side.as_ref()?;
        let text = |lang| Words::new(linked, package, it, side, lang).part(&side.part, &it.aspect);
        Some(Said::both(text(Lang::Zh), text(Lang::En)))
    });
    let [before, after] = match said {
        // How a number is rounded stands in its type.
        [Some(a), Some(b)] if a == b => {
            let before = typed(versions.old, it.before.as_ref(), a);
            [Some(before), Some(typed(versions.new, it.after.as_ref(), b))]
        }
        said => said,
    };
    let place = |it: &Option<Side>| it.as_ref()?.origin.place.as_ref().map(ToString::to_string);
    let basis = |it: &Option<Side>| it.as_ref().map(basis).unwrap_or_default();
    let shown = sides.iter().rev().find_map(|(linked, side)| Some((*linked, side.as_ref()?)));
    let aspect = |lang| {
        let words = shown.map(|(linked, side)| (Words::new(linked, package, it, side, lang), side));
        words.map_or_else(String::new, |(words, side)| words.aspect(&it.aspect, &side.part))
    };
    Told {
        thing: thing(&it.thing),
        aspect: Said::both(aspect(Lang::Zh), aspect(Lang::En)),
        before,
        after,
        places: [place(&it.before), place(&it.after)],
        basis: [basis(&it.before), basis(&it.after)],
        along: Vec::new(),
    }
}

/// A formula with its type.
fn typed(linked: &Linked, side: Option<&Side>, said: Said) -> Said {
    let Some(Side { part: Part::Expr(it), .. }) = side else { return said };
    let with = |text: &str, lang| format!("{text} [{}]", part::ty(linked, &it.ty, lang));
    Said::both(with(&said.zh, Lang::Zh), with(&said.en, Lang::En))
}

/// The legal basis of a side: of the amendment, where one put it there.
fn basis(it: &Side) -> Vec<String> {
    match &it.origin.amendment {
        Some(it) if it.basis.is_empty() => vec![it.because.clone()],
        Some(it) => it.basis.clone(),
        None => {
            let mut all = it.basis.clone();
            all.extend(amended(&it.part).into_iter().filter(|own| !it.basis.contains(own)));
            all
        }
    }
}

/// On which basis something whole was amended, or why.
fn amended(part: &Part) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut look = |it: &mut Origin| match &it.amendment {
        Some(it) if it.basis.is_empty() => {
            found.insert(it.because.clone());
        }
        Some(it) => found.extend(it.basis.iter().cloned()),
        None => {}
    };
    match part {
        Part::Decl(it) => {
            it.versions.clone().iter_mut().for_each(|it| origins::version(it, &mut look));
        }
        Part::Decide(it) => {
            it.versions.clone().iter_mut().for_each(|it| origins::version(&mut it.1, &mut look));
        }
        _ => {}
    }
    found
}

fn thing(it: &Thing) -> Said {
    let [zh, en] = it.kind.words();
    if it.kind == ThingKind::Set {
        return Said::both(zh, en);
    }
    let was = it.was.as_ref().filter(|was| **was != it.id);
    let was = |zh: bool| match (was, zh) {
        (None, _) => String::new(),
        (Some(was), true) => format!("（原“{was}”）"),
        (Some(was), false) => format!(" (was “{was}”)"),
    };
    Said::both(format!("{zh} {}{}", it.name, was(true)), format!("{en} {}{}", it.name, was(false)))
}

/// Writes one side of a change in one language.
struct Words<'l> {
    linked: &'l Linked,
    formulas: Formulas<'l>,
    lang: Lang,
    /// The declaration, where it is one.
    slot: Option<usize>,
    version: usize,
}

impl<'l> Words<'l> {
    fn new(linked: &'l Linked, package: &Id, it: &Along, side: &Side, lang: Lang) -> Self {
        let names = [Some(&it.thing.id), it.thing.was.as_ref()];
        let own = linked.packages.iter().position(|set| set.id == *package);
        // A set that had another id is compared as the one that was asked for, which comes last.
        let own = own.or_else(|| linked.packages.len().checked_sub(1));
        let name = own.map_or_else(|| package.clone(), |it| linked.name_of(it));
        let slot = names.into_iter().flatten().find_map(|id| linked.find_decl(&name, id));
        let slot = slot.filter(|_| it.thing.kind != ThingKind::Decide);
        let version = side.version.unwrap_or_default();
        let lets: &[Let] = match (slot, it.thing.kind) {
            (Some(slot), _) => linked.decl(slot).versions.get(version).map_or(&[], |it| &it.lets),
            (None, ThingKind::Decide) => {
                let decide = own
                    .and_then(|it| linked.packages.get(it))
                    .and_then(|set| set.decides.iter().find(|decide| decide.id == it.thing.id));
                decide.and_then(|it| it.versions.get(version)).map_or(&[], |it| &it.1.lets)
            }
            (None, _) => &[],
        };
        Self { linked, formulas: Formulas::new(linked, lets, lang), lang, slot, version }
    }

    fn pick(&self, zh: &str, en: &str) -> String {
        match self.lang {
            Lang::Zh => zh.to_owned(),
            Lang::En => en.to_owned(),
        }
    }

    fn aspect(&self, aspect: &Aspect, part: &Part) -> String {
        match aspect {
            Aspect::Whole => String::new(),
            Aspect::Local(name) => format!("{} {name}", self.pick("取", "let")),
            Aspect::Edge(column) => self.edge_of(*column),
            Aspect::Cell(column) => {
                let (row, asked) = (self.row_of(part), self.asked(*column));
                match self.lang {
                    Lang::Zh => format!("“{row}”的 {asked}"),
                    Lang::En => format!("{asked} of “{row}”"),
                }
            }
            Aspect::Points(column) => {
                let (row, column) = (self.row_of(part), self.column_name(*column));
                match self.lang {
                    Lang::Zh => format!("“{row}”的{}", column.unwrap_or_else(|| "结果".to_owned())),
                    Lang::En => {
                        format!("{} of “{row}”", column.unwrap_or_else(|| "result".to_owned()))
                    }
                }
            }
            Aspect::Crossing(row, column) => self.crossing(*row, *column),
            Aspect::Value(role) => self.of_two(role.words()),
            Aspect::Field(name) => format!("{} {name}", self.pick("字段", "field")),
            Aspect::Member(name) => format!("{} {name}", self.pick("成员", "member")),
            Aspect::Code(code) => format!("{} {code}", self.pick("代码", "code")),
            Aspect::Use(package) => format!("{} {package}", self.pick("引用", "use")),
            other => self.of_two(other.words()),
        }
    }

    fn of_two(&self, [zh, en]: [&str; 2]) -> String {
        self.pick(zh, en)
    }

    fn row_of(&self, part: &Part) -> String {
        match part {
            Part::Row(row, _) => self.row_key(row),
            _ => String::new(),
        }
    }

    /// What a column of the table asks.
    fn asked(&self, column: usize) -> String {
        let version = self.slot.and_then(|it| self.linked.decl(it).versions.get(self.version));
        let asked = match version.map(|it| &it.content) {
            Some(Content::Table(it)) => it.columns.get(column),
            Some(Content::Each(it)) => it.table.columns.get(column),
            _ => None,
        };
        asked.map(|it| self.formulas.expr(it)).unwrap_or_default()
    }

    fn edge_of(&self, column: usize) -> String {
        let asked = self.asked(column);
        match self.lang {
            Lang::Zh => format!("{asked} 的分档"),
            Lang::En => format!("bands of {asked}"),
        }
    }

    fn column_name(&self, column: usize) -> Option<String> {
        match &self.linked.decl(self.slot?).kind {
            DeclKind::Measure { columns } => Some(columns.get(column)?.name.to_string()),
            _ => None,
        }
    }

    fn crossing(&self, row: usize, column: usize) -> String {
        let version = self.slot.and_then(|it| self.linked.decl(it).versions.get(self.version));
        let Some(Content::Matrix(it)) = version.map(|it| &it.content) else { return String::new() };
        let name = |grade: &Ref, at: usize| {
            let members = &self.linked.enumeration(grade.slot.index()).members;
            members.get(at).map_or_else(|| self.pick("缺失", "missing"), |it| it.name.to_string())
        };
        let (row, column) = (name(&it.row_grade, row), name(&it.column_grade, column));
        match self.lang {
            Lang::Zh => format!("矩阵 行 {row} 列 {column}"),
            Lang::En => format!("matrix, row {row}, column {column}"),
        }
    }
}
