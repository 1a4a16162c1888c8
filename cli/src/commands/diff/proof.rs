//! What the two versions can make of every household that there could be, as a section of a review.

use std::fmt::Write as _;

use heng_dsl::diag::{Lang, Words};
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Decl, DeclKind};
use heng_dsl::value::Date;
use heng_engine::effect::Both;
use heng_engine::explain::Said;
use heng_engine::program::Program;
use heng_engine::prove::{
    Budget, Incomparable, Proof, Tier, Verdict, Witness, compare_all, conditions,
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

/// What is known of each grade that both versions have, and of each tag, alert, list and direct determination.
pub(in crate::commands) struct Proofs {
    as_of: Date,
    proved: Vec<Proof>,
    /// Of tags, alerts, lists and direct determinations.
    conditions: Vec<Proof>,
    /// Grades that cannot be compared, and why; without a name the conditions.
    not: Vec<(Option<String>, Incomparable)>,
    /// The versions have no grade in common, or nothing at all.
    apart: bool,
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
    let all = grades(&review.old, &review.new);
    let bar = terminal
        .progress(Some(all.len() as u64 + 1), terminal.pick("证明（等级）", "proving (grades)"));
    let (mut proved, mut not) = (Vec::new(), Vec::new());
    let named: Vec<(&str, &str)> = all.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
    let found = compare_all([&old, &new], &named, as_of, Budget::default(), &|| bar.inc(1));
    for ((_, id), found) in all.iter().zip(found) {
        match found {
            Ok(proof) => proved.push(proof),
            Err(why) => not.push((Some(id.clone()), why)),
        }
    }
    bar.set_message(terminal.pick("证明（标注、判定等）", "proving (tags and the like)"));
    let conditions = conditions(&old, &new, as_of, Budget::default()).unwrap_or_else(|why| {
        not.push((None, why));
        Vec::new()
    });
    bar.finish_and_clear();
    let graded = [&review.old, &review.new].into_iter().any(|it| it.decls().any(is_grade));
    let apart = all.is_empty() && (graded || conditions.is_empty());
    Ok(Some(Proofs { as_of, proved, conditions, not, apart }))
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

fn is_grade(decl: &Decl) -> bool {
    matches!(decl.kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. })
}

/// The grades of both versions, by package and id, in the order of the new one.
fn grades(old: &Linked, new: &Linked) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (slot, decl) in new.decls().enumerate() {
        if !is_grade(decl) {
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
    /// Changes that are neither shown nor excluded; what was not compared counts as one.
    pub(super) fn undecided(&self) -> usize {
        let open = |it: &Proof| match it.verdict {
            Verdict::NotDecided => (it.open.len() + it.numeric.len()).max(1),
            Verdict::Equal | Verdict::Transitions | Verdict::Follows => 0,
        };
        usize::from(self.apart) + self.not.len() + self.all().map(open).sum::<usize>()
    }

    /// Lets the households of a register decide what is open.
    pub(super) fn decide_by(&mut self, both: &Both<'_>) {
        for all in [&mut self.proved, &mut self.conditions] {
            let before = std::mem::take(all).into_iter();
            *all = before.map(|it| it.with_register(both)).collect();
        }
    }

    fn all(&self) -> impl Iterator<Item = &Proof> {
        self.proved.iter().chain(&self.conditions)
    }

    /// Tags and the like that do not mean the same in both versions.
    fn unlike(&self) -> impl Iterator<Item = &Proof> {
        self.conditions.iter().filter(|it| it.tier != Tier::SameMeaning)
    }

    /// How many tags and the like there are, and how many mean the same.
    fn counted(&self, lang: Lang) -> Option<String> {
        let (all, unlike) = (self.conditions.len(), self.unlike().count());
        let same = all - unlike;
        (all > 0).then(|| match (lang, unlike) {
            (Lang::Zh, 0) => format!("{}共{all}项：规范形式都相同", kinds(lang)),
            (Lang::Zh, _) => {
                format!("{}共{all}项：{same}项规范形式相同，其余{unlike}项如下", kinds(lang))
            }
            (Lang::En, 0) => format!("{all} {}: all have equal normal forms", kinds(lang)),
            (Lang::En, _) => {
                format!(
                    "{all} {}: {same} have equal normal forms, the others are these",
                    kinds(lang)
                )
            }
        })
    }

    /// What is to be said besides the proofs.
    fn rest(&self, lang: Lang) -> Vec<String> {
        let mut lines = Vec::new();
        if self.apart {
            let nothing = pick(
                lang,
                "两版没有同一个规则集的同一个等级，等级没有比较",
                "the two versions have no grade of the same rule set in common: no grade was compared",
            );
            lines.push(nothing.to_owned());
        }
        lines.extend(self.not.iter().map(|(grade, why)| {
            let name = grade.as_deref().map_or(kinds(lang).into(), harmless);
            not_compared(&name, why, lang)
        }));
        lines
    }
}

/// What there is besides grades.
fn kinds(lang: Lang) -> &'static str {
    pick(lang, "标注、预警、名单、直接判定", "tags, alerts, lists and direct determinations")
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
        let said = |it| std::iter::once(Proof::text(it, lang)).chain(registered(it, lang));
        lines.extend(self.proved.iter().flat_map(said));
        lines.extend(self.counted(lang));
        lines.extend(self.unlike().flat_map(said));
        lines.extend(self.rest(lang));
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let not = |(grade, why): &(Option<String>, Incomparable)| {
            let words = json!({ "zh": why.words(Lang::Zh), "en": why.words(Lang::En) });
            json!({ "grade": grade, "reason": why, "words": words })
        };
        json!({
            "as_of": self.as_of,
            "grades": self.proved,
            "conditions": self.conditions,
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
        for it in &self.proved {
            one(it, lang, &mut out);
        }
        if let Some(it) = self.counted(lang) {
            let _ = writeln!(out, "<h3>{}</h3>\n<p>{}</p>", kinds(lang), escaped(&it));
        }
        for it in self.unlike() {
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
        if self.apart || !self.not.is_empty() || self.all().any(undecided) {
            Exit::Undecided
        } else if self.all().all(|it| it.verdict == Verdict::Equal) {
            Exit::Fine
        } else {
            Exit::Effect
        }
    }
}

/// Which changes a household of the register showed.
fn registered(proof: &Proof, lang: Lang) -> Option<String> {
    let pairs = proof.registered.iter().map(|it| proof.pair(it.0, it.1, lang));
    let pairs = pairs.collect::<Vec<_>>().join(pick(lang, "、", ", "));
    (!pairs.is_empty()).then(|| match lang {
        Lang::Zh => format!("  {pairs}：由登记在册的户举例，只留变动所需的，其余换成普通的值"),
        Lang::En => format!(
            "  {pairs}: shown by a household of the register, with what the change needs and plain values for the rest"
        ),
    })
}

fn not_compared(name: &str, why: &Incomparable, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{name}：没有比较，{}", why.words(lang)),
        Lang::En => format!("{name}: not compared, {}", why.words(lang)),
    }
}

/// One proof as a part of a page.
fn one(proof: &Proof, lang: Lang, out: &mut String) {
    let mut lines = proof.summary(lang).into_iter();
    let first = lines.next().unwrap_or_default();
    let _ = writeln!(out, "<h3>{}</h3>", escaped(&proof.name(lang)));
    let _ = writeln!(out, "<p class=\"verdict\">{}</p>", escaped(&first));
    for it in lines {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escaped(&it));
    }
    if let Some(it) = registered(proof, lang) {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escaped(it.trim()));
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
