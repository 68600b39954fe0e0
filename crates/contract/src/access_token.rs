//! JWT access tokens (RFC 9068, which Hydra follows in part).

use crate::target::{Target, client, registered, wanted};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ory_oidc::error::ErrorKind;
use ory_oidc::registration::ClientSecret;
use ory_oidc::{AccessToken, Client, Error, Registration, Subject};
use serde_json::{Value, json};

/// Returns a client and a token of it; [`None`] if the server has no JWT access tokens.
async fn issued(target: &impl Target, ory: &Client) -> Option<(Registration, AccessToken)> {
    let registration = registered(ory, &wanted()).await;
    let token = target
        .jwt_access_token(&registration, &["openid", "email"], "user-1")
        .await;
    if token.is_none() {
        eprintln!("skipped: this server has opaque access tokens only");
    }
    Some((registration, token?))
}

fn decoded(part: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

async fn outcome(ory: &Client, token: &AccessToken) -> Result<String, ErrorKind> {
    let user = ory.userinfo(token, Subject::Unchecked).await;
    user.map(|user| user.sub().to_owned())
        .map_err(|error| error.kind())
}

pub async fn a_jwt_access_token_names_its_client_its_user_and_its_scopes(target: &impl Target) {
    let ory = client(target);
    let Some((registration, token)) = issued(target, &ory).await else {
        return;
    };
    let parts: Vec<_> = token.expose().split('.').collect();
    let [header, claims, _signature] = parts[..] else {
        panic!("a JWT has three parts")
    };
    let (header, claims) = (decoded(header), decoded(claims));
    assert_eq!(header["alg"], "RS256");
    assert_eq!(header["typ"], "JWT");
    let keys = ory.keys().await.expect("a key set");
    let mut keys = keys.fields().keys.iter().flatten();
    assert!(keys.any(|key| key.kid.as_deref() == header["kid"].as_str()));
    let id_token = target.id_token(&registration, "user-1").await;
    let of_id_token = id_token.expose().split('.').next().map(decoded);
    let of_id_token = of_id_token.expect("an ID token is a JWT");
    assert_ne!(of_id_token["kid"], header["kid"], "each has its own key");

    let mut names: Vec<_> = claims.as_object().expect("claims").keys().collect();
    names.sort_unstable();
    let expected = [
        "aud",
        "client_id",
        "exp",
        "ext",
        "iat",
        "iss",
        "jti",
        "nbf",
        "scp",
        "sub",
    ];
    assert_eq!(names, expected);
    assert_eq!(claims["iss"], target.issuer());
    assert_eq!(claims["client_id"], registration.client_id());
    assert_eq!(claims["sub"], "user-1");
    assert_eq!(claims["scp"], json!(["openid", "email"]));
    assert_eq!((&claims["aud"], &claims["ext"]), (&json!([]), &json!({})));
    let time = |name: &str| claims[name].as_i64().expect("a time in seconds");
    assert_eq!(time("nbf"), time("iat"));
    assert!((3600..=3601).contains(&(time("exp") - time("iat"))));
}

pub async fn a_jwt_access_token_is_valid_until_it_is_revoked(target: &impl Target) {
    let ory = client(target);
    let Some((registration, token)) = issued(target, &ory).await else {
        return;
    };
    assert_eq!(outcome(&ory, &token).await, Ok("user-1".to_owned()));
    let secret = registration.client_secret().map(ClientSecret::expose);
    let form = [
        ("token", token.expose()),
        ("client_id", registration.client_id()),
        ("client_secret", secret.expect("the client has a secret")),
    ];
    let http = reqwest::Client::builder().no_proxy().build();
    let revoke = http.expect("the settings are valid");
    let revoke = revoke.post(format!(
        "{}/oauth2/revoke",
        target.url().trim_end_matches('/')
    ));
    let revoked = revoke.form(&form).send().await.expect("a response");
    assert_eq!(revoked.status(), 200);
    assert_eq!(outcome(&ory, &token).await, Err(ErrorKind::Unauthorized));
}

/// Hydra finds a token by its signature. It answers 400, as a gateway may do for other reasons.
pub async fn a_changed_jwt_access_token_is_refused_as_the_fault_of_the_client(
    target: &impl Target,
) {
    let ory = client(target);
    let Some((_, token)) = issued(target, &ory).await else {
        return;
    };
    let parts: Vec<_> = token.expose().split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("a JWT has three parts")
    };
    let mut other = decoded(claims);
    other["sub"] = json!("user-2");
    let other = URL_SAFE_NO_PAD.encode(other.to_string());
    for (changed, expected) in [
        (
            format!("{header}.{other}.{signature}"),
            "token_signature_mismatch",
        ),
        (format!("!!.{claims}.{signature}"), "invalid_token"),
    ] {
        let changed = AccessToken::new(changed);
        let error = ory.userinfo(&changed, Subject::Unchecked).await;
        let error = error.expect_err("the token is refused");
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        let Error::Server(refusal) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(refusal.status(), 400);
        let code = refusal.code().expect("Hydra names the error");
        assert_eq!(code.as_str(), expected);
    }
}
