//! Preflight reports problems for exactly those logout requests that Ory refuses.

use crate::recorded::exchanges::Exchange;
use crate::support::http;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ory_oidc::logout::{EndSessionOutcome, LogoutProblem, NearMiss};
use ory_oidc::{Client, ClientMetadata, IdToken, Registration};
use ory_oidc_mock::OryMock;
use proptest::prelude::*;
use serde_json::{Value, json};

const BYE: &str = "https://app.example/Bye?tenant=a";

struct App {
    mock: OryMock,
    client: Client,
    registration: Registration,
}

impl App {
    async fn start() -> Self {
        let mock = OryMock::start().await;
        let client = Client::builder(mock.url()).http_client(http());
        let client = client.build().expect("the URL is valid");
        let wanted = ClientMetadata::new(["https://app.example/callback"])
            .post_logout_redirect_uris([BYE, "https://app.example/other"]);
        let registration = client
            .register(&wanted)
            .await
            .expect("the mock server accepts the metadata");
        Self {
            mock,
            client,
            registration,
        }
    }

    /// Issues an ID token of the user in which these claims are replaced.
    fn token(&self, claims: Value) -> IdToken {
        let id = self.registration.client_id();
        self.mock.issue_id_token_with(id, "user-1", claims).into()
    }

    /// Returns the problems that preflight reports. Checks that the server refuses the request exactly
    /// if there are any.
    async fn problems(
        &self,
        hint: Option<&IdToken>,
        uri: Option<&str>,
        state: Option<&str>,
    ) -> Vec<LogoutProblem> {
        let mut request = self.client.end_session(hint);
        if let Some(uri) = uri {
            request = request.post_logout_redirect_uri(uri);
        }
        if let Some(state) = state {
            request = request.state(state);
        }
        let problems = request.preflight(&self.registration);
        let outcome = self
            .client
            .logout_probe(&request)
            .await
            .expect("the mock server responds");
        let refused = matches!(outcome, EndSessionOutcome::Refused(_));
        assert_eq!(!problems.is_empty(), refused, "{problems:?} {outcome:?}");
        problems
    }
}

#[tokio::test]
async fn request_that_ory_accepts_has_no_problems() {
    let app = App::start().await;
    let id = app.registration.client_id();
    for claims in [
        json!({}),
        // Ory accepts an expired token.
        json!({"exp": 1}),
        json!({"aud": id}),
        json!({"aud": ["https://api.example", id]}),
    ] {
        let token = app.token(claims);
        for (uri, state) in [
            (None, None),
            (Some(BYE), None),
            (Some(BYE), Some("xyz")),
            (None, Some("xyz")),
            (Some(""), Some("")),
        ] {
            assert_eq!(app.problems(Some(&token), uri, state).await, []);
        }
    }
    assert_eq!(app.problems(None, None, None).await, []);
    assert_eq!(app.problems(None, Some(""), Some("")).await, []);
}

#[tokio::test]
async fn parameter_that_requires_an_id_token_is_reported_without_one() {
    let app = App::start().await;
    let empty = IdToken::new("");
    for hint in [None, Some(&empty)] {
        for (uri, state, expected) in [
            (None, Some("xyz"), &["state"][..]),
            (Some(BYE), None, &["post_logout_redirect_uri"]),
            (
                Some(BYE),
                Some("xyz"),
                &["state", "post_logout_redirect_uri"],
            ),
        ] {
            let problems = app.problems(hint, uri, state).await;
            let parameters = problems.iter().map(|problem| match problem {
                LogoutProblem::HintMissing { parameter } => *parameter,
                other => panic!("{other}"),
            });
            assert_eq!(parameters.collect::<Vec<_>>(), expected);
        }
    }
}

#[tokio::test]
async fn text_that_is_not_an_id_token_is_reported() {
    let app = App::start().await;
    let good = app.token(json!({}));
    let unsigned = good
        .expose()
        .rsplit_once('.')
        .expect("a JWT has three parts")
        .0;
    for text in [
        "abc",
        "ory_at_example.signature",
        "a.b.c.d.e",
        "!.e30.c2ln",
        &format!("{unsigned}."),
    ] {
        let problems = app.problems(Some(&text.into()), Some(BYE), None).await;
        let unreadable = matches!(problems[..], [LogoutProblem::HintUnreadable { .. }]);
        assert!(unreadable, "{text}: {problems:?}");
    }
}

