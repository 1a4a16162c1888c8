//! Texts that the cells of a workbook share, in one piece of memory.

use quick_xml::events::Event;

use super::package::{Bound, Package, Trouble, Xml, character};

/// Shared texts.
const MAX_STRINGS: usize = 1 << 24;

/// Shared texts, one behind the other.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Strings {
    /// The text of a number.
    pub(super) fn get(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)?;
        let start = at.checked_sub(1).map_or(Some(0), |it| self.ends.get(it).copied())?;
        self.text.get(start..end)
    }
}

/// Reads all of them; nothing that the file says about their number is believed.
pub(super) fn read(package: &mut Package, part: Option<&str>) -> Result<Strings, Trouble> {
    let mut strings = Strings::default();
    let Some(part) = part else { return Ok(strings) };
    let Some(mut xml) = package.part(part)? else { return Ok(strings) };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer)? {
            Event::Start(it) if it.local_name().as_ref() == "si" => {
                let text = text(&mut xml, "si")?;
                strings.text.push_str(&text);
                strings.ends.push(strings.text.len());
            }
            Event::Empty(it) if it.local_name().as_ref() == "si" => {
                strings.ends.push(strings.text.len());
            }
            Event::End(it) if it.local_name().as_ref() == "sst" => return Ok(strings),
            Event::Empty(it) if it.local_name().as_ref() == "sst" => return Ok(strings),
            Event::DocType(_) => return Err(Trouble::unexpected("DOCTYPE")),
            Event::Eof => return Err(Trouble::unexpected("no end of the shared texts")),
            _ => {}
        }
        if strings.ends.len() > MAX_STRINGS {
            return Err(Trouble::TooLarge(Bound::Strings(MAX_STRINGS)));
        }
    }
}

/// The text up to the end of an element: all its runs, without the hints how to pronounce them.
pub(super) fn text(xml: &mut Xml<'_>, until: &str) -> Result<String, Trouble> {
    let (mut text, mut inside, mut hints) = (String::new(), false, 0_usize);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer)? {
            Event::Start(it) => match it.local_name().as_ref() {
                "t" => inside = true,
                "rPh" => hints += 1,
                _ => {}
            },
            Event::End(it) => match it.local_name().as_ref() {
                "t" => inside = false,
                "rPh" => hints = hints.saturating_sub(1),
                end if end == until => return Ok(unescaped(text)),
                _ => {}
            },
            Event::Text(it) if inside && hints == 0 => text.push_str(&it.xml10_content()),
            Event::CData(it) if inside && hints == 0 => text.push_str(&it.xml10_content()),
            Event::GeneralRef(it) if inside && hints == 0 => text.push(character(&it)?),
            Event::Eof => return Err(Trouble::unexpected("the end comes too early")),
            Event::Empty(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::GeneralRef(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
}

/// `_x000D_` is how a workbook writes what XML has no sign for; `_x005F_` is the `_` of such a text.
pub(super) fn unescaped(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        match escape(from) {
            Some(sign) => {
                plain.push(sign);
                rest = from.get(ESCAPE..).unwrap_or_default();
            }
            None => {
                plain.push('_');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// Bytes of an escape.
const ESCAPE: usize = "_x000D_".len();

/// The character of an escape at the beginning of a text.
fn escape(text: &str) -> Option<char> {
    let digits = text.get(..ESCAPE)?.strip_prefix("_x")?.strip_suffix('_')?;
    let hex = digits.bytes().all(|it| it.is_ascii_hexdigit());
    if hex { char::from_u32(u32::from_str_radix(digits, 16).ok()?) } else { None }
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn what_xml_has_no_sign_for_is_read_back() {
        for (text, plain) in [
            ("甲_x000D_\n乙", "甲\r\n乙"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x00_x0041_", "_x00A"),
            ("_xD800_ _x12G4_ _x", "_xD800_ _x12G4_ _x"),
            ("店_x名称名称_", "店_x名称名称_"),
        ] {
            assert_eq!(unescaped(text.to_owned()), plain);
        }
    }
}
