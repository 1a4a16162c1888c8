//! Is everything that was stored still what was stored? And what can be put right.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use heng_dsl::diag::Words;
use heng_dsl::model::Id;
use heng_dsl::stored::{Hash, Hashes};

use super::error::{RegistryError, StoreError, shown};
use super::index::{self, Row};
use super::journal::{self, Journal};
use super::open::{known_format, move_away, place};
use super::vfs::Vfs;
use super::{Keeping, Registry, Session};

/// Something that is not as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, from the folder of the registry.
    pub path: String,
    /// What is wrong with it.
    pub what: Words,
    /// The versions that cannot be used because of it, by set and version.
    pub versions: Vec<(Id, Id)>,
    /// What was done about it; nothing where it is only told or cannot be put right.
    pub mended: Option<Words>,
}

impl Finding {
    /// Does it keep a version from being used?
    pub fn is_damage(&self) -> bool {
        self.mended.is_none() && !self.versions.is_empty()
    }
}

impl Registry {
    /// Reads everything again: each object of each version, its hashes, and the index where this is a writer.
    /// The journal was read when the registry was opened. Empty where all is sound.
    ///
    /// # Errors
    ///
    /// The disk refuses.
    pub fn verify(&self) -> Result<Vec<Finding>, RegistryError> {
        let mut wrong: BTreeMap<String, Finding> = BTreeMap::new();
        for row in self.versions(None)? {
            for error in self.errors_of(&row) {
                let StoreError::Damaged { path, why } = error else { return Err(error.into()) };
                let path = self.inside(&path);
                let new =
                    Finding { path: path.clone(), what: why, versions: Vec::new(), mended: None };
                wrong
                    .entry(path)
                    .or_insert(new)
                    .versions
                    .push((row.set.clone(), row.version.clone()));
            }
        }
        for (path, hash) in self.objects().all()? {
            let sound = hash.is_some_and(|it| self.object(&it).is_ok());
            let path = self.inside(&shown(&path));
            if !sound && !wrong.contains_key(&path) {
                let what = Words::both(
                    "不是对象，没有版本用到它",
                    "it is no object, and no version needs it",
                );
                let finding =
                    Finding { path: path.clone(), what, versions: Vec::new(), mended: None };
                wrong.insert(path, finding);
            }
        }
        let mut found: Vec<Finding> = wrong.into_values().collect();
        found.extend(self.index_finding()?);
        Ok(found)
    }

    /// Everything that is wrong with what belongs to a version itself.
    fn errors_of(&self, row: &Row) -> Vec<StoreError> {
        let manifest = match self.manifest_at(&row.manifest) {
            Ok(it) => it,
            Err(error) => return vec![error],
        };
        let mut errors: Vec<StoreError> =
            manifest.objects().filter_map(|it| self.object(&it).err()).collect();
        let path = self.objects().path(&row.manifest);
        let other = || StoreError::damaged(&path, "与日志不符", "it does not fit the journal");
        let named = (&manifest.set, &manifest.version) == (&row.set, &row.version);
        if !named || (manifest.content, manifest.meaning) != (row.content, row.meaning) {
            errors.push(other());
        }
        match self.model(&manifest) {
            Ok(model) => {
                let hashes = Hashes::of(&model.rules);
                if (hashes.content, hashes.meaning) != (row.content, row.meaning) {
                    errors.push(other());
                }
            }
            Err(error) => {
                if !errors.contains(&error) {
                    errors.push(error);
                }
            }
        }
        errors
    }

    /// Does the index of a writer say what the journal says?
    fn index_finding(&self) -> Result<Option<Finding>, StoreError> {
        let made = self.made_again()?;
        let same = self.sound.get()
            && index::everything(&*self.index).ok() == index::everything(&made).ok();
        if same {
            return Ok(None);
        }
        self.sound.set(false);
        Ok(Some(Finding {
            path: super::open::INDEX_FOLDER.to_owned(),
            what: Words::both("与日志不符", "it does not say what the journal says"),
            versions: Vec::new(),
            mended: Some(Words::both(
                "下次写入时由日志重建",
                "it is made again from the journal by the next writer",
            )),
        }))
    }

    fn inside(&self, path: &str) -> String {
        let root = shown(&self.root);
        path.strip_prefix(&root).map_or(path, |it| it.trim_start_matches('/')).to_owned()
    }

