//! Fuzzes [`napster_fuzz::dialogue`].
#![cfg_attr(fuzzing, no_main)]
napster_fuzz::fuzz!(dialogue);
