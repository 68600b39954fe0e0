//! The request to the authorization endpoint (OpenID Connect Core 1.0, section 3.1.2.1), and its
//! validation in the order of Hydra.

use crate::authorization_response::{ResponseMode, ReturnTo};
use crate::grants::Challenge;
use crate::metadata::Metadata;
use crate::oauth_error::OAuthError;
use crate::parameters::Parameters;
use crate::scopes;

const MIN_STATE_CHARACTERS: usize = 8;
const PROMPTS: [&str; 5] = ["login", "none", "consent", "select_account", "registration"];

/// A valid authorization request.
#[derive(Clone)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) return_to: ReturnTo,
    /// The parameter `redirect_uri`. Empty if the request has none.
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) audience: Vec<String>,
    pub(crate) nonce: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) prompts: Vec<String>,
    pub(crate) max_age: String,
    pub(crate) id_token_hint: String,
    pub(crate) login_hint: String,
}

/// An authorization request that the server rejects.
pub(crate) struct Rejected {
    pub(crate) error: OAuthError,
    /// `None` if the client or its redirect URI is unknown.
    pub(crate) return_to: Option<Box<ReturnTo>>,
}

impl From<OAuthError> for Rejected {
    fn from(error: OAuthError) -> Self {
        Self {
            error,
            return_to: None,
        }
    }
}

impl AuthorizationRequest {
    /// Parses the request of a client. `None` is a client that does not exist.
    pub(crate) fn parse(
        client: Option<&Metadata>,
        parameters: &Parameters,
    ) -> Result<Self, Rejected> {
        let parameter = |name: &str| parameters.get(name);
        let Some(client) = client else {
            let hint = "The requested OAuth 2.0 Client does not exist.";
            return Err(OAuthError::invalid_client(hint).into());
        };
        let requested = scopes::split(parameter("scope"));
        if requested.iter().any(|scope| scope == "openid") {
            check_request_object(client, &parameter)?;
        }
        let requested_mode = parameter("response_mode");
        let mode = ResponseMode::named(requested_mode).ok_or_else(|| {
            OAuthError::new(
                "unsupported_response_mode",
                &format!("Request with unsupported response_mode \"{requested_mode}\"."),
            )
        })?;
        let redirect_uri = parameter("redirect_uri");
        let return_to = ReturnTo {
            redirect_uri: redirect_uri_of(client, redirect_uri, &requested)?,
            mode,
            state: parameter("state").to_owned(),
        };

        let request = Self {
            client_id: client.text("client_id").to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            scopes: requested,
            audience: scopes::split(parameter("audience")),
            nonce: parameter("nonce").to_owned(),
            challenge: Some(parameter("code_challenge"))
                .filter(|value| !value.is_empty())
                .map(|value| Challenge {
                    value: value.to_owned(),
                    method: parameter("code_challenge_method").to_owned(),
                }),
            prompts: scopes::split(parameter("prompt")),
            max_age: parameter("max_age").to_owned(),
            id_token_hint: parameter("id_token_hint").to_owned(),
            login_hint: parameter("login_hint").to_owned(),
            return_to,
        };
        match request.validate(client, &parameter) {
            Ok(()) => Ok(request),
            Err(error) => Err(Rejected {
                error,
                return_to: Some(Box::new(request.return_to)),
            }),
        }
    }

    fn validate<'a>(
        &self,
        client: &Metadata,
        parameter: &dyn Fn(&str) -> &'a str,
    ) -> Result<(), OAuthError> {
        if let Some(scope) = scopes::forbidden(client.text("scope"), &self.scopes) {
            return Err(OAuthError::new(
                "invalid_scope",
                &format!("The OAuth 2.0 Client is not allowed to request scope '{scope}'."),
            ));
        }
        check_audience(client, &self.audience)?;
        if !parameter("registration").is_empty() {
            return Err(OAuthError::new("registration_not_supported", ""));
        }
        check_response_type(client, parameter("response_type"))?;
        if self.return_to.state.len() < MIN_STATE_CHARACTERS {
            return Err(OAuthError::new(
                "invalid_state",
                &format!(
                    "Request parameter 'state' must be at least be {MIN_STATE_CHARACTERS} characters long to ensure sufficient entropy."
                ),
            ));
        }
        Ok(())
    }

    pub(crate) fn has_prompt(&self, prompt: &str) -> bool {
        self.prompts.iter().any(|value| value == prompt)
    }

    /// Checks the parameter `prompt`, which Hydra does after the login.
    pub(crate) fn check_prompts(&self) -> Result<(), OAuthError> {
        if !self
            .prompts
            .iter()
            .all(|prompt| PROMPTS.contains(&prompt.as_str()))
        {
            let prompts = self.prompts.join(" ");
            return Err(OAuthError::invalid_request(&format!(
                "Used unknown value '[{prompts}]' for prompt parameter"
            )));
        }
        if self.has_prompt("none") && self.prompts.len() > 1 {
            return Err(OAuthError::invalid_request(
                "Parameter 'prompt' was set to 'none', but contains other values as well which is not allowed.",
            ));
        }
        Ok(())
    }
}

