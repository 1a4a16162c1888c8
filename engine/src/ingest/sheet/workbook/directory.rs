//! What a workbook says about itself: its sheets, where they stand, and how it counts days.

use std::collections::BTreeMap;

use quick_xml::events::Event;

use super::Tab;
use super::package::{Package, Trouble, attribute};

/// The directory of a workbook.
pub(super) struct Directory {
    /// Its sheets.
    pub(super) tabs: Vec<Tab>,
    /// Days are counted from 1904, not from 1900.
    pub(super) from_1904: bool,
    /// Where the shared texts stand, if there are any.
    pub(super) strings: Option<String>,
    /// Where the styles stand, if there are any.
    pub(super) styles: Option<String>,
}

/// Reads it.
pub(super) fn read(package: &mut Package) -> Result<Directory, Trouble> {
    let roots = relations(package, "")?;
    let root = roots.into_values().find(|it| it.kind == "officeDocument");
    let book = root.map_or_else(|| "xl/workbook.xml".to_owned(), |it| it.target);
    let related = relations(package, &book)?;
    let of = |kind: &str| related.values().find(|it| it.kind == kind).map(|it| it.target.clone());
    let (strings, styles) = (of("sharedStrings"), of("styles"));
    let mut directory = Directory { tabs: Vec::new(), from_1904: false, strings, styles };
    let mut xml = package.required(&book)?;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer)? {
            Event::Start(it) | Event::Empty(it) => match it.local_name().as_ref() {
                "workbookPr" => {
                    let flag = attribute(&it, "date1904")?;
                    directory.from_1904 = flag.is_some_and(|it| it == "1" || it == "true");
                }
                "sheet" => {
                    let id = attribute(&it, "id")?.unwrap_or_default();
                    let state = attribute(&it, "state")?;
                    // Charts and the like are sheets, too, and no tables.
                    let sheet = related.get(&id).filter(|it| it.kind == "worksheet");
                    if let (Some(name), Some(sheet)) = (attribute(&it, "name")?, sheet) {
                        let hidden = state.is_some_and(|it| it != "visible");
                        let name = name.trim().to_owned();
                        directory.tabs.push(Tab { name, hidden, part: sheet.target.clone() });
                    }
                }
                _ => {}
            },
            Event::DocType(_) => return Err(Trouble::unexpected("DOCTYPE")),
            Event::Eof => return Ok(directory),
            Event::End(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

/// A file that another one refers to.
struct Relation {
    /// The last word of its type.
    kind: String,
    /// Where it stands.
    target: String,
}

/// What a file refers to, by id.
fn relations(package: &mut Package, of: &str) -> Result<BTreeMap<String, Relation>, Trouble> {
    let (folder, name) = of.rsplit_once('/').unwrap_or(("", of));
    let slash = if folder.is_empty() { "" } else { "/" };
    let mut found = BTreeMap::new();
    let Some(mut xml) = package.part(&format!("{folder}{slash}_rels/{name}.rels"))? else {
        return Ok(found);
    };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer)? {
            Event::Start(it) | Event::Empty(it) if it.local_name().as_ref() == "Relationship" => {
                let kind = attribute(&it, "Type")?.unwrap_or_default();
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                let target = within(folder, &attribute(&it, "Target")?.unwrap_or_default());
                found.insert(attribute(&it, "Id")?.unwrap_or_default(), Relation { kind, target });
            }
            Event::DocType(_) => return Err(Trouble::unexpected("DOCTYPE")),
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

/// A path inside the zip, from the folder of the file that names it.
fn within(folder: &str, target: &str) -> String {
    let mut steps: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => folder.split('/').collect(),
    };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.retain(|it| !it.is_empty());
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn targets_start_from_the_folder_of_their_file() {
        assert_eq!(within("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(within("xl", "/xl/styles.xml"), "xl/styles.xml");
        assert_eq!(within("xl/worksheets", "../tables/t.xml"), "xl/tables/t.xml");
        assert_eq!(within("", "xl/workbook.xml"), "xl/workbook.xml");
        assert_eq!(within("", "../../x"), "x");
    }
}