#[tokio::test]
async fn id_token_of_another_issuer_or_client_is_reported() {
    let app = App::start().await;
    let foreign = app.token(json!({"iss": "https://other.example/"}));
    assert_eq!(
        app.problems(Some(&foreign), None, None).await,
        [LogoutProblem::HintFromOtherIssuer {
            expected: app.client.issuer().to_owned(),
            found: Some("https://other.example/".to_owned()),
        }]
    );
    for (aud, audiences, uri) in [
        (json!(["another", "https://api.example"]), 2, Some(BYE)),
        (json!("another"), 1, Some(BYE)),
        (json!([]), 0, Some(BYE)),
        (json!([]), 0, None),
        (json!(null), 0, None),
    ] {
        let token = app.token(json!({"aud": aud}));
        let problems = app.problems(Some(&token), uri, None).await;
        let [
            LogoutProblem::HintForOtherClient {
                expected,
                audiences: found,
            },
        ] = &problems[..]
        else {
            panic!("{aud}: {problems:?}");
        };
        assert_eq!(expected, app.registration.client_id());
        assert_eq!(found.len(), audiences);
    }
}

#[tokio::test]
async fn id_token_of_another_client_is_accepted_without_a_uri() {
    let app = App::start().await;
    let other = app.mock.create_client(json!({"client_id": "another-app"}));
    let token = app.mock.issue_id_token(&other, "user-1").into();
    assert_eq!(app.problems(Some(&token), None, None).await, []);
    assert_eq!(app.problems(Some(&token), None, Some("xyz")).await, []);
    let problems = app.problems(Some(&token), Some(BYE), None).await;
    let [LogoutProblem::HintForOtherClient { audiences, .. }] = &problems[..] else {
        panic!("{problems:?}");
    };
    assert_eq!(audiences, &["another-app"]);
}

#[tokio::test]
async fn id_token_with_a_missing_claim_or_from_the_future_is_reported() {
    let app = App::start().await;
    for claim in ["sid", "sub", "iat"] {
        let token = app.token(json!({claim: null}));
        let expected = LogoutProblem::HintClaimMissing { claim };
        assert_eq!(app.problems(Some(&token), None, None).await, [expected]);
    }
    let token = app.token(json!({"iat": 99_999_999_999_u64}));
    let problems = app.problems(Some(&token), None, None).await;
    assert_eq!(problems, [LogoutProblem::HintFromTheFuture]);
}

#[tokio::test]
async fn unregistered_redirect_uri_is_reported_with_its_near_miss() {
    let app = App::start().await;
    let token = app.token(json!({}));
    for (uri, near) in [
        ("https://evil.example/", None),
        ("https://app.example/Bye", None),
        ("https://app.example/Bye?tenant=b", None),
        ("https://app.example/Bye/?tenant=a", Some(NearMiss::Slash)),
        ("https://app.example/other/", Some(NearMiss::Slash)),
        ("https://app.example/Other", Some(NearMiss::Case)),
        ("https://APP.example/bye?tenant=a", Some(NearMiss::Case)),
        (
            "https://app.example/bye/?tenant=a",
            Some(NearMiss::SlashAndCase),
        ),
    ] {
        let problems = app.problems(Some(&token), Some(uri), Some("xyz")).await;
        assert_eq!(
            problems,
            [LogoutProblem::RedirectUriNotRegistered { near }],
            "{uri}"
        );
    }
}

#[tokio::test]
async fn missing_redirect_uris_are_reported_until_the_registration_is_read() {
    let mut app = App::start().await;
    let token = app.registration.registration_access_token().cloned();
    let token = token.expect("the mock server issues a token");
    let id = app.registration.client_id().to_owned();
    app.registration = Registration::from_saved(id, token);
    let hint = app.token(json!({}));
    let request = app.client.end_session(&hint).post_logout_redirect_uri(BYE);
    let problems = request.preflight(&app.registration);
    assert_eq!(problems, [LogoutProblem::NoRedirectUriRegistered]);
    // The fix that the message names.
    let read = app.client.read_registration(&mut app.registration).await;
    read.expect("the token is valid");
    assert_eq!(request.preflight(&app.registration), []);
}

