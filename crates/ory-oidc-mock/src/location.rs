//! URLs that browsers are redirected to.

use crate::go_uri::GoUrl;
use crate::oauth_error::OAuthError;

/// Sets parameters of the query of a URL.
pub(crate) fn with_query(url: &str, parameters: &[(&str, &str)]) -> String {
    match GoUrl::parse(url) {
        Ok(mut parsed) => {
            parsed.set_query(parameters);
            parsed.to_string()
        }
        Err(_) => url.to_owned(),
    }
}

/// Encodes parameters for a fragment.
pub(crate) fn encode(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

/// Returns the URL of the error page for a request that cannot be sent back to its client.
pub(crate) fn error_page(base: &str, error: &OAuthError) -> String {
    with_query(
        &format!("{base}/oauth2/fallbacks/error"),
        &[
            ("error", error.error()),
            ("error_description", &error.description()),
        ],
    )
}
