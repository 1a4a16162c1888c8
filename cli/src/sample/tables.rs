//! The tables of the data standard, as the files of a sample have them.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

/// A table of the data standard; it is written to a file of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// 个体工商户: the households
    Household,
    /// 许可
    Licence,
    /// 登记变更
    Change,
    /// 年报
    AnnualReport,
    /// 关联主体: other businesses of the same operator
    Affiliate,
    /// 联络: attempts to reach the household
    Contact,
    /// 行政处罚
    Penalty,
    /// 行政强制
    Compulsory,
    /// 检查
    Inspection,
    /// 抽检: food samplings
    Sampling,
    /// 事故
    Accident,
    /// 经营异常
    Abnormal,
    /// 严重违法失信
    Serious,
    /// 信用修复
    Repair,
    /// 信用承诺
    Promise,
    /// 失信被执行人
    Debtor,
    /// 司法案件
    Lawsuit,
    /// 欠税
    Arrears,
    /// 纳税信用
    TaxCredit,
    /// 参保
    Insurance,
    /// 投诉举报
    Complaint,
    /// 平台评价
    Rating,
    /// 荣誉
    Honour,
}

/// The key of a household, and the column by which every record says whose it is.
pub(super) const KEY: &str = "统一社会信用代码";

impl Table {
    /// All tables, in the order of the data standard.
    pub const ALL: [Self; 23] = [
        Self::Household,
        Self::Licence,
        Self::Change,
        Self::AnnualReport,
        Self::Affiliate,
        Self::Contact,
        Self::Penalty,
        Self::Compulsory,
        Self::Inspection,
        Self::Sampling,
        Self::Accident,
        Self::Abnormal,
        Self::Serious,
        Self::Repair,
        Self::Promise,
        Self::Debtor,
        Self::Lawsuit,
        Self::Arrears,
        Self::TaxCredit,
        Self::Insurance,
        Self::Complaint,
        Self::Rating,
        Self::Honour,
    ];

    /// Its declared name, which is the name of its file without the ending.
    pub fn name(self) -> &'static str {
        self.layout().0
    }

    /// Its columns in the order of the file; the first is the household's key. The household's own
    /// fields include those that the food set adds (增补).
    pub fn columns(self) -> &'static [&'static str] {
        self.layout().1
    }

    fn layout(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Household => ("个体工商户", HOUSEHOLD),
            Self::Licence => {
                ("许可", &[KEY, "许可编号", "种类", "许可日期", "有效期至", "注销日期", "注销原因"])
            }
            Self::Change => ("登记变更", &[KEY, "变更日期", "事项"]),
            Self::AnnualReport => {
                ("年报", &[KEY, "报告年度", "报送日期", "营业额", "纳税额", "从业人数"])
            }
            Self::Affiliate => (
                "关联主体",
                &[KEY, "关联代码", "登记日期", "列异日期", "列严日期", "注销日期", "吊销日期"],
            ),
            Self::Contact => ("联络", &[KEY, "联络日期", "方式", "联系上"]),
            Self::Penalty => ("行政处罚", PENALTY),
            Self::Compulsory => ("行政强制", &[KEY, "强制文号", "种类", "决定日期", "解除日期"]),
            Self::Inspection => ("检查", &[KEY, "检查日期", "事项", "结果", "整改日期"]),
            Self::Sampling => ("抽检", &[KEY, "公布日期", "层级", "合格"]),
            Self::Accident => ("事故", &[KEY, "发生日期", "类别", "程度", "认定日期", "负有责任"]),
            Self::Abnormal => ("经营异常", &[KEY, "列入日期", "原因", "移出日期"]),
            Self::Serious => ("严重违法失信", &[KEY, "列入日期", "事由", "移出日期"]),
            Self::Repair => ("信用修复", &[KEY, "申请日期", "对象", "办结日期", "准予"]),
            Self::Promise => ("信用承诺", &[KEY, "承诺日期", "履约日期", "违约日期"]),
            Self::Debtor => ("失信被执行人", &[KEY, "案号", "立案日期", "履行日期"]),
            Self::Lawsuit => ("司法案件", &[KEY, "裁判日期", "地位", "类别", "败诉"]),
            Self::Arrears => ("欠税", &[KEY, "公告日期", "欠税金额", "缴清日期"]),
            Self::TaxCredit => ("纳税信用", &[KEY, "评价年度", "评价日期", "级别"]),
            Self::Insurance => ("参保", &[KEY, "所属月", "参保人数"]),
            Self::Complaint => {
                ("投诉举报", &[KEY, "登记日期", "类别", "投诉人", "办结日期", "属实"])
            }
            Self::Rating => ("平台评价", &[KEY, "评价月", "评分", "差评率"]),
            Self::Honour => ("荣誉", &[KEY, "授予日期", "级别", "撤回日期"]),
        }
    }
}

/// Which tables and columns of a sample are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection(Vec<(Table, Vec<usize>)>);

impl Selection {
    /// Everything that the data standard and the food set declare.
    pub fn all() -> Self {
        Self(Table::ALL.map(|it| (it, (0..it.columns().len()).collect())).to_vec())
    }

    /// What `declares` says that somebody reads: whether a table (`None`) or a column of it is wanted.
    /// The key of the household stands in every table.
    pub fn of(declares: impl Fn(&str, Option<&str>) -> bool) -> Self {
        let wanted = Table::ALL.into_iter().filter(|it| declares(it.name(), None));
        let columns = |table: Table| {
            let all = table.columns().iter().enumerate();
            all.filter(|(at, it)| *at == 0 || declares(table.name(), Some(it)))
                .map(|it| it.0)
                .collect()
        };
        Self(wanted.map(|it| (it, columns(it))).collect())
    }

    /// The tables in the order of [`Table::ALL`], with the numbers of their columns.
    pub(super) fn tables(&self) -> impl Iterator<Item = (Table, &[usize])> {
        self.0.iter().map(|it| (it.0, it.1.as_slice()))
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

const HOUSEHOLD: &[&str] = &[
    KEY,
    "名称",
    "经营者",
    "经营者标识",
    "联系电话",
    "状态",
    "组成形式",
    "登记方式",
    "成立日期",
    "经营期限至",
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
    "许可业态",
    "食品面积",
    "预包装常温",
    "预包装冷藏",
    "预包装冷冻",
    "散装常温",
    "散装冷藏",
    "散装冷冻",
    "供货者",
    "食堂",
    "就餐人数",
    "餐饮品类",
    "网络餐饮",
    "食品安全管理员",
    "自查日期",
    "体系认证",
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
