//! Checks that the program has what the default HTTP client needs for TLS.

use crate::error::ConfigurationError;

/// Checks that a TLS library was compiled in, if the client needs one.
#[cfg(not(any(
    feature = "rustls",
    feature = "native-tls",
    feature = "rustls-no-provider"
)))]
pub(crate) fn check(is_https: bool) -> Result<(), ConfigurationError> {
    if is_https {
        return Err(ConfigurationError::Tls {
            problem: "enable the feature rustls or native-tls, or set an http_client with TLS",
        });
    }
    Ok(())
}

/// Checks that the program has installed a crypto provider. Without one, reqwest panics, also for
/// plain `http`.
#[cfg(all(
    feature = "rustls-no-provider",
    not(any(feature = "rustls", feature = "native-tls"))
))]
pub(crate) fn check(_is_https: bool) -> Result<(), ConfigurationError> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        return Err(ConfigurationError::Tls {
            problem: "rustls has no crypto provider; install one before building the client, \
                      or enable the feature rustls",
        });
    }
    Ok(())
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
pub(crate) fn check(_is_https: bool) -> Result<(), ConfigurationError> {
    Ok(())
}
