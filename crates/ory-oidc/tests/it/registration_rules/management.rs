//! The rules of RFC 7592: reading, updating and deleting a registration.

use crate::support::{Action, Server, TOKEN, call, http, json, registration, reply, validation};
use ory_oidc::error::ErrorKind;
use ory_oidc::operation;
use ory_oidc::registration::RegistrationError;
use ory_oidc::registration::{ClientSecret, RegistrationAccessToken, RegistrationAuthorization};
use ory_oidc::{Client, ClientMetadata, Error, Registration};
use serde_json::{Value, json as value};

pub(super) const SUCCESS: &str = "the server accepts the request";

/// Returns a response about the client `c`, unless the members name another.
pub(super) fn ok(members: &Value) -> Action {
    let mut body = value!({"client_id": "c"});
    let members = members.as_object().expect("the members are an object");
    for (name, value) in members {
        body[name] = value.clone();
    }
    json(200, body.to_string())
}

/// Registers a client and returns its registration with these granted members.
pub(super) async fn known(members: Value) -> Registration {
    let mut reply = members;
    reply["client_id"] = value!("c");
    reply["registration_access_token"] = value!(TOKEN);
    let server = Server::start([json(201, reply.to_string())]).await;
    let outcome = server.client().register(&ClientMetadata::default()).await;
    outcome.expect(SUCCESS)
}

pub(super) fn token(registration: &Registration) -> Option<&str> {
    let token = registration.registration_access_token();
    token.map(RegistrationAccessToken::expose)
}

pub(super) fn secret(registration: &Registration) -> Option<&str> {
    registration.client_secret().map(ClientSecret::expose)
}

pub(super) fn rename(metadata: &mut ClientMetadata) {
    metadata.set_client_name("Renamed");
}

#[tokio::test]
async fn registration_is_managed_with_its_access_token() {
    let empty = || ok(&value!({}));
    let server = Server::start([empty(), empty(), empty(), reply(204, &[], "")]).await;
    let client = server.client();
    for operation in [
        operation::READ_REGISTRATION,
        operation::UPDATE_REGISTRATION,
        operation::DELETE_REGISTRATION,
    ] {
        let outcome = call(&client, operation, &mut registration("c")).await;
        outcome.expect(SUCCESS);
    }
    let lines = ["GET", "GET", "PUT", "DELETE"].map(|m| format!("{m} /oauth2/register/c"));
    assert_eq!(server.lines(), lines);
    for request in server.requests() {
        let bearer = format!("Bearer {TOKEN}");
        assert_eq!(request.header("authorization"), Some(bearer.as_str()));
    }
}

#[tokio::test]
async fn update_sends_client_id_and_all_metadata_without_credentials() {
    let read = value!({
        "client_id": "c", "client_secret": "hush", "client_secret_expires_at": 7,
        "client_id_issued_at": 7, "registration_access_token": "hush-2",
        "registration_client_uri": "https://ory.example/c", "created_at": "t", "updated_at": "t",
        "metadata": {}, "skip_consent": false, "skip_logout_consent": null,
        "client_name": "My app", "redirect_uris": ["https://app.example/cb"], "contacts": [],
        "frontchannel_logout_session_required": false,
        "client_name#ja": "私のアプリ", "software_id": "4NRB1", "x_deep": {"a": [null]},
        "policy_uri": "", "jwks": {},
    });
    let server = Server::start([ok(&read), ok(&value!({}))]).await;
    let mut registration = registration("c");
    let outcome = server
        .client()
        .update_registration(&mut registration, rename)
        .await;
    outcome.expect(SUCCESS);
    let put = &server.requests()[1];
    assert_eq!(put.header("content-type"), Some("application/json"));
    assert_eq!(
        put.json(),
        value!({
            "client_id": "c", "client_name": "Renamed",
            "redirect_uris": ["https://app.example/cb"], "contacts": [],
            "frontchannel_logout_session_required": false,
            "client_name#ja": "私のアプリ", "software_id": "4NRB1", "x_deep": {"a": [null]},
        })
    );
}

