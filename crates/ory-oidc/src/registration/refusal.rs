//! Refuses members by their names.

use ory_oidc_core::error::RequestError;

/// Refuses these members, if there are any.
pub(super) fn refuse(names: &[&'static str], problem: &str) -> Result<(), RequestError> {
    let Some((first, others)) = names.split_first() else {
        return Ok(());
    };
    let others = others
        .iter()
        .fold(String::new(), |text, name| text + "and " + name + " ");
    Err(RequestError::new(first, others + problem))
}
