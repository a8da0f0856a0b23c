//! Link layer, IP and fragments: packet records become TCP segments.
