//! Requests that an app receives after a logout: the browser's return and the provider's iframe.

use crate::recorded::exchanges::Exchange;
use crate::support::http;
use ory_oidc::error::{ErrorCode, ErrorKind};
use ory_oidc::logout::{
    EndSession, EndSessionOutcome, LogoutCallback, LogoutCallbackError, LogoutState,
};
use ory_oidc::{Client, Error, IdToken};
use ory_oidc_mock::OryMock;
use serde_json::{Map, Value, json};

const BYE: &str = "https://app.example/bye?tenant=a";

fn client(ory: &OryMock) -> Client {
    let client = Client::builder(ory.url()).http_client(http());
    client.build().expect("the URL is valid")
}

/// Issues an ID token for a new client with these additional members.
fn id_token(ory: &OryMock, additional: &[(&str, Value)]) -> IdToken {
    let mut app = Map::from_iter([
        (
            "redirect_uris".to_owned(),
            json!(["https://app.example/callback"]),
        ),
        ("post_logout_redirect_uris".to_owned(), json!([BYE])),
    ]);
    app.extend(
        additional
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    );
    let id = ory.create_client(app.into());
    ory.issue_id_token(&id, "user-1").into()
}

/// Returns the target of a redirect.
async fn location(url: &str) -> String {
    let response = http()
        .get(url)
        .send()
        .await
        .expect("the mock server responds");
    let location = response
        .headers()
        .get("location")
        .expect("the response is a redirect");
    location.to_str().expect("a location is ASCII").to_owned()
}

/// Sends a logout request and returns the target of the redirect.
async fn redirect_of(request: &EndSession) -> String {
    location(request.url().expect("the endpoint is valid").as_str()).await
}

#[tokio::test]
async fn browser_returns_with_the_state_that_was_sent() {
    let ory = OryMock::start().await;
    let hint = id_token(&ory, &[]);
    let state = LogoutState::new("x y&z=ä#?");
    let request = client(&ory).end_session(&hint).state(&state);
    let login_app = redirect_of(&request.post_logout_redirect_uri(BYE)).await;
    let back = location(&ory.accept_logout(&login_app)).await;
    assert!(back.starts_with("https://app.example/bye?"), "{back}");
    let own = url::Url::parse(&back).expect("a location is a URL");
    assert!(
        own.query_pairs()
            .any(|pair| pair == ("tenant".into(), "a".into()))
    );

    let callback = || LogoutCallback::from_query(&back).expect("the query is valid");
    assert_eq!(callback().check(&state), Ok(()));
    let other = LogoutState::new("x y&z=ä#");
    let mismatch = Err(LogoutCallbackError::StateMismatch);
    assert_eq!(callback().check(&other), mismatch);
    let unexpected = Err(LogoutCallbackError::StateUnexpected);
    assert_eq!(callback().check(None), unexpected);
}

#[tokio::test]
async fn state_is_not_returned_without_a_post_logout_redirect_uri() {
    let ory = OryMock::start().await;
    let hint = id_token(&ory, &[]);
    let request = client(&ory).end_session(&hint).state("xyz");
    let back = location(&ory.accept_logout(&redirect_of(&request).await)).await;
    let callback = LogoutCallback::from_query(&back).expect("the query is valid");
    let missing = Err(LogoutCallbackError::StateMissing);
    assert_eq!(callback.check(&LogoutState::new("xyz")), missing);
}

#[tokio::test]
async fn error_page_gives_the_explanation_of_ory() {
    let ory = OryMock::start().await;
    let page = redirect_of(&client(&ory).end_session(None).state("xyz")).await;
    let callback = LogoutCallback::from_query(&page).expect("the query is valid");
    let refused = callback.check(&LogoutState::new("xyz"));
    let Err(LogoutCallbackError::Refused(refusal)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(refusal.code(), &ErrorCode::InvalidRequest);
    let description = refusal.description().expect("Ory describes its refusals");
    assert!(description.contains("state is set but id_token_hint is missing"));
    let error = Error::from(LogoutCallbackError::Refused(refusal));
    assert!(
        error.validation::<LogoutCallbackError>().is_some(),
        "{error:?}"
    );
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn every_recorded_error_page_is_read_as_a_refusal() {
    let mut pages = 0;
    for exchange in Exchange::all() {
        let page = exchange.location();
        if !page.contains("/oauth2/fallbacks/error?") {
            continue;
        }
        pages += 1;
        let callback = LogoutCallback::from_query(page).expect("the query is valid");
        let refused = callback.check(None);
        let Err(LogoutCallbackError::Refused(refusal)) = refused else {
            panic!("{}: {refused:?}", exchange.name);
        };
        assert_eq!(refusal.code(), &ErrorCode::InvalidRequest);
        assert!(
            refusal
                .description()
                .is_some_and(|text| text.ends_with(['.', 's']))
        );
        assert_eq!((refusal.hint(), refusal.debug()), (None, None));
    }
    assert_eq!(pages, 3);
}

/// Returns the URL of the only iframe in a page, as the browser decodes it.
fn frame(page: &str) -> String {
    let (_, rest) = page
        .split_once("<iframe src=\"")
        .expect("the page has an iframe");
    let (url, _) = rest
        .split_once('"')
        .expect("the attribute ends with a quote");
    url.replace("&amp;", "&")
}

#[tokio::test]
async fn iframe_names_the_session_that_ended() {
    let ory = OryMock::start().await;
    let frames = json!("https://app.example/frame?tenant=a");
    let hint = id_token(&ory, &[("frontchannel_logout_uri", frames)]);
    let client = client(&ory);
    let request = client.end_session(&hint);
    let login_app = client
        .logout_probe(&request)
        .await
        .expect("the mock server responds");
    let EndSessionOutcome::LoginApp(login_app) = login_app else {
        panic!("{login_app:?}");
    };
    let page = http()
        .get(ory.accept_logout(login_app.as_str()))
        .send()
        .await;
    let page = page
        .expect("the mock server responds")
        .text()
        .await
        .expect("the body is text");
    let frame = frame(&page);
    let logout = client
        .front_channel_logout(&frame)
        .expect("the issuer matches");
    let logout = logout
        .require_session()
        .expect("the request names the session");
    assert_eq!(logout.issuer(), Some(client.issuer()));
    let claims = claims(&hint);
    assert!(logout.names_session(claims["sid"].as_str().expect("the claim is a text")));
    assert!(!logout.names_session(claims["sub"].as_str().expect("the claim is a text")));
}

fn claims(token: &IdToken) -> Value {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let claims = token
        .expose()
        .split('.')
        .nth(1)
        .expect("a JWT has three parts");
    let claims = URL_SAFE_NO_PAD
        .decode(claims)
        .expect("the claims are base64url");
    serde_json::from_slice(&claims).expect("the claims are JSON")
}

#[test]
fn recorded_iframe_of_ory_is_read() {
    let frame = frame(Exchange::named("logout_frontchannel").body());
    let of = |issuer| {
        let client = Client::builder("http://127.0.0.1:4444").http_client(http());
        client.issuer(issuer).build().expect("the URL is valid")
    };
    let client = of("http://127.0.0.1:4444/");
    let logout = client
        .front_channel_logout(&frame)
        .expect("the issuer matches");
    assert!(logout.names_session("3b6e989e-cb50-4cc6-b136-ac5bbcda461e"));
    let foreign = of("http://127.0.0.1:4444").front_channel_logout(&frame);
    let error = foreign.expect_err("the slash makes it another issuer");
    assert!(
        error.to_string().contains("ClientBuilder::issuer"),
        "{error}"
    );
    assert_eq!((error.status(), error.operation()), (None, None));
}
