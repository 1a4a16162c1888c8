//! What `heng rebase` says: conflicts with all three values, what became of the text, and for programs the same.

use heng_dsl::diag::Lang;
use heng_dsl::diff::{Change, Diff, Fate};
use heng_dsl::rebase::{Note, What, Why};
use heng_engine::explain::Said;
use heng_engine::show::change::{Told, Versions, told};
use serde_json::{Value, json};

use super::text::Text;
use super::{Merged, Rebased, Shown, last};
use crate::lang::pick;

/// Faults and changes that are shown of each kind.
const SHOWN: usize = 12;

/// How two sides meet in a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meeting {
    /// Both added something of that name.
    BothAdded,
    /// The province no longer has what the city amends.
    GoneInProvince,
    /// The city no longer has what the province changed.
    GoneInCity,
    BothChanged,
}

impl Meeting {
    fn name(self) -> &'static str {
        match self {
            Self::BothAdded => "both_added",
            Self::GoneInProvince => "gone_in_province",
            Self::GoneInCity => "gone_in_city",
            Self::BothChanged => "both_changed",
        }
    }

    /// What is not seen from the values.
    fn words(self, lang: Lang) -> Option<&'static str> {
        Some(match self {
            Self::BothAdded => pick(
                lang,
                "省里新版和市里都新增了同名的一个，内容不同",
                "the new version and the city each added one of that name, and not the same",
            ),
            Self::GoneInProvince => pick(
                lang,
                "省里新版删去了它，市里修订了它",
                "the new version removed it, and the city amends it",
            ),
            Self::GoneInCity => pick(
                lang,
                "市里停用了它，省里新版改了它",
                "the city has disabled it, and the new version changed it",
            ),
            Self::BothChanged => return None,
        })
    }
}

impl Rebased {
    fn with(&self, fate: Fate) -> impl Iterator<Item = (usize, &Change, &Told)> {
        let all =
            self.merge.diff.changes().iter().zip(&self.told).zip(&self.merge.fates).enumerate();
        all.filter(move |it| *it.1.1 == fate).map(|(at, ((change, told), _))| (at, change, told))
    }

    pub(super) fn text(&self, lang: Lang) -> String {
        let count = |fate| self.with(fate).filter(|it| it.1.kind.has_effect()).count();
        let (ours, theirs) = (count(Fate::Ours), count(Fate::Theirs));
        let both = self.with(Fate::Conflict).count();
        let (city, new) = (last(&self.ours), last(&self.theirs));
        let mut out = vec![match lang {
            Lang::Zh => format!(
                "{} 移到 {} {}：市里的改动保留 {ours} 处，省里的改动 {theirs} 处，冲突 {both} 处",
                city.id, new.id, new.version
            ),
            Lang::En => format!(
                "{} onto {} {}: {ours} changes of the city stay, {theirs} are the province's, {both} conflict",
                city.id, new.id, new.version
            ),
        }];
        for (at, change, told) in self.with(Fate::Conflict) {
            out.extend(self.conflict(at, change, told, lang));
        }
        let open = self.answers.open().len();
        if open > 0 {
            out.push(match lang {
                Lang::Zh => format!(
                    "{open} 处冲突还没有定夺，什么也没有写：--take city 照市里，--take province 照省里，--take city=名称（或编号）只定这一处"
                ),
                Lang::En => format!(
                    "{open} conflicts are open, so nothing was written: --take city or --take province, or --take city=NAME (or its number) for one"
                ),
            });
            return out.join("\n");
        }
        match &self.merged {
            None => out.push(
                pick(
                    lang,
                    "合并的结果连不起来，须人工处理",
                    "the result does not link; it has to be done by hand",
                )
                .to_owned(),
            ),
            Some(it) => out.extend(self.merged(it, lang)),
        }
        out.join("\n")
    }

