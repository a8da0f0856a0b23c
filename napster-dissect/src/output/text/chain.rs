//! Music streams in the summary: who heard whom, and who took over.

use std::net::SocketAddr;

use super::super::put::Put;
use super::ending::Ending;
use crate::story::{Chain, ChainClient, ChainSource};

impl Ending<'_> {
    /// Appends a line for the server of each stream, and one for each of its clients.
    pub(super) fn chains(&mut self, chains: &[Chain]) {
        for chain in chains {
            self.topic("stream");
            match chain.server {
                Some(server) => _ = self.lines.out.put("server at ").socket(server),
                None => _ = self.lines.out.put("server not seen"),
            }
            self.counted(", ", chain.clients.len() as u64, "client", "clients");
            self.lines.end();
            for client in &chain.clients {
                self.chain_client(chain, client);
            }
        }
    }

    /// `192.0.2.3:6304 heard 192.0.2.2:6303 (flow 8, …)`, and a line for each change.
    fn chain_client(&mut self, chain: &Chain, client: &ChainClient) {
        self.topic("");
        match client.port {
            Some(port) => _ = self.lines.out.socket(SocketAddr::new(client.host, port)),
            None => _ = self.lines.out.put(&client.host.to_string()),
        }
        if client.sources.is_empty() {
            self.lines.out.put(" heard nobody");
        }
        for (place, source) in client.sources.iter().enumerate() {
            if place > 0 {
                self.lines.end();
                self.topic("");
            }
            self.lines.out.put(if place == 0 { " heard " } else { "  then heard " });
            self.chain_source(chain, source);
        }
        self.lines.end();
        if let Some(left) = &client.left {
            self.topic("");
            self.lines.out.put("  left (").put(left.name).put(" in flow ").number(left.flow);
            self.lines.out.put(", packet ").number(left.frame).put(")");
            self.lines.end();
        }
    }

    fn chain_source(&mut self, chain: &Chain, source: &ChainSource) {
        if chain.server == Some(source.address) {
            self.lines.out.put("the server");
        } else {
            self.lines.out.socket(source.address);
        }
        self.lines.out.put(" (flow ").number(source.flow).put(", ");
        self.lines.count(source.bytes, "byte", "bytes");
        // That a newcomer is told where to hear is the rule; who is told again takes over.
        if let Some(announced) = source.announced.filter(|said| said.name != "stream_port") {
            self.lines.out.put(", after ").put(announced.name);
        }
        self.lines.out.put(")");
    }
}
