//! Help and complaints about the arguments, in the language of the user.
//!
//! The help of [`Args`] is written once, both languages in one text: `中文 / English`, and in the
//! examples at the end of a line. Here one of the two is taken, and what clap itself would say in
//! English (headings, possible values, defaults, what is wrong with the arguments) is said in that
//! language. The language has to be known before the arguments are understood, so `--lang` is looked
//! for first.

use std::ffi::{OsStr, OsString};

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory as _, Error, FromArgMatches as _, Parser as _};
use heng_dsl::diag::Lang;

use crate::args::Args;
use crate::lang::{self, LangArg, pick};

/// Between the two languages of a help text.
const BETWEEN: &str = " / ";

/// Understands the arguments, the first of which is the name of the program; or says what is wrong
/// with them, or the help that was asked for, in the language of the user.
///
/// # Errors
///
/// The text to show, and whether it is a mistake: help and version are none.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Args, Refusal> {
    let args: Vec<OsString> = args.into_iter().collect();
    // What is understood needs no words, and most of the time goes into these.
    if let Ok(understood) = Args::try_parse_from(&args) {
        return Ok(understood);
    }
    let lang = lang::choose(asked(&args));
    let matches = command(lang).try_get_matches_from(args);
    let parsed = matches.and_then(|it| Args::from_arg_matches(&it));
    parsed.map_err(|it| Refusal::new(&it, lang))
}

/// Why there are no arguments to work with.
pub(crate) struct Refusal {
    /// What to show.
    pub(crate) text: String,
    /// The same with colours.
    pub(crate) coloured: String,
    /// Nothing was asked for but help or the version.
    pub(crate) asked_for: bool,
}

impl Refusal {
    fn new(error: &Error, lang: Lang) -> Self {
        let asked_for = !error.use_stderr();
        let said = if asked_for || lang == Lang::En { None } else { in_chinese(error) };
        let clap_says = || {
            let styled = error.render();
            // The one word of a usage line that cannot be set, and reasons in both languages.
            let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            let local = |it: String| {
                let it = it.replace("[OPTIONS]", pick(lang, "[选项]", "[OPTIONS]"));
                if why.is_empty() { it } else { it.replace(&why, &one_of(&why, lang)) }
            };
            (local(styled.to_string()), local(styled.ansi().to_string()))
        };
        let (text, coloured) = said.map_or_else(clap_says, |it| (it.clone(), it));
        Self { text, coloured, asked_for }
    }
}

/// The `--lang` among arguments that are not understood yet.
fn asked(args: &[OsString]) -> Option<LangArg> {
    let mut args = args.iter().map(OsString::as_os_str).skip(1);
    while let Some(arg) = args.next() {
        let value = match arg.to_str() {
            Some("--") => return None,
            Some("--lang") => args.next().and_then(OsStr::to_str),
            Some(arg) => arg.strip_prefix("--lang="),
            None => None,
        };
        match value {
            Some("zh") => return Some(LangArg::Zh),
            Some("en") => return Some(LangArg::En),
            _ => {}
        }
    }
    None
}

/// The commands and flags with their help in one language.
pub(crate) fn command(lang: Lang) -> Command {
    let mut command = Args::command();
    command.build();
    spoken(command, lang)
}

fn spoken(command: Command, lang: Lang) -> Command {
    let template = pick(
        lang,
        "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}",
        "{about-with-newline}\nUsage: {usage}\n\n{all-args}{after-help}",
    );
    let about = command.get_about().map(|it| one_of(&it.to_string(), lang));
    let after = command.get_after_help().map(|it| examples(&it.to_string(), lang));
    let name = command.get_name().to_owned();
    let mut command = command
        .help_template(template)
        .subcommand_help_heading(pick(lang, "命令", "Commands"))
        .subcommand_value_name(pick(lang, "命令", "COMMAND"))
        .mut_args(|it| argument(it, lang))
        .mut_subcommands(|it| spoken(it, lang));
    if name == "help" {
        command = command.about(pick(lang, "显示某个命令的说明", "Show the help of a command"));
    } else if let Some(about) = about {
        command = command.about(about);
    }
    match after {
        Some(after) => command.after_help(after),
        None => command,
    }
}

