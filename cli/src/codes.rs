//! The pages about the codes of problems: what a code means for the author of rules, with a wrong and a
//! right example.
//!
//! They are the files of `docs/codes`, shipped in the program: what the terminal shows is what the
//! documentation says. A page is Markdown of one fixed form, which [`Page::parse`] understands; that the
//! examples do what they should is tested by `tests/tests/codes.rs`.

mod example;

use heng_dsl::diag::{CODES, CodeRecord};

pub use self::example::check;

macro_rules! pages {
    ($($code:ident)*) => {
        /// The name of each code and its page.
        static PAGES: &[(&str, &str)] = &[$((
            stringify!($code),
            include_str!(concat!("../../docs/codes/", stringify!($code), ".md")),
        ),)*];
    };
}

pages! {
    E0101 E0102 E0103 E0104 E0105 E0106 E0107 E0108 E0109 E0110 E0111 E0112 E0113 E0114 E0115 E0116 E0117
    E0118 E0119 E0120 E0121 E0122 E0123 E0124
    E0201 E0202 E0203 E0204 E0205 E0206 E0207 E0208 E0209 E0210 E0211 E0212
    E0301 E0302 E0303 E0304 E0305 E0306 E0307 E0308 E0309 E0310 E0311 E0312 E0313 E0314 E0315 E0316 E0317
    E0318 E0319 E0320 E0321 E0322 E0323 E0324 E0325 E0326 E0327
    E0401 E0402 E0403 E0404 E0405 E0406 E0407 E0408 E0409 E0410 E0411 E0412 E0413 E0414 E0415 E0416 E0417
    E0418 E0419 E0420 E0421 E0430 E0431 E0432 E0433 E0434 E0435 E0436 E0437 E0440
    E0450 E0451 E0452 E0453 E0454 E0455 E0456 E0460 E0461 E0470 E0471 E0472 E0480 E0490 E0491
    E0501 E0502
    E0601 E0602 E0603 E0604 E0605 E0606 E0607 E0608 E0609 E0610 E0611 E0612 E0613 E0614 E0615 E0616 E0617
    E0618 E0619 E0620 E0621 E0622 E0623 E0624 E0625 E0626 E0627 E0628
    E0630 E0631 E0632 E0633 E0634 E0640 E0641
    E0701 E0702 E0703 E0704 E0705 E0706 E0707
}

/// A page about one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<'t> {
    /// The code: `E0401`.
    pub code: &'t str,
    /// The problem in a few words, in Chinese and English.
    pub title: [&'t str; 2],
    /// What it means for the author, in Chinese and English; empty lines part the paragraphs.
    pub meaning: [&'t str; 2],
    /// How it looks.
    pub example: Example<'t>,
}

/// How a problem looks in rule files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example<'t> {
    /// Files with the problem, and the same ones put right; [`check`] says in which form.
    Shown {
        /// Files that have this problem and no other.
        wrong: &'t str,
        /// Files without any problem.
        right: &'t str,
    },
    /// No text can show it: why, in Chinese and English.
    Impossible([&'t str; 2]),
}

impl<'t> Page<'t> {
    /// Understands a page.
    ///
    /// # Errors
    ///
    /// What the page lacks, for those who write pages.
    pub fn parse(text: &'t str) -> Result<Self, String> {
        let title = text.lines().next().and_then(|it| it.strip_prefix("# ")).unwrap_or("");
        let parts = title.split_once(' ').and_then(|(code, words)| {
            let (zh, en) = words.split_once(" / ")?;
            Some((code, [zh.trim(), en.trim()]))
        });
        let Some((code, title)) = parts.filter(|it| it.1.iter().all(|it| !it.is_empty())) else {
            return Err("the first line is no title “# E0401 中文 / English”".to_owned());
        };
        let meaning = [prose(text, "意思")?, prose(text, "Meaning")?];
        let example = match section(text, "没有例子 / No example") {
            Some(why) => {
                let (zh, en) = why
                    .split_once("\n\n")
                    .ok_or("why there is no example is said in Chinese and, below, in English")?;
                Example::Impossible([zh.trim(), en.trim()])
            }
            None => Example::Shown {
                wrong: rules(text, "不对 / Wrong")?,
                right: rules(text, "对 / Right")?,
            },
        };
        Ok(Self { code, title, meaning, example })
    }

    /// How bad the problem is, and what is said of it.
    pub fn record(&self) -> Option<&'static CodeRecord> {
        CODES.iter().find(|it| it.name == self.code)
    }
}

/// The part of a page below a heading.
fn section<'t>(text: &'t str, heading: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("\n## {heading}\n"))?;
    Some(rest.split_once("\n## ").map_or(rest, |it| it.0).trim())
}

