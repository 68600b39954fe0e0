//! Tests of the token endpoint, and of the revocation and introspection of its tokens. The expected
//! responses were observed at a real Hydra.

use ory_oidc_mock::OryMock;
use serde_json::json;

use crate::http::send;
use crate::jwt;
use crate::login::{
    CALLBACK, VERIFIER, code, create_client, log_in, post_form, redeem, refresh, start, token,
    userinfo,
};

#[tokio::test]
async fn a_code_is_redeemed_only_once_by_its_client_with_its_verifier_and_redirect_uri() {
    let ory = start().await;
    create_client(&ory, &json!({"client_id": "other"}));
    let unused = code(&ory, &[]).await;
    for (hint, parameters) in [
        (
            "did not match the code verifier.",
            [
                ("code_verifier", &*"b".repeat(43)),
                ("redirect_uri", CALLBACK),
                ("client_id", "app"),
            ],
        ),
        (
            "must be at least 43 characters.",
            [
                ("code_verifier", "short"),
                ("redirect_uri", CALLBACK),
                ("client_id", "app"),
            ],
        ),
        (
            "must be at least 43 characters.",
            [
                ("code_verifier", ""),
                ("redirect_uri", CALLBACK),
                ("client_id", "app"),
            ],
        ),
        (
            "does not match the one from the authorize request.",
            [
                ("code_verifier", VERIFIER),
                ("redirect_uri", "http://127.0.0.1:5555/other"),
                ("client_id", "app"),
            ],
        ),
        (
            "does not match the one from the authorize request.",
            [
                ("code_verifier", VERIFIER),
                ("redirect_uri", CALLBACK),
                ("client_id", "other"),
            ],
        ),
    ] {
        let common = [
            ("grant_type", "authorization_code"),
            ("code", &*unused),
            ("client_secret", "secret-of-app"),
        ];
        let response = post_form(
            &ory,
            "/oauth2/token",
            &[&common[..], &parameters[..]].concat(),
        )
        .await;
        assert_eq!(response.status, 400);
        assert_eq!(response.text("error"), "invalid_grant");
        let description = response.text("error_description");
        assert!(description.ends_with(hint), "{description}");
    }
    let tokens = redeem(&ory, &unused, VERIFIER).await;
    assert_eq!(tokens.status, 200, "failed attempts do not use up the code");
    let again = redeem(&ory, &unused, VERIFIER).await;
    assert_eq!(again.text("error"), "invalid_grant");
    assert_eq!(
        userinfo(&ory, &tokens.text("access_token")).await,
        401,
        "reuse revokes the tokens"
    );
    assert_eq!(
        refresh(&ory, &tokens.text("refresh_token")).await.status,
        400
    );

    let without_challenge = code(
        &ory,
        &[("code_challenge", ""), ("code_challenge_method", "")],
    )
    .await;
    assert_eq!(redeem(&ory, &without_challenge, VERIFIER).await.status, 400);
    assert_eq!(redeem(&ory, &without_challenge, "").await.status, 200);
}

#[tokio::test]
async fn a_refresh_replaces_both_tokens_and_reuse_revokes_the_grant() {
    let ory = start().await;
    let first = log_in(&ory).await;
    let second = refresh(&ory, &first.text("refresh_token")).await;
    assert_eq!(second.status, 200);
    let (old, new) = (first.text("access_token"), second.text("access_token"));
    assert_eq!(
        (userinfo(&ory, &old).await, userinfo(&ory, &new).await),
        (401, 200)
    );
    let (before, after) = (
        jwt::parts(&first.text("id_token")).1,
        jwt::parts(&second.text("id_token")).1,
    );
    for claim in ["sub", "sid", "nonce", "auth_time"] {
        assert_eq!(before[claim], after[claim], "{claim}");
    }
    assert_ne!(before["jti"], after["jti"]);

    let reuse = refresh(&ory, &first.text("refresh_token")).await;
    assert_eq!(
        (reuse.status, reuse.text("error").as_str()),
        (400, "invalid_grant")
    );
    assert!(
        reuse
            .text("error_description")
            .ends_with("The refresh token was already used.")
    );
    assert_eq!(userinfo(&ory, &new).await, 401);
    assert_eq!(
        refresh(&ory, &second.text("refresh_token")).await.status,
        400
    );
}

#[tokio::test]
async fn there_is_a_refresh_token_only_for_clients_and_scopes_that_allow_it() {
    let ory = start().await;
    let code = code(&ory, &[("scope", "openid")]).await;
    let tokens = redeem(&ory, &code, VERIFIER).await.json();
    assert_eq!(tokens.get("refresh_token"), None);
    assert!(tokens["id_token"].is_string());
}

#[tokio::test]
async fn codes_and_tokens_expire_by_the_clock_and_the_lifespans_of_the_client() {
    use std::time::Duration;
    let ory = start().await;
    let expired = code(&ory, &[]).await;
    ory.advance_time(Duration::from_secs(600));
    assert_eq!(
        redeem(&ory, &expired, VERIFIER).await.text("error"),
        "invalid_grant"
    );

    let lifespans = json!({
        "authorization_code_grant_access_token_lifespan": "1m",
        "authorization_code_grant_id_token_lifespan": "2m",
        "authorization_code_grant_refresh_token_lifespan": "3m",
    });
    ory.set_client_lifespans("app", lifespans);
    let tokens = log_in(&ory).await;
    assert_eq!(tokens.json()["expires_in"], 60);
    let claims = jwt::parts(&tokens.text("id_token")).1;
    assert_eq!(
        claims["exp"].as_i64(),
        claims["iat"].as_i64().map(|iat| iat + 120)
    );
    ory.advance_time(Duration::from_secs(60));
    assert_eq!(userinfo(&ory, &tokens.text("access_token")).await, 401);
    ory.advance_time(Duration::from_secs(120));
    let refresh = refresh(&ory, &tokens.text("refresh_token")).await;
    assert!(
        refresh
            .text("error_description")
            .ends_with("The refresh token expired.")
    );
}

