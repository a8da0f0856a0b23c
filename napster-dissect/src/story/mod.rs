//! The story: messages of all flows become records.
