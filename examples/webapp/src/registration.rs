//! The metadata that the app registers, and the paths in them.

use ory_oidc::ClientMetadata;

/// The name of the app, on its pages and at the provider.
pub(crate) const APP_NAME: &str = "Example App";

/// The path of the redirect URI (RFC 6749 §3.1.2).
pub(crate) const CALLBACK: &str = "/callback";

/// The path of the post-logout redirect URI (OpenID Connect RP-Initiated Logout §3).
pub(crate) const BYE: &str = "/bye";

/// The path of the back-channel logout URI (OpenID Connect Back-Channel Logout §2.2).
pub(crate) const BACK_CHANNEL_LOGOUT: &str = "/backchannel-logout";

/// Returns the metadata to register for an app at this URL, without a trailing slash.
///
/// ```
/// let wanted = ory_oidc_webapp::registration::client_metadata("https://app.example");
/// let redirect_uris = wanted.fields().redirect_uris.as_deref();
/// assert_eq!(redirect_uris, Some(&["https://app.example/callback".to_owned()][..]));
/// ```
#[must_use]
pub fn client_metadata(url: &str) -> ClientMetadata {
    ClientMetadata::new([format!("{url}{CALLBACK}")])
        .client_name(APP_NAME)
        .scope(["openid", "profile", "email"])
        .post_logout_redirect_uris([format!("{url}{BYE}")])
        .backchannel_logout_uri(format!("{url}{BACK_CHANNEL_LOGOUT}"))
        .backchannel_logout_session_required(true)
}
