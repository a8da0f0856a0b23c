//! Fuzzes [`napster_fuzz::redirector`].
#![cfg_attr(fuzzing, no_main)]
napster_fuzz::fuzz!(redirector);
