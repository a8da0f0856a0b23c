//! The Comp 112 music stream: its bytes, its watchers, and a chain of machines in memory.

mod chain;
mod laws;
mod network;
mod observe;
mod patience;
mod wire;
