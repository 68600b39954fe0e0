//! The rules of OpenID Connect Back-Channel Logout 1.0 §2.4 and §2.6.

use super::{CLIENT, LONGER_THAN_A_TEST, Provider, now, problem};
use ory_oidc::cache::CachePolicy;
use ory_oidc::token::{
    MemoryReplayGuard, RelyingParty, ReplayGuard, ReplayGuardError, ReplayGuardFuture,
    TokenProblem, TokenUse,
};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Signs a logout token in which one claim is replaced, or removed if the value is null.
fn with(provider: &Provider, name: &str, value: Value) -> String {
    let mut claims = provider.logout_claims();
    if value.is_null() {
        claims.as_object_mut().map(|claims| claims.remove(name));
    } else {
        claims[name] = value;
    }
    provider.mock.sign_jwt(json!({"alg": "RS256"}), claims)
}

#[tokio::test]
async fn logout_token_of_ory_names_the_session_that_ended() {
    let provider = Provider::start().await;
    let token = provider.mock.issue_logout_token(CLIENT, "user-1");
    let logout = provider.logout(&token).await.expect("the token is valid");
    assert_eq!(
        (logout.issuer(), logout.sub()),
        (provider.mock.issuer(), None)
    );
    let sid = logout.sid().expect("Ory names the session");
    assert!(logout.ends("user-1", Some(sid)));
    assert!(!logout.ends("user-1", Some("another")));
    assert!(!logout.ends("user-1", None));
    assert!(!logout.jti().is_empty());
}

#[tokio::test]
async fn logout_token_with_only_a_subject_ends_all_sessions_of_the_user() {
    let provider = Provider::start().await;
    let token = with(&provider, "sid", Value::Null);
    let logout = provider.logout(&token).await.expect("sub is sufficient");
    for sid in [None, Some("session-1"), Some("another")] {
        assert!(logout.ends("user-1", sid));
        assert!(!logout.ends("user-2", sid));
    }
}

#[tokio::test]
async fn all_type_headers_in_use_are_accepted() {
    let provider = Provider::start().await;
    for typ in ["logout+jwt", "application/logout+JWT", "JWT"] {
        let header = json!({"alg": "RS256", "typ": typ});
        let token = provider.mock.sign_jwt(header, provider.logout_claims());
        provider.logout(&token).await.expect(typ);
    }
}

#[tokio::test]
async fn each_claim_of_a_logout_token_is_required() {
    let provider = Provider::start().await;
    let event = "http://schemas.openid.net/event/backchannel-logout";
    for (name, value, expected) in [
        ("events", Value::Null, TokenProblem::NoLogoutEvent),
        ("events", json!({}), TokenProblem::NoLogoutEvent),
        ("events", json!([event]), TokenProblem::NoLogoutEvent),
        ("events", json!({event: true}), TokenProblem::NoLogoutEvent),
        ("nonce", json!("n"), TokenProblem::ClaimForbidden("nonce")),
        ("jti", Value::Null, TokenProblem::ClaimMissing("jti")),
        ("jti", json!(7), TokenProblem::ClaimMalformed("jti")),
        ("iat", Value::Null, TokenProblem::ClaimMissing("iat")),
        ("iat", json!(now() - 3600), TokenProblem::TooOld),
        ("iat", json!("now"), TokenProblem::ClaimMalformed("iat")),
    ] {
        let outcome = provider.logout(&with(&provider, name, value.clone())).await;
        assert_eq!(problem(outcome), expected, "{name} {value}");
    }
    let mut claims = provider.logout_claims();
    for name in ["sub", "sid"] {
        claims.as_object_mut().map(|claims| claims.remove(name));
    }
    let token = provider.mock.sign_jwt(json!({"alg": "RS256"}), claims);
    let expected = TokenProblem::ClaimMissing("sub or sid");
    assert_eq!(problem(provider.logout(&token).await), expected);
}

