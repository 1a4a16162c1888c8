//! What stands on one side of a change, in words.

use heng_dsl::diag::Lang;
use heng_dsl::diff::{Aspect, Part};
use heng_dsl::model::linked::Linked;
use heng_dsl::model::{
    CheckLevel, CodeRow, Condition, ConditionMode, ConditionalBound, Content, DecideEffect, Expr,
    Field, Id, Matrix, Mode, Ref, Row, RowKey, Table, Template, TemplatePart, Ty, TyKind, Version,
};
use heng_dsl::value::{Period, Value};

use super::Words;
use crate::show::formula::{self, Formulas};
use crate::show::{cells, value};

/// A type with its decimal places.
pub(super) fn ty(linked: &Linked, it: &Ty, lang: Lang) -> String {
    let places = it.as_number().map(|it| it.places).filter(|it| *it > 0);
    let places = places.map(|it| match lang {
        Lang::Zh => format!(" {it} 位小数"),
        Lang::En => format!(" with {it} places"),
    });
    let optional = match (it.optional, lang) {
        (false, _) => "",
        (true, Lang::Zh) => "，可缺",
        (true, Lang::En) => ", may be missing",
    };
    format!("{}{}{optional}", formula::kind(linked, it, lang), places.unwrap_or_default())
}

fn names(fields: &[Field]) -> String {
    fields.iter().map(|it| it.name.as_ref()).collect::<Vec<_>>().join("、")
}

