//! Fuzzes [`napster_fuzz::comp112`].
#![cfg_attr(fuzzing, no_main)]
napster_fuzz::fuzz!(comp112);
