//! Fuzzes [`napster_fuzz::message_roundtrip`].
#![cfg_attr(fuzzing, no_main)]
napster_fuzz::fuzz!(message_roundtrip);
