//! The data that rules read: the household, its record tables, enumerations, code tables.

use std::collections::BTreeSet;

use super::source::Elem;
use super::{Scope, Valid};
use crate::model::{CodeTable, EnumType, Field, Id, Later, RecordTable, RuleSet, Subject, TyKind};
use crate::value::Value;

impl<'m> Valid<'m> {
    pub(super) fn data(&mut self, set: &'m RuleSet) {
        for it in &set.enums {
            self.within(format_args!("enums/{}", it.id), |own| own.enumeration(it));
        }
        for it in &set.codes {
            self.within(format_args!("codes/{}", it.id), |own| own.codes(it));
        }
        if let Some(it) = &set.subject {
            self.within("subject", |own| own.subject(it));
        }
        for (at, it) in set.tables.iter().enumerate() {
            let slot = self.linked.table_slot(self.package, at);
            self.within(format_args!("tables/{}", it.id), |own| own.records(it, slot));
        }
    }

    fn enumeration(&mut self, it: &EnumType) {
        let names: BTreeSet<&Id> = it.members.iter().map(|it| &it.name).collect();
        let fits = names.len() == it.members.len() && !names.is_empty();
        self.insist(fits, "要有几项，各不相同", "it needs members, all different");
        let few = u16::try_from(it.members.len()).is_ok();
        self.insist(few, "项太多", "it has too many members");
    }

    fn subject(&mut self, it: &'m Subject) {
        let scope = Scope { register: false, ..Scope::household() };
        self.fields(&it.fields, &scope);
        let keys = it.fields.iter().filter(|it| it.key).count();
        let wanted = usize::from(!it.more);
        self.insist(
            keys == wanted,
            "主体要有一个主键，增补的没有",
            "a subject has one key, additions have none",
        );
        if let Some(since) = &it.since {
            let field = it.fields.iter().find(|it| it.id == *since);
            let date = field.is_some_and(|it| it.ty.kind == TyKind::Date);
            self.insist(date, "“自”不是它的一个日期", "since is none of its dates");
        }
    }

    fn records(&mut self, it: &'m RecordTable, slot: usize) {
        let inner = Scope { register: false, ..Scope::household() }.with(Elem::Record(slot));
        self.fields(&it.fields, &inner);
        let ids: BTreeSet<&Id> = it.fields.iter().map(|it| &it.id).collect();
        let known = it.order.iter().all(|it| ids.contains(it));
        self.insist(known, "次序里有没有的字段", "the order names a field that is not there");
        if let Some(first) = it.order.first() {
            let field = it.fields.iter().find(|it| it.id == *first);
            let date = field.is_some_and(|it| it.ty.kind == TyKind::Date);
            self.insist(date, "次序的第一个要是日期", "the first of the order has to be a date");
        }
    }

    fn fields(&mut self, fields: &'m [Field], scope: &Scope<'m>) {
        let mut seen = BTreeSet::new();
        let happenings: BTreeSet<&Id> = fields
            .iter()
            .filter_map(|it| match &it.later {
                Some(Later::Date(it)) => Some(it),
                Some(Later::With(_)) | None => None,
            })
            .collect();
        for field in fields {
            self.within(format_args!("fields/{}", field.id), |own| {
                own.insist(seen.insert(&field.id), "这个 id 已经有了", "there is one of that id");
                own.field(field);
                match &field.later {
                    Some(Later::Date(_)) => own.insist(
                        field.ty.kind == TyKind::Date,
                        "后续要是日期",
                        "a later happening is a date",
                    ),
                    Some(Later::With(it)) => own.insist(
                        happenings.contains(it),
                        "没有这样的后续",
                        "there is no such later happening",
                    ),
                    None => {}
                }
                if let Some(it) = &field.derived {
                    own.within("derived", |own| {
                        own.expr(it, scope);
                        own.exact_operand(it, &field.ty);
                    });
                }
            });
        }
    }

    fn field(&mut self, field: &Field) {
        self.ty(&field.ty);
        let small = field.scale.unsigned_abs() <= 12;
        self.insist(small, "scale 太大", "scale is too large");
        if let Some(it) = &field.default {
            self.within("default", |own| own.literal(it, &field.ty.kind));
        }
    }

    fn codes(&mut self, table: &'m CodeTable) {
        let mut seen = BTreeSet::new();
        for column in &table.columns {
            self.within(format_args!("columns/{}", column.id), |own| {
                own.insist(seen.insert(&column.id), "这个 id 已经有了", "there is one of that id");
                own.field(column);
            });
        }
        let keys = table.columns.iter().filter(|it| it.key).count();
        let Some(key) = table.key().filter(|_| keys == 1) else {
            return self.wrong("代码表要有一个主键", "a code table has one key");
        };
        let mut before: Option<&str> = None;
        self.each("rows", &table.rows, |own, row| {
            let fits = row.values.len() == table.columns.len();
            own.insist(
                fits,
                "值的个数与列不符",
                "it has another number of values than there are columns",
            );
            for (value, column) in row.values.iter().zip(&table.columns) {
                if *value != Value::Missing || column.key {
                    own.literal(value, &column.ty.kind);
                }
            }
            let code = match row.values.get(key) {
                Some(Value::Text(it)) => Some(&**it),
                _ => None,
            };
            let sorted = code.is_some() && before < code;
            own.insist(
                sorted,
                "代码要各不相同并且排好次序",
                "codes have to be different and in order",
            );
            before = code;
        });
    }
}
