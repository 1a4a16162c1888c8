//! The typed list of changes: what was changed, from what to what, on which basis.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use heng_dsl::diag::Lang;
use heng_dsl::diff::{Aspect, Change, Kind};
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Id, RuleSet};
use heng_dsl::stored::Hashes;
use heng_engine::show::change::{Told, told};
use serde_json::{Value, json};

use super::{Review, Section};
use crate::commands::doc::html::escaped;
use crate::exit::Exit;
use crate::lang::pick;
use crate::table::Rows;

/// The changes in words.
pub(super) struct Changes<'r> {
    review: &'r Review,
    told: Vec<Told>,
    /// Only these kinds are listed; empty for all.
    kinds: &'r [Kind],
    sets: Vec<Set>,
}

/// A package on both sides.
struct Set {
    id: Id,
    old: Option<(Id, Hashes)>,
    new: Option<(Id, Hashes)>,
}

impl Set {
    /// Is what decides about a household the same?
    fn means_the_same(&self) -> bool {
        let meaning = |it: &Option<(Id, Hashes)>| it.as_ref().map(|it| it.1.meaning);
        meaning(&self.old) == meaning(&self.new)
    }
}

impl<'r> Changes<'r> {
    pub(super) fn of(review: &'r Review, kinds: &'r [Kind]) -> Self {
        let told = review.diff.changes().iter().map(|it| told(review.versions(), it)).collect();
        let both = |linked: &Linked, id: &Id| {
            let found = linked.packages.iter().find(|it| it.id == *id);
            found.map(|it: &RuleSet| (it.version.clone(), Hashes::of(it)))
        };
        let mut ids: Vec<Id> = review.new.packages.iter().map(|it| it.id.clone()).collect();
        ids.extend(review.old.packages.iter().map(|it| it.id.clone()));
        let mut sets: Vec<Set> = Vec::new();
        for id in ids {
            if !sets.iter().any(|it| it.id == id) {
                let (old, new) = (both(&review.old, &id), both(&review.new, &id));
                sets.push(Set { id, old, new });
            }
        }
        Self { review, told, kinds, sets }
    }

    /// The changes that are listed, each with its number.
    fn all(&self) -> impl Iterator<Item = (usize, &Change, &Told)> {
        let all = self.review.diff.changes().iter().zip(&self.told).enumerate();
        let all = all.map(|(number, (change, told))| (number, change, told));
        all.filter(|it| self.kinds.is_empty() || self.kinds.contains(&it.1.kind))
    }

    /// How many changes can have an effect and state no legal basis on the side that is left.
    pub(super) fn undocumented(&self) -> usize {
        let all = self.review.diff.changes().iter().zip(&self.told);
        let without = all.filter(|(change, told)| {
            let [before, after] = &told.basis;
            let basis = if told.after.is_some() { after } else { before };
            change.kind.has_effect() && basis.is_empty()
        });
        without.count()
    }

    fn counts(&self) -> Vec<(Kind, usize)> {
        let changes = self.review.diff.changes();
        let count = |kind: &Kind| changes.iter().filter(|it| it.kind == *kind).count();
        Kind::ALL.into_iter().map(|it| (it, count(&it))).filter(|it| it.1 > 0).collect()
    }

    /// What the list comes to, in a sentence.
    fn verdict(&self, lang: Lang) -> String {
        let changes = self.review.diff.changes();
        let proved = self.sets.iter().all(Set::means_the_same);
        if changes.is_empty() {
            return pick(lang, "没有变更", "nothing changed").to_owned();
        }
        let counts: Vec<String> = self
            .counts()
            .into_iter()
            .map(|(kind, count)| {
                let [zh, en] = kind.words();
                format!("{} {} {count}", kind.code(), pick(lang, zh, en))
            })
            .collect();
        let counts = counts.join(pick(lang, "、", ", "));
        let effect = match (proved, self.review.diff.has_effect()) {
            (true, _) => pick(
                lang,
                "规范形式相同：已证明没有一户的结果会变",
                "the normal forms are equal: proved that no household has another result",
            ),
            (false, false) => pick(lang, "不影响结果", "no effect on results"),
            (false, true) => pick(lang, "可能影响结果", "results may change"),
        };
        match lang {
            Lang::Zh => format!("变更 {} 处：{counts}；{effect}", changes.len()),
            Lang::En if changes.len() == 1 => format!("1 change: {counts}; {effect}"),
            Lang::En => format!("{} changes: {counts}; {effect}", changes.len()),
        }
    }
}

/// `+` for what was added, `-` for what was removed, `~` for what was changed.
fn sign(it: &Told) -> char {
    match (&it.before, &it.after) {
        (None, Some(_)) => '+',
        (Some(_), None) => '-',
        _ => '~',
    }
}

