//! What the two versions can make of every household that there could be, as a section of a review.

use std::fmt::Write as _;

use heng_dsl::diag::{Lang, Words};
use heng_dsl::model::DeclKind;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::Date;
use heng_engine::explain::Said;
use heng_engine::program::Program;
use heng_engine::prove::{
    Budget, Incomparable, Proof, Tier, Verdict, Witness, compare, conditions,
};
use serde_json::{Value, json};

use super::{Review, Section};
use crate::args::{Diff as Args, DiffFormat};
use crate::commands::doc::html::escaped;
use crate::commands::prepare;
use crate::exit::Exit;
use crate::lang::pick;
use crate::project::Project;
use crate::terminal::{Terminal, harmless};

/// What is known of each grade that both versions have.
pub(super) struct Proofs {
    as_of: Date,
    proved: Vec<Proof>,
    /// Tags, alerts, lists and direct determinations that do not mean the same in both.
    conditions: Vec<Proof>,
    /// How many mean the same.
    same: usize,
    /// Grades that cannot be compared: the package and the name, and why.
    not: Vec<(String, Incomparable)>,
}

/// Proves or refutes, where that was asked for.
pub(super) fn section(
    review: &Review,
    args: &Args,
    project: &Project,
    terminal: Terminal,
) -> Result<Option<Proofs>, Exit> {
    if !args.prove {
        return Ok(None);
    }
    let Some(as_of) = args.data.as_of.or(project.as_of) else {
        terminal.complain(terminal.pick(
            "没有基准日：证明所用的规则是哪一天生效的，请用 --as-of 给出",
            "there is no as-of date: say with --as-of on which day the rules are in force that are proved about",
        ));
        return Err(Exit::Usage);
    };
    let json = args.form() == DiffFormat::Json;
    let old = program(&review.old, json, terminal)?;
    let new = program(&review.new, json, terminal)?;
    let grades = grades(&review.old, &review.new);
    let bar = terminal
        .progress(Some(grades.len() as u64), terminal.pick("证明（等级）", "proving (grades)"));
    let mut out =
        Proofs { as_of, proved: Vec::new(), conditions: Vec::new(), same: 0, not: Vec::new() };
    for (package, id) in grades {
        bar.set_message(format!("{}“{id}”", terminal.pick("证明", "proving ")));
        match compare(&old, &new, (&package, &id), as_of, Budget::default()) {
            Ok(proof) => out.proved.push(proof),
            Err(why) => out.not.push((id, why)),
        }
        bar.inc(1);
    }
    // Where the data are not the same, that was said of the grades.
    if let Ok(all) = conditions(&old, &new, as_of, Budget::default()) {
        let (same, differ): (Vec<Proof>, Vec<Proof>) =
            all.into_iter().partition(|it| it.tier == Tier::SameMeaning);
        (out.same, out.conditions) = (same.len(), differ);
    }
    bar.finish_and_clear();
    Ok(Some(out))
}

fn program(linked: &Linked, json: bool, terminal: Terminal) -> Result<Program, Exit> {
    Program::new(linked.clone()).map_err(|all| {
        let words = |it: &heng_engine::program::ProgramError| {
            Words::both(it.words(Lang::Zh), it.words(Lang::En))
        };
        let problems = all.iter().map(|it| ("E0501", words(it))).collect();
        prepare::refuse(problems, json, Exit::Problems, terminal)
    })
}

/// The grades of both versions, by package and id, in the order of the new one.
fn grades(old: &Linked, new: &Linked) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (slot, decl) in new.decls().enumerate() {
        if !matches!(decl.kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. }) {
            continue;
        }
        let package = new.name_of(new.package_of(slot));
        if old.find_decl(&package, &decl.id).is_some() {
            out.push((package.to_string(), decl.id.to_string()));
        }
    }
    out
}

impl Proofs {
    /// Transitions that are neither shown nor excluded; a grade that was not compared counts as one.
    pub(super) fn undecided(&self) -> usize {
        let open = |it: &Proof| it.open.len().max(usize::from(it.verdict == Verdict::NotDecided));
        usize::from(self.is_empty()) + self.not.len() + self.all().map(open).sum::<usize>()
    }

    /// Everything that was proved or refuted.
    fn all(&self) -> impl Iterator<Item = &Proof> {
        self.proved.iter().chain(&self.conditions)
    }

    fn is_empty(&self) -> bool {
        self.proved.is_empty() && self.not.is_empty()
    }

    /// What is to be said besides the proofs.
    fn rest(&self, lang: Lang) -> Vec<String> {
        if self.is_empty() {
            let nothing = pick(
                lang,
                "两版没有同一个规则集的同一个等级，没有比较",
                "the two versions have no grade of the same rule set in common: nothing was compared",
            );
            return vec![nothing.to_owned()];
        }
        let mut out: Vec<String> =
            self.not.iter().map(|(grade, why)| not_compared(grade, why, lang)).collect();
        if self.same > 0 {
            out.push(match lang {
                Lang::Zh => {
                    format!("标注、预警、名单、直接判定：{}项在两版里意思相同", self.same)
                }
                Lang::En => format!(
                    "tags, alerts, lists and direct determinations: {} mean the same in both versions",
                    self.same
                ),
            });
        }
        out
    }
}

