//! `heng diff OLD NEW`: what changed between two versions, on which basis, and whether it has an effect.
//!
//! A review is a list of sections. Each of them writes itself for people, for programs and for a page;
//! what the whole comes to (the exit code) is asked of each.

mod changes;
mod filter;
pub(super) mod impact;
mod page;
mod plan;
mod proof;
mod query;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use heng_dsl::diag::{Lang, Severity};
use heng_dsl::diff::Diff;
use heng_dsl::model::RuleSet;
use heng_dsl::model::linked::Linked;
use heng_engine::output::{OutputError, Writing};
use heng_engine::show::change::Versions;
use serde_json::{Map, Value};

use self::changes::Changes;
use self::plan::{Approval, Sides};
use self::query::Query;
use super::{check, prepare, print_json, some_rules};
use crate::args::{Diff as Args, DiffFormat};
use crate::exit::Exit;
use crate::project::{Project, shown};
use crate::rules::{self, Wanted};
use crate::terminal::{Terminal, harmless_lines};
use crate::world;

/// A part of a review.
pub(super) trait Section {
    /// Its member in JSON.
    fn name(&self) -> &'static str;
    /// For people, without a line end at its end.
    fn text(&self, lang: Lang) -> String;
    /// For programs.
    fn json(&self) -> Value;
    /// For a page: a piece of HTML with a heading of the second level.
    fn html(&self, lang: Lang) -> String;
    /// What it makes of the whole; the gravest of all sections counts.
    fn exit(&self) -> Exit;
}

/// Both versions and what changed between them: what every section starts from.
pub(super) struct Review {
    pub(super) old: Linked,
    pub(super) new: Linked,
    pub(super) diff: Diff,
}

impl Review {
    /// Both versions, for texts.
    pub(super) fn versions(&self) -> Versions<'_> {
        Versions { old: &self.old, new: &self.new }
    }
}

pub(super) fn run(args: &Args, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let query = args.filter.as_deref().map(Query::parse).transpose().map_err(|it| {
        terminal.complain(it.of(terminal.lang));
        Exit::Usage
    })?;
    let query = query.unwrap_or_default();
    let kept = args.save.as_ref().map(|path| Ok((path, Sides::find(args, project, terminal)?)));
    let kept = kept.transpose()?;
    let (old, was) = side(&args.old, args, project, terminal)?;
    let (new, is) = side(&args.new, args, project, terminal)?;
    let diff = Diff::of(&renamed(&old, &was, &new, &is), &new.packages);
    let review = Review { old, new, diff };
    let changes = Changes::of(&review, &query.kinds);
    let mut proof = proof::section(&review, args, project, terminal)?;
    if query.asks_for_households() {
        let wanted = |path: &Path| Wanted::of(&looked_at(path, args), &args.lookup, project);
        let sides = (&wanted(&args.old), &wanted(&args.new));
        let found = filter::found(&query, args, sides, project, terminal)?;
        let mut sections: Vec<&dyn Section> = vec![&changes, &found];
        sections.extend(proof.as_ref().map(|it| it as &dyn Section));
        return written(&sections, &title(&review, (&was, &is), terminal.lang), args, terminal);
    }
    let effect = impact::section(&review, proof.as_mut(), args, project, terminal)?;
    let impact = effect.as_ref().map(impact::Population::impact);
    let undecided = match &proof {
        Some(it) => Some(it.undecided()),
        None => (!review.diff.has_effect()).then_some(0),
    };
    let certain = (review.diff.has_effect(), undecided);
    let figures = plan::figures(certain, impact, changes.undocumented());
    let approval = Approval { gates: &project.gates, figures: &figures };
    let mut sections: Vec<&dyn Section> = vec![&changes];
    sections.extend(effect.as_ref().map(|it| it as &dyn Section));
    sections.extend(proof.as_ref().map(|it| it as &dyn Section));
    if !project.gates.is_empty() && (impact.is_some() || kept.is_some()) {
        sections.push(&approval);
    }
    let exit = written(&sections, &title(&review, (&was, &is), terminal.lang), args, terminal)?;
    if let Some((path, sides)) = &kept {
        let report = Value::Object(json(&sections));
        let shown = (impact, report);
        sides.save((path, args), figures.clone(), shown, (project, terminal))?;
    }
    Ok(exit)
}

/// What the sections come to for programs, each under its name.
fn json(sections: &[&dyn Section]) -> Map<String, Value> {
    sections.iter().map(|it| (it.name().to_owned(), it.json())).collect()
}

