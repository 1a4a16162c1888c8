//! `--where`: the households that a comparison is asked for, and what becomes of them.

use std::fmt::Write as _;

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{DeclKind, Id, TyKind};
use heng_dsl::value::Value as Worth;
use heng_engine::columns::Columns;
use heng_engine::data::Unread;
use heng_engine::mask::Masking;
use heng_engine::program::Program;
use heng_engine::projection::Projection;
use heng_engine::run::RunOptions;
use serde_json::{Value, json};

use super::query::{Flow, Query};
use super::{Section, check, prepare};
use crate::args::{Diff as Args, DiffFormat};
use crate::commands::doc::html::escaped;
use crate::commands::outcomes::projection;
use crate::exit::Exit;
use crate::lang::pick;
use crate::project::Project;
use crate::rules::{self, Wanted};
use crate::table::Rows;
use crate::terminal::Terminal;

/// Households that are named; the rest is counted.
const EXAMPLES: usize = 10;

/// What was found.
pub(super) struct Found {
    question: String,
    households: usize,
    matching: usize,
    moves: Vec<Moves>,
    examples: Vec<String>,
}

/// How a grade goes among the households that were found.
struct Moves {
    grade: String,
    /// From, to, how many.
    counts: Vec<(String, String, usize)>,
}

/// One version, and the data as it reads them.
struct Side {
    program: Program,
    delivery: prepare::Delivery<Columns>,
    /// The slot of the condition of the household.
    asked: Option<usize>,
}

/// Answers the question over the data that were named.
pub(super) fn found(
    query: &Query,
    args: &Args,
    (old, new): (&Wanted, &Wanted),
    project: &Project,
    terminal: Terminal,
) -> Result<Found, Exit> {
    let before = side(old, None, args, project, terminal)?;
    let after = side(new, query.household.as_deref(), args, project, terminal)?;
    let grades = grades(&before, &after);
    for flow in &query.flows {
        known(flow, &grades, terminal)?;
    }
    let mut moves: Vec<Moves> =
        grades.iter().map(|it| Moves { grade: it.name.clone(), counts: Vec::new() }).collect();
    let slots = |side: usize| grades.iter().map(move |it| it.slots[side]);
    // What was asked of a household stands behind the grades.
    let own = before.projection(&slots(0).collect::<Vec<_>>(), args, terminal);
    let with_asked: Vec<usize> = slots(1).chain(after.asked).collect();
    let other = after.projection(&with_asked, args, terminal);
    let (mut households, mut matching, mut examples) = (0, 0, Vec::new());
    for [old, new] in own.with(&other) {
        let (Some(old), Some(new)) = (old, new) else { continue };
        households += 1;
        let is_asked = || other.value(grades.len(), Some(new)) == Some(&Worth::Bool(true));
        if after.asked.is_some() && !is_asked() {
            continue;
        }
        let numbered = grades.iter().enumerate();
        let went = numbered.map(|(at, grade)| {
            let (old, new) = (own.value(at, Some(old)), other.value(at, Some(new)));
            (grade.named(0, old), grade.named(1, new))
        });
        let went: Vec<(String, String)> = went.collect();
        let holds = |flow: &Flow| {
            let mut all = grades.iter().zip(&went);
            all.any(|(grade, went)| grade.is(flow) && flow.is(went))
        };
        if !query.flows.iter().all(holds) {
            continue;
        }
        matching += 1;
        if examples.len() < EXAMPLES {
            examples.push(after.shown(other.key(new), args.data.reveal));
        }
        for (moves, (from, to)) in moves.iter_mut().zip(went) {
            match moves.counts.iter_mut().find(|it| it.0 == from && it.1 == to) {
                Some(it) => it.2 += 1,
                None => moves.counts.push((from, to, 1)),
            }
        }
    }
    moves.iter_mut().for_each(|it| it.counts.sort());
    let question = args.filter.clone().unwrap_or_default();
    Ok(Found { question, households, matching, moves, examples })
}