impl Section for Proofs {
    fn name(&self) -> &'static str {
        "proof"
    }

    fn text(&self, lang: Lang) -> String {
        let mut lines = vec![match lang {
            Lang::Zh => format!("对所有可能的户（基准日 {}）", self.as_of),
            Lang::En => format!("Over all households that there could be (as of {})", self.as_of),
        }];
        lines.extend(self.all().map(|it| it.text(lang)));
        lines.extend(self.rest(lang));
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let not = |(grade, why): &(String, Incomparable)| {
            let words = json!({ "zh": why.words(Lang::Zh), "en": why.words(Lang::En) });
            json!({ "grade": grade, "reason": why, "words": words })
        };
        json!({
            "as_of": self.as_of,
            "grades": self.proved,
            "conditions": self.conditions,
            "conditions_same": self.same,
            "not_compared": self.not.iter().map(not).collect::<Vec<_>>(),
        })
    }

    fn html(&self, lang: Lang) -> String {
        let mut out = String::from("<section class=\"proof\">\n");
        let head = pick(lang, "对所有可能的户", "Over all households that there could be");
        let _ = writeln!(out, "<h2>{head}</h2>");
        let about = match lang {
            Lang::Zh => format!("基准日 {}。证明的范围和办法见 docs/prove.md。", self.as_of),
            Lang::En => {
                format!("As of {}. docs/prove.md says what is proved, and how.", self.as_of)
            }
        };
        let _ = writeln!(out, "<p>{}</p>", escaped(&about));
        for it in self.all() {
            one(it, lang, &mut out);
        }
        for it in self.rest(lang) {
            let _ = writeln!(out, "<p class=\"verdict\">{}</p>", escaped(&it));
        }
        out.push_str("</section>\n");
        out
    }

    fn exit(&self) -> Exit {
        let undecided = |it: &Proof| it.verdict == Verdict::NotDecided;
        if self.is_empty() || !self.not.is_empty() || self.all().any(undecided) {
            Exit::Undecided
        } else if self.all().all(|it| it.verdict == Verdict::Equal) {
            Exit::Fine
        } else {
            Exit::Effect
        }
    }
}

fn not_compared(grade: &str, why: &Incomparable, lang: Lang) -> String {
    let grade = harmless(grade);
    match lang {
        Lang::Zh => format!("{grade}：没有比较，{}", why.words(lang)),
        Lang::En => format!("{grade}: not compared, {}", why.words(lang)),
    }
}

/// One grade as a part of a page.
fn one(proof: &Proof, lang: Lang, out: &mut String) {
    let mut lines = proof.summary(lang).into_iter();
    let first = lines.next().unwrap_or_default();
    let _ = writeln!(out, "<h3>{}</h3>", escaped(&proof.name(lang)));
    let _ = writeln!(out, "<p class=\"verdict\">{}</p>", escaped(&first));
    for it in lines {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escaped(&it));
    }
    if proof.possible.is_empty() {
        return;
    }
    let heads = [
        pick(lang, "变化", "change"),
        pick(lang, "一户：字段和记录", "a household: fields and records"),
        pick(lang, "旧版 → 新版", "old → new"),
    ];
    let _ = writeln!(out, "<table>\n<tr><th>{}</th></tr>", heads.join("</th><th>"));
    for it in &proof.possible {
        let values: Vec<String> = it
            .witness
            .values
            .iter()
            .map(|it| format!("{} {} → {}", it.name, it.old.of(lang), it.new.of(lang)))
            .collect();
        let _ = writeln!(
            out,
            "<tr><td class=\"code\">{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&proof.pair(it.from, it.to, lang)),
            told(&it.witness, lang),
            values.iter().map(|it| escaped(it)).collect::<Vec<_>>().join("<br>"),
        );
    }
    let _ = writeln!(out, "</table>");
}

/// What is told of a household, a line each.
fn told(witness: &Witness, lang: Lang) -> String {
    let list = |fields: &[(heng_dsl::model::Id, Said)]| {
        let all = fields.iter().map(|(name, value)| format!("{name} {}", value.of(lang)));
        all.collect::<Vec<_>>().join(pick(lang, "、", ", "))
    };
    let mut lines = vec![list(&witness.fields)];
    lines.extend(witness.records.iter().map(|it| match lang {
        Lang::Zh => format!("{}：{}", it.table, list(&it.fields)),
        Lang::En => format!("{}: {}", it.table, list(&it.fields)),
    }));
    lines.iter().map(|it| escaped(it)).collect::<Vec<_>>().join("<br>")
}