fn prose<'t>(text: &'t str, heading: &str) -> Result<&'t str, String> {
    let found = section(text, heading).filter(|it| !it.is_empty());
    found.ok_or_else(|| format!("the page has no text below “## {heading}”"))
}

/// The rule files below a heading, in their fence.
fn rules<'t>(text: &'t str, heading: &str) -> Result<&'t str, String> {
    let fenced = |it: &'t str| it.strip_prefix("```heng\n")?.strip_suffix("```");
    let found = section(text, heading).and_then(fenced);
    found.ok_or_else(|| format!("the page has no rules, fenced as heng, below “## {heading}”"))
}

/// Every page, in the order of the codes.
pub fn pages() -> impl Iterator<Item = Page<'static>> {
    PAGES.iter().filter_map(|it| Page::parse(it.1).ok())
}

/// The page of a code, which may be written as `E0401`, `e0401`, `[E0401]` or `401`.
pub fn page(asked: &str) -> Option<Page<'static>> {
    let asked = asked.trim().trim_matches(['[', ']']).to_ascii_uppercase();
    let digits = !asked.is_empty() && asked.bytes().all(|it| it.is_ascii_digit());
    let name = if digits { format!("E{asked:0>4}") } else { asked };
    pages().find(|it| it.code == name)
}

/// How many codes are named where the one that was asked for does not exist.
const NEAR: usize = 3;

/// The pages that may have been meant by something that is no code: the ones with the nearest numbers,
/// or those whose titles have the words in them.
pub(crate) fn near(asked: &str) -> Vec<Page<'static>> {
    let number = |it: &str| it.trim_start_matches(['E', 'e']).parse::<u32>();
    let asked = asked.trim().trim_matches(['[', ']']);
    let mut all: Vec<Page<'static>> = pages().filter(|_| !asked.is_empty()).collect();
    if let Ok(wanted) = number(asked) {
        all.sort_by_key(|it| number(it.code).map_or(u32::MAX, |it| it.abs_diff(wanted)));
        all.truncate(NEAR);
        all.sort_by_key(|it| it.code);
        return all;
    }
    let words = asked.to_lowercase();
    all.retain(|it| it.title.iter().any(|it| it.to_lowercase().contains(&words)));
    all
}

#[cfg(test)]
mod tests {
    use super::{CODES, Example, Page, near, page, pages};

    #[test]
    fn every_code_has_its_page_in_the_program() {
        let names: Vec<&str> = pages().map(|it| it.code).collect();
        let mut codes: Vec<&str> = CODES.iter().map(|it| it.name).collect();
        codes.sort_unstable();
        assert_eq!(names, codes, "add the code to the list of pages in cli/src/codes.rs");
    }

    #[test]
    fn a_code_is_found_however_it_is_written() {
        for asked in ["E0401", "e0401", "[E0401]", " 401", "0401"] {
            assert_eq!(page(asked).map(|it| it.code), Some("E0401"), "{asked}");
        }
        for asked in ["", "E", "E4010", "D0102", "空档"] {
            assert_eq!(page(asked), None, "{asked}");
        }
    }

    #[test]
    fn what_is_no_code_is_near_some() {
        let near = |asked| near(asked).iter().map(|it| it.code).collect::<Vec<_>>();
        assert_eq!(near("E0100"), ["E0101", "E0102", "E0103"]);
        assert!(near("空档").contains(&"E0401"));
        assert!(near("Overlap").contains(&"E0402"));
        for asked in ["没有这样的话", "D0102", ""] {
            assert_eq!(near(asked), [""; 0], "{asked}");
        }
    }

    #[test]
    fn a_page_is_taken_apart() {
        let text = "# E0001 甲 / a\n\n## 意思\n\n一。\n\n## Meaning\n\nOne.\n\n## 不对 / Wrong\n\n```heng\n值 甲\n```\n\n## 对 / Right\n\n```heng\n值 甲 = 1\n```\n";
        let page = Page::parse(text).unwrap();
        assert_eq!((page.code, page.title, page.meaning), ("E0001", ["甲", "a"], ["一。", "One."]));
        assert_eq!(page.example, Example::Shown { wrong: "值 甲\n", right: "值 甲 = 1\n" });
        for (lost, said) in [
            (" / a", "title"),
            ("\n## Meaning\n", "Meaning"),
            ("\n## 对 / Right\n", "Right"),
            ("```heng\n值 甲 = 1\n```\n", "Right"),
        ] {
            let why = Page::parse(&text.replacen(lost, "", 1)).unwrap_err();
            assert!(why.contains(said), "{lost}: {why}");
        }
    }
}
