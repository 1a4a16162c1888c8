//! Places for findings: from a place in the model to the text that it came from.
//!
//! Every clause and row of the model knows the line it was written on, and rows their text. That is
//! enough to find them again, so that no second table of places has to be kept.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::load::{Key, Package};
use crate::diag::{Code, Diagnostic, Severity, Words};
use crate::model::linked::{LinkError, LinkProblem, LinkTable, Linked};
use crate::model::{Check, Content, Decide, ListRule, Origin, RuleSet, Table, Version};
use crate::source::SourceMap;
use crate::span::{FileId, Span};
use crate::verify::{self, NodePath, Owner, Part, Replay, TableAt};

/// Looks at the tables, cut-offs and promises of all packages.
pub(super) fn verify(linked: &Linked, sources: &SourceMap, replay: &dyn Replay) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let files = sources.files().iter().zip(0..);
    let files = files.map(|(it, at)| (it.path.as_str(), FileId(at))).collect();
    let all = verify::verify(linked);
    for (at, set) in linked.packages.iter().enumerate() {
        let places = Places::new(set, sources, &files);
        let base = set.uses.iter().find(|it| it.extends);
        let base = base.and_then(|it| linked.version_of(&it.package, it.pinned.as_deref()));
        let base = base.and_then(|it| all.get(it)).map_or(&[][..], Vec::as_slice);
        let own = all.get(at).map_or(&[][..], Vec::as_slice);
        for finding in own.iter().filter(|it| !follows(it, base, own)) {
            let mut problem = places.problem(&with_rows_met(finding, own));
            let shown = finding.assignment.as_ref();
            problem.example = shown.and_then(|it| replay.household(linked, at, &finding.at, it));
            out.push(problem);
        }
    }
    out
}

/// Is it said already: of the base, which an amended declaration has it from, by an error beside which
/// what can and cannot be reached means nothing, or by what is said of the same row?
fn follows(finding: &verify::Finding, base: &[verify::Finding], own: &[verify::Finding]) -> bool {
    let is_error = |it: &verify::Finding| it.code.record().severity == Severity::Error;
    let reach = matches!(
        finding.code,
        Code::E0404 | Code::E0413 | Code::E0434 | Code::E0435 | Code::E0437 | Code::E0440
    );
    let of_base = |it: &verify::Finding| it.code == finding.code && it.at.owner == finding.at.owner;
    let of_row = |it: &verify::Finding| match (finding.code, it.code) {
        (Code::E0402, Code::E0401) => it.at == finding.at,
        // Weights do not add up where one of them is out of bounds.
        (Code::E0414, Code::E0416) => {
            it.at == finding.at || finding.related.iter().any(|other| other.0 == it.at)
        }
        // A row that no value satisfies leaves open what it was meant for.
        (Code::E0401, Code::E0403) => it.at.wider().as_ref() == Some(&finding.at),
        _ => false,
    };
    base.iter().any(of_base)
        || reach && own.iter().chain(base).any(is_error)
        || own.iter().any(of_row)
}

/// A gap that one row leaves, with the rows that the same row meets.
fn with_rows_met(finding: &verify::Finding, own: &[verify::Finding]) -> verify::Finding {
    let met = own
        .iter()
        .filter(|it| (finding.code, it.code) == (Code::E0401, Code::E0402) && it.at == finding.at);
    let met = met.flat_map(|it| &it.related).filter(|it| matches!(it.0.part, Part::Row(..)));
    let note = Words::both("又与这一行重叠", "and it overlaps with this row");
    met.fold(finding.clone(), |finding, it| finding.related(it.0.clone(), note.clone()))
}

/// A reference that names nothing after the packages were put together.
pub(super) fn link_error(
    error: &LinkError,
    packages: &[Package],
    sources: &SourceMap,
    links: &LinkTable,
    changes: &BTreeMap<Key, Package>,
) -> Diagnostic {
    // Where rules are only tried out, what they lack is the doing of the change.
    let change = changes.values().flat_map(Package::decls).next().map(|it| it.span);
    let package = packages.iter().find(|it| it.id == error.package);
    let named = package.and_then(|it| reference(error, it, sources));
    let span = change.or(named).or(package.map(Package::span)).unwrap_or_default();
    let why = error.problem.words(links);
    Diagnostic::new(Code::E0619, span).arg("package", error.package.to_string()).arg("why", why)
}