impl Side {
    /// A key as it may be shown.
    fn shown(&self, key: &str, reveal: bool) -> String {
        let linked = self.program.linked();
        let sensitive = linked.subject().is_some_and(|it| linked.field(it.key).sensitive);
        let masking = if reveal { Masking::Revealed } else { Masking::Hidden };
        masking.show(sensitive, key).into_owned()
    }

    /// What some declarations come to.
    fn projection(&self, slots: &[usize], args: &Args, terminal: Terminal) -> Projection {
        let options = RunOptions {
            as_of: self.delivery.as_of,
            threads: args.data.threads.map(usize::from),
            progress: None,
            reasons: false,
        };
        let columns = &self.delivery.loaded.register;
        projection((&self.program, slots), columns, &options, terminal)
    }
}

/// One version and the data, with a condition that was asked for.
fn side(
    wanted: &Wanted,
    condition: Option<&str>,
    args: &Args,
    project: &Project,
    terminal: Terminal,
) -> Result<Side, Exit> {
    let json = args.form() == DiffFormat::Json;
    let (checked, place) = match condition {
        None => (rules::check(wanted), None),
        Some(it) => {
            let asked = rules::check_asked(wanted, None, it);
            if asked.place.is_none() {
                check::tell(&asked.checked, terminal);
                return Err(Exit::Usage);
            }
            (asked.checked, asked.place)
        }
    };
    let prepare::Ready { program, .. } =
        prepare::linked(checked, prepare::Extent::Asked, json, terminal)?;
    let unread = Unread::of(&program, false);
    let how = (json, terminal);
    let delivery = prepare::columns_without(&program, unread, &args.data, project, how)?;
    let asked = place.and_then(|(package, id)| program.linked().find_decl(&package, &id));
    Ok(Side { program, delivery, asked })
}

/// A grade that both versions give.
struct Grade {
    name: String,
    slots: [usize; 2],
    /// Their names before and after.
    members: [Vec<Id>; 2],
}

impl Grade {
    fn is(&self, flow: &Flow) -> bool {
        let own = self.name.rsplit('.').next().unwrap_or_default();
        flow.grade.as_ref().is_none_or(|it| *it == self.name || it == own)
    }

    /// A grade of either version by its name.
    fn named(&self, side: usize, grade: Option<&Worth>) -> String {
        let Some(Worth::Member(at)) = grade else { return "–".to_owned() };
        self.members[side].get(usize::from(*at)).map_or_else(String::new, ToString::to_string)
    }
}

impl Flow {
    fn is(&self, (from, to): &(String, String)) -> bool {
        let fits = |wanted: &Option<String>, it: &String| {
            wanted.as_ref().is_none_or(|wanted| wanted == it)
        };
        // Any to any is a move.
        let moves = self.from.is_some() && self.to.is_some() || from != to;
        fits(&self.from, from) && fits(&self.to, to) && moves
    }
}

fn members(linked: &Linked, slot: usize) -> Vec<Id> {
    match &linked.decl(slot).ty.kind {
        TyKind::Member(it) => {
            linked.enumeration(it.slot.index()).members.iter().map(|it| it.name.clone()).collect()
        }
        _ => Vec::new(),
    }
}

fn grades(before: &Side, after: &Side) -> Vec<Grade> {
    let linked = after.program.linked();
    let all = linked.decls().enumerate();
    let all =
        all.filter(|it| matches!(it.1.kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. }));
    all.filter_map(|(slot, decl)| {
        let package = linked.name_of(linked.package_of(slot));
        let old = before.program.linked().find_decl(&package, &decl.id)?;
        let members = [members(before.program.linked(), old), members(linked, slot)];
        Some(Grade { name: format!("{package}.{}", decl.name), slots: [old, slot], members })
    })
    .collect()
}

