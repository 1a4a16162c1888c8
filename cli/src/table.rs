//! Tables on the terminal: columns that line up under Chinese, numbers to the right.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use crate::terminal::harmless;

/// Rows of texts under a heading.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    header: Vec<String>,
    numbers: Vec<bool>,
    body: Vec<Vec<String>>,
}

impl Rows {
    /// A table with these columns; the ones marked `true` hold numbers.
    pub(crate) fn new<'h>(columns: impl IntoIterator<Item = (&'h str, bool)>) -> Self {
        let mut new = Self::default();
        for (name, number) in columns {
            new.header.push(name.to_owned());
            new.numbers.push(number);
        }
        new
    }

    /// A table without a heading, of texts.
    pub(crate) fn plain() -> Self {
        Self::default()
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.body.push(row.into_iter().collect());
    }

    /// Is there no row?
    pub(crate) fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The table as text, indented by two blanks, without blanks at line ends.
    pub(crate) fn text(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        if !self.header.is_empty() {
            table.set_header(self.cells(&self.header));
        }
        for row in &self.body {
            table.add_row(self.cells(row));
        }
        let lines = table.lines().map(|it| format!(" {}", it.trim_end()));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn cells(&self, texts: &[String]) -> Vec<Cell> {
        let numbers = self.numbers.iter().copied().chain(std::iter::repeat(false));
        let cell = |(text, number): (&String, bool)| {
            let align = if number { CellAlignment::Right } else { CellAlignment::Left };
            Cell::new(harmless(text)).set_alignment(align)
        };
        texts.iter().zip(numbers).map(cell).collect()
    }
}

/// A share in per cent with one place, rounded half up: `12.5%`; empty where there is no whole.
pub(crate) fn percent(part: usize, whole: usize) -> String {
    let (part, whole) = (part as u128, whole as u128);
    match (part * 2000 + whole).checked_div(whole * 2) {
        Some(permille) => format!("{}.{}%", permille / 10, permille % 10),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Rows, percent};

    #[test]
    fn columns_line_up_under_chinese() {
        let mut rows = Rows::new([("名称", false), ("户数", true)]);
        rows.push(["甲".to_owned(), "5".to_owned()]);
        rows.push(["线上\u{1b}经营".to_owned(), "1200".to_owned()]);
        assert_eq!(rows.text(), "  名称       户数\n  甲            5\n  线上\u{fffd}经营  1200");
    }

    #[test]
    fn shares_round_half_up() {
        assert_eq!(percent(1, 8), "12.5%");
        assert_eq!(percent(1, 16), "6.3%");
        assert_eq!(percent(2, 3), "66.7%");
        assert_eq!(percent(3, 3), "100.0%");
        assert_eq!(percent(0, 0), "");
    }
}
