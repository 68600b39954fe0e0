//! Signed userinfo (OpenID Connect Core §5.3.2 and §5.3.4) and the claims of userinfo.

use super::{CLIENT, LONGER_THAN_A_TEST, Provider, now, problem};
use crate::support::validation;
use ory_oidc::cache::CachePolicy;
use ory_oidc::token::{RelyingParty, TokenProblem};
use ory_oidc::userinfo::UserInfoError;
use ory_oidc::{AccessToken, Client, Subject};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;

#[tokio::test]
async fn signed_userinfo_is_verified_with_each_kind_of_key() {
    let provider = Provider::start().await;
    for alg in ["RS256", "ES256", "EdDSA", "Ed25519"] {
        let header = json!({"alg": alg});
        let mut claims = provider.claims();
        claims["groups"] = json!(["a"]);
        let compact = provider.mock.sign_jwt(header, claims);
        if alg == "Ed25519" {
            // The new name of EdDSA, which the provider does not advertise.
            let outcome = provider.userinfo(&compact).await;
            assert_eq!(problem(outcome), TokenProblem::AlgorithmNotAllowed);
            continue;
        }
        let user = provider.userinfo(&compact).await.expect(alg);
        assert_eq!(user.sub(), "user-1");
        let groups: Vec<String> = user.claim("groups").expect("the claim is a list of texts");
        assert_eq!(groups, ["a"]);
    }
}

