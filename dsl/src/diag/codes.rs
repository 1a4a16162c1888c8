//! Every diagnostic code with its words, in one table.
//!
//! A code is never reused and never changes its meaning. The first two digits say where a problem
//! belongs: `E01` text, `E02` names, `E03` types and missing values, `E04` tables and coverage,
//! `E05` dependencies, `E06` packages, versions and amendments.

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The rule set cannot be used.
    Error,
    /// The rule set can be used, but the author should look.
    Warning,
}

/// What a code means.
#[derive(Debug, Clone, Copy)]
pub struct CodeRecord {
    /// The code itself.
    pub code: Code,
    /// As written: `E0201`.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence with placeholders, in Chinese and English.
    pub message: [&'static str; 2],
    /// What to do about it, in Chinese and English.
    pub help: Option<[&'static str; 2]>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident $severity:ident $zh:literal $en:literal $(help $hzh:literal $hen:literal)?;)*) => {
        /// A stable diagnostic code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $code,)* }

        /// Every code, in order.
        pub static CODES: &[CodeRecord] = &[$(CodeRecord {
            code: Code::$code,
            name: stringify!($code),
            severity: Severity::$severity,
            message: [$zh, $en],
            help: codes!(@help $($hzh $hen)?),
        },)*];
    };
    (@help) => { None };
    (@help $zh:literal $en:literal) => { Some([$zh, $en]) };
}

impl Code {
    /// What the code means.
    pub fn record(self) -> &'static CodeRecord {
        &CODES[self as usize]
    }
}

codes! {
    // E01: text. What cannot be read.

    /// The text cannot be read here.
    E0101 Error "这里读不懂：应当是{expected}" "this cannot be read: {expected} should stand here";

    // E02: names.

    /// Nothing has this name.
    E0201 Error "没有叫“{name}”的{what}" "there is no {what} called “{name}”";

    // E03: types and missing values.

    /// A value of another type is needed.
    E0301 Error "这里应当是{expected}，写的却是{found}" "{expected} is needed here, but this is {found}";

    // E04: tables, coverage, promises about numbers.

    /// Some values belong to no row.
    E0401 Error "表有空档：{value}不属于任何一行" "the table has a gap: no row holds for {value}";

    // E05: dependencies.

    /// Names that need each other.
    E0501 Error "这些名称互相依赖，绕了一圈：{way}" "these names depend on each other in a circle: {way}";

    // E06: packages, versions, amendments.

    /// A package that is used was not found.
    E0601 Error "找不到规则集“{name}”" "the rule set “{name}” was not found";
}