    fn conflict(&self, at: usize, change: &Change, told: &Told, lang: Lang) -> Vec<String> {
        let answer = match self.answers.answer(at) {
            None => "",
            Some(true) => pick(lang, "  → 照市里", "  → the city's"),
            Some(false) => pick(lang, "  → 照省里", "  → the province's"),
        };
        let number = self.answers.number(at).unwrap_or_default();
        let head = format!("! {number}. [{}] {}{answer}", change.kind.code(), about(told, lang));
        let meets = self.meeting(at, told).words(lang).map(|it| format!("       {it}"));
        let (base, basis) = self.base(at, change).unzip();
        let basis = basis.unwrap_or_default();
        let lines = [
            (pick(lang, "省里原来", "province, before"), base.as_ref(), &basis[..]),
            (pick(lang, "省里现在", "province, now"), told.before.as_ref(), &told.basis[0][..]),
            (pick(lang, "市里", "city"), told.after.as_ref(), &told.basis[1][..]),
        ];
        let lines = lines.into_iter().map(|it| line(it, lang));
        std::iter::once(head).chain(meets).chain(lines).collect()
    }

    /// What stood in the old version, in words, and on which basis.
    fn base(&self, at: usize, change: &Change) -> Option<(Said, Vec<String>)> {
        let side = self.merge.bases.get(at)?.clone()?;
        let before = Change { before: Some(side), along: Vec::new(), ..change.clone() };
        let told = told(Versions { old: &self.ours, new: &self.ours }, &before);
        let [basis, _] = told.basis;
        told.before.map(|it| (it, basis))
    }

    /// How the two sides meet in a conflict.
    fn meeting(&self, at: usize, told: &Told) -> Meeting {
        let base = self.merge.bases.get(at).is_some_and(Option::is_some);
        match (base, told.before.is_some(), told.after.is_some()) {
            (false, true, true) => Meeting::BothAdded,
            (true, false, true) => Meeting::GoneInProvince,
            (true, true, false) => Meeting::GoneInCity,
            _ => Meeting::BothChanged,
        }
    }

    /// What can be done about a conflict that is decided for the city and that no text says.
    fn advice(&self, lang: Lang) -> Vec<String> {
        let mut out = Vec::new();
        for (at, _, told) in self.with(Fate::Conflict) {
            if self.answers.answer(at) != Some(true) {
                continue;
            }
            let name = told.thing.of(lang);
            out.extend(match (self.meeting(at, told), lang) {
                (Meeting::BothAdded, Lang::Zh) => Some(format!(
                    "  {name}：省里新版也有一个。把市里的写成“修订”省里的，或者换一个名称，再运行一次"
                )),
                (Meeting::BothAdded, Lang::En) => Some(format!(
                    "  {name}: the new version has one as well. Write the city's as an amendment of it, or give it another name, and run this again"
                )),
                (Meeting::GoneInProvince, Lang::Zh) => Some(format!(
                    "  {name}：省里新版没有它，无从修订。把市里的“修订”写成完整的声明，再运行一次"
                )),
                (Meeting::GoneInProvince, Lang::En) => Some(format!(
                    "  {name}: the new version does not have it, so it cannot be amended. Write the city's as a whole declaration, and run this again"
                )),
                (Meeting::GoneInCity | Meeting::BothChanged, _) => None,
            });
        }
        // One thing may be in several conflicts.
        out.dedup();
        out
    }

