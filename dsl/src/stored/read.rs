//! Reads the JSON form. Whoever wrote it, nothing is taken on trust: size and depth are bounded before
//! anything recurses, the version of the form is looked at before its members, and a stated hash has
//! to fit.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{FORMAT, Hash, StoredLinked, StoredPackage, why};
use crate::diag::{Code, Diagnostic, Words};
use crate::limits;
use crate::model::{Id, RuleSet, origins};
use crate::span::Span;
use crate::stack::deep;

/// A file in the JSON form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// One package, which needs those that it uses.
    Package(Box<StoredPackage>),
    /// Several packages, closed.
    Linked(StoredLinked),
}

impl Stored {
    /// The packages in it.
    pub fn packages(&self) -> impl Iterator<Item = &RuleSet> {
        let (one, several) = match self {
            Self::Package(it) => (Some(&it.rules), &[][..]),
            Self::Linked(it) => (None, it.packages.as_slice()),
        };
        one.into_iter().chain(several.iter().map(|it| &it.rules))
    }
}

/// What is looked at before anything else.
#[derive(Deserialize)]
struct Head {
    format: u64,
    #[serde(default)]
    rules: Option<IgnoredAny>,
    #[serde(default)]
    packages: Option<IgnoredAny>,
}

/// Reads a stored model. `file` is how messages call it.
///
/// # Errors
///
/// It is not JSON, not of this form, of another version of it, too large or too deep, or a hash that it
/// states does not fit.
pub fn read(file: &str, bytes: &[u8]) -> Result<Stored, Box<Diagnostic>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bounded(file, bytes)?;
    let head: Head = parsed(file, bytes)?;
    if head.format != u64::from(FORMAT) {
        return Err(version(file, head.format));
    }
    let mut stored = match (&head.rules, &head.packages) {
        (_, Some(_)) => Stored::Linked(parsed(file, bytes)?),
        (Some(_), None) => Stored::Package(Box::new(parsed(file, bytes)?)),
        (None, None) => {
            let why = why::lacks("rules");
            return Err(problem(Code::E0702, file).arg("pointer", "/").arg("why", why).into());
        }
    };
    match &mut stored {
        Stored::Package(it) => {
            let content = it.content;
            settle(file, &mut it.rules, content)?;
        }
        Stored::Linked(it) => {
            if it.packages.len() > limits::MAX_PACKAGES {
                return Err(too_much(file, "packages", limits::MAX_PACKAGES));
            }
            for part in &mut it.packages {
                let content = part.content;
                settle(file, &mut part.rules, content)?;
            }
        }
    }
    Ok(stored)
}

/// Id and version of the packages in a file, without reading the rest; none where it is no stored
/// model.
pub fn peek(bytes: &[u8]) -> Vec<(Id, Id)> {
    #[derive(Deserialize)]
    struct Heads {
        #[expect(dead_code, reason = "a file of another kind does not have it")]
        format: u64,
        #[serde(default)]
        rules: Option<Set>,
        #[serde(default)]
        packages: Vec<Part>,
    }
    #[derive(Deserialize)]
    struct Part {
        rules: Set,
    }
    #[derive(Deserialize)]
    struct Set {
        id: Id,
        version: Id,
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Ok(heads) = serde_json::from_slice::<Heads>(bytes) else { return Vec::new() };
    let sets = heads.rules.into_iter().chain(heads.packages.into_iter().map(|it| it.rules));
    sets.map(|it| (it.id, it.version)).collect()
}

/// A problem of a file.
pub(super) fn problem(code: Code, file: &str) -> Diagnostic {
    Diagnostic::new(code, Span::default()).arg("file", file.to_owned())
}

/// Size and depth. What is no JSON at all may pass: it is found out later.
fn bounded(file: &str, bytes: &[u8]) -> Result<(), Box<Diagnostic>> {
    let too_large = |zh: String, en: String| -> Box<Diagnostic> {
        problem(Code::E0704, file).arg("why", Words::both(zh, en)).into()
    };
    if bytes.len() > limits::MAX_STORED_BYTES {
        let most = limits::MAX_STORED_BYTES >> 20;
        return Err(too_large(format!("超过 {most} MiB"), format!("it is larger than {most} MiB")));
    }
    let (mut depth, mut text, mut escaped) = (0, false, false);
    for it in bytes {
        match it {
            _ if text => {
                text = escaped || *it != b'"';
                escaped = !escaped && *it == b'\\';
            }
            b'"' => text = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > limits::MAX_STORED_DEPTH {
                    let most = limits::MAX_STORED_DEPTH;
                    return Err(too_large(
                        format!("嵌套超过 {most} 层"),
                        format!("it is nested more than {most} deep"),
                    ));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

fn parsed<T: DeserializeOwned + Send>(file: &str, bytes: &[u8]) -> Result<T, Box<Diagnostic>> {
    let read = || {
        let mut from = serde_json::Deserializer::from_slice(bytes);
        // The depth has been counted, and the stack is deep enough for it.
        from.disable_recursion_limit();
        let out = serde_path_to_error::deserialize(&mut from);
        out.map_err(|it| (why::pointer(it.path()), it.into_inner()))
            .and_then(|it| from.end().map(|()| it).map_err(|it| ("/".to_owned(), it)))
    };
    deep(read).map_err(|(pointer, error): (String, serde_json::Error)| match error.classify() {
        serde_json::error::Category::Data => {
            problem(Code::E0702, file).arg("pointer", pointer).arg("why", why::shape(&error)).into()
        }
        serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof
        | serde_json::error::Category::Io => {
            problem(Code::E0701, file).arg("why", why::syntax(&error)).into()
        }
    })
}

fn version(file: &str, found: u64) -> Box<Diagnostic> {
    let newer = found > u64::from(FORMAT);
    let advice = if newer {
        Words::both("请用更新的 heng 读它", "read it with a newer heng")
    } else {
        Words::both("没有发布过这样的版本", "no such version was ever released")
    };
    problem(Code::E0703, file)
        .arg("found", found.to_string())
        .arg("known", FORMAT.to_string())
        .arg("advice", advice)
        .into()
}

fn too_much(file: &str, what: &'static str, most: usize) -> Box<Diagnostic> {
    let why = Words::both(
        format!("{what} 超过 {most} 项"),
        format!("{what} has more than {most} entries"),
    );
    problem(Code::E0704, file).arg("why", why).into()
}

/// Bounds the numbers of a package, compares its hash and puts back what its origins leave out.
fn settle(file: &str, set: &mut RuleSet, stated: Option<Hash>) -> Result<(), Box<Diagnostic>> {
    if set.decls.len() + set.decides.len() + set.checks.len() > limits::MAX_DECLARATIONS {
        return Err(too_much(file, "decls", limits::MAX_DECLARATIONS));
    }
    if set.codes.iter().any(|it| it.rows.len() > limits::MAX_CODE_ROWS) {
        return Err(too_much(file, "codes", limits::MAX_CODE_ROWS));
    }
    if let Some(stated) = stated {
        let found = Hash::of_content(set);
        if found != stated {
            return Err(problem(Code::E0705, file)
                .arg("package", set.id.to_string())
                .arg("stated", stated.to_string())
                .arg("found", found.to_string())
                .into());
        }
    }
    origins::complete(set);
    Ok(())
}
