//! Mutants that no case noticed because there is nothing to notice: proved over all households.
//!
//! Everything that a mutant can change for a household is compared by [`crate::prove`], on each of the dates that
//! the cases have: what the changed rule is worth, or, where that is nothing of its own (a parameter, a set of
//! records), whatever reads it. Only what is proved is called equal, and the work is counted.

use std::collections::{BTreeMap, BTreeSet};

use heng_dsl::model::walk::{self, RefKind, Visitor};
use heng_dsl::model::{DeclKind, Expr, Id, Node, Ref};
use heng_dsl::value::Date;

use super::Mutant;
use super::judge::{Base, Judge};
use super::spot::Reach;
use crate::graph::Thing;
use crate::outcome::RuleId;
use crate::program::Program;
use crate::prove::{Budget, Worth, is_same};

/// What the proof of one mutant may cost on one date. Most take less than a hundredth of it.
const BUDGET: Budget = Budget {
    cells: 4_000,
    values: 40_000,
    words: 4_000_000,
    together: 0,
    combinations: 2_000,
    households: 0,
};

/// The rules as they are, and the dates on which mutants are compared with them.
pub(super) struct Certain<'j, 'p> {
    judge: &'j Judge<'p>,
    normal: Option<Program>,
    readers: BTreeMap<Thing, BTreeSet<Thing>>,
    /// Declarations that are read with the rules of another day.
    by_date: ByDate,
    pub(super) dates: Vec<Date>,
}

impl<'j, 'p> Certain<'j, 'p> {
    pub(super) fn new(judge: &'j Judge<'p>, bases: &[Base<'_>]) -> Self {
        let dates: BTreeSet<Date> = bases.iter().map(|it| it.case.as_of).collect();
        let graph = judge.program.graph();
        let mut readers: BTreeMap<Thing, BTreeSet<Thing>> = BTreeMap::new();
        for node in graph.nodes() {
            for (read, _) in graph.reads(node.thing) {
                readers.entry(read).or_default().insert(node.thing);
            }
        }
        let mut by_date = ByDate::default();
        judge.program.linked().decls().for_each(|it| walk::decl(it, &mut by_date));
        // As they stand: the normal form of rows that a mutant makes overlap is not what they mean.
        let normal = judge.lean();
        Self { judge, normal, readers, by_date, dates: dates.into_iter().collect() }
    }

    /// Is it proved that the mutant makes no difference to any household on any of the dates?
    pub(super) fn makes_no_difference(&self, mutant: &Mutant) -> bool {
        let Some(normal) = &self.normal else { return false };
        let Some(worths) = self.touched(mutant).filter(|it| !it.is_empty()) else { return false };
        let mutated = self.judge.mutated(mutant);
        let Some(mutated) = mutated else { return false };
        let worths: Vec<Worth> = worths.into_iter().collect();
        !self.dates.is_empty()
            && self.dates.iter().all(|it| is_same([normal, &mutated], &worths, *it, BUDGET))
    }

    /// What may come out otherwise for a household; nothing where that is more than can be compared.
    fn touched(&self, mutant: &Mutant) -> Option<BTreeSet<Worth>> {
        let linked = self.judge.program.linked();
        let (mut waiting, mut seen, mut out) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        match mutant.at.rule {
            RuleId::Decl(slot, _) => waiting.push(Thing::Decl(slot)),
            // What a determination does is seen at the grade, and what it asks at whether it hits.
            RuleId::Decide(target, ..) if matches!(mutant.reach, Reach::Hit(..)) => {
                waiting.push(Thing::Decl(target));
            }
            RuleId::Decide(target, number, _) => {
                let decide = linked.decides(target).nth(number)?;
                out.insert(self.worth(target, Some(&decide.id)));
            }
        }
        while let Some(thing) = waiting.pop() {
            if !seen.insert(thing) {
                continue;
            }
            match thing {
                Thing::Decl(slot) => {
                    let decl = linked.decl(slot);
                    let readers = || self.readers.get(&thing).into_iter().flatten().copied();
                    match &decl.kind {
                        DeclKind::Param | DeclKind::RecordSet | DeclKind::RecordValue { .. } => {
                            waiting.extend(readers());
                        }
                        _ => {
                            out.insert(self.worth(slot, None));
                            if self.by_date.0.contains(&slot) {
                                waiting.extend(readers());
                            }
                            // A weight does nothing to what it weighs.
                            if decl.versions.iter().any(|it| it.bounds.weight.is_some()) {
                                waiting.extend(readers().filter(|it| self.is_whole(*it)));
                            }
                        }
                    }
                }
                Thing::Decide(package, number) => {
                    let decide = linked.packages.get(package)?.decides.get(number)?;
                    let target = decide.target.slot.index();
                    out.insert(self.worth(target, Some(&decide.id)));
                }
                Thing::Check(..) | Thing::Scope(_) => return None,
                Thing::Field(_) | Thing::Table(_) | Thing::Column(..) | Thing::Codes(_) => {
                    waiting.extend(self.readers.get(&thing).into_iter().flatten().copied());
                }
            }
        }
        Some(out)
    }

    fn is_whole(&self, thing: Thing) -> bool {
        let Thing::Decl(slot) = thing else { return false };
        let kind = &self.judge.program.linked().decl(slot).kind;
        matches!(kind, DeclKind::Dimension { .. } | DeclKind::Total)
    }

    fn worth(&self, slot: usize, decide: Option<&Id>) -> Worth {
        let linked = self.judge.program.linked();
        Worth {
            package: linked.name_of(linked.package_of(slot)),
            decl: linked.decl(slot).id.clone(),
            decide: decide.cloned(),
        }
    }
}

#[derive(Default)]
struct ByDate(BTreeSet<usize>);

impl Visitor for ByDate {
    fn reference(&mut self, _: RefKind, _: &Ref, _: bool) {}

