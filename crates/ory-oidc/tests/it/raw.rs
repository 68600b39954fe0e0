//! What the generated crate promises, where a stock generator's output does not keep it.

use crate::support::{Act, Server, flood, html, http, json, reply};
use ory_oidc::raw::Configuration;
use ory_oidc::raw::apis::oidc_api::{self as api, RevokeOidcSessionParams};
use ory_oidc::raw::models::{
    ErrorOAuth2, GenericError, JsonWebKeySet, OAuth2Client, OidcConfiguration, OidcUserInfo,
};
use ory_oidc::raw::{Authorization, Error, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json as value};

fn configuration(server: &Server) -> Configuration {
    let builder = Configuration::builder(server.url()).http_client(http());
    builder.build().expect("loopback is permitted")
}

async fn read(act: Act, authorization: Authorization<'_>) -> (Answer, Server) {
    let server = Server::start([act]).await;
    let outcome = api::get_oidc_dynamic_client(&configuration(&server), authorization, "c").await;
    (outcome, server)
}

type Answer = Result<Response<OAuth2Client>, Error>;

// 1. Path parameters.

#[tokio::test]
async fn an_id_is_percent_encoded_as_a_segment_and_never_empty_or_a_dot() {
    let server = Server::start([json(200, "{}"), json(200, "{}"), reply(204, &[], "")]).await;
    let configuration = configuration(&server);
    let client = OAuth2Client::default();
    let none = Authorization::None;
    for id in ["", ".", "..", &"x".repeat(2049)] {
        let outcomes = [
            api::get_oidc_dynamic_client(&configuration, none, id)
                .await
                .map(drop),
            api::set_oidc_dynamic_client(&configuration, none, id, &client)
                .await
                .map(drop),
            api::delete_oidc_dynamic_client(&configuration, none, id)
                .await
                .map(drop),
        ];
        for outcome in outcomes {
            assert!(
                matches!(&outcome, Err(Error::Request(error)) if error.argument() == "id"),
                "{id:?}: {outcome:?}"
            );
        }
    }
    assert!(server.requests().is_empty());
    let id = "a b/ä?#%";
    let fine = "the server agrees";
    api::get_oidc_dynamic_client(&configuration, none, id)
        .await
        .expect(fine);
    api::set_oidc_dynamic_client(&configuration, none, id, &client)
        .await
        .expect(fine);
    api::delete_oidc_dynamic_client(&configuration, none, id)
        .await
        .expect(fine);
    let path = "/oauth2/register/a%20b%2F%C3%A4%3F%23%25";
    let expected = ["GET", "PUT", "DELETE"].map(|method| format!("{method} {path}"));
    assert_eq!(server.lines(), expected);
}

// 2. Evidence.

#[tokio::test]
async fn status_headers_and_bytes_are_kept_on_success() {
    let headers = [("x-request-id", "r1"), ("content-type", "text/odd; a=b")];
    let body = "{\"client_id\": \"c\"} \n";
    let (answer, _) = read(reply(203, &headers, body), Authorization::None).await;
    let answer = answer.expect("203 is a success");
    assert_eq!(answer.status().as_u16(), 203);
    assert_eq!(answer.headers()["x-request-id"], "r1");
    assert_eq!(answer.body(), body.as_bytes());
    assert_eq!(answer.media_type(), "text/odd");
    let decoded = answer.decode().expect("the body is JSON");
    assert_eq!(decoded.client_id.as_deref(), Some("c"));
}

