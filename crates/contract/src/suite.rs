//! One suite for every server: what a client may rely on, whoever answers.
//!
//! Each function is one promise. It runs on whatever [`Target`] it is given, and the
//! test binaries decide which those are.

#[cfg(feature = "jwt")]
pub(crate) mod identity;

use ory_oidc::error::{ErrorCode, ErrorKind, ValidationError};
use ory_oidc::logout::{EndSessionOutcome, LogoutProblem};
use ory_oidc::registration::{Difference, RegistrationAccessToken};
use ory_oidc::{AccessToken, Client, ClientMetadata, Error, IdToken, Registration, Subject};
use ory_oidc_keeper::{Action, MemoryStore, Retirement};
use serde_json::{Value, json};
use std::time::Duration;

/// A server, and what its operator can do behind the API.
#[cfg_attr(not(feature = "jwt"), allow(dead_code))]
pub(crate) trait Target {
    /// The base URL.
    fn url(&self) -> &str;
    /// The issuer that its metadata names.
    fn issuer(&self) -> &str;
    /// An access token whose userinfo has these claims, for a client where that matters.
    async fn access_token(&self, client: Option<&Registration>, claims: Value) -> AccessToken;
    /// An ID token for a user of a client.
    async fn id_token(&self, client: &Registration, subject: &str) -> IdToken;
    /// A logout token for a user of a client; [`None`] where only a browser brings one about.
    async fn logout_token(&self, client: &Registration, subject: &str) -> Option<String>;
    /// Signs with new keys from now on, and goes on publishing the old ones.
    async fn rotate_keys(&self);
    /// Whether an update replaces the registration access token.
    fn rotates(&self) -> bool {
        true
    }
}

const CALLBACK: &str = "https://app.example/callback";
const BYE: &str = "https://app.example/bye";

fn client(target: &impl Target) -> Client {
    Client::builder(target.url())
        .issuer(target.issuer())
        .build()
        .expect("a client")
}

fn wanted() -> ClientMetadata {
    ClientMetadata::new([CALLBACK])
        .client_name("Zoë's App ☕")
        .grant_types(["authorization_code", "refresh_token"])
        .response_types(["code"])
        .scope(["openid", "offline_access", "email"])
        .token_endpoint_auth_method("client_secret_post")
        .post_logout_redirect_uris([BYE])
        .contacts(["ops@app.example"])
}

async fn registered(ory: &Client, wanted: &ClientMetadata) -> Registration {
    ory.register(wanted).await.expect("a registration")
}

fn condition<T: std::fmt::Debug>(result: Result<T, Error>) -> Option<ErrorKind> {
    result.expect_err("an error").kind()
}

pub(crate) async fn a_registration_grants_what_was_asked_and_brings_credentials(
    target: &impl Target,
) {
    let ory = client(target);
    let registration = registered(&ory, &wanted()).await;
    assert!(!registration.client_id().is_empty());
    assert!(registration.client_secret().is_some());
    assert!(registration.registration_access_token().is_some());
    assert!(registration.registration_client_uri().is_some());
    assert_eq!(
        registration.client_secret_expires_at(),
        None,
        "0 means never"
    );
    for difference in registration.differences(&wanted()) {
        assert!(
            matches!(difference, Difference::Added { .. }),
            "{difference}"
        );
    }
}

pub(crate) async fn a_public_client_gets_no_secret(target: &impl Target) {
    let ory = client(target);
    let public = wanted().token_endpoint_auth_method("none");
    assert_eq!(registered(&ory, &public).await.client_secret(), None);
}

pub(crate) async fn a_read_shows_what_was_granted_and_keeps_the_credentials(target: &impl Target) {
    let ory = client(target);
    let mut registration = registered(&ory, &wanted()).await;
    let before = registration.clone();
    ory.read_registration(&mut registration)
        .await
        .expect("a read");
    assert_eq!(registration.metadata(), before.metadata());
    assert_eq!(registration.client_secret(), before.client_secret());
    assert_eq!(
        registration.registration_access_token(),
        before.registration_access_token()
    );
    assert_eq!(
        registration.registration_client_uri(),
        before.registration_client_uri()
    );
}

pub(crate) async fn a_registration_kept_as_id_and_token_can_be_read(target: &impl Target) {
    let ory = client(target);
    let registration = registered(&ory, &wanted()).await;
    let token = registration
        .registration_access_token()
        .expect("a token")
        .clone();
    let mut saved = Registration::from_saved(registration.client_id(), token);
    ory.read_registration(&mut saved).await.expect("a read");
    assert_eq!(saved.metadata(), registration.metadata());
}

