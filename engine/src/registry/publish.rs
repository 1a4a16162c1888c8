//! The rules of versions: what may be published, when it is in force, and what becomes of a version that is not
//! wanted.
//!
//! A version never changes. In force is at most one version of a set on any day: one that starts later ends the
//! open period of the one before on the day before, and everything else that would overlap is refused.

use std::collections::BTreeMap;

use heng_dsl::diag::Words;
use heng_dsl::model::linked::LinkTable;
use heng_dsl::model::{Id, RuleSet};
use heng_dsl::stored::{self, Hash, Hashes, Stored, StoredPackage, UsedContent};
use heng_dsl::value::{Date, Period};

use super::error::{Refusal, RegistryError};
use super::event::{Judgement, Publication, Reversal, Standing, Status, What};
use super::index::{self, Row};
use super::manifest::{FORMAT, Manifest, Source, Used, is_safe};
use super::{Entry, Registry};

/// The longest name of a set or version, in bytes.
const MAX_NAME: usize = 200;

/// The longest note or reason, in bytes.
const MAX_TEXT: usize = 16 << 10;

/// A checked and tested package, to be published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Its stored form, [`heng_dsl::stored::package`].
    pub model: String,
    /// Its source files, by their path from its folder.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Which version a name without one means, where several versions of a used package are there.
    pub names: LinkTable,
    /// How many cases it passed.
    pub cases: usize,
    /// When it is to be in force; absent where that is to be decided later.
    pub effective: Option<Period>,
    /// Does it need a plan that was approved before it takes the place of another version?
    pub gated: bool,
    /// What its author says of it.
    pub note: String,
}

/// What publishing came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// What holds of the version now.
    pub row: Row,
    /// Was there nothing to do, because it was published before?
    pub before: bool,
    /// The version whose open period ends now, and its last day.
    pub ended: Option<(Id, Date)>,
}

impl Registry {
    /// Publishes a version; the same again is nothing to do. A version without a period can be given one by
    /// publishing it again with it.
    ///
    /// # Errors
    ///
    /// It was published with other content, its period overlaps, what it uses is not published, a text does
    /// not do, or the disk refuses.
    pub fn publish(&mut self, draft: &Draft) -> Result<Published, RegistryError> {
        let package = self.fits(draft)?;
        let (set, version) = (package.rules.id.clone(), package.rules.version.clone());
        let effective = draft.effective.map(|it| sensible(&package.rules, it)).transpose()?;
        let known = self.ask(|it| index::find(it, &set, &version))?;
        let is_new = known.as_ref().and_then(|it| it.effective) != effective;
        if draft.gated && effective.is_some() && is_new && self.is_any_in_force(&set)? {
            return Err(Refusal::NeedsPlan { set, version }.into());
        }
        if let Some(row) = known {
            self.same(&row, draft, &package)?;
            return self.dated(row, effective);
        }
        let uses = self.used(&package)?;
        let ended = effective.map(|it| self.free(&set, &version, it)).transpose()?.flatten();
        let objects = self.objects();
        let hashes = Hashes::of(&package.rules);
        let mut manifest = Manifest {
            format: FORMAT,
            set: set.clone(),
            version: version.clone(),
            title: package.rules.title.clone(),
            content: hashes.content,
            meaning: hashes.meaning,
            model: objects.keep(draft.model.as_bytes())?,
            files: BTreeMap::new(),
            uses,
            names: draft.names.clone(),
            cases: draft.cases,
        };
        for (path, bytes) in &draft.files {
            let source = Source { object: objects.keep(bytes)?, size: bytes.len() };
            manifest.files.insert(path.clone(), source);
        }
        let publication = Publication {
            set: set.clone(),
            version: version.clone(),
            manifest: objects.keep(&manifest.bytes())?,
            content: hashes.content,
            meaning: hashes.meaning,
            uses: package.uses,
            note: draft.note.clone(),
        };
        let standing = standing(&set, &version, effective, ended.as_ref());
        self.commit(What::Published(publication), standing)?;
        self.published(&set, &version, false, ended.map(Ended::last))
    }

    fn is_any_in_force(&self, set: &Id) -> Result<bool, RegistryError> {
        let rows = self.ask(|it| index::versions(it, Some(&**set)))?;
        Ok(rows.iter().any(|it| it.in_force().is_some()))
    }

