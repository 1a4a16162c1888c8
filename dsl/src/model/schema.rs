//! The data that rules read: the household, its record tables, enumerations, code tables.

use serde::{Deserialize, Serialize};

use super::{Expr, Id, Legal, Origin, Ty};
use crate::value::Value;

/// 主体: the household, or fields that a domain set adds to it (增补).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Its id: `个体工商户`.
    pub id: Id,
    /// Its name.
    pub name: Id,
    /// 增补: adds to the subject of a package that is used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// 自: the field with the date from which a household exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Id>,
    /// Where the data come from.
    #[serde(default, skip_serializing_if = "Responsibility::is_empty")]
    pub responsibility: Responsibility,
    /// Legal basis and note.
    #[serde(default, skip_serializing_if = "Legal::is_empty")]
    pub legal: Legal,
    /// The fields, in the order written.
    pub fields: Vec<Field>,
}

/// 记录: an event table that belongs to the household.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordTable {
    /// The alias, else the name; the name of its file.
    pub id: Id,
    /// Its name.
    pub name: Id,
    /// The fields that order the records of a household; the first is the event date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<Id>,
    /// A delivery replaces all rows of the household in this table.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replacing: bool,
    /// Where the data come from.
    #[serde(default, skip_serializing_if = "Responsibility::is_empty")]
    pub responsibility: Responsibility,
    /// Legal basis and note.
    #[serde(default, skip_serializing_if = "Legal::is_empty")]
    pub legal: Legal,
    /// The fields, in the order written.
    pub fields: Vec<Field>,
}

/// 谁产生、谁提供、谁负责
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Responsibility {
    /// 来源: the system
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// 产生
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<String>,
    /// 提供
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_by: Option<String>,
    /// 负责
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(it: &i8) -> bool {
    *it == 0
}

impl Responsibility {
    /// Is nobody named?
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A field of the household, of a record or of a code table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The alias, else the name.
    pub id: Id,
    /// Its name.
    pub name: Id,
    /// Its type.
    pub ty: Ty,
    /// 来源列: the name it has in the source systems.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Ten to this power times a cell is the value: −2 for `金额 分`, 4 for `金额 万元`, 0 otherwise.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub scale: i8,
    /// 主键
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub key: bool,
    /// 敏感: personal data, masked in every output.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// 可负
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub signed: bool,
    /// 后续 or 随
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later: Option<Later>,
    /// 缺省: stands for an empty cell, and in a code table for an unknown code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// How it follows from other fields of the same record (bound) or household.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<Expr>,
    /// Where it comes from.
    #[serde(default)]
    pub origin: Origin,
}

/// The part that a field plays in a later happening to its record (`language.md` §3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Later {
    /// 后续: its date. While it lies after the as-of date, it and what comes with it read as missing.
    Date(Id),
    /// 随: comes with it.
    With(Id),
}

/// 枚举 or 等级
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EnumType {
    /// The alias, else the name.
    pub id: Id,
    /// Its name.
    pub name: Id,
    /// 等级: the members are ordered from low to high risk.
    pub ordered: bool,
    /// Legal basis and note.
    #[serde(default, skip_serializing_if = "Legal::is_empty")]
    pub legal: Legal,
    /// The members, in order.
    pub members: Vec<EnumMember>,
}

impl EnumType {
    /// Has it the members of another one, in the same order, so that a number means the same in both?
    pub fn has_members_of(&self, other: &Self) -> bool {
        let names = |it: &Self| it.members.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        self.ordered == other.ordered && names(self) == names(other)
    }

    /// The names of its members: `A、B、C`.
    pub fn listed(&self) -> String {
        let names: Vec<&str> = self.members.iter().map(|it| it.name.as_ref()).collect();
        names.join("、")
    }
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EnumMember {
    /// Its name, which is what the data have.
    pub name: Id,
    /// Its label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its colour, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
}

/// 代码表
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CodeTable {
    /// The alias, else the name.
    pub id: Id,
    /// Its name.
    pub name: Id,
    /// Legal basis and note.
    #[serde(default, skip_serializing_if = "Legal::is_empty")]
    pub legal: Legal,
    /// 前缀: a code that is not in the table takes the row of its longest prefix that is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prefixed: bool,
    /// The columns; exactly one is the key.
    pub columns: Vec<Field>,
    /// The rows, by key.
    pub rows: Vec<CodeRow>,
}

/// A row of a code table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CodeRow {
    /// A value a column, the key among them.
    pub values: Vec<Value>,
    /// Set where an amendment put the row in place or changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl CodeTable {
    /// The number of the key column.
    pub fn key(&self) -> Option<usize> {
        self.columns.iter().position(|it| it.key)
    }

    /// The row of a code, or with 前缀 of its longest prefix that is in the table. Rows are by key.
    pub fn find(&self, code: &str) -> Option<&CodeRow> {
        self.find_at(code).and_then(|at| self.rows.get(at))
    }

    /// The number of the row that [`CodeTable::find`] finds.
    pub fn find_at(&self, code: &str) -> Option<usize> {
        let key = self.key()?;
        let exact = |code: &str| {
            let at = self.rows.binary_search_by(|row| match row.values.get(key) {
                Some(Value::Text(it)) => it.as_ref().cmp(code),
                _ => std::cmp::Ordering::Less,
            });
            at.ok()
        };
        let mut code = code;
        loop {
            if let Some(row) = exact(code) {
                return Some(row);
            }
            let shorter = code.char_indices().next_back().map(|it| it.0)?;
            if !self.prefixed || shorter == 0 {
                return None;
            }
            code = &code[..shorter];
        }
    }
}

impl EnumType {
    /// The position of a member.
    pub fn position(&self, name: &str) -> Option<u16> {
        let at = self.members.iter().position(|it| it.name.as_ref() == name)?;
        u16::try_from(at).ok()
    }
}
