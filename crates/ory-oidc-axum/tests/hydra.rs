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