pub(crate) async fn an_update_changes_one_member_and_keeps_the_others(target: &impl Target) {
    let ory = client(target);
    let mut registration = registered(&ory, &wanted().member("software_id", "4NRB1")).await;
    let mut expected = registration.metadata();
    expected.set_client_name("Renamed");
    let change = |m: &mut ClientMetadata| m.set_client_name("Renamed");
    ory.update_registration(&mut registration, change)
        .await
        .expect("an update");
    assert_eq!(registration.metadata(), expected);
    ory.read_registration(&mut registration)
        .await
        .expect("a read");
    assert_eq!(registration.metadata(), expected);
}

pub(crate) async fn an_update_replaces_the_token_and_the_old_one_is_dead(target: &impl Target) {
    let ory = client(target);
    let mut registration = registered(&ory, &wanted()).await;
    let mut old = registration.clone();
    for name in ["One", "Two", "Three"] {
        let change = |m: &mut ClientMetadata| m.set_client_name(name);
        ory.update_registration(&mut registration, change)
            .await
            .expect("an update");
    }
    assert_eq!(
        registration.client_secret(),
        old.client_secret(),
        "an absent secret stays"
    );
    let same = registration.registration_access_token() == old.registration_access_token();
    assert_eq!(same, !target.rotates());
    if target.rotates() {
        let dead = condition(ory.read_registration(&mut old).await);
        assert_eq!(dead, Some(ErrorKind::Unauthorized));
    }
    ory.read_registration(&mut registration)
        .await
        .expect("the new token works");
}

pub(crate) async fn a_member_goes_only_when_it_is_removed(target: &impl Target) {
    let ory = client(target);
    let mut registration = registered(&ory, &wanted()).await;
    let change = |m: &mut ClientMetadata| m.remove_contacts();
    ory.update_registration(&mut registration, change)
        .await
        .expect("an update");
    let contacts = registration.granted().contacts.clone().unwrap_or_default();
    assert_eq!(contacts, Vec::<String>::new());
    ory.read_registration(&mut registration)
        .await
        .expect("a read");
    assert_eq!(
        registration.granted().contacts.clone().unwrap_or_default(),
        contacts
    );
    assert_eq!(
        registration.granted().client_name.as_deref(),
        Some("Zoë's App ☕")
    );
}

pub(crate) async fn a_refused_update_leaves_registration_and_token_as_they_were(
    target: &impl Target,
) {
    let ory = client(target);
    let mut registration = registered(&ory, &wanted()).await;
    let before = registration.clone();
    let change = |m: &mut ClientMetadata| m.set_redirect_uris(["https://app.example/#fragment"]);
    let error = ory
        .update_registration(&mut registration, change)
        .await
        .expect_err("refused");
    let Error::Server(refusal) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(refusal.code(), Some(&ErrorCode::InvalidRedirectUri));
    assert_eq!(
        registration.registration_access_token(),
        before.registration_access_token()
    );
    ory.read_registration(&mut registration)
        .await
        .expect("the token still works");
    assert_eq!(registration.metadata(), before.metadata());
}

pub(crate) async fn a_refused_registration_says_why(target: &impl Target) {
    let ory = client(target);
    let error = ory
        .register(&ClientMetadata::new(["https://app.example/#fragment"]))
        .await;
    let error = error.expect_err("a fragment is refused");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400));
    let Error::Server(refusal) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(refusal.code(), Some(&ErrorCode::InvalidRedirectUri));
    assert!(refusal.description().is_some());
    assert!(!error.is_retryable());
}

pub(crate) async fn a_wrong_token_and_an_unknown_client_get_one_answer(target: &impl Target) {
    let ory = client(target);
    let registration = registered(&ory, &wanted()).await;
    let token = || RegistrationAccessToken::new("ory_at_wrong");
    // Ids that would be another path if they were not encoded, too.
    for id in [
        registration.client_id(),
        "does-not-exist",
        "a/b",
        "a b",
        "ä?x#y",
    ] {
        let mut wrong = Registration::from_saved(id, token());
        let refused = condition(ory.read_registration(&mut wrong).await);
        assert_eq!(refused, Some(ErrorKind::Unauthorized), "{id}");
    }
}

pub(crate) async fn a_deleted_registration_is_gone(target: &impl Target) {
    let ory = client(target);
    let mut registration = registered(&ory, &wanted()).await;
    ory.delete_registration(&registration)
        .await
        .expect("a deletion");
    let gone = Some(ErrorKind::Unauthorized);
    assert_eq!(
        condition(ory.read_registration(&mut registration).await),
        gone
    );
    assert_eq!(
        condition(ory.update_registration(&mut registration, |_| ()).await),
        gone
    );
    assert_eq!(
        condition(ory.delete_registration(&registration).await),
        gone
    );
}

