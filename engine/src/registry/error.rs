//! What can stand in the way of a registry, in the words of those who publish and review rules.

use std::io;
use std::path::Path;

use heng_dsl::diag::Words;
use heng_dsl::model::Id;
use heng_dsl::value::{Date, Period};

/// Why a registry did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryError {
    /// The store itself: the disk, the lock, what is stored.
    Store(StoreError),
    /// The store is sound, and the rules of versions do not allow it.
    Refused(Refusal),
}

/// What is wrong with a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// `V0101`: there is no registry in that folder.
    NotThere {
        /// The folder.
        path: String,
    },
    /// `V0102`: there is something in the folder already.
    AlreadyThere {
        /// The folder.
        path: String,
    },
    /// `V0103`: the registry has a form that this program does not know.
    OtherFormat {
        /// The folder.
        path: String,
        /// The number of the form.
        found: u64,
        /// The number of the form that this program knows.
        known: u64,
    },
    /// `V0104`: somebody else is writing.
    Held {
        /// The folder.
        path: String,
        /// Who it is, as they wrote it.
        owner: String,
    },
    /// `V0105`: the system refused something; what was there before is there still.
    Io {
        /// The file or folder.
        path: String,
        /// What the system said.
        why: String,
    },
    /// `V0106`: what is stored is not what was stored.
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: Words,
    },
    /// `V0107`: a step failed after which this writer cannot go on; the next one will.
    Stopped,
}

/// Why something is refused although the store is sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// `V0201`: there is no such rule set or version.
    Unknown {
        /// What was asked for, as it was written.
        asked: String,
        /// What there is instead.
        there: Vec<Id>,
    },
    /// `V0202`: on that date no version is in force.
    NothingInForce {
        /// The rule set.
        set: Id,
        /// The day.
        date: Date,
    },
    /// `V0203`: the version was published with other content.
    OtherContent {
        /// The rule set.
        set: Id,
        /// The version.
        version: Id,
        /// What differs.
        what: Words,
    },
    /// `V0204`: another version is in force in part of that period.
    Overlap {
        /// The rule set.
        set: Id,
        /// The version to be published, and its period.
        new: (Id, Period),
        /// The other version, and its period.
        old: (Id, Period),
    },
    /// `V0205`: a rule set that is used is not published.
    UsedMissing {
        /// The rule set that uses it.
        set: Id,
        /// The one that is used, and its version.
        used: (Id, Id),
        /// Why it does not do.
        why: Words,
    },
    /// `V0206`: what is to be done does not fit the state of the version.
    WrongState {
        /// The rule set.
        set: Id,
        /// The version.
        version: Id,
        /// Why not.
        why: Words,
    },
    /// `V0207`: a name or text is longer than a registry keeps, or empty where it has to say something.
    Unfit {
        /// What it is.
        what: Words,
    },
    /// `V0209`: something that a plan is bound to is not what it was.
    Changed {
        /// What it is.
        what: Words,
    },
    /// `V0210`: somebody has yet to approve.
    Unapproved {
        /// Who the gates name; empty where anybody but the author would do.
        missing: Vec<String>,
    },
    /// `V0210`: a version takes the place of another one only by a plan, because the project has gates.
    NeedsPlan {
        /// The set.
        set: Id,
        /// The version that was to take its place.
        version: Id,
    },
    /// `V0208`: two registries have different histories.
    Diverged {
        /// The number of the first entry that differs.
        at: u64,
    },
}

impl From<StoreError> for RegistryError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for RegistryError {
    fn from(error: Refusal) -> Self {
        Self::Refused(error)
    }
}

impl RegistryError {
    /// Is what is stored damaged? Then nothing else can be trusted.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Store(StoreError::Damaged { .. }))
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(it) => it.code(),
            Self::Refused(it) => it.code(),
        }
    }

    /// One sentence.
    pub fn words(&self) -> Words {
        match self {
            Self::Store(it) => it.words(),
            Self::Refused(it) => it.words(),
        }
    }
}

impl StoreError {
    /// The system refused something with a file.
    pub(crate) fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        move |error| Self::Io { path: shown(path), why: error.to_string() }
    }

    /// A file is not what was stored.
    pub(crate) fn damaged(path: &Path, zh: &str, en: &str) -> Self {
        Self::Damaged { path: shown(path), why: Words::both(zh.to_owned(), en.to_owned()) }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotThere { .. } => "V0101",
            Self::AlreadyThere { .. } => "V0102",
            Self::OtherFormat { .. } => "V0103",
            Self::Held { .. } => "V0104",
            Self::Io { .. } => "V0105",
            Self::Damaged { .. } => "V0106",
            Self::Stopped => "V0107",
        }
    }

    fn words(&self) -> Words {
        match self {
            Self::NotThere { path } => Words::both(
                format!("“{path}”里没有版本库：用 heng registry new {path} 建一个"),
                format!("there is no registry in “{path}”: make one with heng registry new {path}"),
            ),
            Self::AlreadyThere { path } => Words::both(
                format!("“{path}”里已经有东西，新的版本库要放在空文件夹里"),
                format!("there is something in “{path}”; a new registry goes into an empty folder"),
            ),
            Self::OtherFormat { path, found, known } => Words::both(
                format!(
                    "“{path}”是第 {found} 版的版本库，本程序读第 {known} 版：请用相应版本的程序"
                ),
                format!(
                    "“{path}” has version {found} of the form of registries, and this program reads \
                     version {known}: use a program that fits"
                ),
            ),
            Self::Held { path, owner } => Words::both(
                format!("“{path}”正由别的程序写入（{owner}），等它结束再试"),
                format!(
                    "“{path}” is being written by somebody else ({owner}); try again when that ends"
                ),
            ),
            Self::Io { path, why } => Words::both(
                format!("“{path}”读写不成：{why}；原有的都还在，可以重来"),
                format!(
                    "“{path}” cannot be read or written: {why}; what was there is there still, try again"
                ),
            ),
            Self::Damaged { path, why } => {
                let (zh, en) = (&why.zh, &why.en);
                Words::both(
                    format!("版本库损坏，“{path}”：{zh}；用 heng registry doctor 查看和修复"),
                    format!("the registry is damaged, “{path}”: {en}; see heng registry doctor"),
                )
            }
            Self::Stopped => Words::both(
                "前一步没有写成，请重新运行",
                "an earlier step could not be written; run the command again",
            ),
        }
    }
}

