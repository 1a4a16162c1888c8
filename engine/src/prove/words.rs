//! A proof as a reviewer reads it.

use heng_dsl::diag::Lang;
use heng_dsl::model::Id;

use super::report::{
    Free, Incomparable, Outcome, Proof, Subject, Tier, Transition, Verdict, Witness, WitnessRecord,
};
use crate::explain::Said;

pub(super) fn pick<'t>(lang: Lang, zh: &'t str, en: &'t str) -> &'t str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

impl Proof {
    /// The whole, a line each, without a line end at its end.
    pub fn text(&self, lang: Lang) -> String {
        let mut summary = self.summary(lang).into_iter();
        let mut lines: Vec<String> = summary.next().into_iter().collect();
        for it in &self.possible {
            lines.extend(self.example(it, lang));
        }
        lines.extend(summary.map(|it| format!("  {it}")));
        lines.join("\n")
    }

    /// All of it but the households, a sentence each; the first is the verdict.
    pub fn summary(&self, lang: Lang) -> Vec<String> {
        let mut lines = vec![self.verdict(lang)];
        if !self.open.is_empty() && self.verdict != Verdict::Follows {
            let open = self.pairs(self.open.iter().copied(), lang);
            lines.push(match lang {
                Lang::Zh => format!("未判定：{open}；没有证明不可能，也没有找到这样的户"),
                Lang::En => format!("not decided: {open}; neither proved impossible nor found"),
            });
        }
        if !self.numeric.is_empty() {
            let pairs = self.pairs(self.numeric.iter().copied(), lang);
            lines.push(match lang {
                Lang::Zh => format!("未发现（数值证明）：{pairs}；浮点计算说没有这样的户，不算证明"),
                Lang::En => format!(
                    "not found (numerical proof): {pairs}; floating-point arithmetic says that there is no such household, which is no proof"
                ),
            });
        }
        if let Some(it) = &self.gave_up {
            let why = it.reason.words();
            let rule = it.rule.as_ref().map_or(String::new(), |it| match lang {
                Lang::Zh => format!("“{it}”："),
                Lang::En => format!("“{it}”: "),
            });
            let why = pick(lang, &why.zh, &why.en);
            lines.push(match lang {
                Lang::Zh => format!("没有证明：{rule}{why}；只搜索了{}户", self.households),
                Lang::En => {
                    format!(
                        "nothing was proved: {rule}{why}; {} households were tried",
                        self.households
                    )
                }
            });
        }
        lines.extend(self.free.iter().map(|it| free(*it, lang).to_owned()));
        lines
    }

    /// The first line: what is certain, and by what means.
    pub fn verdict(&self, lang: Lang) -> String {
        let grade = self.name(lang);
        let means = match (self.tier, lang) {
            (Tier::SameMeaning, Lang::Zh) => "规范形式相同".to_owned(),
            (Tier::SameMeaning, Lang::En) => "equal normal forms".to_owned(),
            (Tier::DynamicProgramme, Lang::Zh) => format!("穷尽动态规划，{}种情形", self.cells),
            (Tier::DynamicProgramme, Lang::En) => {
                format!("exhaustive dynamic programming, {} cases", self.cells)
            }
            (Tier::Linear, Lang::Zh) => "混合整数规划，浮点计算".to_owned(),
            (Tier::Linear, Lang::En) => {
                "mixed-integer linear programming, in floating point".to_owned()
            }
            (Tier::Search, Lang::Zh) => "只有搜索".to_owned(),
            (Tier::Search, Lang::En) => "search only".to_owned(),
        };
        let changes = self.pairs(self.possible.iter().map(|it| (it.from, it.to)), lang);
        let open = self.pairs(self.open.iter().copied(), lang);
        let said = match (self.verdict, lang) {
            (Verdict::Equal, Lang::Zh) => "每一户的结果都相同".to_owned(),
            (Verdict::Equal, Lang::En) => "every household has the same result".to_owned(),
            (Verdict::Transitions, Lang::Zh) => {
                format!(
                    "只可能出现 {changes}，其余的变化都不可能；每种附一户为例，已用参考求值器核对"
                )
            }
            (Verdict::Transitions, Lang::En) => format!(
                "only {changes} can happen, no other change can; a household shows each, checked by the reference evaluator"
            ),
            (Verdict::Follows, Lang::Zh) => {
                format!("自身没有改，只随所读的等级（{}）变，最多 {open}", self.follows.join("、"))
            }
            (Verdict::Follows, Lang::En) => format!(
                "its own rule is the same; it follows the grades that it reads ({}), at most {open}",
                self.follows.join(", ")
            ),
            (Verdict::NotDecided, Lang::Zh) if self.possible.is_empty() => "没有判定".to_owned(),
            (Verdict::NotDecided, Lang::En) if self.possible.is_empty() => "not decided".to_owned(),
            (Verdict::NotDecided, Lang::Zh) => {
                format!("没有全部判定；已经找到 {changes}，各附一户为例，已用参考求值器核对")
            }
            (Verdict::NotDecided, Lang::En) => format!(
                "not wholly decided; {changes} were found, a household shows each, checked by the reference evaluator"
            ),
        };
        match lang {
            Lang::Zh => format!("{grade}，对所有可能的户（{means}）：{said}"),
            Lang::En => {
                format!("{grade}, over all households that there could be ({means}): {said}")
            }
        }
    }

