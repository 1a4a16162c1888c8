//! Households and records put together.

use heng_dsl::model::linked::Linked;

use super::{LoadError, LoadProblem, LoadRequest, Loaded, Progress};

/// See [`super::load`].
pub(super) fn folder(
    _linked: &Linked,
    request: &LoadRequest,
    _progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Loaded, LoadError> {
    let path = request.folder.display().to_string();
    Err(LoadError::one(LoadProblem::Unreadable { path, why: "TODO".to_owned() }))
}
