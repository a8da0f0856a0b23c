//! Captures made byte by byte, and what a reader tells of them.

use std::io::Cursor;
use std::path::Path;

use napster_dissect::capture::{Item, ProblemKind, Reader};

/// A packet as it is read: time in nanoseconds, interface, link type, original length, bytes.
pub(crate) type Read5 = (u64, u32, u32, u32, Vec<u8>);

/// Damages a header.
pub(crate) type Damage = fn(&mut [u8]);

/// Compresses.
pub(crate) type Compress<'c> = &'c dyn Fn(&[u8]) -> Vec<u8>;

/// All that a reader tells.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) interfaces: Vec<(u32, u32, u32)>,
    pub(crate) packets: Vec<Read5>,
    pub(crate) problems: Vec<(ProblemKind, u64)>,
    pub(crate) messages: Vec<String>,
}

pub(crate) fn tell(mut reader: Reader) -> Told {
    let mut told = Told::default();
    while let Some(item) = reader.next() {
        match item {
            Item::Interface(interface) => {
                told.interfaces.push((interface.index, interface.link_type, interface.snap_length));
            }
            Item::Packet(packet) => {
                assert_eq!(packet.frame, told.packets.len() as u64 + 1);
                told.packets.push((
                    packet.time.nanos(),
                    packet.interface,
                    packet.link_type,
                    packet.original_length,
                    packet.data.to_vec(),
                ));
            }
            Item::Problem(problem) => {
                told.problems.push((problem.kind, problem.offset));
                told.messages.push(problem.message);
            }
        }
    }
    assert!(reader.next().is_none(), "it ends once");
    told
}

pub(crate) fn read(bytes: &[u8]) -> Told {
    tell(Reader::new(Cursor::new(bytes.to_vec()), "test").unwrap())
}

/// The same from a file, where looking ahead costs nothing.
pub(crate) fn read_file(bytes: &[u8]) -> Told {
    let file = File::new();
    file.write(bytes);
    tell(Reader::open(file.path()).unwrap())
}

/// A file that goes away.
pub(crate) struct File(std::path::PathBuf);

impl File {
    pub(crate) fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("layers-capture-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    pub(crate) fn write(&self, bytes: &[u8]) {
        std::fs::write(&self.0, bytes).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Numbers in a byte order.
#[derive(Clone, Copy)]
pub(crate) struct Order(pub(crate) bool);

impl Order {
    pub(crate) fn u16(self, value: u16) -> [u8; 2] {
        if self.0 { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    pub(crate) fn u32(self, value: u32) -> [u8; 4] {
        if self.0 { value.to_be_bytes() } else { value.to_le_bytes() }
    }
}

pub(crate) const BIG: Order = Order(true);
pub(crate) const LITTLE: Order = Order(false);

pub(crate) fn pcap_header(
    order: Order,
    magic: u32,
    version: (u16, u16),
    snap: u32,
    link: u32,
) -> Vec<u8> {
    [
        &order.u32(magic)[..],
        &order.u16(version.0),
        &order.u16(version.1),
        &[0; 8],
        &order.u32(snap),
        &order.u32(link),
    ]
    .concat()
}

pub(crate) fn record(order: Order, numbers: [u32; 4], extra: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = numbers.into_iter().flat_map(|number| order.u32(number)).collect();
    bytes.extend(extra);
    bytes.extend(data);
    bytes
}

/// A packet whose bytes tell its number, so that a wrong one is seen.
pub(crate) fn data(number: u32) -> Vec<u8> {
    let length = 40 + (number * 37 % 200) as usize;
    (0..length).map(|place| (number as usize * 31 + place * 7) as u8 | 0x80).collect()
}

/// A plain capture of so many packets, and the place of each record.
pub(crate) fn plain(count: u32) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = pcap_header(LITTLE, 0xa1b2_c3d4, (2, 4), 65535, 1);
    let mut places = Vec::new();
    for number in 0..count {
        places.push(bytes.len());
        let data = data(number);
        let length = data.len() as u32;
        let seconds = 974_836_800 + number / 50;
        bytes.extend(record(LITTLE, [seconds, number % 50 * 1000, length, length], &[], &data));
    }
    (bytes, places)
}

/// The numbers of the packets of `plain` that were read.
pub(crate) fn numbers(told: &Told, count: u32) -> Vec<u32> {
    told.packets
        .iter()
        .map(|packet| {
            (0..count)
                .find(|number| data(*number) == packet.4)
                .expect("a packet that was not there")
        })
        .collect()
}

pub(crate) fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = [body, &[0; 3][..body.len().next_multiple_of(4) - body.len()]].concat();
    let length = order.u32(padded.len() as u32 + 12);
    [&order.u32(kind)[..], &length, &padded, &length].concat()
}

pub(crate) fn section(order: Order) -> Vec<u8> {
    let body = [&order.u32(0x1a2b_3c4d)[..], &order.u16(1), &order.u16(0), &[0xff; 8]].concat();
    block(order, 0x0a0d_0d0a, &body)
}

pub(crate) fn interface(order: Order, link: u16, snap: u32, options: &[u8]) -> Vec<u8> {
    block(order, 1, &[&order.u16(link)[..], &[0; 2], &order.u32(snap), options].concat())
}

pub(crate) fn option(order: Order, code: u16, value: &[u8]) -> Vec<u8> {
    let padding = value.len().next_multiple_of(4) - value.len();
    [&order.u16(code)[..], &order.u16(value.len() as u16), value, &[0; 3][..padding]].concat()
}

pub(crate) fn enhanced(
    order: Order,
    interface: u32,
    ticks: u64,
    original: u32,
    data: &[u8],
) -> Vec<u8> {
    let header = [
        order.u32(interface),
        order.u32((ticks >> 32) as u32),
        order.u32(ticks as u32),
        order.u32(data.len() as u32),
        order.u32(original),
    ]
    .concat();
    block(order, 6, &[&header[..], data].concat())
}
