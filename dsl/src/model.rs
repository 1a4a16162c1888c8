//! What runs and is stored: a checked rule set as plain data.
//!
//! Only this tree crosses crates, disks and years. What it promises, and what every back-end may
//! rely on:
//!
//! * every reference names something that exists ([`link`](linked) checks that again after loading);
//! * every expression carries its type, with decimal places; nothing is converted silently;
//! * every use of a possibly missing value is handled by an explicit node, so no back-end repeats
//!   the checker's analysis of "after `x 有值`";
//! * provenance hangs on clauses and rows ([`Origin`]), and everything dated is a list of
//!   [`Version`]s with disjoint periods, outside of which a declaration is 不适用.
//!
//! What is deliberately absent: spans (they stand beside the model), evaluation order (worked out by
//! `graph`), anything about a terminal or a file.

mod case;
pub mod chain;
pub mod change;
mod decide;
mod decl;
mod expr;
pub mod lines;
pub mod linked;
pub mod normal;
pub mod origins;
pub mod rewrite;
mod schema;
mod ty;
pub mod valid;
pub mod walk;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::value::Period;

pub use self::case::{
    Action, Addition, Asked, Assigned, Assignment, Case, Expectation, GivenHousehold, GivenRecord,
    GivenResult, Guarantee, HoldingKind, PolicyClause, PolicyFate,
};
pub use self::decide::{Check, CheckLevel, CheckScope, Decide, DecideEffect};
pub use self::decl::{
    Acceptance, Accepted, Bounds, Condition, ConditionMode, ConditionalBound, Content, Decl,
    DeclKind, Each, Let, ListRule, Matrix, MeasureColumn, Mode, Quota, Row, RowKey, Table,
    Template, TemplatePart, Version,
};
pub use self::expr::{
    CalendarUnit, CalendarWindow, Cell, CellBound, CompareOp, Expr, ItemPart, Node, Population,
    ProductOp, Source, Term, Test, Window,
};
pub use self::lines::Lines;
pub use self::schema::{
    CodeRow, CodeTable, EnumMember, EnumType, Field, Later, RecordTable, Responsibility, Subject,
};
pub use self::ty::{NumberTy, Ty, TyKind, Unit};

/// A name that references use: the alias (别名) of a thing, else its name.
pub type Id = Arc<str>;

/// A checked package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// The id of the package: `通用`.
    pub id: Id,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its version: `2024.12`.
    pub version: Id,
    /// When it is in force.
    #[serde(default, skip_serializing_if = "Period::is_always")]
    pub effective: Period,
    /// Its legal basis and note.
    #[serde(default, skip_serializing_if = "Legal::is_empty")]
    pub legal: Legal,
    /// The households it is about; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies: Option<Condition>,
    /// The packages it uses, in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<Use>,
    /// Enumerations and grades.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enums: Vec<EnumType>,
    /// Code tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<CodeTable>,
    /// Fields of the household that this package declares or adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// Record tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<RecordTable>,
    /// Everything that is worth something, in the order written; inherited ones first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decls: Vec<Decl>,
    /// Direct determinations, in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decides: Vec<Decide>,
    /// Data-quality rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// What a household can do itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// 落实: the numbers of the clauses of the policy document that it has to account for, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carries: Vec<Id>,
    /// Clauses of the policy document and what became of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<PolicyClause>,
    /// Promises about the whole set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guarantees: Vec<Guarantee>,
    /// Tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Case>,
    /// What a city switched off, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disabled: Vec<Disabled>,
    /// 原文: what amendments say stands in the base.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quoted: Vec<Quoted>,
    /// The lines that clauses stand on, as their author wrote them; no part of either hash.
    #[serde(default, skip_serializing_if = "Lines::is_empty")]
    pub lines: Lines,
}

impl RuleSet {
    /// A package with nothing in it.
    pub fn empty(id: Id, version: Id) -> Self {
        Self {
            id,
            title: None,
            version,
            effective: Period::ALWAYS,
            legal: Legal::default(),
            applies: None,
            uses: Vec::new(),
            enums: Vec::new(),
            codes: Vec::new(),
            subject: None,
            tables: Vec::new(),
            decls: Vec::new(),
            decides: Vec::new(),
            checks: Vec::new(),
            actions: Vec::new(),
            carries: Vec::new(),
            clauses: Vec::new(),
            guarantees: Vec::new(),
            cases: Vec::new(),
            disabled: Vec::new(),
            quoted: Vec::new(),
            lines: Lines::default(),
        }
    }
}

