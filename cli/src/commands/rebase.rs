//! `heng rebase CITY --onto PROVINCE`: a city's amendments on a new version of what they amend.
//!
//! What the text of the city's set says on the new version may be something else than what the city meant:
//! an amended second row is another one where a row was added in front. So the models are merged, and the
//! text is only said to be right where it gives the same.

use std::path::{Path, PathBuf};

use heng_dsl::diag::{Lang, Severity};
use heng_dsl::diff::{Change, Diff, Fate, Merge, as_copied, merge};
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{RuleSet, valid};
use heng_dsl::stored;
use heng_engine::explain::Said;
use heng_engine::output::OutputError;
use heng_engine::show::change::{Told, Versions, told};
use serde_json::{Value, json};

use super::diff::save;
use super::{check, prepare, print_json};
use crate::args::{Format, Rebase, Take};
use crate::exit::Exit;
use crate::lang::pick;
use crate::project::{Project, shown};
use crate::rules::{self, Wanted};
use crate::terminal::{Terminal, harmless_lines};

/// The three versions, and what came of them.
struct Rebased {
    ours: Linked,
    theirs: Linked,
    merge: Merge,
    told: Vec<Told>,
    merged: Option<Merged>,
}

/// The merged set.
struct Merged {
    linked: Linked,
    /// What does not hold in it.
    faults: Vec<String>,
    /// From the city's set, and from the new version, to the merged set.
    against: [Diff; 2],
    /// What the text of the city's set would give otherwise on the new version; absent where it cannot be
    /// checked against it.
    text: Option<Diff>,
}

pub(super) fn run(args: &Rebase, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let json = args.format == Format::Json;
    let rebased = rebased(args, project, terminal)?;
    let open = rebased.merge.conflicts();
    let decided = open.is_empty() || args.take.is_some();
    let sound = rebased.merged.as_ref().is_some_and(|it| it.faults.is_empty());
    if json {
        print_json(&rebased.json(args), terminal)?;
    } else {
        terminal.out(harmless_lines(&rebased.text(args, terminal.lang)));
    }
    if !decided || !sound {
        return Ok(Exit::Problems);
    }
    if let (Some(out), Some(merged)) = (&args.out, &rebased.merged) {
        let last = merged.linked.packages.len().saturating_sub(1);
        let text = stored::package(&merged.linked, last).unwrap_or_default();
        save(out, &text).map_err(|it: OutputError| {
            prepare::refuse(vec![(it.code(), it.words())], json, Exit::Problems, terminal)
        })?;
        terminal.tell(match terminal.lang {
            Lang::Zh => format!("合并的规则集写到“{}”", shown(out)),
            Lang::En => format!("the merged set was written to “{}”", shown(out)),
        });
    }
    Ok(Exit::Fine)
}

fn rebased(args: &Rebase, project: &Project, terminal: Terminal) -> Result<Rebased, Exit> {
    let with = |before: Option<&PathBuf>| -> Vec<PathBuf> {
        before.into_iter().chain([&args.city]).cloned().collect()
    };
    let ours = checked(&with(args.from.as_ref()), args, project, terminal)?;
    let theirs = checked(std::slice::from_ref(&args.onto), args, project, terminal)?;
    let Some((base, city, province)) = three(&ours, &theirs) else {
        terminal.complain(match terminal.lang {
            Lang::Zh => format!("“{}”没有“基于”所给的规则集", shown(&args.city)),
            Lang::En => format!("“{}” does not extend the set that was given", shown(&args.city)),
        });
        return Err(Exit::Usage);
    };
    let merge = merge(base, city, province);
    let versions = Versions { old: &theirs, new: &ours };
    let all = merge.diff.changes().iter();
    let told = all.map(|it| told(versions, it)).collect();
    let take = args.take == Some(Take::City);
    let merged = merged(&merge, take, city, province, &theirs).map(|linked| {
        let made = last(&linked).clone();
        let faults = linked.packages.len().checked_sub(1).map(|it| valid::check(it, &linked));
        let faults = faults.unwrap_or_default().into_iter();
        let text = candidate(&with(Some(&args.onto)), args, project);
        Merged {
            faults: faults.map(|it| format!("{} {}", it.place, it.why.of(terminal.lang))).collect(),
            against: [
                Diff::between(city, &made),
                Diff::between(&as_copied(province, &made), &made),
            ],
            text: text.map(|it| Diff::between(&made, last(&it))),
            linked,
        }
    });
    Ok(Rebased { ours, theirs, merge, told, merged })
}