#[tokio::test]
async fn status_headers_and_bytes_are_kept_on_failure() {
    let headers = [("x-request-id", "r1"), ("content-type", "text/html")];
    let (answer, _) = read(reply(418, &headers, "<p>"), Authorization::None).await;
    let Err(Error::Server(answer)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(answer.status().as_u16(), 418);
    assert_eq!(answer.headers()["x-request-id"], "r1");
    assert_eq!(answer.body(), "<p>".as_bytes());
    assert!(serde_json::from_slice::<ErrorOAuth2>(answer.body()).is_err());
}

#[tokio::test]
async fn the_status_decides_and_not_the_schema_that_fits() {
    let error = r#"{"error": "invalid_request"}"#;
    let (answer, _) = read(json(200, error), Authorization::None).await;
    assert!(answer.is_ok(), "{answer:?}");
    let client = r#"{"client_id": "c"}"#;
    for status in [300, 400, 401, 403, 404, 500] {
        let (answer, _) = read(json(status, client), Authorization::None).await;
        assert_eq!(
            answer.err().and_then(|error| error.status()),
            reqwest::StatusCode::from_u16(status).ok()
        );
    }
}

#[tokio::test]
async fn a_deletion_reads_its_error_in_either_form() {
    let body = r#"{"code": 403, "message": "no", "reason": "why", "request": "r1"}"#;
    let server = Server::start([json(403, body)]).await;
    let outcome =
        api::delete_oidc_dynamic_client(&configuration(&server), Authorization::None, "c").await;
    let Err(Error::Server(answer)) = outcome else {
        panic!("{outcome:?}");
    };
    let error: GenericError = serde_json::from_slice(answer.body()).expect("the body is an error");
    assert_eq!(error.code, Some(403));
    assert_eq!(error.reason.as_deref(), Some("why"));
}

// 3. Bodies.

#[tokio::test]
async fn a_body_over_the_limit_is_an_error_that_keeps_status_and_headers() {
    let mut server = Server::start([flood(200)]).await;
    let builder = Configuration::builder(server.url()).http_client(http());
    let configuration = builder.max_body_bytes(100).build();
    let configuration = configuration.expect("loopback is permitted");
    let outcome = api::discover_oidc_configuration(&configuration).await;
    let Err(Error::Decode(error)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(error.status().as_u16(), 200);
    assert!(error.problem().contains("100 bytes"), "{error}");
    assert_eq!(error.headers()["content-type"], "application/json");
    assert!(server.flooded().await < crate::support::FLOOD);
}

#[tokio::test]
async fn a_decode_error_says_where_and_keeps_the_body() {
    let body = r#"{"client_id": "c", "contacts": ["a", 4711]}"#;
    let (answer, _) = read(json(200, body), Authorization::None).await;
    let error = answer.expect("200 is a success").decode();
    let Err(Error::Decode(error)) = error else {
        panic!("a contact is a text: {error:?}");
    };
    assert_eq!(error.path(), Some("contacts[1]"));
    assert_eq!(error.status().as_u16(), 200);
    assert_eq!(error.media_type(), "application/json");
    assert_eq!(error.body(), body.as_bytes());
    assert!(
        error.problem().contains("expected a string"),
        "{}",
        error.problem()
    );
    assert!(!format!("{error} {error:?}").contains("4711"), "{error}");
}

// 4. Models.

/// What a document becomes when it is decoded and written again.
fn again<T: DeserializeOwned + Serialize>(document: &Value) -> Value {
    let model: T = serde_json::from_value(document.clone()).expect("the document fits");
    serde_json::to_value(model).expect("a model is JSON")
}

#[test]
fn members_that_are_not_described_survive() {
    let document = value!({
        "client_id": "c",
        "client_name#ja": "私のアプリ",
        "software_id": "4NRB1",
        "nothing": null,
        "empty": "",
        "none": {},
        "deep": {"a": [1, 2.5, {"b": null}], "big": 18_446_744_073_709_551_615_u64},
        "jwks": {"keys": [{"kty": "oct", "x5t#S256": "t"}], "more": true},
    });
    assert_eq!(again::<OAuth2Client>(&document), document);
    let claims =
        value!({"sub": "u", "address": {"country": "NL"}, "name#ja": "n", "_claim_names": {}});
    assert_eq!(again::<OidcUserInfo>(&claims), claims);
    let error = value!({"error": "no", "error_uri": "https://ory.example"});
    assert_eq!(again::<ErrorOAuth2>(&error), error);
    let keys = value!({"keys": [{"kty": "RSA", "oth": [{"r": "x"}]}]});
    assert_eq!(again::<JsonWebKeySet>(&keys), keys);
}

#[test]
fn null_an_empty_text_and_an_empty_object_are_absent() {
    for nothing in [value!(null), value!(""), value!({})] {
        let mut document = serde_json::Map::new();
        for name in OAuth2Client::MEMBERS {
            document.insert((*name).to_owned(), nothing.clone());
        }
        let client: OAuth2Client =
            serde_json::from_value(Value::Object(document)).expect("nothing fits everywhere");
        assert_eq!(client, OAuth2Client::default(), "{nothing}");
    }
    // An empty list and `false` and zero are something.
    let said = value!({"contacts": [], "skip_consent": false, "client_secret_expires_at": 0});
    assert_eq!(again::<OAuth2Client>(&said), said);
}

#[test]
fn a_boolean_may_come_as_a_text() {
    for (text, boolean) in [("true", true), ("false", false)] {
        let user: OidcUserInfo =
            serde_json::from_value(value!({"email_verified": text})).expect("the text is known");
        assert_eq!(user.email_verified, Some(boolean));
    }
    for other in [
        value!("yes"),
        value!("True"),
        value!(1),
        value!("true "),
        value!([]),
    ] {
        let outcome: Result<OidcUserInfo, _> =
            serde_json::from_value(value!({"email_verified": other}));
        assert!(outcome.is_err(), "{other}");
    }
}

// 6. Authorization.

#[tokio::test]
async fn authorization_is_an_argument_of_each_call() {
    let fine = || json(200, "{}");
    let server = Server::start([fine(), fine(), fine()]).await;
    let configuration = configuration(&server);
    for authorization in [
        Authorization::Bearer("one"),
        Authorization::Bearer("two"),
        Authorization::None,
    ] {
        let answer = api::get_oidc_user_info(&configuration, authorization).await;
        answer.expect("the server agrees");
    }
    let requests = server.requests();
    let sent: Vec<_> = requests
        .iter()
        .map(|request| request.header("authorization"))
        .collect();
    assert_eq!(sent, [Some("Bearer one"), Some("Bearer two"), None]);
}

#[tokio::test]
async fn client_secret_basic_encodes_id_and_secret_as_a_form_does() {
    for (client_id, client_secret, encoded) in [
        // a%3Ab:%C3%A4
        ("a:b", "ä", "Basic YSUzQWI6JUMzJUE0"),
        // a%2Bb:c%25d
        ("a+b", "c%d", "Basic YSUyQmI6YyUyNWQ="),
        // id+1:s%26%3D%2F
        ("id 1", "s&=/", "Basic aWQrMTpzJTI2JTNEJTJG"),
    ] {
        let authorization = Authorization::ClientSecretBasic {
            client_id,
            client_secret,
        };
        let (answer, server) = read(json(200, "{}"), authorization).await;
        answer.expect("the server agrees");
        let request = server.request();
        assert_eq!(request.header("authorization"), Some(encoded));
        assert_eq!(request.target, "/oauth2/register/c");
    }
}

#[tokio::test]
async fn client_secret_post_goes_into_the_query_and_into_no_header() {
    let authorization = Authorization::ClientSecretPost {
        client_secret: "a b+c&d=ä%",
    };
    let (answer, server) = read(json(200, "{}"), authorization).await;
    answer.expect("the server agrees");
    let request = server.request();
    assert_eq!(
        request.target,
        "/oauth2/register/c?client_secret=a+b%2Bc%26d%3D%C3%A4%25"
    );
    assert_eq!(request.header("authorization"), None);
}

#[tokio::test]
async fn a_token_that_cannot_be_one_is_refused_before_anything_is_sent() {
    for token in ["", "a b", "a\r\nx: y", "ä"] {
        let (answer, server) = read(json(200, "{}"), Authorization::Bearer(token)).await;
        assert!(matches!(answer, Err(Error::Request(_))), "{answer:?}");
        assert!(server.requests().is_empty());
    }
}

// 7. Logout and userinfo.

#[tokio::test]
async fn a_logout_sends_what_is_set_and_nothing_else() {
    let server = Server::start([html(200), html(200)]).await;
    let configuration = configuration(&server);
    let all = RevokeOidcSessionParams::default()
        .id_token_hint("a.b.c")
        .post_logout_redirect_uri("https://app.example/bye?a=b&c")
        .state("x y")
        .logout_hint("zoë@app.example")
        .client_id("c")
        .ui_locales("nl en");
    for params in [RevokeOidcSessionParams::default(), all] {
        let answer = api::revoke_oidc_session(&configuration, params).await;
        answer.expect("a page is a result");
    }
    assert_eq!(
        server.lines(),
        [
            "GET /oauth2/sessions/logout".to_owned(),
            [
                "GET /oauth2/sessions/logout?id_token_hint=a.b.c",
                "&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye%3Fa%3Db%26c",
                "&state=x+y&logout_hint=zo%C3%AB%40app.example&client_id=c&ui_locales=nl+en",
            ]
            .concat(),
        ]
    );
}

#[tokio::test]
async fn a_redirect_is_a_result_of_a_logout_and_of_nothing_else() {
    let redirect = || reply(302, &[("location", "/elsewhere")], "");
    let server = Server::start([redirect(), redirect()]).await;
    let configuration = configuration(&server);
    let params = RevokeOidcSessionParams::default();
    let answer = api::revoke_oidc_session(&configuration, params).await;
    let answer = answer.expect("302 is a result");
    assert_eq!(answer.headers()["location"], "/elsewhere");
    let answer = api::discover_oidc_configuration(&configuration).await;
    assert!(matches!(answer, Err(Error::Server(_))), "{answer:?}");
    assert_eq!(server.lines().len(), 2, "nothing was followed");
}

#[tokio::test]
async fn the_clients_own_http_client_follows_no_redirect() {
    let server = Server::start([reply(302, &[("location", "/elsewhere")], "")]).await;
    let configuration = Configuration::new(&server.url()).expect("the URL is fine");
    let answer = api::discover_oidc_configuration(&configuration).await;
    assert!(matches!(answer, Err(Error::Server(_))), "{answer:?}");
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn signed_userinfo_is_handed_over_as_it_came() {
    let act = reply(200, &[("content-type", "application/jwt")], "a.b.c");
    let server = Server::start([act]).await;
    let answer = api::get_oidc_user_info(&configuration(&server), Authorization::Bearer("t")).await;
    let answer = answer.expect("200 is a success");
    assert_eq!(answer.media_type(), "application/jwt");
    assert_eq!(answer.body(), "a.b.c".as_bytes());
    let request = server.request();
    let accepted = request.header("accept").unwrap_or_default();
    assert!(accepted.contains("application/json"), "{accepted}");
    assert!(accepted.contains("application/jwt"), "{accepted}");
}

// 8. What may be missing.

#[test]
fn provider_metadata_needs_only_what_every_release_sends() {
    let document = value!({
        "issuer": "https://ory.example", "jwks_uri": "j",
        "authorization_endpoint": "a", "token_endpoint": "t",
        "response_types_supported": [], "subject_types_supported": [],
        "id_token_signing_alg_values_supported": [],
    });
    assert_eq!(again::<OidcConfiguration>(&document), document);
    let members = document.as_object().expect("it is an object");
    for name in members.keys() {
        let mut less = members.clone();
        less.remove(name);
        let outcome: Result<OidcConfiguration, _> = serde_json::from_value(Value::Object(less));
        let error = outcome.expect_err(name).to_string();
        assert!(error.contains(name), "{error}");
    }
}
