//! Log-ins.

use ory_oidc_test_servers::Hydra;
use ory_oidc_test_servers::hydra::User;
use serde_json::{Value, json};

use crate::support::{claims, http, id, registered, secret, shared_hydra, userinfo};

async fn logs_in(hydra: &Hydra, authentication: &str) {
    let more = json!({"token_endpoint_auth_method": authentication});
    let client = registered(hydra, "openid offline_access email", &more).await;
    let user = User::new("user-zoë")
        .claim("email", "zoe@app.example")
        .claim("groups", json!(["a", "b"]));
    let login = hydra.log_in(id(&client), secret(&client)).user(user);
    let tokens = login.scope("openid offline_access email").tokens().await;

    let id_token = claims(&tokens.id_token.unwrap());
    assert_eq!(id_token["iss"], hydra.issuer());
    assert_eq!(id_token["aud"], json!([id(&client)]));
    assert!(id_token["sid"].is_string());
    assert!(tokens.refresh_token.is_some());
    for claims in [id_token, userinfo(hydra, &tokens.access_token).await] {
        assert_eq!(claims["sub"], "user-zoë");
        assert_eq!(claims["email"], "zoe@app.example");
        assert_eq!(claims["groups"], json!(["a", "b"]));
    }
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn each_client_authenticates_as_it_registered() {
    let hydra = shared_hydra().await;
    for method in ["client_secret_basic", "client_secret_post", "none"] {
        logs_in(hydra, method).await;
    }
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn a_log_in_on_sqlite_returns_tokens() {
    let hydra = Hydra::builder().start().await;
    logs_in(&hydra, "client_secret_basic").await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn a_scope_without_offline_access_brings_no_refresh_token() {
    let hydra = shared_hydra().await;
    let client = registered(hydra, "openid offline_access", &json!({})).await;
    let tokens = hydra.log_in(id(&client), secret(&client)).tokens().await;
    assert!(tokens.id_token.is_some());
    assert!(tokens.refresh_token.is_none());
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
#[should_panic(expected = "invalid_scope")]
async fn a_scope_that_the_client_did_not_register_is_refused() {
    let hydra = shared_hydra().await;
    let client = registered(hydra, "openid", &json!({})).await;
    let login = hydra.log_in(id(&client), secret(&client));
    login.scope("openid email").tokens().await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
#[should_panic(expected = "invalid_client")]
async fn a_wrong_secret_is_refused() {
    let hydra = shared_hydra().await;
    let client = registered(hydra, "openid", &json!({})).await;
    hydra.log_in(id(&client), Some("wrong")).tokens().await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn a_logged_in_browser_is_not_asked_again() {
    let hydra = shared_hydra().await;
    let client = registered(hydra, "openid", &json!({})).await;
    let login = || hydra.log_in(id(&client), secret(&client));
    let first = login().user(User::new("zoe")).tokens().await;
    // Another user in the same browser: Hydra's session wins.
    let again = login()
        .user(User::new("somebody-else"))
        .browser(first.browser);
    let again = claims(&again.tokens().await.id_token.unwrap());
    assert_eq!(again["sub"], "zoe");
    assert_eq!(again["sid"], claims(&first.id_token.unwrap())["sid"]);
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn a_pairwise_client_sees_another_subject() {
    let hydra = Hydra::builder().pairwise_subjects(true).start().await;
    let subject = async |more: Value| {
        let client = registered(&hydra, "openid", &more).await;
        let login = hydra.log_in(id(&client), secret(&client));
        let tokens = login.user(User::new("zoe")).tokens().await;
        let id_token = claims(&tokens.id_token.unwrap());
        let userinfo = userinfo(&hydra, &tokens.access_token).await;
        assert_eq!(id_token["sub"], userinfo["sub"]);
        id_token["sub"].as_str().unwrap().to_owned()
    };
    assert_eq!(subject(json!({})).await, "zoe");
    assert_ne!(subject(json!({"subject_type": "pairwise"})).await, "zoe");
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn userinfo_is_a_jwt_where_the_client_registered_an_algorithm() {
    let hydra = shared_hydra().await;
    let more = json!({"userinfo_signed_response_alg": "RS256"});
    let client = registered(hydra, "openid", &more).await;
    let tokens = hydra.log_in(id(&client), secret(&client)).tokens().await;
    let request = http().get(format!("{}/userinfo", hydra.public_url()));
    let response = request.bearer_auth(tokens.access_token).send().await;
    let response = response.unwrap();
    assert_eq!(response.headers()["content-type"], "application/jwt");
    assert_eq!(claims(&response.text().await.unwrap())["sub"], "user-1");
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn the_login_hint_of_another_program_selects_the_user() {
    let hydra = shared_hydra().await;
    let client = registered(hydra, "openid", &json!({})).await;
    hydra.set_user("zoe@app.example", User::new("zoe"));
    for (hint, subject) in [("zoe@app.example", "zoe"), ("bob", "bob"), ("", "user-1")] {
        let url = format!(
            "{}/oauth2/auth?client_id={}&response_type=token+id_token&scope=openid\
             &redirect_uri=https://app.example/callback&state=12345678&nonce=12345678\
             &login_hint={hint}",
            hydra.public_url(),
            id(&client)
        );
        let patch = json!([
            {"op": "replace", "path": "/grant_types", "value": ["implicit"]},
            {"op": "replace", "path": "/response_types", "value": ["token id_token"]},
        ]);
        hydra.admin().patch_client(id(&client), &patch).await;
        let page = hydra.browser().open(&url).await;
        assert_eq!(page.status, None, "the application is not requested");
        let fragment = page.url.fragment().unwrap();
        let id_token = fragment
            .split('&')
            .find_map(|p| p.strip_prefix("id_token="));
        assert_eq!(claims(id_token.unwrap())["sub"], subject);
    }
}
