//! Music streams in the summary: who heard whom.

use super::super::put::Put;
use super::session::put_list;
use super::{put_announcement, put_optional_announcement, put_or_null};
use crate::story::{Chain, ChainClient, ChainSource};

/// Appends the member `chains` of the summary.
pub(super) fn put_chains(chains: &[Chain], out: &mut Vec<u8>) {
    out.put(r#","chains":"#);
    put_list(chains, out, |chain, out| {
        out.put(r#"{"server":"#);
        match chain.server {
            Some(server) => _ = out.put("\"").socket(server).put("\""),
            None => _ = out.put("null"),
        }
        out.put(r#","clients":"#);
        put_list(&chain.clients, out, put_client);
        out.put("}");
    });
}

fn put_client(client: &ChainClient, out: &mut Vec<u8>) {
    // Addresses have nothing to escape.
    out.put(r#"{"host":""#).put(&client.host.to_string());
    out.put(r#"","port":"#);
    put_or_null(client.port.map(u64::from), out);
    out.put(r#","sources":"#);
    put_list(&client.sources, out, put_source);
    put_optional_announcement("left", client.left.as_ref(), out);
    out.put("}");
}

fn put_source(source: &ChainSource, out: &mut Vec<u8>) {
    out.put(r#"{"flow":"#).number(source.flow);
    out.put(r#","address":""#).socket(source.address).put(r#"","client":"#);
    put_or_null(source.client.map(|place| place as u64), out);
    put_announcement(source.announced.as_ref(), out);
    out.put(r#","bytes":"#).number(source.bytes).put("}");
}
