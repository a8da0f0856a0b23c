//! The machines of a session: scripted peers, replayed captures, laws.

mod channels;
mod edges;
mod laws;
mod login;
mod mp3_napster;
mod people;
mod redirector;
mod replay;
mod script;
mod searches;
mod server;
mod together;
mod transfers;