    fn merged(&self, it: &Merged, lang: Lang) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for at in &it.lost {
            let Some(told) = self.told.get(*at) else { continue };
            let about = about(told, lang);
            out.push(match lang {
                Lang::Zh => format!("- {about}：市里的这处改动以照省里定的一处为前提，没有保留"),
                Lang::En => format!(
                    "- {about}: the city's change needs one that was decided for the province, and was not kept"
                ),
            });
        }
        out.extend(it.faults.iter().map(|it| format!("  ✗ {it}")));
        let count = |diff: &Diff| diff.changes().iter().filter(|it| it.kind.has_effect()).count();
        let (city, province) = (count(&it.against[0]), count(&it.against[1]));
        out.push(match lang {
            Lang::Zh => format!("合并的规则集与市里现行的相比变更 {city} 处，与省里新版相比 {province} 处"),
            Lang::En => {
                format!("the merged set has {city} changes against the city's present one, {province} against the new version")
            }
        });
        out.extend(it.text.iter().flat_map(|text| said(text, it, lang)));
        if it.text.as_ref().is_some_and(|text| !text.is_right()) {
            out.extend(self.advice(lang));
        }
        out
    }

    pub(super) fn json(&self, effects: Shown<'_>) -> Value {
        let list = |fate| {
            let all = self.with(fate).map(|(at, change, told)| {
                let (base, basis) = self.base(at, change).unzip();
                json!({
                    "id": change.id,
                    "kind": change.kind,
                    "thing": told.thing,
                    "aspect": told.aspect,
                    "base": base,
                    "base_basis": basis,
                    "meeting": (fate == Fate::Conflict).then(|| self.meeting(at, told).name()),
                    "province": told.before,
                    "province_basis": told.basis[0],
                    "city": told.after,
                    "city_basis": told.basis[1],
                    "decided_for": self.answers.answer(at).map(|it| if it { "city" } else { "province" }),
                })
            });
            all.collect::<Vec<_>>()
        };
        let ids = |it: &Diff| it.changes().iter().map(|it| it.id.clone()).collect::<Vec<_>>();
        let id = |at: &usize| self.merge.diff.changes().get(*at).map(|it| it.id.clone());
        json!({
            "city": last(&self.ours).id,
            "onto": { "package": last(&self.theirs).id, "version": last(&self.theirs).version },
            "conflicts": list(Fate::Conflict),
            "open": self.answers.open().len(),
            "ours": list(Fate::Ours),
            "theirs": list(Fate::Theirs),
            "merged": self.merged.as_ref().map(|it| json!({
                "faults": it.faults,
                "not_kept": it.lost.iter().filter_map(id).collect::<Vec<_>>(),
                "against_city": ids(&it.against[0]),
                "against_province": ids(&it.against[1]),
                "text": it.text.as_ref().map(text_json),
            })),
            "effect": effects.map(super::Effects::json),
        })
    }
}

fn text_json(it: &Text) -> Value {
    let note = |note: &Note| {
        let words = |lang| words(&note.what, lang);
        json!({
            "file": it.name(&note.file),
            "line": note.line,
            "zh": words(Lang::Zh),
            "en": words(Lang::En),
        })
    };
    let differs = it.rewritten.differs.as_ref().map(|it| {
        let changes = it.changes().iter().filter(|it| it.kind.has_effect());
        changes.map(|it| it.id.clone()).collect::<Vec<_>>()
    });
    json!({
        "means_the_same": it.is_right(),
        "changes": it.rewritten.notes.iter().map(note).collect::<Vec<_>>(),
        "differs": differs,
        "cases": { "passed": it.cases.0, "failed": it.cases.1 },
    })
}

/// What it is about: the thing, and what about it.
fn about(told: &Told, lang: Lang) -> String {
    let (thing, aspect) = (told.thing.of(lang), told.aspect.of(lang));
    if aspect.is_empty() { thing.to_owned() } else { format!("{thing} · {aspect}") }
}

fn line((who, value, basis): (&str, Option<&Said>, &[String]), lang: Lang) -> String {
    let value = value.map_or(pick(lang, "没有", "nothing"), |it| it.of(lang)).replace('\n', " / ");
    let basis = if basis.is_empty() { String::new() } else { format!("  {}", basis.join("；")) };
    format!("       {who}: {value}{basis}")
}

/// What became of the text.
fn said(text: &Text, merged: &Merged, lang: Lang) -> Vec<String> {
    let mut out = Vec::new();
    if !text.is_right() {
        return unwritten(text, merged, lang);
    }
    let notes = &text.rewritten.notes;
    if notes.is_empty() {
        out.push(pick(lang, "市里的文字不必改", "the city's text need not change").to_owned());
    } else {
        out.push(match lang {
            Lang::Zh => format!("市里的文字改 {} 处，其余照原样：", notes.len()),
            Lang::En => {
                format!("{} places of the city's text change, the rest stays:", notes.len())
            }
        });
    }
    for it in notes {
        out.push(format!("  {}:{}  {}", text.name(&it.file), it.line, words(&it.what, lang)));
    }
    out.push(
        pick(
            lang,
            "改后的文字与合并的规则集意思完全相同（规范形式相等）",
            "the text as changed means exactly what was merged (equal normal forms)",
        )
        .to_owned(),
    );
    out.extend(cases(text, lang));
    let version = &last(&merged.linked).version;
    out.push(match lang {
        Lang::Zh => format!("版本仍写着 {version}，发布以前请改"),
        Lang::En => format!("its version is still {version}: change it before it is published"),
    });
    out
}

