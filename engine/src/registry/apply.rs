//! From review to effect: a plan is approved by signatures, and applied when all that is needed is there.

use std::collections::BTreeSet;

use heng_dsl::diag::Words;
use heng_dsl::model::Id;
use heng_dsl::stored::Hash;
use heng_dsl::value::{Date, Period};
use serde::{Deserialize, Serialize};

use super::error::{Refusal, RegistryError};
use super::event::{Status, What};
use super::gates::{Gate, Keys, SecretKey, approvers};
use super::plan::{Plan, Side};
use super::publish::standing;
use super::query::{At, Reference};
use super::{Entry, Registry, Row};

/// Somebody's approval of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The rule set.
    pub set: Id,
    /// The version that is to be in force.
    pub version: Id,
    /// The plan, which is kept as an object.
    pub plan: Hash,
    /// The digits of the public key.
    pub key: String,
    /// The signature of whoever is named by the event.
    pub signature: String,
}

/// A plan that took effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The rule set.
    pub set: Id,
    /// The version that is in force from then on.
    pub version: Id,
    /// The plan, which is kept as an object.
    pub plan: Hash,
    /// Who had approved it.
    pub approvers: Vec<String>,
    /// What becomes of results of months before.
    pub history: History,
}

/// What becomes of results that were recorded under earlier versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// 不重算: they stand as they are.
    Kept,
    /// 重算: months in which the version is in force are to be computed again.
    Recomputed,
}

/// Under which conditions a plan is to be applied.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'t> {
    /// When the new version is to be in force.
    pub effective: Period,
    /// What becomes of recorded results.
    pub history: History,
    /// The gates of the project.
    pub gates: &'t [Gate],
    /// Whose signatures count.
    pub keys: &'t Keys,
    /// The data as they are now, by [`super::snapshot`].
    pub data: Option<Hash>,
    /// The version of this program.
    pub engine: &'t str,
}

/// What applying came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// What holds of the version now.
    pub row: Row,
    /// The version whose open period ends, and its last day.
    pub ended: Option<(Id, Date)>,
    /// Who had approved.
    pub approvers: Vec<String>,
}

impl Registry {
    /// Signs a plan in the name of whoever writes, and keeps it.
    ///
    /// # Errors
    ///
    /// The versions are not as the plan says, the new one is decided about, or the disk refuses.
    pub fn approve(&mut self, plan: &Plan, key: &SecretKey) -> Result<&Entry, RegistryError> {
        self.both_sides(plan)?;
        let hash = self.objects().keep(&plan.bytes())?;
        let approval = Approval {
            set: plan.set.clone(),
            version: plan.new.version.clone(),
            plan: hash,
            key: key.public().digits(),
            signature: key.sign(&hash),
        };
        Ok(self.commit(What::Approved(approval), Vec::new())?)
    }

    /// Makes the new version of a plan effective.
    ///
    /// # Errors
    ///
    /// Anything that the plan is bound to has changed, somebody has yet to approve, the period is not free, or
    /// the disk refuses.
    pub fn apply(&mut self, plan: &Plan, terms: &Terms<'_>) -> Result<Applied, RegistryError> {
        let (old, new) = self.both_sides(plan)?;
        unchanged(plan, terms)?;
        self.is_in_force(&old, terms.effective)?;
        let approvers = self.approved(plan, &new, terms)?;
        let (set, version) = (new.set, new.version);
        let ended = self.free(&set, &version, terms.effective)?;
        let hash = self.objects().keep(&plan.bytes())?;
        let application = Application {
            set: set.clone(),
            version: version.clone(),
            plan: hash,
            approvers: approvers.clone(),
            history: terms.history,
        };
        let standing = standing(&set, &version, Some(terms.effective), ended.as_ref());
        self.commit(What::Applied(application), standing)?;
        let row = self.row(&set, &version)?;
        Ok(Applied { row, ended: ended.map(super::publish::Ended::last), approvers })
    }

    /// Both versions, which have to be what they were when the plan was made, as has whatever was looked at with
    /// them.
    fn both_sides(&self, plan: &Plan) -> Result<(Row, Row), RegistryError> {
        let one = |set: &Id, side: &Side| -> Result<Row, RegistryError> {
            let row = self.row(set, &side.version)?;
            if self.side(&row)? == *side {
                return Ok(row);
            }
            let name = format!("{set}@{}", side.version);
            let (zh, en) =
                (format!("“{name}”或它引用的规则集"), format!("“{name}” or what it uses"));
            Err(Refusal::Changed { what: Words::both(zh, en) }.into())
        };
        for it in &plan.with {
            one(&it.set, &it.side)?;
        }
        let (old, new) = (one(&plan.set, &plan.old)?, one(&plan.set, &plan.new)?);
        if new.status == Status::Pending {
            return Ok((old, new));
        }
        let why = Words::both(
            "不是待定的版本，没有要审批的",
            "is not pending; there is nothing to approve",
        );
        Err(Refusal::WrongState { set: new.set, version: new.version, why }.into())
    }

    /// The old version has to be the one that the new one takes the place of.
    fn is_in_force(&self, old: &Row, effective: Period) -> Result<(), RegistryError> {
        let Some(day) = effective.from else {
            return Err(Refusal::unfit(
                "要写明从哪一天起生效",
                "the first day in force is missing",
            )
            .into());
        };
        let found = self.find(&Reference { set: old.set.clone(), at: At::Day(day) })?;
        if found.version == old.version {
            return Ok(());
        }
        let what = Words::both(
            format!("{day} 生效的版本是 {}，不是计划所比较的 {}", found.version, old.version),
            format!(
                "{} is in force on {day} and not {} that the plan compares with",
                found.version, old.version
            ),
        );
        Err(Refusal::Changed { what }.into())
    }

    /// Who approved; everybody that the gates name has to, and somebody who is not the author.
    fn approved(
        &self,
        plan: &Plan,
        new: &Row,
        terms: &Terms<'_>,
    ) -> Result<Vec<String>, RegistryError> {
        let hash = plan.hash();
        let signed = self.entries().iter().filter_map(|it| match &it.event.what {
            What::Approved(approval) if approval.plan == hash => {
                let key = terms.keys.get(&it.event.by)?;
                key.signed(&hash, &approval.signature).then(|| it.event.by.clone())
            }
            _ => None,
        });
        let signed: BTreeSet<String> = signed.collect();
        let author = self.entries().iter().find(|it| it.seq == new.seq).map(|it| &it.event.by);
        let needed = approvers(terms.gates, &plan.figures);
        let missing: Vec<String> = needed.difference(&signed).cloned().collect();
        if missing.is_empty() && signed.iter().any(|it| Some(it) != author) {
            return Ok(signed.into_iter().collect());
        }
        Err(Refusal::Unapproved { missing }.into())
    }
}

/// Are data and program those of the plan?
fn unchanged(plan: &Plan, terms: &Terms<'_>) -> Result<(), Refusal> {
    if plan.engine != terms.engine {
        let (ours, theirs) = (terms.engine, &plan.engine);
        let what = Words::both(
            format!("程序（计划是 {theirs}，现在是 {ours}）"),
            format!("the program (the plan has {theirs}, this is {ours})"),
        );
        return Err(Refusal::Changed { what });
    }
    if plan.data.is_some() && plan.data != terms.data {
        let what = Words::both("所看的数据", "the data that were looked at");
        return Err(Refusal::Changed { what });
    }
    Ok(())
}
