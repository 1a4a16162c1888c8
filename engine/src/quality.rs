//! The data-quality report: findings of 校验 by rule, source system and responsible unit.
