//! Pairwise subjects (OpenID Connect Core 1.0 §8.1).

use crate::support::{on_each_database, wanted};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ory_oidc::token::MemoryReplayGuard;
use ory_oidc::{AccessToken, ClientMetadata, Registration, Subject};
use ory_oidc_contract::Target as _;
use ory_oidc_contract::hydra::OnHydra;
use ory_oidc_test_servers::hydra::User;
use serde_json::Value;

on_each_database! {
    id_token_userinfo_and_signed_userinfo_agree_on_the_subject,
    clients_at_different_hosts_see_different_subjects,
    a_logout_token_ends_the_session_of_a_pairwise_subject,
}

fn pairwise() -> ClientMetadata {
    wanted("client_secret_basic").subject_type("pairwise")
}

async fn registered(target: &OnHydra, wanted: ClientMetadata) -> Registration {
    let registration = target.client().register(&wanted).await;
    registration.expect("the metadata are valid")
}

/// The subject of the ID token, which userinfo must have, too.
async fn subject(target: &OnHydra, client: &Registration) -> String {
    let tokens = target.log_in(client, User::new("zoe")).await;
    let id_token = tokens.id_token.expect("the scope has openid");
    let subject = claims(&id_token)["sub"]
        .as_str()
        .expect("a text")
        .to_owned();
    let token = AccessToken::new(tokens.access_token);
    let ory = target.client();
    let user = ory.userinfo(&token, Subject::Expect(&subject));
    let user = user.relying_party(client).await;
    assert_eq!(user.expect("the same subject").sub(), subject);
    subject
}

/// The claims of a JWT, which is not verified.
pub(crate) fn claims(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).expect("a JWT has three parts");
    let payload = URL_SAFE_NO_PAD.decode(payload).expect("base64");
    serde_json::from_slice(&payload).expect("JSON")
}

async fn id_token_userinfo_and_signed_userinfo_agree_on_the_subject(target: &OnHydra) {
    let plain = subject(target, &registered(target, pairwise()).await).await;
    let signed = pairwise().userinfo_signed_response_alg("RS256");
    let signed = subject(target, &registered(target, signed).await).await;
    assert_eq!(plain, signed, "both clients are at the same host");
    let public = registered(target, wanted("client_secret_basic")).await;
    assert_eq!(subject(target, &public).await, "zoe");
    assert_ne!(plain, "zoe");
}

async fn clients_at_different_hosts_see_different_subjects(target: &OnHydra) {
    let one = subject(target, &registered(target, pairwise()).await).await;
    let other = ClientMetadata::new(["https://other.example/callback"])
        .scope(["openid"])
        .subject_type("pairwise");
    let other = subject(target, &registered(target, other).await).await;
    assert_ne!(one, other);
}

async fn a_logout_token_ends_the_session_of_a_pairwise_subject(target: &OnHydra) {
    let client = pairwise()
        .backchannel_logout_uri(target.backchannel_logout_uri())
        .backchannel_logout_session_required(true);
    let client = registered(target, client).await;
    let tokens = target.log_in(&client, User::new("zoe")).await;
    let id_token = tokens.id_token.as_deref().expect("the scope has openid");
    let session = claims(id_token);
    let (sub, sid) = (session["sub"].as_str(), session["sid"].as_str());
    let logout_token = target.log_out(&tokens).await;

    let guard = MemoryReplayGuard::new();
    let ory = target.client();
    let logout = ory.verify_logout_token(&logout_token, &client, &guard);
    let logout = logout.await.expect("Hydra signed it");
    assert!(logout.ends(sub.expect("an ID token has sub"), sid));
    // It names the session alone, so there is no subject to disagree with.
    assert_eq!((logout.sub(), logout.sid()), (None, sid));
}
