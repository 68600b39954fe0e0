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
}

/// Hydra finds a token by its last part, and then verifies the rest.
#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` installs it and runs this"]
async fn bad_token_is_the_fault_of_the_client() {
    let hydra = Hydra::builder().start().await;
    for strategy in ["jwt", "opaque"] {
        let client = json!({
            "client_id": strategy,
            "client_secret": "secret-of-app",
            "redirect_uris": ["https://app.example/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": "openid offline_access",
            "access_token_strategy": strategy,
        });
        hydra.admin().create_client(&client).await;
    }
    let tokens = async |client: &str| {
        let log_in = hydra.log_in(client, Some("secret-of-app"));
        log_in.scope("openid offline_access").tokens().await
    };
    let ory = Client::builder(hydra.public_url()).issuer(hydra.issuer());
    let auth = BearerAuth::builder(ory.build().expect("loopback is permitted"));
    let auth = auth.build().expect("the settings are valid");
    let refused = async |token: &str| refused(&auth, &AccessToken::new(token)).await;

    let (jwt, opaque) = (tokens("jwt").await, tokens("opaque").await);
    let (token, other) = (&jwt.access_token, tokens("jwt").await.access_token);
    assert_eq!(refused(token).await, None);
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("a JWT has three parts")
    };
    let others: Vec<_> = other.split('.').collect();
    let signature_of_opaque = opaque.access_token.rsplit('.').next().unwrap_or_default();
    let refresh_token = opaque.refresh_token.as_deref().expect("a refresh token");
    for bad in [
        // The status of Hydra is 400.
        &format!("{header}.{claims}.{}", others[2]),
        &format!("{header}.{}.{signature}", others[1]),
        &format!("e30.{claims}.{signature}"),
        &format!("eyJhbGciOiJub25lIn0.{claims}.{signature}"),
        &format!("~.{claims}.{signature}"),
        &format!("{header}.~.{signature}"),
        &format!(".{signature}"),
        &format!("x.{signature}"),
        &format!("AAAA.{signature_of_opaque}"),
        // 401.
        &format!("{header}..{signature}"),
        &format!("{header}.bm90IEpTT04.{signature}"),
        &format!("{token}x"),
        &format!("{token}."),
        &format!("{header}.{claims}"),
        jwt.id_token.as_deref().expect("an ID token"),
        refresh_token,
        &format!("x.{}", "y".repeat(8000)),
        // Not sent.
        &"y".repeat(9000),
    ] {
        assert_eq!(refused(bad).await, Some(Reason::InvalidToken), "{bad}");
    }
    // 500, with the same body as other failures of Hydra.
    for unrecognizable in [
        format!("{header}.{claims}.{signature_of_opaque}"),
        format!("~.{signature_of_opaque}"),
    ] {
        let reason = refused(&unrecognizable).await;
        assert_eq!(reason, Some(Reason::Unavailable), "{unrecognizable}");
    }

    let keys = "hydra.jwt.access-token";
    hydra.admin().create_key(keys, "RS256").await;
    let reason = refused(&other).await;
    assert_eq!(reason, Some(Reason::InvalidToken), "signed by an older key");
}
