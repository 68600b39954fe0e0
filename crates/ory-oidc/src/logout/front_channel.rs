//! The logout that a provider's iframe asks for (OpenID Connect Front-Channel Logout 1.0 §2).

use super::{QueryError, query};
use crate::secret::equal;
use crate::text::clip;
use crate::{Client, Error, ValidationError};
use std::fmt;

/// A logout that an iframe of the provider's page asks for. The user's browser brings it, with
/// whatever cookies it still sends in a frame, and nothing is signed: it is good for ending a
/// session, and for nothing else.
///
/// [`Debug`](fmt::Debug) does not show the session.
#[derive(Clone)]
#[must_use = "the session is not ended by reading the request"]
pub struct FrontChannelLogout {
    session: Option<Session>,
}

#[derive(Clone)]
struct Session {
    issuer: String,
    sid: String,
}

impl FrontChannelLogout {
    /// `iss`, which is the issuer of this client's provider; none when the query has no session.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.issuer.as_str())
    }

    /// `sid`: the session that ends, by the name that it has in ID tokens. None means the session
    /// of the browser, whichever that is.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.sid.as_str())
    }

    /// Whether it names the session with this `sid`, in constant time. A request that names no
    /// session names none.
    #[must_use]
    pub fn names_session(&self, sid: &str) -> bool {
        self.sid().is_some_and(|named| equal(named, sid))
    }

    /// The same, if it names a session: for apps that registered
    /// `frontchannel_logout_session_required`. Without, any page can log a browser out of an app,
    /// by a frame.
    ///
    /// # Errors
    /// [`FrontChannelLogoutError::SessionRequired`] in [`ValidationError::FrontChannelLogout`].
    pub fn require_session(self) -> Result<Self, Error> {
        match self.session {
            Some(_) => Ok(self),
            None => Err(FrontChannelLogoutError::SessionRequired.into()),
        }
    }
}

impl fmt::Debug for FrontChannelLogout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.session.as_ref().map(|session| &session.issuer);
        f.debug_struct("FrontChannelLogout")
            .field("issuer", &shown)
            .finish_non_exhaustive()
    }
}

/// Why a front-channel logout is not one of this client's provider.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FrontChannelLogoutError {
    /// The query cannot be read.
    Query(QueryError),
    /// One of `iss` and `sid` came without the other: both must come, or none.
    Incomplete {
        /// The one that is missing.
        missing: &'static str,
    },
    /// `iss` is another than [`Client::issuer`].
    ForeignIssuer {
        /// The issuer of this client's provider.
        expected: String,
        /// What the query says.
        found: String,
    },
    /// It names no session, and the app demands that.
    SessionRequired,
}

impl fmt::Display for FrontChannelLogoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("front-channel logout: ")?;
        match self {
            Self::Query(error) => error.fmt(f),
            Self::Incomplete { missing } => write!(f, "of iss and sid, {missing} is missing"),
            Self::ForeignIssuer { expected, found } => write!(
                f,
                "the issuer is {:?} and not {expected:?}; \
                 if that is the right one, name it with ClientBuilder::issuer",
                clip(found)
            ),
            Self::SessionRequired => f.write_str(
                "it names no session; register frontchannel_logout_session_required for that",
            ),
        }
    }
}

impl std::error::Error for FrontChannelLogoutError {}

impl From<FrontChannelLogoutError> for Error {
    fn from(error: FrontChannelLogoutError) -> Self {
        ValidationError::FrontChannelLogout(error).into()
    }
}

