//! What comes to an app from a logout: the browser that comes back, and the provider's iframe.

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
    client.build().expect("the URL is fine")
}

/// The ID token of a user of an app that is registered with this, too.
fn id_token(ory: &OryMock, more: &[(&str, Value)]) -> IdToken {
    let mut app = Map::from_iter([
        (
            "redirect_uris".to_owned(),
            json!(["https://app.example/callback"]),
        ),
        ("post_logout_redirect_uris".to_owned(), json!([BYE])),
    ]);
    app.extend(
        more.iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    );
    let id = ory.create_client(app.into());
    ory.issue_id_token(&id, "user-1").into()
}

async fn location(url: &str) -> String {
    let answer = http().get(url).send().await.expect("the double answers");
    let location = answer.headers().get("location").expect("it redirects");
    location.to_str().expect("it is a URL").to_owned()
}

/// Where the browser ends up, if the user agrees at once.
async fn end(request: &EndSession) -> String {
    location(request.url().expect("the endpoint is fine").as_str()).await
}

#[tokio::test]
async fn a_browser_comes_back_with_the_state_it_left_with() {
    let ory = OryMock::start().await;
    let hint = id_token(&ory, &[]);
    let state = LogoutState::new("x y&z=ä#?");
    let request = client(&ory).end_session(&hint).state(&state);
    let login_app = end(&request.post_logout_redirect_uri(BYE)).await;
    let back = location(&ory.accept_logout(&login_app)).await;
    assert!(back.starts_with("https://app.example/bye?tenant=a&"));

    let callback = || LogoutCallback::from_query(&back).expect("it can be read");
    assert_eq!(callback().check(&state), Ok(()));
    let other = LogoutState::new("x y&z=ä#");
    let mismatch = Err(LogoutCallbackError::StateMismatch);
    assert_eq!(callback().check(&other), mismatch);
    let unexpected = Err(LogoutCallbackError::StateUnexpected);
    assert_eq!(callback().check(None), unexpected);
}

#[tokio::test]
async fn a_state_without_an_address_to_return_it_to_does_not_come_back() {
    let ory = OryMock::start().await;
    let hint = id_token(&ory, &[]);
    let request = client(&ory).end_session(&hint).state("xyz");
    let back = location(&ory.accept_logout(&end(&request).await)).await;
    let callback = LogoutCallback::from_query(&back).expect("it can be read");
    let missing = Err(LogoutCallbackError::StateMissing);
    assert_eq!(callback.check(&LogoutState::new("xyz")), missing);
}

#[tokio::test]
async fn the_error_page_says_what_ory_says() {
    let ory = OryMock::start().await;
    let page = end(&client(&ory).end_session(None).state("xyz")).await;
    let callback = LogoutCallback::from_query(&page).expect("it can be read");
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
async fn every_recorded_error_page_is_a_refusal() {
    let mut pages = 0;
    for exchange in Exchange::all() {
        let page = exchange.location();
        if !page.contains("/oauth2/fallbacks/error?") {
            continue;
        }
        pages += 1;
        let callback = LogoutCallback::from_query(page).expect("it can be read");
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

/// The address of the one frame in a page, as the browser reads it.
fn frame(page: &str) -> String {
    let (_, rest) = page.split_once("<iframe src=\"").expect("it has a frame");
    let (address, _) = rest.split_once('"').expect("the attribute ends");
    address.replace("&amp;", "&")
}

#[tokio::test]
async fn the_frame_names_the_session_that_ended() {
    let ory = OryMock::start().await;
    let frames = json!("https://app.example/frame?tenant=a");
    let hint = id_token(&ory, &[("frontchannel_logout_uri", frames)]);
    let client = client(&ory);
    let request = client.end_session(&hint);
    let login_app = client.logout_probe(&request).await.expect("it answers");
    let EndSessionOutcome::LoginApp(login_app) = login_app else {
        panic!("{login_app:?}");
    };
    let page = http()
        .get(ory.accept_logout(login_app.as_str()))
        .send()
        .await;
    let page = page
        .expect("it answers")
        .text()
        .await
        .expect("it is a page");
    let frame = frame(&page);
    let logout = client.front_channel_logout(&frame).expect("it is Ory's");
    let logout = logout.require_session().expect("it names the session");
    assert_eq!(logout.issuer(), Some(client.issuer()));
    let claims = claims(&hint);
    assert!(logout.names_session(claims["sid"].as_str().expect("it has one")));
    assert!(!logout.names_session(claims["sub"].as_str().expect("it has one")));
}

fn claims(token: &IdToken) -> Value {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let claims = token.expose().split('.').nth(1).expect("it has parts");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("it is base64url");
    serde_json::from_slice(&claims).expect("it is JSON")
}

#[test]
fn the_frame_of_a_real_ory_is_read() {
    let frame = frame(Exchange::named("logout_frontchannel").body());
    let of = |issuer| {
        let client = Client::builder("http://127.0.0.1:4444").http_client(http());
        client.issuer(issuer).build().expect("the URL is fine")
    };
    let client = of("http://127.0.0.1:4444/");
    let logout = client.front_channel_logout(&frame).expect("it is Ory's");
    assert!(logout.names_session("3b6e989e-cb50-4cc6-b136-ac5bbcda461e"));
    let foreign = of("http://127.0.0.1:4444").front_channel_logout(&frame);
    let error = foreign.expect_err("the slash makes it another issuer");
    assert!(
        error.to_string().contains("ClientBuilder::issuer"),
        "{error}"
    );
    assert_eq!((error.status(), error.operation()), (None, None));
}
