//! The canonical bytes of a package: its JSON without blanks, with the members of every object sorted
//! by name (RFC 8785, which for texts and small whole numbers is just this).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{RuleSet, origins};
use crate::stack::deep;

/// The bytes over which the content hash is taken: everything but the lines that rules stand on.
pub(super) fn of_package(set: &RuleSet) -> String {
    let mut set = set.clone();
    origins::each(&mut set, &mut |it| it.place = None);
    set.lines.clear();
    origins::shorten(&mut set);
    deep(|| {
        let mut out = String::new();
        write(&value(&set), &mut out);
        out
    })
}

#[expect(clippy::expect_used, reason = "a model has text keys only, and writes to memory")]
fn value(set: &RuleSet) -> Value {
    serde_json::to_value(set).expect("a model can be written as JSON")
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string());
        }
        Value::Array(all) => {
            out.push('[');
            for (at, it) in all.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(it, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            // Whether serde_json keeps the order of members depends on who else uses it.
            let sorted: BTreeMap<&String, &Value> = members.iter().collect();
            out.push('{');
            for (at, (name, it)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write(it, out);
            }
            out.push('}');
        }
    }
}