impl Client {
    /// Reads what the provider's iframe brings to the `frontchannel_logout_uri` (OpenID Connect
    /// Front-Channel Logout §2): a query, with or without its `?`, a request's target, or a whole
    /// URL. Sends nothing.
    ///
    /// Answer with `Cache-Control: no-cache, no-store`, whatever was found.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// # let ory = ory_oidc::Client::new("https://slug.projects.oryapis.com")?;
    /// let query = "?iss=https%3A%2F%2Fslug.projects.oryapis.com&sid=08a5019c";
    /// let logout = ory.front_channel_logout(query)?.require_session()?;
    /// assert!(logout.names_session("08a5019c"));
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ValidationError::FrontChannelLogout`] when one of `iss` and `sid` is missing, when `iss`
    /// is not [`Client::issuer`], or when the query cannot be read.
    pub fn front_channel_logout(&self, query: &str) -> Result<FrontChannelLogout, Error> {
        let [issuer, sid] =
            query::parameters(query, ["iss", "sid"]).map_err(FrontChannelLogoutError::Query)?;
        let missing = |missing| Err(FrontChannelLogoutError::Incomplete { missing }.into());
        let session = match (issuer, sid) {
            (None, None) => None,
            (Some(_), None) => return missing("sid"),
            (None, Some(_)) => return missing("iss"),
            (Some(found), Some(_)) if !self.is_own_issuer(&found) => {
                let expected = self.issuer().to_owned();
                return Err(FrontChannelLogoutError::ForeignIssuer { expected, found }.into());
            }
            (Some(issuer), Some(sid)) => Some(Session { issuer, sid }),
        };
        Ok(FrontChannelLogout { session })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::client;
    use super::*;
    use proptest::prelude::*;

    fn read(query: &str) -> Result<FrontChannelLogout, FrontChannelLogoutError> {
        client(|builder| builder)
            .front_channel_logout(query)
            .map_err(problem)
    }

    fn problem(error: Error) -> FrontChannelLogoutError {
        match error {
            Error::Validation(ValidationError::FrontChannelLogout(problem)) => problem,
            error => panic!("{error:?}"),
        }
    }

    #[test]
    fn iss_and_sid_come_both_or_not_at_all() {
        let logout = read("?iss=https%3A%2F%2Fory.example&sid=s1").expect("both are there");
        assert_eq!(logout.issuer(), Some("https://ory.example"));
        assert_eq!(logout.sid(), Some("s1"));
        let logout = read("tenant=7").expect("none is there");
        assert_eq!((logout.issuer(), logout.sid()), (None, None));
        for (query, missing) in [
            ("iss=https://ory.example", "sid"),
            ("iss=https://ory.example&sid=", "sid"),
            ("sid=s1", "iss"),
            // Half a request is one whoever it is from.
            ("iss=https://other.example", "sid"),
        ] {
            let error = read(query).expect_err(query);
            assert_eq!(error, FrontChannelLogoutError::Incomplete { missing });
        }
    }

    #[test]
    fn only_the_own_issuer_logs_out() {
        for found in [
            "https://other.example",
            "https://ory.example/",
            "HTTPS://ory.example",
            "https://ory.example.other.example",
        ] {
            let error = read(&format!("iss={found}&sid=s1")).expect_err(found);
            let expected = "https://ory.example".to_owned();
            let found = found.to_owned();
            assert_eq!(
                error,
                FrontChannelLogoutError::ForeignIssuer { expected, found }
            );
        }
    }

    #[test]
    fn the_slash_of_the_root_is_tolerated_where_discovery_tolerates_it() {
        let ory = client(crate::ClientBuilder::tolerate_root_slash_in_issuer);
        let logout = ory.front_channel_logout("iss=https://ory.example/&sid=s1");
        assert!(logout.expect("it is tolerated").names_session("s1"));
        let foreign = ory.front_channel_logout("iss=https://ory.example/x/&sid=s1");
        foreign.expect_err("it is another issuer");
    }

    #[test]
    fn a_session_can_be_demanded() {
        let with = read("iss=https://ory.example&sid=s1").expect("both are there");
        assert_eq!(with.require_session().expect("it is").sid(), Some("s1"));
        let without = read("").expect("none is there").require_session();
        let error = problem(without.expect_err("it names no session"));
        assert_eq!(error, FrontChannelLogoutError::SessionRequired);
    }

    #[test]
    fn a_session_is_named_by_its_own_sid_only() {
        let logout = read("iss=https://ory.example&sid=s1").expect("both are there");
        assert!(logout.names_session("s1"));
        for other in ["", "s", "s11", "S1", "s2"] {
            assert!(!logout.names_session(other), "{other}");
        }
        let nobody = read("").expect("none is there");
        assert!(!nobody.names_session(""));
        assert!(!format!("{logout:?}").contains("s1"), "{logout:?}");
    }

    #[test]
    fn a_parameter_that_comes_twice_is_refused() {
        for parameter in ["iss", "sid"] {
            let query = format!("iss=https://ory.example&sid=s1&{parameter}=x");
            let repeated = QueryError::Repeated { parameter };
            let error = read(&query).expect_err("it comes twice");
            assert_eq!(error, FrontChannelLogoutError::Query(repeated));
        }
    }

    proptest! {
        #[test]
        fn no_query_makes_the_reading_panic(query in any::<String>()) {
            let _ = read(&query);
        }

        #[test]
        fn a_session_comes_out_as_it_went_in(
            sid in ".{1,60}",
            own in proptest::collection::vec(("[a-d]{1,3}", any::<String>()), 0..4),
        ) {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&own)
                .append_pair("iss", "https://ory.example")
                .append_pair("sid", &sid)
                .finish();
            let logout = read(&query).expect("both are there");
            prop_assert_eq!(logout.sid(), Some(sid.as_str()));
            prop_assert!(logout.names_session(&sid));
        }
    }
}
