//! The tables, types and fields that a package sees bare: its own, those of its base, those of the
//! packages it uses, in this order; the first of a name counts.

use super::index::{Fields, Index, Types};
use super::names::Import;
use super::unit::Unit;
use crate::model::{CodeTable, EnumType, Field, RecordTable, Ref};

/// A record table that the package sees.
#[derive(Debug, Clone)]
pub(super) struct TableView<'u> {
    /// How it is referred to.
    pub(super) reference: Ref,
    /// The table.
    pub(super) table: &'u RecordTable,
    /// The names of its fields.
    pub(super) fields: &'u Fields,
    /// Its number, if it is one of this package.
    pub(super) own: Option<usize>,
    /// The used package that declares it; neither for this package nor for its base.
    pub(super) import: Option<usize>,
}

/// A code table that the package sees.
#[derive(Debug, Clone)]
pub(super) struct CodesView<'u> {
    /// How it is referred to.
    pub(super) reference: Ref,
    /// The table.
    pub(super) table: &'u CodeTable,
    /// The names of its columns.
    pub(super) columns: &'u Fields,
    /// The used package that declares it.
    pub(super) import: Option<usize>,
}

/// A field of the household as a package sees it.
#[derive(Debug, Clone)]
pub(super) struct FieldView<'u> {
    /// How it is referred to.
    pub(super) reference: Ref,
    /// The field.
    pub(super) field: &'u Field,
    /// Its number, if this package declares it.
    pub(super) own: Option<usize>,
    /// The used package that declares it.
    pub(super) import: Option<usize>,
}

/// Whose something is.
#[derive(Debug, Clone, Copy)]
enum Whose<'u, 'a> {
    Own,
    Base(&'u Import<'a>),
    Used(usize, &'u Import<'a>),
}

impl<'a> Unit<'a> {
    /// All of whom something is seen bare, in order.
    fn owners(&self) -> impl Iterator<Item = Whose<'_, 'a>> {
        let base = self.base_import().map(Whose::Base);
        let used = self.used().map(|it| Whose::Used(it.0, it.1));
        std::iter::once(Whose::Own).chain(base).chain(used)
    }

    /// The used packages without the base, by number.
    fn used(&self) -> impl Iterator<Item = (usize, &Import<'a>)> {
        self.imports.iter().enumerate().filter(|it| !it.1.extends)
    }