/// Where a package reads what is lacking in another one, as it is written: `通用.信用风险`.
fn reference(error: &LinkError, package: &Package, sources: &SourceMap) -> Option<Span> {
    let LinkProblem::Unknown(_, lacking) = &error.problem else { return None };
    let written = format!("{}.{}", lacking.package.as_ref()?, lacking.id);
    package.decls().find_map(|it| {
        let at = sources.text(it.span).find(&written)?;
        Some(span(it.span.file, usize::try_from(it.span.start).ok()? + at, written.len()))
    })
}

/// The places of one package.
struct Places<'l> {
    set: &'l RuleSet,
    sources: &'l SourceMap,
    files: &'l BTreeMap<&'l str, FileId>,
    index: Index,
    decides: BTreeMap<&'l str, &'l Decide>,
    checks: BTreeMap<&'l str, &'l Check>,
}

impl<'l> Places<'l> {
    fn new(set: &'l RuleSet, sources: &'l SourceMap, files: &'l BTreeMap<&'l str, FileId>) -> Self {
        let decides = set.decides.iter().map(|it| (it.id.as_ref(), it)).collect();
        let checks = set.checks.iter().map(|it| (it.id.as_ref(), it)).collect();
        Self { set, sources, files, index: Index::of(set), decides, checks }
    }

    /// A finding at its place in the text.
    fn problem(&self, finding: &verify::Finding) -> Diagnostic {
        let span = self.span(&finding.at);
        let mut problem = Diagnostic::new(finding.code, span).label(finding.label.clone());
        if let Some(row) = self
            .changed_row(&finding.at)
            .filter(|it| !(it.file == span.file && it.start <= span.start && span.end <= it.end))
        {
            // What is wrong came with the row that was changed, and that is where to look first.
            problem.primary.span = row;
            let stands = Words::both("与这里合起来看", "taken together with this");
            problem = problem.related(span, stands);
        }
        problem.args.clone_from(&finding.args);
        for (path, words) in &finding.related {
            let span = self.span(path);
            if span != problem.primary.span {
                problem = problem.related(span, words.clone());
            }
        }
        problem
    }

    fn span(&self, path: &NodePath) -> Span {
        let mut at = Some(path.clone());
        while let Some(path) = at {
            if let Some(span) = self.exact(&path) {
                return span;
            }
            at = path.wider();
        }
        Span::default()
    }

    fn exact(&self, path: &NodePath) -> Option<Span> {
        match &path.owner {
            Owner::Package => {
                let origin =
                    self.set.decls.first().map(|it| it.versions.first().map(|it| &it.origin));
                self.line(origin??)
            }
            Owner::Decl(id) => {
                let decl = self.index.decl_with_id(self.set, id)?;
                self.in_version(decl.versions.get(path.version)?, path.part)
            }
            Owner::Decide(id) => self.in_version(
                &self.decides.get(id.as_ref())?.versions.get(path.version)?.1,
                path.part,
            ),
            Owner::Check(id) => self.line(&self.checks.get(id.as_ref())?.origin),
            Owner::Field(id) => {
                let fields = &self.set.subject.as_ref()?.fields;
                self.line(&fields.get(self.index.types.household.with_id(id)?)?.origin)
            }
            Owner::RecordField(table, id) => {
                let types = &self.index.types;
                let table = types.tables.with_id(table)?;
                let field = types.fields.get(table)?.with_id(id)?;
                self.line(&self.set.tables.get(table)?.fields.get(field)?.origin)
            }
            Owner::CodeColumn(table, id) => {
                let types = &self.index.types;
                let table = types.codes.with_id(table)?;
                let column = types.columns.get(table)?.with_id(id)?;
                self.line(&self.set.codes.get(table)?.columns.get(column)?.origin)
            }
            Owner::Case(at) => self.line(&self.set.cases.get(*at)?.origin),
            Owner::Disabled(at) => self.line(&self.set.disabled.get(*at)?.origin),
            Owner::Enum(id) => {
                let name = &self.set.enums.get(self.index.types.enums.with_id(id)?)?.name;
                self.declared(&["枚举", "等级", "enum", "grade"], name)
            }
            Owner::Codes(id) => {
                let name = &self.set.codes.get(self.index.types.codes.with_id(id)?)?.name;
                self.declared(&["代码表", "codes"], name)
            }
        }
    }

