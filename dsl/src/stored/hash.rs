//! The two hashes of a package: its content (texts, bases, cases: what is signed) and its meaning (the
//! normal form: what decides about a household).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use super::canonical;
use crate::model::RuleSet;
use crate::model::normal::normal;

/// A SHA-256 hash, written `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// The hashes of one package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Hashes {
    /// Of everything that is written, but not of the lines it stands on.
    pub content: Hash,
    /// Of what decides about a household: titles, notes, bases, reasons, cases, comments and orders
    /// without meaning leave it as it is.
    pub meaning: Hash,
}

const PREFIX: &str = "sha256:";

impl Hash {
    /// The content hash of a package.
    pub fn of_content(set: &RuleSet) -> Self {
        Self::of_bytes(canonical::of_package(set).as_bytes())
    }

    /// The meaning hash of a package.
    pub fn of_meaning(set: &RuleSet) -> Self {
        Self::of_content(&crate::stack::deep(|| normal(set)))
    }

    /// The hash of any bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash as its 32 bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A hash of which the 32 bytes are known.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 64 hexadecimal digits alone, as they name a file.
    pub fn digits(&self) -> String {
        self.to_string().split_off(PREFIX.len())
    }
}

impl Hashes {
    /// Both hashes of a package.
    pub fn of(set: &RuleSet) -> Self {
        Self { content: Hash::of_content(set), meaning: Hash::of_meaning(set) }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        self.0.iter().try_for_each(|it| write!(f, "{it:02x}"))
    }
}

impl FromStr for Hash {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "not a hash such as `sha256:` and 64 hexadecimal digits";
        let digits = text.strip_prefix(PREFIX).filter(|it| it.len() == 64).ok_or(WRONG)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| WRONG)?;
            let lower = pair.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
            *byte = u8::from_str_radix(pair, 16).ok().filter(|_| lower).ok_or(WRONG)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
