//! From the journal to an index: what each entry changes.

use std::collections::BTreeMap;

use heng_dsl::model::Id;

use super::row::{self, Row};
use super::{Batch, Index, IndexError, LimitError, Table, head};
use crate::registry::event::{Status, What};
use crate::registry::journal::{Entry, Head};

impl From<LimitError> for IndexError {
    fn from(limit: LimitError) -> Self {
        Self(format!("{limit:?}"))
    }
}

/// Takes every entry of the journal behind those that the index has.
///
/// # Errors
///
/// The index is broken, or it does not come from this journal.
pub fn catch_up(index: &mut dyn Index, entries: &[Entry]) -> Result<(), IndexError> {
    let have = head(index)?;
    let at = usize::try_from(have.seq).unwrap_or(usize::MAX);
    let same = match at.checked_sub(1) {
        None => true,
        Some(last) => {
            entries.get(last).is_some_and(|it| it.seq == have.seq && it.hash == have.hash)
        }
    };
    if !same {
        return Err(IndexError("it belongs to another journal".to_owned()));
    }
    entries.iter().skip(at).try_for_each(|it| apply(index, it))
}

/// Takes one entry of the journal.
///
/// # Errors
///
/// The index is broken.
pub fn apply(index: &mut dyn Index, entry: &Entry) -> Result<(), IndexError> {
    let mut batch = Batch::up_to(Head { seq: entry.seq, hash: entry.hash });
    let mut rows: BTreeMap<(Id, Id), Row> = BTreeMap::new();
    if let What::Published(it) = &entry.event.what {
        let new = Row {
            set: it.set.clone(),
            version: it.version.clone(),
            manifest: it.manifest,
            content: it.content,
            meaning: it.meaning,
            seq: entry.seq,
            status: Status::Pending,
            effective: None,
        };
        rows.insert((it.set.clone(), it.version.clone()), new);
        for used in &it.uses {
            let key = row::user_key(&used.content, &it.set, &it.version);
            batch.put(Table::User, &key, Vec::new())?;
        }
    }
    for it in &entry.event.standing {
        let name = (it.set.clone(), it.version.clone());
        let known = match rows.remove(&name) {
            Some(row) => Some(row),
            None => row::find(index, &it.set, &it.version)?,
        };
        let row = known.ok_or_else(|| IndexError("a version was never published".to_owned()))?;
        rows.insert(name, Row { status: it.status, effective: it.effective, ..row });
    }
    for ((set, version), row) in rows {
        let value = serde_json::to_vec(&row).map_err(|it| IndexError(it.to_string()))?;
        batch.put(Table::Version, &row::key(&set, &version), value)?;
    }
    index.commit(batch)
}
