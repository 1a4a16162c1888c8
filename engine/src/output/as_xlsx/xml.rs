//! The XML of a workbook: what is the same in each, and how a text is written.

use std::fmt::Write as _;
use std::io::{self, Write};

use heng_dsl::diag::Lang;
use heng_dsl::value::Date;

/// The style of headers.
pub(super) const HEADER: usize = 1;
/// The style of texts, which says that they are texts: codes keep their zeros when they are edited.
pub(super) const TEXT: usize = 2;
/// The style of dates.
pub(super) const DATE: usize = 3;
/// The style of whole numbers; one with places has its own behind it.
pub(super) const NUMBER: usize = 4;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const DOCUMENT: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CORE: &str = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties";
const TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
const SHEET_ML: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/// The files of a workbook that hold no results.
pub(super) struct Fixed {
    /// The language of the names of sheets.
    pub(super) lang: Lang,
    /// The date that the workbook says it was made on.
    pub(super) as_of: Date,
    /// The most places of a number.
    pub(super) places: u8,
}

impl Fixed {
    /// Their names and texts.
    pub(super) fn parts(&self) -> [(&'static str, String); 6] {
        [
            ("[Content_Types].xml", types()),
            (
                "_rels/.rels",
                relations(&[
                    ("rId1", &format!("{DOCUMENT}/officeDocument"), "xl/workbook.xml"),
                    ("rId2", &format!("{RELATIONS}/metadata/core-properties"), "docProps/core.xml"),
                ]),
            ),
            ("docProps/core.xml", self.properties()),
            ("xl/workbook.xml", self.workbook()),
            (
                "xl/_rels/workbook.xml.rels",
                relations(&[
                    ("rId1", &format!("{DOCUMENT}/worksheet"), "worksheets/sheet1.xml"),
                    ("rId2", &format!("{DOCUMENT}/worksheet"), "worksheets/sheet2.xml"),
                    ("rId3", &format!("{DOCUMENT}/styles"), "styles.xml"),
                ]),
            ),
            ("xl/styles.xml", self.styles()),
        ]
    }

    fn properties(&self) -> String {
        let as_of = self.as_of;
        format!(
            "{HEAD}<cp:coreProperties xmlns:cp=\"{CORE}\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
             xmlns:dcterms=\"http://purl.org/dc/terms/\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:creator>heng</dc:creator>\
             <dcterms:created xsi:type=\"dcterms:W3CDTF\">{as_of}T00:00:00Z</dcterms:created>\
             <dcterms:modified xsi:type=\"dcterms:W3CDTF\">{as_of}T00:00:00Z</dcterms:modified>\
             </cp:coreProperties>"
        )
    }

    fn workbook(&self) -> String {
        let (results, notice) = match self.lang {
            Lang::Zh => ("结果", "说明"),
            Lang::En => ("results", "notice"),
        };
        format!(
            "{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{DOCUMENT}\"><sheets>\
             <sheet name=\"{results}\" sheetId=\"1\" r:id=\"rId1\"/>\
             <sheet name=\"{notice}\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>"
        )
    }

    fn styles(&self) -> String {
        let places = usize::from(self.places);
        let mut formats = String::from("<numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/>");
        let mut styles = String::new();
        for number in 0..=places {
            let (id, zeros) = (165 + number, "0".repeat(number));
            let point = if number == 0 { "" } else { "." };
            let _ = write!(formats, "<numFmt numFmtId=\"{id}\" formatCode=\"0{point}{zeros}\"/>");
            styles.push_str(&style(id, 0));
        }
        let (count, all) = (places + 2, places + 1 + NUMBER);
        let (general, header, text, date) =
            (style(0, 0), style(49, 1), style(49, 0), style(164, 0));
        format!(
            "{HEAD}<styleSheet xmlns=\"{MAIN}\"><numFmts count=\"{count}\">{formats}</numFmts>\
             <fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>\
             <font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>\
             <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>\
             <fill><patternFill patternType=\"gray125\"/></fill></fills>\
             <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
             <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>\
             </cellStyleXfs><cellXfs count=\"{all}\">{general}{header}{text}{date}{styles}</cellXfs>\
             <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>\
             </styleSheet>"
        )
    }
}

/// A style of cells.
fn style(format: usize, font: usize) -> String {
    format!(
        "<xf numFmtId=\"{format}\" fontId=\"{font}\" fillId=\"0\" borderId=\"0\" xfId=\"0\" \
         applyNumberFormat=\"1\" applyFont=\"1\"/>"
    )
}

fn types() -> String {
    let part = |name: &str, kind: &str| {
        format!("<Override PartName=\"{name}\" ContentType=\"{kind}+xml\"/>")
    };
    let parts = [
        part("/xl/workbook.xml", &format!("{SHEET_ML}.sheet.main")),
        part("/xl/worksheets/sheet1.xml", &format!("{SHEET_ML}.worksheet")),
        part("/xl/worksheets/sheet2.xml", &format!("{SHEET_ML}.worksheet")),
        part("/xl/styles.xml", &format!("{SHEET_ML}.styles")),
        part("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties"),
    ];
    format!(
        "{HEAD}<Types xmlns=\"{TYPES}\"><Default Extension=\"rels\" \
         ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>{}</Types>",
        parts.concat()
    )
}

fn relations(of: &[(&str, &str, &str)]) -> String {
    let each = of.iter().map(|(id, kind, target)| {
        format!("<Relationship Id=\"{id}\" Type=\"{kind}\" Target=\"{target}\"/>")
    });
    let each: String = each.collect();
    format!("{HEAD}<Relationships xmlns=\"{RELATIONS}\">{each}</Relationships>")
}

/// The beginning of a sheet, whose first row stays in sight.
pub(super) fn open_sheet(
    to: &mut impl Write,
    widths: impl Iterator<Item = usize>,
) -> io::Result<()> {
    write!(
        to,
        "{HEAD}<worksheet xmlns=\"{MAIN}\"><sheetViews><sheetView workbookViewId=\"0\">\
         <pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>\
         </sheetView></sheetViews><cols>"
    )?;
    for (at, width) in (1..).zip(widths) {
        write!(to, "<col min=\"{at}\" max=\"{at}\" width=\"{width}\" customWidth=\"1\"/>")?;
    }
    write!(to, "</cols><sheetData>")
}

/// The end of a sheet.
pub(super) fn close_sheet(to: &mut impl Write) -> io::Result<()> {
    write!(to, "</sheetData></worksheet>")
}

/// A cell with a text.
pub(super) fn text(to: &mut impl Write, place: &str, style: usize, text: &str) -> io::Result<()> {
    let text = escaped(text);
    write!(
        to,
        "<c r=\"{place}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>"
    )
}

/// A text as XML. What XML has no sign for is written like `_x000D_`, and a text that looks like that
/// with its first `_` as `_x005F_`.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, sign) in text.char_indices() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\n' | '\t' => escaped.push(sign),
            '_' if text.get(at..).is_some_and(looks_escaped) => escaped.push_str("_x005F_"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(escaped, "_x{:04X}_", u32::from(sign));
            }
            it => escaped.push(it),
        }
    }
    escaped
}

fn looks_escaped(text: &str) -> bool {
    let digits = text.get(..7).and_then(|it| it.strip_prefix("_x")?.strip_suffix('_'));
    digits.is_some_and(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn every_text_is_xml() {
        for (text, xml) in [
            ("<甲 & 乙>", "&lt;甲 &amp; 乙&gt;"),
            ("a\r\n\u{1}", "a_x000D_\n_x0001_"),
            ("_x000D_ _x00", "_x005F_x000D_ _x00"),
            ("\u{fffe}", "_xFFFE_"),
        ] {
            assert_eq!(escaped(text), xml);
        }
    }
}
