//! Declarations and their headers.

use super::{Builder, Pair, expr, find, first, has, hole};
use crate::span::Span;
use crate::syntax::ast::{
    Attr, AttrKind, BoundWord, Decl, DeclKind, Line, LineKind, Member, Name, Promise, Text,
};
use crate::syntax::keywords;
use crate::syntax::literal;
use crate::syntax::rules::Rule;

impl Builder {
    /// `decl = { ruleset | uses | … | general }`
    pub(in crate::syntax) fn decl(&mut self, pair: Pair<'_>) -> Option<Decl> {
        let span = self.span(&pair);
        let body = first(pair)?;
        let mut word = first(body.clone())?;
        if word.as_rule() == Rule::general_kind {
            word = first(word)?;
        }
        let kind = keywords::declared_by(word.as_rule())?;
        let target = find(body.clone(), Rule::any_kind).and_then(declared);
        let mut decl = Decl {
            kind,
            target,
            name: Name { text: String::new(), span: self.span(&word).behind() },
            title: None,
            attrs: Vec::new(),
            lines: Vec::new(),
            span,
            broken: false,
        };
        let mut named = kind == DeclKind::Guarantee;
        for part in body.into_inner() {
            self.part(part, &mut decl, &mut named);
        }
        decl.broken = self.lost;
        Some(decl)
    }

    /// `amend_edit = { k_amend? ~ any_kind ~ path ~ … }` and `disable_edit`: the amendment, and the
    /// rule set that its path names in front.
    pub(in crate::syntax) fn edit(&mut self, pair: Pair<'_>) -> Option<(Option<Name>, Decl)> {
        let span = self.span(&pair);
        let body = pair.into_inner().find(|it| it.as_rule() != Rule::nl)?;
        let disables = body.as_rule() == Rule::disable_edit;
        let mut names = self.path_in(body.clone()).names;
        let name = names.pop()?;
        let package = names.first().cloned().map(|first| Name {
            text: names.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join("."),
            span: Span { end: names.last().map_or(first.span.end, |it| it.span.end), ..first.span },
        });
        let mut decl = Decl {
            kind: if disables { DeclKind::Disable } else { DeclKind::Amend },
            target: find(body.clone(), Rule::any_kind).and_then(declared),
            name,
            title: None,
            attrs: Vec::new(),
            lines: Vec::new(),
            span,
            broken: false,
        };
        let mut named = true;
        for part in body.into_inner() {
            self.part(part, &mut decl, &mut named);
        }
        decl.broken = self.lost;
        Some((package, decl))
    }

    /// One part of a declaration.
    fn part(&mut self, part: Pair<'_>, decl: &mut Decl, named: &mut bool) {
        let span = self.span(&part);
        match part.as_rule() {
            Rule::name if !*named => {
                decl.name = self.name(&part);
                *named = true;
            }
            Rule::string if decl.kind == DeclKind::Case => {
                let title = self.string(part);
                decl.name = Name { text: title.text, span: title.span };
            }
            Rule::string => decl.title = Some(self.string(part)),
            Rule::def => {
                let (def, span) = self.header_def(part);
                decl.lines.push(Line { kind: LineKind::Def(def), span });
            }
            Rule::parted => {
                let (prose, def) = self.parted(part);
                decl.lines.extend(prose);
                decl.lines.push(Line { kind: LineKind::Def(def), span });
            }
            Rule::members => {
                let kind = LineKind::Members(self.members(part));
                decl.lines.push(Line { kind, span });
            }
            Rule::promise => match self.promise(part) {
                Some(promise) => decl.lines.push(Line { kind: LineKind::Promise(promise), span }),
                None => self.lost = true,
            },
            Rule::clause
            | Rule::data_line
            | Rule::action_line
            | Rule::clause_line
            | Rule::ruleset_line
            | Rule::amend_head
            | Rule::amend_line
            | Rule::case_line
            | Rule::text_clause => match self.line(part) {
                Some(line) => decl.lines.push(line),
                None => self.lost = true,
            },
            _ => {
                if let Some(kind) = self.attr(part) {
                    decl.attrs.push(Attr { kind, span });
                }
            }
        }
    }

    /// A part of a header; nothing for the words between.
    fn attr(&mut self, pair: Pair<'_>) -> Option<AttrKind> {
        Some(match pair.as_rule() {
            Rule::attr
            | Rule::data_attr
            | Rule::codes_attr
            | Rule::decide_attr
            | Rule::amend_attr
            | Rule::case_attr => return first(pair).and_then(|it| self.attr(it)),
            Rule::alias => AttrKind::Alias(self.name_in(pair)),
            Rule::edition => {
                AttrKind::Version(find(pair, Rule::version).map(|it| self.version(&it))?)
            }
            Rule::version => AttrKind::Version(self.version(&pair)),
            Rule::member_of => AttrKind::In(self.path_in(pair)),
            Rule::about => {
                AttrKind::For { whole: has(&pair, Rule::k_whole), table: self.name_in(pair) }
            }
            Rule::class => AttrKind::Class(self.name_in(pair)),
            Rule::result_type => AttrKind::As(self.path_in(pair)),
            Rule::bound => self.bound(pair)?,
            Rule::level => AttrKind::Level(self.name_in(pair)),
            Rule::dispatch => AttrKind::Dispatch(self.name_in(pair)),
            Rule::order_by => {
                let names = expr::parts(pair, Rule::name);
                AttrKind::Order(names.iter().map(|it| self.name(it)).collect())
            }
            Rule::table_file => AttrKind::File(self.string_in(pair)),
            Rule::k_prefixed => AttrKind::Prefixed,
            Rule::k_more => AttrKind::More,
            Rule::since => AttrKind::Since(self.name_in(pair)),
            Rule::k_replacing => AttrKind::Replacing,
            Rule::effect => AttrKind::Effect(self.effect(pair)),
            Rule::k_first => AttrKind::First,
            Rule::k_add_up => AttrKind::AddUp,
            Rule::because => AttrKind::Because(self.prose_in(pair)),
            Rule::case_date => AttrKind::AsOf(self.date_in(pair)?),
            Rule::case_like => AttrKind::Like(self.string_in(pair)),
            _ => return None,
        })
    }

