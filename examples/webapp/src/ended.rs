//! The logouts that the provider reported lately.

use ory_oidc::logout::LogoutToken;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most logouts that are remembered. Only the provider can add some.
const MAX_LOGOUTS: usize = 10_000;

/// The logouts that the provider reported lately. A login that began before one must not end in a session
/// that the logout names.
#[derive(Debug)]
pub struct EndedSessions {
    lifetime: Duration,
    logouts: Mutex<VecDeque<(Instant, LogoutToken)>>,
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
        while let Some((at, _)) = logouts.front()
            && (now.duration_since(*at) > self.lifetime || logouts.len() >= MAX_LOGOUTS)
        {
            logouts.pop_front();
        }
        logouts.push_back((now, logout));
    }

    /// Whether the session was logged out since a time.
    #[must_use]
    pub fn contains(&self, sub: &str, sid: Option<&str>, since: Instant) -> bool {
        let logouts = self.logouts();
        let mut later = logouts.iter().rev().take_while(|(at, _)| *at >= since);
        later.any(|(_, logout)| logout.ends(sub, sid))
    }

    fn logouts(&self) -> MutexGuard<'_, VecDeque<(Instant, LogoutToken)>> {
        self.logouts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