/// Refuses request objects (OpenID Connect Core 1.0, section 6), which the mock server cannot read.
fn check_request_object<'a>(
    client: &Metadata,
    parameter: &dyn Fn(&str) -> &'a str,
) -> Result<(), OAuthError> {
    let (object, uri) = (parameter("request"), parameter("request_uri"));
    let has_keys = client.get("jwks").is_some() || !client.text("jwks_uri").is_empty();
    match (object, uri) {
        ("", "") => Ok(()),
        ("", _) | (_, "") if has_keys => Err(OAuthError::new("request_not_supported", "")),
        ("", _) | (_, "") => Err(OAuthError::invalid_request(
            "OpenID Connect 'request' or 'request_uri' context was given, but the OAuth 2.0 Client does not have any JSON Web Keys registered.",
        )),
        _ => Err(OAuthError::invalid_request(
            "OpenID Connect parameters 'request' and 'request_uri' were both given, but you can use at most one.",
        )),
    }
}

/// Checks that the client registered each requested audience.
pub(crate) fn check_audience(client: &Metadata, requested: &[String]) -> Result<(), OAuthError> {
    let is_registered = |audience: &str| client.list("audience").any(|known| known == audience);
    match requested.iter().find(|audience| !is_registered(audience)) {
        None => Ok(()),
        Some(audience) => Err(OAuthError::invalid_request(&format!(
            "Requested audience '{audience}' has not been whitelisted by the OAuth 2.0 Client."
        ))),
    }
}

fn check_response_type(client: &Metadata, requested: &str) -> Result<(), OAuthError> {
    let unsupported = |hint: &str| Err(OAuthError::new("unsupported_response_type", hint));
    if requested.trim().is_empty() {
        return unsupported("`The request is missing the 'response_type' parameter.");
    }
    let mut registered = client.list("response_types").peekable();
    let is_registered = if registered.peek().is_none() {
        requested == "code"
    } else {
        registered.any(|registered| registered == requested)
    };
    if !is_registered {
        return unsupported(&format!(
            "The client is not allowed to request response_type '{requested}'."
        ));
    }
    if requested != "code" {
        return unsupported("The mock server supports only the response_type 'code'.");
    }
    Ok(())
}

/// Returns the URI that the response goes to.
fn redirect_uri_of(
    client: &Metadata,
    requested: &str,
    scopes: &[String],
) -> Result<String, OAuthError> {
    let mut registered = client.list("redirect_uris");
    if requested.is_empty() {
        if scopes.iter().any(|scope| scope == "openid") {
            return Err(OAuthError::invalid_request(
                "The 'redirect_uri' parameter is required when using OpenID Connect 1.0.",
            ));
        }
        if let (Some(only), None) = (registered.next(), registered.next()) {
            return Ok(only.to_owned());
        }
    } else if registered.any(|uri| uri == requested || matches_loopback(uri, requested)) {
        return Ok(requested.to_owned());
    }
    Err(OAuthError::invalid_request(
        "The 'redirect_uri' parameter does not match any of the OAuth 2.0 Client's pre-registered redirect urls.",
    ))
}

/// Whether two URIs with a loopback address differ only in their port (RFC 8252, section 7.3).
fn matches_loopback(registered: &str, requested: &str) -> bool {
    let parts = |uri: &str| {
        let rest = uri.strip_prefix("http://")?;
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let host = ["127.0.0.1", "[::1]"].into_iter().find(|host| {
            authority.strip_prefix(host).is_some_and(|port| {
                port.is_empty()
                    || port
                        .strip_prefix(':')
                        .is_some_and(|port| port.bytes().all(|digit| digit.is_ascii_digit()))
            })
        })?;
        Some((host, path.to_owned()))
    };
    parts(registered).is_some_and(|registered| parts(requested) == Some(registered))
}

#[cfg(test)]
mod tests {
    use super::matches_loopback;

    #[test]
    fn the_port_of_a_loopback_redirect_uri_may_differ() {
        for (registered, requested, expected) in [
            ("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb", true),
            ("http://127.0.0.1/cb", "http://127.0.0.1:2/cb", true),
            ("http://[::1]:1/cb?a=b", "http://[::1]/cb?a=b", true),
            ("http://127.0.0.1/cb", "http://127.0.0.1/other", false),
            ("http://127.0.0.1/cb", "http://[::1]/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1.example/cb", false),
            (
                "http://127.0.0.1/cb",
                "http://127.0.0.1:a@b.example/cb",
                false,
            ),
            ("http://app.example/cb", "http://app.example:2/cb", false),
            ("https://127.0.0.1/cb", "https://127.0.0.1:2/cb", false),
        ] {
            assert_eq!(
                matches_loopback(registered, requested),
                expected,
                "{requested}"
            );
        }
    }
}
