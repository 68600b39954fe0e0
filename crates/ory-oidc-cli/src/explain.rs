//! Explains the errors of the libraries to a person at a terminal.

use crate::exit::Exit;
use crate::failure::{Failure, chain};
use crate::shell;
use crate::storage;
use ory_oidc::error::ErrorKind;
use ory_oidc::{Error, discovery::DiscoveryError};
use ory_oidc_keeper::KeeperError;
use std::time::Duration;

/// Explains why a call to the server failed. `doing` continues "could not".
pub(crate) fn call(doing: &str, error: &Error) -> Failure {
    let kind = error.kind();
    let mut failure = Failure::new(kind_name(kind), format!("could not {doing}")).because(error);
    if let Some(id) = error.request_id() {
        failure = failure.why(format!("the server's id of the request is {id}"));
    }
    let failure = failure.fix(call_fix(error));
    match kind {
        ErrorKind::Configuration | ErrorKind::InvalidRequest => failure.exit(Exit::Usage),
        ErrorKind::OutcomeUnknown => failure.exit(Exit::Attention),
        _ if error.is_retryable() => failure.exit(Exit::TryAgain),
        _ => failure,
    }
}

fn call_fix(error: &Error) -> String {
    if error.kind() == ErrorKind::InvalidRequest && error.to_string().contains("allow_reset") {
        return "only an administrator can set these members again. To reset them anyway, add \
                --allow-reset"
            .into();
    }
    if let Some(DiscoveryError::IssuerMismatch { found, .. }) = error.validation() {
        return format!("if this is the correct server, add --issuer {found:?}");
    }
    if let Some(DiscoveryError::ForeignEndpoints { .. }) = error.validation() {
        return "if these origins are correct, pass each with --trust-origin".into();
    }
    let fix = match error.kind() {
        ErrorKind::Configuration => {
            "correct the URL. For plain http inside a trusted network, add --insecure-http"
        }
        ErrorKind::InvalidRequest => "correct the arguments; nothing was sent",
        ErrorKind::Connect => {
            "check the URL, and that the server runs: `ory-oidc doctor URL` shows more"
        }
        ErrorKind::Timeout | ErrorKind::ConnectionClosed => {
            "run the command again. `ory-oidc doctor URL` checks the server"
        }
        ErrorKind::Unauthorized => {
            "get a new token: this one is invalid, has expired or was revoked"
        }
        ErrorKind::InsufficientScope => "log the user in again with the scope that is missing",
        ErrorKind::Forbidden => "ask an administrator of the server; its reason is above",
        ErrorKind::NotFound => {
            "check the URL, and that dynamic client registration is enabled: \
             `ory-oidc doctor URL` checks both"
        }
        ErrorKind::RateLimited => return again(error.retry_after()),
        ErrorKind::Unavailable => {
            "the server or its database is unavailable: run the command again"
        }
        ErrorKind::OutcomeUnknown => {
            "the change may have happened: run `ory-oidc show NAME --check` to find out"
        }
        ErrorKind::Decode => {
            "check the URL, and whether a proxy responds instead of Ory: run `ory-oidc doctor URL`"
        }
        ErrorKind::Validation => "do not use the response. `ory-oidc doctor URL` checks the server",
        _ => "correct what the reason above names",
    };
    fix.into()
}

fn again(after: Option<Duration>) -> String {
    match after {
        Some(after) => format!(
            "run the command again in {} seconds",
            after.as_secs().max(1)
        ),
        None => "wait, then run the command again".into(),
    }
}

/// Explains why a command about the registration `name` failed. `doing` continues "could not".
pub(crate) fn keeper(doing: &str, name: &str, error: &KeeperError) -> Failure {
    let what = format!("could not {doing} {name:?}");
    let of = |kind, why: &str, fix: String| Failure::new(kind, &*what).why(why).fix(fix);
    let word = shell::word(name);
    let check = format!("run `ory-oidc show {word} --check` to find out what happened");
    match error {
        KeeperError::Store(error) => storage::failure(error),
        KeeperError::Call(error) => call(&format!("{doing} {name:?}"), error),
        KeeperError::Conflict | KeeperError::Busy => of(
            "conflict",
            "another process is changing the registration",
            "run the command again".into(),
        )
        .exit(Exit::TryAgain),
        KeeperError::NotRegistered => not_registered(name),
        KeeperError::OtherClientStored => {
            let what = format!("another client is stored as {name:?}");
            Failure::new("already_registered", what).fix(format!(
                "choose another name, or remove that one first: `ory-oidc delete {word}`"
            ))
        }
        KeeperError::OutcomeUnknown { source } => of(
            "outcome_unknown",
            "the request was sent, and no usable response arrived",
            check,
        )
        .because(source)
        .exit(Exit::Attention),
        KeeperError::Interrupted { .. } => {
            of("outcome_unknown", "the program was stopped", check).exit(Exit::Attention)
        }
        KeeperError::RecoveryNeeded => of(
            "recovery_needed",
            "the outcome of an earlier update is unknown",
            check,
        )
        .exit(Exit::Attention),
        KeeperError::Unverified { source } => of(
            "unverified",
            "the server refused the registration access token, and it is not known whether the \
             client still exists",
            "the server may be unavailable: run the command again later".into(),
        )
        .because(source)
        .exit(Exit::TryAgain),
        KeeperError::KeyLost => of(
            "key_lost",
            "the client exists, but the server does not accept its registration access token. Its \
             id and secret still work",
            format!(
                "ask an administrator to change or delete the client, or replace it: \
                 `ory-oidc ensure {word} --replace-when-key-lost …`"
            ),
        )
        .exit(Exit::Attention),
        KeeperError::ClientDeleted => of(
            "client_deleted",
            "the client was deleted at the server",
            format!(
                "run `ory-oidc ensure {word} …` to register a new one, or \
                 `ory-oidc delete {word}` to remove the entry"
            ),
        )
        .exit(Exit::Attention),
        KeeperError::SecretRejected => of(
            "secret_rejected",
            "the client exists, but an administrator changed its secret",
            format!("save the registration with the new secret: `ory-oidc adopt {word} --file …`"),
        )
        .exit(Exit::Attention),
        KeeperError::NotCleared { source } => of(
            "not_cleared",
            "the client was deleted, but its entry is still in the store",
            "run the command again".into(),
        )
        .because(source)
        .exit(Exit::TryAgain),
        other => {
            let mut failure = Failure::new("failed", what);
            failure.why = chain(other);
            failure
        }
    }
}

pub(crate) fn not_registered(name: &str) -> Failure {
    Failure::new(
        "not_registered",
        format!("no registration {name:?} is stored for this issuer"),
    )
    .fix(format!(
        "`ory-oidc show` lists the names. To register it: `ory-oidc register {} \
         --redirect-uri …`",
        shell::word(name)
    ))
    .exit(Exit::NotRegistered)
}

fn kind_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Configuration => "configuration",
        ErrorKind::InvalidRequest => "invalid_request",
        ErrorKind::Connect => "connect",
        ErrorKind::Timeout => "timeout",
        ErrorKind::ConnectionClosed => "connection_closed",
        ErrorKind::Unauthorized => "unauthorized",
        ErrorKind::InsufficientScope => "insufficient_scope",
        ErrorKind::Forbidden => "forbidden",
        ErrorKind::NotFound => "not_found",
        ErrorKind::RateLimited => "rate_limited",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::OutcomeUnknown => "outcome_unknown",
        ErrorKind::Decode => "decode",
        ErrorKind::Validation => "validation",
        _ => "error_response",
    }
}
