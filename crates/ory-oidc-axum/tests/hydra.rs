//! On a real Ory Hydra with PostgreSQL.

use ory_oidc::{AccessToken, Client};
use ory_oidc_axum::{BearerAuth, Reason};
use ory_oidc_test_servers::{Hydra, Postgres};
use serde_json::json;
use std::time::Duration;

/// The reason why a token is refused; [`None`] for a user.
async fn refused(auth: &BearerAuth, token: &AccessToken) -> Option<Reason> {
    let user = auth.authenticate_token(token).await;
    user.err().map(|rejection| rejection.reason())
}

async fn advance(duration: Duration) {
    tokio::time::pause();
    tokio::time::advance(duration).await;
    tokio::time::resume();
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn outage_of_the_database_is_not_a_refusal_of_the_token() {
    let postgres = Postgres::start().await;
    let hydra = Hydra::builder().postgres(&postgres).start().await;
    let client = json!({
        "client_id": "app",
        "client_secret": "secret-of-app",
        "redirect_uris": ["https://app.example/callback"],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "scope": "openid",
    });
    hydra.admin().create_client(&client).await;
    let log_in = hydra.log_in("app", Some("secret-of-app"));
    let token = AccessToken::new(log_in.tokens().await.access_token);
    let invented = AccessToken::new("invented");
    let ory = Client::builder(hydra.public_url()).issuer(hydra.issuer());
    let auth = BearerAuth::builder(ory.build().expect("loopback is permitted"));
    let auth = auth.timeout(Duration::from_secs(30));
    let auth = auth.build().expect("the settings are valid");

    assert_eq!(refused(&auth, &token).await, None);
    assert_eq!(refused(&auth, &invented).await, Some(Reason::InvalidToken));

    postgres.kill().await;
    advance(Duration::from_secs(60)).await;
    assert_eq!(refused(&auth, &token).await, Some(Reason::Unavailable));
    assert_eq!(refused(&auth, &invented).await, Some(Reason::Unavailable));

    postgres.restart().await;
    advance(Duration::from_secs(1)).await;
    // Hydra needs a moment to connect again.
    while refused(&auth, &token).await == Some(Reason::Unavailable) {
        advance(Duration::from_secs(1)).await;
    }
    assert_eq!(refused(&auth, &token).await, None);
    assert_eq!(refused(&auth, &invented).await, Some(Reason::InvalidToken));
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` installs it and runs this"]
async fn scopes_of_jwt_access_tokens_are_checked() {
    let hydra = Hydra::builder().start().await;
    for (id, strategy) in [("jwt", "jwt"), ("opaque", "opaque")] {
        let client = json!({
            "client_id": id,
            "client_secret": "secret-of-app",
            "redirect_uris": ["https://app.example/callback"],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "scope": "openid report:read report:write",
            "access_token_strategy": strategy,
        });
        hydra.admin().create_client(&client).await;
    }
    let token = async |client: &str, scope: &str| {
        let log_in = hydra.log_in(client, Some("secret-of-app")).scope(scope);
        AccessToken::new(log_in.tokens().await.access_token)
    };
    let ory = Client::builder(hydra.public_url()).issuer(hydra.issuer());
    let auth = BearerAuth::builder(ory.build().expect("loopback is permitted"));
    let auth = auth.require_scopes(["report:read"]).build();
    let auth = auth.expect("the settings are valid");

    let with = token("jwt", "openid report:read").await;
    let without = token("jwt", "openid report:write").await;
    let empty = token("jwt", "").await;
    let opaque = token("opaque", "openid report:read").await;
    for _ in ["asked", "cached"] {
        let user = auth.authenticate_token(&with).await;
        let user = user.expect("the token has the scope");
        let scopes: Vec<_> = user.scopes().expect("they are known").collect();
        assert_eq!(scopes, ["openid", "report:read"]);
        let reason = Some(Reason::InsufficientScope);
        assert_eq!(refused(&auth, &without).await, reason);
        assert_eq!(refused(&auth, &empty).await, reason);
        assert_eq!(refused(&auth, &opaque).await, Some(Reason::UnknownScopes));
    }

    // Hydra finds a token by its last part, and must verify the rest, too.
    let parts: Vec<_> = with.expose().split('.').collect();
    let others: Vec<_> = without.expose().split('.').collect();
    let opaque_signature = opaque.expose().split('.').next_back().unwrap_or_default();
    for forged in [
        format!("{}.{}.{}", parts[0], parts[1], others[2]),
        format!("{}.{}.{opaque_signature}", parts[0], parts[1]),
    ] {
        let forged = AccessToken::new(forged);
        assert!(refused(&auth, &forged).await.is_some());
    }
}
