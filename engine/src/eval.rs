//! The reference evaluator: the meaning of the language, one household at a time.
