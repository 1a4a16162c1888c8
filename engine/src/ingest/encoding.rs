//! Bytes of a text file to text: UTF-8 with or without a mark, else GB18030.

use std::borrow::Cow;

use encoding_rs::GB18030;
use serde::Serialize;

/// How a text file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8
    Utf8,
    /// UTF-8 with a byte order mark, as spreadsheet programs write it
    Utf8Bom,
    /// GB18030, which includes GBK and GB 2312
    Gb18030,
}

impl Encoding {
    /// Its name: `UTF-8`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Bom => "UTF-8 BOM",
            Self::Gb18030 => "GB18030",
        }
    }
}

/// The text of `bytes` and how it was written.
///
/// Text that is valid UTF-8 is UTF-8: a Chinese text in GB18030 practically never is. Anything else
/// is tried as GB18030.
///
/// # Errors
///
/// The line of the first byte that is neither.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), u64> {
    let (body, mark) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(body) => (body, Encoding::Utf8Bom),
        None => (bytes, Encoding::Utf8),
    };
    let wrong = match std::str::from_utf8(body) {
        Ok(text) => return Ok((Cow::Borrowed(text), mark)),
        Err(wrong) => wrong.valid_up_to(),
    };
    if mark == Encoding::Utf8Bom {
        return Err(line_at(body, wrong));
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok((text, Encoding::Gb18030)),
        None => Err(line_at(body, wrong)),
    }
}

/// The line, from 1, on which the byte `at` stands.
fn line_at(bytes: &[u8], at: usize) -> u64 {
    let breaks = bytes.iter().take(at).filter(|it| **it == b'\n').count();
    u64::try_from(breaks).unwrap_or(u64::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::{Encoding, decode};

    #[test]
    fn the_encoding_follows_from_the_bytes() {
        assert_eq!(decode("名称".as_bytes()).unwrap(), ("名称".into(), Encoding::Utf8));
        assert_eq!(decode(b"\xEF\xBB\xBFab").unwrap(), ("ab".into(), Encoding::Utf8Bom));
        assert_eq!(decode(b"\xC3\xFB\xB3\xC6").unwrap(), ("名称".into(), Encoding::Gb18030));
        assert_eq!(decode(b"a\nb\n\xFF\xFF"), Err(3));
        assert_eq!(decode(b"\xEF\xBB\xBFa\n\xC3\xFB"), Err(2));
    }
}
