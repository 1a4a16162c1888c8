//! The files of a new project, as they are shipped in the program.

use clap::ValueEnum;

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

const DOMAIN_RULES: &[TemplateFile] = files!("domain":
    "rules/通用/资料.heng",
    "rules/通用/区划.csv",
    "rules/通用/通用.heng",
    "rules/通用/用例.heng",
    "rules/食品/食品.heng",
    "rules/食品/用例.heng",
);

const CITY: &[TemplateFile] = files!("city":
    "heng.toml",
    "rules/本市/本市.heng",
    "rules/本市/用例.heng",
);

const EMPTY: &[TemplateFile] = files!("empty":
    "heng.toml",
    "rules/规则/规则.heng",
);

impl Template {
    /// Its files.
    pub(crate) fn files(self) -> impl Iterator<Item = &'static TemplateFile> {
        let (project, rules): (&[TemplateFile], &[TemplateFile]) = match self {
            Self::Domain => (DOMAIN_PROJECT, DOMAIN_RULES),
            Self::City => (CITY, DOMAIN_RULES),
            Self::Empty => (EMPTY, &[]),
        };
        std::iter::once(&README).chain(project).chain(rules)
    }

    /// Does it come with invented households?
    pub(crate) fn has_households(self) -> bool {
        match self {
            Self::Domain | Self::City => true,
            Self::Empty => false,
        }
    }
}