#[tokio::test]
async fn update_omits_only_removed_members() {
    let read = value!({"client_name": "a", "owner": "b", "software_id": "c"});
    let server = Server::start([ok(&read), ok(&value!({}))]).await;
    let change = |metadata: &mut ClientMetadata| {
        metadata.remove_owner();
        metadata.remove_member("software_id");
    };
    let mut registration = registration("c");
    let outcome = server
        .client()
        .update_registration(&mut registration, change)
        .await;
    outcome.expect(SUCCESS);
    let put = server.requests()[1].json();
    assert_eq!(put, value!({"client_id": "c", "client_name": "a"}));
}

#[tokio::test]
async fn new_token_and_secret_replace_the_old_ones_immediately() {
    let server = Server::start([
        ok(&value!({"registration_access_token": "t2", "client_secret": "s2"})),
        ok(&value!({"registration_access_token": "t3", "client_secret": "s3"})),
        ok(&value!({})),
    ])
    .await;
    let client = server.client();
    let mut registration = registration("c").with_client_secret("s1".into());
    let outcome = client.update_registration(&mut registration, rename).await;
    outcome.expect(SUCCESS);
    assert_eq!(token(&registration), Some("t3"));
    assert_eq!(secret(&registration), Some("s3"));
    let outcome = client.read_registration(&mut registration).await;
    outcome.expect(SUCCESS);
    let requests = server.requests();
    let sent: Vec<_> = requests
        .iter()
        .map(|request| request.header("authorization"))
        .collect();
    let first = format!("Bearer {TOKEN}");
    assert_eq!(
        sent,
        [Some(first.as_str()), Some("Bearer t2"), Some("Bearer t3")]
    );
}

#[tokio::test]
async fn absent_token_or_secret_keeps_the_stored_one() {
    for absent in [
        value!({}),
        value!({"registration_access_token": null, "client_secret": null}),
        value!({"registration_access_token": "", "client_secret": ""}),
    ] {
        let server = Server::start([ok(&absent), ok(&absent)]).await;
        let mut registration = registration("c").with_client_secret("s1".into());
        let outcome = server
            .client()
            .update_registration(&mut registration, rename)
            .await;
        outcome.expect(SUCCESS);
        assert_eq!(token(&registration), Some(TOKEN));
        assert_eq!(secret(&registration), Some("s1"));
    }
}

#[tokio::test]
async fn changed_client_id_is_an_error_and_changes_nothing() {
    let other = value!({
        "client_id": "other", "client_name": "other", "client_secret": "other",
        "registration_access_token": "other", "registration_client_uri": "other",
    });
    for (operation, actions) in [
        (operation::READ_REGISTRATION, vec![ok(&other)]),
        (
            operation::UPDATE_REGISTRATION,
            vec![ok(&value!({"client_id": "c"})), ok(&other)],
        ),
    ] {
        let server = Server::start(actions).await;
        let mut registration = registration("c");
        let before = registration.clone();
        let outcome = call(&server.client(), operation, &mut registration).await;
        assert!(
            matches!(
                validation(&outcome),
                Some(RegistrationError::ClientIdChanged { .. })
            ),
            "{outcome:?}"
        );
        assert_eq!(registration, before, "{operation}");
    }
}