pub(crate) async fn a_kept_registration_is_found_again_and_follows_its_updates(
    target: &impl Target,
) {
    let (ory, store) = (client(target), MemoryStore::new());
    let start = || {
        ory.keeper(store.clone(), "contract")
            .settling(Duration::ZERO)
    };
    let first = start()
        .ensure_registered(&wanted())
        .await
        .expect("a registration");
    assert_eq!(first.action(), Action::Registered);
    let again = start()
        .ensure_registered(&wanted())
        .await
        .expect("the same");
    assert_eq!(again.action(), Action::Reused, "{:?}", again.differences());
    start()
        .update(|m| m.set_client_name("Changed meanwhile"))
        .await
        .expect("an update");
    let put_right = start()
        .ensure_registered(&wanted())
        .await
        .expect("the wanted one");
    assert_eq!(put_right.action(), Action::Updated);
    let again = start()
        .ensure_registered(&wanted())
        .await
        .expect("the same");
    assert_eq!(again.action(), Action::Reused, "{:?}", again.differences());
    assert_eq!(
        again.registration().client_id(),
        first.registration().client_id()
    );
    assert_eq!(
        start().retire().await.expect("a deletion"),
        Retirement::Deleted
    );
    assert_eq!(start().stored().await.expect("a look"), None);
}

pub(crate) async fn discovery_finds_the_issuer_and_its_endpoints(target: &impl Target) {
    let ory = client(target);
    let provider = ory.discover().await.expect("metadata");
    assert_eq!(provider.issuer(), target.issuer());
    assert!(!provider.issuer_was_tolerated());
    let endpoint = |path: &str| Some(format!("{}{path}", target.url()));
    assert_eq!(
        provider.userinfo_endpoint().map(str::to_owned),
        endpoint("/userinfo")
    );
    let logout = provider.end_session_endpoint().map(str::to_owned);
    assert_eq!(logout, endpoint("/oauth2/sessions/logout"));
    assert!(
        provider
            .fields()
            .id_token_signing_alg_values_supported
            .contains(&"RS256".to_owned())
    );
}

pub(crate) async fn another_issuer_exposes_no_metadata(target: &impl Target) {
    let ory = Client::builder(target.url())
        .issuer("https://id.example")
        .build()
        .expect("a client");
    let error = ory.discover().await.expect_err("not the issuer asked for");
    let Error::Validation(DiscoveryError::IssuerMismatch { expected, found }) = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (expected.as_str(), found.as_str()),
        ("https://id.example", target.issuer())
    );
}

pub(crate) async fn userinfo_turns_a_token_into_its_user(target: &impl Target) {
    let ory = client(target);
    let claims = json!({
        "sub": "user-zoë", "name": "Zoë", "email": "zoe@app.example", "email_verified": true,
        "groups": ["a", "b"], "name#ja": "ゾーイ", "address": {"country": "NL"},
        "updated_at": 1_700_000_000.5,
    });
    let token = target.access_token(None, claims).await;
    let user = ory
        .userinfo(&token, Subject::Expect("user-zoë"))
        .await
        .expect("a user");
    assert_eq!((user.sub(), user.name()), ("user-zoë", Some("Zoë")));
    assert_eq!(user.email(), Some("zoe@app.example"));
    assert_eq!(user.email_verified(), Some(true));
    let groups: Vec<String> = user.claim("groups").expect("a custom claim");
    assert_eq!(groups, ["a", "b"]);
    let address: Value = user.claim("address").expect("an object");
    assert_eq!(address["country"], "NL");
    assert_eq!(
        user.claim::<String>("name#ja").expect("a translation"),
        "ゾーイ"
    );
    assert_eq!(
        user.claim::<Option<String>>("nickname").expect("absent"),
        None
    );
}

pub(crate) async fn userinfo_about_somebody_else_is_refused(target: &impl Target) {
    let ory = client(target);
    let token = target.access_token(None, json!({"sub": "user-1"})).await;
    let error = ory
        .userinfo(&token, Subject::Expect("user-2"))
        .await
        .expect_err("refused");
    assert!(
        matches!(error, Error::Validation(UserInfoError::SubjectMismatch)),
        "{error:?}"
    );
    ory.userinfo(&token, Subject::Unchecked)
        .await
        .expect("the choice not to check");
}

pub(crate) async fn a_bad_access_token_is_told_by_its_challenge(target: &impl Target) {
    let ory = client(target);
    let error = ory
        .userinfo(&AccessToken::new("ory_at_bad"), Subject::Unchecked)
        .await;
    let error = error.expect_err("refused");
    assert_eq!(error.kind(), Some(ErrorKind::Unauthorized));
    let Error::Server(refusal) = &error else {
        panic!("{error:?}")
    };
    let bearer = refusal
        .challenges()
        .iter()
        .find(|challenge| challenge.is_bearer());
    assert!(
        bearer.is_some_and(|bearer| bearer.error().is_some()),
        "{refusal:?}"
    );
}

