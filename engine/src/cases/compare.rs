//! What a case expects against what came out.
//!
//! A failure names what is to [`Blame`]; only then is asked where it parted ways with what was expected.

use std::collections::BTreeSet;

use heng_dsl::diag::Lang;
use heng_dsl::model::linked::Linked;
use heng_dsl::model::walk;
use heng_dsl::model::{Asked, Case, DeclKind, Expectation, HoldingKind, Id, Ref};
use heng_dsl::value::{Fault, Value};

use super::blame::{self, Blame};
use super::{Failure, Worked, open};
use crate::explain::{Reads, Said, Shown, holds};
use crate::program::Program;

/// Every expectation of the case that did not come true, in the order written.
pub(super) fn failures(
    program: &Program,
    package: usize,
    case: &Case,
    worked: &Worked,
) -> Vec<Failure> {
    let check = Compare { linked: program.linked(), package, worked };
    let failed = case.expect.iter().filter_map(|it| check.expectation(it));
    blame::explained(program, case, worked, failed.collect())
}

/// Does an expectation not come true?
pub(super) fn fails(
    program: &Program,
    package: usize,
    worked: &Worked,
    expectation: &Expectation,
) -> bool {
    Compare { linked: program.linked(), package, worked }.expectation(expectation).is_some()
}

struct Compare<'c> {
    linked: &'c Linked,
    package: usize,
    worked: &'c Worked,
}

