//! Sensitive values, hidden unless asked for.
