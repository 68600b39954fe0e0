//! How wanted metadata is compared and merged with granted metadata.

use ory_oidc::error::RequestError;
use ory_oidc::registration::{ClientMetadata, Difference};
use ory_oidc_core::json::is_empty;

/// Returns `granted` with all members of `wanted`, and without those that were asked for earlier and
/// are no longer wanted. Members that nobody asked for stay: the server's defaults, and the changes
/// of an administrator.
pub(crate) fn overlay(
    granted: &ClientMetadata,
    wanted: &ClientMetadata,
    asked_earlier: Option<&ClientMetadata>,
) -> Result<ClientMetadata, RequestError> {
    let mut merged = granted.to_members();
    for (name, _) in asked_earlier
        .map(ClientMetadata::to_members)
        .unwrap_or_default()
    {
        merged.remove(&name);
    }
    merged.extend(wanted.to_members());
    ClientMetadata::from_members(merged)
}

/// Whether an update would change nothing: everything wanted is granted, or was refused before, and
/// nothing is granted only because it was asked for earlier. Members that the server or an
/// administrator added do not count.
pub(crate) fn is_as_wanted(
    granted: &ClientMetadata,
    differences: &[Difference],
    accepted: &[Difference],
    wanted: &ClientMetadata,
    asked_earlier: Option<&ClientMetadata>,
) -> bool {
    let is_added = |difference: &Difference| matches!(difference, Difference::Added { .. });
    let mut differences = differences.iter();
    let granted = granted.to_members();
    let wanted = wanted.to_members();
    let asked_earlier = asked_earlier.map(ClientMetadata::to_members);
    let no_longer_wanted = asked_earlier.unwrap_or_default().keys().any(|name| {
        !wanted.contains_key(name) && granted.get(name).is_some_and(|value| !is_empty(value))
    });
    !no_longer_wanted
        && differences.all(|difference| is_added(difference) || accepted.contains(difference))
}

/// Returns the metadata as it comes back from a store: an empty text is no text.
pub(crate) fn normalised(metadata: &ClientMetadata) -> ClientMetadata {
    ClientMetadata::from_members(metadata.to_members()).unwrap_or_else(|_| metadata.clone())
}
