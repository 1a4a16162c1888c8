//! Names for places in the model, so that a finding can point at source text it never saw.

use crate::model::Id;

/// A place in the model of one package.
///
/// The model has no spans; the checker keeps a table from these paths to spans while it lowers. Where
/// that table has no entry for a path, [`NodePath::wider`] gives the next larger place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodePath {
    /// What the place belongs to.
    pub owner: Owner,
    /// Which of its versions, in the order of the model; 0 where there are none.
    pub version: usize,
    /// Which part of it.
    pub part: Part,
}

/// Something of a package that has parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The package itself.
    Package,
    /// A declaration, by id.
    Decl(Id),
    /// A direct determination, by id.
    Decide(Id),
    /// A data-quality rule, by id.
    Check(Id),
    /// A field of the household that this package declares, by id.
    Field(Id),
    /// A field of a record table: table and field, by id.
    RecordField(Id, Id),
    /// A column of a code table: table and column, by id.
    CodeColumn(Id, Id),
    /// A 用例, by its number.
    Case(usize),
    /// A 停用, by its number.
    Disabled(usize),
    /// An enumeration or a grade, by id.
    Enum(Id),
    /// A code table, by id.
    Codes(Id),
}

/// A part of an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The header, or the whole where there is no header.
    Header,
    /// A number of the header: `满分 40`.
    Bound(BoundWord),
    /// 适用
    Applies,
    /// A table as a whole; also a formula, a source, a condition or a matrix in that place.
    Table(TableAt),
    /// A row, from 0.
    Row(TableAt, usize),
    /// A cell in front of the `：` of a row: row, column.
    Cell(TableAt, usize, usize),
    /// A result behind the `：` of a row: row, column.
    Result(TableAt, usize, usize),
    /// A row of a matrix, in the order of the model.
    MatrixRow(usize),
    /// A cell of a matrix: row, column.
    MatrixCell(usize, usize),
    /// A part of the condition that is the content (当, 要求, 入选): its number.
    Condition(usize),
    /// A part of 移出 当: its number.
    Remove(usize),
    /// `上限 399 当 …`: its number.
    Conditional(usize),
    /// `容许 减轻 因 …`: its number.
    Accepted(usize),
    /// 缘由
    Reason,
}

/// Which table of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableAt {
    /// The content, also the table inside 逐条.
    Content,
    /// 折减 of the content.
    Fade,
    /// The content of a 取, by its number.
    Let(usize),
    /// 折减 of a 取.
    LetFade(usize),
}

/// Which number of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BoundWord {
    /// 满分
    Max,
    /// 上限
    Cap,
    /// 下限
    Floor,
    /// 起评
    Base,
    /// 权重
    Weight,
}

impl NodePath {
    /// The header of something.
    pub fn header(owner: Owner) -> Self {
        Self { owner, version: 0, part: Part::Header }
    }

    /// A part of a version.
    pub fn new(owner: Owner, version: usize, part: Part) -> Self {
        Self { owner, version, part }
    }

    /// Another part of the same version.
    #[must_use]
    pub fn with(&self, part: Part) -> Self {
        Self { owner: self.owner.clone(), version: self.version, part }
    }

    /// The next larger place: a cell's row, a row's table, a table's header, the first version's
    /// header, and last the package; `None` for the package.
    pub fn wider(&self) -> Option<Self> {
        let part = match self.part {
            Part::Cell(at, row, _) | Part::Result(at, row, _) => Part::Row(at, row),
            Part::Row(at, _) => Part::Table(at),
            Part::MatrixCell(row, _) => Part::MatrixRow(row),
            Part::MatrixRow(_) | Part::Condition(_) | Part::Remove(_) => {
                Part::Table(TableAt::Content)
            }
            Part::Bound(_)
            | Part::Applies
            | Part::Table(_)
            | Part::Conditional(_)
            | Part::Accepted(_)
            | Part::Reason => Part::Header,
            Part::Header if self.version > 0 => {
                return Some(Self::header(self.owner.clone()));
            }
            Part::Header if self.owner == Owner::Package => return None,
            Part::Header => return Some(Self::header(Owner::Package)),
        };
        Some(self.with(part))
    }
}

#[cfg(test)]
mod tests {
    use super::{NodePath, Owner, Part, TableAt};

    #[test]
    fn every_place_widens_to_the_package() {
        let cell = Part::Cell(TableAt::Let(2), 3, 1);
        let mut place = Some(NodePath::new(Owner::Decl("甲".into()), 1, cell));
        let mut steps = 0;
        while let Some(it) = place {
            place = it.wider();
            steps += 1;
        }
        assert_eq!(steps, 6);
    }
}