impl Compare<'_> {
    fn expectation(&self, expectation: &Expectation) -> Option<(Failure, Blame)> {
        match expectation {
            Expectation::Worth(decl, expected) => self.worth(decl, expected),
            Expectation::Measure(decl, column, expected) => self.measure(decl, column, expected),
            Expectation::Missing(fields) => self.missing(fields),
            Expectation::Holding { kind, decls } => self.holding(*kind, decls),
            Expectation::Decides(ids) => self.decides(ids),
            Expectation::Reason(decl, text) => self.reason(decl, text),
            Expectation::Open(asked) => Some((self.open(asked), Blame::Nothing)),
        }
    }

    fn value(&self, slot: usize) -> &Value {
        self.worked.outcome.values.get(slot).unwrap_or(&Value::NotApplicable)
    }

    fn worth(&self, decl: &Ref, expected: &Value) -> Option<(Failure, Blame)> {
        let slot = decl.slot.index();
        let found = self.value(slot);
        if found == expected {
            return None;
        }
        let ty = &self.linked.decl(slot).ty;
        let failure = Failure {
            hint: self.hint(slot, found),
            ..Failure::new(
                Said::same(written(decl, &self.linked.decl(slot).name)),
                Shown::new(self.linked, expected, ty).text,
                come_out(found, Shown::new(self.linked, found, ty).text),
            )
        };
        Some((failure, Blame::Worth(slot, expected.clone())))
    }

    fn measure(&self, decl: &Ref, column: &Id, expected: &Value) -> Option<(Failure, Blame)> {
        let slot = decl.slot.index();
        let name = &self.linked.decl(slot).name;
        let DeclKind::Measure { columns } = &self.linked.decl(slot).kind else { return None };
        let at = columns.iter().position(|it| it.name == *column)?;
        let values = self.worked.outcome.measures.iter().find(|it| it.0 == slot);
        let found = values.and_then(|it| it.1.get(at)).unwrap_or_else(|| self.value(slot));
        if found == expected {
            return None;
        }
        let ty = &columns.get(at)?.ty;
        let failure = Failure {
            hint: self.hint(slot, found),
            ..Failure::new(
                Said::same(format!("{}.{column}", written(decl, name))),
                Shown::new(self.linked, expected, ty).text,
                come_out(found, Shown::new(self.linked, found, ty).text),
            )
        };
        Some((failure, Blame::Measure(slot, at, expected.clone())))
    }

    fn missing(&self, fields: &[Ref]) -> Option<(Failure, Blame)> {
        let expected: BTreeSet<usize> = fields.iter().map(|it| it.slot.index()).collect();
        let found: BTreeSet<usize> = self.worked.outcome.missing.iter().copied().collect();
        let names = |slots: &BTreeSet<usize>| {
            set(slots.iter().map(|it| self.linked.field(*it).name.to_string()))
        };
        (expected != found).then(|| {
            let what = Said::both("缺失", "missing");
            let failure = Failure::new(what, names(&expected), names(&found));
            (failure, Blame::Missing(differing(&expected, &found)))
        })
    }

    /// Of the package of the case, and of those that the expectation names.
    fn holding(&self, kind: HoldingKind, decls: &[Ref]) -> Option<(Failure, Blame)> {
        let expected: BTreeSet<usize> = decls.iter().map(|it| it.slot.index()).collect();
        let mut packages: BTreeSet<usize> =
            expected.iter().map(|it| self.linked.package_of(*it)).collect();
        packages.insert(self.package);
        let found: BTreeSet<usize> = (0..self.linked.decls().len())
            .filter(|slot| packages.contains(&self.linked.package_of(*slot)))
            .filter(|slot| open::is_of(kind, &self.linked.decl(*slot).kind))
            .filter(|slot| holds(self.value(*slot)))
            .collect();
        let names = |slots: &BTreeSet<usize>| {
            set(slots.iter().map(|it| self.linked.decl(*it).name.to_string()))
        };
        (expected != found).then(|| {
            let hint = expected
                .symmetric_difference(&found)
                .find_map(|it| self.hint(*it, self.value(*it)));
            let failure = Failure::new(kind_words(kind), names(&expected), names(&found));
            (Failure { hint, ..failure }, Blame::Holding(differing(&expected, &found)))
        })
    }

    /// Of the classifications of the package of the case.
    fn decides(&self, ids: &[Id]) -> Option<(Failure, Blame)> {
        let expected: BTreeSet<&Id> = ids.iter().collect();
        let hits = self.worked.outcome.decides.iter();
        let own = hits.filter(|it| self.linked.package_of(it.target) == self.package);
        let found: Vec<_> =
            own.filter_map(|it| self.linked.decides(it.target).nth(it.decide)).collect();
        let found: BTreeSet<&Id> = found.iter().map(|it| &it.id).collect();
        (found != expected).then(|| {
            let failure = Failure::new(
                Said::both("直接判定", "direct determinations"),
                set(ids.iter().map(ToString::to_string)),
                set(found.iter().map(ToString::to_string)),
            );
            let differs = expected.symmetric_difference(&found);
            let all = differs.flat_map(|id| {
                self.determinations(id).into_iter().map(|it| (it, expected.contains(*id)))
            });
            (failure, Blame::Decides(all.collect()))
        })
    }

    /// The determinations of the package of the case with that id: classification and number.
    fn determinations(&self, id: &Id) -> Vec<(usize, usize)> {
        let slots = 0..self.linked.decls().len();
        let own = slots.filter(|it| self.linked.package_of(*it) == self.package);
        let all = own.flat_map(|slot| {
            let numbered = self.linked.decides(slot).enumerate();
            numbered.filter(|it| it.1.id == *id).map(move |it| (slot, it.0))
        });
        all.collect()
    }

    /// What an expectation that is open would have to say.
    fn open(&self, asked: &Asked) -> Failure {
        let found = open::closed(self.linked, self.package, self.worked, asked);
        let found: Vec<[Said; 2]> = found.iter().map(|it| self.told(it)).collect();
        let open = Said::both("待填写", "to be filled in");
        match found.as_slice() {
            [[what, found]] => Failure::new(what.clone(), open, found.clone()),
            all => {
                let list = |lang: Lang, colon: &str, glue: &str| {
                    let each = all.iter().map(|[a, b]| [a.of(lang), b.of(lang)].join(colon));
                    each.collect::<Vec<_>>().join(glue)
                };
                let found = Said::both(list(Lang::Zh, " ", "，"), list(Lang::En, " ", ", "));
                Failure::new(Said::both("期望", "expectations"), open, found)
            }
        }
    }

    /// What an expectation is about, and what it says.
    fn told(&self, it: &Expectation) -> [Said; 2] {
        let decls = |all: &[Ref]| {
            set(all.iter().map(|it| self.linked.decl(it.slot.index()).name.to_string()))
        };
        match it {
            Expectation::Worth(decl, value) => {
                let it = self.linked.decl(decl.slot.index());
                let value = come_out(value, Shown::new(self.linked, value, &it.ty).text);
                [Said::same(written(decl, &it.name)), value]
            }
            Expectation::Measure(decl, column, value) => {
                let it = self.linked.decl(decl.slot.index());
                let ty = match &it.kind {
                    DeclKind::Measure { columns } => columns.iter().find(|it| it.name == *column),
                    _ => None,
                };
                let value = Shown::new(self.linked, value, ty.map_or(&it.ty, |it| &it.ty)).text;
                [Said::same(format!("{}.{column}", written(decl, &it.name))), value]
            }
            Expectation::Missing(fields) => {
                let names =
                    fields.iter().map(|it| self.linked.field(it.slot.index()).name.to_string());
                [Said::both("缺失", "missing"), set(names)]
            }
            Expectation::Holding { kind, decls: all } => [kind_words(*kind), decls(all)],
            Expectation::Decides(ids) => [
                Said::both("直接判定", "direct determinations"),
                set(ids.iter().map(ToString::to_string)),
            ],
            // Nothing that comes out.
            Expectation::Reason(..) | Expectation::Open(_) => [Said::default(), Said::default()],
        }
    }

    /// The reason of a declaration, or of a determination that acts on it.
    fn reason(&self, decl: &Ref, text: &str) -> Option<(Failure, Blame)> {
        let slot = decl.slot.index();
        let trace = &self.worked.trace;
        let own = trace.steps.iter().filter(|it| it.decl == slot);
        let decides = trace.decides.iter().filter(|it| it.target == slot).map(|it| &it.step);
        let reasons: Vec<&String> =
            own.chain(decides).filter_map(|it| it.reason.as_ref()).collect();
        if reasons.iter().any(|it| it.contains(text)) {
            return None;
        }
        let name = written(decl, &self.linked.decl(slot).name);
        let found = if reasons.is_empty() {
            Said::both("没有缘由", "no reason")
        } else {
            Said::same(reasons.iter().map(|it| it.as_str()).collect::<Vec<_>>().join("；"))
        };
        let failure = Failure::new(
            Said::both(format!("{name}的缘由"), format!("the reason of {name}")),
            Said::both(format!("含“{text}”"), format!("contains “{text}”")),
            found,
        );
        let blame =
            if reasons.is_empty() { Blame::Holding(vec![(slot, true)]) } else { Blame::Nothing };
        Some((failure, blame))
    }

    /// Where a value is missing that the model promises: the required fields that were not given.
    fn hint(&self, slot: usize, found: &Value) -> Option<Said> {
        if *found != Value::Error(Fault::UnexpectedMissing) {
            return None;
        }
        let needed = self.needed(slot);
        let household = self.worked.register.households.get(self.worked.number)?;
        let mut lacking: Vec<String> = needed
            .fields
            .iter()
            .filter_map(|slot| {
                let field = self.linked.field(*slot);
                let given = household.fields.get(*slot).is_some_and(Value::is_present);
                (is_required(field) && !given).then(|| field.name.to_string())
            })
            .collect();
        for (table, at) in &needed.columns {
            let (Some(field), Some(records)) =
                (self.linked.table(*table).fields.get(*at), household.records.get(*table))
            else {
                continue;
            };
            let ungiven =
                records.iter().any(|it| !it.values.get(*at).is_some_and(Value::is_present));
            if is_required(field) && ungiven {
                lacking.push(format!("{}.{}", self.linked.table(*table).name, field.name));
            }
        }
        if lacking.is_empty() {
            return None;
        }
        Some(Said::both(
            format!("用例没有给定、而计算要用到的必填字段：{}", lacking.join("、")),
            format!(
                "required fields that the case does not give and the rule reads: {}",
                lacking.join(", ")
            ),
        ))
    }

    /// What a declaration reads, by itself and through others.
    fn needed(&self, slot: usize) -> Reads {
        let mut needed = Reads::default();
        let (mut open, mut done) = (vec![slot], BTreeSet::new());
        while let Some(slot) = open.pop() {
            if slot >= self.linked.decls().len() || !done.insert(slot) {
                continue;
            }
            walk::decl(self.linked.decl(slot), &mut needed);
            if let Some(applies) = &self.linked.packages[self.linked.package_of(slot)].applies {
                walk::condition(applies, &mut needed);
            }
            let decides = self.linked.decides(slot).flat_map(|it| &it.versions);
            decides.for_each(|(_, version)| walk::version(version, &mut needed));
            open.extend(needed.decls.iter().chain(self.linked.parts(slot)));
        }
        needed
    }
}

