//! A household put together by the names that rules use, for programs that hold the data themselves
//! and embed the engine without its file readers.

use std::fmt;
use std::sync::Arc;

use heng_dsl::diag::{Lang, Words};
use heng_dsl::model::Field;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::Value;

use super::{Household, Record, sort};
use crate::cell::{Cell, CellFault, Reading};

/// Puts one household together. Texts are read as cells of a text file are: `2024-05-06`, `12000.50`,
/// `5%`, `是`, the name of a member; an empty text is 缺失, like a field that is not given at all.
#[derive(Debug, Clone)]
pub struct HouseholdBuilder<'l> {
    linked: &'l Linked,
    household: Household,
}

/// Why a value cannot be part of a household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildError {
    /// The rules declare no household: no linked package has a 主体 with a key.
    NoSubject,
    /// The rules know no such field of the household.
    UnknownField(String),
    /// The rules know no such record table.
    UnknownTable(String),
    /// The record table has no such column.
    UnknownColumn(String, String),
    /// The field follows from others, and is never given.
    Derived(String),
    /// The text is not what the field holds.
    Value {
        /// The field.
        field: String,
        /// What was given.
        text: String,
        /// Why it cannot be read.
        fault: CellFault,
    },
}

impl Household {
    /// Begins a household with its key; every field is 缺失, and it has no records.
    ///
    /// # Errors
    ///
    /// [`BuildError::NoSubject`], or the key is not what the key field holds.
    pub fn build<'l>(linked: &'l Linked, key: &str) -> Result<HouseholdBuilder<'l>, BuildError> {
        let subject = linked.subject().ok_or(BuildError::NoSubject)?;
        let household = Self {
            key: Arc::from(key),
            fields: vec![Value::Missing; linked.fields().len()],
            records: vec![Vec::new(); linked.tables().len()],
            ..Self::default()
        };
        HouseholdBuilder { linked, household }.set(subject.key, key)
    }
}

impl HouseholdBuilder<'_> {
    /// Sets a field, by its name or its id.
    ///
    /// # Errors
    ///
    /// There is no such field, it is derived, or the text is not what it holds.
    pub fn field(self, name: &str, text: &str) -> Result<Self, BuildError> {
        let slot = self.linked.fields().position(|it| is_called(it, name));
        match slot {
            Some(slot) => self.set(slot, text),
            None => Err(BuildError::UnknownField(name.to_owned())),
        }
    }

    /// Sets several fields, like [`HouseholdBuilder::field`].
    ///
    /// # Errors
    ///
    /// Those of the first field that cannot be set.
    pub fn fields<'c>(
        self,
        fields: impl IntoIterator<Item = (&'c str, &'c str)>,
    ) -> Result<Self, BuildError> {
        fields.into_iter().try_fold(self, |own, (name, text)| own.field(name, text))
    }

    /// Adds a record to a table, both by name or id; columns that are not given are 缺失.
    ///
    /// # Errors
    ///
    /// There is no such table or column, a column is derived, or a text is not what its column holds.
    pub fn record<'c>(
        mut self,
        table: &str,
        cells: impl IntoIterator<Item = (&'c str, &'c str)>,
    ) -> Result<Self, BuildError> {
        let mut tables = self.linked.tables().enumerate();
        let found = tables.find(|(_, it)| &*it.name == table || &*it.id == table);
        let (slot, declared) = found.ok_or_else(|| BuildError::UnknownTable(table.to_owned()))?;
        let mut values = vec![Value::Missing; declared.fields.len()];
        for (name, text) in cells {
            let columns = declared.fields.iter().zip(&mut values);
            let column = columns.into_iter().find(|(it, _)| is_called(it, name));
            let (field, place) = column.ok_or_else(|| {
                BuildError::UnknownColumn(declared.name.to_string(), name.to_owned())
            })?;
            *place = read(self.linked, field, text)?;
        }
        if let Some(records) = self.household.records.get_mut(slot) {
            records.push(Record { values });
            sort(declared, records);
        }
        Ok(self)
    }

    /// The household.
    pub fn done(self) -> Household {
        self.household
    }

    fn set(mut self, slot: usize, text: &str) -> Result<Self, BuildError> {
        let value = read(self.linked, self.linked.field(slot), text)?;
        if let Some(place) = self.household.fields.get_mut(slot) {
            *place = value;
        }
        Ok(self)
    }
}

fn is_called(field: &Field, name: &str) -> bool {
    &*field.name == name || &*field.id == name
}

