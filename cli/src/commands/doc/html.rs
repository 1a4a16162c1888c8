//! A handbook as one page: nothing is loaded from elsewhere, and it prints.

use std::fmt::Write as _;

use heng_dsl::diag::Lang;
use heng_engine::handbook::{Block, Cell, Document, Table, Text};

use super::picture;
use crate::lang::pick;
use crate::terminal::harmless;

const STYLE: &str = include_str!("style.css");

/// A colour that rule sets name, in the shades of a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Colour {
    names: &'static [&'static str],
    ground: &'static str,
    /// The same where there are only letters.
    pub(super) mark: &'static str,
}

const COLOURS: [Colour; 6] = [
    Colour { names: &["绿", "绿色", "green"], ground: "#cfe9d2", mark: "🟢" },
    Colour { names: &["蓝", "蓝色", "blue"], ground: "#cfe0f5", mark: "🔵" },
    Colour { names: &["黄", "黄色", "yellow"], ground: "#fbf0b8", mark: "🟡" },
    Colour { names: &["橙", "橙色", "orange"], ground: "#fbdcb4", mark: "🟠" },
    Colour { names: &["红", "红色", "red"], ground: "#f6c9c6", mark: "🔴" },
    Colour { names: &["黑", "黑色", "black"], ground: "#c9c9c9", mark: "⚫" },
];

/// The colour of that name.
pub(super) fn colour(name: &str) -> Option<Colour> {
    COLOURS.into_iter().find(|it| it.names.contains(&name))
}

/// What stands around a page, whatever is in it.
pub(in crate::commands) struct Shell<'s> {
    /// Its title.
    pub(in crate::commands) title: &'s str,
    /// Styles beside those of every page.
    pub(in crate::commands) style: &'s str,
    /// What a browser has to refuse to load or run.
    pub(in crate::commands) policy: Option<&'s str>,
    /// What is in it, as HTML.
    pub(in crate::commands) body: &'s str,
}

impl Shell<'_> {
    /// The whole page.
    pub(in crate::commands) fn page(&self, lang: Lang) -> String {
        let title = escaped(self.title);
        let code = pick(lang, "zh-CN", "en");
        let policy = |it: &str| {
            format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", escaped(it))
        };
        let (policy, style, body) =
            (self.policy.map(policy).unwrap_or_default(), self.style, self.body);
        format!(
            "<!DOCTYPE html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n{policy}\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body>\n\
             {body}</body>\n</html>\n"
        )
    }
}

/// The whole page.
pub(super) fn page(document: &Document, lang: Lang) -> String {
    let mut body = String::new();
    contents(document, lang, &mut body);
    body.push_str("<main>\n");
    for (number, block) in document.blocks.iter().enumerate() {
        one(number, block, &mut body);
    }
    body.push_str("</main>\n");
    Shell { title: &document.title, style: "", policy: None, body: &body }.page(lang)
}

/// The table of contents: rule sets, chapters and declarations.
fn contents(document: &Document, lang: Lang, out: &mut String) {
    let _ = writeln!(out, "<nav>\n<h2>{}</h2>\n<ul>", pick(lang, "目录", "Contents"));
    for (number, block) in document.blocks.iter().enumerate() {
        if let Block::Heading { level: level @ 1..=3, text, anchor } = block {
            let to = name(number, anchor.as_deref());
            let words = escaped(&text.iter().map(|it| it.text.as_str()).collect::<String>());
            let _ = writeln!(out, "<li class=\"l{level}\"><a href=\"#{to}\">{words}</a></li>");
        }
    }
    out.push_str("</ul>\n</nav>\n");
}

fn one(number: usize, block: &Block, out: &mut String) {
    match block {
        Block::Heading { level, text, anchor } => {
            let id = name(number, anchor.as_deref());
            let _ = writeln!(out, "<h{level} id=\"{id}\">{}</h{level}>", spans(text));
        }
        Block::Paragraph(text) => {
            let _ = writeln!(out, "<p>{}</p>", spans(text));
        }
        Block::Facts(facts) => {
            out.push_str("<dl>\n");
            for (label, lines) in facts {
                let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", escaped(label), joined(lines));
            }
            out.push_str("</dl>\n");
        }
        Block::Rules(lines) => {
            let lines: Vec<String> = lines.iter().map(|it| escaped(it)).collect();
            let _ = writeln!(out, "<pre>{}</pre>", lines.join("\n"));
        }
        Block::Table(it) => table(it, out),
        Block::Picture(it) => {
            let _ = writeln!(out, "<figure>\n{}\n</figure>", picture::svg(it));
        }
    }
}

fn table(table: &Table, out: &mut String) {
    out.push_str("<div class=\"wide\"><table>\n<thead><tr>");
    for it in &table.head {
        let _ = write!(out, "<th>{}</th>", escaped(it));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        row.iter().for_each(|it| cell(it, out));
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}

fn cell(cell: &Cell, out: &mut String) {
    let tag = if cell.head { "th" } else { "td" };
    let class = if cell.number { " class=\"n\"" } else { "" };
    let ground = cell.colour.as_deref().and_then(colour);
    let ground = ground.map(|it| format!(" style=\"background:{}\"", it.ground));
    let id = cell.anchor.as_deref().map(|it| format!(" id=\"{}\"", escaped(it)));
    let more = format!("{class}{}{}", id.unwrap_or_default(), ground.unwrap_or_default());
    let _ = write!(out, "<{tag}{more}>{}</{tag}>", joined(&cell.lines));
}

fn joined(lines: &[Text]) -> String {
    let lines: Vec<String> = lines.iter().map(spans).collect();
    lines.join("<br>")
}

fn spans(text: &Text) -> String {
    let parts = text.iter().map(|it| match &it.to {
        Some(to) => format!("<a href=\"#{}\">{}</a>", escaped(to), escaped(&it.text)),
        None => escaped(&it.text),
    });
    parts.collect()
}

/// The id of a heading; one without an anchor is known by its number.
fn name(number: usize, anchor: Option<&str>) -> String {
    anchor.map_or_else(|| format!("h{number}"), escaped)
}

/// Text in which nothing is markup.
pub(in crate::commands) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in harmless(text).chars() {
        match it {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            it => out.push(it),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{colour, escaped};

    #[test]
    fn text_of_a_rule_file_is_no_markup() {
        assert_eq!(escaped("<b>\"&\"</b>\u{202e}"), "&lt;b&gt;&quot;&amp;&quot;&lt;/b&gt;\u{fffd}");
    }

    #[test]
    fn a_colour_is_known_in_both_languages() {
        assert_eq!(colour("红").map(|it| it.ground), colour("red").map(|it| it.ground));
        assert!(colour("透明").is_none());
    }
}
