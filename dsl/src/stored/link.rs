//! Stored packages put together and looked at, without the parser: what a program that embeds us needs.

use super::{Hash, Stored, UsedContent};
use crate::diag::{Code, Diagnostic, Words, has_errors};
use crate::model::linked::{LinkError, LinkTable, Linked};
use crate::model::{Id, RuleSet, valid};
use crate::span::Span;

/// Packages that can be evaluated.
#[derive(Debug)]
pub struct Program {
    /// The packages, linked.
    pub linked: Linked,
    /// The numbers of those that were asked for: the roots of closed files, and every file with one
    /// package.
    pub roots: Vec<usize>,
}

/// Puts stored packages together. Together they have to hold everything that they use.
///
/// # Errors
///
/// Everything that does not hold: references that name nothing, types that do not fit, other content
/// than a package was checked against.
pub fn link(files: Vec<Stored>) -> Result<Program, Vec<Diagnostic>> {
    let mut sets: Vec<RuleSet> = Vec::new();
    let mut asked: Vec<Id> = Vec::new();
    let mut links = LinkTable::new();
    let mut uses: Vec<(Id, UsedContent)> = Vec::new();
    for file in files {
        match file {
            Stored::Package(it) => {
                asked.push(Id::from(format!("{}@{}", it.rules.id, it.rules.version)));
                uses.extend(it.uses.into_iter().map(|used| (it.rules.id.clone(), used)));
                sets.push(it.rules);
            }
            Stored::Linked(it) => {
                asked.extend(it.roots);
                links.extend(it.links);
                sets.extend(it.packages.into_iter().map(|it| it.rules));
            }
        }
    }
    let linked = Linked::link(sets, links.clone())
        .map_err(|all| all.iter().map(|it| unlinked(it, &links)).collect::<Vec<_>>())?;
    let numbers = 0..linked.packages.len();
    let mut problems: Vec<Diagnostic> = numbers.flat_map(|it| invalid(it, &linked)).collect();
    for (package, wanted) in &uses {
        let found = linked.version_of(&wanted.package, Some(&wanted.version));
        let found = found.or_else(|| linked.version_of(&wanted.package, None));
        let found = found.and_then(|it| linked.packages.get(it));
        problems.extend(found.and_then(|it| other_content(package, wanted, it)));
    }
    if has_errors(&problems) {
        return Err(problems);
    }
    let number = |name: &Id| match name.split_once('@') {
        Some((id, version)) => linked.version_of(id, Some(version)),
        None => linked.version_of(name, None),
    };
    let roots = asked.iter().filter_map(number).collect();
    Ok(Program { linked, roots })
}

/// What does not hold in a package, by its number.
pub(crate) fn invalid(package: usize, linked: &Linked) -> Vec<Diagnostic> {
    let id = linked.packages.get(package).map_or_else(String::new, |it| it.id.to_string());
    let problem = |it: valid::Invalid| {
        Diagnostic::new(Code::E0707, Span::default())
            .arg("package", id.clone())
            .arg("place", it.place)
            .arg("why", it.why)
    };
    valid::check(package, linked).into_iter().map(problem).collect()
}

/// A reference that names nothing.
pub(crate) fn unlinked(error: &LinkError, links: &LinkTable) -> Diagnostic {
    Diagnostic::new(Code::E0619, Span::default())
        .arg("package", error.package.to_string())
        .arg("why", error.problem.words(links))
}

/// Is what was found other than what the package was checked against?
pub(crate) fn other_content(
    package: &Id,
    wanted: &UsedContent,
    found: &RuleSet,
) -> Option<Diagnostic> {
    let content = Hash::of_content(found);
    if found.version == wanted.version && content == wanted.content {
        return None;
    }
    Some(
        Diagnostic::new(Code::E0706, Span::default())
            .arg("package", package.to_string())
            .arg("used", wanted.package.to_string())
            .arg("wanted", words(&wanted.version, wanted.content))
            .arg("found", words(&found.version, content)),
    )
}

fn words(version: &str, content: Hash) -> Words {
    let digits = content.to_string();
    let short = digits.get(..digits.len().min(19)).unwrap_or_default().to_owned();
    Words::both(format!("{version} 版（{short}…）"), format!("version {version} ({short}…)"))
}
