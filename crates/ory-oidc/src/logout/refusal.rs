//! Ory's explanation why it does not log a user out.

use super::query::{self, QueryError};
use ory_oidc_core::error_code::ErrorCode;
use ory_oidc_core::text::clip;
use std::fmt;

/// Ory's explanation why it does not log a user out. The texts are for developers and untrusted:
/// escape them before you show them in a page.
///
/// [`Debug`](fmt::Debug) and [`Display`](fmt::Display) shorten them and replace control characters.
///
/// ```
/// use ory_oidc::logout::{LogoutCallback, LogoutCallbackError};
///
/// let query = "error=invalid_request&error_description=No+such+session&error_hint=Log+in";
/// if let Err(LogoutCallbackError::Refused(refusal)) = LogoutCallback::from_query(query)?.check(None) {
///     assert_eq!(refusal.code().as_str(), "invalid_request");
///     assert_eq!(refusal.description(), Some("No such session"));
///     assert_eq!(refusal.hint(), Some("Log in"));
///     assert_eq!(refusal.debug(), None);
/// #   return Ok(());
/// }
/// # panic!("the query is a refusal");
/// # #[allow(unreachable_code)]
/// # Ok::<(), LogoutCallbackError>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct LogoutRefusal {
    code: ErrorCode,
    description: Option<String>,
    hint: Option<String>,
    debug: Option<String>,
}

impl LogoutRefusal {
    /// Reads the explanation from a query. Returns [`None`] if it has no `error`.
    pub(super) fn in_query(text: &str) -> Result<Option<Self>, QueryError> {
        const NAMES: [&str; 4] = ["error", "error_description", "error_hint", "error_debug"];
        let [code, description, hint, debug] = query::parameters(text, NAMES)?;
        Ok(code.map(|code| Self {
            code: ErrorCode::from(code),
            description,
            hint,
            debug,
        }))
    }

    /// Returns `error`.
    #[must_use]
    pub fn code(&self) -> &ErrorCode {
        &self.code
    }

    /// Returns `error_description`.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns `error_hint`, an Ory extension.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Returns `error_debug`, which Ory sends only in development mode.
    #[must_use]
    pub fn debug(&self) -> Option<&str> {
        self.debug.as_deref()
    }
}

impl fmt::Display for LogoutRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clip(self.code.as_str()))?;
        if let Some(description) = &self.description {
            write!(f, ": {}", clip(description))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " ({})", clip(hint))?;
        }
        Ok(())
    }
}

impl fmt::Debug for LogoutRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutRefusal")
            .field("code", &clip(self.code.as_str()))
            .field("description", &self.description.as_deref().map(clip))
            .field("hint", &self.hint.as_deref().map(clip))
            .finish_non_exhaustive()
    }
}