    /// Is the version of a draft published, with whatever content?
    ///
    /// # Errors
    ///
    /// The draft is none, or the registry is damaged.
    pub fn has(&self, draft: &Draft) -> Result<bool, RegistryError> {
        let rules = self.fits(draft)?.rules;
        Ok(self.ask(|it| index::find(it, &rules.id, &rules.version))?.is_some())
    }

    fn published(
        &self,
        set: &Id,
        version: &Id,
        before: bool,
        ended: Option<(Id, Date)>,
    ) -> Result<Published, RegistryError> {
        let row = self.row(set, version)?;
        Ok(Published { row, before, ended })
    }

    /// A version that was published already: gives it a period where it has none.
    fn dated(&mut self, row: Row, effective: Option<Period>) -> Result<Published, RegistryError> {
        let wrong = |zh: &str, en: &str| Refusal::WrongState {
            set: row.set.clone(),
            version: row.version.clone(),
            why: Words::both(zh.to_owned(), en.to_owned()),
        };
        match (row.status, effective) {
            (Status::Rejected, _) => {
                Err(wrong("已决定不予采用，请换版本号", "was rejected; give it another number")
                    .into())
            }
            (Status::Withdrawn, _) => {
                Err(wrong("已经撤回，请换版本号", "was withdrawn; give it another number").into())
            }
            (Status::Pending | Status::Effective, None) => {
                Ok(Published { row, before: true, ended: None })
            }
            (Status::Effective, Some(it))
                if row.effective.is_some_and(|old| old.from == it.from) =>
            {
                Ok(Published { row, before: true, ended: None })
            }
            (Status::Effective, Some(_)) => Err(wrong(
                "的有效期已经定了，不能改",
                "has its period already, which never changes",
            )
            .into()),
            (Status::Pending, Some(period)) => {
                let (set, version) = (row.set.clone(), row.version.clone());
                let ended = self.free(&set, &version, period)?;
                let judgement =
                    Judgement { set: set.clone(), version: version.clone(), reason: String::new() };
                let standing = standing(&set, &version, Some(period), ended.as_ref());
                self.commit(What::Dated(judgement), standing)?;
                self.published(&set, &version, false, ended.map(Ended::last))
            }
        }
    }

    /// A version that is not in force yet will not be.
    ///
    /// # Errors
    ///
    /// It is in force on `today` or was, or there is no reason.
    pub fn reject(
        &mut self,
        row: &Row,
        reason: &str,
        today: Date,
    ) -> Result<&Entry, RegistryError> {
        let waits = match row.status {
            Status::Pending => true,
            Status::Effective => {
                row.effective.is_some_and(|it| it.from.is_some_and(|it| it > today))
            }
            Status::Rejected | Status::Withdrawn => false,
        };
        if !waits {
            let (zh, en) = (
                "已经生效或已有结论，不能再不予采用",
                "is in force or decided about; it cannot be rejected",
            );
            return Err(state(row, zh, en).into());
        }
        let back = self.predecessor(row)?;
        let standing = over(row, Status::Rejected, back.as_ref());
        self.judge(What::Rejected(judgement(row, reason)?), standing)
    }

    /// A version is in force no longer, and nothing takes its place.
    ///
    /// # Errors
    ///
    /// It has no period, or there is no reason.
    pub fn withdraw(&mut self, row: &Row, reason: &str) -> Result<&Entry, RegistryError> {
        if row.status != Status::Effective {
            return Err(state(
                row,
                "没有生效，不能撤回",
                "is not in force and cannot be withdrawn",
            )
            .into());
        }
        let standing = over(row, Status::Withdrawn, None);
        self.judge(What::Withdrawn(judgement(row, reason)?), standing)
    }

    /// A version is in force no longer, and the one before it is again, for its whole period.
    ///
    /// # Errors
    ///
    /// It has no period, no version ended where it began, or there is no reason.
    pub fn revert(&mut self, row: &Row, reason: &str) -> Result<&Entry, RegistryError> {
        if row.status != Status::Effective {
            return Err(
                state(row, "没有生效，不能退回", "is not in force and cannot be reverted").into()
            );
        }
        let Some(back) = self.predecessor(row)? else {
            let (zh, en) = (
                "之前没有接着的版本，不能退回；可以撤回（withdraw）",
                "has no version right before it; it can be withdrawn",
            );
            return Err(state(row, zh, en).into());
        };
        let standing = over(row, Status::Withdrawn, Some(&back));
        let Judgement { set, version, reason } = judgement(row, reason)?;
        let reversal = Reversal { set, version, to: back.version, reason };
        self.judge(What::Reverted(reversal), standing)
    }

