//! What a journal says: one event after another, each with who, when, why, and what holds afterwards.
//!
//! What holds afterwards is written out ([`Event::standing`]) and not left to be worked out later: a reader of
//! the year 2040 needs no rule of today to know which version was in force.

use heng_dsl::model::Id;
use heng_dsl::stored::{Hash, UsedContent};
use heng_dsl::value::Period;
use serde::{Deserialize, Serialize};

use super::apply::{Application, Approval};

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When, as the caller said: `2026-11-28T08:00:00Z`.
    pub at: String,
    /// Who.
    pub by: String,
    /// What was done.
    pub what: What,
    /// What holds afterwards, of the versions for which something changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<Standing>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// The registry was made.
    Created,
    /// A version was published.
    Published(Publication),
    /// A version that had no period was given one.
    Dated(Judgement),
    /// A version that was not in force will not be.
    Rejected(Judgement),
    /// A version is in force no longer, and nothing takes its place.
    Withdrawn(Judgement),
    /// A version is in force no longer, and its predecessor is again.
    Reverted(Reversal),
    /// Somebody approved that a version takes the place of another.
    Approved(Approval),
    /// A version was given its period after that was approved.
    Applied(Application),
    /// An entry that was not written to its end was cut off: its writer had ended before it was acknowledged.
    TailCut {
        /// How many bytes.
        bytes: u64,
        /// The file in which they are kept.
        kept: String,
    },
}

/// A version that was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The rule set.
    pub set: Id,
    /// Its version.
    pub version: Id,
    /// The object that lists what belongs to it.
    pub manifest: Hash,
    /// Its content.
    pub content: Hash,
    /// Its meaning.
    pub meaning: Hash,
    /// The packages that it uses itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<UsedContent>,
    /// What its author says of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What somebody decided about a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The rule set.
    pub set: Id,
    /// Its version.
    pub version: Id,
    /// Why.
    pub reason: String,
}

/// A version in whose place its predecessor is in force again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reversal {
    /// The rule set.
    pub set: Id,
    /// The version.
    pub version: Id,
    /// The predecessor.
    pub to: Id,
    /// Why.
    pub reason: String,
}

/// What holds of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The rule set.
    pub set: Id,
    /// Its version.
    pub version: Id,
    /// Its state.
    pub status: Status,
    /// When it is, or was to be, in force; absent where no day has been set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Period>,
}

/// The state of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// 待定: published; no day has been set from which it is in force.
    Pending,
    /// 生效: in force in its period, which may lie ahead.
    Effective,
    /// 不予采用: it will never be in force.
    Rejected,
    /// 撤回: it is in force no longer, in no part of its period.
    Withdrawn,
}

impl What {
    /// The version it is about; none where it is about the registry.
    pub fn version(&self) -> Option<(&Id, &Id)> {
        match self {
            Self::Published(it) => Some((&it.set, &it.version)),
            Self::Dated(it) | Self::Rejected(it) | Self::Withdrawn(it) => {
                Some((&it.set, &it.version))
            }
            Self::Reverted(it) => Some((&it.set, &it.version)),
            Self::Approved(it) => Some((&it.set, &it.version)),
            Self::Applied(it) => Some((&it.set, &it.version)),
            Self::Created | Self::TailCut { .. } => None,
        }
    }

    /// What was said with it: a note or a reason.
    pub fn said(&self) -> &str {
        match self {
            Self::Published(it) => &it.note,
            Self::Dated(it) | Self::Rejected(it) | Self::Withdrawn(it) => &it.reason,
            Self::Reverted(it) => &it.reason,
            Self::Created | Self::Approved(_) | Self::Applied(_) | Self::TailCut { .. } => "",
        }
    }
}