/// Writes the sections in the form that is asked for; gives the gravest of what they come to.
fn written(
    sections: &[&dyn Section],
    title: &str,
    args: &Args,
    terminal: Terminal,
) -> Result<Exit, Exit> {
    let exit = sections.iter().map(|it| it.exit()).max_by_key(|it| *it as u8).unwrap_or(Exit::Fine);
    let lang = if args.out.is_some() { terminal.files } else { terminal.lang };
    let text = match args.form() {
        DiffFormat::Text => {
            let parts = sections.iter().map(|it| it.text(lang)).filter(|it| !it.is_empty());
            harmless_lines(&parts.collect::<Vec<_>>().join("\n\n"))
        }
        DiffFormat::Html => page::page(title, sections, lang),
        DiffFormat::Json if args.out.is_none() => {
            print_json(&json(sections), terminal)?;
            return Ok(exit);
        }
        DiffFormat::Json => serde_json::to_string_pretty(&json(sections)).unwrap_or_default(),
    };
    let Some(out) = &args.out else {
        terminal.out(text.trim_end());
        return Ok(exit);
    };
    save(out, &format!("{}\n", text.trim_end())).map_err(|it| {
        let json = args.form() == DiffFormat::Json;
        prepare::refuse(vec![(it.code(), it.words())], json, Exit::Problems, terminal)
    })?;
    terminal.tell(match terminal.lang {
        Lang::Zh => format!("写到“{}”", shown(out)),
        Lang::En => format!("written to “{}”", shown(out)),
    });
    Ok(exit)
}

/// The packages of the old version. Where one set was named on either side, and they have two ids, the old
/// one is looked at as an earlier version of the new one.
pub(super) fn renamed(old: &Linked, was: &[usize], new: &Linked, is: &[usize]) -> Vec<RuleSet> {
    let mut packages = old.packages.clone();
    if let ([was], [is]) = (was, is)
        && let (Some(was), Some(is)) = (old.packages.get(*was), new.packages.get(*is))
        && was.id != is.id
        && !packages.iter().any(|it| it.id == is.id)
    {
        packages.push(RuleSet { id: is.id.clone(), ..was.clone() });
    }
    packages
}

/// One version, checked and linked, and the packages that were named.
fn side(
    path: &Path,
    args: &Args,
    project: &Project,
    terminal: Terminal,
) -> Result<(Linked, Vec<usize>), Exit> {
    let wanted = Wanted::of(&looked_at(path, args), &args.lookup, project);
    some_rules(&wanted, terminal)?;
    let checked = rules::check(&wanted);
    let errors = checked.count(Severity::Error);
    match checked.linked {
        Some(linked) if errors == 0 => {
            let mut named = checked.roots;
            named.truncate(packages(path).len());
            Ok((linked, named))
        }
        _ => {
            if args.form() == DiffFormat::Json {
                print_json(&check::report(&checked), terminal)?;
            } else {
                check::tell(&checked, terminal);
                let path = shown(path);
                terminal.tell(match terminal.lang {
                    Lang::Zh => format!("没有比较：“{path}”有{errors}个错误"),
                    Lang::En => format!("nothing was compared: “{path}” has {errors} errors"),
                });
            }
            Err(Exit::Problems)
        }
    }
}

/// The packages that a path names, and those that are looked at with either version.
fn looked_at(path: &Path, args: &Args) -> Vec<PathBuf> {
    packages(path).into_iter().chain(args.with.iter().cloned()).collect()
}

/// The packages that a path names: itself, or the folders in it that hold rule files.
fn packages(path: &Path) -> Vec<PathBuf> {
    let inside = world::packages_in(path);
    if inside.is_empty() { vec![path.to_owned()] } else { inside }
}

fn title(review: &Review, (was, is): (&[usize], &[usize]), lang: Lang) -> String {
    let last = |linked: &Linked, named: &[usize]| {
        let set = linked.packages.get(*named.last()?)?;
        Some((set.id.clone(), set.version.clone()))
    };
    let (Some((id, new)), Some((_, old))) = (last(&review.new, is), last(&review.old, was)) else {
        return String::new();
    };
    match lang {
        Lang::Zh => format!("{id}：{old} → {new} 的变更"),
        Lang::En => format!("{id}: changes {old} → {new}"),
    }
}

pub(super) fn save(path: &Path, text: &str) -> Result<(), OutputError> {
    let write = || -> std::io::Result<()> {
        let mut to = Writing::begin(path)?;
        to.write_all(text.as_bytes())?;
        to.finish()
    };
    write().map_err(|why| OutputError::Unwritable { path: shown(path), why: why.to_string() })
}
