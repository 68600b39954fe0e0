//! The clock of a mock server, and times in Go's format.

use std::sync::atomic::{AtomicI64, Ordering};

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

/// The clock of one mock server. Tests can move it.
#[derive(Default)]
pub(crate) struct Clock {
    /// Nanoseconds ahead of the system clock.
    offset: AtomicI64,
}

impl Clock {
    pub(crate) fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + Duration::nanoseconds(self.offset.load(Ordering::Relaxed))
    }

    /// Returns the current time in seconds since 1970.
    pub(crate) fn unix_now(&self) -> i64 {
        self.now().unix_timestamp()
    }

    /// Sets the time. `None` means that it is more than 292 years from now.
    pub(crate) fn set(&self, time: OffsetDateTime) -> Option<()> {
        let ahead = (time - OffsetDateTime::now_utc()).whole_nanoseconds();
        self.offset
            .store(i64::try_from(ahead).ok()?, Ordering::Relaxed);
        Some(())
    }
}

/// Formats a time as Go does, truncated to a multiple of `precision` nanoseconds.
pub(crate) fn go_timestamp(time: OffsetDateTime, precision: u32) -> String {
    let truncated = time.to_offset(UtcOffset::UTC)
        - Duration::nanoseconds(i64::from(time.nanosecond() % precision));
    truncated
        .format(&Rfc3339)
        .expect("RFC 3339 can represent every year of the system clock")
}
