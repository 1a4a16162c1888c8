//! Declarations: the header, and the lines in their order with the comments that belong to them.

use super::super::ast::{Attr, AttrKind, Comment, Decl, DeclKind, Def, Line, LineKind, Text, When};
use super::super::rules::Rule;
use super::super::spelling::Spelling;
use super::line::bound_word;
use super::page::STEP;
use super::{Writer, order};

/// A line with what the author put around it.
struct Placed<'d, 't> {
    line: &'d Line,
    /// The comments above it.
    above: &'t [Comment],
    /// The comment behind its end.
    behind: Option<&'t Comment>,
}

impl<'t> Writer<'t> {
    /// A declaration whose text, with its last comments, ends at `end`.
    pub(super) fn decl(&mut self, it: &Decl, end: u32) {
        let (comment, mut lines, last) = self.placed(it, end);
        let header = it.span.start;
        lines.sort_by_key(|it| order::line(&it.line.kind));
        let joined = self.joined(it, &lines).map(|at| lines.remove(at));
        let (above, behind) = match &joined {
            // The comment behind a header that goes on with another line stands above both.
            Some(line) => (comment.into_iter().chain(line.above).collect(), line.behind),
            None => (Vec::new(), comment),
        };
        for it in above {
            self.page.comment(0, it);
        }
        self.page.start(0);
        self.header(it);
        if let Some(Placed { line, .. }) = &joined {
            if !matches!(line.kind, LineKind::Members(_)) {
                self.put(" ");
            }
            self.line(line);
        }
        for reason in it.attrs.iter().filter(|it| is_reason(&it.kind)) {
            self.attr(it, &reason.kind);
        }
        self.comments(behind);
        for it in lines {
            self.comments(it.above);
            // What stood on the line of the header does not bring the empty line above it along.
            if self.page.is_broken(header, it.line.span.start) {
                self.page.start_at(STEP, it.line.span.start);
            } else {
                self.page.start(STEP);
            }
            self.line(it.line);
            self.comments(it.behind);
        }
        self.comments(last);
    }