/// Why no text says what was merged.
fn unwritten(text: &Text, merged: &Merged, lang: Lang) -> Vec<String> {
    let mut out = Vec::new();
    let Some(differs) = &text.rewritten.differs else {
        let errors = text.checked.count(heng_dsl::diag::Severity::Error);
        out.push(match lang {
            Lang::Zh => format!("不能写成文字：市里的文字在新版上有 {errors} 个错误，逐条改不掉"),
            Lang::En => format!("no text says it: on the new version the city's text has {errors} errors that no change here removes"),
        });
        let errors = text.checked.diagnostics.iter();
        let errors = errors.filter(|it| it.severity() == heng_dsl::diag::Severity::Error);
        out.extend(
            errors
                .take(SHOWN)
                .map(|it| format!("  ✗ {} {}", it.code.record().name, it.message(lang))),
        );
        return out;
    };
    out.push(
        pick(
            lang,
            "不能写成文字：下面这些，市里的文字说的与合并的规则集不同",
            "no text says it: this is where the city's text says something else than what was merged",
        )
        .to_owned(),
    );
    let linked = text.checked.linked.as_ref().unwrap_or(&merged.linked);
    let versions = Versions { old: &merged.linked, new: linked };
    for it in differs.changes().iter().filter(|it| it.kind.has_effect()).take(SHOWN) {
        let told = told(versions, it);
        out.push(format!("  ✗ {}", about(&told, lang)));
        let values = [
            (pick(lang, "合并的", "merged"), told.before.as_ref(), &[][..]),
            (pick(lang, "文字", "text"), told.after.as_ref(), &[][..]),
        ];
        out.extend(values.into_iter().map(|it| line(it, lang)));
    }
    out
}

/// Its cases on the new version.
fn cases(text: &Text, lang: Lang) -> Vec<String> {
    let (passed, failed) = &text.cases;
    if passed + failed.len() == 0 {
        return Vec::new();
    }
    let count = failed.len();
    let head = match (lang, count) {
        (Lang::Zh, 0) => format!("市里的用例 {passed} 条，在新版上都通过"),
        (Lang::En, 0) => format!("all {passed} cases of the city hold on the new version"),
        (Lang::Zh, _) => format!("市里的用例在新版上通过 {passed} 条，{count} 条须由人重看："),
        (Lang::En, _) => format!(
            "{passed} cases of the city hold on the new version, {count} have to be looked at:"
        ),
    };
    let failed = failed.iter().take(SHOWN).map(|it| format!("  ✗ {it}"));
    let more = (count > SHOWN).then(|| format!("  … {}", count - SHOWN));
    std::iter::once(head).chain(failed).chain(more).collect()
}

/// One change of the text.
fn words(what: &What, lang: Lang) -> String {
    match (what, lang) {
        (What::Version { from, to } | What::Name { from, to }, _) => format!("“{from}” → “{to}”"),
        (What::Row { of, from, to }, _) => format!("{of}：{from} → {to}"),
        (What::Table { of }, Lang::Zh) => format!("{of}：表的各行改为合并后的"),
        (What::Table { of }, Lang::En) => {
            format!("{of}: the rows of the table are those that were merged")
        }
        (What::Dropped { text, why }, _) => {
            let why = match why {
                Why::Same => pick(lang, "省里新版已经这样定", "the new version says so itself"),
                Why::Gone => pick(lang, "省里新版已经没有它", "the new version no longer has it"),
                Why::Province => pick(lang, "照省里的定", "decided for the province"),
            };
            match lang {
                Lang::Zh => format!("删去“{text}”：{why}"),
                Lang::En => format!("left out “{text}”: {why}"),
            }
        }
    }
}
