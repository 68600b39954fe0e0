//! Logs users in with the crate `openidconnect`, for a client that `ory_oidc` registered.
//!
//! Only the metadata, the keys, and the client's id and secret are handed over. `openidconnect`
//! cannot read Ory's response to a registration, in which an absent URL is an empty string.

use crate::http;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthType, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields,
    Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, StandardErrorResponse,
    StandardTokenResponse, TokenResponse as _,
};
use ory_oidc::logout::state_matches;
use ory_oidc::{AccessToken, Client, IdToken, Registration};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt;
use url::Url;

/// The reason why a login failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoginError {
    /// The response does not belong to the request that this browser was sent with.
    ResponseMismatch,
    /// The provider logged the user out before the login was complete.
    LoggedOut,
    /// The provider or the user refused. Holds the error code (RFC 6749 §4.1.2.1).
    Refused(String),
    /// A call failed, or a response is not valid. For the log, not for the user.
    Failed(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ResponseMismatch => {
                f.write_str("the response does not belong to a login of this browser")
            }
            Self::LoggedOut => f.write_str("the user was logged out during the login"),
            Self::Refused(code) => write!(f, "the provider refused the login: {code:?}"),
            Self::Failed(error) => write!(f, "login failed: {error}"),
        }
    }
}

impl Error for LoginError {}

fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> LoginError {
    LoginError::Failed(error.into())
}

/// What to remember from the start of a login to its end. It is secret: whoever has it can complete the
/// login.
#[derive(Debug, Deserialize, Serialize)]
pub struct Pending {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

impl Pending {
    /// Returns the `state`, which the browser brings back.
    #[must_use]
    pub fn state(&self) -> &str {
        self.state.secret()
    }
}

/// The query that the browser brings to the redirect URI (RFC 6749 §4.1.2, RFC 9207).
///
/// [`Debug`](fmt::Debug) shows nothing of it.
#[derive(Deserialize)]
pub struct Callback {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

impl Callback {
    /// Returns the `state`.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").finish_non_exhaustive()
    }
}

/// A user whose ID token was verified.
///
/// [`Debug`](fmt::Debug) does not show the user.
pub struct LoggedIn {
    /// The user's subject.
    pub sub: String,
    /// The session at the provider, which back-channel logout names.
    pub sid: Option<String>,
    /// The verified ID token.
    pub id_token: IdToken,
    /// The access token.
    pub access_token: AccessToken,
}

impl fmt::Debug for LoggedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggedIn").finish_non_exhaustive()
    }
}

/// The claim of back-channel logout, which `openidconnect` does not define.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct SessionClaims {
    sid: Option<String>,
}

impl AdditionalClaims for SessionClaims {}

// `CoreTokenResponse` and `CoreClient` with these claims.
type Tokens = StandardTokenResponse<
    IdTokenFields<
        SessionClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
type OidcClient = openidconnect::Client<
    SessionClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The authorization code flow with PKCE, `state` and `nonce`.
///
/// Create one for each request: that is cheap, because `ory_oidc` caches the provider's metadata.
#[derive(Debug)]
pub struct Login {
    ory: Client,
    http: reqwest::Client,
    metadata: CoreProviderMetadata,
    id: ClientId,
    secret: Option<ClientSecret>,
    auth_type: AuthType,
    redirect_uri: RedirectUrl,
    /// Whether each response of the provider names its issuer.
    names_issuer: bool,
}

impl Login {
    /// Configures `openidconnect` with the provider's metadata and the registered client.
    ///
    /// # Errors
    /// [`LoginError::Failed`] if discovery fails, or if a URL is not valid.
    pub async fn new(
        ory: &Client,
        http: &reqwest::Client,
        registration: &Registration,
        redirect_uri: &str,
    ) -> Result<Self, LoginError> {
        let provider = ory.discover().await.map_err(failed)?;
        let mut metadata = provider.fields().clone();
        // Browsers use the public authorization endpoint. This process may reach the token endpoint
        // at an internal address.
        let token_endpoint = provider.token_endpoint();
        metadata.token_endpoint = token_endpoint.map(|url| ory.internal_endpoint(url));
        let names_issuer = metadata
            .additional_properties
            .get("authorization_response_iss_parameter_supported")
            .is_some_and(|supported| supported == true);
        let secret = registration.client_secret();
        let auth_method = registration.granted().token_endpoint_auth_method.as_deref();
        Ok(Self {
            ory: ory.clone(),
            http: http.clone(),
            metadata: convert(&metadata)?,
            id: ClientId::new(registration.client_id().to_owned()),
            secret: secret.map(|secret| ClientSecret::new(secret.expose().to_owned())),
            auth_type: match auth_method {
                Some("client_secret_post") => AuthType::RequestBody,
                // The default (RFC 7591 §2).
                _ => AuthType::BasicAuth,
            },
            redirect_uri: RedirectUrl::new(redirect_uri.to_owned()).map_err(failed)?,
            names_issuer,
        })
    }

