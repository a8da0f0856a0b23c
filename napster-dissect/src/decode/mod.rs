//! Protocols: the bytes of one flow become messages.
