//! Rules of data quality (校验): which households have to be looked at.

use heng_dsl::model::{Check, CheckScope};

use super::{At, Lowering, Rule};
use crate::columnar::plan::{DomainId, Gather, Kind, NodeId, Op, Question};
use crate::program::Program;

impl<'p> Lowering<'p> {
    /// For each rule about households or their records: 是 where one of them may break it. Records that the as-of
    /// date does not see yet are asked, too: whoever looks at the household leaves them out.
    pub(in super::super) fn doubts(&mut self, program: &'p Program) -> Vec<NodeId> {
        let mut doubts = Vec::new();
        for package in &program.linked().packages {
            for check in &package.checks {
                self.path = format!("{}.{}", package.id, check.name);
                match &check.scope {
                    CheckScope::Household => {
                        doubts.push(self.doubt(check, vec![DomainId::HOUSEHOLDS]));
                    }
                    CheckScope::Records(table) => {
                        let records = self.records(table.slot.index());
                        let doubt = self.doubt(check, vec![DomainId::HOUSEHOLDS, records]);
                        doubts.push(self.graph.gather(Gather::Any, records, &[doubt], Kind::Bool));
                    }
                    CheckScope::Table(_) => {}
                }
            }
        }
        doubts
    }

    /// Is a rule about this, and not certain to hold?
    fn doubt(&mut self, check: &'p Check, start: Vec<DomainId>) -> NodeId {
        let mut rule = Rule::new(&check.lets, start, None);
        let at = At::start(&rule);
        let mut concerned = self.bool(true);
        if let Some(applies) = &check.applies {
            concerned = self.condition(applies, &mut rule, &at);
        }
        let holds = self.expr(&check.require, &mut rule, &at);
        let mut ask = |question, of| self.one(Op::Ask(question), of);
        let aside = ask(Question::IsFalse, concerned);
        let concerned = ask(Question::IsTrue, concerned);
        let kept = [ask(Question::IsTrue, holds), ask(Question::IsNotApplicable, holds)];
        let kept = self.graph.add(Op::UntilSettled(true), &kept, Kind::Bool, &at.bound);
        let kept =
            self.graph.add(Op::UntilSettled(false), &[concerned, kept], Kind::Bool, &at.bound);
        let sound = self.graph.add(Op::UntilSettled(true), &[aside, kept], Kind::Bool, &at.bound);
        self.one(Op::Not, sound)
    }
}
