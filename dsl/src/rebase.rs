//! A city's rule text on a new version of the set that it is 基于.
//!
//! What is merged is a model ([`crate::diff::merge`]); what a regulator reads is text. So the city's files are
//! copied and changed where the new version makes it necessary: a version that is pinned, a name, the number
//! of a row, an amendment that is no longer needed, the rows of a table. None of this is trusted: a text is
//! right only where checking it gives the merged set, and where no change that is known here gives that, what
//! the text says otherwise is handed back. Every change of the text is a [`Note`] with the line where it was
//! made, and whatever is not noted stands as the city wrote it.

mod edits;
mod idle;
mod repairs;
mod rows;

use std::collections::BTreeMap;

use self::edits::{Edit, Texts};
use crate::diff::{Aspect, Change, Diff, Kind};
use crate::model::RuleSet;
use crate::model::linked::Linked;

/// Rule files, and the files that they name, by path.
pub type Files = BTreeMap<String, String>;

/// Texts that are tried before giving up: each is a check of all packages.
const MOST_TRIES: usize = 240;

/// The versions that a merge is about.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'m> {
    /// What the city's set is 基于 now.
    pub base: &'m RuleSet,
    /// Its new version.
    pub province: &'m RuleSet,
    /// The city's set.
    pub city: &'m RuleSet,
    /// What the text has to mean.
    pub merged: &'m RuleSet,
}

/// One change of the city's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The file.
    pub file: String,
    /// The line in the city's present text, from 1.
    pub line: u32,
    /// What was done there.
    pub what: What,
}

/// What was done with a piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// `通用@2025.1` is `通用@2026.1` from now on.
    Version {
        /// The version that was pinned.
        from: String,
        /// The new one.
        to: String,
    },
    /// The province calls it otherwise from now on.
    Name {
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// A row stands elsewhere in the new version, or asks otherwise there.
    Row {
        /// The name of what is amended.
        of: String,
        /// `第 2 行`, or what the row asked.
        from: String,
        /// `第 3 行`, or what it asks now.
        to: String,
    },
    /// It was left out.
    Dropped {
        /// What stood there: its first line.
        text: String,
        /// Why.
        why: Why,
    },
    /// The rows of a table are those of the city with those that the province changed.
    Table {
        /// The name of what is amended.
        of: String,
    },
}

/// Why something of the city's text was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The new version says the same.
    Same,
    /// The new version no longer has what it is about.
    Gone,
    /// A conflict was decided for the province.
    Province,
}

/// A text on the new version.
#[derive(Debug)]
pub struct Rebased {
    /// The files; those of the city that did not have to change as they were.
    pub files: Files,
    /// What was changed, by file and line.
    pub notes: Vec<Note>,
    /// From the merged set to what the text means; absent where the text cannot be checked without an error.
    /// It may be used only where this has no effect.
    pub differs: Option<Diff>,
}

impl Rebased {
    /// Does the text mean exactly what was merged?
    pub fn is_right(&self) -> bool {
        self.differs.as_ref().is_some_and(|it| !it.has_effect())
    }
}

/// A merged set with everything that the new version uses; nothing where it does not link.
pub fn onto(
    mut set: RuleSet,
    (city, province): (&RuleSet, &RuleSet),
    theirs: &Linked,
) -> Option<Linked> {
    set.version = city.version.clone();
    for it in set.uses.iter_mut().filter(|it| it.package == province.id && it.pinned.is_some()) {
        it.pinned = Some(province.version.clone());
    }
    let mut packages = theirs.packages.clone();
    packages.push(set);
    Linked::link(packages, theirs.links.clone()).ok()
}

