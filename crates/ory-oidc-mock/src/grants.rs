//! What users and clients were granted: authorization codes, refresh tokens and access tokens.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

/// The authorization of a client. All tokens of one login share it.
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) client_id: String,
    /// The user, or the client itself for the grant `client_credentials`.
    pub(crate) subject: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) audience: Vec<String>,
    /// `None` for the grant `client_credentials`, and for a token that a test issued.
    pub(crate) login: Option<LoginOfGrant>,
    /// Claims of access tokens that the login app added.
    pub(crate) access_token_claims: Map<String, Value>,
}

/// The login that led to a grant.
pub(crate) struct LoginOfGrant {
    pub(crate) session_id: String,
    pub(crate) nonce: String,
    /// In seconds since 1970.
    pub(crate) authenticated_at: i64,
    /// In seconds since 1970.
    pub(crate) requested_at: i64,
    /// Claims of ID tokens and of userinfo that the login app added.
    pub(crate) claims: Map<String, Value>,
}

impl Grant {
    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }

    /// Whether the user allowed access while offline, so that there are refresh tokens.
    pub(crate) fn is_offline(&self) -> bool {
        self.has_scope("offline") || self.has_scope("offline_access")
    }
}

pub(crate) struct AuthorizationCode {
    pub(crate) grant: Arc<Grant>,
    /// The `redirect_uri` of the request. Empty if it had none.
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<Challenge>,
    /// In seconds since 1970.
    pub(crate) expires_at: i64,
    pub(crate) used: bool,
}

/// A code challenge (RFC 7636).
#[derive(Clone)]
pub(crate) struct Challenge {
    pub(crate) value: String,
    pub(crate) method: String,
}

pub(crate) struct RefreshToken {
    pub(crate) grant: Arc<Grant>,
    /// In seconds since 1970.
    pub(crate) issued_at: i64,
    /// In seconds since 1970.
    pub(crate) expires_at: i64,
    pub(crate) used: bool,
}

pub(crate) struct AccessToken {
    /// The token itself.
    pub(crate) text: String,
    pub(crate) grant: Arc<Grant>,
    /// The claims of userinfo.
    pub(crate) claims: Map<String, Value>,
    /// In seconds since 1970.
    pub(crate) issued_at: i64,
    /// In seconds since 1970.
    pub(crate) expires_at: i64,
}

/// All codes and tokens of a mock server.
#[derive(Default)]
pub(crate) struct Tokens {
    pub(crate) codes: HashMap<String, AuthorizationCode>,
    pub(crate) refresh: HashMap<String, RefreshToken>,
    /// By signature.
    access: HashMap<String, AccessToken>,
}

impl Tokens {
    pub(crate) fn insert_access_token(&mut self, token: AccessToken) {
        let signature = signature(&token.text).to_owned();
        self.access.insert(signature, token);
    }

    /// Returns the access token with the signature of this one. The rest may differ.
    pub(crate) fn access_token(&self, text: &str) -> Option<&AccessToken> {
        self.access.get(signature(text))
    }

    /// Removes the access token with the signature of this one.
    pub(crate) fn remove_access_token(&mut self, text: &str) {
        self.access.remove(signature(text));
    }

    /// Returns a refresh token that has neither been used nor expired. Hydra does not need its prefix.
    pub(crate) fn valid_refresh_token(&self, text: &str, now: i64) -> Option<&RefreshToken> {
        let with_prefix = || self.refresh.get(&format!("ory_rt_{text}"));
        let found = self.refresh.get(text).or_else(with_prefix);
        found.filter(|token| !token.used && token.expires_at > now)
    }

    /// Revokes all access tokens and refresh tokens of a grant.
    pub(crate) fn revoke_grant(&mut self, id: &str) {
        self.revoke_access_of_grant(id);
        self.refresh.retain(|_, token| token.grant.id != id);
    }

    /// Revokes all access tokens of a grant.
    pub(crate) fn revoke_access_of_grant(&mut self, id: &str) {
        self.access.retain(|_, token| token.grant.id != id);
    }

    /// Revokes all access tokens of a client.
    pub(crate) fn revoke_access_of_client(&mut self, id: &str) {
        self.access.retain(|_, token| token.grant.client_id != id);
    }

    /// Revokes everything that was issued to a client.
    pub(crate) fn revoke_client(&mut self, id: &str) {
        self.codes.retain(|_, code| code.grant.client_id != id);
        self.refresh.retain(|_, token| token.grant.client_id != id);
        self.revoke_access_of_client(id);
    }
}

/// Returns the last part of an access token with two or three parts. Hydra finds a token by it.
fn signature(text: &str) -> &str {
    match text.matches('.').count() {
        1 | 2 => text.rsplit('.').next().unwrap_or_default(),
        _ => "",
    }
}
