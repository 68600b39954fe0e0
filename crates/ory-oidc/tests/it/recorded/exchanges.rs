//! The recorded exchanges and what a user must see of each.

use crate::support::{Act, reply};
use ory_oidc::error::ErrorKind;
use serde_json::{Map, Value};
use url::Url;

pub(crate) const RECORDED: &str =
    include_str!("../../../../ory-oidc-mock/tests/recorded/hydra.json");

/// The call that stands for a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Call {
    Discover,
    Register,
    Read,
    Update,
    Delete,
    UserInfo,
    EndSession,
    /// There is none, for this reason.
    None(&'static str),
}
use Call::{Delete, Discover, EndSession, Read, Register, Update, UserInfo};

/// What the user of a call must see.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen {
    /// The members of the body, none lost.
    Success,
    /// A refusal with this `error`.
    Refused(&'static str, ErrorKind),
    /// A claim set that is not handed out.
    Signed,
    /// A refusal before anything is sent.
    NotSent,
    /// The login app asks first.
    LoginApp,
    /// The browser goes on.
    LoggedOut,
    /// The server refuses by a redirect to an error page.
    LogoutRefused,
    /// The browser must show the page.
    Page,
    /// What it is was said where there is no call.
    Body,
}
use Seen::{Body, LoggedOut, LoginApp, LogoutRefused, NotSent, Page, Refused, Signed, Success};

const GONE: Seen = Refused(
    "The request could not be authorized",
    ErrorKind::Unauthorized,
);
const DISABLED: Seen = Refused(
    "The requested resource could not be found",
    ErrorKind::NotFound,
);
const MALFORMED: &str = "The request was malformed or contained invalid parameters";
const OWN_SECRET: Seen = Refused(MALFORMED, ErrorKind::ErrorResponse);
const OWN_SECRET_AGAIN: Seen = Refused("The requested action was forbidden", ErrorKind::Forbidden);
const METADATA: Seen = Refused("invalid_client_metadata", ErrorKind::ErrorResponse);
const REQUEST: Seen = Refused("invalid_request", ErrorKind::ErrorResponse);
const REDIRECT: Seen = Refused("invalid_redirect_uri", ErrorKind::ErrorResponse);
const USER: Seen = Refused("request_unauthorized", ErrorKind::Unauthorized);

/// All exchanges, in the order in which they were recorded.
pub(crate) const EXCHANGES: [(&str, Call, Seen); 69] = [
    ("discover", Discover, Success),
    ("discover_jwks", Call::None("keys are no operation"), Body),
    ("register", Register, Success),
    ("register_minimal", Register, Success),
    ("register_with_secret", Register, OWN_SECRET),
    ("register_with_id", Register, Success),
    ("register_with_metadata", Register, METADATA),
    ("register_bad_redirect", Register, REDIRECT),
    ("register_http_frag", Register, REDIRECT),
    ("register_bad_grant", Register, Success),
    ("register_bad_auth", Register, Success),
    ("register_unknown_field", Register, Success),
    ("register_i18n", Register, Success),
    (
        "register_bad_type",
        Register,
        Refused(MALFORMED, ErrorKind::ErrorResponse),
    ),
    ("register_jwks_and_uri", Register, METADATA),
    ("register_lifespan", Register, Success),
    ("register_bad_scope", Register, Success),
    ("register_public", Register, Success),
    ("register_pkjwt", Register, Success),
    ("register_pairwise", Register, METADATA),
    ("register_userinfo_rs256", Register, Success),
    ("register_skip_consent", Register, REQUEST),
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
    ("get_no_auth", Read, GONE),
    ("get_bad_token", Read, GONE),
    ("get_garbage", Read, GONE),
    ("get_basic", Read, GONE),
    ("get_secret_query", Read, GONE),
    ("get_unknown_id", Read, GONE),
    ("get_other_id", Read, GONE),
    ("put", Update, Success),
    ("put_old_token", Update, GONE),
    ("get_old_token", Read, GONE),
    ("put_with_secret", Update, OWN_SECRET_AGAIN),
    ("get_after_failed_put", Read, Success),
    ("put_get_body_back", Update, Success),
    ("put_bad", Update, REDIRECT),
    ("put_id_mismatch", Update, Success),
    ("patch_not_allowed", Call::None("it is a PATCH"), Body),
    ("userinfo", UserInfo, Success),
    ("userinfo_post", Call::None("userinfo goes by GET"), Body),
    ("userinfo_no_auth", UserInfo, USER),
    ("userinfo_bad_token", UserInfo, USER),
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
    ("delete_bad_token", Delete, GONE),
    ("delete", Delete, Success),
    ("delete_again", Delete, GONE),
    ("get_deleted", Read, GONE),
    ("path_dotdot", Read, NotSent),
    ("path_empty", Read, NotSent),
    ("path_slash", Read, GONE),
    ("path_space", Read, GONE),
    ("disabled_post", Register, DISABLED),
    ("disabled_get", Read, DISABLED),
    ("disabled_put", Update, DISABLED),
    ("disabled_delete", Delete, DISABLED),
];

