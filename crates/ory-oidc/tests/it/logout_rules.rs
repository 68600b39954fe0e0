//! The rules of OpenID Connect RP-Initiated Logout 1.0.

use crate::support::{Server, TOKEN, html, json, reply};
use ory_oidc::{Client, EndSessionOutcome, Error, ErrorCode, IdToken, state_matches};

fn client() -> Client {
    let client = Client::builder("https://ory.example").http_client(crate::support::http());
    client.build().expect("the URL is fine")
}

fn query(url: &url::Url) -> Vec<(String, String)> {
    url.query_pairs().into_owned().collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// What a server that redirects there does.
async fn redirected(location: &str) -> Result<EndSessionOutcome, Error> {
    let server = Server::start([reply(302, &[("location", location)], "")]).await;
    let hint = IdToken::new(TOKEN);
    server.client().end_session(&hint).send().await
}

#[tokio::test]
async fn nothing_is_performed_until_it_is_asked_for() {
    let server = Server::start([html(200)]).await;
    let request = server
        .client()
        .end_session(&IdToken::new(TOKEN))
        .state("xyz");
    request.url().expect("the endpoint is fine");
    request.form().expect("the endpoint is fine");
    assert!(server.requests().is_empty());
    let outcome = request.send().await;
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
    let url = request.url().expect("the endpoint is fine");
    assert!(
        url.as_str()
            .starts_with("https://ory.example/oauth2/sessions/logout?")
    );
    assert_eq!(query(&url), expected);
    let form = request.form().expect("the endpoint is fine");
    assert_eq!(
        form.action().as_str(),
        "https://ory.example/oauth2/sessions/logout"
    );
    let fields: Vec<_> = form.fields().collect();
    let fields = pairs(&fields);
    assert_eq!(fields, expected);
}

#[test]
fn what_is_not_set_is_not_there() {
    let request = client().end_session(None);
    let url = request.url().expect("the endpoint is fine");
    assert_eq!(url.as_str(), "https://ory.example/oauth2/sessions/logout");
    let form = request.form().expect("the endpoint is fine");
    assert_eq!(form.fields().count(), 0);
}

#[test]
fn an_existing_query_in_the_endpoint_is_kept() {
    let endpoint = "https://ory.example/end?tenant=a%20b&x#top";
    let request = client().end_session(None).endpoint(endpoint).state("xyz");
    let url = request.url().expect("the endpoint is fine");
    assert_eq!(
        url.as_str(),
        "https://ory.example/end?tenant=a%20b&x&state=xyz#top"
    );
    let form = request.form().expect("the endpoint is fine");
    assert_eq!(form.action().as_str(), endpoint);
    let bare = client().end_session(None).endpoint(endpoint);
    assert_eq!(bare.url().expect("the endpoint is fine").as_str(), endpoint);
}

#[test]
fn ui_locales_are_separated_by_spaces() {
    let request = client().end_session(None).ui_locales(["fr-CA", "fr", "en"]);
    let url = request.url().expect("the endpoint is fine");
    assert_eq!(query(&url), pairs(&[("ui_locales", "fr-CA fr en")]));
}

#[tokio::test]
async fn an_expired_id_token_is_a_fine_hint() {
    // {"alg":"none"}.{"exp":1}.
    let expired = IdToken::new("eyJhbGciOiJub25lIn0.eyJleHAiOjF9.");
    let server = Server::start([html(200)]).await;
    let request = server.client().end_session(&expired);
    request.url().expect("nobody looks into it");
    let outcome = request.send().await;
    assert!(outcome.is_ok(), "{outcome:?}");
}

#[test]
fn state_matches_only_itself() {
    assert!(state_matches("xyz", Some("xyz")));
    for other in [None, Some(""), Some("xy"), Some("xyzz"), Some("XYZ")] {
        assert!(!state_matches("xyz", other), "{other:?}");
    }
}

#[tokio::test]
async fn the_browser_is_sent_to_https_or_to_this_machine_only() {
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
            matches!(request.url(), Err(Error::NotSent(_))),
            "{endpoint}"
        );
        assert!(
            matches!(request.form(), Err(Error::NotSent(_))),
            "{endpoint}"
        );
    }
    let request = client()
        .end_session(None)
        .endpoint("http://127.0.0.1:4444/end");
    request.url().expect("it stays on this machine");
}

