//! The operations, as errors and observers name them.
//!
//! ```
//! assert_eq!(ory_oidc::operation::REGISTER.to_string(), "POST /oauth2/register");
//! ```

pub use ory_oidc_core::operation::{Exchange, Operation};

pub use ory_oidc_gen::apis::oidc_api::{
    CREATE_OIDC_DYNAMIC_CLIENT as REGISTER, DELETE_OIDC_DYNAMIC_CLIENT as DELETE_REGISTRATION,
    DISCOVER_OIDC_CONFIGURATION as DISCOVER, GET_OIDC_DYNAMIC_CLIENT as READ_REGISTRATION,
    GET_OIDC_USER_INFO as USERINFO, REVOKE_OIDC_SESSION as END_SESSION,
    SET_OIDC_DYNAMIC_CLIENT as UPDATE_REGISTRATION,
};

/// `GET` of the `jwks_uri` that the provider's metadata contains (RFC 7517 §5).
pub const KEYS: Operation = Operation::new("jwks", "GET", "jwks_uri")
    .with_media_types("application/json, application/jwk-set+json");