    fn judge(&mut self, what: What, standing: Vec<Standing>) -> Result<&Entry, RegistryError> {
        Ok(self.commit(what, standing)?)
    }

    /// The version whose period ends on the day before this one's begins.
    fn predecessor(&self, row: &Row) -> Result<Option<Row>, RegistryError> {
        let Some(from) = row.in_force().and_then(|it| it.from) else { return Ok(None) };
        let rows = self.ask(|it| index::versions(it, Some(&*row.set)))?;
        let before = |it: &Row| it.in_force().and_then(|it| it.until) == from.add_days(-1);
        Ok(rows.into_iter().find(before))
    }

    /// Is the period free? Then the version whose open period ends, and when.
    pub(super) fn free(
        &self,
        set: &Id,
        version: &Id,
        new: Period,
    ) -> Result<Option<Ended>, RegistryError> {
        let rows = self.ask(|it| index::versions(it, Some(&**set)))?;
        let mut ended = None;
        for row in rows {
            let Some(old) = row.in_force().filter(|it| it.overlaps(&new)) else { continue };
            let starts_later = new.from.filter(|from| old.from.is_none_or(|it| it < *from));
            let last = starts_later.and_then(|it| it.add_days(-1)).filter(|_| old.until.is_none());
            let Some(last) = last else {
                let (new, old) = ((version.clone(), new), (row.version, old));
                return Err(Refusal::Overlap { set: set.clone(), new, old }.into());
            };
            let period = Period { from: old.from, until: Some(last) };
            ended = Some(Ended { version: row.version, period, last });
        }
        Ok(ended)
    }

    /// What of the draft is the same as when the version was published?
    fn same(&self, row: &Row, draft: &Draft, package: &StoredPackage) -> Result<(), RegistryError> {
        let other = |zh: &'static str, en: &'static str| Refusal::OtherContent {
            set: row.set.clone(),
            version: row.version.clone(),
            what: Words::both(zh, en),
        };
        if Hash::of_content(&package.rules) != row.content {
            return Err(other("内容", "content").into());
        }
        let manifest = self.manifest(row)?;
        let files = draft.files.iter().map(|(path, bytes)| (path, Hash::of_bytes(bytes)));
        if !files.eq(manifest.files.iter().map(|(path, it)| (path, it.object))) {
            return Err(other(
                "源文件（内容相同，注释或写法）",
                "source files (the same content, but comments or layout)",
            )
            .into());
        }
        let used = manifest.uses.iter().map(|it| self.content_of(&it.manifest));
        let used = used.collect::<Result<Vec<Hash>, _>>()?;
        if !used.iter().eq(package.uses.iter().map(|it| &it.content)) {
            return Err(other("所引用规则集的内容", "content of the rule sets that it uses").into());
        }
        Ok(())
    }

    /// The versions that a package uses, each of which has to be published with the content it was checked
    /// against, and not dropped.
    fn used(&self, package: &StoredPackage) -> Result<Vec<Used>, RegistryError> {
        let one = |used: &UsedContent| -> Result<Used, RegistryError> {
            let missing = |zh: &'static str, en: &'static str| Refusal::UsedMissing {
                set: package.rules.id.clone(),
                used: (used.package.clone(), used.version.clone()),
                why: Words::both(zh, en),
            };
            let row = self.ask(|it| index::find(it, &used.package, &used.version))?;
            let row = row.ok_or_else(|| {
                missing(
                    "它还没有发布：先发布它，或加上 --with-used 一起发布",
                    "which is not published: publish it first, or both with --with-used",
                )
            })?;
            if row.content != used.content {
                return Err(missing(
                    "它以这个版本号发布的是别的内容：请给改过的规则集换版本号",
                    "which is published with other content under that number: give what was changed another one",
                ).into());
            }
            match row.status {
                Status::Pending | Status::Effective => Ok(Used {
                    package: used.package.clone(),
                    version: used.version.clone(),
                    manifest: row.manifest,
                }),
                Status::Rejected | Status::Withdrawn => {
                    Err(missing("它已不予采用或撤回", "which was rejected or withdrawn").into())
                }
            }
        };
        package.uses.iter().map(one).collect()
    }

