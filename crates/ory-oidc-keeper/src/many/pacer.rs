//! How fast to send, as the server's rate limit allows.

use std::time::Duration;
use tokio::time::Instant;

/// The pause after a refusal, if the server names no longer one. It doubles with each refusal in a
/// row.
const MIN_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// How many pauses may follow each other without a success.
const MAX_PAUSES: u32 = 10;
/// How much of the time that passed without a call is made up for: timers are not exact.
const MAX_LAG: Duration = Duration::from_millis(20);
/// The fraction by which the interval shrinks in a second, to find out whether more is allowed.
const SPEED_UP: f64 = 0.03;

/// Spreads calls so that the server refuses few of them.
///
/// Calls start at once until the server refuses one. The number of calls that succeeded since the last
/// pause then tells the rate that the server allows, whoever else shares it.
#[derive(Debug)]
pub(super) struct Pacer {
    /// The time between two calls.
    interval: Duration,
    last: Instant,
    next: Instant,
    /// When the last pause ended, and how many calls have succeeded since then.
    since: Instant,
    successes: u32,
    pauses_in_a_row: u32,
}

impl Pacer {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            interval: Duration::ZERO,
            last: now,
            next: now,
            since: now,
            successes: 0,
            pauses_in_a_row: 0,
        }
    }

    /// Returns when the next call may start.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    pub(super) fn started(&mut self, now: Instant) {
        let seconds = (now - self.last).as_secs_f64().min(1.0);
        self.interval = self.interval.mul_f64(1.0 - SPEED_UP * seconds);
        self.last = now;
        let earliest = now.checked_sub(MAX_LAG).unwrap_or(now);
        self.next = self.next.max(earliest) + self.interval;
    }

    pub(super) fn succeeded(&mut self) {
        self.successes += 1;
        self.pauses_in_a_row = 0;
    }

    /// Pauses. Returns whether there is hope that the server allows another call.
    pub(super) fn refused(&mut self, now: Instant, retry_after: Option<Duration>) -> bool {
        let is_same_pause = now < self.since;
        if !is_same_pause {
            self.pauses_in_a_row += 1;
        }
        let doubled = MIN_PAUSE * 2_u32.pow(self.pauses_in_a_row.min(10));
        let pause = retry_after.unwrap_or_default().max(doubled.min(MAX_PAUSE));
        let end = (now + pause).max(self.next);
        if !is_same_pause {
            if let Some(interval) = (end - self.since).checked_div(self.successes) {
                self.interval = interval.min(MAX_PAUSE);
            }
            self.successes = 0;
        }
        self.since = end;
        self.next = end;
        self.pauses_in_a_row <= MAX_PAUSES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Lets processes send calls to a server with a limit for each second. Returns the number of
    /// refused calls, and the time that all took.
    fn simulate(processes: usize, limit: u32, calls: u32) -> (u32, Duration) {
        let start = Instant::now();
        let mut pacers: Vec<_> = (0..processes).map(|_| Pacer::new(start)).collect();
        let (mut now, mut window) = (start, start);
        let (mut used, mut done, mut refused) = (0, 0, 0);
        while done < calls {
            now += Duration::from_millis(1);
            if now >= window + SECOND {
                (window, used) = (now, 0);
            }
            for pacer in pacers.iter_mut().filter(|pacer| pacer.next() <= now) {
                pacer.started(now);
                if used < limit {
                    used += 1;
                    done += 1;
                    pacer.succeeded();
                } else {
                    refused += 1;
                    // In whole seconds, as in a header.
                    assert!(pacer.refused(now, Some(SECOND)));
                }
            }
        }
        (refused, now - start)
    }

    #[test]
    fn calls_are_spread_at_the_rate_that_the_server_allows() {
        for (processes, limit) in [(1, 2), (1, 40), (1, 500), (4, 40), (4, 400), (16, 40)] {
            let seconds = 60;
            let (refused, took) = simulate(processes, limit, seconds * limit);
            let shown = format!("{processes} processes, {limit}/s: {refused} refused, {took:?}");
            assert!(
                f64::from(refused) < 0.1 * f64::from(seconds * limit),
                "{shown}"
            );
            assert!(took < 2 * seconds * SECOND, "{shown}");
        }
    }

    #[test]
    fn calls_start_at_once_until_one_is_refused() {
        let start = Instant::now();
        let mut pacer = Pacer::new(start);
        for _ in 0..100 {
            pacer.started(start);
            pacer.succeeded();
        }
        assert_eq!(pacer.next(), start);
    }

    #[test]
    fn several_refusals_in_one_pause_count_once() {
        let start = Instant::now();
        let mut pacer = Pacer::new(start);
        (0..10).for_each(|_| pacer.succeeded());
        for _ in 0..50 {
            assert!(pacer.refused(start, Some(10 * SECOND)));
        }
        assert_eq!(pacer.next(), start + 10 * SECOND);
        pacer.started(start + 10 * SECOND);
        // Ten calls in ten seconds.
        let next = (pacer.next() - start).as_millis();
        assert!((10_900..=11_000).contains(&next), "{next}");
    }

    #[test]
    fn pauses_grow_until_there_is_no_hope() {
        let mut now = Instant::now();
        let mut pacer = Pacer::new(now);
        let mut pauses = Vec::new();
        while pacer.refused(now, None) {
            pauses.push(pacer.next() - now);
            now = pacer.next();
        }
        assert_eq!(pauses.len(), 10);
        assert!(pauses.is_sorted() && pauses[9] == MAX_PAUSE, "{pauses:?}");
    }
}
