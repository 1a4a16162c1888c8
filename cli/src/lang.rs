//! Which language messages are in: `--lang`, else the locale of the user.

use clap::ValueEnum;
use heng_dsl::diag::Lang;

/// `--lang`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LangArg {
    /// 中文
    Zh,
    /// English
    En,
}

/// The language asked for, else Chinese where the locale is Chinese or unknown, else English.
///
/// Nothing that is computed depends on it, and no file is written by it.
pub fn choose(asked: Option<LangArg>) -> Lang {
    match asked {
        Some(LangArg::Zh) => Lang::Zh,
        Some(LangArg::En) => Lang::En,
        None => of_locale(sys_locale::get_locale().as_deref()),
    }
}

fn of_locale(locale: Option<&str>) -> Lang {
    match locale {
        None | Some("C" | "POSIX" | "C.UTF-8" | "C-UTF-8") => Lang::Zh,
        Some(locale) if locale.to_ascii_lowercase().starts_with("zh") => Lang::Zh,
        Some(_) => Lang::En,
    }
}

/// One of two texts.
pub(crate) const fn pick<'t>(lang: Lang, zh: &'t str, en: &'t str) -> &'t str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

#[cfg(test)]
mod tests {
    use super::{Lang, of_locale};

    #[test]
    fn the_locale_decides_and_no_locale_is_chinese() {
        for (locale, lang) in [
            (Some("zh-CN"), Lang::Zh),
            (Some("zh_TW.UTF-8"), Lang::Zh),
            (Some("en-US"), Lang::En),
            (Some("de-DE"), Lang::En),
            (Some("C"), Lang::Zh),
            (None, Lang::Zh),
        ] {
            assert_eq!(of_locale(locale), lang, "{locale:?}");
        }
    }
}