#[tokio::test]
async fn subject_of_signed_userinfo_must_match() {
    let provider = Provider::start().await;
    let mut claims = provider.claims();
    claims["sub"] = json!("user-2");
    let compact = provider
        .mock
        .sign_jwt(json!({"alg": "RS256"}), claims.clone());
    let outcome = provider.userinfo(&compact).await;
    assert!(
        matches!(validation(&outcome), Some(UserInfoError::SubjectMismatch)),
        "{outcome:?}"
    );
    claims.as_object_mut().map(|claims| claims.remove("sub"));
    let compact = provider.mock.sign_jwt(json!({"alg": "RS256"}), claims);
    let outcome = provider.userinfo(&compact).await;
    assert!(
        matches!(validation(&outcome), Some(UserInfoError::SubjectMissing)),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn registered_algorithm_takes_precedence_over_the_advertised_ones() {
    let provider = Provider::start().await;
    let token = provider
        .mock
        .issue_access_token_for(CLIENT, json!({"sub": "user-1"}))
        .into();
    let ask = |alg: &'static str| {
        let party = RelyingParty::new(CLIENT).userinfo_signed_response_alg(alg);
        let request = provider.ory.userinfo(&token, Subject::Unchecked);
        request.relying_party(party).into_future()
    };
    assert_eq!(
        ask("RS256")
            .await
            .expect("the userinfo is signed with RS256")
            .sub(),
        "user-1"
    );
    assert_eq!(
        problem(ask("ES256").await),
        TokenProblem::AlgorithmNotAllowed
    );
    // Symmetric algorithms are refused even if registered.
    assert_eq!(
        problem(ask("HS256").await),
        TokenProblem::AlgorithmNotAllowed
    );
}

#[tokio::test]
async fn plain_json_is_refused_if_signed_userinfo_is_registered() {
    let provider = Provider::start().await;
    // Without a client, the mock server responds with plain JSON.
    let token = provider
        .mock
        .issue_access_token(json!({"sub": "user-1"}))
        .into();
    let ask = |party| {
        let request = provider.ory.userinfo(&token, Subject::Unchecked);
        request.relying_party(party).into_future()
    };
    let outcome = ask(RelyingParty::new(CLIENT).userinfo_signed_response_alg("RS256")).await;
    assert!(
        matches!(validation(&outcome), Some(UserInfoError::SignatureExpected)),
        "{outcome:?}"
    );
    for party in [
        RelyingParty::new(CLIENT),
        RelyingParty::new(CLIENT).userinfo_signed_response_alg("none"),
    ] {
        assert_eq!(
            ask(party).await.expect("plain JSON is accepted").sub(),
            "user-1"
        );
    }
}

#[tokio::test]
async fn signed_userinfo_without_a_relying_party_returns_no_claims() {
    let provider = Provider::start().await;
    let token = provider
        .mock
        .issue_access_token_for(CLIENT, json!({"sub": "user-1"}))
        .into();
    let outcome = provider.ory.userinfo(&token, Subject::Unchecked).await;
    let error = outcome.expect_err("the request names no relying party");
    assert!(
        matches!(error.validation(), Some(UserInfoError::Unverified(_))),
        "{error:?}"
    );
    assert!(error.to_string().contains("relying_party"), "{error}");
}

#[tokio::test]
async fn clocks_may_differ_by_the_leeway() {
    let mock = OryMock::start().await;
    let _ =
        mock.create_client(json!({"client_id": CLIENT, "userinfo_signed_response_alg": "RS256"}));
    for (leeway, accepted) in [(0, false), (3600, true)] {
        let ory = Client::builder(mock.url()).leeway(Duration::from_secs(leeway));
        let ory = ory.build().expect("the URL is valid");
        for claims in [
            json!({"sub": "user-1", "exp": now() - 600}),
            json!({"sub": "user-1", "nbf": now() + 600}),
            json!({"sub": "user-1", "iat": now() + 600}),
        ] {
            let token = mock.issue_access_token_for(CLIENT, claims.clone()).into();
            let request = ory.userinfo(&token, Subject::Unchecked);
            let outcome = request.relying_party(RelyingParty::new(CLIENT)).await;
            assert_eq!(outcome.is_ok(), accepted, "{leeway} {claims}");
        }
    }
}

#[tokio::test]
async fn userinfo_by_post_sends_the_token_in_the_header() {
    let mock = OryMock::start().await;
    let ory = Client::new(mock.url()).expect("the URL is valid");
    let token: AccessToken = mock.issue_access_token(json!({"sub": "user-1"})).into();
    let user = ory.userinfo(&token, Subject::Expect("user-1")).post().await;
    assert_eq!(user.expect("the token is valid").sub(), "user-1");
    let requests = mock.requests_to("POST", "/userinfo");
    assert_eq!(requests.len(), 1);
    let authorization = format!("Bearer {}", token.expose());
    assert_eq!(
        requests[0].header("authorization"),
        Some(authorization.as_str())
    );
    assert!(requests[0].body().is_empty());
    assert!(mock.requests_to("GET", "/userinfo").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn key_rotation_during_a_thousand_calls_fails_none_of_them() {
    let policy = CachePolicy::new().min_ttl(LONGER_THAN_A_TEST);
    let provider = Arc::new(Provider::with(policy).await);
    let token = provider
        .mock
        .issue_access_token_for(CLIENT, json!({"sub": "user-1"}));
    let token = Arc::new(AccessToken::new(token));
    let mut calls = JoinSet::new();
    for call in 0..1000 {
        let (provider, token) = (Arc::clone(&provider), Arc::clone(&token));
        calls.spawn(async move {
            if call == 500 {
                // The old key stays published for tokens that it signed.
                provider.mock.rotate_keys();
            }
            let request = provider.ory.userinfo(&token, Subject::Expect("user-1"));
            request
                .relying_party(RelyingParty::new(CLIENT))
                .await
                .map(drop)
        });
        // In batches, so that some calls end before the rotation and some begin after it.
        while calls.len() >= 50 {
            let outcome = calls.join_next().await.expect("calls are running");
            outcome.expect("no task panics").expect("no call fails");
        }
    }
    for outcome in calls.join_all().await {
        outcome.expect("no call fails");
    }
    assert_eq!(provider.key_requests(), 2);
}

#[tokio::test]
async fn standard_claims_accept_the_forms_that_servers_send() {
    let mock = OryMock::start().await;
    let ory = Client::new(mock.url()).expect("the URL is valid");
    let user = async |claims| {
        let token = mock.issue_access_token(claims).into();
        let user = ory.userinfo(&token, Subject::Unchecked).await;
        user.expect("the claims are valid")
    };
    let zoe = user(json!({
        "sub": "u", "given_name": "Zoë", "family_name": "van Dijk", "phone_number_verified": "true",
        "address": {"country": "NL", "locality": "Utrecht", "floor": 3}, "updated_at": 1_700_000_000.5,
        "name#ja-Kana-JP": "ゾーイ", "locale": "nl_NL", "birthdate": "0000-02-29",
    }))
    .await;
    assert_eq!(
        (zoe.given_name(), zoe.family_name()),
        (Some("Zoë"), Some("van Dijk"))
    );
    assert_eq!(
        (zoe.locale(), zoe.birthdate()),
        (Some("nl_NL"), Some("0000-02-29"))
    );
    assert_eq!(zoe.phone_number_verified(), Some(true));
    let address = zoe.address().expect("the address is present");
    assert_eq!(address.country.as_deref(), Some("NL"));
    assert_eq!(
        (address.locality.as_deref(), address.region),
        (Some("Utrecht"), None)
    );
    let changed = zoe.updated_at().expect("the time is valid");
    let expected = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_500);
    assert_eq!(changed, expected);
    assert_eq!(zoe.claim_in("name", "JA-kana-jp"), Some("ゾーイ"));
    assert_eq!(zoe.claim_in("name", "ja"), None);

    let other =
        user(json!({"sub": "u", "address": "Utrecht\nNL", "updated_at": "1700000000"})).await;
    let address = other.address().expect("the address is present");
    assert_eq!(address.formatted.as_deref(), Some("Utrecht\nNL"));
    let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    assert_eq!(other.updated_at(), Some(expected));

    for invalid in [
        json!("2023-11-14T22:13:20Z"),
        json!([]),
        json!(-1),
        json!(1e300),
        json!(true),
    ] {
        let other = user(json!({"sub": "u", "address": invalid, "updated_at": invalid})).await;
        assert_eq!(other.updated_at(), None, "{invalid}");
        let kept: serde_json::Value = other.claim("updated_at").expect("the claim is kept");
        assert_eq!(kept, invalid);
    }
}

#[tokio::test]
async fn maximum_age_of_signed_userinfo_is_checked_if_one_is_set() {
    const MINUTE: Duration = Duration::from_secs(60);
    let provider = Provider::start().await;
    // The leeway is a minute, too.
    for (issued, max_age, expected) in [
        (Some(json!(now() - 30)), Some(MINUTE), None),
        (Some(json!(now() - 100)), Some(MINUTE), None),
        (
            Some(json!(now() - 200)),
            Some(MINUTE),
            Some(TokenProblem::TooOld),
        ),
        (
            Some(json!(now() - 200)),
            Some(Duration::ZERO),
            Some(TokenProblem::TooOld),
        ),
        (Some(json!(now() - 200)), Some(Duration::MAX), None),
        (Some(json!(0)), Some(MINUTE), Some(TokenProblem::TooOld)),
        (
            Some(json!(-1.5e300)),
            Some(MINUTE),
            Some(TokenProblem::TooOld),
        ),
        (
            Some(json!("soon")),
            Some(MINUTE),
            Some(TokenProblem::ClaimMalformed("iat")),
        ),
        (
            Some(json!(null)),
            Some(MINUTE),
            Some(TokenProblem::ClaimMissing("iat")),
        ),
        (None, Some(MINUTE), Some(TokenProblem::ClaimMissing("iat"))),
        (None, None, None),
        (Some(json!(0)), None, None),
    ] {
        let mut claims = provider.claims();
        match &issued {
            Some(issued) => claims["iat"] = issued.clone(),
            None => drop(claims.as_object_mut().map(|claims| claims.remove("iat"))),
        }
        let compact = provider.mock.sign_jwt(json!({"alg": "RS256"}), claims);
        let response = Fault::answer(200)
            .header("content-type", "application/jwt")
            .body(compact)
            .on("GET", "/userinfo");
        provider.mock.fail_next(response);
        let token = AccessToken::new("ory_at_x");
        let request = provider.ory.userinfo(&token, Subject::Expect("user-1"));
        let request = request.relying_party(RelyingParty::new(CLIENT));
        let outcome = match max_age {
            Some(max_age) => request.max_age(max_age).await,
            None => request.await,
        };
        match expected {
            None => drop(outcome.expect("the age is accepted")),
            Some(expected) => assert_eq!(problem(outcome), expected, "{issued:?}"),
        }
    }
}

#[tokio::test]
async fn maximum_age_does_not_affect_plain_userinfo() {
    let mock = OryMock::start().await;
    let ory = Client::new(mock.url()).expect("the URL is valid");
    let token = AccessToken::new(mock.issue_access_token(json!({"sub": "user-1"})));
    let request = ory.userinfo(&token, Subject::Unchecked);
    let user = request.max_age(Duration::ZERO).await;
    assert_eq!(user.expect("the response is fresh").sub(), "user-1");
}
