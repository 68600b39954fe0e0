//! Replays exchanges that were recorded with a real Ory Hydra.
//!
//! The test sends every recorded request to the mock server in order, and compares the status, the
//! headers and the body of the response with the recorded ones, byte for byte. Values that differ
//! between runs (identifiers, tokens, secrets, times, key material, addresses) are first replaced
//! by the recorded values. [`Body`] lists the exceptions.

use std::collections::BTreeMap;

use ory_oidc_mock::OryMock;
use serde_json::{Value, json};

use crate::http::{Response, send, send_verbatim};
use crate::jwt;

const RECORDED_URL: &str = "http://127.0.0.1:4444";
const SUBJECT: &str = "user-zoë";

/// The ways to compare a body.
#[derive(Debug, PartialEq)]
enum Body {
    /// Byte for byte.
    Exact,
    /// Byte for byte, except for the moduli and the ids of the keys.
    KeySet,
    /// Header and claims are compared. The signature is verified with the mock server's own key.
    Jwt,
    /// Only the status code in the page is compared. The mock server does not copy the text of Hydra's
    /// error page.
    NotFoundPage,
    /// The frames and the redirect are compared. The mock server does not copy the script of Hydra's
    /// page.
    FrontChannelPage,
}

fn comparison(name: &str) -> Body {
    match name {
        "discover_jwks" => Body::KeySet,
        "userinfo_jwt" => Body::Jwt,
        "patch_not_allowed" | "path_empty" => Body::NotFoundPage,
        "logout_frontchannel" => Body::FrontChannelPage,
        _ => Body::Exact,
    }
}

/// The headers whose presence and value are compared. Headers of the connection differ: Hydra sends
/// some redirects with `Transfer-Encoding`, the mock server always with `Content-Length`.
const COMPARED_HEADERS: [&str; 4] = [
    "cache-control",
    "content-type",
    "location",
    "www-authenticate",
];

struct Replay {
    ory: OryMock,
    without_registration: OryMock,
    /// Recorded values with the corresponding values of this run.
    known: BTreeMap<String, String>,
    last_location: String,
}

impl Replay {
    async fn start() -> Self {
        let ory = OryMock::builder()
            .issuer_trailing_slash(true)
            .logout_url("http://127.0.0.1:3000/logout")
            .post_logout_url("http://127.0.0.1:3000/after-logout")
            .start()
            .await;
        let without_registration = OryMock::builder().registration(false).start().await;
        let known = BTreeMap::from([(RECORDED_URL.to_owned(), ory.url().to_owned())]);
        Self {
            ory,
            without_registration,
            known,
            last_location: String::new(),
        }
    }

    /// Replaces recorded values by those of this run. Replaces the longest values first, because some
    /// values start with another one.
    fn to_run(&self, text: &str) -> String {
        let mut pairs: Vec<_> = self.known.iter().collect();
        pairs.sort_by_key(|(recorded, _)| std::cmp::Reverse(recorded.len()));
        pairs
            .into_iter()
            .fold(text.to_owned(), |text, (recorded, own)| {
                text.replace(recorded, own)
            })
    }

    /// Replaces values of this run by recorded values.
    fn to_recorded(&self, text: &str) -> String {
        let encoded = |value: &str| value.replace(':', "%3A").replace('/', "%2F");
        self.known
            .iter()
            .fold(text.to_owned(), |text, (recorded, own)| {
                text.replace(own, recorded)
                    .replace(&encoded(own), &encoded(recorded))
            })
    }