/// The package that was asked for comes after all that it uses.
fn last(linked: &Linked) -> &RuleSet {
    let count = linked.packages.len();
    &linked.packages[count.saturating_sub(1)]
}

/// What the city's set extends, the city's set, and the new version.
fn three<'l>(
    ours: &'l Linked,
    theirs: &'l Linked,
) -> Option<(&'l RuleSet, &'l RuleSet, &'l RuleSet)> {
    let number = ours.packages.len().checked_sub(1)?;
    let city = ours.packages.get(number)?;
    let extended = city.uses.iter().find(|it| it.extends)?;
    let base = ours.packages.get(ours.used(number, extended)?)?;
    let province = theirs.packages.iter().rev().find(|it| it.id == base.id)?;
    Some((base, city, province))
}

/// The merged set with everything that the new version uses.
fn merged(
    merge: &Merge,
    ours: bool,
    city: &RuleSet,
    province: &RuleSet,
    theirs: &Linked,
) -> Option<Linked> {
    let mut made = merge.made(ours).ok()?;
    made.version = city.version.clone();
    for it in made.uses.iter_mut().filter(|it| it.package == province.id && it.pinned.is_some()) {
        it.pinned = Some(province.version.clone());
    }
    let mut packages = theirs.packages.clone();
    packages.push(made);
    Linked::link(packages, theirs.links.clone()).ok()
}

fn checked(
    folders: &[PathBuf],
    args: &Rebase,
    project: &Project,
    terminal: Terminal,
) -> Result<Linked, Exit> {
    let checked = rules::check(&Wanted::of(folders, &args.lookup, project));
    let errors = checked.count(Severity::Error);
    if errors == 0
        && let Some(linked) = checked.linked
    {
        return Ok(linked);
    }
    check::tell(&checked, terminal);
    let named = folders.last().map(|it| shown(it)).unwrap_or_default();
    terminal.tell(match terminal.lang {
        Lang::Zh => format!("没有合并：“{named}”有{errors}个错误"),
        Lang::En => format!("nothing was merged: “{named}” has {errors} errors"),
    });
    Err(Exit::Problems)
}

/// The city's text on the new version, where it is text and fits.
fn candidate(folders: &[PathBuf], args: &Rebase, project: &Project) -> Option<Linked> {
    let is_text = |it: &Path| !crate::world::is_stored(it);
    let checked = rules::check(&Wanted::of(folders, &args.lookup, project));
    let sound = checked.count(Severity::Error) == 0;
    checked.linked.filter(|_| sound && is_text(&args.city))
}

impl Rebased {
    fn with(&self, fate: Fate) -> impl Iterator<Item = (usize, &Change, &Told)> {
        let all =
            self.merge.diff.changes().iter().zip(&self.told).zip(&self.merge.fates).enumerate();
        all.filter(move |it| *it.1.1 == fate).map(|(at, ((change, told), _))| (at, change, told))
    }

