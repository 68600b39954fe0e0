//! The state that the request handlers share.

use crate::ended::EndedSessions;
use crate::pending::PendingCookies;
use crate::sessions::SessionStore;
use ory_oidc::token::MemoryReplayGuard;
use ory_oidc::userinfo::UserInfo;
use ory_oidc::{Client, IdToken, Registration};
use std::fmt;
use std::time::{Duration, SystemTime};

/// The lifetime of a session in this app.
pub(crate) const SESSION_LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);

/// The time that a user has at the provider to log in or out.
const REDIRECT_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// A user who is logged in.
pub(crate) struct User {
    pub(crate) userinfo: UserInfo,
    /// The session at the provider.
    pub(crate) sid: Option<String>,
    /// Tells the provider whom to log out.
    pub(crate) id_token: IdToken,
    pub(crate) logged_in_at: SystemTime,
}

/// The state that the request handlers share.
pub struct App {
    pub(crate) ory: Client,
    pub(crate) http: reqwest::Client,
    pub(crate) registration: Registration,
    /// The URL of this app, without a trailing slash.
    pub(crate) url: String,
    pub(crate) sessions: SessionStore<User>,
    /// Browsers that are at the provider to log in.
    pub(crate) logins: PendingCookies,
    /// Browsers that are at the provider to log out.
    pub(crate) logouts: PendingCookies,
    /// What the provider reported while browsers were there to log in.
    pub(crate) ended: EndedSessions,
    /// The logout tokens that were used: each is valid once.
    pub(crate) replays: MemoryReplayGuard,
}

impl App {
    /// Creates an app at a URL without a trailing slash, for a registration of
    /// [`client_metadata`](crate::registration::client_metadata).
    #[must_use]
    pub fn new(
        ory: Client,
        http: reqwest::Client,
        registration: Registration,
        url: String,
    ) -> Self {
        let secure = url.starts_with("https:");
        Self {
            ory,
            http,
            registration,
            url,
            sessions: SessionStore::new("session", secure, SESSION_LIFETIME),
            logins: PendingCookies::new("login", secure, REDIRECT_LIFETIME),
            logouts: PendingCookies::new("logout", secure, REDIRECT_LIFETIME),
            ended: EndedSessions::new(REDIRECT_LIFETIME),
            replays: MemoryReplayGuard::new(),
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("ory", &self.ory)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
