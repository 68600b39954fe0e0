//! The guarantees of the generated crate that a stock generator does not give.

use crate::support::{Action, Server, flood, html, http, json, reply};
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

async fn read(action: Action, authorization: Authorization<'_>) -> (Outcome, Server) {
    let server = Server::start([action]).await;
    let outcome = api::get_oidc_dynamic_client(&configuration(&server), authorization, "c").await;
    (outcome, server)
}

type Outcome = Result<Response<OAuth2Client>, Error>;

// Path parameters.

#[tokio::test]
async fn client_id_is_percent_encoded_as_one_segment_and_must_not_be_empty_or_a_dot_segment() {
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
    let accepted = "the server accepts the request";
    api::get_oidc_dynamic_client(&configuration, none, id)
        .await
        .expect(accepted);
    api::set_oidc_dynamic_client(&configuration, none, id, &client)
        .await
        .expect(accepted);
    api::delete_oidc_dynamic_client(&configuration, none, id)
        .await
        .expect(accepted);
    let path = "/oauth2/register/a%20b%2F%C3%A4%3F%23%25";
    let expected = ["GET", "PUT", "DELETE"].map(|method| format!("{method} {path}"));
    assert_eq!(server.lines(), expected);
}

// Status, headers and body.

#[tokio::test]
async fn status_headers_and_body_are_kept_on_success() {
    let headers = [("x-request-id", "r1"), ("content-type", "text/odd; a=b")];
    let body = "{\"client_id\": \"c\"} \n";
    let (response, _) = read(reply(203, &headers, body), Authorization::None).await;
    let response = response.expect("203 is a success");
    assert_eq!(response.status().as_u16(), 203);
    assert_eq!(response.headers()["x-request-id"], "r1");
    assert_eq!(response.body(), body.as_bytes());
    assert_eq!(response.media_type(), "text/odd");
    let decoded = response.decode().expect("the body is JSON");
    assert_eq!(decoded.client_id.as_deref(), Some("c"));
}

#[tokio::test]
async fn status_headers_and_body_are_kept_on_failure() {
    let headers = [("x-request-id", "r1"), ("content-type", "text/html")];
    let (response, _) = read(reply(418, &headers, "<p>"), Authorization::None).await;
    let Err(Error::Server(response)) = response else {
        panic!("{response:?}");
    };
    assert_eq!(response.status().as_u16(), 418);
    assert_eq!(response.headers()["x-request-id"], "r1");
    assert_eq!(response.body(), "<p>".as_bytes());
    assert!(serde_json::from_slice::<ErrorOAuth2>(response.body()).is_err());
}

#[tokio::test]
async fn status_alone_decides_between_success_and_error() {
    let error = r#"{"error": "invalid_request"}"#;
    let (response, _) = read(json(200, error), Authorization::None).await;
    assert!(response.is_ok(), "{response:?}");
    let client = r#"{"client_id": "c"}"#;
    for status in [300, 400, 401, 403, 404, 500] {
        let (response, _) = read(json(status, client), Authorization::None).await;
        assert_eq!(
            response.err().and_then(|error| error.status()),
            reqwest::StatusCode::from_u16(status).ok()
        );
    }
}

#[tokio::test]
async fn error_body_of_a_deletion_decodes_as_generic_error() {
    let body = r#"{"code": 403, "message": "no", "reason": "why", "request": "r1"}"#;
    let server = Server::start([json(403, body)]).await;
    let outcome =
        api::delete_oidc_dynamic_client(&configuration(&server), Authorization::None, "c").await;
    let Err(Error::Server(response)) = outcome else {
        panic!("{outcome:?}");
    };
    let error: GenericError =
        serde_json::from_slice(response.body()).expect("the body is an error");
    assert_eq!(error.code, Some(403));
    assert_eq!(error.reason.as_deref(), Some("why"));
}

// Bodies that cannot be used.

