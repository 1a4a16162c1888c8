//! Why a household has its result, as data and as text.