    fn base_import(&self) -> Option<&Import<'a>> {
        self.base.and_then(|base| self.imports.iter().find(|it| std::ptr::eq(it.set, base)))
    }

    /// The names of the tables and types of an owner.
    fn types_of<'u>(&'u self, whose: Whose<'u, 'a>) -> &'u Types {
        match whose {
            Whose::Own => &self.schema.types,
            Whose::Base(it) | Whose::Used(_, it) => &it.index.types,
        }
    }

    /// The owners that a reference may speak of.
    fn owners_of(&self, reference: &Ref) -> Vec<Whose<'_, 'a>> {
        let meant = self.owners().filter(|it| match (it, &reference.package) {
            (Whose::Own | Whose::Base(_), None) => true,
            (Whose::Used(_, it), Some(package)) => it.name == *package,
            (Whose::Own | Whose::Base(_), Some(_)) | (Whose::Used(..), None) => false,
        });
        meant.collect()
    }

    fn tables_of<'u>(&'u self, whose: Whose<'u, 'a>) -> &'u [RecordTable] {
        match whose {
            Whose::Own => &self.schema.tables,
            Whose::Base(it) | Whose::Used(_, it) => &it.set.tables,
        }
    }

    fn table_at<'u>(&'u self, whose: Whose<'u, 'a>, at: usize) -> Option<TableView<'u>> {
        let table = self.tables_of(whose).get(at)?;
        let fields = self.types_of(whose).fields.get(at)?;
        Some(TableView {
            reference: whose.reference(&table.id),
            table,
            fields,
            own: matches!(whose, Whose::Own).then_some(at),
            import: whose.import(),
        })
    }

    /// All record tables.
    pub(super) fn tables(&self) -> impl Iterator<Item = TableView<'_>> {
        self.owners().flat_map(move |whose| {
            let all = 0..self.tables_of(whose).len();
            all.filter_map(move |at| self.table_at(whose, at))
        })
    }

    /// The names of all record tables.
    pub(super) fn table_names(&self) -> Vec<String> {
        self.tables().map(|it| it.table.name.to_string()).collect()
    }

    /// The record table of that name or id.
    pub(super) fn table(&self, name: &str) -> Option<TableView<'_>> {
        self.owners().find_map(|it| self.table_at(it, self.types_of(it).tables.called(name)?))
    }

    /// The record table of a reference.
    pub(super) fn table_of(&self, reference: &Ref) -> Option<TableView<'_>> {
        self.owners_of(reference)
            .into_iter()
            .find_map(|it| self.table_at(it, self.types_of(it).tables.with_id(&reference.id)?))
    }

    fn enums_of<'u>(&'u self, whose: Whose<'u, 'a>) -> &'u [EnumType] {
        match whose {
            Whose::Own => &self.schema.enums,
            Whose::Base(it) | Whose::Used(_, it) => &it.set.enums,
        }
    }

    /// All enumerations and grades.
    pub(super) fn enums(&self) -> impl Iterator<Item = &EnumType> {
        self.owners().flat_map(|it| self.enums_of(it))
    }

    /// The names of all enumerations and grades.
    pub(super) fn enum_names(&self) -> Vec<String> {
        self.enums().map(|it| it.name.to_string()).collect()
    }

    /// The enumeration or grade of that name or id.
    pub(super) fn enum_called(&self, name: &str) -> Option<(Ref, &EnumType)> {
        self.owners().find_map(|whose| {
            let found = self.enums_of(whose).get(self.types_of(whose).enums.called(name)?)?;
            Some((whose.reference(&found.id), found))
        })
    }

    /// The enumerations and grades that have a member of that name.
    pub(super) fn enums_with<'u>(
        &'u self,
        member: &'u str,
    ) -> impl Iterator<Item = (Ref, &'u EnumType)> {
        self.owners().flat_map(move |whose| {
            let found = self.types_of(whose).with_member(member).iter();
            let found = found.filter_map(move |at| self.enums_of(whose).get(*at));
            found.map(move |it| (whose.reference(&it.id), it))
        })
    }

    /// The enumeration or grade of a reference, also one that is seen only through a type.
    pub(super) fn enum_of(&self, reference: &Ref) -> Option<&EnumType> {
        let seen = self
            .owners_of(reference)
            .into_iter()
            .find_map(|it| self.enums_of(it).get(self.types_of(it).enums.with_id(&reference.id)?));
        seen.or_else(|| {
            let package = reference.package.as_ref()?;
            let mut packages =
                self.imports.iter().filter(|it| it.set.id == *package || it.name == *package);
            packages.find_map(|it| enum_in(it.index, it, &reference.id))
        })
    }

    fn codes_of_owner<'u>(&'u self, whose: Whose<'u, 'a>) -> &'u [CodeTable] {
        match whose {
            Whose::Own => &self.schema.codes,
            Whose::Base(it) | Whose::Used(_, it) => &it.set.codes,
        }
    }

    fn codes_at<'u>(&'u self, whose: Whose<'u, 'a>, at: usize) -> Option<CodesView<'u>> {
        let table = self.codes_of_owner(whose).get(at)?;
        let columns = self.types_of(whose).columns.get(at)?;
        let reference = whose.reference(&table.id);
        Some(CodesView { reference, table, columns, import: whose.import() })
    }

    /// The names of all code tables.
    pub(super) fn codes_names(&self) -> Vec<String> {
        let all = self.owners().flat_map(|it| self.codes_of_owner(it));
        all.map(|it| it.name.to_string()).collect()
    }

    /// The code table of that name or id.
    pub(super) fn codes_called(&self, name: &str) -> Option<CodesView<'_>> {
        self.owners().find_map(|it| self.codes_at(it, self.types_of(it).codes.called(name)?))
    }

    /// The code table of a reference.
    pub(super) fn codes_of(&self, reference: &Ref) -> Option<CodesView<'_>> {
        self.owners_of(reference)
            .into_iter()
            .find_map(|it| self.codes_at(it, self.types_of(it).codes.with_id(&reference.id)?))
    }

    fn fields_of<'u>(&'u self, whose: Whose<'u, 'a>) -> &'u [Field] {
        let subject = match whose {
            Whose::Own => self.schema.subject.as_ref(),
            Whose::Base(it) | Whose::Used(_, it) => it.set.subject.as_ref(),
        };
        subject.map_or(&[], |it| it.fields.as_slice())
    }

    fn field_at<'u>(&'u self, whose: Whose<'u, 'a>, at: usize) -> Option<FieldView<'u>> {
        let field = self.fields_of(whose).get(at)?;
        Some(FieldView {
            reference: whose.reference(&field.id),
            field,
            own: matches!(whose, Whose::Own).then_some(at),
            import: whose.import(),
        })
    }

    /// The names of all fields of the household.
    pub(super) fn household_names(&self) -> Vec<String> {
        self.owners().flat_map(|it| self.fields_of(it)).map(|it| it.name.to_string()).collect()
    }

    /// The field of the household of that name or id.
    pub(super) fn household_field(&self, name: &str) -> Option<FieldView<'_>> {
        self.owners().find_map(|it| self.field_at(it, self.types_of(it).household.called(name)?))
    }

    /// The field of the household that is referred to so.
    pub(super) fn household_field_of(&self, reference: &Ref) -> Option<FieldView<'_>> {
        self.owners()
            .filter(|it| it.reference(&reference.id) == *reference)
            .find_map(|it| self.field_at(it, self.types_of(it).household.with_id(&reference.id)?))
    }

    /// The field with the date of a later happening, where the name says that it has, or has not
    /// (`true`), happened.
    pub(super) fn household_happening(&self, name: &str) -> Option<(bool, FieldView<'_>)> {
        self.owners().find_map(|whose| {
            let (negated, at) = self.types_of(whose).household.happened(name)?;
            Some((negated, self.field_at(whose, at)?))
        })
    }
}

impl Whose<'_, '_> {
    fn reference(&self, id: &str) -> Ref {
        match self {
            Self::Own | Self::Base(_) => Ref::own(id),
            Self::Used(_, it) => Ref::of(&it.name, id),
        }
    }

    fn import(&self) -> Option<usize> {
        match self {
            Self::Own | Self::Base(_) => None,
            Self::Used(at, _) => Some(*at),
        }
    }
}

fn enum_in<'m>(index: &Index, import: &Import<'m>, id: &str) -> Option<&'m EnumType> {
    import.set.enums.get(index.types.enums.with_id(id)?)
}
