//! Bytes of a text file to text: by its mark, else UTF-8, else GB18030; and why.
//!
//! A file in two encodings is refused: whichever were taken, some lines would become other text.

use std::borrow::Cow;

use encoding_rs::GB18030;
use heng_dsl::diag::Words;
use serde::Serialize;

pub use self::signs::{Occurrences, Signs};

mod signs;

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
    /// UTF-16 with a byte order mark, the low byte first
    Utf16Le,
    /// UTF-16 with a byte order mark, the high byte first
    Utf16Be,
}

impl Encoding {
    /// Its name: `UTF-8`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Bom => "UTF-8 BOM",
            Self::Gb18030 => "GB18030",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
        }
    }
}

/// Why a file was read in its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It begins with a byte order mark.
    Mark,
    /// All of it is valid UTF-8, which other encodings practically never are.
    Valid,
    /// It is not UTF-8 from this byte on, and all of it is valid GB18030.
    NotUtf8 {
        /// The line, from 1.
        line: u64,
        /// The byte of the file, from 1.
        byte: u64,
    },
}

/// What was found out about the text of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Detection {
    /// The encoding in which it was read.
    pub encoding: Encoding,
    /// Why in this one.
    pub why: Why,
    /// Characters that may have been something else, or may mean nothing elsewhere.
    #[serde(flatten)]
    pub signs: Signs,
}

impl Detection {
    fn new(encoding: Encoding, why: Why, text: &str) -> Self {
        Self { encoding, why, signs: Signs::of(text) }
    }

    /// Is there anything that people should know?
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.encoding, Encoding::Utf8 | Encoding::Utf8Bom) && self.signs.are_none()
    }

    /// One sentence without a full stop: the encoding, why, and odd characters.
    pub fn words(&self) -> Words {
        let name = self.encoding.name();
        let why = match self.why {
            Why::Mark => Words::both(
                format!("按 {name} 读（有字节序标记）"),
                format!("read as {name} (it has a mark)"),
            ),
            Why::Valid => Words::both(
                format!("按 {name} 读（全部是有效的 UTF-8）"),
                format!("read as {name} (all of it is valid)"),
            ),
            Why::NotUtf8 { line, byte } => Words::both(
                format!(
                    "按 {name} 读（第{line}行即第{byte}字节起不是 UTF-8，而全部是有效的 GB18030）"
                ),
                format!(
                    "read as {name} (from line {line}, byte {byte} on it is not UTF-8, and all of it is \
                     valid GB18030)"
                ),
            ),
        };
        self.signs.words().into_iter().fold(why, |all, more| {
            Words::both(format!("{}；{}", all.zh, more.zh), format!("{}; {}", all.en, more.en))
        })
    }
}

/// Why bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undecodable {
    /// This line is in no encoding that is known.
    Neither(u64),
    /// Two lines that are only readable in different encodings.
    Mixed {
        /// The first line that is only UTF-8.
        utf8: u64,
        /// The first line that is only GB18030.
        gb18030: u64,
    },
}

/// The text of `bytes` and how it was written.
///
/// # Errors
///
/// The line that is in no known encoding, or the lines that are in different ones.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Detection), Undecodable> {
    if let Some(body) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        let text = std::str::from_utf8(body)
            .map_err(|_| lines(body).map_or_else(|it| it, Lines::fault))?;
        return Ok((Cow::Borrowed(text), Detection::new(Encoding::Utf8Bom, Why::Mark, text)));
    }
    for (mark, encoding, unit) in [
        (b"\xFF\xFE", Encoding::Utf16Le, u16::from_le_bytes as fn([u8; 2]) -> u16),
        (b"\xFE\xFF", Encoding::Utf16Be, u16::from_be_bytes),
    ] {
        if let Some(body) = bytes.strip_prefix(mark) {
            let text = utf16(body, unit)?;
            let detection = Detection::new(encoding, Why::Mark, &text);
            return Ok((Cow::Owned(text), detection));
        }
    }
    let wrong = match std::str::from_utf8(bytes) {
        Ok(text) => {
            return Ok((Cow::Borrowed(text), Detection::new(Encoding::Utf8, Why::Valid, text)));
        }
        Err(wrong) => wrong.valid_up_to(),
    };
    let lines = lines(bytes)?;
    let whole = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    let Some(text) = whole.filter(|_| lines.utf8.is_none()) else { return Err(lines.fault()) };
    let byte = u64::try_from(wrong).unwrap_or(u64::MAX).saturating_add(1);
    let why = Why::NotUtf8 { line: line_at(bytes, wrong), byte };
    let detection = Detection::new(Encoding::Gb18030, why, &text);
    Ok((text, detection))
}

