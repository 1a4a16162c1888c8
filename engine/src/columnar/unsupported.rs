//! What the plan has no operation for, in words.

/// In Chinese and English.
pub(super) type What = [&'static str; 2];

pub(super) static WINDOW: What =
    ["长度因户而异的时间窗", "a window whose length differs by household"];
pub(super) static CALENDAR: What =
    ["个数因户而异的历年、历季、历月", "calendar units whose number differs by household"];
pub(super) static CELL: What = ["表格中没有值的参数", "a parameter in a table that has no value"];
pub(super) static TYPES: What =
    ["类型不明的式子", "an expression whose type does not fit its place"];