pub(crate) async fn signed_userinfo_hands_out_no_claims_unverified(target: &impl Target) {
    let ory = client(target);
    let registration = registered(&ory, &wanted().userinfo_signed_response_alg("RS256")).await;
    let token = target
        .access_token(Some(&registration), json!({"sub": "user-1"}))
        .await;
    let error = ory
        .userinfo(&token, Subject::Unchecked)
        .await
        .expect_err("not verified");
    let Error::SignedUserInfo(signed) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(signed.unverified_compact().split('.').count(), 3);
}

pub(crate) async fn a_logout_with_a_good_hint_is_not_refused(target: &impl Target) {
    let ory = client(target);
    let registration = registered(&ory, &wanted()).await;
    let id_token = target.id_token(&registration, "user-1").await;
    let request = ory
        .end_session(&id_token)
        .post_logout_redirect_uri(BYE)
        .state("st");
    let mut problems = request.preflight(&registration);
    // Ory demands claims in the hint that other providers leave out.
    problems.retain(|problem| !matches!(problem, LogoutProblem::HintClaimMissing { .. }));
    assert_eq!(problems, []);
    let outcome = request.send().await.expect("an answer");
    let accepted = matches!(
        outcome,
        EndSessionOutcome::LoginApp(_) | EndSessionOutcome::Page(_)
    );
    assert!(accepted, "{outcome:?}");
}

pub(crate) async fn a_logout_to_an_unregistered_address_is_refused(target: &impl Target) {
    let ory = client(target);
    let registration = registered(&ory, &wanted()).await;
    let id_token = target.id_token(&registration, "user-1").await;
    let request = ory
        .end_session(&id_token)
        .post_logout_redirect_uri("https://evil.example/");
    // Ory redirects to an error page, others answer 400 themselves.
    let code = match request.send().await {
        Ok(EndSessionOutcome::Refused(refusal)) => Some(refusal.code().clone()),
        Err(Error::Server(refusal)) => refusal.code().cloned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(code, Some(ErrorCode::InvalidRequest));
}

/// Makes a test of each promise. `$start` makes a target, which lives as long as its test;
/// an attribute after it stands on every test.
#[macro_export]
macro_rules! contract {
    ($start:expr $(, $attribute:meta)?) => {
        $crate::contract!(@all ($($attribute)?) $start,
            a_registration_grants_what_was_asked_and_brings_credentials,
            a_public_client_gets_no_secret,
            a_read_shows_what_was_granted_and_keeps_the_credentials,
            a_registration_kept_as_id_and_token_can_be_read,
            an_update_changes_one_member_and_keeps_the_others,
            an_update_replaces_the_token_and_the_old_one_is_dead,
            a_member_goes_only_when_it_is_removed,
            a_refused_update_leaves_registration_and_token_as_they_were,
            a_refused_registration_says_why,
            a_wrong_token_and_an_unknown_client_get_one_answer,
            a_deleted_registration_is_gone,
            a_kept_registration_is_found_again_and_follows_its_updates,
            discovery_finds_the_issuer_and_its_endpoints,
            another_issuer_exposes_no_metadata,
            userinfo_turns_a_token_into_its_user,
            userinfo_about_somebody_else_is_refused,
            a_bad_access_token_is_told_by_its_challenge,
            signed_userinfo_hands_out_no_claims_unverified,
            a_logout_with_a_good_hint_is_not_refused,
            a_logout_to_an_unregistered_address_is_refused,
        );
        #[cfg(feature = "jwt")]
        mod identity {
            #[allow(unused_imports)] // what starts the target may be named in full
            use super::*;

            $crate::contract!(@identity ($($attribute)?) $start,
                discovery_is_asked_once_by_a_hundred_tasks,
                the_key_set_holds_a_key_for_what_is_advertised,
                signed_userinfo_is_verified_for_its_client,
                plain_userinfo_is_refused_where_a_signature_was_registered,
                keys_that_change_under_a_thousand_calls_fail_none_of_them,
                a_logout_token_is_verified_and_counts_once,
                an_id_token_is_no_logout_token,
            );
        }
    };
    (@all $attribute:tt $start:expr, $($promise:ident,)*) => {
        $($crate::contract!(@one $attribute $start, $promise, $crate::contract::$promise);)*
    };
    (@identity $attribute:tt $start:expr, $($promise:ident,)*) => {
        $($crate::contract!(@one $attribute $start, $promise, $crate::contract::identity::$promise);)*
    };
    (@one ($($attribute:meta)?) $start:expr, $name:ident, $promise:path) => {
        #[tokio::test]
        $(#[$attribute])?
        async fn $name() {
            let target = $start.await;
            $promise(&target).await;
        }
    };
}