    /// What it is about: a grade by its name, anything else with what it is.
    pub fn name(&self, lang: Lang) -> String {
        let (name, what) = (&self.grade.name, self.subject.words());
        match (self.subject, lang) {
            (Subject::Grade, _) => name.to_string(),
            (_, Lang::Zh) => format!("{}“{name}”", what.zh),
            (_, Lang::En) => format!("{} “{name}”", what.en),
        }
    }

    /// A transition by the names of its grades: `B→C`; of what holds or does not: `否→是`.
    pub fn pair(&self, from: Outcome, to: Outcome, lang: Lang) -> String {
        let name = |it: Outcome| {
            let words = it.name(&self.members);
            pick(lang, &words.zh, &words.en).to_owned()
        };
        format!("{}→{}", name(from), name(to))
    }

    fn pairs(&self, all: impl Iterator<Item = (Outcome, Outcome)>, lang: Lang) -> String {
        let all: Vec<String> = all.map(|it| self.pair(it.0, it.1, lang)).collect();
        all.join(pick(lang, "、", ", "))
    }

    fn example(&self, it: &Transition, lang: Lang) -> Vec<String> {
        let pair = self.pair(it.from, it.to, lang);
        let mut lines = it.witness.facts(lang);
        if let Some(first) = lines.first_mut() {
            *first = format!("  {pair} {first}");
        }
        lines.iter_mut().skip(1).for_each(|it| *it = format!("    {it}"));
        lines.push(format!("    {}", it.witness.results(true, lang)));
        lines
    }
}

impl Witness {
    /// Its fields, then each of its records, a line each.
    pub fn facts(&self, lang: Lang) -> Vec<String> {
        let first = listed(&self.fields, lang);
        std::iter::once(first).chain(self.records.iter().map(|it| it.text(lang))).collect()
    }

    /// What it gets; `both`: on both sides, else on the new one.
    pub fn results(&self, both: bool, lang: Lang) -> String {
        let told = self.values.iter().map(|it| {
            if both {
                format!("{} {} → {}", it.name, it.old.of(lang), it.new.of(lang))
            } else {
                format!("{} {}", it.name, it.new.of(lang))
            }
        });
        told.collect::<Vec<_>>().join(pick(lang, "；", "; "))
    }
}

impl WitnessRecord {
    /// The table and the fields, in one line.
    pub fn text(&self, lang: Lang) -> String {
        format!("{}{}{}", self.table, pick(lang, "：", ": "), listed(&self.fields, lang))
    }
}

fn listed(fields: &[(Id, Said)], lang: Lang) -> String {
    let told = fields.iter().map(|(name, value)| format!("{name} {}", value.of(lang)));
    told.collect::<Vec<_>>().join(pick(lang, "、", ", "))
}

fn free(it: Free, lang: Lang) -> &'static str {
    match it {
        Free::Register => pick(
            lang,
            "涉及全体户的量（百分位、同址户数等）按任意值看待；样例户单独成册",
            "figures of the whole register were taken to be free; each example is alone in its register",
        ),
        Free::History => pick(
            lang,
            "历次结果按任意值看待；样例户只有写出的历次结果",
            "earlier results were taken to be free; the examples have those that are shown",
        ),
        Free::Places => pick(
            lang,
            "名额按全体户排定，比较的只是符不符合入选条件",
            "places depend on everybody, so that only who is admitted was compared",
        ),
    }
}

impl Incomparable {
    /// One sentence without a full stop.
    pub fn words(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::NoGrade(name), Lang::Zh) => format!("有一版没有分类或叠加“{name}”"),
            (Self::NoGrade(name), Lang::En) => {
                format!("one of the versions has no classification or overlay “{name}”")
            }
            (Self::Members, Lang::Zh) => "两版的等级不同".to_owned(),
            (Self::Members, Lang::En) => {
                "the grade has other members in the new version".to_owned()
            }
            (Self::Field(name), Lang::Zh) => format!("字段“{name}”在两版里的类型或取值不同"),
            (Self::Field(name), Lang::En) => {
                format!("the field “{name}” has another type or other values in the new version")
            }
        }
    }
}
