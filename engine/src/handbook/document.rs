//! A handbook as a tree of headings, tables and pictures: what is said, not how it is shown.

/// A handbook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// What stands in it, in order.
    pub blocks: Vec<Block>,
}

/// A part of a handbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading {
        /// 1 for a rule set, 2 for a chapter, 3 for a declaration, 4 within one.
        level: u8,
        /// Its text.
        text: Text,
        /// The name by which links find it; unique in the document.
        anchor: Option<String>,
    },
    /// A paragraph.
    Paragraph(Text),
    /// Labels with what stands behind each.
    Facts(Vec<(String, Vec<Text>)>),
    /// Lines of rules, as the language writes them.
    Rules(Vec<String>),
    /// A table.
    Table(Table),
    /// What depends on what.
    Picture(Picture),
}

/// Text, parts of which lead elsewhere in the document.
pub type Text = Vec<Span>;

/// A stretch of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// The anchor that it leads to.
    pub to: Option<String>,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The heads of the columns.
    pub head: Vec<String>,
    /// The rows, a cell a column.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// Its lines.
    pub lines: Vec<Text>,
    /// It holds a number, which stands on the right.
    pub number: bool,
    /// The colour of the grade in it, as the rule set names it: `绿`, `red`.
    pub colour: Option<String>,
    /// It is the head of its row.
    pub head: bool,
    /// The name by which links find it.
    pub anchor: Option<String>,
}

/// Boxes in layers, and lines between them from left to right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// The heads of the layers, from left to right.
    pub layers: Vec<String>,
    /// The boxes.
    pub boxes: Vec<PictureBox>,
    /// The lines, by the numbers of their boxes.
    pub lines: Vec<(usize, usize)>,
}

/// A box of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureBox {
    /// Its layer, from 0 on the left.
    pub layer: usize,
    /// Its text.
    pub text: String,
    /// The anchor that it leads to.
    pub to: Option<String>,
}

/// Text without links.
pub(super) fn plain(text: impl Into<String>) -> Text {
    vec![Span { text: text.into(), to: None }]
}

/// Text that leads to an anchor.
pub(super) fn link(text: impl Into<String>, to: String) -> Text {
    vec![Span { text: text.into(), to: Some(to) }]
}

impl Cell {
    /// A cell with one line.
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self::text(plain(text))
    }

    /// A cell with one line that may have links.
    pub(super) fn text(text: Text) -> Self {
        Self { lines: vec![text], ..Self::default() }
    }

    /// A cell with a line for each of these.
    pub(super) fn lines(lines: impl IntoIterator<Item = String>) -> Self {
        Self { lines: lines.into_iter().map(plain).collect(), ..Self::default() }
    }

    /// A number, or what stands in the place of one.
    pub(super) fn number(text: impl Into<String>) -> Self {
        Self { number: true, ..Self::of(text) }
    }

    /// The head of a row.
    pub(super) fn head(text: impl Into<String>) -> Self {
        Self { head: true, ..Self::of(text) }
    }
}
