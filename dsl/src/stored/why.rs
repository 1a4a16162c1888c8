//! What serde says about a document, in words for people of both languages.

use std::fmt::Write as _;

use serde_json::Error;
use serde_path_to_error::{Path, Segment};

use crate::diag::Words;

/// The place of a value as a JSON pointer (RFC 6901).
pub(super) fn pointer(path: &Path) -> String {
    let mut out = String::new();
    for it in path {
        match it {
            Segment::Seq { index } => {
                let _ = write!(out, "/{index}");
            }
            Segment::Map { key } => {
                out.push('/');
                out.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { variant } => {
                out.push('/');
                out.push_str(variant);
            }
            Segment::Unknown => out.push_str("/?"),
        }
    }
    if out.is_empty() { "/".to_owned() } else { out }
}

/// A member that is not there.
pub(super) fn lacks(member: &str) -> Words {
    Words::both(format!("缺少 {member}"), format!("it has no {member}"))
}

/// Why a text is no JSON.
pub(super) fn syntax(error: &Error) -> Words {
    let (line, column) = (error.line(), error.column());
    if error.is_eof() {
        return Words::both(
            format!("到第 {line} 行就断了"),
            format!("it breaks off in line {line}"),
        );
    }
    Words::both(
        format!("第 {line} 行第 {column} 列不是 JSON 的写法"),
        format!("line {line}, column {column} is not written as JSON: {}", bare(error)),
    )
}

/// Why a value does not have the form that it should have.
pub(super) fn shape(error: &Error) -> Words {
    let text = bare(error);
    let name = |rest: &str| rest.split('`').nth(1).unwrap_or("").to_owned();
    let zh = if text.starts_with("missing field") {
        format!("缺少 {}", name(&text))
    } else if text.starts_with("unknown field") {
        format!("没有 {} 这样的一项", name(&text))
    } else if text.starts_with("duplicate field") {
        format!("{} 写了两次", name(&text))
    } else if text.starts_with("unknown variant") {
        format!("没有“{}”这一种", name(&text))
    } else if text.starts_with("invalid type")
        || text.starts_with("invalid value")
        || text.starts_with("invalid length")
    {
        match text.split_once(", expected ") {
            Some((_, expected)) => format!("这里应当是 {expected}"),
            None => text.clone(),
        }
    } else if text.contains(" / ") {
        return Words::parted(&text);
    } else {
        text.clone()
    };
    Words::both(zh, text)
}

/// The message without its line and column.
fn bare(error: &Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text.get(..at).unwrap_or(&text).to_owned(),
        None => text,
    }
}
