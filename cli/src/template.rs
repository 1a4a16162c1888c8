//! The files of a new project, as they are shipped in the program.

use clap::ValueEnum;
use heng_dsl::diag::Lang;

/// What a new project starts from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// 通用 and a domain set beside it, with invented households.
    #[default]
    Domain,
    /// The same, with a city that amends 通用.
    City,
    /// One small set, no data.
    Empty,
}

/// A file: its path from the folder of the project, and its text.
pub(crate) type TemplateFile = (&'static str, &'static str);

macro_rules! files {
    ($from:literal: $($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../templates/", $from, "/", $path)))),*]
    };
}

const README: TemplateFile = ("README.md", include_str!("../templates/readme.md"));

const DOMAIN_PROJECT: &[TemplateFile] = files!("domain": "heng.toml");

const CITY_PROJECT: &[TemplateFile] = files!("city": "heng.toml");

/// What the two languages share of the domain: the data are the same.
const DOMAIN_DATA: &[TemplateFile] = files!("domain": "rules/通用/区划.csv");

macro_rules! domain {
    ($from:literal) => {
        files!($from:
            "rules/通用/资料.heng",
            "rules/通用/通用.heng",
            "rules/通用/用例.heng",
            "rules/食品/食品.heng",
            "rules/食品/用例.heng",
        )
    };
}

macro_rules! city {
    ($from:literal) => {
        files!($from: "rules/本市/本市.heng", "rules/本市/用例.heng")
    };
}

const DOMAIN: [&[TemplateFile]; 2] = [domain!("domain"), domain!("en/domain")];

const CITY: [&[TemplateFile]; 2] = [city!("city"), city!("en/city")];

const EMPTY: [&[TemplateFile]; 2] = [
    files!("empty": "heng.toml", "rules/规则/规则.heng"),
    files!("en/empty": "heng.toml", "rules/risk/risk.heng"),
];

impl Template {
    /// Its files. Rules in English have the words of the language, titles, notes and reasons in English; names are
    /// those of the data and of the policy.
    pub(crate) fn files(self, lang: Lang) -> impl Iterator<Item = &'static TemplateFile> {
        let at = usize::from(lang == Lang::En);
        let parts: [&[TemplateFile]; 4] = match self {
            Self::Domain => [DOMAIN_PROJECT, DOMAIN_DATA, DOMAIN[at], &[]],
            Self::City => [CITY_PROJECT, DOMAIN_DATA, DOMAIN[at], CITY[at]],
            Self::Empty => [EMPTY[at], &[], &[], &[]],
        };
        std::iter::once(&README).chain(parts.into_iter().flatten())
    }

    /// Does it come with invented households?
    pub(crate) fn has_households(self) -> bool {
        match self {
            Self::Domain | Self::City => true,
            Self::Empty => false,
        }
    }
}
