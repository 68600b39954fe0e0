//! The rules of OpenID Connect Back-Channel Logout 1.0 §2.4 and §2.6.

use super::{CLIENT, FOREVER, Provider, now, problem};
use ory_oidc::cache::CachePolicy;
use ory_oidc::token::{
    MemoryReplayGuard, RelyingParty, ReplayGuard, ReplayGuardError, ReplayGuardFuture,
    TokenProblem, TokenUse,
};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;

/// A logout token with one claim changed, or taken out where the value is null.
fn with(provider: &Provider, name: &str, value: Value) -> String {
    let mut claims = provider.logout_claims();
    if value.is_null() {
        claims.as_object_mut().map(|claims| claims.remove(name));
    } else {
        claims[name] = value;
    }
    provider.double.sign_jwt(json!({"alg": "RS256"}), claims)
}

#[tokio::test]
async fn the_token_that_ory_sends_names_the_session_that_is_over() {
    let provider = Provider::start().await;
    let token = provider.double.issue_logout_token(CLIENT, "user-1");
    let logout = provider.logout(&token).await.expect("it is Ory's");
    assert_eq!(
        (logout.issuer(), logout.sub()),
        (provider.double.issuer(), None)
    );
    let sid = logout.sid().expect("Ory names the session");
    assert!(logout.ends("user-1", Some(sid)));
    assert!(!logout.ends("user-1", Some("another")));
    assert!(!logout.ends("user-1", None));
    assert!(!logout.jti().is_empty());
}

#[tokio::test]
async fn a_token_with_a_subject_alone_ends_all_of_the_users_sessions() {
    let provider = Provider::start().await;
    let token = with(&provider, "sid", Value::Null);
    let logout = provider.logout(&token).await.expect("sub will do");
    for sid in [None, Some("session-1"), Some("another")] {
        assert!(logout.ends("user-1", sid));
        assert!(!logout.ends("user-2", sid));
    }
}

#[tokio::test]
async fn the_type_of_a_logout_token_may_be_said_in_each_way_that_is_in_use() {
    let provider = Provider::start().await;
    for typ in ["logout+jwt", "application/logout+JWT", "JWT"] {
        let header = json!({"alg": "RS256", "typ": typ});
        let token = provider.double.sign_jwt(header, provider.logout_claims());
        provider.logout(&token).await.expect(typ);
    }
}

#[tokio::test]
async fn each_claim_that_makes_it_a_logout_token_is_demanded() {
    let provider = Provider::start().await;
    let event = "http://schemas.openid.net/event/backchannel-logout";
    for (name, value, expected) in [
        ("events", Value::Null, TokenProblem::NoLogoutEvent),
        ("events", json!({}), TokenProblem::NoLogoutEvent),
        ("events", json!([event]), TokenProblem::NoLogoutEvent),
        ("events", json!({event: true}), TokenProblem::NoLogoutEvent),
        ("nonce", json!("n"), TokenProblem::NonceForbidden),
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
    let token = provider.double.sign_jwt(json!({"alg": "RS256"}), claims);
    let expected = TokenProblem::ClaimMissing("sub or sid");
    assert_eq!(problem(provider.logout(&token).await), expected);
}

#[tokio::test]
async fn an_id_token_is_no_logout_token() {
    let provider = Provider::start().await;
    let id_token = provider.double.issue_id_token(CLIENT, "user-1");
    let outcome = provider.logout(&id_token).await;
    assert_eq!(problem(outcome), TokenProblem::NoLogoutEvent);
}

#[tokio::test]
async fn a_token_counts_once_however_many_get_it_at_the_same_time() {
    let provider = Arc::new(Provider::start().await);
    let guard = MemoryReplayGuard::new();
    let token = Arc::new(provider.double.issue_logout_token(CLIENT, "user-1"));
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
    let (good, bad): (Vec<_>, Vec<_>) = calls.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!(good.len(), 1);
    for outcome in bad {
        assert_eq!(problem(outcome), TokenProblem::Replayed);
    }
}

#[tokio::test]
async fn a_token_that_was_refused_was_not_used() {
    struct Unasked;
    impl ReplayGuard for Unasked {
        fn first_use<'a>(&'a self, _: &'a TokenUse) -> ReplayGuardFuture<'a> {
            panic!("a forger must not fill the memory")
        }
    }
    let provider = Provider::start().await;
    let token = with(&provider, "nonce", json!("n"));
    let party = RelyingParty::new(CLIENT);
    let outcome = provider.ory.verify_logout_token(&token, party, &Unasked);
    assert_eq!(problem(outcome.await), TokenProblem::NonceForbidden);
}

#[tokio::test]
async fn a_guard_that_fails_lets_nothing_through() {
    struct Broken;
    impl ReplayGuard for Broken {
        fn first_use<'a>(&'a self, _: &'a TokenUse) -> ReplayGuardFuture<'a> {
            Box::pin(async { Err(ReplayGuardError::new("the database is down")) })
        }
    }
    let provider = Provider::start().await;
    let token = provider.double.issue_logout_token(CLIENT, "user-1");
    let party = RelyingParty::new(CLIENT);
    let outcome = provider
        .ory
        .verify_logout_token(&token, party, &Broken)
        .await;
    let error = outcome.expect_err("nobody knows whether it was used");
    assert!(
        error.validation::<ReplayGuardError>().is_some(),
        "{error:?}"
    );
    assert!(error.is_retryable());
}

#[tokio::test]
async fn the_guard_is_told_for_how_long_to_remember() {
    struct Noting(std::sync::Mutex<Option<TokenUse>>);
    impl ReplayGuard for Noting {
        fn first_use<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a> {
            *self.0.lock().expect("nobody panicked") = Some(token.clone());
            Box::pin(async { Ok(true) })
        }
    }
    let provider = Provider::start().await;
    let token = provider.double.issue_logout_token(CLIENT, "user-1");
    let guard: Arc<dyn ReplayGuard> = Arc::new(Noting(std::sync::Mutex::default()));
    let noting = Arc::new(Noting(std::sync::Mutex::default()));
    let party = || RelyingParty::new(CLIENT);
    provider
        .ory
        .verify_logout_token(&token, party(), &guard)
        .await
        .expect("it is Ory's");
    let logout = provider
        .ory
        .verify_logout_token(&token, party(), &noting)
        .await;
    let logout = logout.expect("it is Ory's");
    let noted = noting
        .0
        .lock()
        .expect("nobody panicked")
        .clone()
        .expect("it was asked");
    assert_eq!(
        (noted.issuer(), noted.jti()),
        (logout.issuer(), logout.jti())
    );
    let until = noted.remember_until().duration_since(std::time::UNIX_EPOCH);
    // A token that was made now is refused for its age two minutes and a leeway later.
    assert!(until.expect("it is after 1970").as_secs() >= now() + 120 + 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_forged_tokens_cost_one_look_for_keys_in_a_cool_down() {
    let policy = CachePolicy::new()
        .min_ttl(FOREVER)
        .unknown_key_cool_down(FOREVER);
    let provider = Arc::new(Provider::with(policy).await);
    let good = provider.double.issue_logout_token(CLIENT, "user-1");
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
    // The first that anybody needed, and the one look for what is unknown.
    assert_eq!(provider.key_requests(), 2);
    assert_eq!(
        provider
            .double
            .requests_to("GET", "/.well-known/openid-configuration")
            .len(),
        1
    );
    provider
        .logout(&good)
        .await
        .expect("those in earnest are not locked out");
}
