//! One walk over every [`Origin`] of a package, in the order in which they are stored.
//!
//! What does not change a rule (the line it stands on) and what every origin shares (the package that
//! wrote it) is put in and taken out here, so that nothing else has to know where origins are.

use super::{Condition, Content, Field, Let, ListRule, Origin, RuleSet, Table, Template, Version};

/// Calls `each` for every origin.
pub fn each(set: &mut RuleSet, each: &mut dyn FnMut(&mut Origin)) {
    condition(set.applies.as_mut(), each);
    for table in &mut set.codes {
        fields(&mut table.columns, each);
        table.rows.iter_mut().filter_map(|it| it.origin.as_mut()).for_each(&mut *each);
    }
    set.subject.iter_mut().for_each(|it| fields(&mut it.fields, each));
    set.tables.iter_mut().for_each(|it| fields(&mut it.fields, each));
    for it in set.decls.iter_mut().flat_map(|it| &mut it.versions) {
        version(it, each);
    }
    for it in set.decides.iter_mut().flat_map(|it| &mut it.versions) {
        version(&mut it.1, each);
    }
    for it in &mut set.checks {
        condition(it.applies.as_mut(), each);
        lets(&mut it.lets, each);
        each(&mut it.origin);
    }
    for it in &mut set.actions {
        condition(it.when.as_mut(), each);
        each(&mut it.origin);
    }
    set.clauses.iter_mut().for_each(|it| each(&mut it.origin));
    set.cases.iter_mut().for_each(|it| each(&mut it.origin));
    set.disabled.iter_mut().for_each(|it| each(&mut it.origin));
    set.quoted.iter_mut().for_each(|it| each(&mut it.origin));
}

/// Leaves out of every origin what the package itself says: its id and version.
pub fn shorten(set: &mut RuleSet) {
    let (id, version) = (set.id.clone(), set.version.clone());
    each(set, &mut |it| {
        if it.package == id && it.version == version {
            it.package = "".into();
            it.version = "".into();
        }
    });
}

/// Puts back what [`shorten`] left out.
pub fn complete(set: &mut RuleSet) {
    let (id, version) = (set.id.clone(), set.version.clone());
    each(set, &mut |it| {
        if it.package.is_empty() && it.version.is_empty() {
            it.package = id.clone();
            it.version = version.clone();
        }
    });
}

fn fields(fields: &mut [Field], each: &mut dyn FnMut(&mut Origin)) {
    fields.iter_mut().for_each(|it| each(&mut it.origin));
}

fn condition(condition: Option<&mut Condition>, each: &mut dyn FnMut(&mut Origin)) {
    if let Some(it) = condition {
        each(&mut it.origin);
    }
}

/// The same of a rule.
pub fn version(version: &mut Version, each: &mut dyn FnMut(&mut Origin)) {
    each(&mut version.origin);
    condition(version.applies.as_mut(), each);
    lets(&mut version.lets, each);
    content(&mut version.content, each);
    each(&mut version.content_origin);
    version.conditional.iter_mut().for_each(|it| each(&mut it.origin));
    version.accepted.iter_mut().for_each(|it| each(&mut it.origin));
    if let Some(Template { origin, .. }) = &mut version.reason {
        each(origin);
    }
}

fn lets(lets: &mut [Let], each: &mut dyn FnMut(&mut Origin)) {
    lets.iter_mut().for_each(|it| content(&mut it.content, each));
}

/// The same of a content.
pub(crate) fn content(content: &mut Content, each: &mut dyn FnMut(&mut Origin)) {
    match content {
        Content::Formula(_) | Content::Source(_) | Content::Parts => {}
        Content::Table(it) => table(it, each),
        Content::Each(it) => {
            table(&mut it.table, each);
            it.fade.iter_mut().for_each(|it| table(it, each));
        }
        Content::Matrix(it) => it.origins.iter_mut().for_each(each),
        Content::Condition(it) => each(&mut it.origin),
        Content::List(ListRule { admit, remove, .. }) => {
            each(&mut admit.origin);
            condition(remove.as_mut(), each);
        }
    }
}

/// The same of a table.
pub(crate) fn table(table: &mut Table, each: &mut dyn FnMut(&mut Origin)) {
    table.rows.iter_mut().for_each(|it| each(&mut it.origin));
}
