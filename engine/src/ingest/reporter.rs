//! Reports about the rows and cells of a table.

use std::sync::Arc;

use heng_dsl::model::Responsibility;

use super::fault::RowFault;
use super::problem::{BadCell, BadRow, Place};
use crate::cell::CellFault;

/// What every report about a table says.
#[derive(Clone)]
pub(super) struct Reporter {
    /// The file.
    pub(super) file: Arc<str>,
    /// The table.
    pub(super) table: Arc<str>,
    /// The key of the household is 敏感.
    pub(super) sensitive_key: bool,
    /// Who answers for it.
    pub(super) responsibility: Arc<Responsibility>,
}

/// A fault and the column in which it lies: its header, what the cell holds, is it sensitive.
pub(super) type Where = (Arc<str>, String, bool);

impl Reporter {
    /// A fault of a row.
    pub(super) fn row(
        &self,
        line: u64,
        household: Option<Arc<str>>,
        place: Option<Where>,
        fault: RowFault,
    ) -> BadRow {
        let (column, value, sensitive) = match place {
            Some((column, value, sensitive)) => (Some(column), value, sensitive),
            None => (None, String::new(), false),
        };
        BadRow {
            place: Place { file: Arc::clone(&self.file), line },
            table: Arc::clone(&self.table),
            household,
            column,
            value,
            sensitive,
            sensitive_key: self.sensitive_key,
            fault,
            responsibility: Arc::clone(&self.responsibility),
        }
    }

    /// A fault of a cell that is read as missing.
    pub(super) fn cell(
        &self,
        line: u64,
        household: Option<Arc<str>>,
        place: Where,
        fault: CellFault,
    ) -> BadCell {
        BadCell {
            place: Place { file: Arc::clone(&self.file), line },
            table: Arc::clone(&self.table),
            household,
            column: place.0,
            value: place.1,
            sensitive: place.2,
            sensitive_key: self.sensitive_key,
            fault,
            responsibility: Arc::clone(&self.responsibility),
        }
    }
}
