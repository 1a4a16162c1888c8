//! Who has to approve a change: gates look at its figures, keys say who somebody is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use heng_dsl::stored::Hash;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::plan::Figures;

/// What is signed in front of the hash of a plan, so that a signature means nothing else.
const SIGNED: &str = "heng plan approved 1\n";

/// A condition under which somebody has to approve.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// What it looks at.
    #[serde(alias = "看")]
    pub when: Measure,
    /// Above which amount it is hit; 0 where nothing is said.
    #[serde(default, alias = "超过")]
    pub over: Amount,
    /// Who has to approve then, all of them.
    #[serde(alias = "审批人")]
    pub approvers: Vec<String>,
}

/// What a gate looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// 总是: it is always hit.
    #[serde(alias = "总是")]
    Always,
    /// 变动: households with another grade.
    #[serde(alias = "变动")]
    Moved,
    /// 高险增加: by how many the riskiest grade grows.
    #[serde(alias = "高险增加")]
    Riskiest,
    /// 跳级: households whose grade moves by two or more.
    #[serde(alias = "跳级")]
    Jumps,
    /// 未定: what was left undecided.
    #[serde(alias = "未定")]
    Undecided,
    /// 无依据: changes without a legal basis.
    #[serde(alias = "无依据")]
    Undocumented,
}

/// A number, or a share of all households.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// So many.
    Count(u64),
    /// So many of a million households.
    Share(u64),
}

impl Default for Amount {
    fn default() -> Self {
        Self::Count(0)
    }
}

impl FromStr for Amount {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "应写成 10 或 1.5% / write 10 or 1.5%";
        let Some(percent) = text.trim().strip_suffix(['%', '％']) else {
            return text.trim().parse().map(Self::Count).map_err(|_| WRONG);
        };
        let (whole, places) = percent.trim().split_once('.').unwrap_or((percent.trim(), ""));
        let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
        if places.len() > 4 || !digits(places) || whole.is_empty() || !digits(whole) {
            return Err(WRONG);
        }
        let ppm: u64 = format!("{whole}{places:0<4}").parse().map_err(|_| WRONG)?;
        Ok(Self::Share(ppm))
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(it) => Ok(Self::Count(it)),
            Written::Text(it) => it.parse().map_err(de::Error::custom),
        }
    }
}

impl Gate {
    /// What it looks at, of these figures; none where nobody looked.
    pub fn amount(&self, figures: &Figures) -> Option<u64> {
        let counted = figures.counted;
        match self.when {
            Measure::Always => Some(1),
            Measure::Moved => counted.map(|it| it.moved),
            Measure::Riskiest => {
                counted.map(|it| it.riskiest_after.saturating_sub(it.riskiest_before))
            }
            Measure::Jumps => counted.map(|it| it.jumps),
            Measure::Undecided => figures.undecided,
            Measure::Undocumented => Some(figures.undocumented),
        }
    }

    /// Is it hit? So it is where nobody looked.
    pub fn is_hit(&self, figures: &Figures) -> bool {
        let Some(amount) = self.amount(figures).map(u128::from) else { return true };
        match self.over {
            _ if self.when == Measure::Always => true,
            Amount::Count(over) => amount > u128::from(over),
            Amount::Share(ppm) => {
                let households = figures.counted.map_or(0, |it| it.households);
                amount * 1_000_000 > u128::from(ppm) * u128::from(households)
            }
        }
    }
}

impl Measure {
    /// What it is called, in Chinese and English.
    pub fn words(self) -> [&'static str; 2] {
        match self {
            Self::Always => ["总是", "always"],
            Self::Moved => ["等级变动的户", "households that move"],
            Self::Riskiest => ["最高风险等级增加的户", "growth of the riskiest grade"],
            Self::Jumps => ["变动两级以上的户", "households that move two grades or more"],
            Self::Undecided => ["未能判定的问题", "questions left undecided"],
            Self::Undocumented => ["没有写依据的改动", "changes without a legal basis"],
        }
    }
}

impl fmt::Display for Amount {
    /// As it is written in a project file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(it) => it.fmt(f),
            Self::Share(ppm) => {
                let (whole, places) = (ppm / 10_000, format!("{:04}", ppm % 10_000));
                let places = places.trim_end_matches('0');
                let point = if places.is_empty() { "" } else { "." };
                write!(f, "{whole}{point}{places}%")
            }
        }
    }
}

/// Everybody who has to approve, given the gates that are hit.
pub fn approvers(gates: &[Gate], figures: &Figures) -> BTreeSet<String> {
    let hit = gates.iter().filter(|it| it.is_hit(figures));
    hit.flat_map(|it| it.approvers.iter().cloned()).collect()
}

/// A secret key, with which somebody signs.
#[derive(Debug)]
pub struct SecretKey(SigningKey);

