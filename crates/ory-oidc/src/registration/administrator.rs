//! The members that only an administrator sets.

use ory_oidc_core::json::is_empty;
use ory_oidc_gen::models::OAuth2Client;
use serde_json::Value;

/// A client cannot send these members, and Ory resets what an update does not contain.
const ADMINISTRATOR_MEMBERS: [&str; 4] = [
    "access_token_strategy",
    "metadata",
    "skip_consent",
    "skip_logout_consent",
];

/// Returns the members of an administrator that differ from their defaults.
pub(super) fn administrator_members(granted: &OAuth2Client) -> Vec<&'static str> {
    let names = ADMINISTRATOR_MEMBERS.into_iter();
    names.filter(|name| is_set(granted, name)).collect()
}

fn is_set(granted: &OAuth2Client, name: &str) -> bool {
    let differs = |value: &Value| !is_empty(value) && *value != false;
    let has_expected_type = match name {
        "access_token_strategy" => {
            let strategy = granted.access_token_strategy.as_deref();
            strategy.is_some_and(|strategy| !strategy.is_empty())
        }
        "metadata" => granted.metadata.as_ref().is_some_and(differs),
        "skip_consent" => granted.skip_consent == Some(true),
        "skip_logout_consent" => granted.skip_logout_consent == Some(true),
        _ => false,
    };
    // A value of another type is set, too.
    let other = granted.additional_properties.get(name);
    has_expected_type || other.is_some_and(differs)
}
