//! Fuzzes [`napster_fuzz::stream`].
#![cfg_attr(fuzzing, no_main)]
napster_fuzz::fuzz!(stream);