    /// Do the texts and names of the draft do?
    fn fits(&self, draft: &Draft) -> Result<StoredPackage, RegistryError> {
        let read = stored::read("draft", draft.model.as_bytes());
        let Ok(Stored::Package(package)) = read else {
            return Err(
                Refusal::unfit("不是一个规则集的数据", "it is not a stored rule set").into()
            );
        };
        for (name, what) in [
            (&package.rules.id, ["规则集的名称", "the id"]),
            (&package.rules.version, ["版本号", "the version"]),
        ] {
            let plain = !name.is_empty() && !name.contains(|it: char| it.is_control() || it == '@');
            if !plain || name.len() > MAX_NAME {
                return Err(Refusal::unfit(
                    format!("{}“{name}”太长，或者含有 @", what[0]),
                    format!("{} “{name}” is too long, or has an @ in it", what[1]),
                )
                .into());
            }
        }
        if let Some(path) = draft.files.keys().find(|it| !is_safe(it)) {
            let path = path.escape_debug();
            return Err(Refusal::unfit(
                format!("文件名“{path}”不能用"),
                format!("the file name “{path}” cannot be used"),
            )
            .into());
        }
        let by = self.writer.as_ref().map(|it| it.session.by.as_str()).unwrap_or_default();
        said(by, "作者", "the author")?;
        if draft.note.len() > MAX_TEXT {
            return Err(Refusal::unfit("说明太长", "the note is too long").into());
        }
        Ok(*package)
    }
}

/// A version whose open period ends.
pub(super) struct Ended {
    version: Id,
    period: Period,
    last: Date,
}

impl Ended {
    pub(super) fn last(self) -> (Id, Date) {
        (self.version, self.last)
    }
}

/// What holds after a version was published, with or without a period.
pub(super) fn standing(
    set: &Id,
    version: &Id,
    effective: Option<Period>,
    ended: Option<&Ended>,
) -> Vec<Standing> {
    let status = if effective.is_some() { Status::Effective } else { Status::Pending };
    let own = Standing { set: set.clone(), version: version.clone(), status, effective };
    let other = ended.map(|it| Standing {
        set: set.clone(),
        version: it.version.clone(),
        status: Status::Effective,
        effective: Some(it.period),
    });
    std::iter::once(own).chain(other).collect()
}

/// What holds after a version is over; the one that comes back has its period, too.
fn over(row: &Row, status: Status, back: Option<&Row>) -> Vec<Standing> {
    let own = Standing {
        set: row.set.clone(),
        version: row.version.clone(),
        status,
        effective: row.effective,
    };
    let back = back.map(|it| Standing {
        set: it.set.clone(),
        version: it.version.clone(),
        status: it.status,
        effective: Some(Period {
            from: it.effective.and_then(|it| it.from),
            until: row.effective.and_then(|it| it.until),
        }),
    });
    std::iter::once(own).chain(back).collect()
}

/// A period that lies inside the one that the rule set states itself.
fn sensible(set: &RuleSet, period: Period) -> Result<Period, Refusal> {
    let own = set.effective;
    let from = period.from.or(own.from);
    let until = period.until.or(own.until);
    let starts = from.is_none_or(|it| own.contains(it) && until.is_none_or(|end| it <= end));
    if starts && until.is_none_or(|it| own.contains(it)) && from.is_some() {
        return Ok(Period { from, until });
    }
    let (zh, en) = super::error::period(&own);
    Err(Refusal::unfit(
        format!("有效期不成立：开始日期要有，不晚于结束日期，都在规则集自己写的生效期内（{zh}）"),
        format!(
            "the period does not hold: it needs a first day, not after the last, inside what the rule set states ({en})"
        ),
    ))
}

fn judgement(row: &Row, reason: &str) -> Result<Judgement, Refusal> {
    said(reason, "理由", "the reason")?;
    let (set, version) = (row.set.clone(), row.version.clone());
    Ok(Judgement { set, version, reason: reason.to_owned() })
}

fn state(row: &Row, zh: &'static str, en: &'static str) -> Refusal {
    let (set, version) = (row.set.clone(), row.version.clone());
    Refusal::WrongState { set, version, why: Words::both(zh, en) }
}

/// A text that has to say something.
fn said(text: &str, zh: &str, en: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() || text.len() > MAX_TEXT {
        return Err(Refusal::unfit(
            format!("{zh}没有写，或者太长"),
            format!("{en} is empty or too long"),
        ));
    }
    Ok(())
}
