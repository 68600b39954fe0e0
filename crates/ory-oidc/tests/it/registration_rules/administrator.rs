//! The members that an administrator has set: an update must not reset them unnoticed.

use super::management::{SUCCESS, known, ok, rename};
use crate::support::{Server, registration};
use ory_oidc::{ClientMetadata, Error};
use serde_json::{Value, json as value};

/// What an administrator may have set, and the names that an error lists.
fn set() -> Vec<(Value, &'static [&'static str])> {
    vec![
        (value!({"skip_consent": true}), &["skip_consent"]),
        (value!({"skip_consent": "true"}), &["skip_consent"]),
        // Of an unexpected type: not known to be the default.
        (value!({"skip_consent": "yes"}), &["skip_consent"]),
        (value!({"skip_consent": 1}), &["skip_consent"]),
        (
            value!({"skip_logout_consent": true}),
            &["skip_logout_consent"],
        ),
        (
            value!({"access_token_strategy": "jwt"}),
            &["access_token_strategy"],
        ),
        (
            value!({"access_token_strategy": "opaque"}),
            &["access_token_strategy"],
        ),
        (value!({"metadata": {"team": "hush"}}), &["metadata"]),
        (value!({"metadata": "hush"}), &["metadata"]),
        (
            value!({
                "skip_logout_consent": true, "skip_consent": true, "metadata": ["hush"],
                "access_token_strategy": "jwt",
            }),
            &[
                "access_token_strategy",
                "metadata",
                "skip_consent",
                "skip_logout_consent",
            ],
        ),
    ]
}

#[track_caller]
fn check_refusal(outcome: Result<(), Error>, names: &[&str]) {
    let Err(Error::Request(refused)) = outcome else {
        panic!("{names:?}: {outcome:?}");
    };
    let names = names.join(" and ");
    let expected = format!("{names} would be reset by the update; allow it with allow_reset(true)");
    assert_eq!(refused.to_string(), expected);
}

#[tokio::test]
async fn update_that_would_reset_a_member_is_refused_before_it_is_sent() {
    for (read, names) in set() {
        let server = Server::start([ok(&read), ok(&value!({}))]).await;
        let mut registration = registration("c");
        let client = server.client();
        let outcome = client.update_registration(&mut registration, rename).await;
        check_refusal(outcome, names);
        assert_eq!(server.lines(), ["GET /oauth2/register/c"]);
        assert_eq!(registration.administrator_members(), names);
        assert!(registration.reset_members().is_empty());
    }
}

#[tokio::test]
async fn replacement_that_would_reset_a_known_member_is_refused_before_it_is_sent() {
    for (members, names) in set() {
        let mut registration = known(members).await;
        let server = Server::start([ok(&value!({}))]).await;
        let wanted = registration.metadata();
        let client = server.client();
        let outcome = client
            .replace_registration(&mut registration, &wanted)
            .await;
        check_refusal(outcome, names);
        assert!(server.requests().is_empty());
    }
}

#[tokio::test]
async fn known_metadata_that_a_read_omits_is_protected() {
    let mut registration = known(value!({"metadata": {"team": "x"}})).await;
    let server = Server::start([ok(&value!({})), ok(&value!({}))]).await;
    let client = server.client();
    let outcome = client.update_registration(&mut registration, rename).await;
    check_refusal(outcome, &["metadata"]);
    assert_eq!(server.lines(), ["GET /oauth2/register/c"]);
}

#[tokio::test]
async fn allowed_reset_is_sent_without_the_members_and_reported() {
    for (read, names) in set() {
        let server = Server::start([ok(&read), ok(&value!({})), ok(&value!({}))]).await;
        let mut registration = registration("c");
        let client = server.client();
        let update = client.update_registration(&mut registration, rename);
        update.allow_reset(true).await.expect(SUCCESS);
        let put = server.requests()[1].json();
        assert_eq!(put, value!({"client_id": "c", "client_name": "Renamed"}));
        assert_eq!(registration.reset_members(), names);
        assert!(registration.administrator_members().is_empty());
        // The next update resets nothing.
        let wanted = ClientMetadata::default();
        let replaced = client
            .replace_registration(&mut registration, &wanted)
            .await;
        replaced.expect(SUCCESS);
        assert!(registration.reset_members().is_empty());
    }
}

#[tokio::test]
async fn member_that_the_server_does_not_reset_is_not_reported() {
    for (read, names) in set() {
        let server = Server::start([ok(&read), ok(&read)]).await;
        let mut registration = registration("c");
        let client = server.client();
        let update = client.update_registration(&mut registration, rename);
        update.allow_reset(true).await.expect(SUCCESS);
        assert!(registration.reset_members().is_empty());
        assert_eq!(registration.administrator_members(), names);
    }
}

#[tokio::test]
async fn member_that_has_its_default_does_not_stop_an_update() {
    for read in [
        value!({"skip_consent": false, "skip_logout_consent": false}),
        value!({"skip_consent": null, "skip_logout_consent": null}),
        value!({"access_token_strategy": "", "metadata": {}}),
        value!({"access_token_strategy": null, "metadata": null}),
        value!({"metadata": []}),
    ] {
        let server = Server::start([ok(&read), ok(&value!({}))]).await;
        let mut registration = registration("c");
        let client = server.client();
        let outcome = client.update_registration(&mut registration, rename).await;
        outcome.expect(SUCCESS);
    }
}
