//! Fuzzes [`napster_fuzz::transfer`].
#![cfg_attr(fuzzing, no_main)]
napster_fuzz::fuzz!(transfer);
