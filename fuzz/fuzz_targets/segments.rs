//! Fuzzes [`napster_fuzz::segments`].
#![cfg_attr(fuzzing, no_main)]
napster_fuzz::fuzz!(segments);
