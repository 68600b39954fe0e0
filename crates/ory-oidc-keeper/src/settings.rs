//! The settings of a keeper.

use crate::lease::DEFAULT_LEASE;
use ory_oidc::registration::InitialAccessToken;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

const SETTLING_TIME: Duration = Duration::from_secs(5);
const CONFIRMATIONS: u32 = 3;
const CONFIRMATION_INTERVAL: Duration = Duration::from_secs(1);
const SECRET_RENEWAL_MARGIN: Duration = Duration::from_secs(24 * 60 * 60);

/// Tells whether a client exists: `Some(true)`, `Some(false)`, or [`None`] if it cannot tell.
pub(crate) type ClientExists =
    Box<dyn Fn(String) -> Pin<Box<dyn Future<Output = Option<bool>> + Send>> + Send + Sync>;

/// The settings that the builder of a keeper collects.
pub(crate) struct Settings {
    /// The lease as the caller set it.
    pub(crate) lease: Duration,
    pub(crate) settling_time: Duration,
    pub(crate) initial_access_token: Option<InitialAccessToken>,
    /// How often the evidence of a verdict is collected, and the pause in between.
    pub(crate) confirmations: u32,
    pub(crate) confirmation_interval: Duration,
    pub(crate) replace_when_key_lost: bool,
    pub(crate) never_replace: bool,
    pub(crate) allow_reset: bool,
    pub(crate) secret_renewal_margin: Duration,
    pub(crate) client_exists: Option<ClientExists>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: DEFAULT_LEASE,
            settling_time: SETTLING_TIME,
            initial_access_token: None,
            confirmations: CONFIRMATIONS,
            confirmation_interval: CONFIRMATION_INTERVAL,
            replace_when_key_lost: false,
            never_replace: false,
            allow_reset: false,
            secret_renewal_margin: SECRET_RENEWAL_MARGIN,
            client_exists: None,
        }
    }
}

impl Settings {
    /// Whether a client that exists is replaced if its token is lost.
    pub(crate) fn replaces_when_key_lost(&self) -> bool {
        self.replace_when_key_lost && !self.never_replace
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("lease", &self.lease)
            .field("settling_time", &self.settling_time)
            .field("confirmations", &self.confirmations)
            .field("confirmation_interval", &self.confirmation_interval)
            .field("replace_when_key_lost", &self.replace_when_key_lost)
            .field("never_replace", &self.never_replace)
            .field("allow_reset", &self.allow_reset)
            .field("secret_renewal_margin", &self.secret_renewal_margin)
            .finish_non_exhaustive()
    }
}
