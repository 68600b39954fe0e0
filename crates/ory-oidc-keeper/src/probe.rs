//! Questions to the server that show whether it works, and whether it knows a client.

use crate::settings::ClientExists;
use crate::unique::unique_id;
use ory_oidc::Client;
use ory_oidc::error::{Error, ErrorCode};
use ory_oidc::operation::{KEYS, Operation};
use ory_oidc::raw::apis::oidc_api::discover_oidc_configuration;
use ory_oidc::registration::Registration;
use ory_oidc::registration::token_endpoint_auth_method::{
    CLIENT_SECRET_BASIC, CLIENT_SECRET_POST, NONE,
};
use ory_oidc::reqwest::Url;
use ory_oidc::reqwest::header::LOCATION;
use ory_oidc_core::call::Call;
use ory_oidc_core::{Authorization, Response};
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::time::timeout;

/// The authorization endpoint (RFC 6749 §3.1).
const AUTHORIZE: Operation = Operation::new("oAuth2Authorize", "GET", "/oauth2/auth")
    .with_media_types("text/html, application/json")
    .with_redirects(&[302, 303, 307]);

/// The revocation endpoint (RFC 7009 §2).
const REVOKE: Operation = Operation::new("revokeOAuth2Token", "POST", "/oauth2/revoke");

/// A redirection URI that no client has: the server refuses the request, and shows nobody a login
/// page (RFC 2606 §2).
const FOREIGN_REDIRECT_URI: &str = "https://client-check.invalid/";

/// The answer of the server to one question, as far as it could be understood.
pub(crate) type Answer = Option<bool>;

/// Sends questions to a server.
pub(crate) struct Probe<'a> {
    client: &'a Client,
    /// How long the caller's function may take.
    limit: Duration,
    client_exists: Option<&'a ClientExists>,
    authorization: Url,
    revocation: Url,
}

impl<'a> Probe<'a> {
    /// Requests the provider's metadata and keys. An Ory Hydra needs its database for both.
    ///
    /// # Errors
    /// The error of a call: the server is in trouble.
    pub(crate) async fn of_working_server(
        client: &'a Client,
        limit: Duration,
        client_exists: Option<&'a ClientExists>,
    ) -> Result<Self, Error> {
        let configuration = client.configuration();
        // The futures of calls are boxed, as those of the callers would otherwise take many kilobytes.
        let response = Box::pin(discover_oidc_configuration(configuration)).await?;
        // Other members than the endpoints do not matter here.
        let metadata: Map<String, Value> = response.decode_as()?;
        let named = |member: &str| metadata.get(member).and_then(Value::as_str);
        let trusted = |endpoint: &str| client.trusted_endpoint(endpoint);
        // An endpoint that is not in the metadata, or at an untrusted origin, is at Ory's documented
        // path below the base URL: this process may not reach the provider where others do.
        let endpoint = |member: &str, operation: Operation| {
            let advertised = named(member).and_then(trusted);
            advertised.unwrap_or_else(|| below(configuration.base_url(), operation.path()))
        };
        if let Some(keys) = named("jwks_uri").and_then(trusted) {
            Box::pin(Call::to_url(configuration, KEYS, keys).send()).await?;
        }
        Ok(Self {
            client,
            limit,
            client_exists,
            authorization: endpoint("authorization_endpoint", AUTHORIZE),
            revocation: endpoint("revocation_endpoint", REVOKE),
        })
    }

