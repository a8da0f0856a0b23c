//! Points in time and points in a capture.

use std::fmt;
use std::time::Duration;

const NANOS_PER_SECOND: u64 = 1_000_000_000;
const SECONDS_PER_DAY: u64 = 86_400;

/// A point in time: nanoseconds since 1970-01-01T00:00:00Z.
///
/// Covers the years 1970 to 2554; what lies outside is moved to the nearer end.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The first nanosecond of 1970.
    pub const ZERO: Self = Self(0);
    /// The last point in time that can be told.
    pub const MAX: Self = Self(u64::MAX);
    /// The number of bytes that [`write_rfc3339`](Self::write_rfc3339) appends.
    pub const RFC3339_LENGTH: usize = 30;

    /// Makes a timestamp from nanoseconds since 1970.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Makes a timestamp from whole seconds since 1970 and nanoseconds, which may exceed a second.
    #[must_use]
    pub const fn from_parts(seconds: u64, nanos: u64) -> Self {
        Self(seconds.saturating_mul(NANOS_PER_SECOND).saturating_add(nanos))
    }

    /// Returns the nanoseconds since 1970.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Returns the time that passed since `earlier`; zero if `earlier` is not earlier.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Returns the point in time that lies `duration` later.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }

    /// Appends the time as RFC 3339 in UTC with nine digits, `2000-11-21T20:00:00.000120000Z`.
    pub fn write_rfc3339(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.rfc3339());
    }

    fn rfc3339(self) -> [u8; Self::RFC3339_LENGTH] {
        let mut text = *b"0000-00-00T00:00:00.000000000Z";
        let seconds = self.0 / NANOS_PER_SECOND;
        let (year, month, day) = civil(seconds / SECONDS_PER_DAY);
        let second = seconds % SECONDS_PER_DAY;
        digits(&mut text, 0, 4, year);
        digits(&mut text, 5, 2, month);
        digits(&mut text, 8, 2, day);
        digits(&mut text, 11, 2, second / 3600);
        digits(&mut text, 14, 2, second / 60 % 60);
        digits(&mut text, 17, 2, second % 60);
        digits(&mut text, 20, 9, self.0 % NANOS_PER_SECOND);
        text
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.rfc3339() {
            fmt::Write::write_char(f, char::from(byte))?;
        }
        Ok(())
    }
}

/// A point in a capture: which packet of which input, and when it was captured.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Stamp {
    /// The index of the input among all inputs of a run, from 0.
    pub capture: u32,
    /// The number of the packet in that input, from 1.
    pub frame: u64,
    /// The time at which the packet was captured.
    pub time: Timestamp,
}

/// Year, month and day of the Gregorian calendar for a number of days since 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    // Count from 0000-03-01, so that the leap day ends a year, and split off eras of 400 years.
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = 400 * era + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

/// Writes the last `count` decimal digits of `value` at `start`.
fn digits(text: &mut [u8], start: usize, count: usize, mut value: u64) {
    for place in text.iter_mut().skip(start).take(count).rev() {
        // The remainder is below 10, so the cast keeps it whole.
        *place = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        for (seconds, nanos, text) in [
            (0, 0, "1970-01-01T00:00:00.000000000Z"),
            (974_836_800, 120_000, "2000-11-21T20:00:00.000120000Z"),
            (951_782_400, 0, "2000-02-29T00:00:00.000000000Z"),
            (951_868_799, 999_999_999, "2000-02-29T23:59:59.999999999Z"),
            (4_107_542_400, 1, "2100-03-01T00:00:00.000000001Z"),
            (1_795_305_600, 0, "2026-11-22T00:00:00.000000000Z"),
        ] {
            let time = Timestamp::from_parts(seconds, nanos);
            assert_eq!(time.to_string(), text);
            let mut bytes = Vec::new();
            time.write_rfc3339(&mut bytes);
            assert_eq!(bytes, text.as_bytes());
            assert_eq!(bytes.len(), Timestamp::RFC3339_LENGTH);
        }
        assert_eq!(Timestamp::MAX.to_string(), "2554-07-21T23:34:33.709551615Z");
    }

    #[test]
    fn arithmetic_stays_at_the_ends() {
        assert_eq!(Timestamp::from_parts(u64::MAX, 5), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.saturating_add(Duration::from_secs(1)), Timestamp::MAX);
        assert_eq!(Timestamp::ZERO.since(Timestamp::MAX), Duration::ZERO);
        assert_eq!(
            Timestamp::from_nanos(5).since(Timestamp::from_nanos(2)),
            Duration::from_nanos(3)
        );
    }
}
