//! The promises about who issued it, who the user is, and whether the session is over.

use super::{CALLBACK, Target, registered, wanted};
use ory_oidc::operation;
use ory_oidc::error::ValidationError;
use ory_oidc::operation::Operation;
use ory_oidc::token::{MemoryReplayGuard, RelyingParty, TokenProblem};
use ory_oidc::{AccessToken, Client, ClientMetadata, Error, Registration, Subject};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::JoinSet;

/// A client, and how often it asked for something.
fn counting(target: &impl Target, operation: Operation) -> (Client, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let ory = Client::builder(target.url())
        .issuer(target.issuer())
        .observe(move |exchange| {
            if exchange.operation == operation {
                count.fetch_add(1, Ordering::SeqCst);
            }
        })
        .build();
    (ory.expect("a client"), asked)
}

fn signed() -> ClientMetadata {
    wanted().userinfo_signed_response_alg("RS256")
}

fn problem<T: std::fmt::Debug>(outcome: Result<T, Error>) -> TokenProblem {
    match outcome {
        Err(Error::Validation(ValidationError::Token(error))) => error.problem(),
        other => panic!("not refused for what the token is: {other:?}"),
    }
}

pub(crate) async fn discovery_is_asked_once_by_a_hundred_tasks(target: &impl Target) {
    let (ory, asked) = counting(target, operation::DISCOVER);
    for _ in 0..2 {
        let mut tasks = JoinSet::new();
        for _ in 0..100 {
            let ory = ory.clone();
            tasks.spawn(async move { ory.discover().await.map(drop) });
        }
        for outcome in tasks.join_all().await {
            outcome.expect("metadata");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
}

pub(crate) async fn the_key_set_holds_a_key_for_what_is_advertised(target: &impl Target) {
    let (ory, asked) = counting(target, operation::KEYS);
    let keys = ory.keys().await.expect("a key set");
    let rsa = |key: &ory_oidc::raw::models::JsonWebKey| key.kty == "RSA" && key.kid.is_some();
    assert!(keys.fields().keys.iter().flatten().any(rsa));
    ory.keys().await.expect("the same");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

pub(crate) async fn signed_userinfo_is_verified_for_its_client(target: &impl Target) {
    let (ory, _) = counting(target, operation::KEYS);
    let registration = registered(&ory, &signed()).await;
    let claims = json!({"sub": "user-zoë", "email": "zoe@app.example", "groups": ["a"]});
    let token = target.access_token(Some(&registration), claims).await;
    let user = ory
        .userinfo(&token, Subject::Expect("user-zoë"))
        .relying_party(&registration)
        .await
        .expect("it is the provider's");
    assert_eq!(user.sub(), "user-zoë");
    assert_eq!(user.email(), Some("zoe@app.example"));
    let by_post = ory
        .userinfo(&token, Subject::Expect("user-zoë"))
        .relying_party(&registration)
        .post()
        .await
        .expect("the same");
    assert_eq!(by_post.sub(), "user-zoë");

    let other = ory.userinfo(&token, Subject::Expect("user-2"));
    let outcome = other.relying_party(&registration).await;
    let mismatch = UserInfoError::SubjectMismatch;
    assert!(
        matches!(&outcome, Err(Error::Validation(found)) if *found == mismatch),
        "{outcome:?}"
    );
    let other = ory.userinfo(&token, Subject::Unchecked);
    let outcome = other.relying_party(RelyingParty::new("another-client"));
    assert_eq!(problem(outcome.await), TokenProblem::WrongAudience);
    let party = RelyingParty::from(&registration).userinfo_signed_response_alg("ES256");
    let other = ory
        .userinfo(&token, Subject::Unchecked)
        .relying_party(party);
    assert_eq!(problem(other.await), TokenProblem::AlgorithmNotAllowed);
}

pub(crate) async fn plain_userinfo_is_refused_where_a_signature_was_registered(
    target: &impl Target,
) {
    let (ory, _) = counting(target, operation::KEYS);
    let registration = registered(&ory, &wanted()).await;
    let claims = json!({"sub": "user-1"});
    let token = target.access_token(Some(&registration), claims).await;
    let plain = ory.userinfo(&token, Subject::Unchecked);
    let plain = plain.relying_party(&registration).await;
    assert_eq!(plain.expect("JSON is what it registered").sub(), "user-1");
    let party = RelyingParty::from(&registration).userinfo_signed_response_alg("RS256");
    let outcome = ory
        .userinfo(&token, Subject::Unchecked)
        .relying_party(party)
        .await;
    let expected = UserInfoError::SignatureExpected;
    assert!(
        matches!(&outcome, Err(Error::Validation(found)) if *found == expected),
        "{outcome:?}"
    );
}

pub(crate) async fn keys_that_change_under_a_thousand_calls_fail_none_of_them(
    target: &impl Target,
) {
    async fn call(
        ory: Client,
        token: Arc<AccessToken>,
        registration: Arc<Registration>,
    ) -> Result<(), Error> {
        let request = ory.userinfo(&token, Subject::Expect("user-1"));
        request.relying_party(&*registration).await.map(drop)
    }

    let (ory, asked) = counting(target, operation::KEYS);
    let registration = Arc::new(registered(&ory, &signed()).await);
    let claims = json!({"sub": "user-1"});
    let token = Arc::new(target.access_token(Some(&registration), claims).await);
    let mut calls = JoinSet::new();
    for number in 0..1000 {
        if number == 500 {
            target.rotate_keys().await;
        }
        calls.spawn(call(
            ory.clone(),
            Arc::clone(&token),
            Arc::clone(&registration),
        ));
        // Some are over when the keys change, some are under way, and some begin after it.
        if calls.len() >= 20 {
            let outcome = calls.join_next().await.expect("there are some");
            outcome.expect("nobody panicked").expect("no call fails");
        }
    }
    for outcome in calls.join_all().await {
        outcome.expect("no call fails");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2, "once before, once after");
}

pub(crate) async fn a_logout_token_is_verified_and_counts_once(target: &impl Target) {
    let (ory, _) = counting(target, operation::KEYS);
    let told = wanted().backchannel_logout_uri("http://127.0.0.1:9/logout");
    let told = told.backchannel_logout_session_required(true);
    let registration = registered(&ory, &told).await;
    let Some(token) = target.logout_token(&registration, "user-1").await else {
        eprintln!("skipped: this server's logout tokens cannot be had without a browser");
        return;
    };
    let guard = MemoryReplayGuard::new();
    let other = RelyingParty::new("another-client");
    let outcome = ory.verify_logout_token(&token, other, &guard).await;
    assert_eq!(problem(outcome), TokenProblem::WrongAudience);
    let logout = ory.verify_logout_token(&token, &registration, &guard).await;
    let logout = logout.expect("it is the provider's");
    assert_eq!(logout.issuer(), target.issuer());
    let sid = logout.sid().expect("it was registered to be there");
    assert!(logout.ends("user-1", Some(sid)));
    assert!(!logout.ends("user-1", Some("another-session")));
    let again = ory.verify_logout_token(&token, &registration, &guard).await;
    assert_eq!(problem(again), TokenProblem::Replayed);
}

pub(crate) async fn an_id_token_is_no_logout_token(target: &impl Target) {
    let (ory, _) = counting(target, operation::KEYS);
    let registration = registered(&ory, &ClientMetadata::new([CALLBACK])).await;
    let id_token = target.id_token(&registration, "user-1").await;
    let guard = MemoryReplayGuard::new();
    let outcome = ory.verify_logout_token(id_token.expose(), &registration, &guard);
    assert_eq!(problem(outcome.await), TokenProblem::NoLogoutEvent);
}