/// A package that another one uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// Its id.
    pub package: Id,
    /// The version that was asked for (`@2024.12`), if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<Id>,
    /// 基于 instead of 引用: its declarations are inherited.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub extends: bool,
}

/// A declaration that an extending package switched off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Disabled {
    /// The kind as the author wrote it: `指标`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where and why.
    #[serde(default)]
    pub origin: Origin,
}

/// 原文: a line of the base that an amendment quotes as what it replaces. It decides nothing; it shows whether
/// the base has changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Quoted {
    /// The word with which what is amended is declared: `指标`.
    pub kind: String,
    /// Its name as the amendment calls it.
    pub name: String,
    /// The line, as it is quoted.
    pub text: String,
    /// Where it is quoted.
    #[serde(default)]
    pub origin: Origin,
}

/// The legal basis of something, and a note.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Legal {
    /// 依据, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub basis: Vec<String>,
    /// 说明, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub note: Vec<String>,
}

impl Legal {
    /// Is nothing written?
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a clause or a row comes from.
///
/// A stored model leaves `package` and `version` out where they are those of the package itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The package that wrote it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub package: Id,
    /// The version of that package.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub version: Id,
    /// Set where an amendment put it in place of something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amendment: Option<Amendment>,
    /// Where it stands in the source, `grading.heng:12`. Not part of the canonical bytes: moving a
    /// rule does not change its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Why a clause or a row was amended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    /// 因: the reason, obligatory.
    pub because: String,
    /// 依据 of the amendment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub basis: Vec<String>,
    /// What stood there before, as its author wrote it; absent where nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<String>,
    /// The package whose clause was replaced.
    pub replaced_package: Id,
}

/// A line of a source file. It is stored and shown by the name of the file in the folder of its
/// package: how the package was found from where somebody stood says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The path of the file as it was shown to the author; in a stored model only its name.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.file.rsplit(['/', '\\']).next().unwrap_or(&self.file);
        write!(f, "{name}:{}", self.line)
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parts = text.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
        let (file, line) =
            parts.ok_or_else(|| de::Error::custom("not a place such as `a.heng:12`"))?;
        Ok(Self { file: file.to_owned(), line })
    }
}

/// A reference by id. `package` is absent for the own package, so that an inherited declaration
/// reads the amended one without being rewritten.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ref {
    /// The package, `通用` or pinned `通用@2024.12`; absent for the own one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Id>,
    /// The id in that package.
    pub id: Id,
    /// Where it was found; filled by [`linked::Linked::link`], never stored.
    #[serde(skip)]
    pub slot: Slot,
}

impl Ref {
    /// A reference within the own package.
    pub fn own(id: &str) -> Self {
        Self { package: None, id: Id::from(id), slot: Slot::default() }
    }

    /// A reference into another package.
    pub fn of(package: &str, id: &str) -> Self {
        Self { package: Some(Id::from(package)), id: Id::from(id), slot: Slot::default() }
    }
}

/// A column of a record table or of a code table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The table.
    pub table: Ref,
    /// The id of the column.
    pub id: Id,
    /// Its number in the table; filled by [`linked::Linked::link`], never stored.
    #[serde(skip)]
    pub slot: Slot,
}

/// The number that linking gave to what a reference names.
///
/// It is derived from the names, so it takes no part in equality or order, and it is set through a
/// shared reference so that one walk over the model serves reading and linking.
#[derive(Debug)]
pub struct Slot(AtomicU32);

impl Slot {
    const UNSET: u32 = u32::MAX;

    /// The number; `usize::MAX` (out of every table) before linking.
    pub fn index(&self) -> usize {
        match self.0.load(Ordering::Relaxed) {
            Self::UNSET => usize::MAX,
            set => set as usize,
        }
    }

    /// Records the number.
    pub fn set(&self, index: usize) {
        self.0.store(u32::try_from(index).unwrap_or(Self::UNSET), Ordering::Relaxed);
    }
}

impl Default for Slot {
    fn default() -> Self {
        Self(AtomicU32::new(Self::UNSET))
    }
}

impl Clone for Slot {
    fn clone(&self) -> Self {
        Self(AtomicU32::new(self.0.load(Ordering::Relaxed)))
    }
}

impl PartialEq for Slot {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Slot {}

impl PartialOrd for Slot {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Slot {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl std::hash::Hash for Slot {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}
