//! Rules of data quality (校验): which households have to be looked at.

use heng_dsl::model::{Check, CheckScope};

use super::{At, Lowering, Rule};
use crate::columnar::plan::{DomainId, Gather, Kind, NodeId, Op, Question};
use crate::program::Program;

/// A rule in columns.
pub(in super::super) struct Lowered {
    /// Its number among the rules of all packages.
    pub(in super::super) rule: usize,
    /// Is it about this, and does it hold?
    pub(in super::super) told: [NodeId; 2],
    /// 是 for each household that may break it.
    pub(in super::super) doubt: NodeId,
    /// Is it about the household itself, and not about its records?
    pub(in super::super) is_own: bool,
}

impl<'p> Lowering<'p> {
    /// The rules about households or their records. Records that the as-of date does not see yet are asked, too:
    /// whoever looks at the household leaves them out.
    pub(in super::super) fn rules_of_households(&mut self, program: &'p Program) -> Vec<Lowered> {
        self.rules(program, |it| !matches!(it, CheckScope::Table(_)))
    }

    /// The rules about whole tables, as those of one household that has the records of all.
    pub(in super::super) fn rules_of_tables(&mut self, program: &'p Program) -> Vec<Lowered> {
        self.rules(program, |it| matches!(it, CheckScope::Table(_)))
    }

    fn rules(
        &mut self,
        program: &'p Program,
        wanted: impl Fn(&CheckScope) -> bool,
    ) -> Vec<Lowered> {
        let packages = program.linked().packages.iter();
        let all = packages.flat_map(|it| it.checks.iter().map(move |check| (&it.id, check)));
        let all = all.enumerate().filter(|it| wanted(&it.1.1.scope));
        let lowered = all.map(|(rule, (package, check))| {
            self.path = format!("{package}.{}", check.name);
            let own = vec![DomainId::HOUSEHOLDS];
            let CheckScope::Records(table) = &check.scope else {
                let (told, doubt) = self.doubt(check, own);
                return Lowered { rule, told, doubt, is_own: true };
            };
            let records = self.records(table.slot.index());
            let (told, doubt) = self.doubt(check, [own, vec![records]].concat());
            let doubt = self.graph.gather(Gather::Any, records, &[doubt], Kind::Bool);
            Lowered { rule, told, doubt, is_own: false }
        });
        lowered.collect()
    }

    /// Is a rule about this, does it hold; and is it about this, and not certain to hold?
    fn doubt(&mut self, check: &'p Check, start: Vec<DomainId>) -> ([NodeId; 2], NodeId) {
        let mut rule = Rule::new(&check.lets, start, None);
        let at = At::start(&rule);
        let mut concerned = self.bool(true);
        if let Some(applies) = &check.applies {
            concerned = self.condition(applies, &mut rule, &at);
        }
        let holds = self.expr(&check.require, &mut rule, &at);
        let told = [concerned, holds];
        let mut ask = |question, of| self.one(Op::Ask(question), of);
        let aside = ask(Question::IsFalse, concerned);
        let concerned = ask(Question::IsTrue, concerned);
        let kept = [ask(Question::IsTrue, holds), ask(Question::IsNotApplicable, holds)];
        let kept = self.graph.add(Op::UntilSettled(true), &kept, Kind::Bool, &at.bound);
        let kept =
            self.graph.add(Op::UntilSettled(false), &[concerned, kept], Kind::Bool, &at.bound);
        let sound = self.graph.add(Op::UntilSettled(true), &[aside, kept], Kind::Bool, &at.bound);
        (told, self.one(Op::Not, sound))
    }
}
