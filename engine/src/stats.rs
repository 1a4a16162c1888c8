//! Statistics in whole numbers: exact quotients, and tests whose result is the same on every machine.

mod fisher;
mod fraction;

pub use self::fisher::{Chance, fisher, holm};
pub use self::fraction::Fraction;
