//! The members that only an administrator sets.

use super::json::is_empty;
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
    let members = granted.to_members();
    let is_set = |value: &Value| !is_empty(value) && *value != false;
    let names = ADMINISTRATOR_MEMBERS.into_iter();
    names
        .filter(|name| members.get(*name).is_some_and(is_set))
        .collect()
}