    fn comments<'c>(&mut self, them: impl IntoIterator<Item = &'c Comment>) {
        for it in them {
            self.page.comment(STEP, it);
        }
    }

    /// The comment behind the header, the lines with theirs, and the last comments.
    fn placed<'d>(
        &self,
        it: &'d Decl,
        end: u32,
    ) -> (Option<&'t Comment>, Vec<Placed<'d, 't>>, &'t [Comment]) {
        let (mut header, mut lines) = (None, Vec::<Placed<'d, 't>>::new());
        let mut from = header_end(it);
        let mut settle = |lines: &mut Vec<Placed<'d, 't>>, found: &'t [Comment]| {
            let Some((first, rest)) = found.split_first().filter(|it| it.0.trailing) else {
                return found;
            };
            match lines.last_mut() {
                Some(line) => line.behind = Some(first),
                None => header = Some(first),
            }
            rest
        };
        for line in &it.lines {
            let above = settle(&mut lines, self.page.between(from, line.span.start));
            lines.push(Placed { line, above, behind: None });
            from = line.span.end;
        }
        let last = settle(&mut lines, self.page.between(from, end));
        (header, lines, last)
    }

    /// The line that stands on the line of the header. What is promised and listed always does, a
    /// formula unless it reads local names, and a table if nothing has to come before it but a list of
    /// conditions, of which its first word would look like one more. An amendment says what it changes
    /// on the line of its header where the author put it there.
    fn joined(&self, decl: &Decl, lines: &[Placed<'_, '_>]) -> Option<usize> {
        let local = lines.iter().any(|it| matches!(it.line.kind, LineKind::Let(..)));
        let holds = holds_definition(decl.kind);
        let listed = |at: usize| {
            let above = at.checked_sub(1).and_then(|it| lines.get(it)).map(|it| &it.line.kind);
            above.is_none_or(|it| matches!(it, LineKind::Applies(When::Any(_) | When::All(_))))
        };
        let stands = |at: usize, it: &Line| match &it.kind {
            LineKind::Members(_) | LineKind::Promise(_) => true,
            LineKind::Def(Def::Formula(_)) if holds => !local,
            LineKind::Def(Def::Table(_) | Def::Matrix(_)) if holds => listed(at),
            _ => {
                decl.kind == DeclKind::Amend
                    && !self.page.is_broken(decl.name.span.end, it.span.end)
            }
        };
        lines.iter().enumerate().position(|(at, it)| stands(at, it.line))
    }

    /// The header without the reason of an amendment, which is its end.
    fn header(&mut self, it: &Decl) {
        let Decl { kind, target, name, title, attrs, lines: _, span: _, broken: _ } = it;
        self.put(self.to.declaration(*kind));
        if let Some(target) = target {
            self.put(" ");
            self.put(self.to.declaration(*target));
        }
        match kind {
            DeclKind::Case => {
                self.put(" ");
                self.quoted(&name.text);
            }
            DeclKind::Guarantee => {}
            _ => {
                self.put(" ");
                self.name(name);
            }
        }
        if let Some(title) = title {
            self.put(" ");
            self.quoted(&title.text);
        }
        let mut attrs: Vec<&Attr> = attrs.iter().filter(|it| !is_reason(&it.kind)).collect();
        attrs.sort_by_key(|attr| order::attr(*kind, &attr.kind));
        for attr in attrs {
            self.attr(it, &attr.kind);
        }
    }

    fn attr(&mut self, decl: &Decl, it: &AttrKind) {
        match it {
            AttrKind::Version(text) if decl.kind == DeclKind::Ruleset => {
                self.spaced(Rule::k_version);
                self.put(&text.text);
            }
            AttrKind::Version(text) => {
                self.put("@");
                self.put(&text.text);
            }
            AttrKind::Alias(name) => self.named(Rule::k_alias, name),
            AttrKind::In(path) => self.pathed(Rule::k_in, path),
            AttrKind::For { whole: true, table } => {
                self.marked(Rule::k_for);
                self.named(Rule::k_whole, table);
            }
            AttrKind::For { whole: false, table } => self.named(Rule::k_for, table),
            AttrKind::Class(name) => self.named(Rule::k_class, name),
            AttrKind::As(path) => self.pathed(Rule::k_as, path),
            AttrKind::Bound(word, value) => {
                self.spaced(bound_word(*word));
                self.expr(value);
            }
            AttrKind::Level(name) if decl.target.unwrap_or(decl.kind) == DeclKind::Check => {
                self.spaced(Rule::k_level);
                self.translated(name, Spelling::level);
            }
            AttrKind::Level(name) => self.named(Rule::k_level, name),
            AttrKind::Dispatch(name) => self.named(Rule::k_dispatch, name),
            AttrKind::Order(names) => {
                self.spaced(Rule::k_by);
                self.comma_separated(names, Self::name);
            }
            AttrKind::File(text) => self.told(Rule::k_file, text),
            AttrKind::Prefixed => self.marked(Rule::k_prefixed),
            AttrKind::More => self.marked(Rule::k_more),
            AttrKind::Since(name) => self.named(Rule::k_from, name),
            AttrKind::Replacing => self.marked(Rule::k_replacing),
            AttrKind::Effect(it) => {
                self.put(" ");
                self.effect(it);
            }
            AttrKind::First => self.marked(Rule::k_first),
            AttrKind::AddUp => self.marked(Rule::k_add_up),
            AttrKind::Because(text) => {
                self.spaced(Rule::k_because);
                self.put(&text.text);
            }
            AttrKind::AsOf(date) => {
                self.spaced(Rule::k_as_of);
                self.put(&date.to_string());
            }
            AttrKind::Like(text) => self.told(Rule::k_like, text),
        }
    }

    fn told(&mut self, word: Rule, text: &Text) {
        self.spaced(word);
        self.quoted(&text.text);
    }
}

/// 因 …
fn is_reason(it: &AttrKind) -> bool {
    matches!(it, AttrKind::Because(_))
}

/// Where the header ends that the author wrote, without a definition on its line.
fn header_end(it: &Decl) -> u32 {
    let title = it.title.as_ref().map_or(0, |it| it.span.end);
    let attrs = it.attrs.iter().map(|it| it.span.end).max().unwrap_or(0);
    it.name.span.end.max(title).max(attrs)
}

/// May `= …` or a table stand on the line of the header?
fn holds_definition(kind: DeclKind) -> bool {
    match kind {
        DeclKind::Param
        | DeclKind::Value
        | DeclKind::Dimension
        | DeclKind::Indicator
        | DeclKind::Classify
        | DeclKind::Tag
        | DeclKind::Alert
        | DeclKind::Measure
        | DeclKind::List
        | DeclKind::Check
        | DeclKind::Fuse
        | DeclKind::Overlay
        | DeclKind::Merge => true,
        DeclKind::Ruleset
        | DeclKind::Use
        | DeclKind::Extends
        | DeclKind::Subject
        | DeclKind::Records
        | DeclKind::Enum
        | DeclKind::Grade
        | DeclKind::Codes
        | DeclKind::Decide
        | DeclKind::Amend
        | DeclKind::Disable
        | DeclKind::Action
        | DeclKind::Clause
        | DeclKind::Case
        | DeclKind::Guarantee => false,
    }
}
