//! How wanted metadata is compared and merged with granted metadata.

use ory_oidc::error::RequestError;
use ory_oidc::registration::ClientMetadata;

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

/// Returns the metadata as it comes back from a store: an empty text is no text.
pub(crate) fn normalised(metadata: &ClientMetadata) -> ClientMetadata {
    ClientMetadata::from_members(metadata.to_members()).unwrap_or_else(|_| metadata.clone())
}