/// Units to text, to the line of the first one that stands alone where two belong together.
fn utf16(body: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Undecodable> {
    let (pairs, rest) = body.as_chunks::<2>();
    let mut text = String::with_capacity(body.len());
    let mut line = 1;
    for sign in char::decode_utf16(pairs.iter().map(|it| unit(*it))) {
        let sign = sign.map_err(|_| Undecodable::Neither(line))?;
        line += u64::from(sign == '\n');
        text.push(sign);
    }
    if rest.is_empty() && !text.contains('\0') { Ok(text) } else { Err(Undecodable::Neither(line)) }
}

/// The first lines that are only one of the two encodings.
#[derive(Debug, Clone, Copy, Default)]
struct Lines {
    utf8: Option<u64>,
    gb18030: Option<u64>,
}

impl Lines {
    fn fault(self) -> Undecodable {
        match (self.utf8, self.gb18030) {
            (Some(utf8), Some(gb18030)) => Undecodable::Mixed { utf8, gb18030 },
            (Some(line), None) | (None, Some(line)) => Undecodable::Neither(line),
            (None, None) => Undecodable::Neither(1),
        }
    }
}

/// So many Chinese characters in valid UTF-8 are no accident of GB18030.
const NO_ACCIDENT: usize = 4;

/// Looks at every line by itself. No byte of a character in either encoding is a line end.
fn lines(bytes: &[u8]) -> Result<Lines, Undecodable> {
    let mut found = Lines::default();
    for (line, bytes) in (1..).zip(bytes.split(|it| *it == b'\n')) {
        if bytes.is_ascii() {
            continue;
        }
        let is_gb18030 =
            || GB18030.decode_without_bom_handling_and_without_replacement(bytes).is_some();
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                let chinese = text.chars().filter(|it| matches!(it, '\u{3000}'..='\u{9fff}'));
                if found.utf8.is_none() && (chinese.count() >= NO_ACCIDENT || !is_gb18030()) {
                    found.utf8 = Some(line);
                }
            }
            Err(_) if is_gb18030() => found.gb18030 = found.gb18030.or(Some(line)),
            Err(_) => return Err(Undecodable::Neither(line)),
        }
    }
    Ok(found)
}

/// The line, from 1, on which the byte `at` stands.
fn line_at(bytes: &[u8], at: usize) -> u64 {
    let breaks = bytes.iter().take(at).filter(|it| **it == b'\n').count();
    u64::try_from(breaks).unwrap_or(u64::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Undecodable, Why, decode};

    fn read(bytes: &[u8]) -> (String, Encoding, Why) {
        let (text, found) = decode(bytes).unwrap();
        (text.into_owned(), found.encoding, found.why)
    }

    #[test]
    fn the_encoding_follows_from_the_bytes() {
        let utf16: Vec<u8> = "名\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let not_utf8 = |line, byte| Why::NotUtf8 { line, byte };
        for (bytes, text, encoding, why) in [
            ("名称".as_bytes(), "名称", Encoding::Utf8, Why::Valid),
            (b"\xEF\xBB\xBFab", "ab", Encoding::Utf8Bom, Why::Mark),
            (b"\xC3\xFB\xB3\xC6", "名称", Encoding::Gb18030, not_utf8(1, 1)),
            (b"a\nb\xC3\xFB", "a\nb名", Encoding::Gb18030, not_utf8(2, 4)),
            // A four-byte code of GB18030, and 联 of GBK.
            (b"\x82\x35\x8F\x33\xC1\xAA", "\u{9fa6}联", Encoding::Gb18030, not_utf8(1, 1)),
            (b"\xFF\xFE\x0D\x54", "名", Encoding::Utf16Le, Why::Mark),
            (&[b"\xFE\xFF", utf16.as_slice()].concat(), "名\n", Encoding::Utf16Be, Why::Mark),
        ] {
            assert_eq!(read(bytes), (text.to_owned(), encoding, why));
        }
    }

    #[test]
    fn what_is_in_no_encoding_or_in_two_is_told_with_its_lines() {
        assert_eq!(decode(b"a\nb\n\xFF\xFF"), Err(Undecodable::Neither(3)));
        let mixed = [b"a\n\xC3\xFB\n".as_slice(), "名称名称".as_bytes()].concat();
        assert_eq!(decode(&mixed), Err(Undecodable::Mixed { utf8: 3, gb18030: 2 }));
        let marked = [b"\xEF\xBB\xBF".as_slice(), "名称名称\n".as_bytes(), b"\xC3\xFB"].concat();
        assert_eq!(decode(&marked), Err(Undecodable::Mixed { utf8: 1, gb18030: 2 }));
        // Half a character at the end, and half a pair.
        assert_eq!(decode(b"\xFF\xFEa\0\n\0b"), Err(Undecodable::Neither(2)));
        assert_eq!(decode(b"\xFE\xFF\xD8\x00"), Err(Undecodable::Neither(1)));
        // 32-bit units, of which every other half is nothing.
        assert_eq!(decode(b"\xFF\xFE\0\0a\0\0\0"), Err(Undecodable::Neither(1)));
    }
}
