//! 缘由: the text of a reason with its values put in.

use heng_dsl::diag::Lang;
use heng_dsl::model::{Template, TemplatePart, Version};
use heng_dsl::value::Value;

use super::Working;
use super::scope::Frame;
use crate::show;

impl<'e> Working<'e> {
    /// Notes what is known of a version once it was worked out.
    pub(super) fn note_version(
        &mut self,
        version: &'e Version,
        frame: &Frame<'_, 'e>,
        value: &Value,
    ) {
        if self.step.is_none() {
            return;
        }
        let reason = match (&version.reason, value) {
            (None, _) | (_, Value::NotApplicable) => None,
            (Some(it), _) => Some(self.quietly(|own| own.text(it, frame))),
        };
        let lets = frame.locals();
        if let Some(step) = &mut self.step {
            step.lets = lets;
            step.reason = reason;
        }
    }

    /// A template with its values, in the language that its author wrote.
    fn text(&mut self, template: &'e Template, frame: &Frame<'_, 'e>) -> String {
        let lang = language(template);
        let mut text = String::new();
        for (at, part) in template.parts.iter().enumerate() {
            match part {
                TemplatePart::Text(it) => text.push_str(it),
                TemplatePart::Value(it) => {
                    let value = self.expr(it, frame.start());
                    let shown = show::value(self.linked, &value, &it.ty, lang);
                    let shown = without_unit(&shown, template.parts.get(at + 1));
                    match (lang, &value) {
                        // Chinese sentences run on without blanks: 近24个月.
                        (Lang::Zh, Value::Number(_)) => text.push_str(&shown.replace(' ', "")),
                        _ => text.push_str(shown),
                    }
                }
            }
        }
        text
    }
}

/// Chinese where the fixed text has a character that only Chinese has.
fn language(template: &Template) -> Lang {
    let chinese = |it: char| ('\u{4e00}'..='\u{9fff}').contains(&it);
    let fixed = template.parts.iter().filter_map(|it| match it {
        TemplatePart::Text(it) => Some(it),
        TemplatePart::Value(_) => None,
    });
    let mut fixed = fixed.peekable();
    if fixed.peek().is_none() || fixed.any(|it| it.chars().any(chinese)) {
        Lang::Zh
    } else {
        Lang::En
    }
}

/// `得 {分}分` says 分 once: the unit of the value is left out where the text goes on with it.
fn without_unit<'t>(shown: &'t str, next: Option<&TemplatePart>) -> &'t str {
    let (Some((number, unit)), Some(TemplatePart::Text(next))) = (shown.rsplit_once(' '), next)
    else {
        return shown;
    };
    if next.trim_start().starts_with(unit) { number } else { shown }
}
