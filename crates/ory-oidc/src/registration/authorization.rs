//! The credential that manages registrations.

/// The credential that a client uses to read, update and delete a registration.
///
/// Ory's documentation also names the client's secret; Ory Hydra accepts only the token.
///
/// ```
/// use ory_oidc::registration::RegistrationAuthorization;
///
/// let ory = ory_oidc::Client::builder("http://localhost:4444")
///     .registration_authorization(RegistrationAuthorization::ClientSecretBasic)
///     .build()?;
/// # Ok::<(), ory_oidc::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum RegistrationAuthorization {
    /// Sends the registration access token as `Bearer` (RFC 7592 §1.3).
    #[default]
    RegistrationAccessToken,
    /// Sends client id and secret in the `Authorization` header (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// Sends the client secret in the URL's query, as Ory describes it. Servers and proxies log
    /// URLs.
    ClientSecretPost,
    /// Sends the client secret by the registration's `token_endpoint_auth_method`: one of the two
    /// above.
    TokenEndpointAuthMethod,
}
