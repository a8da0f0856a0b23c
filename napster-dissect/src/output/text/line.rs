//! The parts that lines are made of: colours, columns and the first line of a flow.

use std::net::SocketAddr;

use super::super::put::Put;
use super::lead::Lead;
use crate::capture::{Stamp, Timestamp};
use crate::story::{Announcement, MessageRecord, Protocol};

/// A way to set text off, as the parameter of the terminal's sequence.
#[derive(Clone, Copy)]
pub(super) struct Style(&'static str);

impl Style {
    pub(super) const BOLD: Self = Self("1");
    pub(super) const DIM: Self = Self("2");
    /// What is odd.
    pub(super) const NOTE: Self = Self("33");
    /// What is wrong.
    pub(super) const ALARM: Self = Self("31");

    /// The colour that tells a flow from its neighbours.
    const fn of_flow(flow: u64) -> Self {
        // Yellow and red are for notes and alarms.
        Self(match flow % 6 {
            0 => "36",
            1 => "35",
            2 => "32",
            3 => "34",
            4 => "96",
            _ => "95",
        })
    }
}

/// Where lines go, with colours or without.
pub(super) struct Lines<'o> {
    pub(super) out: &'o mut Vec<u8>,
    pub(super) color: bool,
}

/// The time, flow and mark of the last message as they were written: many messages come in one
/// packet.
#[derive(Debug, Default)]
pub(super) struct LastPlace {
    /// All that they are written from.
    of: Option<(Timestamp, Timestamp, u64, &'static str, bool)>,
    written: Vec<u8>,
}

impl Lines<'_> {
    pub(super) fn on(&mut self, style: Style) {
        if self.color {
            self.out.put("\x1b[").put(style.0).put("m");
        }
    }

    pub(super) fn off(&mut self) {
        if self.color {
            self.out.put("\x1b[0m");
        }
    }

    /// Appends text that is the program's own.
    pub(super) fn styled(&mut self, style: Style, text: &str) {
        self.on(style);
        self.out.put(text);
        self.off();
    }

    /// Begins a line about a point in the capture: time, flow, a mark, and what it is.
    pub(super) fn begin(&mut self, stamp: Stamp, flow: u64, mark: &str, name: &str, lead: &Lead) {
        self.place(stamp, flow, mark, lead);
        self.name(name);
    }

    /// Appends the time, the flow and a mark.
    fn place(&mut self, stamp: Stamp, flow: u64, mark: &str, lead: &Lead) {
        self.on(Style::DIM);
        put_time(stamp.time, lead.start, self.out);
        self.off();
        self.out.put("  ");
        self.tag(flow);
        self.on(Style::of_flow(flow));
        self.out.put(mark).put(" ");
        self.off();
    }

    /// Appends what a line is about, and blanks up to what is said of it.
    fn name(&mut self, name: &str) {
        self.styled(Style::BOLD, name);
        pad(name.len(), NAME_WIDTH, self.out);
    }

    /// As [`begin`](Self::begin); what was written for the message before is copied where it is
    /// the same.
    pub(super) fn begin_message(
        &mut self,
        record: &MessageRecord<'_>,
        mark: &'static str,
        name: &str,
        lead: &Lead,
        places: &mut LastPlace,
    ) {
        let key = (record.stamp.time, lead.start, record.flow, mark, self.color);
        if places.of != Some(key) {
            places.of = Some(key);
            places.written.clear();
            let mut lines = Lines { out: &mut places.written, color: self.color };
            lines.place(record.stamp, record.flow, mark, lead);
        }
        self.out.extend_from_slice(&places.written);
        self.name(name);
    }

    /// Begins a line about something odd in a flow; what follows has the same colour.
    pub(super) fn begin_warning(&mut self, flow: u64, style: Style, name: &str) {
        pad(0, TIME_WIDTH + 2, self.out);
        self.tag(flow);
        self.on(style);
        self.out.put("! ").put(name);
        pad(name.len(), NAME_WIDTH, self.out);
    }

    fn tag(&mut self, flow: u64) {
        self.on(Style::of_flow(flow));
        let start = self.out.len();
        self.out.put("#").number(flow);
        let width = self.out.len() - start;
        self.off();
        pad(width, TAG_WIDTH, self.out);
        self.out.put(" ");
    }

    /// Begins a line that belongs to the one before.
    pub(super) fn indent(&mut self) {
        pad(0, INDENT, self.out);
    }

    pub(super) fn end(&mut self) {
        // A column may have nothing behind it; values never end with a blank outside of quotes.
        while self.out.last() == Some(&b' ') {
            self.out.pop();
        }
        self.out.push(b'\n');
    }

