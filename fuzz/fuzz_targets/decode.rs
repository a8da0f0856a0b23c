//! Fuzzes [`napster_fuzz::decode`].
#![cfg_attr(fuzzing, no_main)]
napster_fuzz::fuzz!(decode);
