//! Verified identity: metadata and keys in caches, signed userinfo, logout tokens.

use crate::target::{CALLBACK, Target, registered, wanted};
use ory_oidc::cache::CachePolicy;
use ory_oidc::operation::{self, Operation};
use ory_oidc::token::{MemoryReplayGuard, RelyingParty, TokenError, TokenProblem};
use ory_oidc::userinfo::UserInfoError;
use ory_oidc::{AccessToken, Client, ClientMetadata, Error, Registration, Subject};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// Returns a client, and the number of its calls of an operation. Its caches do not expire during a test,
/// however slow the machine is.
fn counting(target: &impl Target, operation: Operation) -> (Client, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let lasting = CachePolicy::new().min_ttl(Duration::from_secs(60 * 60));
    let ory = Client::builder(target.url())
        .issuer(target.issuer())
        .metadata_cache(lasting.clone())
        .keys_cache(lasting)
        .observe(move |exchange| {
            if exchange.operation == operation {
                count.fetch_add(1, Ordering::SeqCst);
            }
        })
        .build();
    (ory.expect("the URL is valid"), asked)
}

fn signed() -> ClientMetadata {
    wanted().userinfo_signed_response_alg("RS256")
}

fn problem<T: std::fmt::Debug>(outcome: Result<T, Error>) -> TokenProblem {
    let error = outcome.expect_err("the token fails verification");
    let token = error.validation::<TokenError>();
    token.unwrap_or_else(|| panic!("{error:?}")).problem()
}

pub async fn a_hundred_tasks_share_one_discovery(target: &impl Target) {
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

pub async fn the_key_set_has_a_key_for_the_advertised_algorithm(target: &impl Target) {
    let (ory, asked) = counting(target, operation::KEYS);
    let keys = ory.keys().await.expect("a key set");
    let rsa = |key: &ory_oidc::raw::models::JsonWebKey| key.kty == "RSA" && key.kid.is_some();
    assert!(keys.fields().keys.iter().flatten().any(rsa));
    ory.keys().await.expect("the same");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

pub async fn signed_userinfo_is_verified_for_its_client(target: &impl Target) {
    let (ory, _) = counting(target, operation::KEYS);
    let registration = registered(&ory, &signed()).await;
    let claims = json!({"sub": "user-zoë", "email": "zoe@app.example", "groups": ["a"]});
    let token = target.access_token(Some(&registration), claims).await;
    let user = ory
        .userinfo(&token, Subject::Expect("user-zoë"))
        .relying_party(&registration)
        .await
        .expect("the provider signed it");
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
    let error = outcome.expect_err("the subject is another one");
    assert!(
        matches!(error.validation(), Some(UserInfoError::SubjectMismatch)),
        "{error:?}"
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

pub async fn plain_userinfo_is_refused_if_a_signature_is_registered(target: &impl Target) {
    let (ory, _) = counting(target, operation::KEYS);
    let registration = registered(&ory, &wanted()).await;
    let claims = json!({"sub": "user-1"});
    let token = target.access_token(Some(&registration), claims).await;
    let plain = ory.userinfo(&token, Subject::Unchecked);
    let plain = plain.relying_party(&registration).await;
    assert_eq!(plain.expect("plain JSON is registered").sub(), "user-1");
    let party = RelyingParty::from(&registration).userinfo_signed_response_alg("RS256");
    let outcome = ory
        .userinfo(&token, Subject::Unchecked)
        .relying_party(party)
        .await;
    let error = outcome.expect_err("userinfo is not signed");
    assert!(
        matches!(error.validation(), Some(UserInfoError::SignatureExpected)),
        "{error:?}"
    );
}

pub async fn a_change_of_keys_fails_none_of_a_thousand_calls(target: &impl Target) {
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
        // When the keys change, some calls have ended, some are under way and some are to come.
        if calls.len() >= 20 {
            let outcome = calls.join_next().await.expect("calls are under way");
            outcome.expect("no call panics").expect("no call fails");
        }
    }
    for outcome in calls.join_all().await {
        outcome.expect("no call fails");
    }
    assert_eq!(
        asked.load(Ordering::SeqCst),
        2,
        "once before the change, once after it"
    );
}

pub async fn a_logout_token_is_verified_and_accepted_once(target: &impl Target) {
    let (ory, _) = counting(target, operation::KEYS);
    let metadata = wanted().backchannel_logout_uri(target.backchannel_logout_uri());
    let metadata = metadata.backchannel_logout_session_required(true);
    let registration = registered(&ory, &metadata).await;
    let Some(token) = target.logout_token(&registration, "user-1").await else {
        eprintln!("skipped: only a browser brings about a logout token of this server");
        return;
    };
    let guard = MemoryReplayGuard::new();
    let other = RelyingParty::new("another-client");
    let outcome = ory.verify_logout_token(&token, other, &guard).await;
    assert_eq!(problem(outcome), TokenProblem::WrongAudience);
    let logout = ory.verify_logout_token(&token, &registration, &guard).await;
    let logout = logout.expect("the provider signed it");
    assert_eq!(logout.issuer(), target.issuer());
    let sid = logout.sid().expect("sid is registered as required");
    assert!(logout.ends("user-1", Some(sid)));
    assert!(!logout.ends("user-1", Some("another-session")));
    let again = ory.verify_logout_token(&token, &registration, &guard).await;
    assert_eq!(problem(again), TokenProblem::Replayed);
}

pub async fn an_id_token_is_not_a_logout_token(target: &impl Target) {
    let (ory, _) = counting(target, operation::KEYS);
    let registration = registered(&ory, &ClientMetadata::new([CALLBACK])).await;
    let id_token = target.id_token(&registration, "user-1").await;
    let guard = MemoryReplayGuard::new();
    let outcome = ory.verify_logout_token(id_token.expose(), &registration, &guard);
    assert_eq!(problem(outcome.await), TokenProblem::NoLogoutEvent);
}
