//! Rows of JSON Lines: an object a line.
//!
//! There is no header: the columns are the keys in the order in which they first appear. A key that
//! an object does not have is an empty cell. Numbers are taken from their text, so that none passes
//! through a binary fraction.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserializer as _, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Body, Row, Rows, Told, damaged};
use crate::cell::{Cell, CellFault, Expected, exact};
use crate::ingest::fault::{LineFault, RowFault};
use crate::ingest::problem::LoadProblem;

/// Bytes of one line.
const MAX_LINE: usize = 1 << 20;

/// Different keys of one file.
const MAX_KEYS: usize = 1 << 14;

/// Characters shown of a value that is no cell.
const SHOWN: usize = 80;

struct Lines {
    text: String,
    header: Vec<String>,
}

/// The keys of a file, and its rows.
pub(super) fn open(file: &Arc<str>, text: String) -> Result<(Vec<String>, Body), LoadProblem> {
    let (mut header, mut seen) = (Vec::new(), BTreeSet::new());
    for (_, line) in objects(&text) {
        for (key, _) in line.iter().flatten() {
            if seen.insert(key.clone()) {
                header.push(key.clone());
            }
        }
        if header.len() > MAX_KEYS {
            let why = format!("more than {MAX_KEYS} different keys");
            return Err(damaged(file, &why));
        }
    }
    let trimmed = header.iter().map(|it| it.trim().to_owned()).collect();
    Ok((trimmed, Body::Rows(Box::new(Lines { text, header }))))
}

impl Rows for Lines {
    fn read(
        self: Box<Self>,
        wanted: &[usize],
        each: &mut dyn FnMut(u64, Row<'_>),
    ) -> Result<Told, LoadProblem> {
        let wanted: Vec<Option<&String>> = wanted.iter().map(|it| self.header.get(*it)).collect();
        for (line, object) in objects(&self.text) {
            match object {
                Err(fault) => each(line, Row::Unusable(RowFault::Line(fault))),
                Ok(pairs) => {
                    let of: BTreeMap<&String, &RawValue> =
                        pairs.iter().map(|it| (&it.0, it.1)).collect();
                    let cell = |key: Option<&String>| key.and_then(|key| of.get(key));
                    let cells: Vec<Cell<'_>> = wanted
                        .iter()
                        .map(|key| cell(*key).map_or(Cell::Empty, |it| of_value(it.get())))
                        .collect();
                    each(line, Row::Cells(&cells, 1));
                }
            }
        }
        Ok(Told::default())
    }
}

/// The pairs of one object, in its order.
type Pairs<'t> = Vec<(String, &'t RawValue)>;

/// Every line that is not blank, with its number.
fn objects(text: &str) -> impl Iterator<Item = (u64, Result<Pairs<'_>, LineFault>)> {
    let lines = (1..).zip(text.split('\n'));
    let lines = lines.filter(|it| !it.1.trim().is_empty());
    lines.map(|(number, line)| (number, object(line)))
}

fn object(line: &str) -> Result<Pairs<'_>, LineFault> {
    if line.len() > MAX_LINE {
        return Err(LineFault::TooLong(MAX_LINE));
    }
    let mut reader = serde_json::Deserializer::from_str(line);
    let mut pairs = Pairs::new();
    let read = reader.deserialize_map(Object(&mut pairs)).and_then(|()| reader.end());
    let mut keys = BTreeSet::new();
    match pairs.iter().find(|it| !keys.insert(it.0.as_str())) {
        Some((key, _)) => Err(LineFault::KeyTwice(key.clone())),
        None if read.is_ok() && !pairs.is_empty() => Ok(pairs),
        None => Err(LineFault::NoObject),
    }
}

/// Takes an object apart without understanding its values.
struct Object<'p, 't>(&'p mut Pairs<'t>);

impl<'t> Visitor<'t> for Object<'_, 't> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(pair) = map.next_entry()? {
            self.0.push(pair);
            if self.0.len() > MAX_KEYS {
                return Err(A::Error::custom("too many keys"));
            }
        }
        Ok(())
    }
}

/// The cell of a value, by its text.
fn of_value(text: &str) -> Cell<'_> {
    match text.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<String>(text) {
            Ok(it) => Cell::owned(it),
            Err(_) => faulty(text, CellFault::Unreadable(Expected::Text)),
        },
        Some(b't') => Cell::Bool(true),
        Some(b'f') => Cell::Bool(false),
        Some(b'n') | None => Cell::Empty,
        Some(b'[' | b'{') => faulty(text, CellFault::Nested),
        Some(_) => Cell::Loose { number: exact(text), shown: Cow::Borrowed(text) },
    }
}

fn faulty(text: &str, fault: CellFault) -> Cell<'static> {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    Cell::Faulty { shown, fault }
}