impl Words<'_> {
    /// What stands on the side.
    pub(super) fn part(&self, part: &Part, aspect: &Aspect) -> String {
        match part {
            Part::Text(it) => it.clone(),
            Part::Flag(true) => self.pick("是", "yes"),
            Part::Flag(false) => self.pick("否", "no"),
            Part::Count(it) => match self.lang {
                Lang::Zh => format!("{it} 个"),
                Lang::En => it.to_string(),
            },
            Part::Number(it, ty) => value(self.linked, &Value::Number(*it), ty, self.lang),
            Part::Value(it, ty) => value(self.linked, it, ty, self.lang),
            Part::Expr(it) => self.formulas.expr(it),
            Part::Edge { value, above } => self.edge(value, *above),
            Part::Period(it) => self.period(*it),
            Part::Condition(it) => self.condition(it),
            Part::Row(row, _) => match aspect {
                Aspect::Points(at) => self.result(row, *at),
                _ => self.row(row),
            },
            Part::Rows(all) => all.iter().map(|it| self.row(it)).collect::<Vec<_>>().join("\n"),
            Part::Mode(it) => self.mode(*it),
            Part::Table(it) => self.table(it),
            Part::Source(it) => self.formulas.source(it),
            Part::Content(it) => self.content(it),
            Part::Local(it) => format!("{} = {}", it.name, self.content(&it.content)),
            Part::Version(it) => self.body(it),
            Part::Template(it) => self.template(it),
            Part::Bound(it) => self.bound(it),
            Part::Grade(it, of) => self.grade(*it, of),
            Part::Effect(it, target) => self.effect(it, target),
            Part::Type(it) => self.ty(it),
            Part::Reference(Some(it)) => self.linked.decl(it.slot.index()).name.to_string(),
            Part::Reference(None) => self.pick("总分", "total"),
            other => self.of_package(other),
        }
    }

    /// What stands in a package by itself.
    fn of_package(&self, part: &Part) -> String {
        match part {
            Part::Legal(it) => {
                let all: Vec<&str> = it.basis.iter().chain(&it.note).map(String::as_str).collect();
                if all.is_empty() { self.pick("无", "none") } else { all.join("；") }
            }
            Part::Responsibility(it) => {
                let all = [&it.source, &it.made_by, &it.given_by, &it.owned_by];
                let all: Vec<&str> = all.into_iter().flatten().map(String::as_str).collect();
                all.join("；")
            }
            Part::Field(it, _) => self.field(it),
            Part::Member(it) => {
                let all = [Some(it.name.as_ref()), it.label.as_deref(), it.colour.as_deref()];
                all.into_iter().flatten().collect::<Vec<_>>().join(" ")
            }
            Part::Members(all, _) => all.join("、"),
            Part::Code(row, names) => self.code(row, names),
            Part::Use(it) => {
                let pinned = it.pinned.as_ref().map(|it| format!("@{it}")).unwrap_or_default();
                let word = if it.extends {
                    self.pick("基于", "extends")
                } else {
                    self.pick("引用", "uses")
                };
                format!("{word} {}{pinned}", it.package)
            }
            Part::Decl(it) => {
                it.versions.iter().map(|it| self.body(it)).collect::<Vec<_>>().join("\n")
            }
            Part::Decide(it) => {
                let effects = it.versions.iter();
                let all = effects.map(|(effect, version)| {
                    format!("{}\n{}", self.effect(effect, &it.target), self.body(version))
                });
                all.collect::<Vec<_>>().join("\n")
            }
            Part::Level(CheckLevel::Note) => self.pick("提示", "note"),
            Part::Level(CheckLevel::Warning) => self.pick("警告", "warning"),
            Part::Level(CheckLevel::Error) => self.pick("错误", "error"),
            Part::Check(it) => self.formulas.expr(&it.require),
            Part::Action(it) => it.when.as_ref().map(|it| self.condition(it)).unwrap_or_default(),
            Part::Enum(it) => {
                it.members.iter().map(|it| it.name.as_ref()).collect::<Vec<_>>().join("、")
            }
            Part::Codes(it) => match self.lang {
                Lang::Zh => format!("{} 行", it.rows.len()),
                Lang::En => format!("{} rows", it.rows.len()),
            },
            Part::Records(it) => names(&it.fields),
            Part::Subject(it) => names(&it.fields),
            _ => String::new(),
        }
    }

    fn edge(&self, value: &Expr, above: bool) -> String {
        let text = self.formulas.expr(value);
        match (self.lang, above) {
            (Lang::Zh, false) => format!("{text} 以上"),
            (Lang::Zh, true) => format!("超过 {text}"),
            (Lang::En, false) => format!("{text} or more"),
            (Lang::En, true) => format!("over {text}"),
        }
    }

    fn period(&self, it: Period) -> String {
        match (self.lang, it.from, it.until) {
            (Lang::Zh, None, None) => "一直".to_owned(),
            (Lang::En, None, None) => "always".to_owned(),
            (Lang::Zh, Some(from), None) => format!("自 {from}"),
            (Lang::En, Some(from), None) => format!("from {from}"),
            (Lang::Zh, None, Some(until)) => format!("至 {until}"),
            (Lang::En, None, Some(until)) => format!("until {until}"),
            (Lang::Zh, Some(from), Some(until)) => format!("自 {from} 至 {until}"),
            (Lang::En, Some(from), Some(until)) => format!("from {from} until {until}"),
        }
    }

    fn condition(&self, it: &Condition) -> String {
        let parts: Vec<String> = it.parts.iter().map(|it| self.formulas.expr(it)).collect();
        match it.mode {
            ConditionMode::One => parts.join(""),
            ConditionMode::Any => format!("{}\n  {}", self.pick("任一", "any"), parts.join("\n  ")),
            ConditionMode::All => format!("{}\n  {}", self.pick("全部", "all"), parts.join("\n  ")),
        }
    }

    /// What a row asks: as its author wrote it, in English from the model.
    pub(super) fn row_key(&self, row: &Row) -> String {
        match self.lang {
            Lang::Zh if row.key == RowKey::Otherwise => "其余".to_owned(),
            Lang::Zh => row.text.split(['：', ':']).next().unwrap_or_default().trim().to_owned(),
            Lang::En => cells::key(&row.key, &self.formulas, |it| self.formulas.expr(it)),
        }
    }

    fn row(&self, row: &Row) -> String {
        let results = (0..row.results.len()).map(|it| self.result(row, it));
        let results = results.collect::<Vec<_>>().join(self.pick("、", ", ").as_str());
        format!("{}{}{results}", self.row_key(row), self.pick("：", ": "))
    }

    fn result(&self, row: &Row, at: usize) -> String {
        match row.results.get(at) {
            Some(Some(it)) => self.formulas.expr(it),
            _ => self.pick("不适用", "not applicable"),
        }
    }

    fn table(&self, it: &Table) -> String {
        it.rows.iter().map(|row| self.row(row)).collect::<Vec<_>>().join("\n")
    }

    fn mode(&self, it: Mode) -> String {
        match it {
            Mode::Sum => self.pick("累计", "sum"),
            Mode::Highest => self.pick("取高", "highest"),
            Mode::Lowest => self.pick("取低", "lowest"),
            Mode::First => self.pick("依次", "first"),
        }
    }

    fn content(&self, it: &Content) -> String {
        match it {
            Content::Formula(it) => self.formulas.expr(it),
            Content::Table(it) => self.table(it),
            Content::Each(it) => {
                format!("{}\n{}", self.formulas.source(&it.source), self.table(&it.table))
            }
            Content::Matrix(it) => self.matrix(it),
            Content::Condition(it) => self.condition(it),
            Content::Source(it) => self.formulas.source(it),
            Content::Parts => self.pick("各部分之和", "the sum of its parts"),
            Content::List(it) => self.condition(&it.admit),
        }
    }

    fn matrix(&self, it: &Matrix) -> String {
        let grade = self.slot.map(|slot| self.linked.decl(slot).ty.clone());
        let of = match grade.map(|it| it.kind) {
            Some(TyKind::Member(it)) => it,
            _ => it.row_grade.clone(),
        };
        let row = |cells: &Vec<Option<u16>>| {
            cells.iter().map(|it| self.grade(*it, &of)).collect::<Vec<_>>().join(", ")
        };
        it.cells.iter().map(row).collect::<Vec<_>>().join("\n")
    }

    /// A whole version: what it takes, and what it is worth.
    fn body(&self, it: &Version) -> String {
        let own = Words {
            linked: self.linked,
            formulas: Formulas::new(self.linked, &it.lets, self.lang),
            lang: self.lang,
            slot: self.slot,
            version: self.version,
        };
        let mut lines: Vec<String> = Vec::new();
        lines.extend(
            it.applies
                .iter()
                .map(|it| format!("{} {}", own.pick("适用", "applies to"), own.condition(it))),
        );
        for local in &it.lets {
            lines.push(format!(
                "{} {} = {}",
                own.pick("取", "let"),
                local.name,
                own.content(&local.content)
            ));
        }
        lines.push(own.content(&it.content));
        lines.extend(it.conditional.iter().map(|it| own.bound(it)));
        lines.join("\n")
    }

    fn template(&self, it: &Template) -> String {
        let part = |it: &TemplatePart| match it {
            TemplatePart::Text(it) => it.clone(),
            TemplatePart::Value(it) => format!("{{{}}}", self.formulas.expr(it)),
        };
        it.parts.iter().map(part).collect()
    }

    fn bound(&self, it: &ConditionalBound) -> String {
        let word = if it.cap { self.pick("上限", "cap") } else { self.pick("下限", "floor") };
        let when = self.pick("当", "when");
        format!("{word} {} {when} {}", self.formulas.expr(&it.value), self.formulas.expr(&it.when))
    }

    fn grade(&self, it: Option<u16>, of: &Ref) -> String {
        let members = &self.linked.enumeration(of.slot.index()).members;
        let name = it.and_then(|it| members.get(usize::from(it)));
        name.map_or_else(|| self.pick("不适用", "not applicable"), |it| it.name.to_string())
    }

    fn effect(&self, it: &DecideEffect, target: &Ref) -> String {
        let member = |at: u16| {
            value(
                self.linked,
                &Value::Member(at),
                &self.linked.decl(target.slot.index()).ty,
                self.lang,
            )
        };
        match (it, self.lang) {
            (DecideEffect::Set(to), Lang::Zh) => format!("定为 {}", member(*to)),
            (DecideEffect::Set(to), Lang::En) => format!("set to {}", member(*to)),
            (DecideEffect::Raise { by, limit }, lang) => {
                let limit =
                    limit.map(|it| format!(" {} {}", self.pick("不超过", "at most"), member(it)));
                let text = if lang == Lang::Zh {
                    format!("上调 {by} 级")
                } else {
                    format!("raised by {by}")
                };
                format!("{text}{}", limit.unwrap_or_default())
            }
            (DecideEffect::Lower { by, limit }, lang) => {
                let limit =
                    limit.map(|it| format!(" {} {}", self.pick("不低于", "at least"), member(it)));
                let text = if lang == Lang::Zh {
                    format!("下调 {by} 级")
                } else {
                    format!("lowered by {by}")
                };
                format!("{text}{}", limit.unwrap_or_default())
            }
        }
    }

    fn ty(&self, it: &Ty) -> String {
        ty(self.linked, it, self.lang)
    }

    fn field(&self, it: &Field) -> String {
        let mut out = vec![self.ty(&it.ty)];
        if it.name != it.id {
            out.push(format!("{} {}", self.pick("别名", "alias"), it.id));
        }
        out.extend(it.column.iter().map(|it| format!("{} {it}", self.pick("来源列", "column"))));
        if it.scale != 0 {
            out.push(format!("× 10^{}", it.scale));
        }
        let flags = [
            (it.key, self.pick("主键", "key")),
            (it.sensitive, self.pick("敏感", "sensitive")),
            (it.signed, self.pick("可负", "may be negative")),
        ];
        out.extend(flags.into_iter().filter(|it| it.0).map(|it| it.1));
        if let Some(default) = &it.default {
            out.push(format!(
                "{} {}",
                self.pick("缺省", "default"),
                value(self.linked, default, &it.ty, self.lang)
            ));
        }
        out.extend(it.derived.iter().map(|it| format!("= {}", self.formulas.expr(it))));
        out.join(self.pick("，", ", ").as_str())
    }

    fn code(&self, row: &CodeRow, names: &[(Id, Ty)]) -> String {
        let cell = |((name, ty), it): (&(Id, Ty), &Value)| {
            let text = match it {
                Value::Text(it) => it.to_string(),
                other => value(self.linked, other, ty, self.lang),
            };
            format!("{name} {text}")
        };
        names
            .iter()
            .zip(&row.values)
            .map(cell)
            .collect::<Vec<_>>()
            .join(self.pick("，", ", ").as_str())
    }
}
