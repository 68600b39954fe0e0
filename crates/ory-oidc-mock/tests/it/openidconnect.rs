//! A login with the crate `openidconnect`.

use std::error::Error;

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, RedirectUrl,
    Scope, TokenResponse as _,
};
use ory_oidc_mock::OryMock;
use serde_json::json;

use crate::http::get;
use crate::login::returned;

const CALLBACK: &str = "https://app.example/callback";

async fn send(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let http = reqwest::Client::new();
    let response = http.execute(request.try_into()?).await?;
    let mut answer = HttpResponse::new(Vec::new());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    *answer.body_mut() = response.bytes().await?.to_vec();
    Ok(answer)
}

#[tokio::test]
async fn a_user_logs_in_with_openidconnect_and_the_session_is_refreshed()
-> Result<(), Box<dyn Error>> {
    let ory = OryMock::start().await;
    let id = ory.create_client(json!({
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid offline profile",
    }));
    ory.log_in_as(json!({"sub": "user-1", "name": "Ann"}));
    let secret = ory.client_secret(&id).map(ClientSecret::new);

    let issuer = IssuerUrl::new(ory.issuer().to_owned())?;
    let provider = CoreProviderMetadata::discover_async(issuer, &send).await?;
    let client = CoreClient::from_provider_metadata(provider, ClientId::new(id), secret)
        .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned())?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scope(Scope::new("offline".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let callback = returned(&get(&ory, url.as_str()).await);
    assert_eq!(&callback["state"], state.secret());

    let code = AuthorizationCode::new(callback["code"].clone());
    let tokens = client
        .exchange_code(code)?
        .set_pkce_verifier(verifier)
        .request_async(&send)
        .await?;
    let id_token = tokens.id_token().ok_or("no ID token")?;
    let verifier = client.id_token_verifier();
    let claims = id_token.claims(&verifier, &nonce)?;
    assert_eq!(claims.subject().as_str(), "user-1");
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg()?,
        id_token.signing_key(&verifier)?,
    )?;
    assert_eq!(claims.access_token_hash(), Some(&hash));

    let refresh_token = tokens.refresh_token().ok_or("no refresh token")?;
    let refreshed = client
        .exchange_refresh_token(refresh_token)?
        .request_async(&send)
        .await?;
    let user: CoreUserInfoClaims = client
        .user_info(
            refreshed.access_token().clone(),
            Some(claims.subject().clone()),
        )?
        .request_async(&send)
        .await?;
    let name = user.name().and_then(|name| name.get(None));
    assert_eq!(name.map(|name| name.as_str()), Some("Ann"));
    Ok(())
}
