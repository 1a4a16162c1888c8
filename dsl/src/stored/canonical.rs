//! The canonical bytes of a package: its JSON without blanks, with the members of every object sorted
//! by name (RFC 8785, which for texts and small whole numbers is just this).
//!
//! They are written straight from the model: of each object the members are put in order once it is complete, and nothing
//! else is kept.

use std::borrow::Cow;
use std::fmt::{self, Display, Write as _};
use std::ops::Range;

use serde::ser::{self, Serialize, Serializer};

use crate::model::{RuleSet, origins};
use crate::stack::deep;

/// The bytes over which the content hash is taken: everything but the lines that rules stand on.
#[expect(clippy::expect_used, reason = "a model has text keys and whole numbers only")]
pub(super) fn of_package(set: &RuleSet) -> String {
    let mut set = set.clone();
    origins::each(&mut set, &mut |it| it.place = None);
    set.lines.clear();
    origins::shorten(&mut set);
    deep(|| {
        let mut out = String::new();
        set.serialize(Canonical(&mut out)).expect("a model can be written as JSON");
        out
    })
}

/// What has no canonical form here.
#[derive(Debug)]
struct Unwritable(String);

impl Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: Display>(why: T) -> Self {
        Self(why.to_string())
    }
}

/// Writes a value.
struct Canonical<'o>(&'o mut String);

impl<'o> Canonical<'o> {
    fn plain(self, it: impl Display) -> Result<(), Unwritable> {
        write!(self.0, "{it}").map_err(ser::Error::custom)
    }

    fn text(out: &mut String, text: &str) -> Result<(), Unwritable> {
        if text.bytes().all(|it| it >= b' ' && it != b'"' && it != b'\\') {
            out.extend(["\"", text, "\""]);
            return Ok(());
        }
        let quoted = serde_json::to_string(text).map_err(ser::Error::custom)?;
        out.push_str(&quoted);
        Ok(())
    }

    /// Begins an object that is the one member of another, if it is the content of a variant.
    fn within(self, variant: Option<&str>) -> Result<(&'o mut String, &'static str), Unwritable> {
        let Some(variant) = variant else { return Ok((self.0, "")) };
        self.0.push('{');
        Self::text(self.0, variant)?;
        self.0.push(':');
        Ok((self.0, "}"))
    }

    fn list(self, variant: Option<&str>) -> Result<List<'o>, Unwritable> {
        let (out, after) = self.within(variant)?;
        out.push('[');
        Ok(List { out, first: true, after })
    }

    fn object(self, variant: Option<&str>) -> Result<Object<'o>, Unwritable> {
        let (out, after) = self.within(variant)?;
        out.push('{');
        let start = out.len();
        Ok(Object { out, start, members: Vec::new(), name: None, after })
    }
}

/// An array being written.
struct List<'o> {
    out: &'o mut String,
    first: bool,
    /// What closes that in which it stands.
    after: &'static str,
}

impl List<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        value.serialize(Canonical(self.out))
    }

    fn close(self) {
        self.out.push(']');
        self.out.push_str(self.after);
    }
}

/// An object being written: its members stand in the order in which they came, without anything in between.
struct Object<'o> {
    out: &'o mut String,
    /// Where the first member begins.
    start: usize,
    /// The name of each member, and where it stands.
    members: Vec<(Cow<'static, str>, Range<usize>)>,
    /// The name of the member that comes next.
    name: Option<String>,
    /// What closes that in which it stands.
    after: &'static str,
}

impl Object<'_> {
    fn add<T: Serialize + ?Sized>(
        &mut self,
        name: Cow<'static, str>,
        value: &T,
    ) -> Result<(), Unwritable> {
        let start = self.out.len();
        Canonical::text(self.out, &name)?;
        self.out.push(':');
        value.serialize(Canonical(self.out))?;
        self.members.push((name, start..self.out.len()));
        Ok(())
    }

    fn close(mut self) {
        self.members.sort_by(|a, b| a.0.cmp(&b.0));
        let room = (self.out.len() - self.start).saturating_add(self.members.len());
        let mut sorted = String::with_capacity(room);
        for (at, (_, range)) in self.members.iter().enumerate() {
            if at > 0 {
                sorted.push(',');
            }
            sorted.push_str(self.out.get(range.clone()).unwrap_or_default());
        }
        self.out.truncate(self.start);
        self.out.push_str(&sorted);
        self.out.push('}');
        self.out.push_str(self.after);
    }
}

