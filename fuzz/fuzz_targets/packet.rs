//! Fuzzes [`napster_fuzz::packet`].
#![cfg_attr(fuzzing, no_main)]
napster_fuzz::fuzz!(packet);