    fn in_version(&self, version: &Version, part: Part) -> Option<Span> {
        match part {
            Part::Header | Part::Bound(_) => self.line(&version.origin),
            Part::Applies => self.line(&version.applies.as_ref()?.origin),
            Part::Table(TableAt::Content | TableAt::Fade) => self.line(&version.content_origin),
            Part::Table(TableAt::Let(at) | TableAt::LetFade(at)) => {
                self.let_near(&version.origin, &version.lets.get(at)?.name)
            }
            Part::Row(at, row) => {
                let row = table_at(version, at)?.rows.get(row)?;
                self.text_in_line(&row.origin, &row.text)
            }
            Part::Cell(at, row, column) => {
                let row = table_at(version, at)?.rows.get(row)?;
                let keys = row.text.split(['：', ':']).next()?;
                self.text_in_line(&row.origin, keys.split([',', '，']).nth(column)?.trim())
            }
            Part::Result(at, row, column) => {
                let row = table_at(version, at)?.rows.get(row)?;
                let results = row.text.split(['：', ':']).nth(1)?;
                self.text_in_line(&row.origin, results.split([',', '，']).nth(column)?.trim())
            }
            Part::MatrixRow(row) | Part::MatrixCell(row, _) => match &version.content {
                Content::Matrix(it) => self.line(it.origins.get(row)?),
                _ => None,
            },
            Part::Condition(at) => match &version.content {
                Content::Condition(it) => self.text_near(&it.origin, it.texts.get(at)?),
                Content::List(it) => self.text_near(&it.admit.origin, it.admit.texts.get(at)?),
                _ => None,
            },
            Part::Remove(at) => match &version.content {
                Content::List(ListRule { remove: Some(it), .. }) => {
                    self.text_near(&it.origin, it.texts.get(at)?)
                }
                _ => None,
            },
            Part::Conditional(at) => self.line(&version.conditional.get(at)?.origin),
            Part::Accepted(at) => self.line(&version.accepted.get(at)?.origin),
            Part::Reason => self.line(&version.reason.as_ref()?.origin),
        }
    }

    /// The row or cell of the same version that this package changed by itself, the last one written;
    /// where the path leads to a changed place anyway there is none.
    fn changed_row(&self, path: &NodePath) -> Option<Span> {
        let version = match &path.owner {
            Owner::Decl(id) => self.index.decl_with_id(self.set, id)?.versions.get(path.version)?,
            Owner::Package
            | Owner::Decide(_)
            | Owner::Check(_)
            | Owner::Field(_)
            | Owner::RecordField(..)
            | Owner::CodeColumn(..)
            | Owner::Case(_)
            | Owner::Disabled(_)
            | Owner::Enum(_)
            | Owner::Codes(_) => return None,
        };
        let rows = |it: &Table| it.rows.iter().map(|it| it.origin.clone()).collect::<Vec<_>>();
        let (content, origins) = match &version.content {
            Content::Table(it) => (&version.content_origin, rows(it)),
            Content::Each(it) => (&version.content_origin, rows(&it.table)),
            Content::Matrix(it) => (&version.content_origin, it.origins.clone()),
            Content::Formula(_)
            | Content::Condition(_)
            | Content::Source(_)
            | Content::Parts
            | Content::List(_) => return None,
        };
        let changed = |it: &&Origin| {
            it.amendment.is_some() && it.package == self.set.id && it.place != content.place
        };
        let spans = origins.iter().filter(changed).filter_map(|it| self.line(it));
        // A line below the content belongs to a table that was written anew as a whole.
        let whole = content.amendment.is_some() && content.package == self.set.id;
        spans.max_by_key(|it| (it.file.0, it.start)).filter(|_| !whole)
    }