#[tokio::test]
async fn client_id_that_ory_ignores_is_not_reported() {
    let app = App::start().await;
    let hint = app.token(json!({}));
    for id in [app.registration.client_id(), "another", ""] {
        for hint in [Some(&hint), None] {
            let request = app.client.end_session(hint).client_id(id);
            assert_eq!(request.preflight(&app.registration), [], "{id}");
            let outcome = app.client.logout_probe(&request).await;
            let outcome = outcome.expect("the mock server responds");
            let refused = matches!(outcome, EndSessionOutcome::Refused(_));
            assert!(!refused, "{id}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn all_problems_are_reported_at_once_without_secrets() {
    let app = App::start().await;
    let hint = app.token(json!({"iss": "i", "aud": "a", "sid": "", "sub": "", "iat": "hush"}));
    let request = app.client.end_session(&hint).state("hush").client_id("c");
    let uri = "https://evil.example/?code=hush";
    let problems = request
        .post_logout_redirect_uri(uri)
        .preflight(&app.registration);
    assert_eq!(problems.len(), 6, "{problems:?}");
    for problem in &problems {
        let shown = format!("{problem} {problem:?}");
        assert!(!shown.contains("hush"), "{shown}");
        assert!(!shown.contains(hint.expose()), "{shown}");
        // Each message names the problem, then the fix.
        let (_, fix) = shown
            .split_once(": ")
            .expect("a message has a problem and a fix");
        assert!(!fix.is_empty());
    }
}

#[tokio::test]
async fn preflight_agrees_with_the_recorded_responses_of_ory() {
    let app = App::start().await;
    let good = app.token(json!({}));
    for name in [
        "logout_no_session",
        "logout_hint_only",
        "logout_hint_redirect",
        "logout_bad_hint",
        "logout_bad_redirect",
        "logout_redirect_without_hint",
        "logout_session",
        "logout_browser_session",
    ] {
        let exchange = Exchange::named(name);
        let parameter = |name| exchange.parameter(name);
        // The recording hides the token. The URI was the registered one.
        let hint = parameter("id_token_hint").map(|text| match text.as_str() {
            "EXAMPLE-ID-TOKEN" => good.clone(),
            other => other.into(),
        });
        let mut request = app.client.end_session(hint.as_ref());
        if let Some(uri) = parameter("post_logout_redirect_uri") {
            let registered = uri == "http://127.0.0.1:3000/bye";
            request = request.post_logout_redirect_uri(if registered { BYE } else { &uri });
        }
        if let Some(state) = parameter("state") {
            request = request.state(state);
        }
        let refused = exchange.location().contains("error=invalid_request");
        let problems = request.preflight(&app.registration);
        assert_eq!(!problems.is_empty(), refused, "{name}: {problems:?}");
    }
}

/// Returns a token with these claims and an invalid signature.
fn unverified(claims: &Value) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let header = encode(r#"{"alg":"RS256","kid":"k"}"#);
    format!("{header}.{}.c2lnbmVk", encode(&claims.to_string()))
}

/// Returns the problems of a request with only this ID token, for the client `c` of the issuer `i`.
fn problems_of(token: &str) -> Vec<LogoutProblem> {
    let client = Client::builder("https://ory.example").issuer("i");
    let client = client.http_client(http()).build();
    let client = client.expect("the URL is valid");
    let registration = Registration::from_saved("c", "ory_at_example".into());
    let request = client.end_session(&IdToken::new(token));
    request.preflight(&registration)
}

#[test]
fn claims_of_a_signed_token_are_read_by_their_types() {
    let claims = json!({"iss": "i", "sid": "", "sub": 7, "aud": "c", "iat": 1.5});
    let missing = |claim| LogoutProblem::HintClaimMissing { claim };
    assert_eq!(
        problems_of(&unverified(&claims)),
        [missing("sid"), missing("sub")]
    );
    let claims = json!({"iss": "i", "sid": "s", "sub": "u", "aud": [7, {"a": "c"}], "iat": "1"});
    let other_client = LogoutProblem::HintForOtherClient {
        expected: "c".to_owned(),
        audiences: Vec::new(),
    };
    assert_eq!(
        problems_of(&unverified(&claims)),
        [other_client, missing("iat")]
    );
}

#[test]
fn token_that_is_not_a_signed_jwt_is_refused_with_its_reason() {
    let good = unverified(&json!({}));
    let parts: Vec<_> = good.split('.').collect();
    for (token, expected) in [
        ("abc", "three parts"),
        ("ory_at_example.signature", "three parts"),
        ("a.b.c.d.e", "encrypted"),
        ("a.b.c.d.e.f", "three parts"),
        ("!.e30.c2ln", "header"),
        ("W10.e30.c2ln", "header"),
        ("e30.e30=.c2ln", "claims"),
        ("e30.NQ.c2ln", "claims"),
        ("e30.e30.", "not signed"),
        // {"alg":"none"}
        ("eyJhbGciOiJub25lIn0.e30.c2ln", "not signed"),
        (&parts[..2].join("."), "three parts"),
    ] {
        let problems = problems_of(token);
        let [LogoutProblem::HintUnreadable { reason }] = problems[..] else {
            panic!("{token}: {problems:?}");
        };
        assert!(reason.contains(expected), "{token}: {reason}");
    }
}

proptest! {
    #[test]
    fn no_token_makes_the_decoder_panic(
        token in any::<String>(),
        parts in proptest::collection::vec(any::<Vec<u8>>(), 0..7),
    ) {
        let _ = problems_of(&token);
        let parts: Vec<_> = parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
        let _ = problems_of(&parts.join("."));
    }
}
