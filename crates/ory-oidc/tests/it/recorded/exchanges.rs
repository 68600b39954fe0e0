//! The recorded exchanges and the expected outcome of each.

use crate::support::{Action, reply};
use ory_oidc::error::ErrorKind;
use serde_json::{Map, Value};
use url::Url;

pub(crate) const RECORDED: &str =
    include_str!("../../../../ory-oidc-mock/tests/recorded/hydra.json");

/// The call that sends the recorded request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Call {
    Discover,
    Register,
    Read,
    Update,
    Delete,
    UserInfo,
    EndSession,
    /// No call sends it, for this reason.
    None(&'static str),
}
use Call::{Delete, Discover, EndSession, Read, Register, Update, UserInfo};

/// The expected outcome of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    /// The call succeeds with all members of the body.
    Success,
    /// The server returns an error response with this code and kind.
    Refused(&'static str, ErrorKind),
    /// Userinfo is signed, and its claims are not returned.
    Signed,
    /// The request is refused before sending.
    NotSent,
    /// The server redirects to the login app.
    LoginApp,
    /// The user is logged out.
    LoggedOut,
    /// The server redirects to an error page.
    LogoutRefused,
    /// The server returns a page for the browser.
    Page,
    /// No call receives the body; see [`Call::None`].
    Body,
}
use Expected::{Body, LoggedOut, LoginApp, LogoutRefused, NotSent, Page, Refused, Signed, Success};

const UNAUTHORIZED: Expected = Refused(
    "The request could not be authorized",
    ErrorKind::Unauthorized,
);
const DISABLED: Expected = Refused(
    "The requested resource could not be found",
    ErrorKind::NotFound,
);
const MALFORMED: &str = "The request was malformed or contained invalid parameters";
const SECRET_IN_REGISTRATION: Expected = Refused(MALFORMED, ErrorKind::ErrorResponse);
const SECRET_IN_UPDATE: Expected =
    Refused("The requested action was forbidden", ErrorKind::Forbidden);
const INVALID_METADATA: Expected = Refused("invalid_client_metadata", ErrorKind::ErrorResponse);
const INVALID_REQUEST: Expected = Refused("invalid_request", ErrorKind::ErrorResponse);
const INVALID_REDIRECT: Expected = Refused("invalid_redirect_uri", ErrorKind::ErrorResponse);
const USERINFO_UNAUTHORIZED: Expected = Refused("request_unauthorized", ErrorKind::Unauthorized);

/// All exchanges, in the order in which they were recorded.
pub(crate) const EXCHANGES: [(&str, Call, Expected); 69] = [
    ("discover", Discover, Success),
    (
        "discover_jwks",
        Call::None("the description has no operation for keys"),
        Body,
    ),
    ("register", Register, Success),
    ("register_minimal", Register, Success),
    ("register_with_secret", Register, SECRET_IN_REGISTRATION),
    ("register_with_id", Register, Success),
    ("register_with_metadata", Register, INVALID_METADATA),
    ("register_bad_redirect", Register, INVALID_REDIRECT),
    ("register_http_frag", Register, INVALID_REDIRECT),
    ("register_bad_grant", Register, Success),
    ("register_bad_auth", Register, Success),
    ("register_unknown_field", Register, Success),
    ("register_i18n", Register, Success),
    (
        "register_bad_type",
        Register,
        Refused(MALFORMED, ErrorKind::ErrorResponse),
    ),
    ("register_jwks_and_uri", Register, INVALID_METADATA),
    ("register_lifespan", Register, Success),
    ("register_bad_scope", Register, Success),
    ("register_public", Register, Success),
    ("register_pkjwt", Register, Success),
    ("register_pairwise", Register, INVALID_METADATA),
    ("register_userinfo_rs256", Register, Success),
    ("register_skip_consent", Register, INVALID_REQUEST),
    ("register_frontchannel", Register, Success),
    (
        "register_not_json",
        Register,
        Refused(MALFORMED, ErrorKind::ErrorResponse),
    ),
    (
        "register_form",
        Register,
        Refused(MALFORMED, ErrorKind::ErrorResponse),
    ),
    ("get", Read, Success),
    ("get_no_auth", Read, UNAUTHORIZED),
    ("get_bad_token", Read, UNAUTHORIZED),
    ("get_garbage", Read, UNAUTHORIZED),
    ("get_basic", Read, UNAUTHORIZED),
    ("get_secret_query", Read, UNAUTHORIZED),
    ("get_unknown_id", Read, UNAUTHORIZED),
    ("get_other_id", Read, UNAUTHORIZED),
    ("put", Update, Success),
    ("put_old_token", Update, UNAUTHORIZED),
    ("get_old_token", Read, UNAUTHORIZED),
    ("put_with_secret", Update, SECRET_IN_UPDATE),
    ("get_after_failed_put", Read, Success),
    ("put_get_body_back", Update, Success),
    ("put_bad", Update, INVALID_REDIRECT),
    ("put_id_mismatch", Update, Success),
    ("patch_not_allowed", Call::None("it is a PATCH"), Body),
    ("userinfo", UserInfo, Success),
    (
        "userinfo_post",
        Call::None("the generated crate sends userinfo by GET"),
        Body,
    ),
    ("userinfo_no_auth", UserInfo, USERINFO_UNAUTHORIZED),
    ("userinfo_bad_token", UserInfo, USERINFO_UNAUTHORIZED),
    ("userinfo_jwt", UserInfo, Signed),
    ("logout_no_session", EndSession, LoggedOut),
    ("logout_hint_only", EndSession, LoginApp),
    ("logout_hint_redirect", EndSession, LoginApp),
    ("logout_bad_hint", EndSession, LogoutRefused),
    ("logout_bad_redirect", EndSession, LogoutRefused),
    ("logout_redirect_without_hint", EndSession, LogoutRefused),
    ("logout_session", EndSession, LoginApp),
    ("logout_frontchannel_start", EndSession, LoginApp),
    ("logout_frontchannel", EndSession, Page),
    ("logout_browser_session", EndSession, LoginApp),
    ("delete_bad_token", Delete, UNAUTHORIZED),
    ("delete", Delete, Success),
    ("delete_again", Delete, UNAUTHORIZED),
    ("get_deleted", Read, UNAUTHORIZED),
    ("path_dotdot", Read, NotSent),
    ("path_empty", Read, NotSent),
    ("path_slash", Read, UNAUTHORIZED),
    ("path_space", Read, UNAUTHORIZED),
    ("disabled_post", Register, DISABLED),
    ("disabled_get", Read, DISABLED),
    ("disabled_put", Update, DISABLED),
    ("disabled_delete", Delete, DISABLED),
];

