//! What the merged set does to the register, against both parents: what changes for the city's households, and how
//! the city differs from the province.

use heng_dsl::diag::Lang;
use heng_dsl::diff::Diff;
use heng_dsl::model::linked::Linked;
use serde_json::{Value, json};

use super::super::diff::{Review, Section as _, impact, renamed};
use super::{Merged, Rebased};
use crate::args::Rebase;
use crate::exit::Exit;
use crate::lang::pick;
use crate::project::Project;
use crate::terminal::Terminal;

/// Both effects.
pub(super) struct Effects {
    /// From the city's present set to the merged one.
    city: impact::Population,
    /// From the province's new version to the merged set.
    province: impact::Population,
}

/// Works both out, where data were named.
pub(super) fn effects(
    rebased: &Rebased,
    merged: &Merged,
    args: &Rebase,
    project: &Project,
    terminal: Terminal,
) -> Result<Option<Effects>, Exit> {
    let asked = args.as_diff();
    let against = |old: &Linked| {
        let new = merged.linked.clone();
        let (was, is) =
            (old.packages.len().saturating_sub(1), new.packages.len().saturating_sub(1));
        let diff = Diff::of(&renamed(old, &[was], &new, &[is]), &new.packages);
        let review = Review { old: old.clone(), new, diff };
        impact::section(&review, None, &asked, project, terminal)
    };
    let (city, province) = (against(&rebased.ours)?, against(&rebased.theirs)?);
    Ok(city.zip(province).map(|(city, province)| Effects { city, province }))
}

impl Effects {
    pub(super) fn text(&self, lang: Lang) -> String {
        let heads = [
            pick(lang, "与市里现行的相比", "Against the city's present set"),
            pick(lang, "与省里新版相比", "Against the province's new version"),
        ];
        let parts = [&self.city, &self.province];
        let parts = heads.iter().zip(parts).map(|(head, it)| {
            let text = it.text(lang);
            let none = pick(lang, "没有一户因此不同", "no household has another result");
            let text = if text.is_empty() { none.to_owned() } else { text };
            format!("\n\n【{head}】\n{text}")
        });
        parts.collect()
    }

    pub(super) fn json(&self) -> Value {
        json!({ "against_city": self.city.json(), "against_province": self.province.json() })
    }
}
