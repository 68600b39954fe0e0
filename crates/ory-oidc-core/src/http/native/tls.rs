//! Checks that the program has what the default HTTP client needs for TLS.

use crate::error::ConfigurationError;

/// Checks that a TLS library was compiled in if the base URL needs one, and that rustls has a crypto
/// provider. Without one, reqwest panics, also for plain `http`.
pub(crate) fn check(is_https: bool) -> Result<(), ConfigurationError> {
    if cfg!(any(feature = "rustls", feature = "native-tls")) {
        return Ok(());
    }
    problem(is_https).map_or(Ok(()), |problem| Err(ConfigurationError::Tls { problem }))
}

#[cfg(feature = "rustls-no-provider")]
fn problem(_is_https: bool) -> Option<&'static str> {
    let provider = rustls::crypto::CryptoProvider::get_default();
    provider.is_none().then_some(
        "rustls has no crypto provider; install one before building the client, or enable the \
         feature rustls",
    )
}

#[cfg(not(feature = "rustls-no-provider"))]
fn problem(is_https: bool) -> Option<&'static str> {
    is_https.then_some("enable the feature rustls or native-tls, or set an http_client with TLS")
}
