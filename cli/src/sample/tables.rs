//! The tables of the data standard, as the files of a sample have them.

use std::borrow::Cow;

use serde::Serialize;

/// A table of the data standard; it is written to a file of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Table {
    /// 个体工商户: the households
    #[serde(rename = "个体工商户")]
    Household,
    /// 许可
    #[serde(rename = "许可")]
    Licence,
    /// 年报
    #[serde(rename = "年报")]
    AnnualReport,
    /// 行政处罚
    #[serde(rename = "行政处罚")]
    Penalty,
    /// 检查
    #[serde(rename = "检查")]
    Inspection,
    /// 抽检
    #[serde(rename = "抽检")]
    Sampling,
    /// 投诉举报
    #[serde(rename = "投诉举报")]
    Complaint,
    /// 经营异常
    #[serde(rename = "经营异常")]
    Abnormal,
    /// 严重违法失信
    #[serde(rename = "严重违法失信")]
    Serious,
    /// 失信被执行人
    #[serde(rename = "失信被执行人")]
    Debtor,
    /// 参保
    #[serde(rename = "参保")]
    Insurance,
    /// 信用承诺
    #[serde(rename = "信用承诺")]
    Promise,
    /// 荣誉
    #[serde(rename = "荣誉")]
    Honour,
}

/// The key of a household, and the column by which every record says whose it is.
pub(super) const KEY: &str = "统一社会信用代码";

impl Table {
    /// All tables, in the order of the data standard.
    pub const ALL: [Self; 13] = [
        Self::Household,
        Self::Licence,
        Self::AnnualReport,
        Self::Penalty,
        Self::Inspection,
        Self::Sampling,
        Self::Complaint,
        Self::Abnormal,
        Self::Serious,
        Self::Debtor,
        Self::Insurance,
        Self::Promise,
        Self::Honour,
    ];

    /// Its declared name, which is the name of its file without the ending.
    pub fn name(self) -> &'static str {
        match self {
            Self::Household => "个体工商户",
            Self::Licence => "许可",
            Self::AnnualReport => "年报",
            Self::Penalty => "行政处罚",
            Self::Inspection => "检查",
            Self::Sampling => "抽检",
            Self::Complaint => "投诉举报",
            Self::Abnormal => "经营异常",
            Self::Serious => "严重违法失信",
            Self::Debtor => "失信被执行人",
            Self::Insurance => "参保",
            Self::Promise => "信用承诺",
            Self::Honour => "荣誉",
        }
    }

    /// Its columns in the order of the file; the first is the household's key.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Household => HOUSEHOLD,
            Self::Licence => {
                &[KEY, "许可编号", "种类", "许可日期", "有效期至", "注销日期", "注销原因"]
            }
            Self::AnnualReport => &[KEY, "报告年度", "报送日期", "营业额", "纳税额", "从业人数"],
            Self::Penalty => PENALTY,
            Self::Inspection => &[KEY, "检查日期", "事项", "结果", "整改日期"],
            Self::Sampling => &[KEY, "公布日期", "层级", "合格"],
            Self::Complaint => &[KEY, "登记日期", "类别", "投诉人", "办结日期", "属实"],
            Self::Abnormal => &[KEY, "列入日期", "原因", "移出日期"],
            Self::Serious => &[KEY, "列入日期", "事由", "移出日期"],
            Self::Debtor => &[KEY, "案号", "立案日期", "履行日期"],
            Self::Insurance => &[KEY, "所属月", "参保人数"],
            Self::Promise => &[KEY, "承诺日期", "履约日期", "违约日期"],
            Self::Honour => &[KEY, "授予日期", "级别", "撤回日期"],
        }
    }
}

const HOUSEHOLD: &[&str] = &[
    KEY,
    "名称",
    "经营者",
    "联系电话",
    "状态",
    "组成形式",
    "成立日期",
    "行业",
    "区划",
    "经营场所",
    "场所类型",
    "面积",
    "资金数额",
    "从业人数",
    "线上经营",
    "分型",
    "名特优新",
    "党组织",
    "税务状态",
    "参加社保",
];

const PENALTY: &[&str] = &[
    KEY,
    "决定书文号",
    "种类",
    "程度",
    "事由",
    "决定日期",
    "罚款金额",
    "没收金额",
    "公示期至",
    "修复日期",
    "修复机关",
    "撤销日期",
];

/// One row of a table; an empty cell is an empty text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Where it belongs.
    pub(super) table: Table,
    /// A cell for every column.
    pub(super) cells: Vec<Cow<'static, str>>,
}

impl Row {
    /// A row of the household with `key`, all other cells empty.
    pub(super) fn of(table: Table, key: &str) -> Self {
        let mut cells = vec![Cow::Borrowed(""); table.columns().len()];
        if let Some(first) = cells.first_mut() {
            *first = Cow::Owned(key.to_owned());
        }
        Self { table, cells }
    }

    /// The row with a cell filled.
    pub(super) fn with(mut self, column: &str, cell: impl Into<Cow<'static, str>>) -> Self {
        self.set(column, cell);
        self
    }

    /// Fills a cell. A column that the table does not have is a mistake of this module, which its
    /// tests would meet.
    pub(super) fn set(&mut self, column: &str, cell: impl Into<Cow<'static, str>>) {
        let at = self.table.columns().iter().position(|it| *it == column);
        debug_assert!(at.is_some(), "{} has no column {column}", self.table.name());
        if let Some(place) = at.and_then(|at| self.cells.get_mut(at)) {
            *place = cell.into();
        }
    }

    /// What a cell says.
    pub(super) fn get(&self, column: &str) -> &str {
        let at = self.table.columns().iter().position(|it| *it == column);
        at.and_then(|at| self.cells.get(at)).map_or("", AsRef::as_ref)
    }
}
