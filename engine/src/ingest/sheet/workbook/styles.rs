//! Which cells show a day, and which a moment: a workbook stores both as numbers.

use std::collections::BTreeMap;

use quick_xml::events::Event;

use super::package::{Package, Trouble, attribute};

/// How a number is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Shows {
    /// As a number, or as a time of day.
    #[default]
    Number,
    /// As a day.
    Day,
    /// As a day with a time of day.
    Moment,
}

/// How the cells of each style show a number.
#[derive(Default)]
pub(super) struct Styles(Vec<Shows>);

impl Styles {
    /// By the number of the style.
    pub(super) fn get(&self, style: usize) -> Shows {
        self.0.get(style).copied().unwrap_or_default()
    }
}

/// Reads them.
pub(super) fn read(package: &mut Package, part: Option<&str>) -> Result<Styles, Trouble> {
    let mut styles = Styles::default();
    let Some(part) = part else { return Ok(styles) };
    let Some(mut xml) = package.part(part)? else { return Ok(styles) };
    let mut own: BTreeMap<u32, Shows> = BTreeMap::new();
    // Named styles are `xf`, too; only those of cells count.
    let mut of_cells = false;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer)? {
            Event::Start(it) | Event::Empty(it) => match it.local_name().as_ref() {
                "numFmt" => {
                    let id = attribute(&it, "numFmtId")?.and_then(|it| it.parse().ok());
                    let code = attribute(&it, "formatCode")?;
                    own.extend(id.zip(code).map(|(id, code)| (id, of_code(&code))));
                }
                "cellXfs" => of_cells = true,
                "xf" if of_cells => {
                    let id = attribute(&it, "numFmtId")?.and_then(|it| it.parse().ok());
                    let id: u32 = id.unwrap_or_default();
                    styles.0.push(own.get(&id).copied().unwrap_or_else(|| built_in(id)));
                }
                _ => {}
            },
            Event::End(it) if it.local_name().as_ref() == "cellXfs" => return Ok(styles),
            Event::DocType(_) => return Err(Trouble::unexpected("DOCTYPE")),
            Event::Eof => return Ok(styles),
            _ => {}
        }
    }
}

/// The formats that a workbook need not write down; 27 to 36 and 50 to 58 as a Chinese program has them.
fn built_in(id: u32) -> Shows {
    match id {
        14..=17 | 27..=31 | 36 | 50..=54 | 57..=58 => Shows::Day,
        22 => Shows::Moment,
        _ => Shows::Number,
    }
}

/// By a format in words: `yyyy"年"m"月"d"日"`, `[$-804]yyyy-mm-dd hh:mm`, `#,##0.00_);[Red](…)`.
fn of_code(code: &str) -> Shows {
    let (mut day, mut month, mut clock) = (false, false, false);
    let mut signs = code.chars();
    let mut first = String::new();
    while let Some(sign) = signs.next() {
        match sign {
            // The next one is a sign to show, or as wide as that.
            '\\' | '_' | '*' => {
                signs.next();
            }
            '"' => {
                signs.find(|it| *it == '"');
            }
            '[' => {
                let inside: String = signs.by_ref().take_while(|it| *it != ']').collect();
                clock |= matches!(inside.to_ascii_lowercase().trim_matches(['h', 'm', 's']), "")
                    && !inside.is_empty();
            }
            // Only the first part: it is the one for numbers above zero.
            ';' => break,
            it => first.push(it.to_ascii_lowercase()),
        }
    }
    for sign in first.replace("general", "").replace("am/pm", "h").chars() {
        match sign {
            'y' | 'd' => day = true,
            'm' => month = true,
            'h' | 's' => clock = true,
            _ => {}
        }
    }
    match (day || (month && !clock), clock) {
        (true, true) => Shows::Moment,
        (true, false) => Shows::Day,
        (false, _) => Shows::Number,
    }
}

#[cfg(test)]
mod tests {
    use super::{Shows, of_code};

    #[test]
    fn a_format_says_what_it_shows() {
        for (code, shows) in [
            ("yyyy-mm-dd", Shows::Day),
            ("yyyy\"年\"m\"月\"d\"日\"", Shows::Day),
            ("yyyy年m月", Shows::Day),
            ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", Shows::Day),
            ("m/d/yy h:mm", Shows::Moment),
            ("[$-804]yyyy-mm-dd hh:mm:ss", Shows::Moment),
            ("h:mm AM/PM", Shows::Number),
            ("[h]:mm:ss", Shows::Number),
            ("mm:ss.0", Shows::Number),
            ("General", Shows::Number),
            ("General\"日\"", Shows::Number),
            ("0.00E+00", Shows::Number),
            ("#,##0.00_);[Red]\\(#,##0.00\\)", Shows::Number),
            ("0\"days\";yyyy", Shows::Number),
            ("_(* #,##0_);_(* \\(#,##0\\)", Shows::Number),
            ("@", Shows::Number),
        ] {
            assert_eq!(of_code(code), shows, "{code}");
        }
    }
}
