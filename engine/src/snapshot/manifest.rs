//! `snapshot.json`: what a snapshot consists of, and how it was read.

use std::io::{self, Write as _};
use std::path::Path;

use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Field, TyKind};
use heng_dsl::stored::Hash;
use heng_dsl::value::Date;
use serde::{Deserialize, Serialize};

use crate::ingest::FileReport;
use crate::output::Writing;

/// The name of the file.
pub(super) const NAME: &str = "snapshot.json";

/// Counted up when an older program could misread a newer snapshot.
pub(super) const FORMAT: u32 = 4;

/// The oldest format that is read. In format 3 all layers had whole households.
const OLDEST: u32 = 3;

/// What `snapshot.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The number of the format.
    pub(super) heng_snapshot: u32,
    /// The version of the program that wrote it last.
    pub(super) engine: String,
    /// 截至 of the latest delivery that states it.
    pub(super) cutoff: Option<Date>,
    /// How many households there are in all layers together.
    pub(super) households: u64,
    /// The household file first, then the record tables.
    pub(super) tables: Vec<TableSchema>,
    /// The first has the whole register; later ones say something of households of those before, or of others.
    pub(super) layers: Vec<Layer>,
    /// How many households there are in all layers together up to the end of each stretch of the first one. Empty where there is
    /// no later layer, or where it was not noted: then it is found out when the snapshot is opened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) ends: Vec<u64>,
    /// A hash for each delivery, of it and of all before it. Whoever recorded the last one of some time can tell whether
    /// a snapshot is what it was then with later deliveries. Empty where it began before this was noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) deliveries: Vec<Hash>,
}

/// How a table was declared when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TableSchema {
    /// Its name.
    pub(super) name: String,
    /// The fields by which the records of a household stand in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) order: Vec<String>,
    /// Its columns; fields that are derived are not among them.
    pub(super) fields: Vec<FieldSchema>,
}

/// How a field was declared when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FieldSchema {
    /// Its name, which is that of the column.
    pub(super) name: String,
    /// Everything that says how its cells are read.
    pub(super) reading: String,
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Layer {
    /// Its folder.
    pub(super) folder: String,
    /// How many households it has.
    pub(super) households: u64,
    /// The key of the first household of each stretch.
    pub(super) firsts: Vec<String>,
    /// The file of each table.
    pub(super) files: Vec<StoredFile>,
    /// What was read to make it.
    pub(super) delivered: Vec<Delivered>,
    /// The number of the delivery; of a layer that is made of several, that of the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) delivery: Option<u32>,
    /// It has only what was delivered of households, and not whole ones.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) delta: bool,
}

/// A file, with a checksum for each stretch of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredFile {
    /// Its name in the folder of the layer.
    pub(super) name: String,
    /// Rows in it.
    pub(super) rows: u64,
    /// Stretches, from the first byte to the last.
    pub(super) stretches: Vec<Stretch>,
}

/// Some bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stretch {
    /// The first.
    pub(super) offset: u64,
    /// How many.
    pub(super) length: u64,
    /// Their CRC-32C.
    pub(super) crc32c: u32,
}

/// What became of a file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Delivered {
    table: String,
    rows: u64,
    used: u64,
    quarantined: u64,
    repeated: u64,
    bad_cells: u64,
}

impl Manifest {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        #[derive(Deserialize)]
        struct Head {
            heng_snapshot: u32,
        }
        let bytes = std::fs::read(folder.join(NAME))?;
        let head: Head = serde_json::from_slice(&bytes)?;
        if head.heng_snapshot > FORMAT {
            let found = head.heng_snapshot;
            let why = format!("format {found} is newer than {FORMAT}, the newest known one");
            return Err(io::Error::other(why));
        }
        if head.heng_snapshot < OLDEST {
            let found = head.heng_snapshot;
            let why = format!("format {found} is no longer read: import the register anew");
            return Err(io::Error::other(why));
        }
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Writes it: from then on it is what counts.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let mut to = Writing::begin(&folder.join(NAME))?;
        serde_json::to_writer_pretty(&mut to, self)?;
        to.write_all(b"\n")?;
        to.finish()
    }
}

impl Layer {
    /// The hash of a delivery that is written as this layer, after others.
    pub(super) fn hash(&self, after: Option<&Hash>) -> Hash {
        let mut all = after.map(|it| it.bytes().to_vec()).unwrap_or_default();
        for file in &self.files {
            all.extend(file.rows.to_le_bytes());
            all.extend(file.stretches.iter().flat_map(|it| it.crc32c.to_le_bytes()));
        }
        Hash::of_bytes(&all)
    }
}

impl Delivered {
    pub(super) fn of(report: &FileReport) -> Self {
        let FileReport { table, rows, used, quarantined, repeated, bad_cells, .. } = report;
        Self {
            table: table.clone(),
            rows: *rows,
            used: *used,
            quarantined: *quarantined,
            repeated: *repeated,
            bad_cells: *bad_cells,
        }
    }

    /// As a report on the layer.
    pub(super) fn report(&self, layer: &str) -> FileReport {
        FileReport {
            file: format!("{layer}/{}", self.table),
            table: self.table.clone(),
            format: crate::ingest::FileFormat::Snapshot,
            text: None,
            rows: self.rows,
            used: self.used,
            quarantined: self.quarantined,
            repeated: self.repeated,
            bad_cells: self.bad_cells,
        }
    }
}

/// How the rules declare the tables.
pub(super) fn schema(linked: &Linked) -> Vec<TableSchema> {
    let subject = linked.subject().map_or("", |it| it.subject.name.as_ref());
    let households = TableSchema {
        name: subject.to_owned(),
        order: Vec::new(),
        fields: linked
            .fields()
            .filter(|it| it.derived.is_none())
            .map(|it| field(linked, it))
            .collect(),
    };
    let tables = linked.tables().map(|table| TableSchema {
        name: table.name.to_string(),
        order: table.order.iter().map(ToString::to_string).collect(),
        fields: {
            let stored = table.fields.iter().filter(|it| it.derived.is_none());
            stored.map(|it| field(linked, it)).collect()
        },
    });
    std::iter::once(households).chain(tables).collect()
}

fn field(linked: &Linked, field: &Field) -> FieldSchema {
    let mut reading = match &field.ty.kind {
        TyKind::Bool => "bool".to_owned(),
        TyKind::Number(it) => format!("number({}, {:?})", it.places, it.unit),
        TyKind::Date => "date".to_owned(),
        TyKind::Text | TyKind::Code(_) => "text".to_owned(),
        TyKind::Member(of) => {
            let members = &linked.enumeration(of.slot.index()).members;
            let names: Vec<String> = members.iter().map(|it| it.name.to_string()).collect();
            format!("member({})", names.join(", "))
        }
        TyKind::Frequency | TyKind::Unknown => "nothing".to_owned(),
    };
    let mut add = |is: bool, word: &str| {
        if is {
            reading.push_str(word);
        }
    };
    add(field.key, ", key");
    add(field.signed, ", signed");
    add(field.ty.optional, ", optional");
    add(field.later.is_some(), ", later");
    add(field.scale != 0, &format!(", scale {}", field.scale));
    if let Some(default) = &field.default {
        let default = serde_json::to_string(default).unwrap_or_default();
        add(true, &format!(", default {default}"));
    }
    FieldSchema { name: field.name.to_string(), reading }
}