/// What is written as it is displayed.
macro_rules! plain {
    ($($name:ident: $of:ty,)*) => {
        $(fn $name(self, it: $of) -> Result<(), Unwritable> {
            self.plain(it)
        })*
    };
}

impl<'o> Serializer for Canonical<'o> {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = List<'o>;
    type SerializeTuple = List<'o>;
    type SerializeTupleStruct = List<'o>;
    type SerializeTupleVariant = List<'o>;
    type SerializeMap = Object<'o>;
    type SerializeStruct = Object<'o>;
    type SerializeStructVariant = Object<'o>;

    plain! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
    }

    #[expect(clippy::disallowed_types, reason = "it is refused")]
    fn serialize_f32(self, _: f32) -> Result<(), Unwritable> {
        Err(Unwritable("a number that is no whole number".to_owned()))
    }

    #[expect(clippy::disallowed_types, reason = "it is refused")]
    fn serialize_f64(self, _: f64) -> Result<(), Unwritable> {
        Err(Unwritable("a number that is no whole number".to_owned()))
    }

    fn serialize_char(self, it: char) -> Result<(), Unwritable> {
        Self::text(self.0, it.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, it: &str) -> Result<(), Unwritable> {
        Self::text(self.0, it)
    }

    fn serialize_bytes(self, it: &[u8]) -> Result<(), Unwritable> {
        it.serialize(self)
    }

    fn serialize_none(self) -> Result<(), Unwritable> {
        self.plain("null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, it: &T) -> Result<(), Unwritable> {
        it.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unwritable> {
        self.plain("null")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unwritable> {
        self.plain("null")
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Unwritable> {
        Self::text(self.0, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        it: &T,
    ) -> Result<(), Unwritable> {
        it.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        it: &T,
    ) -> Result<(), Unwritable> {
        let (out, after) = self.within(Some(variant))?;
        it.serialize(Canonical(&mut *out))?;
        out.push_str(after);
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'o>, Unwritable> {
        self.list(None)
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'o>, Unwritable> {
        self.list(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'o>, Unwritable> {
        self.list(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'o>, Unwritable> {
        self.list(Some(variant))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object<'o>, Unwritable> {
        self.object(None)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object<'o>, Unwritable> {
        self.object(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object<'o>, Unwritable> {
        self.object(Some(variant))
    }
}

/// What is an array takes element by element, by whatever name.
macro_rules! list {
    ($($name:ident::$add:ident,)*) => {
        $(impl ser::$name for List<'_> {
            type Ok = ();
            type Error = Unwritable;

            fn $add<T: Serialize + ?Sized>(&mut self, it: &T) -> Result<(), Unwritable> {
                self.add(it)
            }

            fn end(self) -> Result<(), Unwritable> {
                self.close();
                Ok(())
            }
        })*
    };
}

list! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

/// What is an object with fixed names takes member by member.
macro_rules! object {
    ($($name:ident,)*) => {
        $(impl ser::$name for Object<'_> {
            type Ok = ();
            type Error = Unwritable;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                it: &T,
            ) -> Result<(), Unwritable> {
                self.add(Cow::Borrowed(name), it)
            }

            fn end(self) -> Result<(), Unwritable> {
                self.close();
                Ok(())
            }
        })*
    };
}

object! {
    SerializeStruct,
    SerializeStructVariant,
}

impl ser::SerializeMap for Object<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, it: &T) -> Result<(), Unwritable> {
        let mut name = String::new();
        it.serialize(Canonical(&mut name))?;
        // Names are texts: a number stands for the text of its digits.
        let name = if name.starts_with('"') {
            serde_json::from_str(&name).map_err(ser::Error::custom)?
        } else {
            name
        };
        self.name = Some(name);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, it: &T) -> Result<(), Unwritable> {
        let name =
            self.name.take().ok_or_else(|| Unwritable("a value without a key".to_owned()))?;
        self.add(Cow::Owned(name), it)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close();
        Ok(())
    }
}

#[cfg(all(test, feature = "syntax"))]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize as _;
    use serde_json::Value;

    use super::Canonical;
    use crate::check::check;
    use crate::model::linked::LinkTable;
    use crate::world::MemoryWorld;

    /// The same by way of a tree, in which every object is put in order.
    fn by_tree(value: &Value) -> String {
        match value {
            Value::Array(all) => {
                format!("[{}]", all.iter().map(by_tree).collect::<Vec<_>>().join(","))
            }
            Value::Object(members) => {
                let sorted: BTreeMap<&String, &Value> = members.iter().collect();
                let member = |it: (&String, &Value)| {
                    format!("{}:{}", Value::from(it.0.as_str()), by_tree(it.1))
                };
                format!("{{{}}}", sorted.into_iter().map(member).collect::<Vec<_>>().join(","))
            }
            plain => plain.to_string(),
        }
    }

    #[test]
    fn straight_from_the_model_it_is_what_the_tree_gives() {
        let text = "规则集 例 \"引号与 \\ 斜杠\" 版本 1.0\n  说明 制表\t和 😀\n\n枚举 种类：甲类、乙类\n\
                    等级 级：A、B、C\n\n主体 户\n  代码：文本 主键\n  件数：整数 可缺\n  形式：种类\n\n\
                    记录 处罚 按 日期\n  日期：日期\n  金额：金额\n\n\
                    参数 界 = 3\n\n维度 甲 上限 100\n指标 一 属于 甲 满分 60\n  依据 \"第一条\"\n  评分 按 件数\n    不满 2：10\n    \
                    2 以上：60\n    缺失：0\n指标 二 属于 甲 满分 40\n  评分 累计\n    存在(处罚 其中 近 12 个月 且 金额 ≥ 1.50 元)：40\n\n\
                    分类 类 为 级 按 总分\n  80 以上：A\n  40 以上不满 80：B\n  不满 40：C\n直接判定 直 类 定为 C\n  当 形式 = 乙类\n";
        let world = MemoryWorld::default().with("例/例.heng", text);
        let checked = check(&world, &["例".to_owned()], &LinkTable::new());
        let linked = checked.linked.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
        for set in &linked.packages {
            let mut written = String::new();
            set.serialize(Canonical(&mut written)).unwrap();
            let tree = serde_json::to_value(set).unwrap();
            assert_eq!(written, by_tree(&tree));
            assert!(written.len() > 2_000, "{written}");
        }
    }

    #[test]
    fn every_form_of_a_value_is_written_as_json_writes_it() {
        #[derive(serde::Serialize)]
        enum Form {
            Unit,
            New(u8),
            Tuple(i64, String),
            Struct { z: Option<u8>, a: char },
        }
        #[derive(serde::Serialize)]
        struct All {
            forms: Vec<Form>,
            empty: (Vec<u8>, BTreeMap<String, u8>),
            unit: (),
            more: BTreeMap<&'static str, bool>,
            numbered: BTreeMap<u32, bool>,
        }
        let all = All {
            forms: vec![
                Form::Unit,
                Form::New(7),
                Form::Tuple(i64::MIN, "\u{1}\n\"\\/\u{7f}".to_owned()),
                Form::Struct { z: None, a: 'é' },
            ],
            empty: (Vec::new(), BTreeMap::new()),
            unit: (),
            more: BTreeMap::from([("b", true), ("a b", false), ("一", true)]),
            numbered: BTreeMap::from([(9, true), (10, false)]),
        };
        let mut written = String::new();
        all.serialize(Canonical(&mut written)).unwrap();
        assert_eq!(written, by_tree(&serde_json::to_value(&all).unwrap()));
    }
}
