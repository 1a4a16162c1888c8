//! Files to a register: nothing dropped silently, nothing guessed.
