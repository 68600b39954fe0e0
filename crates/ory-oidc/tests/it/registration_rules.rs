//! The rules of RFC 7591 (registration) and RFC 7592 (its management).

mod administrator;
mod management;
mod refusals;
mod rescue;
mod unexpected;

use crate::support::{Server, json, reply};
use ory_oidc::error::{ErrorCode, ErrorKind};
use ory_oidc::raw::models::JsonWebKeySet;
use ory_oidc::registration::RegistrationError;
use ory_oidc::registration::{
    ClientSecret, Difference, InitialAccessToken, RegistrationAccessToken,
};
use ory_oidc::{ClientMetadata, Error, Registration};
use serde_json::{Value, json as value};
use std::time::{Duration, UNIX_EPOCH};

/// Registers at a server that sends this reply.
async fn registered(reply: &Value) -> Result<Registration, Error> {
    let server = Server::start([json(201, reply.to_string())]).await;
    server.client().register(&ClientMetadata::default()).await
}

/// Returns the body of the request that registers this metadata.
async fn sent(wanted: &ClientMetadata) -> Value {
    let server = Server::start([json(201, r#"{"client_id": "c"}"#)]).await;
    let outcome = server.client().register(wanted).await;
    outcome.expect("the server accepts the request");
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
    outcome.expect("the server accepts the request");
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
async fn initial_access_token_is_sent_only_as_a_bearer_token() {
    let server = Server::start([
        json(201, r#"{"client_id": "c"}"#),
        json(201, r#"{"client_id": "c"}"#),
    ])
    .await;
    let (client, wanted) = (server.client(), ClientMetadata::default());
    let token = InitialAccessToken::new("hush");
    let outcome = client.register(&wanted).initial_access_token(&token).await;
    outcome.expect("the server accepts the request");
    let outcome = client.register(&wanted).await;
    outcome.expect("the server accepts the request");
    let requests = server.requests();
    assert_eq!(requests[0].header("authorization"), Some("Bearer hush"));
    assert_eq!(requests[0].target, "/oauth2/register");
    assert_eq!(requests[0].json(), value!({}));
    assert_eq!(requests[1].header("authorization"), None);
}

#[tokio::test]
async fn status_200_is_accepted_for_a_registration() {
    let server = Server::start([json(200, r#"{"client_id": "c"}"#)]).await;
    let registration = server.client().register(&ClientMetadata::default()).await;
    let registration = registration.expect("200 is a success");
    assert_eq!(registration.client_id(), "c");
}

#[tokio::test]
async fn reply_without_client_id_is_an_error() {
    for reply in [
        value!({}),
        value!({"client_id": null}),
        value!({"client_id": ""}),
    ] {
        let error = registered(&reply)
            .await
            .expect_err("the reply has no client_id");
        assert!(
            matches!(
                error.validation(),
                Some(RegistrationError::ClientIdMissing { .. })
            ),
            "{error:?}"
        );
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn unusable_reply_leaves_the_outcome_unknown() {
    let error = registered(&value!({"client_secret": "hush"})).await;
    let error = error.expect_err("the reply names no client");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
}

#[tokio::test]
async fn zero_means_that_the_secret_never_expires() {
    for (expires_at, expires) in [
        (value!(0), None),
        (value!(null), None),
        (
            value!(1_893_456_000),
            Some(UNIX_EPOCH + Duration::from_secs(1_893_456_000)),
        ),
    ] {
        let reply = value!({
            "client_id": "c", "client_secret": "s", "client_secret_expires_at": expires_at,
        });
        let registration = registered(&reply).await.expect("the reply is valid");
        assert_eq!(
            registration.client_secret_expires_at(),
            expires,
            "{expires_at}"
        );
    }
    let registration = registered(&value!({"client_id": "c"})).await;
    let registration = registration.expect("the reply is valid");
    assert_eq!(registration.client_secret_expires_at(), None);
}

#[tokio::test]
async fn registration_holds_the_granted_metadata_and_not_the_requested() {
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
    let registration = registration.expect("the reply is valid");
    assert_eq!(registration.client_id(), "c");
    assert_eq!(
        registration.client_id_issued_at(),
        Some(UNIX_EPOCH + Duration::from_secs(7))
    );
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
async fn error_codes_of_a_registration_are_distinguished_and_unknown_ones_are_kept() {
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
async fn jwks_with_jwks_uri_is_refused_before_sending() {
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
async fn language_tagged_and_undescribed_members_are_sent_and_returned() {
    let members = value!({
        "client_name": "My app", "client_name#ja": "私のアプリ", "client_name#de-CH": "Mis App",
        "software_id": "4NRB1", "x_numbers": [1, 2.5],
    });
    let mut wanted = ClientMetadata::default();
    for (name, value) in members.as_object().expect("the value is an object") {
        wanted.set_member(name, value.clone());
    }
    assert_eq!(sent(&wanted).await, members);
    let mut reply = members.clone();
    reply["client_id"] = value!("c");
    let registration = registered(&reply).await.expect("the reply is valid");
    let granted = serde_json::to_value(registration.granted()).expect("a model serializes as JSON");
    assert_eq!(granted, members);
    assert_eq!(registration.differences(&wanted), []);
}

#[tokio::test]
async fn last_value_of_a_member_is_sent_once() {
    let by_method = ClientMetadata::default()
        .member("client_name", "first")
        .client_name("last");
    let by_name = ClientMetadata::default()
        .client_name("first")
        .member("client_name", "last");
    for wanted in [by_method, by_name] {
        let server = Server::start([json(201, r#"{"client_id": "c"}"#)]).await;
        let outcome = server.client().register(&wanted).await;
        outcome.expect("the server accepts the request");
        let body = String::from_utf8(server.request().body).expect("JSON is UTF-8");
        assert_eq!(body, r#"{"client_name":"last"}"#);
    }
}

#[tokio::test]
async fn removed_member_is_not_sent_however_it_was_set() {
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
async fn location_header_of_a_registration_is_ignored() {
    let headers = [("location", "/admin/clients/c")];
    let server = Server::start([reply(201, &headers, r#"{"client_id": "c"}"#)]).await;
    let registration = server.client().register(&ClientMetadata::default()).await;
    registration.expect("the reply is valid");
    assert_eq!(server.lines(), ["POST /oauth2/register"]);
}
