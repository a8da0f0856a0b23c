//! Fuzzes [`napster_fuzz::session`].
#![cfg_attr(fuzzing, no_main)]
napster_fuzz::fuzz!(session);
