//! Logout.

use serde_json::{Value, json};

use crate::comparison::case::Case;
use crate::comparison::request::{Request, admin, get};

const LOGOUT: &str = "/oauth2/sessions/logout";
const HINT: &str = "id_token_hint=<ID token>";
const BYE: &str = "post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye";

/// An ID token that another server signed.
const FOREIGN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJzdWIiOiJ1IiwiYXVkIjpbImEiXSwiaWF0IjoxfQ.AQAB";
const UNSIGNED: &str = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, query) in queries() {
        let path = format!("{LOGOUT}?{query}");
        cases.push(Case::new(format!("logout: {name}"), [get(path)]).login(&client(), &json!({})));
    }
    for (name, query) in [
        ("nothing", String::new()),
        ("a state", "state=x".to_owned()),
        ("a post-logout URI", BYE.to_owned()),
        (
            "a hint of another server",
            format!("id_token_hint={FOREIGN}"),
        ),
        ("an unsigned hint", format!("id_token_hint={UNSIGNED}")),
        ("a hint in three parts", "id_token_hint=a.b.c".to_owned()),
        ("a hint in two parts", "id_token_hint=a.b".to_owned()),
        ("a hint in one part", "id_token_hint=x".to_owned()),
        ("an empty hint", "id_token_hint=".to_owned()),
        (
            "an empty hint and a state",
            "id_token_hint=&state=x".to_owned(),
        ),
        (
            "empty parameters",
            "id_token_hint=&state=&post_logout_redirect_uri=".to_owned(),
        ),
        ("an unknown verifier", "logout_verifier=x".to_owned()),
        ("an empty verifier", "logout_verifier=".to_owned()),
        ("a challenge", "logout_challenge=x".to_owned()),
        ("a bad escape", "a=%zz".to_owned()),
        ("a bad escape in the state", "state=%zz".to_owned()),
        ("a semicolon", "a=b;c=d".to_owned()),
        ("a client_id", "client_id=x".to_owned()),
        ("unknown parameters", "a=b&ui_locales=de".to_owned()),
    ] {
        let path = format!("{LOGOUT}?{query}");
        cases.push(Case::new(
            format!("logout without a session: {name}"),
            [get(path)],
        ));
        let cookie = get(format!("{LOGOUT}?{query}")).header("cookie", "<cookie>");
        cases.push(
            Case::new(format!("logout in a browser: {name}"), [cookie])
                .login(&client(), &json!({})),
        );
    }
    cases.extend(forms());
    cases.extend(whole_logouts());
    cases.extend(by_an_administrator());
    cases
}

fn client() -> Value {
    json!({
        "redirect_uris": ["https://app.example/callback"],
        "post_logout_redirect_uris": [
            "https://app.example/bye", "https://app.example/bye?a=b", "https://app.example/bye?state=old",
            "https://app.example/bye#fragment", "https://app.example", "https://app.example/b ye?b=1&a=2",
        ],
    })
}

fn queries() -> Vec<(&'static str, String)> {
    let to = |uri: &str| format!("{HINT}&post_logout_redirect_uri={uri}");
    vec![
        ("a hint", HINT.to_owned()),
        ("a hint with a state", format!("{HINT}&state=x")),
        ("a registered URI", format!("{HINT}&{BYE}")),
        (
            "a registered URI and a state",
            format!("{HINT}&{BYE}&state=x+y%26"),
        ),
        (
            "an unregistered URI",
            to("https%3A%2F%2Fapp.example%2Fother"),
        ),
        (
            "an unregistered URI and a state",
            to("https%3A%2F%2Fapp.example%2Fother&state=x"),
        ),
        (
            "a URI with a slash more",
            to("https%3A%2F%2Fapp.example%2Fbye%2F"),
        ),
        ("a URI in upper case", to("https%3A%2F%2FAPP.example%2Fbye")),
        ("an empty URI", to("")),
        (
            "a URI twice",
            format!("{HINT}&{BYE}&post_logout_redirect_uri=x"),
        ),
        ("a state twice", format!("{HINT}&{BYE}&state=1&state=2")),
        ("a client_id", format!("{HINT}&client_id=<id>")),
        ("another client_id", format!("{HINT}&client_id=other")),
        ("a logout_hint", format!("{HINT}&logout_hint=x")),
        ("a bad escape", format!("{HINT}&a=%zz")),
        ("a semicolon", format!("{HINT};a=b")),
        ("a cut hint", "id_token_hint=<ID token>x".to_owned()),
        ("a space after the hint", format!("{HINT}%20")),
        (
            "a space before the hint",
            "id_token_hint=%20<ID token>".to_owned(),
        ),
        ("a line break after the hint", format!("{HINT}%0A")),
        ("padding after the hint", format!("{HINT}%3D")),
        (
            "the access token as a hint",
            "id_token_hint=<access token>".to_owned(),
        ),
        ("an unknown verifier", format!("{HINT}&logout_verifier=x")),
        ("a hint twice", format!("{HINT}&id_token_hint=x")),
    ]
}