/// Writes the merged set as a change of the city's files. `meant` checks files in place of the city's on the
/// new version, and gives the city's set; nothing where there is an error.
pub fn rewrite(
    files: &Files,
    sides: Sides<'_>,
    meant: &mut dyn FnMut(&Files) -> Option<RuleSet>,
) -> Rebased {
    let texts = Texts::read(files, sides);
    let mut edits = edits::versions(&texts, sides);
    edits.extend(edits::names(&texts));
    edits.extend(rows::moved(&texts, sides));
    edits.extend(idle::amendments(&texts, sides));
    let mut work = Work { texts, sides, edits, tries: 0, said: None, meant };
    let plain = work.edits.clone();
    let mut reached = work.reached(&[]);
    let has_errors = reached.0.is_none();
    while reached.distance().0 > 0 && work.tries < MOST_TRIES {
        let Some((edit, better)) = work.better(&reached) else { break };
        work.edits.push(edit);
        reached = better;
    }
    if reached.distance().0 == 0 {
        work.leave_out_idle(&reached);
    } else if has_errors {
        // No text without an error says it: the errors tell more than what is left where they are evaded.
        (work.edits, reached) = (plain, Reached(None));
    }
    let files = work.texts.with(&work.edits);
    Rebased { files, notes: work.texts.notes(&work.edits), differs: reached.0 }
}

/// What a text means, against the merged set.
struct Reached(Option<Diff>);

impl Reached {
    /// How far it is from what it has to mean, and then from what it has to say: a reason or a title is no part
    /// of the meaning, and must not get lost.
    fn distance(&self) -> (usize, usize) {
        let Some(diff) = &self.0 else { return (usize::MAX, 0) };
        let meant = diff.changes().iter().filter(|it| it.kind.has_effect()).count();
        (meant, said(diff))
    }

    /// The names of what differs; none where nothing is known of it.
    fn names(&self) -> Option<Vec<&str>> {
        let changes = self.0.as_ref()?.changes().iter();
        let changes = changes.filter(|it| it.kind.has_effect() || is_said(it));
        Some(changes.flat_map(|it| [it.thing.id.as_ref(), it.thing.name.as_ref()]).collect())
    }

    /// The codes of a code table whose rows differ.
    fn codes(&self, table: &str) -> Vec<&str> {
        let changes = self.0.iter().flat_map(crate::diff::Diff::changes);
        let of =
            changes.filter(|it| [&it.thing.id, &it.thing.name].iter().any(|it| &***it == table));
        of.filter_map(|it| if let Aspect::Code(it) = &it.aspect { Some(it.as_str()) } else { None })
            .collect()
    }
}

/// How many titles, bases and reasons differ.
fn said(diff: &Diff) -> usize {
    diff.changes().iter().filter(|it| is_said(it)).count()
}

/// Is it about what is shown? What a merged set never has (cases, promises, clauses) does not count.
fn is_said(it: &Change) -> bool {
    let left_out = matches!(it.aspect, Aspect::Cases | Aspect::Guarantees | Aspect::Clauses);
    it.kind == Kind::Metadata && !left_out
}

struct Work<'w, 'm> {
    texts: Texts,
    sides: Sides<'m>,
    edits: Vec<Edit>,
    tries: usize,
    /// Titles, bases and reasons that the first text without an error does not say as they were merged.
    said: Option<usize>,
    meant: &'w mut dyn FnMut(&Files) -> Option<RuleSet>,
}

impl Work<'_, '_> {
    /// What the text means with these edits more.
    fn reached(&mut self, more: &[Edit]) -> Reached {
        self.tries += 1;
        let edits: Vec<Edit> = self.edits.iter().chain(more).cloned().collect();
        let meant = (self.meant)(&self.texts.with(&edits));
        let diff = meant.map(|it| Diff::between(self.sides.merged, &it));
        // An edit that loses what is said is none.
        Reached(diff.filter(|it| said(it) <= *self.said.get_or_insert(said(it))))
    }

    /// The first edit that brings the text nearer to what it has to mean.
    fn better(&mut self, now: &Reached) -> Option<(Edit, Reached)> {
        for edit in repairs::of(&self.texts, self.sides, now) {
            if self.tries >= MOST_TRIES {
                return None;
            }
            if self.texts.covers(&self.edits, &edit) {
                continue;
            }
            let then = self.reached(std::slice::from_ref(&edit));
            if then.distance() < now.distance() {
                return Some((edit, then));
            }
        }
        None
    }

    /// Leaves out what the new version says by itself: lines without which the text means the same.
    fn leave_out_idle(&mut self, now: &Reached) {
        for edit in idle::lines(&self.texts, self.sides) {
            if self.tries >= MOST_TRIES {
                return;
            }
            if self.texts.covers(&self.edits, &edit) {
                continue;
            }
            if self.reached(std::slice::from_ref(&edit)).distance() <= now.distance() {
                self.edits.push(edit);
            }
        }
    }
}