    fn text(&self, args: &Rebase, lang: Lang) -> String {
        let count = |fate| self.with(fate).filter(|it| it.1.kind.has_effect()).count();
        let (ours, theirs, both) = (count(Fate::Ours), count(Fate::Theirs), count(Fate::Conflict));
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
            out.push(format!(
                "! [{}] {} · {}",
                change.kind.code(),
                told.thing.of(lang),
                told.aspect.of(lang)
            ));
            let base = self.base(at, change);
            let lines = [
                (pick(lang, "省里原来", "province, before"), base.as_ref(), &[][..]),
                (pick(lang, "省里现在", "province, now"), told.before.as_ref(), &told.basis[0][..]),
                (pick(lang, "市里", "city"), told.after.as_ref(), &told.basis[1][..]),
            ];
            out.extend(lines.into_iter().map(|it| line(it, lang)));
        }
        if both > 0 && args.take.is_none() {
            out.push(
                pick(
                    lang,
                    "冲突之处请定夺后再合并：--take city 照市里，--take province 照省里",
                    "decide the conflicts first: --take city or --take province",
                )
                .to_owned(),
            );
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
            Some(it) => out.extend(it.text(lang)),
        }
        out.join("\n")
    }

    /// What stood in the old version, in words.
    fn base(&self, at: usize, change: &Change) -> Option<Said> {
        let side = self.merge.bases.get(at)?.clone()?;
        let before = Change { before: Some(side), along: Vec::new(), ..change.clone() };
        told(Versions { old: &self.ours, new: &self.ours }, &before).before
    }

    fn json(&self, args: &Rebase) -> Value {
        let list = |fate| {
            let all = self.with(fate).map(|(at, change, told)| {
                json!({
                    "id": change.id,
                    "kind": change.kind,
                    "thing": told.thing,
                    "aspect": told.aspect,
                    "base": self.base(at, change),
                    "province": told.before,
                    "province_basis": told.basis[0],
                    "city": told.after,
                    "city_basis": told.basis[1],
                })
            });
            all.collect::<Vec<_>>()
        };
        json!({
            "city": last(&self.ours).id,
            "onto": { "package": last(&self.theirs).id, "version": last(&self.theirs).version },
            "take": args.take.map(|it| match it { Take::City => "city", Take::Province => "province" }),
            "conflicts": list(Fate::Conflict),
            "ours": list(Fate::Ours),
            "theirs": list(Fate::Theirs),
            "merged": self.merged.as_ref().map(|it| json!({
                "faults": it.faults,
                "against_city": it.against[0].changes().iter().map(|it| it.id.clone()).collect::<Vec<_>>(),
                "against_province": it.against[1].changes().iter().map(|it| it.id.clone()).collect::<Vec<_>>(),
                "text_gives_the_same": it.text.as_ref().map(|it| !it.has_effect()),
            })),
        })
    }
}

fn line((who, value, basis): (&str, Option<&Said>, &[String]), lang: Lang) -> String {
    let value = value.map_or(pick(lang, "没有", "nothing"), |it| it.of(lang)).replace('\n', " / ");
    let basis = if basis.is_empty() { String::new() } else { format!("  {}", basis.join("；")) };
    format!("       {who}: {value}{basis}")
}

impl Merged {
    fn text(&self, lang: Lang) -> Vec<String> {
        let mut out: Vec<String> = self.faults.iter().map(|it| format!("  ✗ {it}")).collect();
        let count = |diff: &Diff| diff.changes().iter().filter(|it| it.kind.has_effect()).count();
        let (city, province) = (count(&self.against[0]), count(&self.against[1]));
        out.push(match lang {
            Lang::Zh => format!("合并的规则集与市里现行的相比变更 {city} 处，与省里新版相比 {province} 处"),
            Lang::En => {
                format!("the merged set has {city} changes against the city's present one, {province} against the new version")
            }
        });
        out.push(match &self.text {
            None => pick(lang, "市里的文字不能照原样用在新版上，以合并的数据为准", "the city's text does not fit the new version as it is; the merged data do"),
            Some(it) if it.has_effect() => pick(
                lang,
                "注意：市里的文字照原样用在新版上，意思会变（例如“第 2 行”不再是那一行），以合并的数据为准",
                "note: on the new version the city's text means something else (row 2 may be another row); the merged data are right",
            ),
            Some(_) => pick(lang, "市里的文字不必改，在新版上意思相同", "the city's text need not change: it means the same on the new version"),
        }.to_owned());
        out
    }
}
