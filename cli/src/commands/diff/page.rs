//! A review as one page: nothing is loaded from elsewhere, nothing in it runs, and it prints.

use heng_dsl::diag::Lang;

use super::Section;
use crate::commands::doc::html::{Shell, escaped};

const STYLE: &str = include_str!("style.css");

/// What a browser is told to refuse: everything but the styles of the page and pictures in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The whole page.
pub(super) fn page(title: &str, sections: &[&dyn Section], lang: Lang) -> String {
    let body: String = sections.iter().map(|it| it.html(lang)).collect();
    let body = format!("<main>\n<h1>{}</h1>\n{body}</main>\n", escaped(title));
    Shell { title, style: STYLE, policy: Some(POLICY), body: &body }.page(lang)
}
