//! Logging in with the `openidconnect` crate, on what `ory_oidc` discovered and registered.
//!
//! `ory_oidc` registers, and only the client's id and secret are handed over: `openidconnect`
//! cannot read Ory's reply to a registration, in which an absent URL is an empty text.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthType, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IdTokenFields, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError,
    StandardErrorResponse, StandardTokenResponse, TokenResponse as _,
};
use ory_oidc::{AccessToken, Client, IdToken, Registration, state_matches};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::{fmt, io, mem};
use url::Url;

/// Why a log-in did not come to its end.
#[derive(Debug)]
pub(crate) enum LoginError {
    /// The answer is not to the request that this browser was sent off with.
    NotOurs,
    /// The provider, or the user, said no (RFC 6749 §4.1.2.1).
    Refused(String),
    /// Something broke, or did not verify. For the log, not for the user.
    Failed(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOurs => f.write_str("the answer belongs to another log-in, or to none"),
            Self::Refused(code) => write!(f, "the provider refused: {code:?}"),
            Self::Failed(error) => write!(f, "the log-in failed: {error}"),
        }
    }
}

impl Error for LoginError {}

/// All other errors, by `?`.
fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> LoginError {
    LoginError::Failed(error.into())
}

/// What is kept, on the server, from the start of a log-in to its end.
pub(crate) struct Pending {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// What the browser brings back to the redirect URI (RFC 6749 §4.1.2, RFC 9207).
#[derive(Deserialize)]
pub(crate) struct Callback {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// A user whose ID token was verified.
pub(crate) struct LoggedIn {
    /// Who it is.
    pub(crate) sub: String,
    /// The session at the provider, which back-channel logout names.
    pub(crate) sid: Option<String>,
    pub(crate) id_token: IdToken,
    pub(crate) access_token: AccessToken,
}

/// The claim that `openidconnect` does not know by itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct SessionClaims {
    sid: Option<String>,
}

impl AdditionalClaims for SessionClaims {}

// `CoreTokenResponse` and `CoreClient`, but for those claims.
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

/// The authorization code flow with PKCE, `state` and `nonce`. It costs no request to make one:
/// `ory_oidc` keeps what it discovered for as long as it holds.
pub(crate) struct Login {
    ory: Client,
    metadata: CoreProviderMetadata,
    id: ClientId,
    secret: Option<ClientSecret>,
    auth_type: AuthType,
    redirect_uri: RedirectUrl,
    /// Whether every answer of the provider names its issuer.
    names_issuer: bool,
}

impl Login {
    /// Hands what `ory_oidc` knows to `openidconnect`.
    pub(crate) async fn new(
        ory: &Client,
        registration: &Registration,
        redirect_uri: &str,
    ) -> Result<Self, LoginError> {
        let provider = ory.discover().await.map_err(failed)?;
        let mut metadata = provider.fields().clone();
        // The browser goes to the authorization endpoint as it is named, we to the token endpoint.
        metadata.token_endpoint = ory.internal_endpoint(provider.token_endpoint());
        let names_issuer = metadata
            .additional_properties
            .get("authorization_response_iss_parameter_supported")
            .is_some_and(|supported| supported == true);
        let secret = registration.client_secret();
        let auth_method = registration.granted().token_endpoint_auth_method.as_deref();
        Ok(Self {
            ory: ory.clone(),
            metadata: convert(&metadata)?,
            id: ClientId::new(registration.client_id().to_owned()),
            secret: secret.map(|secret| ClientSecret::new(secret.expose().to_owned())),
            auth_type: match auth_method {
                Some("client_secret_post") => AuthType::RequestBody,
                // What is registered when nothing is said (RFC 7591 §2).
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

    /// Where to send the browser, and what to keep until it is back. `scopes` are asked for
    /// beside `openid`.
    pub(crate) fn start(&self, scopes: &[&str]) -> (Url, Pending) {
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

    /// Turns what the browser brought back into a user.
    pub(crate) async fn finish(
        &self,
        pending: Pending,
        callback: Callback,
    ) -> Result<LoggedIn, LoginError> {
        // First of all: an answer that is not ours must not be acted on, be it an error.
        if !state_matches(pending.state.secret(), callback.state.as_deref()) {
            return Err(LoginError::NotOurs);
        }
        // Another provider's answer, or one from which that was taken out (RFC 9207 §2.4).
        let ours = match &callback.iss {
            Some(issuer) => issuer == self.metadata.issuer().as_str(),
            None => !self.names_issuer,
        };
        if !ours {
            return Err(LoginError::NotOurs);
        }
        if let Some(error) = callback.error {
            return Err(LoginError::Refused(error));
        }
        let code = callback.code.ok_or_else(|| failed("there is no code"))?;

        let http = |request| send(self.ory.clone(), request);
        let tokens = self
            .client(CoreJsonWebKeySet::default())
            .exchange_code(AuthorizationCode::new(code))
            .map_err(failed)?
            .set_pkce_verifier(pending.verifier)
            .request_async(&http)
            .await
            .map_err(|error| match error {
                RequestTokenError::Request(cause) => failed(cause),
                other => failed(other),
            })?;
        self.verify(&tokens, &pending.nonce).await
    }

    async fn verify(&self, tokens: &Tokens, nonce: &Nonce) -> Result<LoggedIn, LoginError> {
        let id_token = tokens
            .id_token()
            .ok_or_else(|| failed("no ID token came"))?;
        let keys = self.ory.keys().await.map_err(failed)?;
        let mut client = self.client(convert(keys.fields())?);
        let unknown_key = matches!(
            id_token.signing_key(&client.id_token_verifier()),
            Err(SignatureVerificationError::NoMatchingKey)
        );
        // The provider may have changed its keys since these were fetched.
        if unknown_key && let Some(newer) = self.ory.newer_keys(&keys).await.map_err(failed)? {
            client = self.client(convert(newer.fields())?);
        }

        // Signature, issuer, audience, time and nonce.
        let verifier = client.id_token_verifier();
        let claims = id_token.claims(&verifier, nonce).map_err(failed)?;
        // That the access token came with this ID token.
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = id_token.signing_alg().map_err(failed)?;
            let key = id_token.signing_key(&verifier).map_err(failed)?;
            let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
            if hash.map_err(failed)? != *expected {
                return Err(failed("the ID token came with another access token"));
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

/// What two crates call differently is the same JSON.
fn convert<T: DeserializeOwned>(from: &impl Serialize) -> Result<T, LoginError> {
    let json = serde_json::to_value(from).map_err(failed)?;
    serde_json::from_value(json).map_err(failed)
}

/// Sends `openidconnect`'s requests with the HTTP client of `ory_oidc`: it follows no redirects
/// and has time-outs, and no second one has to be compiled. What is read is bounded too.
async fn send(ory: Client, request: HttpRequest) -> Result<HttpResponse, io::Error> {
    // Without the URL: for the log, the error itself is enough.
    let broken = |error: reqwest::Error| io::Error::other(error.without_url());
    let configuration = ory.as_raw();
    let request = request.try_into().map_err(broken)?;
    let mut answer = configuration
        .client
        .execute(request)
        .await
        .map_err(broken)?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > configuration.max_body_bytes {
            return Err(io::Error::other("the answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = HttpResponse::new(body);
    *response.status_mut() = answer.status();
    *response.headers_mut() = mem::take(answer.headers_mut());
    Ok(response)
}
