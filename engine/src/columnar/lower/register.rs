//! Functions of the register: what each household answers to them, a round before it asks.

use heng_dsl::model::Content;

use super::{At, Lowering, Rule};
use crate::columnar::plan::{DomainId, Kind, NodeId};
use crate::program::{Owner, Program, Site, SiteRule};

/// What every household is asked by a function of the register, or by the quota of a list.
#[derive(Debug)]
pub(in super::super) struct Question {
    /// The number of the function.
    pub(in super::super) site: usize,
    /// The round in which it is asked.
    pub(in super::super) round: u32,
    pub(in super::super) keys: Vec<NodeId>,
    /// Does the household count?
    pub(in super::super) counts: NodeId,
    pub(in super::super) arg: Option<NodeId>,
    /// What the function gives.
    pub(in super::super) kind: Kind,
}

impl Question {
    pub(in super::super) fn roots(&self) -> impl Iterator<Item = NodeId> {
        self.keys.iter().copied().chain([self.counts]).chain(self.arg)
    }

    pub(in super::super) fn nodes(&mut self) -> impl Iterator<Item = &mut NodeId> {
        self.keys.iter_mut().chain([&mut self.counts]).chain(&mut self.arg)
    }
}

impl<'p> Lowering<'p> {
    /// What is asked by each function, once the declarations are lowered.
    pub(in super::super) fn questions(&mut self, program: &'p Program) -> Vec<Question> {
        let sites = program.sites();
        sites.map(|(number, site)| self.asked(number, site)).collect()
    }

    fn asked(&mut self, number: usize, site: &'p Site) -> Question {
        let version = site.owner.version(self.linked);
        let lets = match (version, site.owner) {
            (Some(version), _) => &version.lets[..],
            (None, Owner::Check { package, number }) => {
                let checks = self.linked.packages.get(package).map(|it| &it.checks);
                checks.and_then(|it| it.get(number)).map_or(&[][..], |it| &it.lets)
            }
            (None, _) => &[],
        };
        let mut rule = Rule::new(lets, vec![DomainId::HOUSEHOLDS], None);
        let at = At::start(&rule);
        let mut question = Question {
            site: number,
            round: site.round,
            keys: Vec::new(),
            counts: self.bool(true),
            arg: None,
            kind: Kind::Bool,
        };
        // What is missing among those who are asked is no gap of the household that asks.
        self.remembered(|own| {
            match &site.rule {
                SiteRule::Function(function, ty) => {
                    question.kind = Kind::of(&ty.kind).unwrap_or(Kind::Bool);
                    for key in &function.keys {
                        question.keys.push(own.expr(key, &mut rule, &at));
                    }
                    if let Some(filter) = &function.filter {
                        question.counts = own.expr(filter, &mut rule, &at);
                    }
                    question.arg = function.arg.as_ref().map(|it| own.expr(it, &mut rule, &at));
                }
                SiteRule::Quota(quota) => {
                    for (key, _) in &quota.keys {
                        question.keys.push(own.expr(key, &mut rule, &at));
                    }
                    question.arg = Some(own.expr(&quota.top, &mut rule, &at));
                    question.counts = own.competes(site.owner, &mut rule, &at);
                }
            }
            question.counts
        });
        question
    }

    /// Does a household compete for the places of a list?
    fn competes(&mut self, owner: Owner, rule: &mut Rule<'p>, at: &At) -> NodeId {
        let (Owner::Decl { slot, .. }, Some(version)) = (owner, owner.version(self.linked)) else {
            return self.not_applicable(Kind::Bool);
        };
        let scope = self.scope(slot, at);
        let applies = version.applies.as_ref().map(|it| self.condition(it, rule, at));
        let mut counts = match &version.content {
            Content::List(it) => self.eligible(it, rule, at),
            _ => self.fault(heng_dsl::value::Fault::Type, Kind::Bool),
        };
        for guard in applies.into_iter().chain(scope) {
            counts = self.guarded(guard, counts);
        }
        counts
    }
}