/// A recorded exchange and what is expected of it.
pub(crate) struct Exchange {
    pub(crate) name: &'static str,
    pub(crate) call: Call,
    pub(crate) seen: Seen,
    recorded: Value,
}

impl Exchange {
    pub(crate) fn all() -> Vec<Self> {
        let recorded: Vec<Value> = serde_json::from_str(RECORDED).expect("the recording is JSON");
        let rows = EXCHANGES.into_iter().zip(recorded);
        rows.map(|((name, call, seen), recorded)| {
            assert_eq!(recorded["name"], name, "an exchange is not classified");
            Self {
                name,
                call,
                seen,
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

    /// Where the answer sends the browser; empty if nowhere.
    pub(crate) fn location(&self) -> &str {
        let headers = self.recorded["response"]["headers"].as_array();
        let mut headers = headers.expect("an answer has headers").iter();
        let found = headers.find(|pair| pair[0] == "Location");
        found.and_then(|pair| pair[1].as_str()).unwrap_or_default()
    }

    pub(crate) fn status(&self) -> u16 {
        let status = self.recorded["response"]["status"].as_u64();
        u16::try_from(status.expect("an answer has a status")).expect("a status has three digits")
    }

    pub(crate) fn answer(&self) -> Act {
        let headers = self.recorded["response"]["headers"].as_array();
        let headers = headers.expect("an answer has headers").iter();
        let headers: Vec<_> = headers
            .filter_map(|pair| Some((pair[0].as_str()?, pair[1].as_str()?)))
            // The replay tells the length instead.
            .filter(|(name, _)| *name != "Transfer-Encoding")
            .collect();
        reply(self.status(), &headers, self.body())
    }

    pub(crate) fn url(&self) -> Url {
        let url = format!("http://127.0.0.1{}", self.text("/request/path"));
        Url::parse(&url).expect("a recorded path is one")
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let url = self.url();
        let found = url.query_pairs().find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned())
    }

    /// The id in the path, as a user of the call would give it.
    pub(crate) fn id(&self) -> String {
        let path = self.text("/request/path");
        let path = path.split('?').next().unwrap_or_default();
        let segment = path.strip_prefix("/oauth2/register/").unwrap_or_default();
        segment.replace("%2F", "/").replace("%20", " ")
    }

    /// The members of the body that say something.
    pub(crate) fn members(&self) -> Map<String, Value> {
        let mut members: Map<String, Value> =
            serde_json::from_str(self.body()).expect("the recorded body is JSON");
        members.retain(|_, value| {
            let nothing = value.as_object().is_some_and(Map::is_empty);
            !(nothing || value.is_null() || value.as_str() == Some(""))
        });
        members
    }
}