    /// Appends the first line of a flow: who opened the connection to whom, and what it speaks.
    pub(super) fn opening(
        &mut self,
        lead: &Lead,
        flow: u64,
        client: SocketAddr,
        server: SocketAddr,
        protocol: Option<Protocol>,
    ) {
        let Some(opening) = lead.opening else { return };
        self.end();
        self.on(Style::of_flow(flow));
        self.out.put("flow ").number(flow);
        self.off();
        self.out.put("  ").socket(client).put(" ").put(TO_SERVER).put(" ").socket(server);
        if let Some(protocol) = protocol {
            self.out.put("  ").put(protocol.name());
        }
        if let Some(announcement) = opening.announced {
            self.out.put("  ");
            self.on(Style::DIM);
            self.announced(&announcement);
            self.off();
        }
        self.end();
    }

    pub(super) fn announced(&mut self, announcement: &Announcement) {
        let Announcement { flow, frame, name } = announcement;
        self.out.put("announced by ").put(name).put(" in flow ").number(*flow);
        self.out.put(", packet ").number(*frame);
    }

    /// Appends `1 message`, `2,000 messages` and the like.
    pub(super) fn count(&mut self, count: u64, one: &str, several: &str) {
        put_thousands(count, self.out);
        self.out.put(" ").put(if count == 1 { one } else { several });
    }
}

/// Appends seconds from the start with six digits, right-aligned.
fn put_time(time: Timestamp, start: Timestamp, out: &mut Vec<u8>) {
    let micros = i128::from(time.nanos()) - i128::from(start.nanos());
    let (sign, micros) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs() / 1000);
    // The whole time since 1970 has 16 digits of microseconds.
    let micros = u64::try_from(micros).unwrap_or(u64::MAX);
    let (seconds, fraction) = (micros / MICROS, micros % MICROS);
    let digits = seconds.checked_ilog10().map_or(1, |zeros| zeros as usize + 1);
    pad(sign.len() + digits, SECONDS_WIDTH, out);
    out.put(sign).number(seconds);
    // The point takes the place of a one that keeps the zeros behind it.
    let point = out.len();
    out.number(MICROS + fraction);
    if let Some(point) = out.get_mut(point) {
        *point = b'.';
    }
}

/// Appends a number with commas between groups of three digits.
pub(super) fn put_thousands(number: u64, out: &mut Vec<u8>) {
    let start = out.len();
    out.number(number);
    let mut place = out.len();
    while place > start + 3 {
        place -= 3;
        out.insert(place, b',');
    }
}

/// Appends blanks up to a width, and at least none.
#[inline]
pub(super) fn pad(length: usize, width: usize, out: &mut Vec<u8>) {
    const BLANKS: [u8; NAME_WIDTH] = [b' '; NAME_WIDTH];
    let missing = width.saturating_sub(length);
    match BLANKS.get(..missing) {
        Some(blanks) => out.extend_from_slice(blanks),
        None => out.resize(out.len() + missing, b' '),
    }
}

/// The mark of what the client says.
pub(super) const TO_SERVER: &str = "→";
/// The mark of what the server says.
pub(super) const TO_CLIENT: &str = "←";

/// Microseconds in a second.
const MICROS: u64 = 1_000_000;
/// The width of the seconds in front of the point.
const SECONDS_WIDTH: usize = 5;
/// The width of a time.
const TIME_WIDTH: usize = SECONDS_WIDTH + 1 + 6;
/// The width of `#` and a flow's number.
const TAG_WIDTH: usize = 4;
/// The width of a message's name; few are longer.
const NAME_WIDTH: usize = 24;
/// The column of names.
const INDENT: usize = TIME_WIDTH + 2 + TAG_WIDTH + 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn times_are_aligned() {
        let time = |nanos| written(|out| put_time(Timestamp::from_nanos(nanos), START, out));
        const START: Timestamp = Timestamp::from_nanos(5_000_000_000);
        assert_eq!(time(5_000_000_000), "    0.000000");
        assert_eq!(time(5_000_120_999), "    0.000120");
        assert_eq!(time(17_500_000_000), "   12.500000");
        // Packets are not always in order of time.
        assert_eq!(time(4_900_000_000), "   -0.100000");
        assert_eq!(time(u64::MAX), "18446744068.709551");
    }

    #[test]
    fn long_numbers_have_commas() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (41_358, "41,358"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(written(|out| put_thousands(number, out)), text);
        }
    }
}
