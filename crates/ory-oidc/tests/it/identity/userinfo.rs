//! Userinfo that is signed (OpenID Connect Core §5.3.2 and §5.3.4), and its claims.

use super::{CLIENT, FOREVER, Provider, now, problem};
use crate::support::validation;
use ory_oidc::cache::CachePolicy;
use ory_oidc::token::{RelyingParty, TokenProblem};
use ory_oidc::userinfo::UserInfoError;
use ory_oidc::{AccessToken, Client, Subject};
use ory_oidc_mock::OryMock;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;

#[tokio::test]
async fn a_signed_answer_is_verified_with_each_kind_of_key() {
    let provider = Provider::start().await;
    for alg in ["RS256", "ES256", "EdDSA", "Ed25519"] {
        let header = json!({"alg": alg});
        let mut claims = provider.claims();
        claims["groups"] = json!(["a"]);
        let compact = provider.double.sign_jwt(header, claims);
        if alg == "Ed25519" {
            // Its new name, which the provider does not advertise.
            let outcome = provider.userinfo(&compact).await;
            assert_eq!(problem(outcome), TokenProblem::AlgorithmNotAllowed);
            continue;
        }
        let user = provider.userinfo(&compact).await.expect(alg);
        assert_eq!(user.sub(), "user-1");
        let groups: Vec<String> = user.claim("groups").expect("a custom claim");
        assert_eq!(groups, ["a"]);
    }
}

#[tokio::test]
async fn the_subject_of_a_signed_answer_is_the_expected_one() {
    let provider = Provider::start().await;
    let mut claims = provider.claims();
    claims["sub"] = json!("user-2");
    let compact = provider
        .double
        .sign_jwt(json!({"alg": "RS256"}), claims.clone());
    let outcome = provider.userinfo(&compact).await;
    assert!(
        matches!(validation(&outcome), Some(UserInfoError::SubjectMismatch)),
        "{outcome:?}"
    );
    claims.as_object_mut().map(|claims| claims.remove("sub"));
    let compact = provider.double.sign_jwt(json!({"alg": "RS256"}), claims);
    let outcome = provider.userinfo(&compact).await;
    assert!(
        matches!(validation(&outcome), Some(UserInfoError::SubjectMissing)),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn what_was_registered_counts_and_not_what_is_advertised() {
    let provider = Provider::start().await;
    let token = provider
        .double
        .issue_access_token_for(CLIENT, json!({"sub": "user-1"}))
        .into();
    let ask = |alg: &'static str| {
        let party = RelyingParty::new(CLIENT).userinfo_signed_response_alg(alg);
        let request = provider.ory.userinfo(&token, Subject::Unchecked);
        request.relying_party(party).into_future()
    };
    assert_eq!(ask("RS256").await.expect("it is RS256").sub(), "user-1");
    assert_eq!(
        problem(ask("ES256").await),
        TokenProblem::AlgorithmNotAllowed
    );
    // Symmetric algorithms are no choice, even where one was registered.
    assert_eq!(
        problem(ask("HS256").await),
        TokenProblem::AlgorithmNotAllowed
    );
}

#[tokio::test]
async fn plain_json_is_refused_where_a_signature_was_registered() {
    let provider = Provider::start().await;
    // Issued to no client: the double answers in plain JSON.
    let token = provider
        .double
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
        assert_eq!(ask(party).await.expect("JSON will do").sub(), "user-1");
    }
}

#[tokio::test]
async fn a_signed_answer_for_nobody_in_particular_hands_out_no_claims() {
    let provider = Provider::start().await;
    let token = provider
        .double
        .issue_access_token_for(CLIENT, json!({"sub": "user-1"}))
        .into();
    let outcome = provider.ory.userinfo(&token, Subject::Unchecked).await;
    let error = outcome.expect_err("for whom it is was not said");
    assert!(
        matches!(error.validation(), Some(UserInfoError::Unverified(_))),
        "{error:?}"
    );
    assert!(error.to_string().contains("relying_party"), "{error}");
}

