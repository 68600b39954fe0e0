//! Replays what was recorded between a client and a real Ory Hydra.
//!
//! Every exchange is sent to the double, in the order of the recording, and its answer is compared:
//! status, headers, and the body byte for byte. What differs from run to run (identifiers, tokens,
//! secrets, times, key material, the address) is put back to the recorded value before. [`Body`]
//! says for each exchange how its body is compared.

use std::collections::BTreeMap;

use ory_oidc_mock::OryMock;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::http::{Answer, send};
use crate::jwt;

const RECORDED_URL: &str = "http://127.0.0.1:4444";
const SUBJECT: &str = "user-zoë";

/// How a body is compared.
#[derive(Debug, PartialEq)]
enum Body {
    /// Byte for byte.
    Exact,
    /// Byte for byte, but for the numbers of the keys and their ids.
    KeySet,
    /// Header and claims are compared, and the signature is verified with the double's own key.
    Jwt,
    /// The text of Ory's error page is its own work and not copied; the double has a short one.
    NotFoundPage,
    /// The script of Ory's page is its own work and not copied; the frames and the address it leads
    /// to are compared.
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

/// Headers whose presence and value are compared. Left out are those of the connection: the
/// recording has `Transfer-Encoding` on some redirects, where the double always sends a length.
const COMPARED_HEADERS: [&str; 4] = [
    "cache-control",
    "content-type",
    "location",
    "www-authenticate",
];

struct Replay {
    ory: OryMock,
    without_registration: OryMock,
    /// Values of the recording, and what stands for them in this run.
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
        ory.rotate_keys(); // the recorded server published two
        let without_registration = OryMock::builder().registration(false).start().await;
        let known = BTreeMap::from([(RECORDED_URL.to_owned(), ory.url().to_owned())]);
        Self {
            ory,
            without_registration,
            known,
            last_location: String::new(),
        }
    }

    /// From the recording to this run. The longest values go first: some begin with another.
    fn to_run(&self, text: &str) -> String {
        let mut pairs: Vec<_> = self.known.iter().collect();
        pairs.sort_by_key(|(recorded, _)| std::cmp::Reverse(recorded.len()));
        pairs
            .into_iter()
            .fold(text.to_owned(), |text, (recorded, own)| {
                text.replace(recorded, own)
            })
    }

    /// From this run to the recording.
    fn to_recorded(&self, text: &str) -> String {
        let encoded = |value: &str| value.replace(':', "%3A").replace('/', "%2F");
        self.known
            .iter()
            .fold(text.to_owned(), |text, (recorded, own)| {
                text.replace(own, recorded)
                    .replace(&encoded(own), &encoded(recorded))
            })
    }

    /// Does what came between the exchanges of the recording, and was not recorded: logging in,
    /// agreeing to log out.
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
                let (_, verifier) = back.split_once("logout_verifier=").expect("a verifier");
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

    async fn send(&mut self, name: &str, request: &Value) -> Answer {
        let mut headers = self.prepare(name);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let path = self.to_run(&text(&request["path"]).expect("a path"));
        for (header, value) in request["headers"].as_object().expect("headers") {
            headers.push((
                header.clone(),
                self.to_run(value.as_str().expect("a value")),
            ));
        }
        let body = text(&request["body"]).map(|body| self.to_run(&body));
        let ory = if name.starts_with("disabled_") {
            &self.without_registration
        } else {
            &self.ory
        };
        if path.ends_with("/..") {
            // The client of the other exchanges would take the dots out.
            return send_verbatim(ory, &path).await;
        }
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        send(
            ory,
            request["method"].as_str().expect("a method"),
            &path,
            &headers,
            body,
        )
        .await
    }

    /// Learns what stands for the recorded values from here on.
    fn learn(&mut self, recorded: &Value, answer: &Answer) {
        if let (Some(recorded), Ok(own)) = (
            recorded["body"]
                .as_str()
                .and_then(|body| serde_json::from_str::<Value>(body).ok()),
            serde_json::from_str::<Value>(&answer.body),
        ) {
            for name in ["client_id", "client_secret", "registration_access_token"] {
                if let (Some(recorded), Some(own)) = (recorded[name].as_str(), own[name].as_str()) {
                    self.known.insert(recorded.to_owned(), own.to_owned());
                }
            }
        }
        let location = answer.header("location").unwrap_or_default();
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

/// Without times.
fn masked(body: &str) -> String {
    with_masked(
        body,
        &["created_at", "updated_at", "auth_time", "iat", "rat"],
    )
}

/// With `*` for the values of these members, which are strings without escapes, or numbers.
fn with_masked(body: &str, members: &[&str]) -> String {
    members.iter().fold(body.to_owned(), |body, member| {
        let key = format!("\"{member}\":");
        let mut pieces = body.split(&key);
        let mut masked = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let end = match piece.strip_prefix('"') {
                Some(rest) => 2 + rest.find('"').expect("the string ends"),
                None => piece.find([',', '}']).expect("the number ends"),
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

/// Sends a `GET` whose path goes over the wire as it is.
async fn send_verbatim(ory: &OryMock, path: &str) -> Answer {
    let address = ory.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("the request is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok());
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| {
            (
                name.parse::<reqwest::header::HeaderName>().expect("a name"),
                value.parse().expect("a value"),
            )
        });
    Answer {
        status: status.expect("a status"),
        headers: headers.collect(),
        body: body.to_owned(),
    }
}

#[tokio::test]
async fn the_double_answers_every_recorded_request_as_ory_hydra_did() {
    let exchanges: Vec<Value> = serde_json::from_str(include_str!("../recorded/hydra.json"))
        .expect("the recording is JSON");
    assert_eq!(exchanges.len(), 69);
    let mut replay = Replay::start().await;
    for exchange in &exchanges {
        let (name, recorded) = (
            exchange["name"].as_str().expect("a name"),
            &exchange["response"],
        );
        let answer = replay.send(name, &exchange["request"]).await;
        assert_eq!(
            json!(answer.status),
            recorded["status"],
            "{name}: {}",
            answer.body
        );
        replay.learn(recorded, &answer);
        for compared in COMPARED_HEADERS {
            let own = answer
                .header(compared)
                .map(|value| replay.to_recorded(value));
            assert_eq!(own, header(recorded, compared), "{name}: {compared}");
        }
        replay
            .check_body(
                name,
                recorded["body"].as_str().expect("a body"),
                &answer.body,
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
