//! `heng rebase CITY --onto PROVINCE`: a city's amendments on a new version of what they amend.
//!
//! What the text of the city's set says on the new version may be something else than what the city meant:
//! an amended second row is another one where a row was added in front. So the models are merged, the text is
//! changed until it means what was merged, and is written only where it does.

mod effect;
mod report;
mod take;
mod text;

use std::path::PathBuf;

use heng_dsl::diag::{Lang, Severity};
use heng_dsl::diff::{Diff, Merge, as_copied, merge};
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{RuleSet, valid};
use heng_dsl::rebase::onto;
use heng_engine::show::change::{Told, Versions, told};

use self::effect::Effects;
use self::take::Answers;
use self::text::Text;
use super::{check, print_json};
use crate::args::{Format, Rebase};
use crate::exit::Exit;
use crate::project::{Project, shown};
use crate::rules::{self, Wanted};
use crate::terminal::{Terminal, harmless_lines};

/// The three versions, and what came of them.
struct Rebased {
    ours: Linked,
    theirs: Linked,
    merge: Merge,
    told: Vec<Told>,
    answers: Answers,
    merged: Option<Merged>,
}

/// The merged set.
struct Merged {
    linked: Linked,
    /// Changes of the city that could not stay, by their numbers.
    lost: Vec<usize>,
    /// What does not hold in it.
    faults: Vec<String>,
    /// From the city's set, and from the new version, to the merged set.
    against: [Diff; 2],
    /// Its text; absent where the city's set is no text.
    text: Option<Text>,
}

pub(super) fn run(args: &Rebase, project: &Project, terminal: Terminal) -> Result<Exit, Exit> {
    let rebased = rebased(args, project, terminal)?;
    let effects = match &rebased.merged {
        Some(merged) if rebased.is_decided() && merged.faults.is_empty() => {
            effect::effects(&rebased, merged, args, project, terminal)?
        }
        _ => None,
    };
    if args.format == Format::Json {
        print_json(&rebased.json(effects.as_ref()), terminal)?;
    } else {
        let text = rebased.text(terminal.lang);
        let effect = effects.as_ref().map(|it| it.text(terminal.lang)).unwrap_or_default();
        terminal.out(harmless_lines(format!("{text}{effect}").trim_end()));
    }
    let Some(merged) = rebased.merged.as_ref().filter(|it| it.faults.is_empty()) else {
        return Ok(Exit::Problems);
    };
    if !rebased.is_decided() {
        return Ok(Exit::Problems);
    }
    match &args.out {
        Some(out) => text::write(out, merged, args, terminal),
        None if merged.text.as_ref().is_some_and(|it| !it.is_right()) => Ok(Exit::Problems),
        None => Ok(Exit::Fine),
    }
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
    let told: Vec<Told> = merge.diff.changes().iter().map(|it| told(versions, it)).collect();
    let answers = Answers::of(&args.take, &merge, &told, terminal)?;
    let made = merge.made(|it| answers.for_city(it)).ok();
    let made = made.and_then(|made| Some((onto(made.set, (city, province), &theirs)?, made.lost)));
    let merged = match made {
        None => None,
        Some((linked, lost)) => {
            let set = last(&linked);
            let faults = linked.packages.len().checked_sub(1).map(|it| valid::check(it, &linked));
            let faults = faults.unwrap_or_default().into_iter();
            let faults = faults.map(|it| format!("{} {}", it.place, it.why.of(terminal.lang)));
            let against = [Diff::between(city, set), Diff::between(&as_copied(province, set), set)];
            let sides = heng_dsl::rebase::Sides { base, province, city, merged: set };
            let decided = answers.open().is_empty();
            let text = if decided { text::of(sides, args, project, terminal)? } else { None };
            Some(Merged { faults: faults.collect(), against, text, lost, linked })
        }
    };
    Ok(Rebased { ours, theirs, merge, told, answers, merged })
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

fn checked(
    folders: &[PathBuf],
    args: &Rebase,
    project: &Project,
    terminal: Terminal,
) -> Result<Linked, Exit> {
    let wanted = Wanted::of(folders, &args.lookup, project);
    super::some_rules(&wanted, terminal)?;
    let checked = rules::check(&wanted);
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

impl Rebased {
    /// Is every conflict decided?
    fn is_decided(&self) -> bool {
        self.answers.open().is_empty()
    }
}

/// Both effects, for whom it may concern.
type Shown<'e> = Option<&'e Effects>;