/// A flow that names what is not there is a slip, and not a question that nobody answers.
fn known(flow: &Flow, grades: &[Grade], terminal: Terminal) -> Result<(), Exit> {
    let meant: Vec<&Grade> = grades.iter().filter(|it| it.is(flow)).collect();
    let all: Vec<&Id> = meant.iter().flat_map(|it| &it.members[1]).collect();
    let lacking = [&flow.from, &flow.to]
        .into_iter()
        .flatten()
        .find(|it| !all.iter().any(|known| known.as_ref() == it.as_str()) && it.as_str() != "–");
    let complaint = match (meant.is_empty(), lacking, &flow.grade) {
        (true, _, Some(name)) => match terminal.lang {
            Lang::Zh => format!("两个版本没有共同的等级“{name}”"),
            Lang::En => format!("both versions have no grade “{name}”"),
        },
        (_, Some(member), _) => match terminal.lang {
            Lang::Zh => format!("没有叫“{member}”的等级成员"),
            Lang::En => format!("no grade has a member “{member}”"),
        },
        _ => return Ok(()),
    };
    terminal.complain(complaint);
    Err(Exit::Usage)
}

impl Found {
    fn sentence(&self, lang: Lang) -> String {
        let (question, matching, all) = (&self.question, self.matching, self.households);
        match lang {
            Lang::Zh => format!("符合“{question}”的：{matching} 户（全体 {all} 户）"),
            Lang::En => format!("“{question}” holds for {matching} of {all} households"),
        }
    }

    fn table(moves: &Moves, lang: Lang) -> String {
        let mut rows = Rows::new([
            (moves.grade.as_str(), false),
            (pick(lang, "现在", "after"), false),
            (pick(lang, "户数", "households"), true),
        ]);
        for (from, to, count) in &moves.counts {
            rows.push([from.clone(), to.clone(), count.to_string()]);
        }
        rows.text()
    }

    fn named(&self, lang: Lang) -> String {
        let all = self.examples.join(pick(lang, "、", ", "));
        match (self.examples.is_empty(), lang) {
            (true, _) => String::new(),
            (false, Lang::Zh) => format!("例如 {all}"),
            (false, Lang::En) => format!("such as {all}"),
        }
    }
}

impl Section for Found {
    fn name(&self) -> &'static str {
        "where"
    }

    fn text(&self, lang: Lang) -> String {
        let mut out = vec![self.sentence(lang)];
        out.extend(
            self.moves.iter().filter(|it| !it.counts.is_empty()).map(|it| Self::table(it, lang)),
        );
        out.push(self.named(lang));
        out.retain(|it| !it.is_empty());
        out.join("\n")
    }

    fn json(&self) -> Value {
        let moves = self.moves.iter().map(|it| {
            let counts = it.counts.iter();
            let counts = counts
                .map(|(from, to, count)| json!({ "from": from, "to": to, "households": count }));
            json!({ "grade": it.grade, "moves": counts.collect::<Vec<_>>() })
        });
        json!({
            "question": self.question,
            "households": self.households,
            "matching": self.matching,
            "grades": moves.collect::<Vec<_>>(),
            "examples": self.examples,
        })
    }

    fn html(&self, lang: Lang) -> String {
        let mut out = format!(
            "<h2>{}</h2>\n<p class=\"verdict\">{}</p>\n",
            pick(lang, "所问的户", "The households that were asked for"),
            escaped(&self.sentence(lang))
        );
        for it in self.moves.iter().filter(|it| !it.counts.is_empty()) {
            let heads = [
                pick(lang, "原来", "before"),
                pick(lang, "现在", "after"),
                pick(lang, "户数", "households"),
            ];
            let _ = write!(out, "<h3>{}</h3>\n<table><thead><tr>", escaped(&it.grade));
            heads.iter().for_each(|it| {
                let _ = write!(out, "<th>{it}</th>");
            });
            out.push_str("</tr></thead><tbody>\n");
            for (from, to, count) in &it.counts {
                let (from, to) = (escaped(from), escaped(to));
                let _ = writeln!(
                    out,
                    "<tr><td>{from}</td><td>{to}</td><td class=\"n\">{count}</td></tr>"
                );
            }
            out.push_str("</tbody></table>\n");
        }
        let _ = writeln!(out, "<p>{}</p>", escaped(&self.named(lang)));
        out
    }

    fn exit(&self) -> Exit {
        Exit::Fine
    }
}
