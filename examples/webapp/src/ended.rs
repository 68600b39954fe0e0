//! The logouts that the provider reported lately.

use ory_oidc::logout::LogoutToken;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most logouts that are remembered. A user can cause many, with as many logins.
const MAX_LOGOUTS: usize = 10_000;

/// The logouts that the provider reported lately. A login that began before one must not end in a session
/// that the logout names.
#[derive(Debug)]
pub struct EndedSessions {
    lifetime: Duration,
    logouts: Mutex<Logouts>,
}

#[derive(Debug, Default)]
struct Logouts {
    /// The oldest first.
    remembered: VecDeque<(Instant, LogoutToken)>,
    /// When the last logout that is no longer remembered was reported.
    forgotten_at: Option<Instant>,
}

impl EndedSessions {
    /// Creates an empty list. `lifetime` is that of a login that has begun.
    #[must_use]
    pub fn new(lifetime: Duration) -> Self {
        Self {
            lifetime,
            logouts: Mutex::default(),
        }
    }

    /// Remembers a logout. Call this before you remove the sessions: then a concurrent login either finds
    /// the logout, or its session is removed.
    pub fn insert(&self, logout: LogoutToken) {
        let now = Instant::now();
        let mut logouts = self.logouts();
        let Logouts {
            remembered,
            forgotten_at,
        } = &mut *logouts;
        while let Some((at, _)) = remembered.front()
            && (now.duration_since(*at) > self.lifetime || remembered.len() >= MAX_LOGOUTS)
        {
            *forgotten_at = Some(*at);
            remembered.pop_front();
        }
        remembered.push_back((now, logout));
    }

    /// Whether the session may have been logged out since a time. If logouts since then are no longer
    /// remembered, this is true for every session.
    #[must_use]
    pub fn contains(&self, sub: &str, sid: Option<&str>, since: Instant) -> bool {
        let logouts = self.logouts();
        let mut later = logouts.remembered.iter().rev();
        logouts.forgotten_at.is_some_and(|at| at >= since)
            || later
                .by_ref()
                .take_while(|(at, _)| *at >= since)
                .any(|(_, logout)| logout.ends(sub, sid))
    }

    fn logouts(&self) -> MutexGuard<'_, Logouts> {
        self.logouts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
