//! Checks the browser's return from a logout.

use super::query::{self, QueryError};
use super::refusal::LogoutRefusal;
use super::state::LogoutState;
use ory_oidc_core::error::ValidationError;
use std::fmt;

/// The browser's return to the post-logout redirect URI (OpenID Connect RP-Initiated Logout §3), or
/// to Ory's error page.
///
/// Any page can send a browser there with any query, so use it only after [`check`](Self::check).
///
/// ```
/// use ory_oidc::logout::{LogoutCallback, LogoutCallbackError, LogoutState};
///
/// let sent = LogoutState::new("xyz"); // taken out of the session
/// match LogoutCallback::from_query("?state=xyz")?.check(&sent) {
///     Ok(()) => println!("bye"),
///     Err(LogoutCallbackError::Refused(refusal)) => println!("Ory refuses: {refusal}"),
///     Err(error) => println!("this is not the response to our request: {error}"),
/// }
/// # Ok::<(), ory_oidc::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a callback must be checked"]
pub struct LogoutCallback {
    state: Option<LogoutState>,
    refusal: Option<LogoutRefusal>,
}

impl LogoutCallback {
    /// Reads a query, with or without `?`, a request target, or a URL. Parameters that are not Ory's
    /// are ignored.
    ///
    /// # Errors
    /// [`LogoutCallbackError::Query`] if the query is larger than 16 KiB or repeats one of Ory's
    /// parameters.
    pub fn from_query(query: &str) -> Result<Self, LogoutCallbackError> {
        let refusal = LogoutRefusal::in_query(query).map_err(LogoutCallbackError::Query)?;
        let state = query::parameters(query, ["state"]);
        let [state] = state.map_err(LogoutCallbackError::Query)?;
        Ok(Self {
            state: state.map(LogoutState::from),
            refusal,
        })
    }

    /// Checks that this is the response to the logout with that state, and that it succeeded: the
    /// user is logged out, or was not logged in. Pass [`None`] if no state was sent.
    ///
    /// Remove the state from the session first, so that it is used only once.
    ///
    /// # Errors
    /// [`LogoutCallbackError`]. A refusal may lack the state, because Ory does not send it to the
    /// error page. Anybody can forge such a refusal: show it, and do nothing else.
    pub fn check<'a>(
        self,
        sent: impl Into<Option<&'a LogoutState>>,
    ) -> Result<(), LogoutCallbackError> {
        let sent = sent.into();
        match (sent, &self.state) {
            // Compared in constant time.
            (Some(sent), Some(returned)) if sent != returned => {
                return Err(LogoutCallbackError::StateMismatch);
            }
            (None, Some(_)) => return Err(LogoutCallbackError::StateUnexpected),
            _ => {}
        }
        match self.refusal {
            Some(refusal) => Err(LogoutCallbackError::Refused(refusal)),
            None if sent.is_some() && self.state.is_none() => {
                Err(LogoutCallbackError::StateMissing)
            }
            None => Ok(()),
        }
    }
}

/// The browser's return does not confirm the logout.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LogoutCallbackError {
    /// The query is invalid.
    Query(QueryError),
    /// The server does not log the user out, and explains why.
    Refused(LogoutRefusal),
    /// A state was sent and none came back. Ory returns it only to the post-logout redirect URI, so
    /// the request must name one.
    StateMissing,
    /// Another state came back: this is the response to another request, or a forged one.
    StateMismatch,
    /// No state was sent, but one came back.
    StateUnexpected,
}

impl fmt::Display for LogoutCallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("logout callback: ")?;
        match self {
            Self::Query(error) => error.fmt(f),
            Self::Refused(refusal) => write!(f, "the server refused: {refusal}"),
            Self::StateMissing => f.write_str("the state is missing"),
            Self::StateMismatch => f.write_str("the state is not the one that was sent"),
            Self::StateUnexpected => f.write_str("unexpected state: none was sent"),
        }
    }
}

impl std::error::Error for LogoutCallbackError {}

impl ValidationError for LogoutCallbackError {}

#[cfg(test)]
mod tests {
    use super::*;
    use ory_oidc_core::error::Error;
    use ory_oidc_core::error_code::ErrorCode;
    use proptest::prelude::*;

    fn check(query: &str, sent: Option<&str>) -> Result<(), LogoutCallbackError> {
        let sent = sent.map(LogoutState::new);
        LogoutCallback::from_query(query)?.check(sent.as_ref())
    }