#[tokio::test]
async fn a_client_gets_a_token_of_its_own_with_its_credentials() {
    let ory = start().await;
    let grant = ("grant_type", "client_credentials");
    let response = token(&ory, &[grant, ("scope", "profile")]).await;
    let tokens = response.json();
    assert_eq!(response.status, 200);
    assert_eq!(tokens["scope"], "profile");
    assert_eq!(
        (tokens.get("id_token"), tokens.get("refresh_token")),
        (None, None)
    );
    let forbidden = token(&ory, &[grant, ("scope", "foo")]).await;
    assert_eq!(forbidden.text("error"), "invalid_scope");

    ory.replace_client(
        "app",
        json!({"token_endpoint_auth_method": "client_secret_post"}),
    );
    let not_allowed = token(&ory, &[grant]).await;
    assert_eq!(not_allowed.text("error"), "unauthorized_client");
}

#[tokio::test]
async fn errors_of_the_token_endpoint_are_those_of_hydra() {
    let ory = start().await;
    for (parameters, status, error) in [
        (&[("grant_type", "password")][..], 400, "invalid_request"),
        (&[], 400, "invalid_request"),
        (
            &[("grant_type", "authorization_code"), ("code", "ory_ac_x.y")],
            400,
            "invalid_grant",
        ),
        (
            &[("grant_type", "refresh_token"), ("refresh_token", "x")],
            400,
            "invalid_grant",
        ),
    ] {
        let response = token(&ory, parameters).await;
        assert_eq!(
            (response.status, response.text("error").as_str()),
            (status, error),
            "{parameters:?}"
        );
    }
    let wrong = [
        ("client_id", "app"),
        ("client_secret", "wrong"),
        ("grant_type", "client_credentials"),
    ];
    let response = post_form(&ory, "/oauth2/token", &wrong).await;
    assert_eq!(
        (response.status, response.text("error").as_str()),
        (401, "invalid_client")
    );
}

#[tokio::test]
async fn a_public_client_logs_in_with_its_id_alone() {
    let ory = start().await;
    create_client(
        &ory,
        &json!({"client_id": "spa", "token_endpoint_auth_method": "none"}),
    );
    let code = code(&ory, &[("client_id", "spa")]).await;
    let parameters = [
        ("grant_type", "authorization_code"),
        ("client_id", "spa"),
        ("code", &*code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let response = post_form(&ory, "/oauth2/token", &parameters).await;
    assert_eq!(response.status, 200, "{}", response.body);
}

#[tokio::test]
async fn revoking_a_refresh_token_revokes_the_grant() {
    let ory = start().await;
    for kind in ["refresh_token", "access_token"] {
        let tokens = log_in(&ory).await;
        let parameters = [
            ("client_id", "app"),
            ("client_secret", "secret-of-app"),
            ("token", &*tokens.text(kind)),
        ];
        assert_eq!(
            post_form(&ory, "/oauth2/revoke", &parameters).await.status,
            200
        );
        assert_eq!(userinfo(&ory, &tokens.text("access_token")).await, 401);
        assert_eq!(
            refresh(&ory, &tokens.text("refresh_token")).await.status,
            400
        );
    }
}

#[tokio::test]
async fn introspection_shows_active_tokens() {
    let ory = start().await;
    let tokens = log_in(&ory).await;
    let url = format!("{}/admin/oauth2/introspect", ory.admin_url());
    for kind in ["access_token", "refresh_token"] {
        let token = tokens.text(kind);
        let body = post_form(&ory, &url, &[("token", &token)]).await.json();
        assert_eq!(
            (&body["active"], &body["sub"]),
            (&json!(true), &json!("user-1"))
        );
        assert_eq!(
            (&body["client_id"], &body["scope"]),
            (&json!("app"), &json!("openid offline"))
        );
        assert_eq!(body["token_use"], kind);
        let required = [("token", &*token), ("scope", "profile")];
        assert_eq!(
            post_form(&ory, &url, &required).await.json(),
            json!({"active": false})
        );
    }
    let test_token = ory.issue_access_token(json!({"sub": "user-2"}));
    let body = post_form(&ory, &url, &[("token", &test_token)])
        .await
        .json();
    assert_eq!(body["sub"], "user-2");
    assert_eq!(
        post_form(&ory, &url, &[("token", "x")]).await.json(),
        json!({"active": false})
    );
    assert_eq!(post_form(&ory, &url, &[]).await.status, 400);

    let delete = format!("{}/admin/oauth2/tokens?client_id=app", ory.admin_url());
    assert_eq!(send(&ory, "DELETE", &delete, &[], None).await.status, 204);
    assert_eq!(userinfo(&ory, &tokens.text("access_token")).await, 401);
}

#[tokio::test]
async fn a_client_with_the_jwt_strategy_gets_signed_access_tokens() {
    let ory = OryMock::start().await;
    create_client(&ory, &json!({"access_token_strategy": "jwt"}));
    ory.log_in_as(json!({"sub": "user-1"}));
    let access_token = log_in(&ory).await.text("access_token");
    let claims = jwt::verified(&ory, &access_token)
        .await
        .expect("a published key verifies the signature");
    assert_eq!(
        (&claims["sub"], &claims["client_id"]),
        (&json!("user-1"), &json!("app"))
    );
    assert_eq!(claims["scp"], json!(["openid", "offline"]));
    assert_eq!(userinfo(&ory, &access_token).await, 200);
}
