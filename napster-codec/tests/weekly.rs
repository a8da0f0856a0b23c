//! The two tables of David Weekly's page of January 2000: its bytes for messages, and its link types.
//!
//! The page named each message by the low byte of its code. Where its reading differs from what later
//! documents and programs show, the reason stands beside the row.

use std::collections::BTreeMap;

use napster_codec::{Code, Direction, LinkType};

use Direction::{ToClient, ToServer};

/// The page's byte, the code that it stands for, and what that is in each direction.
type Row = (u8, u16, &'static [(Direction, &'static str)]);

#[rustfmt::skip]
const BYTES: &[Row] = &[
    // Any fatal error at login, not only a refused one.
    (0x00, 0, &[(ToClient, "error")]),
    (0x02, 2, &[(ToServer, "login")]),
    (0x03, 3, &[(ToClient, "login_ack")]),
    // "Challenge", sent by the client; documents have only the server's echo of early commands.
    (0x0d, 13, &[(ToServer, "echo_or_challenge"), (ToClient, "echo")]),
    (0x2d, 301, &[(ToClient, "hotlist_ack")]),
    // Not an error of browsing: that a user cannot be watched.
    (0x2e, 302, &[(ToClient, "hotlist_error")]),
    // Only to remove a user; that a user went is 210.
    (0x2f, 303, &[(ToServer, "hotlist_remove")]),
    (0x5b, 603, &[(ToServer, "whois_request")]),
    (0x5c, 604, &[(ToClient, "whois")]),
    // It has fields: when the user was last seen.
    (0x5d, 605, &[(ToClient, "whowas")]),
    // From the server it ends the list.
    (0x69, 617, &[(ToServer, "channel_list"), (ToClient, "channel_list_end")]),
    (0x6a, 618, &[(ToClient, "channel_entry")]),
    (0x90, 400, &[(ToServer, "join_channel")]),
    (0x91, 401, &[(ToServer, "part_channel")]),
    (0x92, 402, &[(ToServer, "public_message")]),
    (0x93, 403, &[(ToClient, "public_message_received")]),
    // Errors and notices of any kind.
    (0x94, 404, &[(ToClient, "server_message")]),
    (0x95, 405, &[(ToClient, "join_ack")]),
    (0x96, 406, &[(ToClient, "user_joined")]),
    (0x97, 407, &[(ToClient, "user_parted")]),
    (0x98, 408, &[(ToClient, "channel_user")]),
    // No announcement of a name: the end of the members, with the channel's name.
    (0x99, 409, &[(ToClient, "channel_users_end")]),
    (0x9a, 410, &[(ToClient, "topic")]),
    (0xc8, 200, &[(ToServer, "search_request")]),
    (0xc9, 201, &[(ToClient, "search_result")]),
    (0xca, 202, &[(ToClient, "search_end")]),
    (0xcb, 203, &[(ToServer, "download_request")]),
    (0xcc, 204, &[(ToClient, "download_ack")]),
    (0xcd, 205, &[(ToServer, "private_message"), (ToClient, "private_message_received")]),
    // Any reason for which a file cannot be had.
    (0xce, 206, &[(ToClient, "download_error")]),
    (0xcf, 207, &[(ToServer, "hotlist_add")]),
    (0xd1, 209, &[(ToClient, "user_signon")]),
    (0xd3, 211, &[(ToServer, "browse_request")]),
    (0xd4, 212, &[(ToClient, "browse_result")]),
    (0xd5, 213, &[(ToClient, "browse_end")]),
    // Users, files and gigabytes, in this order.
    (0xd6, 214, &[(ToClient, "server_stats")]),
    (0xda, 218, &[(ToServer, "download_started")]),
    // Not "starting": an upload is finished.
    (0xdd, 221, &[(ToServer, "upload_finished")]),
];

#[test]
fn the_bytes_of_the_page_are_the_low_bytes_of_codes() {
    for (byte, code, names) in BYTES {
        assert_eq!(*byte, code.to_le_bytes()[0], "{code}");
        for (direction, name) in *names {
            assert_eq!(Code(*code).name(*direction), Some(*name), "{code}");
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/messages.toml");
    let table: toml::Table =
        std::fs::read_to_string(path).expect("the protocol table").parse().expect("valid TOML");
    let known: BTreeMap<u8, u16> = table["weekly_code"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| {
            let byte = row["byte"].as_str().and_then(|hex| hex.strip_prefix("0x"));
            let byte = byte.and_then(|hex| u8::from_str_radix(hex, 16).ok());
            let code = row["code"].as_integer().and_then(|code| u16::try_from(code).ok());
            byte.zip(code).expect("a byte and a code")
        })
        .collect();
    assert_eq!(
        BYTES.iter().map(|(byte, code, _)| (*byte, *code)).collect::<BTreeMap<_, _>>(),
        known
    );
    assert_eq!(BYTES.len(), known.len());
}

#[test]
fn the_link_types_of_the_page_are_ours() {
    let page = [
        LinkType::UNKNOWN,
        LinkType::MODEM_14K,
        LinkType::MODEM_28K,
        LinkType::MODEM_33K,
        LinkType::MODEM_56K,
        LinkType::ISDN_64K,
        LinkType::ISDN_128K,
        LinkType::CABLE,
        LinkType::DSL,
        LinkType::T1,
        LinkType::T3,
    ];
    for (number, link_type) in (0..).zip(page) {
        assert_eq!(link_type.0, number);
    }
}