/// A public key, which says who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// What stands in front of the digits in a key file.
const SECRET_HEAD: &str = "heng secret key ed25519 ";
const PUBLIC_HEAD: &str = "heng public key ed25519 ";

impl SecretKey {
    /// The key made of 32 bytes of chance.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(bytes))
    }

    /// Reads a file of a secret key.
    pub fn parse(text: &str) -> Option<Self> {
        text.strip_prefix(SECRET_HEAD).and_then(bytes).map(|it| Self::from_bytes(&it))
    }

    /// The text of its file.
    pub fn text(&self) -> String {
        format!("{SECRET_HEAD}{}\n", digits(&self.0.to_bytes()))
    }

    /// The public key that belongs to it.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs the approval of a plan.
    pub(super) fn sign(&self, plan: &Hash) -> String {
        digits(&self.0.sign(signed(plan).as_bytes()).to_bytes())
    }
}

impl PublicKey {
    /// Reads a file of a public key.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.strip_prefix(PUBLIC_HEAD).and_then(bytes)?;
        VerifyingKey::from_bytes(&bytes).ok().map(Self)
    }

    /// The text of its file.
    pub fn text(&self) -> String {
        format!("{PUBLIC_HEAD}{}\n", self.digits())
    }

    /// Its digits alone.
    pub fn digits(&self) -> String {
        digits(self.0.as_bytes())
    }

    /// Did the owner of this key sign the approval of this plan?
    pub(super) fn signed(&self, plan: &Hash, signature: &str) -> bool {
        let Some(bytes) = bytes::<64>(signature) else { return false };
        self.0.verify_strict(signed(plan).as_bytes(), &Signature::from_bytes(&bytes)).is_ok()
    }
}

/// The keys that a project trusts, by whose they are.
pub type Keys = BTreeMap<String, PublicKey>;

fn signed(plan: &Hash) -> String {
    format!("{SIGNED}{plan}")
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, it| {
        let _ = write!(digits, "{it:02x}");
        digits
    })
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.trim_end();
    let pairs = text.as_bytes().chunks_exact(2);
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let parsed = pairs.map(|it| u8::from_str_radix(std::str::from_utf8(it).ok()?, 16).ok());
    parsed.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::{Amount, Figures, Gate, Measure, PublicKey, SecretKey, approvers};
    use crate::registry::Counted;
    use heng_dsl::stored::Hash;

    #[test]
    fn shares_are_exact() {
        assert_eq!("1%".parse(), Ok(Amount::Share(10_000)));
        assert_eq!("0.25％".parse(), Ok(Amount::Share(2_500)));
        assert_eq!("12".parse(), Ok(Amount::Count(12)));
        for wrong in ["", "%", "-1", "1.23456%", "+1%", "a"] {
            assert!(wrong.parse::<Amount>().is_err(), "{wrong}");
        }
        let gate = |over| Gate { when: Measure::Moved, over, approvers: vec!["局长".to_owned()] };
        let figures = |moved| {
            let counted = Counted { households: 300, moved, ..Counted::default() };
            Figures { counted: Some(counted), ..Figures::default() }
        };
        assert!(!gate(Amount::Share(10_000)).is_hit(&figures(3)));
        assert!(gate(Amount::Share(10_000)).is_hit(&figures(4)));
        assert!(!gate(Amount::Count(4)).is_hit(&figures(4)));
        assert_eq!(approvers(&[gate(Amount::Count(3))], &figures(4)).len(), 1);
        for written in ["12", "1%", "0.25%", "100%"] {
            assert_eq!(written.parse::<Amount>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn where_nobody_looked_a_gate_is_hit() {
        let gate = |when| Gate { when, over: Amount::Share(500_000), approvers: Vec::new() };
        let figures = Figures::default();
        for when in [Measure::Moved, Measure::Riskiest, Measure::Jumps, Measure::Undecided] {
            assert!(gate(when).is_hit(&figures), "{when:?}");
        }
        assert!(!gate(Measure::Undocumented).is_hit(&figures));
    }

    #[test]
    fn a_signature_is_of_one_key_and_one_plan() {
        let [ours, theirs] = [1, 2].map(|it| SecretKey::from_bytes(&[it; 32]));
        let [plan, other] = ["a", "b"].map(|it| Hash::of_bytes(it.as_bytes()));
        let signature = ours.sign(&plan);
        assert!(ours.public().signed(&plan, &signature));
        assert!(!ours.public().signed(&other, &signature));
        assert!(!theirs.public().signed(&plan, &signature));
        assert!(!ours.public().signed(&plan, "00"));
        let read = SecretKey::parse(&ours.text()).unwrap();
        assert_eq!(read.public(), ours.public());
        assert_eq!(PublicKey::parse(&ours.public().text()), Some(ours.public()));
        assert_eq!(PublicKey::parse(&ours.text()), None, "a secret key is no public one");
    }
}
