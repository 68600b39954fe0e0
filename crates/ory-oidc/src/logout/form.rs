//! A logout request as a form.

use super::outcome::bare;
use ory_oidc_core::text::Clip;
use std::fmt;
use url::Url;

/// A form that logs a user out when the browser posts it.
///
/// ```
/// let ory = ory_oidc::Client::new("http://localhost:4444")?;
/// let form = ory.end_session(None).client_id("my-client").form()?;
/// assert_eq!(form.action().path(), "/oauth2/sessions/logout");
/// for (name, value) in form.fields() {
///     // Escape both for HTML.
///     println!("{name}: {value}");
/// }
/// # Ok::<(), ory_oidc::Error>(())
/// ```
#[derive(Clone)]
pub struct EndSessionForm {
    pub(super) action: Url,
    pub(super) fields: Vec<(&'static str, String)>,
}

impl EndSessionForm {
    /// Returns the URL that the browser posts to.
    #[must_use]
    pub fn action(&self) -> &Url {
        &self.action
    }

    /// Returns the names and values of the fields, not escaped for HTML.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }
}

impl fmt::Debug for EndSessionForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.fields.iter().map(|(name, _)| name).collect();
        f.debug_struct("EndSessionForm")
            .field("action", &Clip(&bare(&self.action)))
            .field("fields", &names)
            .finish()
    }
}