    /// Asks whether a client exists. Needs no credentials: the authorization endpoint refuses an
    /// unknown client for another reason than a request with an unregistered `redirect_uri`.
    ///
    /// # Errors
    /// The error of the call.
    pub(crate) async fn exists(&self, client_id: &str) -> Result<Answer, Error> {
        if let Some(exists) = self.client_exists {
            let answer = timeout(self.limit, exists(client_id.to_owned())).await;
            return Ok(answer.ok().flatten());
        }
        let parameters = [
            ("client_id", Some(client_id)),
            ("response_type", Some("code")),
            ("redirect_uri", Some(FOREIGN_REDIRECT_URI)),
            ("state", Some("ory-oidc-keeper-client-check")),
        ];
        let call = Call::to_url(
            self.client.configuration(),
            AUTHORIZE,
            self.authorization.clone(),
        );
        let code = match Box::pin(call.query(&parameters).send()).await {
            Ok(response) => error_in_redirect(&self.authorization, &response),
            Err(Error::Server(error)) if error.status().is_client_error() => error.code().cloned(),
            Err(error) => return Err(error),
        };
        Ok(code.as_ref().and_then(names_a_known_client))
    }

    /// Asks whether a client exists whose id nobody has ever been given. A server that does not
    /// deny it cannot be asked about others.
    pub(crate) async fn denies_unknown_clients(&self) -> Result<bool, Error> {
        let unknown = format!("ory-oidc-keeper-unknown-{}", unique_id());
        Ok(self.exists(&unknown).await? == Some(false))
    }

    /// Asks whether the server accepts the client's own authentication, by revoking a token that
    /// does not exist. [`None`] if the client has no authentication that this can send.
    ///
    /// # Errors
    /// The error of the call.
    pub(crate) async fn accepts(&self, registration: &Registration) -> Result<Answer, Error> {
        let method = registration.granted().token_endpoint_auth_method.as_deref();
        let method = method.unwrap_or(CLIENT_SECRET_BASIC);
        let secret = match (method, registration.client_secret()) {
            (NONE, _) => "",
            (CLIENT_SECRET_BASIC | CLIENT_SECRET_POST, Some(secret)) => secret.expose(),
            _ => return Ok(None),
        };
        let answer = self
            .revoke(method, registration.client_id(), secret)
            .await?;
        if answer != Some(true) {
            return Ok(answer);
        }
        // An Ory Hydra that cannot reach its database accepts everybody.
        let unknown = format!("ory-oidc-keeper-unknown-{}", unique_id());
        let control = self.revoke(method, &unknown, "unknown").await?;
        Ok((control == Some(false)).then_some(true))
    }

    async fn revoke(&self, method: &str, client_id: &str, secret: &str) -> Result<Answer, Error> {
        let configuration = self.client.configuration();
        let call = Call::to_url(configuration, REVOKE, self.revocation.clone());
        let token = ("token", "ory-oidc-keeper-client-check");
        let id = ("client_id", client_id);
        let call = match method {
            CLIENT_SECRET_BASIC => {
                call.form(&[token])
                    .authorize(Authorization::ClientSecretBasic {
                        client_id,
                        client_secret: secret,
                    })?
            }
            CLIENT_SECRET_POST => call.form(&[token, id, ("client_secret", secret)]),
            _ => call.form(&[token, id]),
        };
        match Box::pin(call.send()).await {
            Ok(_) => Ok(Some(true)),
            Err(Error::Server(error)) if error.status().is_client_error() => {
                let refused = error.code() == Some(&ErrorCode::InvalidClient);
                Ok(refused.then_some(false))
            }
            Err(error) => Err(error),
        }
    }
}

fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

/// Returns the `error` parameter of the URL that the server redirects to (RFC 6749 §4.1.2.1).
fn error_in_redirect(endpoint: &Url, response: &Response<()>) -> Option<ErrorCode> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let location = endpoint.join(location).ok()?;
    let mut parameters = location.query_pairs();
    let (_, code) = parameters.find(|(name, _)| name == "error")?;
    Some(ErrorCode::from(&*code))
}

/// Whether an error code shows that the server knows the client.
fn names_a_known_client(code: &ErrorCode) -> Answer {
    match code {
        ErrorCode::InvalidClient => Some(false),
        ErrorCode::InvalidRequest | ErrorCode::InvalidRedirectUri => Some(true),
        ErrorCode::Other(code) => match code.as_str() {
            "unsupported_response_type" | "unauthorized_client" | "invalid_scope" => Some(true),
            _ => None,
        },
        _ => None,
    }
}