fn argument(arg: Arg, lang: Lang) -> Arg {
    let own = match (arg.get_id().as_str(), arg.get_action()) {
        ("help", ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong) => {
            Some(pick(lang, "显示本说明", "Show this help"))
        }
        ("version", ArgAction::Version) => Some(pick(lang, "显示版本", "Show the version")),
        _ => None,
    };
    let written = arg.get_help().map(|it| one_of(&it.to_string(), lang)).unwrap_or_default();
    let help = own.map_or_else(|| format!("{written}{}", notes(&arg, lang)), str::to_owned);
    let heading = match arg.get_help_heading() {
        Some(heading) => one_of(heading, lang),
        None if arg.is_positional() => pick(lang, "参数", "Arguments").to_owned(),
        None => pick(lang, "选项", "Options").to_owned(),
    };
    arg.help(help)
        .long_help(Resettable::Reset)
        .help_heading(heading)
        .hide_possible_values(true)
        .hide_default_value(true)
}

/// What may be given and what holds where nothing is, behind the help of a flag.
fn notes(arg: &Arg, lang: Lang) -> String {
    if !arg.get_action().takes_values() {
        return String::new();
    }
    let values = arg.get_possible_values().into_iter().filter(|it| !it.is_hide_set());
    let values: Vec<String> = values.map(|it| it.get_name().to_owned()).collect();
    let values = match (lang, values.is_empty() || arg.is_hide_possible_values_set()) {
        (_, true) => String::new(),
        (Lang::Zh, false) => format!("（{}）", values.join("、")),
        (Lang::En, false) => format!(" ({})", values.join(", ")),
    };
    let defaults = arg.get_default_values().iter().filter_map(|it| it.to_str());
    let defaults = defaults.collect::<Vec<_>>().join(" ");
    let defaults = match (lang, defaults.is_empty() || arg.is_hide_default_value_set()) {
        (_, true) => String::new(),
        (Lang::Zh, false) => format!("，默认 {defaults}"),
        (Lang::En, false) => format!(", {defaults} by default"),
    };
    values + &defaults
}

/// The part of a text that is in that language.
fn one_of(text: &str, lang: Lang) -> String {
    match (text.split_once(BETWEEN), lang) {
        (Some((zh, _)), Lang::Zh) => zh.trim_end().to_owned(),
        (Some((_, en)), Lang::En) => en.trim_start().to_owned(),
        (None, _) => text.to_owned(),
    }
}

/// Lines of examples: a command stays, the words behind it or alone on a line are in both languages.
fn examples(text: &str, lang: Lang) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let (command, words) = match line.trim_start().rfind("  ") {
            Some(at) => line.split_at(indent + at + 2),
            None if line.trim_start().starts_with("heng ") => (line, ""),
            None => line.split_at(indent),
        };
        lines.push(format!("{command}{}", one_of(words, lang)).trim_end().to_owned());
    }
    lines.join("\n")
}

/// What is wrong with the arguments, in Chinese; `None` where clap has to say it itself.
fn in_chinese(error: &Error) -> Option<String> {
    let said = |kind: ContextKind| error.get(kind).map(words);
    let mistake = mistake(error.kind(), &said)?;
    let why = std::error::Error::source(error).map(|it| one_of(&it.to_string(), Lang::Zh));
    let why = why.map(|it| format!("：{it}")).unwrap_or_default();
    let mut lines = vec![format!("错误：{mistake}{why}")];
    lines.extend(said(ContextKind::ValidValue).map(|it| format!("  可以是：{it}")));
    let near =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    lines.extend(near.into_iter().find_map(&said).map(|it| format!("  是不是：{it}")));
    lines.push("用 --help 看说明".to_owned());
    Some(lines.join("\n") + "\n")
}