    /// Repeats what happened between the recorded exchanges and was not recorded, such as a login or
    /// the consent to a logout. Returns additional headers for the request.
    fn prepare(&mut self, name: &str) -> Vec<(String, String)> {
        let client = |recorded: &str| self.known[recorded].clone();
        match name {
            "userinfo" => {
                let claims = json!({
                    "sub": SUBJECT, "acr": "1", "email": "zoë@example.com", "email_verified": true, "phone_number": "+1",
                    "updated_at": 1_700_000_000, "groups": ["a", "b"], "address": {"country": "NL"},
                });
                let token = self.ory.issue_access_token_for(
                    &client("b7d2a79a-3e4c-4fce-93a3-c3fe6bcbc70b"),
                    claims,
                );
                self.known.insert("ory_at_EXAMPLE-17".to_owned(), token);
            }
            "userinfo_jwt" => {
                let claims = json!({"sub": SUBJECT, "acr": "1", "email": "x@y"});
                let token = self.ory.issue_access_token_for(
                    &client("350cdb09-da4a-4e5a-a470-9aeb59c96901"),
                    claims,
                );
                self.known.insert("ory_at_EXAMPLE-18".to_owned(), token);
            }
            "logout_hint_only" => {
                let token = self
                    .ory
                    .issue_id_token(&client("b7d2a79a-3e4c-4fce-93a3-c3fe6bcbc70b"), SUBJECT);
                self.known.insert("EXAMPLE-ID-TOKEN".to_owned(), token);
            }
            "logout_frontchannel_start" => {
                let token = self
                    .ory
                    .issue_id_token(&client("85a2b0d8-b4e6-4dc4-9f55-14557d157935"), SUBJECT);
                self.known.insert("EXAMPLE-ID-TOKEN".to_owned(), token);
            }
            "logout_frontchannel" => {
                let back = self.ory.accept_logout(&self.last_location);
                let (_, verifier) = back
                    .split_once("logout_verifier=")
                    .expect("the URL has a logout_verifier");
                self.known
                    .insert("EXAMPLE-6".to_owned(), verifier.to_owned());
            }
            "logout_browser_session" => {
                return vec![("Cookie".to_owned(), self.ory.begin_session(SUBJECT))];
            }
            _ => {}
        }
        Vec::new()
    }

    async fn send(&mut self, name: &str, request: &Value) -> Response {
        let mut headers = self.prepare(name);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let path = self.to_run(&text(&request["path"]).expect("the recorded path is a string"));
        for (header, value) in request["headers"]
            .as_object()
            .expect("the recorded headers are an object")
        {
            headers.push((
                header.clone(),
                self.to_run(value.as_str().expect("the recorded header is a string")),
            ));
        }
        let body = text(&request["body"]).map(|body| self.to_run(&body));
        let ory = if name.starts_with("disabled_") {
            &self.without_registration
        } else {
            &self.ory
        };
        if path.ends_with("/..") {
            // `reqwest` would remove the dot segments.
            return send_verbatim(ory, &path).await;
        }
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        send(
            ory,
            request["method"]
                .as_str()
                .expect("the recorded method is a string"),
            &path,
            &headers,
            body,
        )
        .await
    }

    /// Stores the values of this run that correspond to recorded values.
    fn learn(&mut self, recorded: &Value, response: &Response) {
        if let (Some(recorded), Ok(own)) = (
            recorded["body"]
                .as_str()
                .and_then(|body| serde_json::from_str::<Value>(body).ok()),
            serde_json::from_str::<Value>(&response.body),
        ) {
            for name in ["client_id", "client_secret", "registration_access_token"] {
                if let (Some(recorded), Some(own)) = (recorded[name].as_str(), own[name].as_str()) {
                    self.known.insert(recorded.to_owned(), own.to_owned());
                }
            }
        }
        let location = response.header("location").unwrap_or_default();
        let challenge = |location: &str| {
            location
                .split_once("logout_challenge=")
                .map(|(_, challenge)| challenge.to_owned())
        };
        if let (Some(recorded), Some(own)) = (
            challenge(&header(recorded, "location").unwrap_or_default()),
            challenge(location),
        ) {
            self.known.insert(recorded, own);
            location.clone_into(&mut self.last_location);
        }
    }

