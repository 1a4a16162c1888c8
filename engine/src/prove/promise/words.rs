//! A promise, and what became of it, in words.

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{Guarantee, Id, Ref};

use super::super::report::Outcome;
use super::super::words::pick;
use super::{Broken, Held, Promise};
use crate::explain::Said;
use crate::show::formula::Formulas;

impl Promise {
    /// All that is known of it, a line each.
    pub fn text(&self, lang: Lang) -> Vec<String> {
        let mut lines = vec![self.verdict(lang)];
        for it in &self.broken_by {
            lines.extend(example(it, lang));
        }
        if !self.open.is_empty() {
            let open = self.pairs(&self.open, lang);
            lines.push(match lang {
                Lang::Zh => format!("  未判定：{open}；没有证明不可能，也没有找到这样的户"),
                Lang::En => format!("  not decided: {open}; neither proved impossible nor found"),
            });
        }
        if let Some(it) = &self.gave_up {
            let why = it.reason.words();
            let why = pick(lang, &why.zh, &why.en);
            let rule = it.rule.as_ref().map_or(String::new(), |it| match lang {
                Lang::Zh => format!("“{it}”："),
                Lang::En => format!("“{it}”: "),
            });
            let tried = self.households;
            lines.push(match lang {
                Lang::Zh => format!("  没有证明：{rule}{why}；搜索了{tried}户"),
                Lang::En => format!("  no proof: {rule}{why}; {tried} households were tried"),
            });
        }
        lines
    }

    /// The promise and what became of it, in one line.
    pub fn verdict(&self, lang: Lang) -> String {
        let words = self.words.of(lang);
        let unreached: Vec<(Outcome, Outcome)> =
            self.unreached.iter().map(|it| (*it, *it)).collect();
        let unreached = self.pairs(&unreached, lang);
        match (self.held, lang) {
            (Held::Kept, Lang::Zh) => format!("✓ 保证 {words}"),
            (Held::Kept, Lang::En) => format!("✓ guarantee {words}"),
            (Held::Broken, Lang::Zh) if !unreached.is_empty() => {
                format!("✗ 保证 {words}：没有一户能到 {unreached}")
            }
            (Held::Broken, Lang::En) if !unreached.is_empty() => {
                format!("✗ guarantee {words}: no household reaches {unreached}")
            }
            (Held::Broken, Lang::Zh) => format!("✗ 保证 {words}：不成立"),
            (Held::Broken, Lang::En) => format!("✗ guarantee {words}: broken"),
            (Held::NotDecided, Lang::Zh) => format!("? 保证 {words}：没有判定"),
            (Held::NotDecided, Lang::En) => format!("? guarantee {words}: not decided"),
        }
    }

    fn pairs(&self, all: &[(Outcome, Outcome)], lang: Lang) -> String {
        let name = |it: Outcome| {
            let words = it.name(&self.members);
            pick(lang, &words.zh, &words.en).to_owned()
        };
        let told = all.iter().map(|(from, to)| {
            if from == to { name(*from) } else { format!("{}→{}", name(*from), name(*to)) }
        });
        told.collect::<Vec<_>>().join(pick(lang, "、", ", "))
    }
}

fn example(it: &Broken, lang: Lang) -> Vec<String> {
    let own = &it.transition;
    let mut lines = own.witness.facts(lang);
    lines.iter_mut().for_each(|it| *it = format!("    {it}"));
    lines.insert(
        0,
        match lang {
            Lang::Zh => "  一户：".to_owned(),
            Lang::En => "  a household:".to_owned(),
        },
    );
    if let Some(more) = &it.more {
        lines.push(match lang {
            Lang::Zh => format!("  另一户，另有 {}", more.text(lang)),
            Lang::En => format!("  another one that also has {}", more.text(lang)),
        });
    }
    let results = own.witness.results(own.from != own.to || it.more.is_some(), lang);
    lines.push(format!("    {results}"));
    lines
}

/// A promise as it is written.
pub(super) fn written(linked: &Linked, guarantee: &Guarantee) -> Said {
    let name = |it: &Ref| linked.decl(it.slot.index()).name.clone();
    let both = |zh: String, en: String| Said::both(zh, en);
    match guarantee {
        Guarantee::Records { adding, table, worsens, target } => {
            let (table, target) = (&linked.table(table.slot.index()).name, name(target));
            let zh =
                [if *adding { "新增" } else { "移出" }, if *worsens { "不恶化" } else { "不改善" }];
            let en = [
                if *adding { "new" } else { "removing" },
                if *worsens { "never worsens" } else { "never improves" },
            ];
            both(
                format!("{} {table} {} {target}", zh[0], zh[1]),
                format!("{} {table} {} {target}", en[0], en[1]),
            )
        }
        Guarantee::Reachable(it) => {
            both(format!("各级可达 {}", name(it)), format!("every grade reachable {}", name(it)))
        }
        Guarantee::Implies(a, b) => {
            let told = |lang| {
                let formulas = Formulas::new(linked, &[], lang);
                (formulas.expr(a), formulas.expr(b))
            };
            let (zh, en) = (told(Lang::Zh), told(Lang::En));
            both(format!("当 {} 则 {}", zh.0, zh.1), format!("when {} then {}", en.0, en.1))
        }
        Guarantee::Against { package, target, by } => both(
            format!("与 {package} 相比 {} 变化不超过 {by} 级", name(target)),
            format!("against {package} compared {} moves at most {by} grades", name(target)),
        ),
        Guarantee::Apart { target, first, second } => {
            let name = |id: &Id| {
                let decide = linked.decides(target.slot.index()).find(|it| it.id == *id);
                decide.map_or(id, |it| &it.name).clone()
            };
            let (first, second) = (name(first), name(second));
            both(
                format!("{first} 与 {second} 不同时"),
                format!("{first} and {second} never together"),
            )
        }
        Guarantee::Worsening { cause, worsens, target } => {
            let (zh, en) = if *worsens {
                ("不恶化", "never worsens")
            } else {
                ("不改善", "never improves")
            };
            let (cause, target) = (name(cause), name(target));
            both(format!("{cause} 变差 {zh} {target}"), format!("{cause} worsening {en} {target}"))
        }
    }
}
