//! A run over the register, on all cores, the same result for any number of threads.