/// A recorded exchange and its expected outcome.
pub(crate) struct Exchange {
    pub(crate) name: &'static str,
    pub(crate) call: Call,
    pub(crate) expected: Expected,
    recorded: Value,
}

impl Exchange {
    pub(crate) fn all() -> Vec<Self> {
        let recorded: Vec<Value> = serde_json::from_str(RECORDED).expect("the recording is JSON");
        let rows = EXCHANGES.into_iter().zip(recorded);
        rows.map(|((name, call, expected), recorded)| {
            assert_eq!(recorded["name"], name, "an exchange is not classified");
            Self {
                name,
                call,
                expected,
                recorded,
            }
        })
        .collect()
    }

    pub(crate) fn of(calls: &[Call]) -> Vec<Self> {
        let mut found = Self::all();
        found.retain(|exchange| calls.contains(&exchange.call));
        assert!(!found.is_empty());
        found
    }

    pub(crate) fn named(name: &str) -> Self {
        let mut all = Self::all().into_iter();
        all.find(|exchange| exchange.name == name)
            .expect("the exchange was recorded")
    }

    pub(crate) fn text(&self, pointer: &str) -> &str {
        let value = self.recorded.pointer(pointer);
        value.and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn body(&self) -> &str {
        self.text("/response/body")
    }

    /// Returns the `Location` of the response; empty if it has none.
    pub(crate) fn location(&self) -> &str {
        let headers = self.recorded["response"]["headers"].as_array();
        let mut headers = headers.expect("a recorded response has headers").iter();
        let found = headers.find(|pair| pair[0] == "Location");
        found.and_then(|pair| pair[1].as_str()).unwrap_or_default()
    }

    pub(crate) fn status(&self) -> u16 {
        let status = self.recorded["response"]["status"].as_u64();
        u16::try_from(status.expect("a recorded response has a status"))
            .expect("a status has three digits")
    }

    /// Returns the response for a server to replay.
    pub(crate) fn response(&self) -> Action {
        let headers = self.recorded["response"]["headers"].as_array();
        let headers = headers.expect("a recorded response has headers").iter();
        let headers: Vec<_> = headers
            .filter_map(|pair| Some((pair[0].as_str()?, pair[1].as_str()?)))
            // The replay sends a content length instead.
            .filter(|(name, _)| *name != "Transfer-Encoding")
            .collect();
        reply(self.status(), &headers, self.body())
    }

    pub(crate) fn url(&self) -> Url {
        let url = format!("http://127.0.0.1{}", self.text("/request/path"));
        Url::parse(&url).expect("a recorded path is valid")
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let url = self.url();
        let found = url.query_pairs().find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned())
    }

    /// Returns the client id in the path, decoded.
    pub(crate) fn id(&self) -> String {
        let path = self.text("/request/path");
        let path = path.split('?').next().unwrap_or_default();
        let segment = path.strip_prefix("/oauth2/register/").unwrap_or_default();
        segment.replace("%2F", "/").replace("%20", " ")
    }

    /// Returns the members of the body that are neither null nor empty.
    pub(crate) fn members(&self) -> Map<String, Value> {
        let mut members: Map<String, Value> =
            serde_json::from_str(self.body()).expect("the recorded body is JSON");
        members.retain(|_, value| {
            let is_empty = value.as_object().is_some_and(Map::is_empty);
            !(is_empty || value.is_null() || value.as_str() == Some(""))
        });
        members
    }
}
