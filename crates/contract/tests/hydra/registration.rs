//! Dynamic registration, where only Hydra v2.3.0 does this.

use crate::support::{client, kind, on_each_database, wanted};
use ory_oidc::error::ErrorKind;
use ory_oidc::{Error, Registration};
use ory_oidc_contract::hydra::OnHydra;
use ory_oidc_test_servers::Hydra;
use serde_json::json;

on_each_database! {
    a_refusal_of_metadata_shows_its_reason,
    an_id_with_a_slash_is_not_found,
}

async fn a_refusal_of_metadata_shows_its_reason(target: &OnHydra) {
    let valid = || wanted("none");
    for (wanted, reason) in [
        (
            valid().subject_type("nonsense"),
            "Subject type nonsense is not supported",
        ),
        (
            valid().userinfo_signed_response_alg("HS256"),
            "Field userinfo_signed_response_alg can either be 'none' or 'RS256'",
        ),
        (
            valid().redirect_uris(["https://app.example/#a"]),
            "Redirect URIs must not contain fragments",
        ),
        (
            valid().post_logout_redirect_uris(["https://other.example/"]),
            "must match the domain",
        ),
    ] {
        let refused = target.client().register(&wanted).await;
        let message = refused.expect_err("Hydra refuses this").to_string();
        assert!(message.contains(reason), "{message}");
        assert!(!message.contains('…'), "{message}");
    }
}

async fn an_id_with_a_slash_is_not_found(target: &OnHydra) {
    let mut client = Registration::from_saved("a/b", "ory_at_any".into());
    let read = target.client().read_registration(&mut client).await;
    let error = read.expect_err("no route matches");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let body = error.response_body().expect("the response arrived");
    assert_eq!(body, "404 page not found\n");
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn disabled_registration_is_not_found_and_not_advertised() {
    let hydra = Hydra::builder().registration(false).start().await;
    let ory = client(&hydra);
    let provider = ory.discover().await.expect("discovery is not disabled");
    assert!(!provider.advertises_registration());

    let register = ory.register(&wanted("none")).await;
    let error = register.expect_err("registration is disabled");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let Error::Server(refusal) = &error else {
        panic!("{error:?}")
    };
    let reason = Some("Dynamic registration is not enabled.");
    assert_eq!(refusal.description(), reason);

    // A client that an administrator created has a token, which is of no use.
    let created = json!({"redirect_uris": ["https://app.example/callback"]});
    let created = hydra.admin().create_client(&created).await;
    let text = |name: &str| created[name].as_str().expect("a text");
    let token = text("registration_access_token").into();
    let mut registration = Registration::from_saved(text("client_id"), token);
    let read = ory.read_registration(&mut registration).await;
    assert_eq!(kind(read), ErrorKind::NotFound);
    let wanted = wanted("none");
    let update = ory.replace_registration(&mut registration, &wanted).await;
    assert_eq!(kind(update), ErrorKind::NotFound);
    let delete = ory.delete_registration(&registration).await;
    assert_eq!(kind(delete), ErrorKind::NotFound);
}
