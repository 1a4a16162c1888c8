//! Which score and which grade are looked back at: those that were named, else the only ones.

use heng_dsl::diag::Words;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Decl, DeclKind, EnumType, TyKind};

use crate::ingest::nearest;
use crate::output::result_name;
use crate::program::Program;

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The name of a number: a total, an indicator, a value.
    pub score: Option<String>,
    /// The name of a grade.
    pub grade: Option<String>,
    /// A low score is the risky one.
    pub low_is_risky: bool,
}

/// What is looked back at, by slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The number; absent where the rules have none.
    pub score: Option<usize>,
    /// The grade; absent where the rules have none.
    pub grade: Option<usize>,
    /// A low score is the risky one.
    pub low_is_risky: bool,
}

impl Chosen {
    /// All of it, by slot.
    pub fn slots(self) -> Vec<usize> {
        self.score.into_iter().chain(self.grade).collect()
    }

    /// The place of the number and of the grade among these.
    pub(crate) fn places(self) -> [Option<usize>; 2] {
        [self.score.map(|_| 0), self.grade.map(|_| usize::from(self.score.is_some()))]
    }
}

/// Why it is not clear what is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChoiceProblem {
    /// `D0406`: no score or grade has that name.
    NoSuch {
        /// The flag.
        what: What,
        /// The name.
        name: String,
        /// The nearest name.
        nearest: Option<String>,
    },
    /// `D0407`: several could be meant.
    Several {
        /// The flag.
        what: What,
        /// Their names.
        names: Vec<String>,
    },
    /// `D0408`: the rules have neither a total nor a classification.
    Nothing,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// `--score`
    Score,
    /// `--grade`
    Grade,
}

impl What {
    fn words(self) -> [&'static str; 3] {
        match self {
            Self::Score => ["分数", "score", "--score"],
            Self::Grade => ["等级", "grade", "--grade"],
        }
    }

    /// May a declaration be named?
    fn fits(self, linked: &Linked, slot: usize) -> bool {
        let decl = linked.decl(slot);
        let is_result = !matches!(
            decl.kind,
            DeclKind::Param
                | DeclKind::RecordValue { .. }
                | DeclKind::RecordSet
                | DeclKind::Measure { .. }
        );
        is_result
            && match self {
                Self::Score => matches!(decl.ty.kind, TyKind::Number(_)),
                Self::Grade => grade(linked, slot).is_some(),
            }
    }

    /// Is a declaration meant where none is named?
    fn is_usual(self, decl: &Decl) -> bool {
        match self {
            Self::Score => matches!(decl.kind, DeclKind::Total | DeclKind::Merge),
            Self::Grade => {
                matches!(decl.kind, DeclKind::Classify { .. } | DeclKind::Overlay { .. })
            }
        }
    }
}

impl ChoiceProblem {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuch { .. } => "D0406",
            Self::Several { .. } => "D0407",
            Self::Nothing => "D0408",
        }
    }

    /// One sentence without a full stop.
    pub fn words(&self) -> Words {
        match self {
            Self::NoSuch { what, name, nearest } => {
                let [zh, en, _] = what.words();
                let near_zh = nearest.as_ref().map(|it| format!("；最接近的是“{it}”"));
                let near_en = nearest.as_ref().map(|it| format!("; the nearest is “{it}”"));
                Words::both(
                    format!("没有叫“{name}”的{zh}{}", near_zh.unwrap_or_default()),
                    format!("there is no {en} “{name}”{}", near_en.unwrap_or_default()),
                )
            }
            Self::Several { what, names } => {
                let [zh, en, flag] = what.words();
                Words::both(
                    format!("有几个{zh}，请用 {flag} 指明一个：{}", names.join("、")),
                    format!("there are several {en}s; name one with {flag}: {}", names.join(", ")),
                )
            }
            Self::Nothing => Words::both(
                "规则集没有总分也没有分类，请用 --score 或 --grade 指明看什么",
                "the rule sets have neither a total nor a classification; name what to look at with \
                 --score or --grade",
            ),
        }
    }
}

impl Choice {
    /// The slots. Without a name the only total and the only classification are meant; of several
    /// totals the one in the set of the grade. Where one was named and the other is not clear, the
    /// other is left out.
    ///
    /// # Errors
    ///
    /// A name that nothing has or that several things have, several to choose from, or nothing.
    pub fn find(&self, program: &Program) -> Result<Chosen, ChoiceProblem> {
        let linked = program.linked();
        let grade = match &self.grade {
            Some(name) => Some(named(program, What::Grade, name)?),
            None => usual(program, What::Grade, None, self.score.is_some())?,
        };
        let home = grade.map(|it| linked.package_of(it));
        let score = match &self.score {
            Some(name) => Some(named(program, What::Score, name)?),
            None => usual(program, What::Score, home, self.grade.is_some())?,
        };
        if grade.is_none() && score.is_none() {
            return Err(ChoiceProblem::Nothing);
        }
        Ok(Chosen { score, grade, low_is_risky: self.low_is_risky })
    }
}

/// The declarations that may be named.
fn fitting(program: &Program, what: What) -> Vec<usize> {
    program.shown_decls().filter(|it| what.fits(program.linked(), *it)).collect()
}

fn named(program: &Program, what: What, name: &str) -> Result<usize, ChoiceProblem> {
    let linked = program.linked();
    let (name, fitting) = (name.trim(), fitting(program, what));
    let mut found = fitting.iter().copied().filter(|it| is_called(linked, *it, name));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(first), Some(second)) => {
            let all: Vec<usize> = [first, second].into_iter().chain(found).collect();
            Err(several(linked, what, &all))
        }
        (None, _) => {
            let names: Vec<String> = fitting.iter().map(|it| result_name(linked, *it)).collect();
            let near = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
            Err(ChoiceProblem::NoSuch { what, name: name.to_owned(), nearest: near })
        }
    }
}

/// What is meant without a name, if anything; `lenient` where it need not be clear.
fn usual(
    program: &Program,
    what: What,
    home: Option<usize>,
    lenient: bool,
) -> Result<Option<usize>, ChoiceProblem> {
    let linked = program.linked();
    let all: Vec<usize> =
        fitting(program, what).into_iter().filter(|it| what.is_usual(linked.decl(*it))).collect();
    let at_home: Vec<usize> =
        all.iter().copied().filter(|it| Some(linked.package_of(*it)) == home).collect();
    match (all.as_slice(), at_home.as_slice()) {
        ([only], _) | (_, [only]) => Ok(Some(*only)),
        ([], _) => Ok(None),
        _ if lenient => Ok(None),
        _ => Err(several(linked, what, &all)),
    }
}

fn several(linked: &Linked, what: What, slots: &[usize]) -> ChoiceProblem {
    let names = slots.iter().map(|it| result_name(linked, *it)).collect();
    ChoiceProblem::Several { what, names }
}

/// By name or alias, with or without the set in front.
fn is_called(linked: &Linked, slot: usize, name: &str) -> bool {
    let decl = linked.decl(slot);
    let package = linked.name_of(linked.package_of(slot));
    let own = |it: &str| it == decl.name.as_ref() || it == decl.id.as_ref();
    let behind = name.strip_prefix(package.as_ref()).and_then(|it| it.strip_prefix('.'));
    own(name) || behind.is_some_and(own)
}

/// The grade whose member a declaration is worth.
pub(super) fn grade(linked: &Linked, slot: usize) -> Option<&EnumType> {
    match &linked.decl(slot).ty.kind {
        TyKind::Member(of) => Some(linked.enumeration(of.slot.index())).filter(|it| it.ordered),
        _ => None,
    }
}
