//! The authorization of one call.

use crate::error::RequestError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Request;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use std::fmt;
use url::form_urlencoded;

/// The authorization of one call. It is an argument of the call, so that one configuration serves
/// many clients and users.
///
/// ```
/// use ory_oidc_core::Authorization;
///
/// let authorization = Authorization::Bearer("ory_at_example");
/// assert_eq!(format!("{authorization:?}"), "Bearer([redacted])");
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Authorization<'a> {
    /// Sends no authorization.
    None,
    /// Sends a token in the `Authorization` header (RFC 6750 §2.1): a registration access token, an
    /// initial access token or an OAuth 2.0 access token.
    Bearer(&'a str),
    /// Sends `client_secret_basic` (RFC 6749 §2.3.1): id and secret, form-encoded, in the
    /// `Authorization` header.
    ClientSecretBasic {
        /// The client's id.
        client_id: &'a str,
        /// The client's secret.
        client_secret: &'a str,
    },
    /// Sends `client_secret_post` as Ory describes it for client management: the secret in the
    /// query of the URL. Proxies and servers log URLs, so prefer a token.
    ClientSecretPost {
        /// The client's secret.
        client_secret: &'a str,
    },
}

impl Authorization<'_> {
    /// Adds the authorization to a request.
    ///
    /// # Errors
    /// [`RequestError`] for a token or a secret that cannot be sent.
    pub fn apply(self, request: &mut Request) -> Result<(), RequestError> {
        let value = match self {
            Self::None => return Ok(()),
            Self::Bearer(token) => bearer(token)?,
            Self::ClientSecretBasic {
                client_id,
                client_secret,
            } => {
                let form = |text: &str| -> String {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect()
                };
                let pair = format!("{}:{}", form(client_id), form(client_secret));
                format!("Basic {}", STANDARD.encode(pair))
            }
            Self::ClientSecretPost { client_secret } => {
                request
                    .url_mut()
                    .query_pairs_mut()
                    .append_pair("client_secret", client_secret);
                return Ok(());
            }
        };
        let mut value = HeaderValue::try_from(value)
            .map_err(|_| RequestError::new("authorization", "cannot be sent in a header"))?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(())
    }
}

fn bearer(token: &str) -> Result<String, RequestError> {
    if token.is_empty() {
        return Err(RequestError::credential("token", "must not be empty"));
    }
    // RFC 6749 appendix A.12: visible ASCII only, so no line break can end the header.
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(RequestError::credential(
            "token",
            "contains a character that a token cannot have",
        ));
    }
    Ok(["Bearer ", token].concat())
}

impl fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer([redacted])",
            Self::ClientSecretBasic { .. } => "ClientSecretBasic([redacted])",
            Self::ClientSecretPost { .. } => "ClientSecretPost([redacted])",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::Method;

    fn applied(authorization: Authorization<'_>) -> Result<Request, RequestError> {
        let url = url::Url::parse("https://id.example/").expect("static URL is valid");
        let mut request = Request::new(Method::GET, url);
        authorization.apply(&mut request)?;
        Ok(request)
    }

    #[test]
    fn authorization_header_is_marked_as_sensitive() {
        let basic = Authorization::ClientSecretBasic {
            client_id: "a",
            client_secret: "b",
        };
        for authorization in [Authorization::Bearer("token"), basic] {
            let request = applied(authorization).expect("the authorization can be sent");
            assert!(
                request.headers()[AUTHORIZATION].is_sensitive(),
                "{authorization:?}"
            );
        }
    }

    #[test]
    fn invalid_token_is_refused() {
        for token in ["", " ", "a b", "a\r\nX: y", "ä"] {
            assert!(applied(Authorization::Bearer(token)).is_err(), "{token:?}");
        }
    }
}
