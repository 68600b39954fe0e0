//! The current time, and times in Go's format.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

/// Returns the current time in seconds since 1970.
pub(crate) fn unix_now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// Formats a time as Go does, truncated to a multiple of `precision` nanoseconds.
pub(crate) fn go_timestamp(time: OffsetDateTime, precision: u32) -> String {
    let truncated = time.to_offset(UtcOffset::UTC)
        - Duration::nanoseconds(i64::from(time.nanosecond() % precision));
    truncated
        .format(&Rfc3339)
        .expect("RFC 3339 can represent every year of the system clock")
}