/// The mistake in a sentence; `said` gives what clap knows of it.
fn mistake(kind: ErrorKind, said: &impl Fn(ContextKind) -> Option<String>) -> Option<String> {
    let arg = said(ContextKind::InvalidArg);
    let value = said(ContextKind::InvalidValue).unwrap_or_default();
    Some(match kind {
        ErrorKind::InvalidValue if value.is_empty() => format!("{}要有一个值", arg?),
        ErrorKind::InvalidValue => format!("{}不能是“{value}”", arg?),
        ErrorKind::ValueValidation => format!("{}的值“{value}”不对", arg?),
        ErrorKind::UnknownArgument => format!("没有“{}”这个参数", arg?),
        ErrorKind::InvalidSubcommand => {
            format!("没有“{}”这个命令", said(ContextKind::InvalidSubcommand)?)
        }
        ErrorKind::MissingSubcommand => "要给出一个命令".to_owned(),
        ErrorKind::MissingRequiredArgument => format!("还要给出{}", arg?),
        ErrorKind::ArgumentConflict => match said(ContextKind::PriorArg) {
            Some(prior) if Some(&prior) != arg.as_ref() => format!("{}与{prior}不能同时使用", arg?),
            _ => format!("{}只能给一次", arg?),
        },
        ErrorKind::TooManyValues => format!("{}的值太多：“{value}”", arg?),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{}的值的个数不对", arg?)
        }
        ErrorKind::NoEquals => format!("{}后面要用等号给出值", arg?),
        ErrorKind::InvalidUtf8 => "参数不是有效的文字（UTF-8）".to_owned(),
        _ => return None,
    })
}

fn words(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(all) => all.join("、"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{asked, command, examples, one_of, parse};
    use crate::lang::LangArg;
    use heng_dsl::diag::Lang;
    use std::ffi::OsString;

    fn args(words: &str) -> Vec<OsString> {
        words.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn the_language_is_found_before_anything_else_is_understood() {
        assert_eq!(asked(&args("heng run --lang en --wrong")), Some(LangArg::En));
        assert_eq!(asked(&args("heng --lang=zh")), Some(LangArg::Zh));
        assert_eq!(asked(&args("heng eval -- --lang en")), None);
        assert_eq!(asked(&args("heng --lang fr")), None);
    }

    #[test]
    fn a_text_in_both_languages_becomes_one() {
        assert_eq!(one_of("户数 / How many", Lang::Zh), "户数");
        assert_eq!(one_of("户数 / How many", Lang::En), "How many");
        let text = "示例 / Examples:\n  heng a | b / c\n  heng run    分类 / classify\n结果是参考。 / It is.";
        assert_eq!(
            examples(text, Lang::Zh),
            "示例\n  heng a | b / c\n  heng run    分类\n结果是参考。"
        );
        assert_eq!(
            examples(text, Lang::En),
            "Examples:\n  heng a | b / c\n  heng run    classify\nIt is."
        );
    }

    /// No help in English has a Chinese sign in it, except in names and examples of arguments.
    #[test]
    fn help_is_in_one_language() {
        fn each(command: &clap::Command, see: &mut dyn FnMut(&str, String)) {
            for arg in command.get_arguments() {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                see(&format!("{} {}", command.get_name(), arg.get_id()), help);
            }
            see(
                command.get_name(),
                command.get_about().map(ToString::to_string).unwrap_or_default(),
            );
            for it in command.get_subcommands() {
                each(it, see);
            }
        }
        let mut count = 0;
        each(&command(Lang::En), &mut |what, help| {
            let chinese = |it: char| ('\u{2e80}'..='\u{9fff}').contains(&it);
            assert!(!help.is_empty() && !help.contains(chinese), "{what}: {help}");
            count += 1;
        });
        each(&command(Lang::Zh), &mut |what, help| {
            assert!(!help.is_ascii(), "{what}: {help}");
            assert!(!help.contains(" / "), "{what}: {help}");
        });
        assert!(count > 50);
    }

    #[test]
    fn a_mistake_is_told_in_the_language_asked_for() {
        let told = |words: &str| parse(args(words)).err().map(|it| it.text).unwrap_or_default();
        for (words, zh) in [
            ("heng rnu", "没有“rnu”这个命令"),
            ("heng run --asof 2024-01-01", "没有“--asof”这个参数"),
            ("heng run --as-of 2024-02-30", "的值“2024-02-30”不对"),
            ("heng run --format xml", "不能是“xml”"),
            ("heng explain", "还要给出"),
            ("heng graph --up a --down b", "不能同时使用"),
            ("heng run --threads", "要有一个值"),
            ("heng sample --seed 1 --seed 2 --out a", "只能给一次"),
        ] {
            let text = told(&format!("{words} --lang=zh"));
            assert!(text.contains(zh), "{words}: {text}");
            assert!(!text.contains("error:") && !text.contains("Usage"), "{words}: {text}");
            assert!(told(&format!("{words} --lang=en")).starts_with("error:"), "{words}");
        }
    }
}