fn forms() -> Vec<Case> {
    let post = || Request::new("POST", LOGOUT);
    [
        ("a hint", post().form(HINT)),
        ("a registered URI and a state", post().form(&format!("{HINT}&{BYE}&state=s"))),
        ("the hint in the query", Request::new("POST", format!("{LOGOUT}?{HINT}"))),
        ("form and query", Request::new("POST", format!("{LOGOUT}?{BYE}")).form(HINT)),
        ("a form over the query", Request::new("POST", format!("{LOGOUT}?id_token_hint=x")).form(HINT)),
        ("a form as text", post().header("content-type", "text/plain").body(HINT)),
        ("a form in JSON", post().json(&json!({"id_token_hint": "<ID token>"}))),
        ("a bad escape", post().form("a=%zz")),
        ("a multipart form", post().header("content-type", "multipart/form-data; boundary=x")
            .body("--x\r\nContent-Disposition: form-data; name=\"id_token_hint\"\r\n\r\n<ID token>\r\n--x--\r\n")),
        ("a verifier", post().form("logout_verifier=x")),
        ("nothing", post()),
    ]
    .into_iter()
    .map(|(name, request)| Case::new(format!("logout by a form: {name}"), [request]).login(&client(), &json!({})))
    .collect()
}

/// Sessions that an administrator ends.
fn by_an_administrator() -> Vec<Case> {
    let path = "/admin/oauth2/auth/sessions/login";
    [
        ("nothing", ""),
        ("empty parameters", "?sid=&subject="),
        ("an unknown session", "?sid=x"),
        ("an unknown user", "?subject=unknown"),
        ("the user", "?subject=<user>"),
        ("the session", "?sid=<sid>"),
        ("another session of the user", "?sid=x&subject=<user>"),
    ]
    .into_iter()
    .map(|(name, query)| {
        let end = admin("DELETE", format!("{path}{query}"));
        // Asks for consent only if the session still exists.
        let requests = [end, get(format!("{LOGOUT}?{HINT}"))];
        Case::new(format!("logout by an administrator: {name}"), requests)
            .login(&client(), &json!({}))
    })
    .collect()
}

/// Logouts that the user accepts.
fn whole_logouts() -> Vec<Case> {
    let start = |query: &str| get(format!("{LOGOUT}?{query}"));
    let accepted = || get(format!("{LOGOUT}?logout_verifier=<verifier>"));
    let in_browser = |request: Request| request.header("cookie", "<cookie>");
    let to = |uri: &str| format!("{HINT}&post_logout_redirect_uri={uri}");
    let case = |name: &str, requests: Vec<Request>| {
        Case::new(format!("whole logout: {name}"), requests).login(&client(), &json!({}))
    };
    let mut cases = vec![
        case("by a hint", vec![start(HINT), accepted(), start(HINT)]),
        case("to a registered URI", {
            let query = format!("{HINT}&{BYE}&state=x+y");
            vec![start(&query), accepted(), start(&query)]
        }),
        case("to a URI with a query", {
            let query = to("https%3A%2F%2Fapp.example%2Fbye%3Fa%3Db&state=s");
            vec![start(&query), accepted()]
        }),
        case("to a URI with a state", {
            let query = to("https%3A%2F%2Fapp.example%2Fbye%3Fstate%3Dold&state=s");
            vec![start(&query), accepted()]
        }),
        case("to a URI with a state, without another", {
            let query = to("https%3A%2F%2Fapp.example%2Fbye%3Fstate%3Dold");
            vec![start(&query), accepted()]
        }),
        case("to a URI with a fragment", {
            let query = to("https%3A%2F%2Fapp.example%2Fbye%23fragment&state=s");
            vec![start(&query), accepted()]
        }),
        case("to a URI without a path", {
            let query = to("https%3A%2F%2Fapp.example&state=s");
            vec![start(&query), accepted()]
        }),
        case("to a URI with a space and two parameters", {
            let query = to("https%3A%2F%2Fapp.example%2Fb%20ye%3Fb%3D1%26a%3D2&state=s");
            vec![start(&query), accepted()]
        }),
        case(
            "in a browser",
            vec![
                in_browser(start("")),
                in_browser(accepted()),
                in_browser(start("")),
            ],
        ),
        case(
            "in a browser, by a hint",
            vec![in_browser(start(HINT)), in_browser(accepted())],
        ),
        case(
            "without the cookie at the end",
            vec![in_browser(start("")), accepted()],
        ),
        case(
            "a verifier twice",
            vec![start(HINT), accepted(), accepted()],
        ),
        case(
            "by a form with the verifier",
            vec![
                start(HINT),
                Request::new("POST", format!("{LOGOUT}?logout_verifier=<verifier>")),
            ],
        ),
    ];
    let front_channel = json!({"frontchannel_logout_uri": "https://app.example/fc?x=1"});
    cases.push(
        Case::new(
            "whole logout: with a front channel",
            [start(HINT), accepted()],
        )
        .login(&front_channel, &json!({})),
    );
    cases
}