#[tokio::test]
async fn clocks_may_differ_by_the_leeway() {
    let double = OryMock::start().await;
    let _ =
        double.create_client(json!({"client_id": CLIENT, "userinfo_signed_response_alg": "RS256"}));
    for (leeway, good) in [(0, false), (3600, true)] {
        let ory = Client::builder(double.url()).leeway(Duration::from_secs(leeway));
        let ory = ory.build().expect("a client");
        for claims in [
            json!({"sub": "user-1", "exp": now() - 600}),
            json!({"sub": "user-1", "nbf": now() + 600}),
            json!({"sub": "user-1", "iat": now() + 600}),
        ] {
            let token = double.issue_access_token_for(CLIENT, claims.clone()).into();
            let request = ory.userinfo(&token, Subject::Unchecked);
            let outcome = request.relying_party(RelyingParty::new(CLIENT)).await;
            assert_eq!(outcome.is_ok(), good, "{leeway} {claims}");
        }
    }
}

#[tokio::test]
async fn it_is_sent_by_post_on_request_and_the_token_stays_in_the_header() {
    let double = OryMock::start().await;
    let ory = Client::new(double.url()).expect("a client");
    let token: AccessToken = double.issue_access_token(json!({"sub": "user-1"})).into();
    let user = ory.userinfo(&token, Subject::Expect("user-1")).post().await;
    assert_eq!(user.expect("a user").sub(), "user-1");
    let requests = double.requests_to("POST", "/userinfo");
    assert_eq!(requests.len(), 1);
    let authorization = format!("Bearer {}", token.expose());
    assert_eq!(
        requests[0].header("authorization"),
        Some(authorization.as_str())
    );
    assert!(requests[0].body().is_empty());
    assert!(double.requests_to("GET", "/userinfo").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_change_under_a_thousand_calls_fail_none_of_them() {
    let policy = CachePolicy::new().min_ttl(FOREVER);
    let provider = Arc::new(Provider::with(policy).await);
    let token = provider
        .double
        .issue_access_token_for(CLIENT, json!({"sub": "user-1"}));
    let token = Arc::new(AccessToken::new(token));
    let mut calls = JoinSet::new();
    for call in 0..1000 {
        let (provider, token) = (Arc::clone(&provider), Arc::clone(&token));
        calls.spawn(async move {
            if call == 500 {
                // The old key stays published, for what was signed with it a moment ago.
                provider.double.rotate_keys();
            }
            let request = provider.ory.userinfo(&token, Subject::Expect("user-1"));
            request
                .relying_party(RelyingParty::new(CLIENT))
                .await
                .map(drop)
        });
        // In batches, so that some calls are over when the keys change, and some begin after it.
        while calls.len() >= 50 {
            let outcome = calls.join_next().await.expect("there are some");
            outcome.expect("nobody panicked").expect("no call fails");
        }
    }
    for outcome in calls.join_all().await {
        outcome.expect("no call fails");
    }
    assert_eq!(provider.key_requests(), 2);
}

#[tokio::test]
async fn standard_claims_are_typed_and_lenient_where_servers_differ() {
    let double = OryMock::start().await;
    let ory = Client::new(double.url()).expect("a client");
    let user = async |claims| {
        let token = double.issue_access_token(claims).into();
        let user = ory.userinfo(&token, Subject::Unchecked).await;
        user.expect("the claims are fine")
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
    let address = zoe.address().expect("an address");
    assert_eq!(address.country.as_deref(), Some("NL"));
    assert_eq!(
        (address.locality.as_deref(), address.region),
        (Some("Utrecht"), None)
    );
    let changed = zoe.updated_at().expect("a time");
    let expected = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_500);
    assert_eq!(changed, expected);
    assert_eq!(zoe.claim_in("name", "JA-kana-jp"), Some("ゾーイ"));
    assert_eq!(zoe.claim_in("name", "ja"), None);

    let other =
        user(json!({"sub": "u", "address": "Utrecht\nNL", "updated_at": "1700000000"})).await;
    let address = other.address().expect("an address");
    assert_eq!(address.formatted.as_deref(), Some("Utrecht\nNL"));
    let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    assert_eq!(other.updated_at(), Some(expected));

    for odd in [
        json!("2023-11-14T22:13:20Z"),
        json!([]),
        json!(-1),
        json!(1e300),
        json!(true),
    ] {
        let odd_user = user(json!({"sub": "u", "address": odd, "updated_at": odd})).await;
        assert_eq!(odd_user.updated_at(), None, "{odd}");
        let kept: serde_json::Value = odd_user.claim("updated_at").expect("it is kept");
        assert_eq!(kept, odd);
    }
}