#[tokio::test]
async fn update_with_an_unusable_reply_leaves_the_outcome_unknown() {
    let server = Server::start([ok(&value!({})), ok(&value!({"client_id": "other"}))]).await;
    let outcome = server
        .client()
        .update_registration(&mut registration("c"), rename)
        .await;
    let error = outcome.expect_err("the reply is about another client");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn status_204_confirms_a_deletion() {
    let server = Server::start([reply(204, &[], "")]).await;
    let outcome = server
        .client()
        .delete_registration(&registration("c"))
        .await;
    outcome.expect("204 is a success");
    assert_eq!(server.lines(), ["DELETE /oauth2/register/c"]);
    assert!(server.request().body.is_empty());
}

#[tokio::test]
async fn update_is_sent_once() {
    for action in [
        || Action::Close,
        || json(429, "{}"),
        || json(500, "{}"),
        || reply(503, &[("retry-after", "0")], ""),
    ] {
        // The read leaves its connection open, so the update reuses it.
        let server = Server::start([ok(&value!({})), action(), action(), action()]).await;
        let mut registration = registration("c");
        let outcome = server
            .client()
            .update_registration(&mut registration, rename)
            .await;
        assert!(outcome.is_err());
        let lines = ["GET /oauth2/register/c", "PUT /oauth2/register/c"];
        assert_eq!(server.lines(), lines);
    }
}

#[tokio::test]
async fn failed_update_keeps_the_values_of_its_read() {
    let read = value!({"client_id": "c", "client_name": "stored", "client_secret": "s2"});
    let refusal = json(400, r#"{"error": "invalid_redirect_uri"}"#);
    let server = Server::start([ok(&read), refusal]).await;
    let mut registration = registration("c").with_client_secret("s1".into());
    let outcome = server
        .client()
        .update_registration(&mut registration, rename)
        .await;
    assert!(outcome.is_err());
    assert_eq!(token(&registration), Some(TOKEN));
    assert_eq!(secret(&registration), Some("s2"));
    let granted = registration.granted();
    assert_eq!(granted.client_name.as_deref(), Some("stored"));
}

#[tokio::test]
async fn invalid_update_is_refused_before_sending() {
    let read = value!({"jwks_uri": "https://app.example/jwks"});
    let server = Server::start([ok(&read), ok(&value!({}))]).await;
    let change = |metadata: &mut ClientMetadata| {
        metadata.set_jwks(ory_oidc::raw::models::JsonWebKeySet::default());
    };
    let outcome = server
        .client()
        .update_registration(&mut registration("c"), change)
        .await;
    assert!(matches!(outcome, Err(Error::Request(_))), "{outcome:?}");
    assert_eq!(server.lines(), ["GET /oauth2/register/c"]);
}

#[tokio::test]
async fn read_keeps_and_reports_members_that_the_reply_omits() {
    let mut registration = known(value!({
        "client_name": "a", "owner": "b", "software_id": "s", "metadata": {"team": "x"},
    }))
    .await;
    assert!(registration.omitted().is_empty());
    let read = value!({"client_id": "c", "client_name": "a2"});
    let server = Server::start([ok(&read), ok(&read)]).await;
    for _ in 0..2 {
        let outcome = server.client().read_registration(&mut registration).await;
        outcome.expect(SUCCESS);
        let mut omitted = registration.omitted().to_vec();
        omitted.sort();
        assert_eq!(omitted, ["metadata", "owner", "software_id"]);
        let granted =
            serde_json::to_value(registration.granted()).expect("a model serializes as JSON");
        assert_eq!(
            granted,
            value!({
                "client_name": "a2", "owner": "b", "software_id": "s", "metadata": {"team": "x"},
            })
        );
    }
}

#[tokio::test]
async fn read_removes_members_that_are_null_or_empty() {
    let mut registration = known(value!({
        "client_name": "a", "owner": "b", "software_id": "s", "jwks_uri": "https://app.example/j",
    }))
    .await;
    let read = value!({"client_name": "", "owner": null, "software_id": null, "jwks_uri": {}});
    let server = Server::start([ok(&read)]).await;
    let outcome = server.client().read_registration(&mut registration).await;
    outcome.expect(SUCCESS);
    assert!(registration.omitted().is_empty());
    let granted = registration.granted();
    assert_eq!((&granted.client_name, &granted.owner), (&None, &None));
    assert_eq!(granted.jwks_uri, None);
}

#[tokio::test]
async fn last_value_of_a_member_that_a_read_names_twice_counts() {
    let mut registration =
        known(value!({"client_name": "a", "owner": "b", "scope": "openid"})).await;
    let read = r#"{"client_id": "c", "client_name": "a", "owner": "x", "scope": "openid",
        "client_name": "", "owner": "b2"}"#;
    let server = Server::start([json(200, read)]).await;
    let outcome = server.client().read_registration(&mut registration).await;
    outcome.expect(SUCCESS);
    let granted = serde_json::to_value(registration.granted()).expect("a model serializes as JSON");
    assert_eq!(granted, value!({"owner": "b2", "scope": "openid"}));
    assert!(registration.omitted().is_empty());
}

#[tokio::test]
async fn update_sends_members_that_its_read_omitted() {
    let mut registration = known(value!({
        "owner": "b", "software_id": "s", "metadata": {"team": "x"}, "contacts": ["a"],
    }))
    .await;
    let after = value!({"client_id": "c", "client_name": "Renamed"});
    let server = Server::start([ok(&value!({"client_id": "c", "contacts": []})), ok(&after)]).await;
    let outcome = server
        .client()
        .update_registration(&mut registration, rename)
        .allow_reset(true)
        .await;
    outcome.expect(SUCCESS);
    assert_eq!(
        server.requests()[1].json(),
        value!({
            "client_id": "c", "client_name": "Renamed", "owner": "b", "software_id": "s",
            "contacts": [],
        })
    );
    // The reply to an update is complete: members that it lacks are removed and reported.
    assert_eq!(registration.omitted(), ["metadata", "owner", "software_id"]);
    let granted = serde_json::to_value(registration.granted()).expect("a model serializes as JSON");
    assert_eq!(granted, value!({"client_name": "Renamed"}));
}

#[tokio::test]
async fn requests_go_to_the_base_url_and_not_to_registration_client_uri() {
    let foreign = Server::start([]).await;
    let mut registration =
        known(value!({"registration_client_uri": foreign.url() + "/oauth2/register/c"})).await;
    let server = Server::start([ok(&value!({}))]).await;
    let outcome = server.client().read_registration(&mut registration).await;
    outcome.expect(SUCCESS);
    assert_eq!(server.lines(), ["GET /oauth2/register/c"]);
    assert!(foreign.requests().is_empty());
}

/// Returns target and authorization of the request that reads a registration, or the error that
/// prevents it.
async fn authorized(
    by: RegistrationAuthorization,
    mut registration: Registration,
) -> Result<(String, Option<String>), Error> {
    let server = Server::start([ok(&value!({}))]).await;
    let client = Client::builder(server.url())
        .http_client(http())
        .registration_authorization(by)
        .build()?;
    let outcome = client.read_registration(&mut registration).await;
    if outcome.is_err() {
        assert!(server.requests().is_empty());
    }
    outcome?;
    let request = server.request();
    let header = request.header("authorization").map(str::to_owned);
    Ok((request.target, header))
}

#[tokio::test]
async fn registration_is_managed_with_the_configured_credential() {
    use RegistrationAuthorization::{
        ClientSecretBasic, ClientSecretPost, RegistrationAccessToken, TokenEndpointAuthMethod,
    };

    let bearer = format!("Bearer {TOKEN}");
    let bearer = ("/oauth2/register/c", Some(bearer.as_str()));
    // c:s%2Bs
    let basic = ("/oauth2/register/c", Some("Basic YzpzJTJCcw=="));
    let post = ("/oauth2/register/c?client_secret=s%2Bs", None);
    for (by, method, expected) in [
        (RegistrationAccessToken, "client_secret_post", Some(bearer)),
        (ClientSecretBasic, "client_secret_post", Some(basic)),
        (ClientSecretPost, "client_secret_basic", Some(post)),
        (TokenEndpointAuthMethod, "client_secret_basic", Some(basic)),
        (TokenEndpointAuthMethod, "client_secret_post", Some(post)),
        // The default method is client_secret_basic.
        (TokenEndpointAuthMethod, "", Some(basic)),
        (TokenEndpointAuthMethod, "none", None),
        (TokenEndpointAuthMethod, "private_key_jwt", None),
    ] {
        let registration =
            known(value!({"token_endpoint_auth_method": method, "client_secret": "s+s"})).await;
        let sent = authorized(by, registration).await;
        match (expected, sent) {
            (Some((target, header)), Ok(sent)) => {
                assert_eq!((sent.0.as_str(), sent.1.as_deref()), (target, header));
            }
            (None, Err(Error::Request(_))) => {}
            (_, sent) => panic!("{by:?} {method}: {sent:?}"),
        }
    }
}

#[tokio::test]
async fn unknown_credential_is_reported_before_sending() {
    use RegistrationAuthorization::{
        ClientSecretBasic, ClientSecretPost, RegistrationAccessToken, TokenEndpointAuthMethod,
    };

    let server = Server::start([json(201, r#"{"client_id": "c"}"#)]).await;
    let bare = server.client().register(&ClientMetadata::default()).await;
    let bare = bare.expect(SUCCESS);
    for (by, argument) in [
        (RegistrationAccessToken, "registration_access_token"),
        (ClientSecretBasic, "client_secret"),
        (ClientSecretPost, "client_secret"),
        (TokenEndpointAuthMethod, "client_secret"),
    ] {
        match authorized(by, bare.clone()).await {
            Err(Error::Request(error)) => assert_eq!(error.argument(), argument),
            other => panic!("{by:?}: {other:?}"),
        }
    }
}