#[tokio::test]
async fn id_token_is_refused_as_a_logout_token() {
    let provider = Provider::start().await;
    let id_token = provider.mock.issue_id_token(CLIENT, "user-1");
    let outcome = provider.logout(&id_token).await;
    assert_eq!(problem(outcome), TokenProblem::NoLogoutEvent);
}

#[tokio::test]
async fn logout_token_is_accepted_once_by_concurrent_calls() {
    let provider = Arc::new(Provider::start().await);
    let guard = MemoryReplayGuard::new();
    let token = Arc::new(provider.mock.issue_logout_token(CLIENT, "user-1"));
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let (provider, guard, token) = (Arc::clone(&provider), guard.clone(), Arc::clone(&token));
        calls.spawn(async move {
            let party = RelyingParty::new(CLIENT);
            provider
                .ory
                .verify_logout_token(&token, party, &guard)
                .await
        });
    }
    let (accepted, refused): (Vec<_>, Vec<_>) =
        calls.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!(accepted.len(), 1);
    for outcome in refused {
        assert_eq!(problem(outcome), TokenProblem::Replayed);
    }
}

#[tokio::test]
async fn refused_token_is_not_recorded_as_used() {
    struct NeverCalled;
    impl ReplayGuard for NeverCalled {
        fn first_use<'a>(&'a self, _: &'a TokenUse) -> ReplayGuardFuture<'a> {
            panic!("the guard must not be called for a refused token")
        }

        fn forget<'a>(&'a self, _: &'a TokenUse) -> ReplayGuardFuture<'a, ()> {
            panic!("nothing was recorded")
        }
    }
    let provider = Provider::start().await;
    let token = with(&provider, "nonce", json!("n"));
    let (party, guard) = (RelyingParty::new(CLIENT), Arc::new(NeverCalled));
    let outcome = provider.ory.verify_logout_token(&token, party, &guard);
    assert_eq!(
        problem(outcome.await),
        TokenProblem::ClaimForbidden("nonce")
    );
}

#[tokio::test]
async fn token_is_refused_if_the_replay_guard_fails() {
    struct Broken;
    impl ReplayGuard for Broken {
        fn first_use<'a>(&'a self, _: &'a TokenUse) -> ReplayGuardFuture<'a> {
            Box::pin(async { Err(ReplayGuardError::new("the database is down")) })
        }

        fn forget<'a>(&'a self, _: &'a TokenUse) -> ReplayGuardFuture<'a, ()> {
            panic!("nothing was recorded")
        }
    }
    let provider = Provider::start().await;
    let token = provider.mock.issue_logout_token(CLIENT, "user-1");
    let party = RelyingParty::new(CLIENT);
    let outcome = provider
        .ory
        .verify_logout_token(&token, party, &Arc::new(Broken))
        .await;
    let error = outcome.expect_err("the guard cannot tell whether the token was used");
    assert!(
        error.validation::<ReplayGuardError>().is_some(),
        "{error:?}"
    );
    assert!(error.is_retryable());
}

/// A guard whose answer takes a long time, as that of a busy database.
#[derive(Clone, Default)]
struct Slow {
    memory: MemoryReplayGuard,
    recorded: Arc<Notify>,
    may_answer: Arc<Notify>,
    forgotten: Arc<Notify>,
}

impl ReplayGuard for Slow {
    fn first_use<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a> {
        Box::pin(async move {
            let outcome = self.memory.first_use(token).await;
            self.recorded.notify_one();
            self.may_answer.notified().await;
            outcome
        })
    }

    fn forget<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a, ()> {
        Box::pin(async move {
            let outcome = self.memory.forget(token).await;
            self.forgotten.notify_one();
            outcome
        })
    }
}