    async fn check_body(&self, name: &str, recorded: &str, own: &str) {
        let own = self.to_recorded(own);
        match comparison(name) {
            Body::Exact => assert_eq!(masked(&own), masked(recorded), "{name}"),
            Body::KeySet => assert_eq!(
                with_masked(&own, &["n", "kid"]),
                with_masked(recorded, &["n", "kid"]),
                "{name}"
            ),
            Body::NotFoundPage => assert!(own.contains("404"), "{name}"),
            Body::FrontChannelPage => {
                let frame = "<iframe src=\"http://127.0.0.1:3000/fc?iss=http%3A%2F%2F127.0.0.1%3A4444%2F&amp;sid=";
                let target = "content=\"7; URL=http://127.0.0.1:3000/after-logout\"";
                for page in [&own, recorded] {
                    assert_eq!(page.matches(frame).count(), 1, "{name}: {page}");
                    assert!(page.contains(target), "{name}: {page}");
                }
            }
            Body::Jwt => {
                assert!(jwt::verified(&self.ory, &own).await.is_some(), "{name}");
                let ((own_header, own_claims), (header, claims)) =
                    (jwt::parts(&own), jwt::parts(recorded));
                let text = |value: &Value| {
                    with_masked(&self.to_recorded(&value.to_string()), &["kid", "jti"])
                };
                assert_eq!(text(&own_header), text(&header), "{name}");
                assert_eq!(masked(&text(&own_claims)), masked(&text(&claims)), "{name}");
            }
        }
    }
}

/// Masks times.
fn masked(body: &str) -> String {
    with_masked(
        body,
        &["created_at", "updated_at", "auth_time", "iat", "rat"],
    )
}

/// Replaces the values of these members by `*`. The values must be numbers, or strings without
/// escapes.
fn with_masked(body: &str, members: &[&str]) -> String {
    members.iter().fold(body.to_owned(), |body, member| {
        let key = format!("\"{member}\":");
        let mut pieces = body.split(&key);
        let mut masked = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let end = match piece.strip_prefix('"') {
                Some(rest) => {
                    2 + rest
                        .find('"')
                        .expect("the string has a closing quotation mark")
                }
                None => piece
                    .find([',', '}'])
                    .expect("the number is not the end of the body"),
            };
            masked.extend([&key, "*", &piece[end..]]);
        }
        masked
    })
}

fn header(response: &Value, name: &str) -> Option<String> {
    let headers = response["headers"].as_array()?;
    let pair = headers.iter().find(|pair| {
        pair[0]
            .as_str()
            .is_some_and(|own| own.eq_ignore_ascii_case(name))
    })?;
    pair[1].as_str().map(str::to_owned)
}

#[tokio::test]
async fn the_mock_server_responds_to_every_recorded_request_as_hydra_did() {
    let exchanges: Vec<Value> = serde_json::from_str(include_str!("../recorded/hydra.json"))
        .expect("the recording is JSON");
    assert_eq!(exchanges.len(), 69);
    let mut replay = Replay::start().await;
    for exchange in &exchanges {
        let (name, recorded) = (
            exchange["name"].as_str().expect("the exchange has a name"),
            &exchange["response"],
        );
        let response = replay.send(name, &exchange["request"]).await;
        assert_eq!(
            json!(response.status),
            recorded["status"],
            "{name}: {}",
            response.body
        );
        replay.learn(recorded, &response);
        for compared in COMPARED_HEADERS {
            let own = response
                .header(compared)
                .map(|value| replay.to_recorded(value));
            assert_eq!(own, header(recorded, compared), "{name}: {compared}");
        }
        replay
            .check_body(
                name,
                recorded["body"]
                    .as_str()
                    .expect("the recorded body is a string"),
                &response.body,
            )
            .await;
    }
}

#[test]
fn all_but_five_recorded_bodies_are_compared_byte_for_byte() {
    let exchanges: Vec<Value> = serde_json::from_str(include_str!("../recorded/hydra.json"))
        .expect("the recording is JSON");
    let names = exchanges
        .iter()
        .filter_map(|exchange| exchange["name"].as_str());
    assert_eq!(
        names.filter(|name| comparison(name) != Body::Exact).count(),
        5
    );
}