fn kind_words(kind: HoldingKind) -> Said {
    match kind {
        HoldingKind::Tag => Said::both("标注", "tags"),
        HoldingKind::Alert => Said::both("预警", "alerts"),
        HoldingKind::List => Said::both("名单", "lists"),
    }
}

/// What is only in one of two sets, and whether it was expected.
fn differing(expected: &BTreeSet<usize>, found: &BTreeSet<usize>) -> Vec<(usize, bool)> {
    expected.symmetric_difference(found).map(|it| (*it, expected.contains(it))).collect()
}

/// What came out, with the code of an error.
fn come_out(value: &Value, shown: Said) -> Said {
    match value {
        Value::Error(fault) => {
            let [zh, en] = fault.words();
            let code = fault.code();
            Said::both(format!("错误 {code}：{zh}"), format!("error {code}: {en}"))
        }
        _ => shown,
    }
}

/// Must every household, or record, have it?
fn is_required(field: &heng_dsl::model::Field) -> bool {
    !field.ty.optional
        && field.default.is_none()
        && field.derived.is_none()
        && field.later.is_none()
}

/// As a rule would write it: `通用.信用风险`, or the name alone within its own package.
fn written(decl: &Ref, name: &str) -> String {
    match &decl.package {
        Some(package) => format!("{package}.{name}"),
        None => name.to_owned(),
    }
}

/// Several names, or that there are none.
fn set(names: impl Iterator<Item = String>) -> Said {
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        return Said::both("无", "none");
    }
    Said::both(names.join("、"), names.join(", "))
}
