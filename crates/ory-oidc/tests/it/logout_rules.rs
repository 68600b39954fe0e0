//! The rules of OpenID Connect RP-Initiated Logout 1.0.

use crate::support::{Server, TOKEN, html, json, reply};
use ory_oidc::error::ErrorCode;
use ory_oidc::logout::{EndSessionOutcome, state_matches};
use ory_oidc::{Client, Error, IdToken};
use proptest::prelude::*;
use url::Url;

fn client() -> Client {
    let client = Client::builder("https://ory.example").http_client(crate::support::http());
    client.build().expect("the URL is valid")
}

fn query(url: &Url) -> Vec<(String, String)> {
    url.query_pairs().into_owned().collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// Returns the outcome of a logout that the server redirects to this location.
async fn redirected(location: &str) -> Result<EndSessionOutcome, Error> {
    redirected_by(302, location, None).await
}

/// Does the same with this status and this post-logout redirect URI in the request.
async fn redirected_by(
    status: u16,
    location: &str,
    requested: Option<&str>,
) -> Result<EndSessionOutcome, Error> {
    let server = Server::start([reply(status, &[("location", location)], "")]).await;
    let hint = IdToken::new(TOKEN);
    let client = server.client();
    let mut request = client.end_session(&hint);
    if let Some(uri) = requested {
        request = request.post_logout_redirect_uri(uri);
    }
    client.logout_probe(&request).await
}

#[tokio::test]
async fn building_a_logout_request_sends_nothing() {
    let server = Server::start([html(200)]).await;
    let request = server
        .client()
        .end_session(&IdToken::new(TOKEN))
        .state("xyz");
    request.url().expect("the endpoint is valid");
    request.form().expect("the endpoint is valid");
    assert!(server.requests().is_empty());
    let outcome = server.client().logout_probe(&request).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(server.lines().len(), 1);
}

#[test]
fn url_and_form_carry_the_same_parameters() {
    let request = client()
        .end_session(&IdToken::new("a.b.c"))
        .post_logout_redirect_uri("https://app.example/bye?a=b&c=ä")
        .state("x y&z")
        .logout_hint("zoë@app.example")
        .client_id("c")
        .ui_locales(["nl", "en-GB"]);
    let expected = pairs(&[
        ("id_token_hint", "a.b.c"),
        (
            "post_logout_redirect_uri",
            "https://app.example/bye?a=b&c=ä",
        ),
        ("state", "x y&z"),
        ("logout_hint", "zoë@app.example"),
        ("client_id", "c"),
        ("ui_locales", "nl en-GB"),
    ]);
    let url = request.url().expect("the endpoint is valid");
    assert!(
        url.as_str()
            .starts_with("https://ory.example/oauth2/sessions/logout?")
    );
    assert_eq!(query(&url), expected);
    let form = request.form().expect("the endpoint is valid");
    assert_eq!(
        form.action().as_str(),
        "https://ory.example/oauth2/sessions/logout"
    );
    let fields: Vec<_> = form.fields().collect();
    let fields = pairs(&fields);
    assert_eq!(fields, expected);
}

#[test]
fn unset_parameters_are_omitted() {
    let request = client().end_session(None);
    let url = request.url().expect("the endpoint is valid");
    assert_eq!(url.as_str(), "https://ory.example/oauth2/sessions/logout");
    let form = request.form().expect("the endpoint is valid");
    assert_eq!(form.fields().count(), 0);
}

#[test]
fn query_of_the_endpoint_is_kept() {
    let endpoint = "https://ory.example/end?tenant=a%20b&x#top";
    let request = client().end_session(None).endpoint(endpoint).state("xyz");
    let url = request.url().expect("the endpoint is valid");
    assert_eq!(
        url.as_str(),
        "https://ory.example/end?tenant=a%20b&x&state=xyz#top"
    );
    let form = request.form().expect("the endpoint is valid");
    assert_eq!(form.action().as_str(), endpoint);
    let bare = client().end_session(None).endpoint(endpoint);
    assert_eq!(
        bare.url().expect("the endpoint is valid").as_str(),
        endpoint
    );
}

#[test]
fn ui_locales_are_separated_by_spaces() {
    let request = client().end_session(None).ui_locales(["fr-CA", "fr", "en"]);
    let url = request.url().expect("the endpoint is valid");
    assert_eq!(query(&url), pairs(&[("ui_locales", "fr-CA fr en")]));
}

#[tokio::test]
async fn expired_id_token_is_accepted_as_a_hint() {
    // {"alg":"none"}.{"exp":1}.
    let expired = IdToken::new("eyJhbGciOiJub25lIn0.eyJleHAiOjF9.");
    let server = Server::start([html(200)]).await;
    let request = server.client().end_session(&expired);
    request.url().expect("the ID token is not checked");
    let outcome = server.client().logout_probe(&request).await;
    assert!(outcome.is_ok(), "{outcome:?}");
}

#[test]
fn state_matches_only_an_equal_state() {
    assert!(state_matches("xyz", Some("xyz")));
    for other in [None, Some(""), Some("xy"), Some("xyzz"), Some("XYZ")] {
        assert!(!state_matches("xyz", other), "{other:?}");
    }
}

#[tokio::test]
async fn end_session_endpoint_must_be_https_or_loopback() {
    for endpoint in [
        "",
        "/oauth2/sessions/logout",
        "http://ory.example/end",
        "ftp://ory.example/end",
        "javascript:alert(1)",
    ] {
        let request = client()
            .end_session(&IdToken::new(TOKEN))
            .endpoint(endpoint);
        assert!(
            matches!(request.url(), Err(Error::Request(_))),
            "{endpoint}"
        );
        assert!(
            matches!(request.form(), Err(Error::Request(_))),
            "{endpoint}"
        );
    }
    let request = client()
        .end_session(None)
        .endpoint("http://127.0.0.1:4444/end");
    request
        .url()
        .expect("plain http to this machine is permitted");
}

#[test]
fn end_session_endpoint_may_be_http_if_the_client_allows_it() {
    let client = Client::builder("http://hydra:4444")
        .http_client(crate::support::http())
        .allow_insecure_http(true)
        .build()
        .expect("allow_insecure_http permits it");
    // The endpoint that discovery returns.
    let endpoint = "http://hydra:4444/oauth2/sessions/logout";
    let request = client.end_session(None).endpoint(endpoint);
    let url = request.url().expect("allow_insecure_http permits it");
    assert_eq!(url.as_str(), endpoint);
    let request = request.endpoint("ftp://hydra/end");
    assert!(matches!(request.url(), Err(Error::Request(_))));
}

#[tokio::test]
async fn logout_probe_refuses_a_custom_endpoint() {
    let foreign = Server::start([html(200)]).await;
    let server = Server::start([html(200)]).await;
    let request = server
        .client()
        .end_session(&IdToken::new(TOKEN))
        .endpoint(foreign.url());
    let outcome = server.client().logout_probe(&request).await;
    assert!(matches!(outcome, Err(Error::Request(_))), "{outcome:?}");
    assert!(foreign.requests().is_empty());
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn redirect_with_a_logout_challenge_leads_to_the_login_app() {
    let target = "https://login.example/logout?logout_challenge=abc";
    let outcome = redirected(target).await;
    let Ok(EndSessionOutcome::LoginApp(url)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(url.as_str(), target);
}

#[tokio::test]
async fn redirect_without_a_challenge_means_logged_out() {
    for target in [
        "https://app.example/bye",
        "https://app.example/bye?state=xyz",
        "com.app.example:/bye",
    ] {
        let outcome = redirected(target).await;
        let Ok(EndSessionOutcome::LoggedOut(url)) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(url.as_str(), target);
    }
}

#[tokio::test]
async fn redirect_to_a_moved_server_does_not_mean_logged_out() {
    let same_path = "https://id.custom.example/oauth2/sessions/logout";
    for (status, target) in [
        (302, same_path),
        (303, same_path),
        (302, "https://ory.example/auth/oauth2/sessions/logout/?a=b"),
        (301, same_path),
        (301, "https://id.custom.example/"),
        (307, "https://id.custom.example/logout"),
        (308, "https://id.custom.example/logout"),
        (302, "https://ory.example/error?error="),
    ] {
        let outcome = redirected_by(status, target, None).await;
        let Ok(EndSessionOutcome::Redirected(url)) = outcome else {
            panic!("{status} {target}: {outcome:?}");
        };
        assert_eq!(url.as_str(), target);
    }
}

#[tokio::test]
async fn requested_redirect_uri_is_recognized_without_its_query() {
    for (requested, target) in [
        ("https://app.example/bye", "https://app.example/bye?state=x"),
        ("com.app.example:/bye", "com.app.example:/bye?state=x"),
    ] {
        let outcome = redirected_by(302, target, Some(requested)).await;
        let logged_out = matches!(outcome, Ok(EndSessionOutcome::LoggedOut(_)));
        assert!(logged_out, "{target}: {outcome:?}");
    }
    for (requested, target) in [
        ("https://app.example/bye", "https://app.example/other"),
        ("https://app.example/bye", "https://evil.example/bye"),
        ("com.app.example:/bye", "com.evil.example:/bye"),
        ("app://here/bye", "app://there/bye"),
    ] {
        let outcome = redirected_by(302, target, Some(requested)).await;
        let elsewhere = matches!(outcome, Ok(EndSessionOutcome::Redirected(_)));
        assert!(elsewhere, "{target}: {outcome:?}");
    }
}

#[tokio::test]
async fn parameters_of_the_requested_redirect_uri_are_not_attributed_to_the_server() {
    let requested = "https://app.example/bye?error=none&logout_challenge=mine";
    let target = format!("{requested}&state=xyz");
    let outcome = redirected_by(302, &target, Some(requested)).await;
    let Ok(EndSessionOutcome::LoggedOut(url)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(url.as_str(), target);
    // At any other URL, the parameters are those of the server.
    let page = "https://ory.example/error?error=invalid_request";
    let outcome = redirected_by(302, page, Some(requested)).await;
    let refused = matches!(outcome, Ok(EndSessionOutcome::Refused(_)));
    assert!(refused, "{outcome:?}");
    // So are parameters that the requested URI does not have.
    let requested = "https://app.example/bye?tenant=a";
    let page = format!("{requested}&error=invalid_request");
    let outcome = redirected_by(302, &page, Some(requested)).await;
    let refused = matches!(outcome, Ok(EndSessionOutcome::Refused(_)));
    assert!(refused, "{outcome:?}");
}

#[tokio::test]
async fn redirect_with_an_error_is_a_refusal() {
    let target =
        "https://ory.example/error?error=invalid_request&error_description=a+b%2C+c&error_hint=d";
    let outcome = redirected(target).await;
    let Ok(EndSessionOutcome::Refused(refusal)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(refusal.code(), &ErrorCode::InvalidRequest);
    assert_eq!(refusal.description(), Some("a b, c"));
    assert_eq!(refusal.hint(), Some("d"));
}

#[tokio::test]
async fn refusal_with_a_repeated_parameter_is_a_decode_error() {
    let outcome = redirected("https://ory.example/error?error=a&error=b").await;
    assert!(matches!(outcome, Err(Error::Decode(_))), "{outcome:?}");
}

#[tokio::test]
async fn relative_location_is_resolved_without_the_query_of_the_request() {
    for (location, expected) in [
        ("/bye", "/bye"),
        ("?done", "/oauth2/sessions/logout?done"),
        ("bye", "/oauth2/sessions/bye"),
        ("#done", "/oauth2/sessions/logout#done"),
    ] {
        let outcome = redirected(location).await;
        let Ok(EndSessionOutcome::LoggedOut(url) | EndSessionOutcome::Redirected(url)) = outcome
        else {
            panic!("{outcome:?}");
        };
        assert!(url.as_str().ends_with(expected), "{url}");
        assert!(!url.as_str().contains(TOKEN), "{url}");
    }
}

#[tokio::test]
async fn redirect_without_a_valid_location_is_a_decode_error() {
    for headers in [
        &[][..],
        &[("location", "https://")],
        &[("location", "http://[")],
    ] {
        let server = Server::start([reply(302, headers, "")]).await;
        let client = server.client();
        let outcome = client.logout_probe(&client.end_session(None)).await;
        assert!(matches!(outcome, Err(Error::Decode(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn page_is_returned_unchanged() {
    let page = "<iframe src=\"https://app.example/frontchannel\"></iframe>";
    let server = Server::start([reply(200, &[("content-type", "text/html")], page)]).await;
    let client = server.client();
    let outcome = client.logout_probe(&client.end_session(None)).await;
    let outcome = outcome.expect("a page is a successful response");
    assert_eq!(outcome, EndSessionOutcome::Page(page.to_owned()));
}

#[tokio::test]
async fn error_status_is_an_error_response() {
    for status in [400, 404, 500] {
        let server = Server::start([json(status, r#"{"error": "invalid_request"}"#)]).await;
        let client = server.client();
        let outcome = client.logout_probe(&client.end_session(None)).await;
        let Err(Error::Server(error)) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(error.status().as_u16(), status);
        assert_eq!(error.code(), Some(&ErrorCode::InvalidRequest));
    }
}

/// An endpoint with a query and a fragment of its own.
fn endpoint() -> impl Strategy<Value = Url> {
    let query = proptest::collection::vec((any::<String>(), any::<String>()), 0..4);
    let fragment = proptest::option::of(any::<String>());
    (query, fragment).prop_map(|(query, fragment)| {
        let mut url = Url::parse("https://ory.example/end").expect("static URL is valid");
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url.set_fragment(fragment.as_deref());
        url
    })
}

proptest! {
    #[test]
    fn url_and_form_contain_every_parameter(
        endpoint in endpoint(),
        texts in proptest::array::uniform5(proptest::option::of(any::<String>())),
        locales in proptest::collection::vec("[a-z]{2}", 0..3),
    ) {
        let [hint, uri, state, who, id] = texts;
        let hint = hint.map(IdToken::new);
        let mut request = client()
            .end_session(hint.as_ref())
            .endpoint(endpoint.as_str());
        let mut expected = Vec::new();
        let mut expect = |name: &str, value: &str| {
            expected.push((name.to_owned(), value.to_owned()));
        };
        if let Some(hint) = &hint {
            expect("id_token_hint", hint.expose());
        }
        if let Some(uri) = &uri {
            expect("post_logout_redirect_uri", uri);
            request = request.post_logout_redirect_uri(uri);
        }
        if let Some(state) = &state {
            expect("state", state);
            request = request.state(state);
        }
        if let Some(who) = &who {
            expect("logout_hint", who);
            request = request.logout_hint(who);
        }
        if let Some(id) = &id {
            expect("client_id", id);
            request = request.client_id(id);
        }
        if !locales.is_empty() {
            expect("ui_locales", &locales.join(" "));
            request = request.ui_locales(&locales);
        }

        let form = request.form().expect("the endpoint is an https URL");
        prop_assert_eq!(form.action(), &endpoint);
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        prop_assert_eq!(form.fields().map(owned).collect::<Vec<_>>(), expected.clone());

        let url = request.url().expect("the endpoint is an https URL");
        let own = query(&endpoint);
        prop_assert_eq!(query(&url), [own, expected].concat());
        let before = endpoint.query().unwrap_or_default();
        prop_assert!(url.query().unwrap_or_default().starts_with(before));
        prop_assert_eq!(url.fragment(), endpoint.fragment());
        prop_assert_eq!((url.origin(), url.path()), (endpoint.origin(), "/end"));
    }
}