#[tokio::test]
async fn body_over_the_limit_is_a_decode_error_with_status_and_headers() {
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
async fn decode_error_names_the_path_and_keeps_the_body() {
    let body = r#"{"issuer": "i", "jwks_uri": [4711]}"#;
    let server = Server::start([json(200, body)]).await;
    let response = api::discover_oidc_configuration(&configuration(&server)).await;
    let error = response.expect("200 is a success").decode();
    let Err(Error::Decode(error)) = error else {
        panic!("decoding a list as jwks_uri must fail: {error:?}");
    };
    assert_eq!(error.path(), Some("jwks_uri"));
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

// Models.

/// Decodes a document and serializes it again.
fn round_trip<T: DeserializeOwned + Serialize>(document: &Value) -> Value {
    let model: T = serde_json::from_value(document.clone()).expect("the document fits the model");
    serde_json::to_value(model).expect("a model serializes as JSON")
}

#[test]
fn undescribed_members_are_kept() {
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
    assert_eq!(round_trip::<OAuth2Client>(&document), document);
    let claims =
        value!({"sub": "u", "address": {"country": "NL"}, "name#ja": "n", "_claim_names": {}});
    assert_eq!(round_trip::<OidcUserInfo>(&claims), claims);
    let error = value!({"error": "no", "error_uri": "https://ory.example"});
    assert_eq!(round_trip::<ErrorOAuth2>(&error), error);
    let keys = value!({"keys": [{"kty": "RSA", "oth": [{"r": "x"}]}]});
    assert_eq!(round_trip::<JsonWebKeySet>(&keys), keys);
}

#[test]
fn null_an_empty_text_and_an_empty_object_mean_absent() {
    for absent in [value!(null), value!(""), value!({})] {
        let mut document = serde_json::Map::new();
        for name in OAuth2Client::MEMBERS {
            document.insert((*name).to_owned(), absent.clone());
        }
        let client: OAuth2Client =
            serde_json::from_value(Value::Object(document)).expect("every member may be absent");
        assert_eq!(client, OAuth2Client::default(), "{absent}");
    }
    // An empty list, `false` and zero are values.
    let present = value!({"contacts": [], "skip_consent": false, "client_secret_expires_at": 0});
    assert_eq!(round_trip::<OAuth2Client>(&present), present);
}

#[test]
fn boolean_is_decoded_from_the_texts_true_and_false() {
    for (text, boolean) in [("true", true), ("false", false)] {
        let user: OidcUserInfo = serde_json::from_value(value!({"email_verified": text}))
            .expect("the text is a boolean");
        assert_eq!(user.email_verified, Some(boolean));
    }
    for other in [
        value!("yes"),
        value!("True"),
        value!(1),
        value!("true "),
        value!([]),
    ] {
        let document = value!({"email_verified": other});
        let user: OidcUserInfo =
            serde_json::from_value(document.clone()).expect("no member is required");
        assert_eq!(user.email_verified, None, "{other}");
        assert_eq!(user.unexpected_members(), ["email_verified"], "{other}");
        assert_eq!(round_trip::<OidcUserInfo>(&document), document);
    }
}

// Authorization.

#[tokio::test]
async fn authorization_is_set_for_each_call() {
    let success = || json(200, "{}");
    let server = Server::start([success(), success(), success()]).await;
    let configuration = configuration(&server);
    for authorization in [
        Authorization::Bearer("one"),
        Authorization::Bearer("two"),
        Authorization::None,
    ] {
        let response = api::get_oidc_user_info(&configuration, authorization).await;
        response.expect("the server accepts the request");
    }
    let requests = server.requests();
    let sent: Vec<_> = requests
        .iter()
        .map(|request| request.header("authorization"))
        .collect();
    assert_eq!(sent, [Some("Bearer one"), Some("Bearer two"), None]);
}

#[tokio::test]
async fn client_secret_basic_form_encodes_id_and_secret() {
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
        let (response, server) = read(json(200, "{}"), authorization).await;
        response.expect("the server accepts the request");
        let request = server.request();
        assert_eq!(request.header("authorization"), Some(encoded));
        assert_eq!(request.target, "/oauth2/register/c");
    }
}

#[tokio::test]
async fn client_secret_post_sends_the_secret_in_the_query_only() {
    let authorization = Authorization::ClientSecretPost {
        client_secret: "a b+c&d=ä%",
    };
    let (response, server) = read(json(200, "{}"), authorization).await;
    response.expect("the server accepts the request");
    let request = server.request();
    assert_eq!(
        request.target,
        "/oauth2/register/c?client_secret=a+b%2Bc%26d%3D%C3%A4%25"
    );
    assert_eq!(request.header("authorization"), None);
}

#[tokio::test]
async fn invalid_token_is_refused_before_sending() {
    for token in ["", "a b", "a\r\nx: y", "ä"] {
        let (response, server) = read(json(200, "{}"), Authorization::Bearer(token)).await;
        assert!(matches!(response, Err(Error::Request(_))), "{response:?}");
        assert!(server.requests().is_empty());
    }
}

// Logout and userinfo.

#[tokio::test]
async fn logout_sends_only_the_parameters_that_are_set() {
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
        let response = api::revoke_oidc_session(&configuration, params).await;
        response.expect("a page is a successful response");
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
async fn redirect_is_a_success_for_logout_only() {
    let redirect = || reply(302, &[("location", "/elsewhere")], "");
    let server = Server::start([redirect(), redirect()]).await;
    let configuration = configuration(&server);
    let params = RevokeOidcSessionParams::default();
    let response = api::revoke_oidc_session(&configuration, params).await;
    let response = response.expect("302 is a successful response to a logout");
    assert_eq!(response.headers()["location"], "/elsewhere");
    let response = api::discover_oidc_configuration(&configuration).await;
    assert!(matches!(response, Err(Error::Server(_))), "{response:?}");
    assert_eq!(server.lines().len(), 2, "a redirect was followed");
}

#[tokio::test]
async fn default_http_client_does_not_follow_redirects() {
    let server = Server::start([reply(302, &[("location", "/elsewhere")], "")]).await;
    let configuration = Configuration::new(&server.url()).expect("the URL is valid");
    let response = api::discover_oidc_configuration(&configuration).await;
    assert!(matches!(response, Err(Error::Server(_))), "{response:?}");
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn signed_userinfo_is_returned_unchanged() {
    let action = reply(200, &[("content-type", "application/jwt")], "a.b.c");
    let server = Server::start([action]).await;
    let response =
        api::get_oidc_user_info(&configuration(&server), Authorization::Bearer("t")).await;
    let response = response.expect("200 is a success");
    assert_eq!(response.media_type(), "application/jwt");
    assert_eq!(response.body(), "a.b.c".as_bytes());
    let request = server.request();
    let accepted = request.header("accept").unwrap_or_default();
    assert!(accepted.contains("application/json"), "{accepted}");
    assert!(accepted.contains("application/jwt"), "{accepted}");
}

// Required members.

#[test]
fn provider_metadata_requires_only_issuer_and_keys() {
    let document = value!({"issuer": "https://ory.example", "jwks_uri": "j"});
    assert_eq!(round_trip::<OidcConfiguration>(&document), document);
    let members = document.as_object().expect("the value is an object");
    for name in members.keys() {
        let mut less = members.clone();
        less.remove(name);
        let outcome: Result<OidcConfiguration, _> = serde_json::from_value(Value::Object(less));
        let error = outcome.expect_err(name).to_string();
        assert!(error.contains(name), "{error}");
    }
}
