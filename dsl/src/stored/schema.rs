//! The JSON Schema of the stored form, worked out from the types that read it, so that the two cannot
//! say different things. What a schema cannot say (that types fit, that names are there) stands in
//! `docs/model.md` and is looked at by [`super::link`].

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{FORMAT, Hash, StoredLinked, StoredPackage};
use crate::model::Place;
use crate::value::{Date, Decimal};

/// A file in the stored form.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Heng rules", inline)]
#[expect(dead_code, reason = "it is only described")]
enum File {
    /// One package.
    Package(Box<StoredPackage>),
    /// Several packages, closed.
    Linked(StoredLinked),
}

/// The schema (draft 2020-12), as `docs/model.schema.json` has it.
pub fn schema() -> String {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<File>();
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    format!("{text}\n")
}

/// The version of the form, and no other number.
pub(super) fn format(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": FORMAT })
}

macro_rules! texts {
    ($($type:ty, $name:literal, $pattern:literal, $words:literal;)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "description": $words })
            }
        }
    )*};
}

texts! {
    Decimal, "Decimal", "^-?[0-9]+(\\.[0-9]+)?$", "An exact decimal number as text, of at most 38 digits: `0.50` has two places.";
    Date, "Date", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "A civil date, `2024-12-01`.";
    Hash, "Hash", "^sha256:[0-9a-f]{64}$", "A SHA-256 hash.";
    Place, "Place", "^(.|\\n)*:[0-9]+$", "A line of a source file, `grading.heng:12`.";
}
