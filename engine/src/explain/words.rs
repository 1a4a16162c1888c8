//! Text in both languages, and values as people read them beside what they are.

use serde::{Serialize, Serializer};

use heng_dsl::diag::Lang;
use heng_dsl::model::Ty;
use heng_dsl::model::linked::Linked;
use heng_dsl::value::{Decimal, Value};

use crate::show;

/// A piece of text in Chinese and in English. In JSON one string where both are the same (what an
/// author wrote, a number, a date), else `{"zh": …, "en": …}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Said {
    /// Text that differs between the languages.
    pub fn both(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// Text that is the same in both.
    pub fn same(text: impl Into<String>) -> Self {
        let zh = text.into();
        Self { en: zh.clone(), zh }
    }

    /// The text in one language.
    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        if self.zh == self.en {
            return serializer.serialize_str(&self.zh);
        }
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("zh", &self.zh)?;
        map.serialize_entry("en", &self.en)?;
        map.end()
    }
}

/// Is there a value, and if not, which of the three non-values stands there?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A value.
    Present,
    /// 缺失
    Missing,
    /// 不适用
    NotApplicable,
    /// 错误
    Error,
}

impl State {
    /// The state of a value.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Missing => Self::Missing,
            Value::NotApplicable => Self::NotApplicable,
            Value::Error(_) => Self::Error,
            Value::Bool(_)
            | Value::Number(_)
            | Value::Date(_)
            | Value::Text(_)
            | Value::Member(_)
            | Value::Frequency(_) => Self::Present,
        }
    }
}

/// A value as people read it (金额 in yuan, members by name, the words for non-values).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// As people read it.
    pub text: Said,
    /// Whether it is a value at all.
    pub state: State,
    /// The number, where it is one, in the unit of its type (yuan, a ratio where 1 is 100 %, points).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<Decimal>,
}

impl Shown {
    /// A value of a type.
    pub fn new(linked: &Linked, value: &Value, ty: &Ty) -> Self {
        let text = Said::both(
            show::value(linked, value, ty, Lang::Zh),
            show::value(linked, value, ty, Lang::En),
        );
        let number = match value {
            Value::Number(it) => Some(*it),
            _ => None,
        };
        Self { text, state: State::of(value), number }
    }

    /// A value whose text is hidden.
    pub(super) fn masked(value: &Value, mask: &str) -> Self {
        Self { text: Said::same(mask), state: State::of(value), number: None }
    }

    /// The text in one language.
    pub fn of(&self, lang: Lang) -> &str {
        self.text.of(lang)
    }
}
