//! 历次结果: earlier results, from result files of former runs.

use std::path::Path;

use heng_dsl::model::linked::Linked;

use super::{LoadError, Note};
use crate::data::Register;

/// Reads every result file of a folder into the histories of the households, oldest first.
///
/// Columns are matched by the names that [`crate::output::result_name`] gives; grades by the names
/// of their members, missing where there is no such member now. Only declarations that have a column
/// are recorded. Returns what was noticed.
///
/// # Errors
///
/// A file that cannot be read, that has no key or as-of date, or two results of a household for one
/// date.
pub fn earlier(
    folder: &Path,
    linked: &Linked,
    register: &mut Register,
) -> Result<Vec<Note>, LoadError> {
    let _ = (folder, linked, register);
    Err(LoadError::one(super::LoadProblem::Unreadable {
        path: folder.display().to_string(),
        why: "TODO".to_owned(),
    }))
}
