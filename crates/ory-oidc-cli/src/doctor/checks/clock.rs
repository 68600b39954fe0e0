//! Whether the clocks of the server and of this machine agree.

use crate::doctor::finding::Check;
use crate::doctor::probe::Reply;
use std::time::{Duration, SystemTime};

/// Libraries tolerate about a minute when they check the times in a token.
const MAX_DIFFERENCE: Duration = Duration::from_mins(1);
/// A header has whole seconds, and a difference of seconds does no harm.
const TOLERATED: Duration = Duration::from_secs(10);

pub(crate) fn check(reply: &Reply) -> Check {
    let mut check = Check::new("clock");
    let date = reply.header("date");
    let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return Check::skipped("clock", "the response has no Date");
    };
    if reply.header("age").is_some() {
        return Check::skipped("clock", "the response comes from a cache");
    }
    // The server may have set the header at any time between the request and the response.
    let uncertainty = reply.elapsed / 2;
    let (difference, direction) = difference(date, reply.received_at - uncertainty);
    if difference <= TOLERATED + uncertainty {
        check.fact("the clocks of the server and of this machine agree");
        return check;
    }
    let problem = format!(
        "the server's clock is {} seconds {direction} this machine's",
        difference.as_secs()
    );
    let remedy = "synchronize both clocks by NTP (`timedatectl set-ntp true`), and compare each with \
                  another machine to see which is wrong. Tokens are refused as expired, or as issued in the \
                  future, when clocks differ by more than a minute";
    if difference > MAX_DIFFERENCE + uncertainty {
        check.error("clock-skew", problem, remedy);
    } else {
        check.warn("clock-skew", problem, remedy);
    }
    check
}

fn difference(server: SystemTime, here: SystemTime) -> (Duration, &'static str) {
    match server.duration_since(here) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    }
}
