//! The handbook of a rule set, made from the rules themselves: 一级指标、二级指标、评分标准、分值、数据来源、
//! 依据, how grades come about, what follows from them, every case as a worked example, and indexes.
//!
//! It is a [`Document`]; how it looks is the business of whoever shows it. Nothing in it is written by
//! hand, so that it cannot say anything else than what is run. Formulas are written from the model
//! ([`crate::show::formula`]), so that a stored rule set has the same handbook as its source.

mod cases;
mod clauses;
mod data;
mod document;
mod grading;
mod indexes;
mod indicators;
mod measures;
mod overview;
mod picture;
mod rule;

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Decl, Ref, RuleSet};

pub use self::document::{Block, Cell, Document, Picture, PictureBox, Span, Table, Text};
use self::document::{link, plain};
use crate::program::Program;

/// The handbook of the packages that a program shows.
pub fn handbook(program: &Program, lang: Lang) -> Document {
    let linked = program.linked();
    // What classifies comes first; what only declares data is looked up at the end.
    let (mut sets, data): (Vec<usize>, Vec<usize>) = program
        .shown()
        .iter()
        .partition(|it| linked.packages.get(**it).is_some_and(|it| !it.decls.is_empty()));
    let title = sets.last().or(data.last()).and_then(|it| linked.packages.get(*it));
    let title = title.map(|it| it.title.clone().unwrap_or_else(|| it.id.to_string()));
    sets.extend(data);
    let mut document = Document { title: title.unwrap_or_default(), blocks: Vec::new() };
    for package in sets {
        let Some(set) = linked.packages.get(package) else { continue };
        let book = Book { program, linked, package, set, lang };
        document.blocks.extend(book.chapters());
    }
    document
}

/// A rule set whose chapters are being written.
#[derive(Clone, Copy)]
struct Book<'p> {
    program: &'p Program,
    linked: &'p Linked,
    package: usize,
    set: &'p RuleSet,
    lang: Lang,
}

impl Book<'_> {
    fn chapters(&self) -> Vec<Block> {
        let mut blocks = overview::blocks(self);
        for (title, chapter) in [
            (["指标体系", "Indicators"], indicators::blocks(self)),
            (["分类与融合", "Grades and how they come together"], grading::blocks(self)),
            (
                ["标注、预警、措施和名单", "Tags, alerts, measures and lists"],
                measures::blocks(self),
            ),
            (["参数和取值", "Parameters and values"], rule::values(self)),
            (["数据", "Data"], data::blocks(self)),
            (["政策条款", "Clauses of the policy"], clauses::blocks(self)),
            (["用例", "Worked examples"], cases::blocks(self)),
            (["依据索引", "Index by legal basis"], indexes::by_basis(self)),
            (["数据项索引", "Index by field"], indexes::by_field(self)),
            (["依赖图", "What depends on what"], picture::blocks(self)),
        ] {
            if !chapter.is_empty() {
                blocks.push(heading(2, self.pick(title[0], title[1])));
                blocks.extend(chapter);
            }
        }
        blocks
    }

    fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// Words with others in brackets behind them.
    fn bracketed(&self, words: &str, more: &str) -> String {
        match self.lang {
            Lang::Zh => format!("{words}（{more}）"),
            Lang::En => format!("{words} ({more})"),
        }
    }

    /// The colon behind a label.
    fn colon(&self) -> &'static str {
        match self.lang {
            Lang::Zh => "：",
            Lang::En => ": ",
        }
    }

    /// The slot of a declaration of this package, by its number.
    fn slot(&self, number: usize) -> usize {
        let slots = 0..self.linked.decls().len();
        let first = slots.into_iter().find(|it| self.linked.package_of(*it) == self.package);
        first.unwrap_or_default() + number
    }

    /// The declarations of this package with their slots.
    fn decls(&self) -> impl Iterator<Item = (usize, &Decl)> {
        let first = self.slot(0);
        self.set.decls.iter().enumerate().map(move |(at, it)| (first + at, it))
    }

    /// The anchor of a declaration.
    fn anchor(&self, slot: usize) -> String {
        let package = self.linked.package_of(slot);
        format!("{}.{}", self.linked.name_of(package), self.linked.decl(slot).name)
    }

    /// The name of a declaration, leading to it where it stands in the handbook.
    fn named(&self, slot: usize) -> Text {
        let decl = self.linked.decl(slot);
        let package = self.linked.package_of(slot);
        let name = if package == self.package {
            decl.name.to_string()
        } else {
            format!("{}.{}", self.linked.name_of(package), decl.name)
        };
        if self.program.shown().contains(&package) {
            link(name, self.anchor(slot))
        } else {
            plain(name)
        }
    }

    fn referred(&self, to: &Ref) -> Text {
        self.named(to.slot.index())
    }
}

/// A heading that nothing links to.
fn heading(level: u8, text: &str) -> Block {
    Block::Heading { level, text: plain(text), anchor: None }
}