#[tokio::test]
async fn a_call_goes_to_the_servers_own_endpoint_only() {
    let foreign = Server::start([html(200)]).await;
    let server = Server::start([html(200)]).await;
    let request = server
        .client()
        .end_session(&IdToken::new(TOKEN))
        .endpoint(foreign.url());
    let outcome = request.send().await;
    assert!(matches!(outcome, Err(Error::NotSent(_))), "{outcome:?}");
    assert!(foreign.requests().is_empty());
    assert!(server.requests().is_empty());
}
#[test]
fn the_browser_is_sent_to_http_where_the_client_may_use_it() {
    let client = Client::builder("http://hydra:4444")
        .http_client(crate::support::http())
        .allow_insecure_http()
        .build()
        .expect("it is allowed");
    // What discovery finds there.
    let endpoint = "http://hydra:4444/oauth2/sessions/logout";
    let request = client.end_session(None).endpoint(endpoint);
    let url = request.url().expect("it is allowed");
    assert_eq!(url.as_str(), endpoint);
    let request = request.endpoint("ftp://hydra/end");
    assert!(matches!(request.url(), Err(Error::NotSent(_))));
}


#[tokio::test]
async fn a_challenge_means_that_nobody_is_logged_out_yet() {
    let target = "https://login.example/logout?logout_challenge=abc";
    let outcome = redirected(target).await;
    let Ok(EndSessionOutcome::LoginApp(url)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(url.as_str(), target);
}

#[tokio::test]
async fn a_redirect_without_a_challenge_means_that_nobody_is_logged_in() {
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
async fn an_error_page_is_a_refusal() {
    let target = "https://ory.example/error?error=invalid_request&error_description=a+b%2C+c";
    let outcome = redirected(target).await.expect("a refusal is a result");
    let expected = EndSessionOutcome::Refused {
        code: ErrorCode::InvalidRequest,
        description: Some("a b, c".to_owned()),
    };
    assert_eq!(outcome, expected);
}

#[tokio::test]
async fn a_relative_location_is_resolved_without_the_query_of_the_request() {
    for (location, expected) in [
        ("/bye", "/bye"),
        ("?done", "/oauth2/sessions/logout?done"),
        ("bye", "/oauth2/sessions/bye"),
        ("#done", "/oauth2/sessions/logout#done"),
    ] {
        let outcome = redirected(location).await;
        let Ok(EndSessionOutcome::LoggedOut(url)) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(url.as_str().ends_with(expected), "{url}");
        assert!(!url.as_str().contains(TOKEN), "{url}");
    }
}

#[tokio::test]
async fn a_redirect_that_leads_nowhere_is_unreadable() {
    for headers in [
        &[][..],
        &[("location", "https://")],
        &[("location", "http://[")],
    ] {
        let server = Server::start([reply(302, headers, "")]).await;
        let outcome = server.client().end_session(None).send().await;
        assert!(matches!(outcome, Err(Error::Unreadable(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_page_is_handed_over_as_it_came() {
    let page = "<iframe src=\"https://app.example/frontchannel\"></iframe>";
    let server = Server::start([reply(200, &[("content-type", "text/html")], page)]).await;
    let outcome = server.client().end_session(None).send().await;
    let outcome = outcome.expect("a page is a result");
    assert_eq!(outcome, EndSessionOutcome::Page(page.to_owned()));
}

#[tokio::test]
async fn a_status_of_failure_is_a_refusal_by_the_server() {
    for status in [400, 404, 500] {
        let server = Server::start([json(status, r#"{"error": "invalid_request"}"#)]).await;
        let outcome = server.client().end_session(None).send().await;
        let Err(Error::Server(error)) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(error.status().as_u16(), status);
        assert_eq!(error.code(), Some(&ErrorCode::InvalidRequest));
    }
}
