//! Fuzzes [`napster_fuzz::capture`].
#![cfg_attr(fuzzing, no_main)]
napster_fuzz::fuzz!(capture);