    fn expr(&mut self, expr: &Expr) {
        if let Node::AtDate { decl, .. } = &expr.node {
            self.0.insert(decl.slot.index());
        }
    }
}

#[cfg(test)]
mod tests {
    use heng_dsl::check::check;
    use heng_dsl::model::linked::LinkTable;
    use heng_dsl::world::MemoryWorld;

    use super::{Certain, Judge, Program};
    use crate::mutate::judge::Verdict;
    use crate::run::STACK_BYTES;

    const MEAN: &str = r#"规则集 例 版本 1
主体 户
  代码：文本 主键
记录 评价 按 评价月 整户更新
  评价月：日期
  评分：小数 1 位
指标 平台评分 满分 15
  取 均分 = 平均(评价 其中 近 6 个月, 评分)
  评分 按 均分
    4.5 以上：0
    4 以上不满 4.5：5
    不满 4：15
    缺失：0
指标 有无 满分 5
  评分 按 计数(评价)
    0：0
    1 条以上：5
用例 "一" 基准日 2026-06-01
  给定 评价
    评价月：2026-05-01, 评分：4.5
  期望 平台评分：0, 有无：5
"#;

    const RULES: &str = r#"规则集 例 版本 1
等级 风险：A、B、C
主体 户
  代码：文本 主键
  人数：整数 可缺
记录 处罚 按 决定日期
  文号：文本 主键
  决定日期：日期
  金额：金额
参数 观察期 = 24 个月
参数 大额 = 1 万元
值 计入 = 处罚 其中 近 观察期
维度 守法 满分 30
维度 规模 满分 20
指标 次数 属于 守法 满分 15
  评分 按 计数(计入)
    0：0
    1：10
    2 以上：15
指标 轻重 属于 守法 上限 15
  评分 逐条 计入 按 金额
    不满 大额：5
    大额 以上：15
指标 人手 属于 规模 满分 20
  评分 按 人数
    不满 3：0
    3 至 9：10
    10 以上：20
    缺失：0
分类 总评 为 风险 按 总分
  不满 20：A
  20 以上不满 40：B
  40 以上：C
直接判定 大罚 总评 上调 1 级 不超过 B
  当 存在(计入 其中 金额 ≥ 大额)
标注 有罚
  当 计数(计入) > 0
用例 "没有" 基准日 2026-06-01
  给定 人数：2 人
  期望 次数：0, 轻重：0, 人手：0, 总评：A, 有罚：否
用例 "一条" 基准日 2026-06-01
  给定 人数：3 人
  给定 处罚
    文号："甲", 决定日期：2025-06-01, 金额：1 万元
  期望 次数：10, 轻重：15, 人手：10, 总评：B, 有罚：是
用例 "两条" 基准日 2026-06-30
  给定 人数：10 人
  给定 处罚
    文号："甲", 决定日期：2024-07-01, 金额：9000 元
    文号："乙", 决定日期：2024-06-30, 金额：1 万元
    文号："丙", 决定日期：2026-06-30, 金额：9000 元
  期望 次数：15, 轻重：10, 人手：20, 总评：C, 有罚：是
"#;

    /// What is proved to make no difference; nothing that a case notices is.
    fn proved(rules: &'static str) -> Vec<String> {
        let work = || {
            let world = MemoryWorld::default().with("例/例.heng", rules);
            let checked = check(&world, &["例".to_owned()], &LinkTable::new());
            let program = Program::new(checked.linked.unwrap()).unwrap();
            let judge = Judge::new(&program, 0);
            let (bases, failing) = judge.bases(&program.linked().packages[0].cases);
            assert!(!bases.is_empty() && failing == 0);
            let certain = Certain::new(&judge, &bases);
            let mut proved = Vec::new();
            for mutant in judge.mutants() {
                let is_proved = certain.makes_no_difference(&mutant);
                let words = format!("{} {} {}", mutant.at.name, mutant.at.text, mutant.words.zh);
                if matches!(judge.verdict(&mutant, &bases), Verdict::Killed) {
                    assert!(!is_proved, "{words}");
                } else if is_proved {
                    proved.push(words);
                }
            }
            proved
        };
        let on_deep_stack = std::thread::Builder::new().stack_size(STACK_BYTES);
        on_deep_stack.spawn(work).unwrap().join().unwrap()
    }

    /// What a case notices is not proved to make no difference; what a cap or an earlier row hides is.
    #[test]
    fn nothing_that_is_noticed_is_proved_away() {
        assert!(!proved(RULES).is_empty());
    }

    /// A mean has four more places than what it is taken of, and so has the number next to a bound: ten thousand
    /// records have the mean 4.49999.
    #[test]
    fn a_bound_moved_by_less_than_its_own_places_makes_a_difference() {
        let proved = proved(MEAN);
        assert!(!proved.iter().any(|it| it.contains("4.49999")), "{proved:#?}");
        assert!(proved.iter().any(|it| it.contains("1 条")), "{proved:#?}");
    }
}