impl Refusal {
    /// A text does not do.
    pub(crate) fn unfit(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Unfit { what: Words::both(zh.into(), en.into()) }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "V0201",
            Self::NothingInForce { .. } => "V0202",
            Self::OtherContent { .. } => "V0203",
            Self::Overlap { .. } => "V0204",
            Self::UsedMissing { .. } => "V0205",
            Self::WrongState { .. } => "V0206",
            Self::Unfit { .. } => "V0207",
            Self::Diverged { .. } => "V0208",
            Self::Changed { .. } => "V0209",
            Self::Unapproved { .. } | Self::NeedsPlan { .. } => "V0210",
        }
    }

    fn words(&self) -> Words {
        Words::both(self.zh(), self.en())
    }

    fn zh(&self) -> String {
        match self {
            Self::Unknown { asked, there } if there.is_empty() => {
                format!("版本库里没有“{asked}”")
            }
            Self::Unknown { asked, there } => {
                format!("版本库里没有“{asked}”，有的是：{}", there.join("、"))
            }
            Self::NothingInForce { set, date } => format!("“{set}”在 {date} 没有生效的版本"),
            Self::OtherContent { set, version, what: Words { zh, .. } } => {
                format!("“{set}” {version} 已经发布，{zh}不同：发布过的版本不能改，请换版本号")
            }
            Self::Overlap { set, new, old } => {
                let (ours, theirs) = (period(&new.1).0, period(&old.1).0);
                format!("“{set}” {} 的有效期（{ours}）与 {} 的（{theirs}）重叠", new.0, old.0)
            }
            Self::UsedMissing { set, used: (used, version), why: Words { zh, .. } } => {
                format!("“{set}”引用“{used}” {version}，{zh}")
            }
            Self::WrongState { set, version, why: Words { zh, .. } } => {
                format!("“{set}” {version} {zh}")
            }
            Self::Unfit { what } => what.zh.to_string(),
            Self::Changed { what } => {
                format!("计划作不得数：{}变了，请重新比较和审批", what.zh)
            }
            Self::Unapproved { missing } if missing.is_empty() => {
                "还没有作者以外的人审批".to_owned()
            }
            Self::Unapproved { missing } => format!("还要{}审批", missing.join("、")),
            Self::NeedsPlan { set, version } => format!(
                "“{set}”已有生效的版本，{version} 要接替它须凭计划：heng diff --save、heng approve、heng apply"
            ),
            Self::Diverged { at } => format!("两个版本库从第 {at} 条记录起不同，不能合并"),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::Unknown { asked, there } if there.is_empty() => {
                format!("there is no “{asked}” in the registry")
            }
            Self::Unknown { asked, there } => {
                format!("there is no “{asked}” in the registry, but {}", there.join(", "))
            }
            Self::NothingInForce { set, date } => {
                format!("no version of “{set}” is in force on {date}")
            }
            Self::OtherContent { set, version, what: Words { en, .. } } => format!(
                "“{set}” {version} is published with other {en}: a published version never changes, \
                 give it another number"
            ),
            Self::Overlap { set, new, old } => {
                let (ours, theirs) = (period(&new.1).1, period(&old.1).1);
                let (new, old) = (&new.0, &old.0);
                format!("the period of “{set}” {new} ({ours}) overlaps that of {old} ({theirs})")
            }
            Self::UsedMissing { set, used: (used, version), why: Words { en, .. } } => {
                format!("“{set}” uses “{used}” {version}, {en}")
            }
            Self::WrongState { set, version, why: Words { en, .. } } => {
                format!("“{set}” {version} {en}")
            }
            Self::Unfit { what } => what.en.to_string(),
            Self::Changed { what } => {
                format!("the plan does not hold: {} changed; compare and approve again", what.en)
            }
            Self::Unapproved { missing } if missing.is_empty() => {
                "nobody but the author has approved".to_owned()
            }
            Self::Unapproved { missing } => format!("{} have yet to approve", missing.join(", ")),
            Self::NeedsPlan { set, version } => format!(
                "“{set}” has a version in force, and {version} takes its place only by a plan: heng diff --save, heng approve, heng apply"
            ),
            Self::Diverged { at } => {
                format!("the two registries differ from entry {at} on and cannot be joined")
            }
        }
    }
}

/// A path as people write it, with `/`.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

/// A period in words, Chinese and English.
pub fn period(period: &Period) -> (String, String) {
    let day = |it: Option<heng_dsl::value::Date>| it.map(|it| it.to_string());
    match (day(period.from), day(period.until)) {
        (None, None) => ("不限".to_owned(), "always".to_owned()),
        (Some(from), None) => (format!("自 {from} 起"), format!("from {from}")),
        (None, Some(until)) => (format!("至 {until}"), format!("until {until}")),
        (Some(from), Some(until)) => (format!("{from} 至 {until}"), format!("{from} to {until}")),
    }
}
