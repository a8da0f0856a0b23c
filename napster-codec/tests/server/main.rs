//! The index server of the examples in a process of its own, on loopback, with clients that misbehave:
//! the others go on being served, and each that is ejected is told why, or the log tells it.

#[path = "../../examples/server/accounts.rs"]
mod accounts;
#[path = "../../examples/server/log.rs"]
#[allow(dead_code, reason = "other programs print nothing")]
mod log;
#[path = "../../examples/server/redirector.rs"]
mod redirector;
#[path = "../../examples/server/service.rs"]
#[allow(dead_code, reason = "the load test takes any port")]
mod service;
#[path = "../../examples/server/start.rs"]
mod start;

mod client;
mod crowds;
mod intruders;
mod keeping;
mod process;

use crate::start::BoxError;