fn head(change: &Change, told: &Told, lang: Lang) -> String {
    let aspect = told.aspect.of(lang);
    let mark = if change.thing.guessed { pick(lang, "〔推测〕", " [concluded]") } else { "" };
    let whole = match (&change.aspect, sign(told)) {
        (Aspect::Whole, '+') => pick(lang, " 新增", " added"),
        (Aspect::Whole, '-') => pick(lang, " 删去", " removed"),
        _ => "",
    };
    let aspect = if aspect.is_empty() { String::new() } else { format!(" · {aspect}") };
    format!("{}{mark}{aspect}{whole}", told.thing.of(lang))
}

/// From what to what: on one line where it fits, else one below the other.
fn from_to(told: &Told, lang: Lang) -> Vec<String> {
    let text =
        |it: &Option<heng_engine::explain::Said>| it.as_ref().map(|it| it.of(lang).to_owned());
    let prefixed =
        |sign: char, text: &str| text.lines().map(|it| format!("{sign} {it}")).collect::<Vec<_>>();
    match (text(&told.before), text(&told.after)) {
        (Some(a), Some(b)) if a == b => Vec::new(),
        (Some(a), Some(b)) if !a.contains('\n') && !b.contains('\n') && a.len() + b.len() < 120 => {
            vec![format!("{a} → {b}")]
        }
        (Some(a), Some(b)) => lines_apart(&a, &b),
        (Some(a), None) => prefixed('-', &a),
        (None, Some(b)) => prefixed('+', &b),
        (None, None) => Vec::new(),
    }
}

/// Only the lines in which two texts differ.
fn lines_apart(a: &str, b: &str) -> Vec<String> {
    let changes = similar::TextDiff::from_lines(a, b);
    let line = |it: similar::Change<&str>| {
        let sign = match it.tag() {
            similar::ChangeTag::Equal => return None,
            similar::ChangeTag::Delete => '-',
            similar::ChangeTag::Insert => '+',
        };
        Some(format!("{sign} {}", it.value().trim_end()))
    };
    changes.iter_all_changes().filter_map(line).collect()
}

/// The legal basis: one where both sides have the same, else both.
fn basis(told: &Told, lang: Lang) -> Vec<String> {
    let [before, after] = &told.basis;
    let word = pick(lang, "依据", "basis");
    let said = |all: &[String]| {
        if all.is_empty() {
            pick(lang, "没有写", "none given").to_owned()
        } else {
            all.join("；")
        }
    };
    match (&told.before, &told.after) {
        (Some(_), Some(_)) if before != after => {
            let (old, new) = (pick(lang, "原", "was"), pick(lang, "现", "now"));
            vec![format!("{word} {old} {}", said(before)), format!("{word} {new} {}", said(after))]
        }
        (Some(_), None) => vec![format!("{word} {}", said(before))],
        _ => vec![format!("{word} {}", said(after))],
    }
}

fn bracketed(place: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("（{place}）"),
        Lang::En => format!("({place})"),
    }
}

fn places(told: &Told) -> String {
    match &told.places {
        [Some(a), Some(b)] if a == b => a.clone(),
        [Some(a), Some(b)] => format!("{a} → {b}"),
        [Some(one), None] | [None, Some(one)] => one.clone(),
        [None, None] => String::new(),
    }
}

