//! Fuzzes [`napster_fuzz::peer`].
#![cfg_attr(fuzzing, no_main)]
napster_fuzz::fuzz!(peer);