    #[test]
    fn state_must_be_the_one_that_was_sent() {
        use LogoutCallbackError::{StateMismatch, StateMissing, StateUnexpected};

        for (query, sent, expected) in [
            ("state=xyz", Some("xyz"), Ok(())),
            ("", None, Ok(())),
            ("state=", None, Ok(())),
            ("", Some("xyz"), Err(StateMissing)),
            ("state=", Some("xyz"), Err(StateMissing)),
            ("state=", Some(""), Err(StateMissing)),
            ("state=XYZ", Some("xyz"), Err(StateMismatch)),
            ("state=xyzz", Some("xyz"), Err(StateMismatch)),
            ("state=xyz", None, Err(StateUnexpected)),
            // A wrong state takes precedence over the error.
            ("state=x&error=y", Some("xyz"), Err(StateMismatch)),
            ("state=x&error=y", None, Err(StateUnexpected)),
        ] {
            assert_eq!(check(query, sent), expected, "{query} {sent:?}");
        }
    }

    #[test]
    fn refusal_is_read_with_and_without_a_state() {
        let texts = "error=invalid_request&error_description=a+b&error_hint=c&error_debug=d";
        for (query, sent) in [
            (texts.to_owned(), None),
            (texts.to_owned(), Some("xyz")),
            (format!("{texts}&state=xyz"), Some("xyz")),
        ] {
            let Err(LogoutCallbackError::Refused(refusal)) = check(&query, sent) else {
                panic!("{query} was not refused");
            };
            assert_eq!(refusal.code(), &ErrorCode::InvalidRequest);
            assert_eq!(refusal.description(), Some("a b"));
            assert_eq!((refusal.hint(), refusal.debug()), (Some("c"), Some("d")));
            assert_eq!(refusal.to_string(), "invalid_request: a b (c)");
        }
    }

    #[test]
    fn description_without_an_error_is_not_a_refusal() {
        assert_eq!(check("error_description=a&error=", None), Ok(()));
    }

    #[test]
    fn repeated_parameter_is_refused() {
        for parameter in ["state", "error", "error_description", "error_hint"] {
            let query = format!("{parameter}=a&state=x&error=y&error_description=z&error_hint=w");
            let expected = Err(LogoutCallbackError::Query(QueryError::Repeated {
                parameter,
            }));
            assert_eq!(check(&query, Some("x")), expected);
        }
    }

    #[test]
    fn hostile_text_is_shortened_and_the_state_is_not_shown() {
        let query = format!(
            "state=hush&error=%1b[31m&error_description={}",
            "x".repeat(9_000)
        );
        let callback = LogoutCallback::from_query(&query).expect("the query is below the limit");
        let shown = format!("{callback:?}");
        let error = callback
            .check(&LogoutState::new("hush"))
            .expect_err("the query has an error");
        for shown in [
            shown,
            error.to_string(),
            format!("{error:?}"),
            format!("{:?}", Error::from(error)),
        ] {
            assert!(!shown.contains("hush"), "{shown}");
            assert!(!shown.contains('\u{1b}'), "{shown}");
            assert!(shown.len() < 3_000, "{} bytes", shown.len());
        }
    }

    proptest! {
        #[test]
        fn no_query_makes_the_parser_panic(query in any::<String>(), sent in any::<String>()) {
            let _ = check(&query, Some(&sent));
        }

        #[test]
        fn every_state_is_read_and_compared(
            sent in ".{1,60}",
            own in proptest::collection::vec(("[a-d]{1,3}", any::<String>()), 0..4),
        ) {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(&own).append_pair("state", &sent);
            let query = query.finish();
            prop_assert_eq!(check(&query, Some(&sent)), Ok(()));
            let other = format!("{sent}x");
            prop_assert_eq!(
                check(&query, Some(&other)),
                Err(LogoutCallbackError::StateMismatch)
            );
        }

        #[test]
        fn every_refusal_is_read(code in ".{1,40}", why in ".{1,200}") {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("error", &code)
                .append_pair("error_description", &why)
                .finish();
            let Err(LogoutCallbackError::Refused(refusal)) = check(&query, None) else {
                return Err(TestCaseError::fail("not a refusal"));
            };
            prop_assert_eq!(refusal.code().as_str(), code);
            prop_assert_eq!(refusal.description(), Some(why.as_str()));
        }
    }
}