    /// Puts right what can be: what is not in its place moves to quarantine, and what is damaged or gone is
    /// taken from a copy of the registry, such as an export. Returns what is left, and what was mended.
    ///
    /// # Errors
    ///
    /// Somebody is writing, the disk refuses, or the journal is damaged and the copy has less than it.
    pub fn doctor(
        root: &Path,
        vfs: Arc<dyn Vfs>,
        session: &Session,
        copy: Option<&Path>,
    ) -> Result<Vec<Finding>, RegistryError> {
        known_format(root, &*vfs)?;
        let copy = copy.map(|it| Self::read(it, vfs.clone())).transpose()?;
        let mut found = Vec::new();
        if let Some(copy) = &copy {
            found.extend(mend_journal(root, &*vfs, copy)?);
        }
        let registry = Self::open(root, vfs, Keeping::OnDisk, session)?;
        // What a manifest names is missed only when the manifest is there again.
        while registry.mend_all(copy.as_ref(), &mut found)? {}
        registry.close()?;
        Ok(found)
    }

    /// Puts everything right that was found and can be; is there perhaps more to find now?
    fn mend_all(
        &self,
        copy: Option<&Self>,
        found: &mut Vec<Finding>,
    ) -> Result<bool, RegistryError> {
        let mut mended = false;
        found.retain(|it| it.mended.is_some());
        for mut it in self.verify()? {
            if it.mended.is_none() {
                it.mended = self.mend(&it, copy)?;
                mended |= it.mended.is_some();
            }
            if !found.contains(&it) {
                found.push(it);
            }
        }
        Ok(mended)
    }

    /// Puts one thing right: what was done, or nothing where it cannot be.
    fn mend(&self, finding: &Finding, copy: Option<&Self>) -> Result<Option<Words>, RegistryError> {
        let path = self.root.join(&finding.path);
        let digits: String = finding.path.split('/').skip(1).collect();
        let hash: Option<Hash> = format!("sha256:{digits}").parse().ok();
        let hash = hash.filter(|it| self.object(it).is_err());
        let whole = copy.zip(hash).and_then(|(copy, it)| copy.object(&it).ok());
        if let Some(bytes) = whole {
            self.objects().keep(&bytes)?;
            return Ok(Some(Words::both("已从副本恢复", "it was taken from the copy")));
        }
        let there = self.vfs.is_there(&path).map_err(StoreError::io(&path))?;
        if finding.versions.is_empty() && there {
            let to = move_away(&self.root, &path, &*self.vfs)?;
            let to = self.inside(&shown(&to));
            return Ok(Some(Words::both(format!("已移到 {to}"), format!("it was moved to {to}"))));
        }
        Ok(None)
    }

    /// Every object that some version needs.
    pub(super) fn needed(&self) -> Result<BTreeSet<Hash>, RegistryError> {
        let mut needed = BTreeSet::new();
        for row in self.versions(None)? {
            needed.insert(row.manifest);
            needed.extend(self.manifest(&row)?.objects());
        }
        Ok(needed)
    }
}

/// Takes the journal from a copy where ours is damaged. The copy has to have every entry that ours still has.
fn mend_journal(
    root: &Path,
    vfs: &dyn Vfs,
    copy: &Registry,
) -> Result<Option<Finding>, RegistryError> {
    let path = root.join(journal::FILE);
    let Err(StoreError::Damaged { why, .. }) = Journal::read(root, vfs) else { return Ok(None) };
    let bytes = vfs.read(&path).map_err(StoreError::io(&path))?;
    let has = |(seq, hash): &(u64, Hash)| {
        let at = usize::try_from(*seq).ok().and_then(|it| it.checked_sub(1));
        at.and_then(|it| copy.entries().get(it)).is_some_and(|it| it.hash == *hash)
    };
    if let Some((seq, _)) = journal::whole(&bytes).iter().find(|it| !has(it)) {
        let zh = format!("副本里没有第 {seq} 条记录，不能用它修复");
        let en = format!("the copy lacks entry {seq} and cannot mend it");
        return Err(StoreError::damaged(&path, &zh, &en).into());
    }
    let whole = copy.root.join(journal::FILE);
    let whole = vfs.read(&whole).map_err(StoreError::io(&whole))?;
    move_away(root, &path, vfs)?;
    place(&path, &whole, vfs)?;
    Ok(Some(Finding {
        path: journal::FILE.to_owned(),
        what: why,
        versions: Vec::new(),
        mended: Some(Words::both("已从副本恢复", "it was taken from the copy")),
    }))
}
