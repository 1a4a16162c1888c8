//! What about a thing was changed.

use serde::Serialize;

use crate::model::Id;

/// What about the thing was changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// It was added or removed.
    Whole,
    /// Its id, by which others know it.
    Id,
    /// Its name beside the id.
    Name,
    /// Its title.
    Title,
    /// 依据 and 说明
    Basis,
    /// 缘由
    Reason,
    /// How it is written.
    Wording,
    /// 谁产生、谁提供、谁负责
    Responsibility,
    /// When it is in force.
    Period,
    /// 适用
    Applies,
    /// A formula.
    Formula,
    /// 取 of that name.
    Local(Id),
    /// 取, formula and table together, where they cannot be told apart.
    Body,
    /// The edge of a band in that column of a table.
    Edge(usize),
    /// A number, a date or a member in a formula.
    Literal,
    /// The length of a window.
    Window,
    /// A condition.
    Condition,
    /// 移出 of a list.
    Removal,
    /// What a row asks in that column.
    Cell(usize),
    /// What a row is worth, in that column of results.
    Points(usize),
    /// Rows that were added, removed or drawn anew.
    Rows,
    /// The order of rows in which the first that holds counts.
    Order,
    /// How rows or records come together.
    Mode,
    /// The records that are gone through one by one.
    Source,
    /// 折减
    Fade,
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
    /// 上限 or 下限 under a condition.
    Bound,
    /// 容许
    Accepted,
    /// The result of a matrix in that row and that column; 缺失 last.
    Crossing(usize, usize),
    /// The value of a parameter, and what it is used for.
    Value(Role),
    /// Moved to another dimension.
    Dimension,
    /// What kind of declaration it is, with what belongs to that kind.
    Sort,
    /// Its type.
    Type,
    /// 优先 or 累加 of a determination.
    Priority,
    /// What a determination does.
    Effect,
    /// What a determination acts on.
    Target,
    /// 名额
    Quota,
    /// A field or a column of that name.
    Field(Id),
    /// The members of an enumeration.
    Members,
    /// Label or colour of a member.
    Member(Id),
    /// A row of a code table, by its key.
    Code(String),
    /// 前缀, 替换, the order of records …: how a table is to be read.
    Reading,
    /// 引用 or 基于 of that package.
    Use(Id),
    /// 要求
    Require,
    /// What a household does: 改为, 新增, 最早, 渠道.
    Deed,
    /// 用例, counted.
    Cases,
    /// 保证, counted.
    Guarantees,
    /// 条款 and 落实, counted.
    Clauses,
}

impl Aspect {
    /// What it is called where that says everything, in Chinese and English; empty where what stands
    /// there has to be told as well.
    pub fn words(&self) -> [&'static str; 2] {
        match self {
            Self::Id => ["更名", "renamed"],
            Self::Name => ["名称", "name"],
            Self::Title => ["标题", "title"],
            Self::Basis => ["依据与说明", "basis and note"],
            Self::Reason => ["缘由", "reason"],
            Self::Wording => ["写法", "wording"],
            Self::Responsibility => ["数据责任", "who answers for the data"],
            Self::Period => ["生效", "in force"],
            Self::Applies => ["适用", "applies to"],
            Self::Formula => ["计算", "formula"],
            Self::Body => ["内容", "content"],
            Self::Literal => ["数值", "number"],
            Self::Window => ["期间", "window"],
            Self::Condition => ["条件", "condition"],
            Self::Removal => ["移出条件", "removal"],
            Self::Rows => ["行", "rows"],
            Self::Order => ["行的次序", "order of rows"],
            Self::Mode => ["汇总方式", "how rows come together"],
            Self::Source => ["逐条的记录", "records gone through"],
            Self::Fade => ["折减", "fade"],
            Self::Max => ["满分", "maximum"],
            Self::Cap => ["上限", "cap"],
            Self::Floor => ["下限", "floor"],
            Self::Base => ["起评", "base"],
            Self::Weight => ["权重", "weight"],
            Self::Bound => ["有条件的上下限", "conditional bound"],
            Self::Accepted => ["容许", "accepted"],
            Self::Dimension => ["所属维度", "dimension"],
            Self::Sort => ["种类", "sort"],
            Self::Type => ["类型", "type"],
            Self::Priority => ["优先", "priority"],
            Self::Effect => ["效果", "effect"],
            Self::Target => ["作用的分类", "what it acts on"],
            Self::Quota => ["名额", "quota"],
            Self::Members => ["成员", "members"],
            Self::Reading => ["读法", "how it is read"],
            Self::Require => ["要求", "requirement"],
            Self::Deed => ["内容", "content"],
            Self::Cases => ["用例（只在一版里的）", "cases (in one version only)"],
            Self::Guarantees => ["保证（只在一版里的）", "guarantees (in one version only)"],
            Self::Clauses => ["条款（只在一版里的）", "policy clauses (in one version only)"],
            Self::Whole
            | Self::Local(_)
            | Self::Edge(_)
            | Self::Cell(_)
            | Self::Points(_)
            | Self::Crossing(..)
            | Self::Value(_)
            | Self::Field(_)
            | Self::Member(_)
            | Self::Code(_)
            | Self::Use(_) => ["", ""],
        }
    }
}

/// What a parameter is used for; where it is several things, the one that needs the most care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// In a formula.
    Number,
    /// Points, a share, a cap.
    Weight,
    /// From where on something counts.
    Threshold,
    /// The length of a window.
    Window,
    /// A cut-off between grades.
    CutOff,
}

impl Role {
    /// What it is called, in Chinese and English.
    pub fn words(self) -> [&'static str; 2] {
        match self {
            Self::Number => ["值", "value"],
            Self::Weight => ["值（用作分值或权重）", "value (used as points or weight)"],
            Self::Threshold => ["值（用作门槛）", "value (used as a threshold)"],
            Self::Window => ["值（用作期间）", "value (used as a window)"],
            Self::CutOff => ["值（用作等级分界）", "value (used as a cut-off)"],
        }
    }
}
