//! The well-known values of client metadata.

/// The values of `token_endpoint_auth_method` (RFC 7591 §2, OpenID Connect Core §9).
pub mod token_endpoint_auth_method {
    /// Sends the secret by HTTP Basic authentication. It is the default.
    pub const CLIENT_SECRET_BASIC: &str = "client_secret_basic";
    /// Sends the secret in the body.
    pub const CLIENT_SECRET_POST: &str = "client_secret_post";
    /// Signs an assertion with a private key; the client registers `jwks` or `jwks_uri`.
    pub const PRIVATE_KEY_JWT: &str = "private_key_jwt";
    /// Has no secret: a public client.
    pub const NONE: &str = "none";
}

/// The values of `grant_types` (RFC 7591 §2, RFC 8628 §3.4).
pub mod grant_type {
    /// The authorization code grant. It is the default.
    pub const AUTHORIZATION_CODE: &str = "authorization_code";
    /// The refresh token grant.
    pub const REFRESH_TOKEN: &str = "refresh_token";
    /// The client credentials grant.
    pub const CLIENT_CREDENTIALS: &str = "client_credentials";
    /// The implicit grant. OAuth 2.1 omits it.
    pub const IMPLICIT: &str = "implicit";
    /// The JWT bearer grant (RFC 7523 §2.1).
    pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    /// The device authorization grant (RFC 8628).
    pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
}

/// The values of `response_types` (RFC 7591 §2, OAuth 2.0 Multiple Response Types).
pub mod response_type {
    /// An authorization code. It is the default.
    pub const CODE: &str = "code";
    /// An ID token from the authorization endpoint.
    pub const ID_TOKEN: &str = "id_token";
    /// An access token from the authorization endpoint.
    pub const TOKEN: &str = "token";
}

/// The values of `subject_type` (OpenID Connect Core §8).
pub mod subject_type {
    /// Every client sees the same subject.
    pub const PUBLIC: &str = "public";
    /// Each sector sees another subject.
    pub const PAIRWISE: &str = "pairwise";
}