    fn client(&self, keys: CoreJsonWebKeySet) -> OidcClient {
        let metadata = self.metadata.clone().set_jwks(keys);
        OidcClient::from_provider_metadata(metadata, self.id.clone(), self.secret.clone())
            .set_auth_type(self.auth_type.clone())
            .set_redirect_uri(self.redirect_uri.clone())
    }

    /// Returns the URL to redirect the browser to, and what to remember until it returns. `scopes` are
    /// requested in addition to `openid`.
    #[must_use]
    pub fn start(&self, scopes: &[&str]) -> (Url, Pending) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (url, state, nonce) = self
            .client(CoreJsonWebKeySet::default())
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(scopes.iter().map(|scope| Scope::new((*scope).to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        let pending = Pending {
            state,
            nonce,
            verifier,
        };
        (url, pending)
    }

    /// Exchanges the code for tokens, and verifies the ID token.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn finish(
        &self,
        pending: Pending,
        callback: Callback,
    ) -> Result<LoggedIn, LoginError> {
        // Check this first: even an error counts only if it belongs to this login.
        if !state_matches(pending.state(), callback.state()) {
            return Err(LoginError::ResponseMismatch);
        }
        // Refuse the response of another provider, and one whose issuer was removed (RFC 9207 §2.4).
        let from_provider = match &callback.iss {
            Some(issuer) => issuer == self.metadata.issuer().as_str(),
            None => !self.names_issuer,
        };
        if !from_provider {
            return Err(LoginError::ResponseMismatch);
        }
        if let Some(error) = callback.error {
            return Err(LoginError::Refused(error));
        }
        let code = callback
            .code
            .ok_or_else(|| failed("the response has no code"))?;

        let send = |request| http::send(self.http.clone(), request);
        let tokens = self
            .client(CoreJsonWebKeySet::default())
            .exchange_code(AuthorizationCode::new(code))
            .map_err(failed)?
            .set_pkce_verifier(pending.verifier)
            .request_async(&send)
            .await
            .map_err(|error| match error {
                RequestTokenError::Request(cause) => failed(cause),
                // The rest of this error shows the response, which holds tokens.
                RequestTokenError::Parse(error, _) => failed(format!(
                    "cannot decode the token response at JSON path {}",
                    error.path()
                )),
                other => failed(other),
            })?;
        self.verify(&tokens, &pending.nonce).await
    }

    async fn verify(&self, tokens: &Tokens, nonce: &Nonce) -> Result<LoggedIn, LoginError> {
        let id_token = tokens
            .id_token()
            .ok_or_else(|| failed("the token response has no ID token"))?;
        let keys = self.ory.keys().await.map_err(failed)?;
        let mut client = self.client(convert(keys.fields())?);
        let unknown_key = matches!(
            id_token.signing_key(&client.id_token_verifier()),
            Err(SignatureVerificationError::NoMatchingKey)
        );
        // The provider may have changed its keys since they were fetched.
        if unknown_key && let Some(newer) = self.ory.newer_keys(&keys).await.map_err(failed)? {
            client = self.client(convert(newer.fields())?);
        }

        // Verifies signature, issuer, audience, times and nonce.
        let verifier = client.id_token_verifier();
        let claims = id_token.claims(&verifier, nonce).map_err(failed)?;
        // The access token must belong to the ID token.
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = id_token.signing_alg().map_err(failed)?;
            let key = id_token.signing_key(&verifier).map_err(failed)?;
            let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
            if hash.map_err(failed)? != *expected {
                return Err(failed("the access token does not match the ID token"));
            }
        }
        Ok(LoggedIn {
            sub: claims.subject().to_string(),
            sid: claims.additional_claims().sid.clone(),
            id_token: IdToken::new(id_token.to_string()),
            access_token: AccessToken::new(tokens.access_token().secret()),
        })
    }
}

/// Converts between the types of two crates, which are the same JSON.
fn convert<T: DeserializeOwned>(from: &impl Serialize) -> Result<T, LoginError> {
    let json = serde_json::to_value(from).map_err(failed)?;
    serde_json::from_value(json).map_err(failed)
}
