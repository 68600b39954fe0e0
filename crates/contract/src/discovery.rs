//! Reading the provider's metadata (OpenID Connect Discovery 1.0).

use crate::target::{Target, client};
use ory_oidc::Client;
use ory_oidc::discovery::DiscoveryError;

pub async fn the_metadata_name_the_issuer_and_its_endpoints(target: &impl Target) {
    let ory = client(target);
    let provider = ory
        .discover()
        .await
        .expect("the issuer is the expected one");
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
            .iter()
            .flatten()
            .any(|alg| alg == "RS256")
    );
}

pub async fn metadata_of_another_issuer_are_not_used(target: &impl Target) {
    let ory = Client::builder(target.url())
        .issuer("https://id.example")
        .build()
        .expect("the URL is valid");
    let error = ory.discover().await.expect_err("the issuer is another one");
    let Some(DiscoveryError::IssuerMismatch { expected, found }) = error.validation() else {
        panic!("{error:?}")
    };
    assert_eq!(
        (expected.as_str(), found.as_str()),
        ("https://id.example", target.issuer())
    );
}