#[tokio::test]
async fn canceled_verification_does_not_use_up_the_token() {
    let provider = Provider::start().await;
    let token = provider.mock.issue_logout_token(CLIENT, "user-1");
    let guard = Slow::default();
    for answered_before in [false, true] {
        {
            let party = RelyingParty::new(CLIENT);
            let call = provider.ory.verify_logout_token(&token, party, &guard);
            let mut call = std::pin::pin!(call.into_future());
            tokio::select! {
                outcome = &mut call => panic!("the guard has not answered: {outcome:?}"),
                () = guard.recorded.notified() => {}
            }
            if answered_before {
                // The answer arrives, and nobody takes it.
                guard.may_answer.notify_one();
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
            }
        }
        guard.may_answer.notify_one();
        guard.forgotten.notified().await;
        let _ = timeout(Duration::ZERO, guard.may_answer.notified()).await;
    }
    let party = || RelyingParty::new(CLIENT);
    let ory = &provider.ory;
    let again = ory
        .verify_logout_token(&token, party(), &guard.memory)
        .await;
    again.expect("the token was not used up");
    let replayed = ory
        .verify_logout_token(&token, party(), &guard.memory)
        .await;
    assert_eq!(problem(replayed), TokenProblem::Replayed);
}

#[tokio::test]
async fn replay_guard_is_told_how_long_to_remember_a_token() {
    struct Recording(std::sync::Mutex<Option<TokenUse>>);
    impl ReplayGuard for Recording {
        fn first_use<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a> {
            *self.0.lock().expect("the lock is not poisoned") = Some(token.clone());
            Box::pin(async { Ok(true) })
        }

        fn forget<'a>(&'a self, _: &'a TokenUse) -> ReplayGuardFuture<'a, ()> {
            panic!("the verification was completed")
        }
    }
    let provider = Provider::start().await;
    let token = provider.mock.issue_logout_token(CLIENT, "user-1");
    let guard: Arc<dyn ReplayGuard> = Arc::new(Recording(std::sync::Mutex::default()));
    let recording = Arc::new(Recording(std::sync::Mutex::default()));
    let party = || RelyingParty::new(CLIENT);
    provider
        .ory
        .verify_logout_token(&token, party(), &guard)
        .await
        .expect("the token is valid");
    let logout = provider
        .ory
        .verify_logout_token(&token, party(), &recording)
        .await;
    let logout = logout.expect("the token is valid");
    let recorded = recording
        .0
        .lock()
        .expect("the lock is not poisoned")
        .clone()
        .expect("the guard was called");
    assert_eq!(
        (recorded.issuer(), recorded.jti()),
        (logout.issuer(), logout.jti())
    );
    let until = recorded
        .remember_until()
        .duration_since(std::time::UNIX_EPOCH);
    // A token that is issued now is refused for its age after two minutes and the leeway.
    assert!(until.expect("the clock is after 1970").as_secs() >= now() + 120 + 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundred_thousand_forged_tokens_cause_one_key_fetch_per_cool_down() {
    let policy = CachePolicy::new()
        .min_ttl(LONGER_THAN_A_TEST)
        .unknown_key_cool_down(LONGER_THAN_A_TEST);
    let provider = Arc::new(Provider::with(policy).await);
    let good = provider.mock.issue_logout_token(CLIENT, "user-1");
    let rest: Vec<_> = good.split('.').skip(1).collect();
    let rest = Arc::new(rest.join("."));
    let mut forgers = JoinSet::new();
    for forger in 0..100 {
        let (provider, rest) = (Arc::clone(&provider), Arc::clone(&rest));
        forgers.spawn(async move {
            for token in 0..1000 {
                let kid = format!("{forger}-{token}");
                let header = json!({"alg": "RS256", "kid": kid}).to_string();
                let header = base64::Engine::encode(
                    &base64::engine::general_purpose::URL_SAFE_NO_PAD,
                    header,
                );
                let outcome = provider.logout(&format!("{header}.{rest}")).await;
                assert_eq!(problem(outcome), TokenProblem::UnknownKey);
            }
        });
    }
    forgers.join_all().await;
    // The first fetch, and one for the unknown key ids.
    assert_eq!(provider.key_requests(), 2);
    assert_eq!(
        provider
            .mock
            .requests_to("GET", "/.well-known/openid-configuration")
            .len(),
        1
    );
    provider
        .logout(&good)
        .await
        .expect("a valid token is still accepted");
}