fn read(linked: &Linked, field: &Field, text: &str) -> Result<Value, BuildError> {
    if field.derived.is_some() {
        return Err(BuildError::Derived(field.name.to_string()));
    }
    Reading::of_field(linked, field).read(&Cell::text(text)).map_err(|fault| BuildError::Value {
        field: field.name.to_string(),
        text: text.to_owned(),
        fault,
    })
}

impl BuildError {
    /// One sentence without a full stop.
    pub fn words(&self) -> Words {
        match self {
            Self::NoSubject => Words::both("规则没有声明主体", "the rules declare no household"),
            Self::UnknownField(name) => Words::both(
                format!("规则的主体没有字段“{name}”"),
                format!("the household of the rules has no field “{name}”"),
            ),
            Self::UnknownTable(name) => Words::both(
                format!("规则没有记录“{name}”"),
                format!("the rules have no record table “{name}”"),
            ),
            Self::UnknownColumn(table, name) => Words::both(
                format!("记录“{table}”没有字段“{name}”"),
                format!("the record table “{table}” has no column “{name}”"),
            ),
            Self::Derived(name) => Words::both(
                format!("“{name}”由其他字段推出，不能给出"),
                format!("“{name}” follows from other fields and is never given"),
            ),
            Self::Value { field, text, fault } => {
                let why = fault.words();
                Words::both(
                    format!("“{field}”不能是“{text}”：{}", why.zh),
                    format!("“{field}” cannot be “{text}”: {}", why.en),
                )
            }
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().of(Lang::En))
    }
}

impl std::error::Error for BuildError {}

#[cfg(test)]
mod tests {
    use heng_dsl::check::check;
    use heng_dsl::model::linked::{LinkTable, Linked};
    use heng_dsl::value::Value;
    use heng_dsl::world::MemoryWorld;

    use super::BuildError;
    use crate::data::{CellFault, Household};

    const RULES: &str = "\
规则集 甲 版本 1

主体 户 自 成立日期
  户号：文本 主键
  成立日期：日期
  从业人数：整数
  人均 = 从业人数 + 1

记录 处罚 按 日期
  日期：日期
  金额：金额
";

    fn linked() -> Linked {
        let world = MemoryWorld::default().with("甲/甲.heng", RULES);
        let checked = check(&world, &["甲".to_owned()], &LinkTable::new());
        checked.linked.unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
    }

    #[test]
    fn a_household_is_put_together_by_names_with_its_records_in_order() {
        let linked = linked();
        let household = Household::build(&linked, "甲一").unwrap();
        let household = household.field("从业人数", "3").unwrap();
        let household =
            household.record("处罚", [("日期", "2024-05-06"), ("金额", "200")]).unwrap();
        let household = household.record("处罚", [("日期", "2023-05-06")]).unwrap().done();
        assert_eq!(&*household.key, "甲一");
        assert_eq!(household.fields[0], Value::text("甲一"));
        assert_eq!(household.fields[1], Value::Missing);
        assert_eq!(household.fields[2], Value::whole(3));
        let dates: Vec<String> =
            household.records[0].iter().map(|it| format!("{:?}", it.values[0])).collect();
        assert_eq!(dates.len(), 2);
        assert!(dates[0] < dates[1], "{dates:?}");
        assert_eq!(household.records[0][0].values[1], Value::Missing);
    }

    #[test]
    fn what_the_rules_do_not_know_is_refused_by_name() {
        let linked = linked();
        let empty = || Household::build(&linked, "甲一").unwrap();
        assert_eq!(
            empty().field("人数", "3").unwrap_err(),
            BuildError::UnknownField("人数".to_owned())
        );
        assert_eq!(empty().field("人均", "3").unwrap_err(), BuildError::Derived("人均".to_owned()));
        assert_eq!(
            empty().record("罚款", []).unwrap_err(),
            BuildError::UnknownTable("罚款".to_owned())
        );
        assert_eq!(
            empty().record("处罚", [("罚款", "1")]).unwrap_err(),
            BuildError::UnknownColumn("处罚".to_owned(), "罚款".to_owned())
        );
        let fault = empty().field("成立日期", "2023-02-29").unwrap_err();
        assert_eq!(
            fault,
            BuildError::Value {
                field: "成立日期".to_owned(),
                text: "2023-02-29".to_owned(),
                fault: CellFault::ImpossibleDate,
            }
        );
        assert_eq!(fault.to_string(), "“成立日期” cannot be “2023-02-29”: there is no such day");
    }
}
