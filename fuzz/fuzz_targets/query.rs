//! Fuzzes [`napster_fuzz::query`].
#![cfg_attr(fuzzing, no_main)]
napster_fuzz::fuzz!(query);