impl Section for Changes<'_> {
    fn name(&self) -> &'static str {
        "changes"
    }

    fn text(&self, lang: Lang) -> String {
        let mut out = vec![self.verdict(lang)];
        let changed = self.sets.iter().filter(|it| {
            it.old.as_ref().map(|it| it.1.content) != it.new.as_ref().map(|it| it.1.content)
        });
        let mut rows = Rows::plain();
        for it in changed {
            let version = |it: &Option<(Id, Hashes)>| {
                it.as_ref().map_or_else(|| "–".to_owned(), |it| it.0.to_string())
            };
            let same = match (it.means_the_same(), lang) {
                (true, Lang::Zh) => "含义未变",
                (true, Lang::En) => "means the same",
                (false, _) => "",
            };
            let versions = format!("{} → {}", version(&it.old), version(&it.new));
            rows.push([it.id.to_string(), versions, same.to_owned()]);
        }
        if !rows.is_empty() {
            out.push(rows.text());
        }
        let packages: BTreeSet<&Id> = self.all().map(|it| &it.1.package).collect();
        let several = packages.len() > 1;
        for (_, change, told) in self.all() {
            let package = if several { format!("{} ", change.package) } else { String::new() };
            let mut lines = vec![format!(
                "{} [{}] {package}{}",
                sign(told),
                change.kind.code(),
                head(change, told, lang)
            )];
            let mut more = from_to(told, lang);
            for it in &told.along {
                more.push(format!("& {} · {}", it.thing.of(lang), it.aspect.of(lang)));
                more.extend(from_to(it, lang).into_iter().map(|it| format!("  {it}")));
            }
            let place = places(told);
            let mut basis =
                if change.kind == Kind::Cosmetic { Vec::new() } else { basis(told, lang) };
            match basis.last_mut() {
                Some(last) if !place.is_empty() => {
                    let _ = write!(last, "  {}", bracketed(&place, lang));
                }
                None if !place.is_empty() => basis.push(bracketed(&place, lang)),
                _ => {}
            }
            more.extend(basis);
            lines.extend(more.into_iter().map(|it| format!("       {it}")));
            out.push(lines.join("\n"));
        }
        out.join("\n")
    }

    fn json(&self) -> Value {
        let sets: Vec<Value> = self
            .sets
            .iter()
            .map(|it| {
                let side = |it: &Option<(Id, Hashes)>| {
                    it.as_ref().map(|(version, hashes)| {
                        json!({ "version": version, "content": hashes.content, "meaning": hashes.meaning })
                    })
                };
                json!({
                    "package": it.id,
                    "old": side(&it.old),
                    "new": side(&it.new),
                    "means_the_same": it.means_the_same(),
                })
            })
            .collect();
        let counts: serde_json::Map<String, Value> =
            self.counts().into_iter().map(|it| (it.0.code().to_owned(), json!(it.1))).collect();
        let changes: Vec<Value> = self
            .all()
            .map(|(number, change, told)| {
                let [zh, en] = change.kind.words();
                json!({
                    "id": change.id,
                    "kind": change.kind,
                    "kind_name": { "zh": zh, "en": en },
                    "package": change.package,
                    "concluded": change.thing.guessed,
                    "told": told,
                    "needs": self.review.diff.needs(number).iter().filter_map(|it| {
                        Some(self.review.diff.changes().get(*it)?.id.clone())
                    }).collect::<Vec<_>>(),
                    "touches": change.touches,
                })
            })
            .collect();
        json!({
            "packages": sets,
            "counts": counts,
            "effect_possible": self.review.diff.has_effect(),
            "list": changes,
        })
    }

    fn html(&self, lang: Lang) -> String {
        let mut out = format!(
            "<h2>{}</h2>\n<p class=\"verdict\">{}</p>\n",
            pick(lang, "变更", "Changes"),
            escaped(&self.verdict(lang))
        );
        if self.told.is_empty() {
            return out;
        }
        let heads = match lang {
            Lang::Zh => ["种类", "改了什么", "原来", "现在", "依据"],
            Lang::En => ["kind", "what was changed", "before", "after", "basis"],
        };
        out.push_str("<div class=\"wide\"><table class=\"changes\">\n<thead><tr>");
        for it in heads {
            let _ = write!(out, "<th>{it}</th>");
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for (_, change, told) in self.all() {
            row(change, told, lang, &mut out);
        }
        out.push_str("</tbody></table></div>\n");
        out
    }

    fn exit(&self) -> Exit {
        if self.review.diff.has_effect() { Exit::Effect } else { Exit::Fine }
    }
}

fn row(change: &Change, told: &Told, lang: Lang, out: &mut String) {
    let [zh, en] = change.kind.words();
    let what = escaped(&head(change, told, lang));
    let side = |it: &Option<heng_engine::explain::Said>| {
        it.as_ref().map(|it| escaped_lines(it.of(lang))).unwrap_or_default()
    };
    let mut basis: Vec<String> = basis(told, lang).iter().map(|it| escaped(it)).collect();
    let place = places(told);
    if !place.is_empty() {
        basis.push(format!("<span class=\"small\">{}</span>", escaped(&place)));
    }
    let _ = writeln!(
        out,
        "<tr id=\"{}\"><td class=\"code\">{} {}<span>{}</span></td><td>{what}<br><span class=\"small\">{}</span></td>\
         <td class=\"before\">{}</td><td class=\"after\">{}</td><td>{}</td></tr>",
        escaped(&change.id),
        sign(told),
        change.kind.code(),
        pick(lang, zh, en),
        escaped(&change.package),
        side(&told.before),
        side(&told.after),
        basis.join("<br>"),
    );
    for it in &told.along {
        let _ = writeln!(
            out,
            "<tr><td class=\"code\">&amp;</td><td>{} · {}</td><td class=\"before\">{}</td>\
             <td class=\"after\">{}</td><td></td></tr>",
            escaped(it.thing.of(lang)),
            escaped(it.aspect.of(lang)),
            side(&it.before),
            side(&it.after),
        );
    }
}

fn escaped_lines(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("\n")
}
