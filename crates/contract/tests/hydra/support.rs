//! What the tests share.

use std::time::Duration;

use ory_oidc::error::ErrorKind;
use ory_oidc::registration::ClientSecret;
use ory_oidc::{Client, ClientMetadata, Error, Registration};
use ory_oidc_test_servers::Hydra;
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

pub(crate) const CALLBACK: &str = "https://app.example/callback";

/// Longer than Hydra lets a request take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Makes a test of each function for a Hydra on SQLite and for one on PostgreSQL, which is shared unless
/// the list starts with `alone:`.
macro_rules! on_each_database {
    (alone: $($name:ident,)*) => {
        $crate::support::on_each_database! { @ alone_on_postgres $($name,)* }
    };
    (@ $postgres:ident $($name:ident,)*) => {
        mod sqlite {
            $(#[tokio::test]
            #[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
            async fn $name() {
                super::$name(&ory_oidc_contract::hydra::OnHydra::on_sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            #[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
            async fn $name() {
                super::$name(&ory_oidc_contract::hydra::OnHydra::$postgres().await).await;
            })*
        }
    };
    ($($name:ident,)*) => {
        $crate::support::on_each_database! { @ on_postgres $($name,)* }
    };
}
pub(crate) use on_each_database;

pub(crate) fn client(hydra: &Hydra) -> Client {
    let ory = Client::builder(hydra.public_url()).issuer(hydra.issuer());
    ory.timeout(TIMEOUT).build().expect("loopback is permitted")
}

pub(crate) fn kind<T: std::fmt::Debug>(outcome: Result<T, Error>) -> ErrorKind {
    outcome.expect_err("the call fails").kind()
}

/// The methods by which the clients of these tests authenticate.
pub(crate) const METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "none"];

/// Metadata for a client that authenticates by this method.
pub(crate) fn wanted(authentication: &str) -> ClientMetadata {
    ClientMetadata::new([CALLBACK])
        .scope(["openid"])
        .grant_types(["authorization_code", "refresh_token"])
        .response_types(["code"])
        .token_endpoint_auth_method(authentication)
}

pub(crate) async fn registered(hydra: &Hydra, authentication: &str) -> Registration {
    let registration = client(hydra).register(&wanted(authentication)).await;
    registration.expect("the metadata are valid")
}

fn http() -> reqwest::Client {
    let http = reqwest::Client::builder().timeout(TIMEOUT).no_proxy();
    let http = http.redirect(Policy::none()).build();
    http.expect("the settings are valid")
}

/// What a client can find out about itself without an administrator: status codes, or [`None`] for a
/// request that Hydra did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Reading its registration, by the registration access token.
    pub(crate) read: Option<u16>,
    /// Revoking a token that does not exist, by the client's own authentication.
    pub(crate) revocation: Option<u16>,
    /// What an authorization request with `prompt=none` says in a browser without a session.
    pub(crate) authorization: Option<String>,
    pub(crate) discovery: Option<u16>,
    pub(crate) keys: Option<u16>,
}

/// What a client sees while all is well.
pub(crate) fn all_well() -> Seen {
    Seen {
        read: Some(200),
        revocation: Some(200),
        authorization: Some("login_required".to_owned()),
        discovery: Some(200),
        keys: Some(200),
    }
}

/// Sends each of the requests.
pub(crate) async fn seen(hydra: &Hydra, client: &Registration) -> Seen {
    let http = http();
    let url = |path: &str| format!("{}{path}", hydra.public_url());
    let id = client.client_id();
    let token = client.registration_access_token();
    let token = token.expect("Hydra issued a token").expose();
    let read = http.get(url(&format!("/oauth2/register/{id}")));
    let discovery = http.get(url("/.well-known/openid-configuration"));
    let keys = http.get(url("/.well-known/jwks.json"));
    Seen {
        read: status(read.bearer_auth(token)).await,
        revocation: status(revocation(&http, hydra, client)).await,
        authorization: error_code(authorization(&http, hydra, client)).await,
        discovery: status(discovery).await,
        keys: status(keys).await,
    }
}

/// An authorization request with `prompt=none`.
fn authorization(http: &reqwest::Client, hydra: &Hydra, client: &Registration) -> RequestBuilder {
    let parameters = [
        ("client_id", client.client_id()),
        ("response_type", "code"),
        ("scope", "openid"),
        ("redirect_uri", CALLBACK),
        ("state", "12345678"),
        ("prompt", "none"),
    ];
    let url = format!("{}/oauth2/auth", hydra.public_url());
    let url = url::Url::parse_with_params(&url, parameters);
    http.get(url.expect("the URL is valid"))
}

/// A request to revoke a token that does not exist.
fn revocation(http: &reqwest::Client, hydra: &Hydra, client: &Registration) -> RequestBuilder {
    let request = http.post(format!("{}/oauth2/revoke", hydra.public_url()));
    let secret = client.client_secret().map(ClientSecret::expose);
    let method = client.granted().token_endpoint_auth_method.as_deref();
    let mut form = vec![("token", "no such token")];
    match (method, secret) {
        (Some("client_secret_basic"), secret) => {
            request.form(&form).basic_auth(client.client_id(), secret)
        }
        (_, secret) => {
            form.push(("client_id", client.client_id()));
            form.extend(secret.map(|secret| ("client_secret", secret)));
            request.form(&form)
        }
    }
}

async fn status(request: RequestBuilder) -> Option<u16> {
    let response = request.send().await.ok()?;
    Some(response.status().as_u16())
}

/// Returns the `error` of the redirect.
async fn error_code(request: RequestBuilder) -> Option<String> {
    let response: Response = request.send().await.ok()?;
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let location = url::Url::parse(location).ok()?;
    let mut parameters = location.query_pairs();
    let error = parameters.find(|(name, _)| name == "error")?.1;
    Some(error.into_owned())
}

/// Changes a client as an administrator does, by a complete PUT.
pub(crate) async fn put(hydra: &Hydra, id: &str, member: &str, value: &str) {
    let client = hydra.admin().client(id).await;
    let mut client = client.expect("the client exists");
    client[member] = value.into();
    hydra.admin().put_client(id, &client).await;
}

/// Changes a client as an administrator does, by a PATCH.
pub(crate) async fn patch(hydra: &Hydra, id: &str, member: &str, value: &str) -> Value {
    let member = format!("/{member}");
    let patch = json!([{"op": "replace", "path": member, "value": value}]);
    hydra.admin().patch_client(id, &patch).await
}
