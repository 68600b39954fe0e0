//! The rules of RFC 7591 (registration) and RFC 7592 (its management).

mod management;

use crate::support::{Server, json, reply};
use ory_oidc::error::{ErrorCode, ErrorKind};
use ory_oidc::raw::models::JsonWebKeySet;
use ory_oidc::registration::RegistrationError;
use ory_oidc::registration::{
    ClientSecret, Difference, InitialAccessToken, RegistrationAccessToken,
};
use ory_oidc::{ClientMetadata, Error, Registration};
use std::time::{Duration, UNIX_EPOCH};
use serde_json::{Value, json as value};

/// Registers at a server that replies with this.
async fn registered(reply: &Value) -> Result<Registration, Error> {
    let server = Server::start([json(201, reply.to_string())]).await;
    server.client().register(&ClientMetadata::default()).await
}

/// What arrives when this is registered.
async fn sent(wanted: &ClientMetadata) -> Value {
    let server = Server::start([json(201, r#"{"client_id": "c"}"#)]).await;
    let outcome = server.client().register(wanted).await;
    outcome.expect("the server agrees");
    server.request().json()
}

#[tokio::test]
async fn metadata_is_sent_as_json() {
    let server = Server::start([json(201, r#"{"client_id": "c"}"#)]).await;
    let wanted = ClientMetadata::new(["https://app.example/callback"])
        .client_name("Zoë's App ☕")
        .scope(["openid", "email"])
        .backchannel_logout_session_required(true);
    let outcome = server.client().register(&wanted).await;
    outcome.expect("the server agrees");
    let request = server.request();
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(
        request.json(),
        value!({
            "redirect_uris": ["https://app.example/callback"],
            "client_name": "Zoë's App ☕",
            "scope": "openid email",
            "backchannel_logout_session_required": true,
        })
    );
}

#[tokio::test]
async fn an_initial_access_token_travels_as_bearer_and_in_no_other_way() {
    let server = Server::start([
        json(201, r#"{"client_id": "c"}"#),
        json(201, r#"{"client_id": "c"}"#),
    ])
    .await;
    let (client, wanted) = (server.client(), ClientMetadata::default());
    let token = InitialAccessToken::new("hush");
    let outcome = client.register(&wanted).initial_access_token(&token).await;
    outcome.expect("the server agrees");
    let outcome = client.register(&wanted).await;
    outcome.expect("the server agrees");
    let requests = server.requests();
    assert_eq!(requests[0].header("authorization"), Some("Bearer hush"));
    assert_eq!(requests[0].target, "/oauth2/register");
    assert_eq!(requests[0].json(), value!({}));
    assert_eq!(requests[1].header("authorization"), None);
}

#[tokio::test]
async fn a_status_of_200_is_tolerated_for_a_registration() {
    let server = Server::start([json(200, r#"{"client_id": "c"}"#)]).await;
    let registration = server.client().register(&ClientMetadata::default()).await;
    let registration = registration.expect("200 is a success");
    assert_eq!(registration.client_id(), "c");
}

#[tokio::test]
async fn a_reply_without_client_id_is_an_error() {
    for reply in [
        value!({}),
        value!({"client_id": null}),
        value!({"client_id": ""}),
    ] {
        let error = registered(&reply).await.expect_err("nobody was registered");
        assert!(
            matches!(error.validation(), Some(RegistrationError::ClientIdMissing)),
            "{error:?}"
        );
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_reply_that_is_not_used_leaves_the_outcome_unknown() {
    let error = registered(&value!({"client_secret": "hush"})).await;
    let error = error.expect_err("the reply names no client");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
}

#[tokio::test]
async fn zero_means_the_secret_never_expires() {
    for (said, expires) in [
        (value!(0), None),
        (value!(null), None),
        (
            value!(1_893_456_000),
            Some(UNIX_EPOCH + Duration::from_secs(1_893_456_000)),
        ),
    ] {
        let reply =
            value!({"client_id": "c", "client_secret": "s", "client_secret_expires_at": said});
        let registration = registered(&reply).await.expect("the reply is fine");
        assert_eq!(registration.client_secret_expires_at(), expires, "{said}");
    }
    let registration = registered(&value!({"client_id": "c"})).await;
    let registration = registration.expect("the reply is fine");
    assert_eq!(registration.client_secret_expires_at(), None);
}

#[tokio::test]
async fn the_caller_sees_what_was_granted_and_not_what_was_asked_for() {
    let reply = value!({
        "client_id": "c", "client_secret": "s", "client_id_issued_at": 7,
        "registration_access_token": "t",
        "registration_client_uri": "https://ory.example/oauth2/register/c",
        "client_name": "granted", "scope": "openid",
    });
    let server = Server::start([json(201, reply.to_string())]).await;
    let wanted = ClientMetadata::default()
        .client_name("asked")
        .scope(["openid", "email"])
        .owner("me");
    let registration = server.client().register(&wanted).await;
    let registration = registration.expect("the reply is fine");
    assert_eq!(registration.client_id(), "c");
    assert_eq!(registration.client_id_issued_at(), Some(UNIX_EPOCH + Duration::from_secs(7)));
    let secret = registration.client_secret().map(ClientSecret::expose);
    assert_eq!(secret, Some("s"));
    let token = registration.registration_access_token();
    assert_eq!(token.map(RegistrationAccessToken::expose), Some("t"));
    let uri = registration.registration_client_uri();
    assert_eq!(uri, Some("https://ory.example/oauth2/register/c"));
    let granted = registration.granted();
    assert_eq!(granted.client_name.as_deref(), Some("granted"));
    assert_eq!(granted.scope.as_deref(), Some("openid"));
    assert_eq!(granted.owner, None);
    let differences = registration.differences(&wanted);
    let differences: Vec<_> = differences.iter().map(Difference::member).collect();
    assert_eq!(differences, ["client_name", "owner", "scope"]);
}

#[tokio::test]
async fn the_codes_of_a_refused_registration_are_told_apart_and_others_are_kept() {
    for (code, expected) in [
        ("invalid_redirect_uri", ErrorCode::InvalidRedirectUri),
        ("invalid_client_metadata", ErrorCode::InvalidClientMetadata),
        (
            "invalid_software_statement",
            ErrorCode::InvalidSoftwareStatement,
        ),
        (
            "unapproved_software_statement",
            ErrorCode::UnapprovedSoftwareStatement,
        ),
        (
            "x_tenant_full",
            ErrorCode::Other("x_tenant_full".to_owned()),
        ),
    ] {
        let body = value!({"error": code, "error_description": "why"});
        let server = Server::start([json(400, body.to_string())]).await;
        let outcome = server.client().register(&ClientMetadata::default()).await;
        let Err(Error::Server(error)) = outcome else {
            panic!("{code}: {outcome:?}");
        };
        assert_eq!(error.status().as_u16(), 400);
        assert_eq!(error.code(), Some(&expected));
        assert_eq!(expected.as_str(), code);
        assert_eq!(error.description(), Some("why"));
    }
}

#[tokio::test]
async fn jwks_beside_jwks_uri_is_refused_before_anything_is_sent() {
    let keys = || value!({"keys": []});
    let uri = "https://app.example/jwks";
    for wanted in [
        ClientMetadata::default()
            .jwks(JsonWebKeySet::default())
            .jwks_uri(uri),
        ClientMetadata::default()
            .member("jwks", keys())
            .jwks_uri(uri),
        ClientMetadata::default()
            .member("jwks", keys())
            .member("jwks_uri", uri),
    ] {
        let server = Server::start([json(201, r#"{"client_id": "c"}"#)]).await;
        let outcome = server.client().register(&wanted).await;
        assert!(matches!(outcome, Err(Error::Request(_))), "{outcome:?}");
        assert!(server.requests().is_empty());
    }
}

#[tokio::test]
async fn members_in_a_language_and_of_other_standards_are_sent_and_come_back() {
    let members = value!({
        "client_name": "My app", "client_name#ja": "私のアプリ", "client_name#de-CH": "Mis App",
        "software_id": "4NRB1", "x_numbers": [1, 2.5],
    });
    let mut wanted = ClientMetadata::default();
    for (name, value) in members.as_object().expect("it is an object") {
        wanted.set_member(name, value.clone());
    }
    assert_eq!(sent(&wanted).await, members);
    let mut reply = members.clone();
    reply["client_id"] = value!("c");
    let registration = registered(&reply).await.expect("the reply is fine");
    let granted = serde_json::to_value(registration.granted()).expect("a model is JSON");
    assert_eq!(granted, members);
    assert_eq!(registration.differences(&wanted), []);
}

#[tokio::test]
async fn the_last_value_of_a_member_is_sent_and_only_once() {
    let by_method = ClientMetadata::default()
        .member("client_name", "first")
        .client_name("last");
    let by_name = ClientMetadata::default()
        .client_name("first")
        .member("client_name", "last");
    for wanted in [by_method, by_name] {
        let server = Server::start([json(201, r#"{"client_id": "c"}"#)]).await;
        let outcome = server.client().register(&wanted).await;
        outcome.expect("the server agrees");
        let body = String::from_utf8(server.request().body).expect("JSON is UTF-8");
        assert_eq!(body, r#"{"client_name":"last"}"#);
    }
}

#[tokio::test]
async fn a_removed_member_is_not_sent_whichever_way_it_was_set() {
    for mut wanted in [
        ClientMetadata::default().client_name("a"),
        ClientMetadata::default().member("client_name", "a"),
    ] {
        let mut other = wanted.clone();
        wanted.remove_client_name();
        assert_eq!(sent(&wanted).await, value!({}));
        other.remove_member("client_name");
        assert_eq!(sent(&other).await, value!({}));
    }
}

#[tokio::test]
async fn what_only_the_server_sets_is_never_sent() {
    let mut wanted = ClientMetadata::default();
    for name in [
        "client_id",
        "client_secret",
        "client_secret_expires_at",
        "client_id_issued_at",
        "registration_access_token",
        "registration_client_uri",
        "metadata",
        "skip_consent",
        "skip_logout_consent",
        "created_at",
        "updated_at",
    ] {
        wanted.set_member(name, "mine");
    }
    assert_eq!(sent(&wanted).await, value!({}));
}

#[tokio::test]
async fn the_location_of_a_registration_is_never_followed() {
    let headers = [("location", "/admin/clients/c")];
    let server = Server::start([reply(201, &headers, r#"{"client_id": "c"}"#)]).await;
    let registration = server.client().register(&ClientMetadata::default()).await;
    registration.expect("the reply is fine");
    assert_eq!(server.lines(), ["POST /oauth2/register"]);
}
