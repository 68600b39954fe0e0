//! What a keeper may do.

use crate::failure::Failure;
use crate::input;
use clap::Args;
use ory_oidc::registration::InitialAccessToken;
use ory_oidc_keeper::KeeperBuilder;
use std::path::PathBuf;

/// What may be done to make a registration as wanted.
#[derive(Args, Clone, Debug)]
pub(super) struct Policy {
    /// Replace a client that exists, but can no longer be managed. The old one is left behind
    #[arg(long)]
    replace_when_key_lost: bool,

    /// Never register a new client for a stored one, even if it was deleted at the server
    #[arg(long, conflicts_with = "replace_when_key_lost")]
    never_replace: bool,

    #[command(flatten)]
    reset: Reset,

    #[command(flatten)]
    initial_access: InitialAccess,
}

/// Whether an update may reset what only an administrator can set.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Reset {
    /// Let an update reset what an administrator has set, such as skip_consent
    #[arg(long)]
    allow_reset: bool,
}

/// The token of a server that lets only its holders register (RFC 7591 §3).
#[derive(Args, Clone, Debug)]
pub(super) struct InitialAccess {
    /// A file with the initial access token, or `-`. Else ORY_INITIAL_ACCESS_TOKEN is used, if set
    #[arg(long, value_name = "FILE")]
    initial_access_token_file: Option<PathBuf>,
}

impl InitialAccess {
    pub(super) fn token(&self) -> Result<Option<InitialAccessToken>, Failure> {
        let path = self.initial_access_token_file.as_deref();
        let token = input::secret(path, "ORY_INITIAL_ACCESS_TOKEN")?;
        Ok(token.map(InitialAccessToken::from))
    }
}

impl Reset {
    pub(super) fn apply(self, builder: KeeperBuilder) -> KeeperBuilder {
        builder.allow_reset(self.allow_reset)
    }
}

impl Policy {
    /// Returns what configures a keeper.
    pub(super) fn configure(
        &self,
    ) -> Result<impl Fn(KeeperBuilder) -> KeeperBuilder + Send + Sync + 'static, Failure> {
        let token = self.initial_access.token()?;
        let policy = self.clone();
        Ok(move |builder: KeeperBuilder| {
            let builder = policy
                .reset
                .apply(builder)
                .replace_when_key_lost(policy.replace_when_key_lost)
                .never_replace(policy.never_replace);
            match token.clone() {
                Some(token) => builder.initial_access_token(token),
                None => builder,
            }
        })
    }
}
