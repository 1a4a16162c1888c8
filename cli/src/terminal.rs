//! Where output goes: results to standard output, everything about them to standard error.
//!
//! Texts come from rule files and from data. What could steer a terminal (control signs, signs that
//! turn the direction of writing) never reaches it: [`harmless`] is the one door for such texts.
//! A reader that goes away (`heng graph | head`) ends the output in silence.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use heng_dsl::diag::Lang;

use crate::lang::{self, LangArg};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// `--color`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The terminal of one command.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// The language of messages.
    pub lang: Lang,
    /// The language of files: the one asked for, else Chinese; never that of the locale, so that the
    /// same call writes the same bytes on any machine.
    pub files: Lang,
    color: ColorArg,
    quiet: bool,
}

impl Terminal {
    /// A terminal that speaks the language asked for; `quiet` leaves out progress bars.
    pub fn new(asked: Option<LangArg>, color: ColorArg, quiet: bool) -> Self {
        let files = if asked == Some(LangArg::En) { Lang::En } else { Lang::Zh };
        Self { lang: lang::choose(asked), files, color, quiet }
    }

    /// One of two texts, by the language of messages.
    pub fn pick<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        crate::lang::pick(self.lang, zh, en)
    }

    /// Writes a result and a line end to standard output.
    pub fn out(self, text: impl Display) {
        say(&mut io::stdout().lock(), &text);
    }

    /// Writes a message and a line end to standard error.
    pub fn tell(self, text: impl Display) {
        say(&mut io::stderr().lock(), &text);
    }

    /// Writes a complaint of the command line itself to standard error: `错误：…`.
    pub fn complain(self, text: impl Display) {
        let head = self.pick("错误：", "error: ");
        if self.colors_on_stderr() {
            self.tell(format_args!("\u{1b}[1;31m{head}\u{1b}[0m{text}"));
        } else {
            self.tell(format_args!("{head}{text}"));
        }
    }

    /// Are colours wanted on standard output?
    pub fn colors_on_stdout(self) -> bool {
        self.colors(io::stdout().is_terminal())
    }

    /// Are colours wanted on standard error?
    pub fn colors_on_stderr(self) -> bool {
        self.colors(io::stderr().is_terminal())
    }

    fn colors(self, terminal: bool) -> bool {
        match self.color {
            ColorArg::Always => true,
            ColorArg::Never => false,
            ColorArg::Auto => {
                let refused = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
                let dumb = std::env::var_os("TERM").is_some_and(|it| it == "dumb");
                terminal && !refused && !dumb
            }
        }
    }

    /// A progress bar over `length` steps, or a counter where the length is not known. It shows only
    /// where standard error is a terminal.
    pub fn progress(self, length: Option<u64>, what: &str) -> ProgressBar {
        let visible = io::stderr().is_terminal() && !self.quiet;
        let target =
            if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let template = match length {
            Some(_) => "{msg} {wide_bar} {human_pos}/{human_len} {eta}",
            None => "{msg} {spinner} {human_pos}",
        };
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(length, target).with_style(style);
        bar.set_message(what.to_owned());
        bar
    }
}

fn say(to: &mut dyn Write, text: &dyn Display) {
    // A reader that went away, or a full disk behind a pipe: there is nobody left to tell.
    let _ = writeln!(to, "{text}");
}

/// A text of a file as it may be shown: signs that steer a terminal or turn the direction of writing
/// become `�`, tabs and line ends blanks.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let plain = |it: char| match it {
        '\t' | '\n' | '\r' => ' ',
        it if steers(it) => '\u{fffd}',
        it => it,
    };
    if text.chars().all(|it| plain(it) == it) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().map(plain).collect())
    }
}

/// The same for a text of several lines, whose line ends stay.
pub fn harmless_lines(text: &str) -> String {
    text.chars().map(|it| if it != '\n' && steers(it) { '\u{fffd}' } else { it }).collect()
}

fn steers(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::{harmless, harmless_lines};

    #[test]
    fn nothing_in_a_text_steers_the_terminal() {
        assert_eq!(harmless("甲\u{1b}[31m\u{202e}乙\n"), "甲\u{fffd}[31m\u{fffd}乙 ");
        assert_eq!(harmless("池州 food"), "池州 food");
        assert_eq!(harmless_lines("甲\n\u{7}乙"), "甲\n\u{fffd}乙");
    }
}
