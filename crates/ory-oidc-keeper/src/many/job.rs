//! One name to ensure.

use super::keepers::Keepers;
use crate::error::KeeperError;
use crate::outcome::Ensured;
use ory_oidc::registration::ClientMetadata;
use ory_oidc::reqwest::StatusCode;
use std::time::Duration;

/// How often a name is tried, apart from the rate limit.
const MAX_ATTEMPTS: u32 = 4;
const FIRST_DELAY: Duration = Duration::from_millis(250);

/// One name to ensure.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) name: String,
    pub(super) wanted: ClientMetadata,
    /// The unit of a shared run that it belongs to.
    pub(super) unit: Option<String>,
    failures: u32,
}

/// What to do after an error.
pub(super) enum Next {
    /// The rate limit of the server was exceeded.
    Pace(Option<Duration>),
    RetryIn(Duration),
    GiveUp,
}

impl Job {
    pub(super) fn new(name: String, wanted: ClientMetadata) -> Self {
        Self {
            name,
            wanted,
            unit: None,
            failures: 0,
        }
    }

    pub(super) async fn run(&self, keepers: &Keepers) -> Result<Ensured, KeeperError> {
        let keeper = keepers.keeper(&self.name);
        keeper.ensure_registered(&self.wanted).await
    }

    pub(super) fn after(&mut self, error: &KeeperError) -> Next {
        if error.status() == Some(StatusCode::TOO_MANY_REQUESTS) && error.is_retryable() {
            return Next::Pace(error.retry_after());
        }
        self.failures += 1;
        if self.failures == MAX_ATTEMPTS || !error.is_retryable() {
            return Next::GiveUp;
        }
        let delay = FIRST_DELAY * 4_u32.pow(self.failures - 1);
        Next::RetryIn(error.retry_after().unwrap_or_default().max(delay))
    }
}