    /// The line that something stands on, without outer blanks.
    fn line(&self, origin: &Origin) -> Option<Span> {
        let (file, start, text) = self.text_of(origin, 0)?;
        let inner = text.trim();
        let before = text.len() - text.trim_start().len();
        Some(span(file, start + before, inner.len()))
    }

    /// A text inside the line; the whole line where it is not found there.
    fn text_in_line(&self, origin: &Origin, wanted: &str) -> Option<Span> {
        let (file, start, text) = self.text_of(origin, 0)?;
        match text.find(wanted).filter(|_| !wanted.is_empty()) {
            Some(at) => Some(span(file, start + at, wanted.len())),
            None => self.line(origin),
        }
    }

    /// A text on the line or on one of those below it.
    fn text_near(&self, origin: &Origin, wanted: &str) -> Option<Span> {
        for below in 0..100 {
            let Some((file, start, text)) = self.text_of(origin, below) else { break };
            if let Some(at) = text.find(wanted).filter(|_| !wanted.is_empty()) {
                return Some(span(file, start + at, wanted.len()));
            }
        }
        self.line(origin)
    }

    /// The line of a local value below the header of its declaration.
    fn let_near(&self, origin: &Origin, name: &str) -> Option<Span> {
        for below in 1..100 {
            let (file, start, text) = self.text_of(origin, below)?;
            let line = text.trim_start();
            if line.len() == text.len() && !line.is_empty() && !line.starts_with('#') {
                break;
            }
            let defined = ["取", "let"].into_iter().find_map(|it| line.strip_prefix(it));
            let rest = defined.and_then(|it| it.trim_start().strip_prefix(name));
            if rest.is_some_and(|it| it.trim_start().starts_with(['=', '＝'])) {
                return Some(span(file, start + text.len() - line.len(), line.trim_end().len()));
            }
        }
        None
    }

    /// The line at the margin that declares a name with one of these words. Types have no place of their own
    /// in the model.
    fn declared(&self, words: &[&str], name: &str) -> Option<Span> {
        let own = self.set.decls.iter().flat_map(|it| &it.versions).map(|it| &it.origin);
        let places = own.filter(|it| it.package == self.set.id).filter_map(|it| it.place.as_ref());
        let folder = |path: &str| path.rsplit_once('/').map_or("", |it| it.0).to_owned();
        let folders: BTreeSet<String> = places.map(|it| folder(&it.file)).collect();
        let mut files = self.files.iter().filter(|it| folders.contains(&folder(it.0)));
        files.find_map(|(_, file)| {
            (1..).map_while(|at| self.sources.file(*file)?.line(at)).find_map(|(start, line)| {
                let rest = words.iter().find_map(|it| line.strip_prefix(*it))?;
                let rest = rest.strip_prefix([' ', '\t', '　'])?.trim_start();
                let rest = rest.strip_prefix('「').unwrap_or(rest).strip_prefix(name)?;
                let ends = !rest.starts_with(|it: char| it.is_alphanumeric() || it == '_');
                ends.then(|| span(*file, start, line.trim_end().len()))
            })
        })
    }

    /// A line at or below the place: its file, its offset and its text.
    fn text_of(&self, origin: &Origin, below: usize) -> Option<(FileId, usize, &str)> {
        let place = origin.place.as_ref()?;
        let file = *self.files.get(place.file.as_str())?;
        let number = usize::try_from(place.line).ok()? + below;
        let (start, line) = self.sources.file(file)?.line(number)?;
        Some((file, start, line))
    }
}

fn table_at(version: &Version, at: TableAt) -> Option<&Table> {
    let (content, fade) = match at {
        TableAt::Content => (&version.content, false),
        TableAt::Fade => (&version.content, true),
        TableAt::Let(at) => (&version.lets.get(at)?.content, false),
        TableAt::LetFade(at) => (&version.lets.get(at)?.content, true),
    };
    match (content, fade) {
        (Content::Table(it), false) => Some(it),
        (Content::Each(it), false) => Some(&it.table),
        (Content::Each(it), true) => it.fade.as_ref(),
        _ => None,
    }
}

fn span(file: FileId, start: usize, length: usize) -> Span {
    let offset = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    Span { file, start: offset(start), end: offset(start + length) }
}