    /// `version = @{ (ASCII_ALPHANUMERIC | digit | "." | "-")+ }`
    fn version(&self, pair: &Pair<'_>) -> Text {
        Text { text: literal::fold(pair.as_str()), span: self.span(pair) }
    }

    /// `bound = { bound_word ~ limit_value }`
    fn bound(&mut self, pair: Pair<'_>) -> Option<AttrKind> {
        let span = self.span(&pair);
        let word = match find(pair.clone(), Rule::bound_word).and_then(first)?.as_rule() {
            Rule::k_max => BoundWord::Max,
            Rule::k_cap => BoundWord::Cap,
            Rule::k_floor => BoundWord::Floor,
            Rule::k_base => BoundWord::Base,
            _ => BoundWord::Weight,
        };
        let value = find(pair, Rule::limit_value);
        Some(AttrKind::Bound(word, value.map_or_else(|| hole(span), |it| self.limit_value(it))))
    }

    /// `members = { colon ~ member ~ ((pause | comma) ~ member)* }`
    fn members(&self, pair: Pair<'_>) -> Vec<Member> {
        expr::parts(pair, Rule::member).into_iter().map(|it| self.member(it)).collect()
    }

    /// `member = { name ~ string? ~ name? }`
    fn member(&self, pair: Pair<'_>) -> Member {
        let span = self.span(&pair);
        let label = find(pair.clone(), Rule::string).map(|it| self.string(it));
        let mut names = expr::parts(pair, Rule::name).into_iter();
        let name = self.name_or(names.next(), span);
        Member { name, label, colour: names.next().map(|it| self.name(&it)) }
    }

    /// `promise = { promise_records | promise_reachable | … }`
    fn promise(&mut self, pair: Pair<'_>) -> Option<Promise> {
        let promise = first(pair)?;
        let worsens = has(&promise, Rule::k_no_worse);
        let mut paths = expr::parts(promise.clone(), Rule::path).into_iter();
        let mut path = || paths.next().map(|it| self.path(&it));
        Some(match promise.as_rule() {
            Rule::promise_records => Promise::Records {
                adding: has(&promise, Rule::k_adding),
                target: path()?,
                table: self.name_in(promise),
                worsens,
            },
            Rule::promise_reachable => Promise::Reachable(path()?),
            Rule::promise_implies => {
                let mut sides = expr::parts(promise, Rule::expr).into_iter();
                let (condition, conclusion) = (sides.next()?, sides.next()?);
                Promise::Implies(self.expr(condition), self.expr(conclusion))
            }
            Rule::promise_against => {
                let (set, target) = (path()?, path()?);
                let by = find(promise, Rule::numlit).map(|it| self.numlit(it))?;
                Promise::Against { set, target, by }
            }
            Rule::promise_worsening => {
                Promise::Worsening { cause: path()?, worsens, target: path()? }
            }
            Rule::promise_apart => {
                let mut names = expr::parts(promise, Rule::name).into_iter();
                let (first, second) = (names.next()?, names.next()?);
                Promise::Apart { first: self.name(&first), second: self.name(&second) }
            }
            _ => return None,
        })
    }

    /// What is known of a declaration whose body could not be read: `head`.
    pub(in crate::syntax) fn head(&mut self, pair: Pair<'_>, span: Span) -> Option<Decl> {
        let mut kinds = Vec::new();
        let (mut name, mut title) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::string => title = Some(self.string(part)),
                Rule::any_kind => kinds.extend(declared(part)),
                rule => kinds.extend(keywords::declared_by(rule)),
            }
        }
        let mut kinds = kinds.into_iter();
        let kind = kinds.next()?;
        if kind == DeclKind::Guarantee {
            name = None;
        }
        let titled = title.map(|it| Name { text: it.text, span: it.span });
        let nameless = Name { text: String::new(), span: Span { end: span.start, ..span } };
        Some(Decl {
            kind,
            target: kinds.next(),
            name: name.or(titled).unwrap_or(nameless),
            title: None,
            attrs: Vec::new(),
            lines: Vec::new(),
            span,
            broken: true,
        })
    }
}

/// `any_kind`, as what it declares.
pub(super) fn declared(pair: Pair<'_>) -> Option<DeclKind> {
    let mut word = first(pair)?;
    if word.as_rule() == Rule::general_kind {
        word = first(word)?;
    }
    keywords::declared_by(word.as_rule())
}
