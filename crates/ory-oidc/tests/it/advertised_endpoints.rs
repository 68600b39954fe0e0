//! Calls use the endpoints that the provider's metadata name, and the client tells which.

use crate::support::{Server, http, json as response, registration, validation};
use ory_oidc::discovery::{AdvertisedEndpoints, DiscoveryError};
use ory_oidc::error::ErrorKind;
use ory_oidc::registration::ExportedRegistration;
use ory_oidc::{AccessToken, Client, ClientMetadata, Error, Registration, Subject};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::{Value, json};

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A mock server whose endpoints are at other paths than Ory's.
async fn moved() -> OryMock {
    let mock = OryMock::builder()
        .userinfo_path("/users/me")
        .registration_path("/tenant/clients")
        .revocation_path("/tokens/revoke");
    mock.start().await
}

fn client(url: &str, endpoints: AdvertisedEndpoints) -> Client {
    let builder = Client::builder(url).http_client(http());
    let client = builder.advertised_endpoints(endpoints).build();
    client.expect("a loopback URL is valid")
}

/// Sends each call once. Returns the kinds of the errors.
async fn call_all(ory: &Client, token: &AccessToken) -> Vec<ErrorKind> {
    let wanted = ClientMetadata::new(["https://app.example/callback"]);
    let mut outcomes = vec![ory.userinfo(token, Subject::Unchecked).await.map(drop)];
    match ory.register(&wanted).await {
        Err(error) => outcomes.push(Err(error)),
        Ok(mut client) => {
            outcomes.push(ory.read_registration(&mut client).await);
            let rename = |metadata: &mut ClientMetadata| metadata.set_client_name("Renamed");
            outcomes.push(ory.update_registration(&mut client, rename).await);
            outcomes.push(ory.delete_registration(&client).await);
        }
    }
    let errors = outcomes.into_iter().filter_map(Result::err);
    errors.map(|error| error.kind()).collect()
}

/// Returns the paths of the three endpoints, and whether the provider named them.
fn endpoints(ory: &Client) -> [(String, bool); 3] {
    let all = [
        ory.userinfo_endpoint(),
        ory.registration_endpoint(),
        ory.revocation_endpoint(),
    ];
    all.map(|endpoint| (endpoint.url().path().to_owned(), endpoint.is_advertised()))
}

fn paths(all: [&str; 3], advertised: bool) -> [(String, bool); 3] {
    all.map(|path| (path.to_owned(), advertised))
}

const DOCUMENTED: [&str; 3] = ["/userinfo", "/oauth2/register", "/oauth2/revoke"];
const MOVED: [&str; 3] = ["/users/me", "/tenant/clients", "/tokens/revoke"];

#[tokio::test]
async fn discovered_endpoints_are_used_by_every_call() {
    let mock = moved().await;
    let token = AccessToken::new(mock.issue_access_token(json!({"sub": "user-1"})));
    let ory = client(mock.url(), AdvertisedEndpoints::WhenDiscovered);
    assert_eq!(endpoints(&ory), paths(DOCUMENTED, false));
    let not_found = [ErrorKind::NotFound; 2];
    assert_eq!(call_all(&ory, &token).await, not_found);

    ory.discover().await.expect("the metadata are served");
    assert_eq!(endpoints(&ory), paths(MOVED, true));
    assert_eq!(call_all(&ory, &token).await, []);
    assert_eq!(mock.requests_to("GET", "/users/me").len(), 1);
    assert_eq!(mock.requests_to("POST", "/tenant/clients").len(), 1);
    assert_eq!(mock.requests_to("GET", "/userinfo").len(), 1);
    assert_eq!(mock.requests_to("POST", "/oauth2/register").len(), 1);
    assert_eq!(mock.requests_to("GET", DISCOVERY).len(), 1);

    let request = ory.userinfo(&token, Subject::Unchecked).post();
    request.await.expect("the endpoint accepts POST");
    assert_eq!(mock.requests_to("POST", "/users/me").len(), 1);
}

#[tokio::test]
async fn endpoints_are_discovered_before_the_first_call_if_the_client_is_built_so() {
    let mock = moved().await;
    let token = AccessToken::new(mock.issue_access_token(json!({"sub": "user-1"})));
    let ory = client(mock.url(), AdvertisedEndpoints::Always);
    assert_eq!(call_all(&ory, &token).await, []);
    assert_eq!(endpoints(&ory), paths(MOVED, true));
    assert_eq!(mock.requests_to("GET", DISCOVERY).len(), 1);
    for path in DOCUMENTED {
        assert!(mock.requests_to("GET", path).is_empty(), "{path}");
        assert!(mock.requests_to("POST", path).is_empty(), "{path}");
    }
    // Without the metadata, no call goes anywhere else.
    let mock = moved().await;
    mock.fail_next(Fault::answer(503).on("GET", DISCOVERY).until_cleared());
    let ory = client(mock.url(), AdvertisedEndpoints::Always);
    let unavailable = [ErrorKind::Unavailable; 2];
    assert_eq!(call_all(&ory, &token).await, unavailable);
    assert!(mock.requests_to("GET", "/userinfo").is_empty());
}

#[tokio::test]
async fn documented_paths_are_used_if_the_client_is_built_so() {
    let mock = OryMock::start().await;
    let token = AccessToken::new(mock.issue_access_token(json!({"sub": "user-1"})));
    let response = metadata(mock.url(), &[("userinfo_endpoint", "/elsewhere")]);
    mock.fail_next(document(&response));
    let ory = client(mock.url(), AdvertisedEndpoints::Never);
    ory.discover().await.expect("the metadata are valid");
    assert_eq!(endpoints(&ory), paths(DOCUMENTED, false));
    assert_eq!(call_all(&ory, &token).await, []);
}

#[tokio::test]
async fn endpoint_that_the_metadata_do_not_name_is_at_its_documented_path() {
    let mock = OryMock::start().await;
    let ory = client(mock.url(), AdvertisedEndpoints::WhenDiscovered);
    ory.discover().await.expect("the metadata are served");
    // Ory does not name its registration endpoint by default.
    let [userinfo, registration, revocation] = endpoints(&ory);
    assert_eq!(userinfo, ("/userinfo".to_owned(), true));
    assert_eq!(registration, ("/oauth2/register".to_owned(), false));
    assert_eq!(revocation, ("/oauth2/revoke".to_owned(), true));
    mock.fail_next(document(&metadata(mock.url(), &[])));
    ory.discover()
        .refresh()
        .await
        .expect("the metadata are valid");
    assert_eq!(endpoints(&ory), paths(DOCUMENTED, false));
}

/// Returns metadata with some endpoints, by their path below the URL or as whole URLs.
fn metadata(url: &str, endpoints: &[(&str, &str)]) -> Value {
    let mut metadata = json!({"issuer": url, "jwks_uri": format!("{url}/keys")});
    for (member, endpoint) in endpoints {
        let whole = endpoint.contains(':');
        let endpoint = if whole { String::new() } else { url.to_owned() } + endpoint;
        metadata[member] = endpoint.into();
    }
    metadata
}

fn document(metadata: &Value) -> Fault {
    Fault::answer(200)
        .header("content-type", "application/json")
        .body(metadata.to_string())
        .on("GET", DISCOVERY)
}

#[tokio::test]
async fn refreshed_metadata_move_the_endpoints_and_expired_ones_do_not() {
    let mock = OryMock::start().await;
    let ory = client(mock.url(), AdvertisedEndpoints::WhenDiscovered);
    for path in ["/one", "/two"] {
        let named = [("userinfo_endpoint", path)];
        mock.fail_next(document(&metadata(mock.url(), &named)));
        ory.discover()
            .refresh()
            .await
            .expect("the metadata are valid");
        assert_eq!(ory.userinfo_endpoint().url().path(), path);
    }
    mock.fail_next(Fault::answer(503).on("GET", DISCOVERY).until_cleared());
    ory.discover()
        .refresh()
        .await
        .expect_err("the server is unavailable");
    assert_eq!(ory.userinfo_endpoint().url().path(), "/two");
}

#[tokio::test]
async fn each_fetch_uses_its_own_document_and_tells_its_own_response() {
    let mock = OryMock::start().await;
    let ory = client(mock.url(), AdvertisedEndpoints::WhenDiscovered);
    // Unchanged documents, a change elsewhere, a moved endpoint, and both back.
    for (id, path, scope) in [
        ("1", "/one", "a"),
        ("2", "/one", "a"),
        ("3", "/one", "b"),
        ("4", "/two", "b"),
        ("5", "/two", "b"),
        ("6", "/one", "a"),
    ] {
        let mut metadata = metadata(mock.url(), &[("userinfo_endpoint", path)]);
        metadata["scopes_supported"] = json!([scope]);
        mock.fail_next(document(&metadata).header("x-request-id", id));
        let fetched = ory.discover().refresh().with_response().await;
        let (provider, info) = fetched.expect("the metadata are valid");
        assert_eq!(info.request_id(), Some(id));
        let scopes = provider.fields().scopes_supported.as_deref();
        assert_eq!(scopes, Some(&[scope.to_owned()][..]), "{id}");
        assert_eq!(ory.userinfo_endpoint().url().path(), path, "{id}");

        metadata["issuer"] = json!("https://other.example");
        mock.fail_next(document(&metadata));
        let refused = ory.discover().refresh().await;
        refused.expect_err("the metadata are those of another provider");
        assert_eq!(ory.userinfo_endpoint().url().path(), path, "{id}");
    }
}

#[tokio::test]
async fn endpoint_at_an_untrusted_origin_never_receives_a_token() {
    let attacker = Server::start([]).await;
    let of_attacker = attacker.url();
    let with_user = "http://user:hush@127.0.0.1:1/userinfo".to_owned();
    for evil in [
        format!("{of_attacker}/userinfo"),
        format!("{of_attacker}#@id.example"),
        of_attacker.replace("127.0.0.1", "127.0.0.2"),
        of_attacker.replace("http:", "ftp:"),
        with_user,
        "javascript:alert(1)".to_owned(),
        "//evil.example/userinfo:".to_owned(),
    ] {
        for member in [
            "userinfo_endpoint",
            "registration_endpoint",
            "revocation_endpoint",
        ] {
            for policy in [
                AdvertisedEndpoints::WhenDiscovered,
                AdvertisedEndpoints::Always,
            ] {
                let mock = OryMock::start().await;
                let token = AccessToken::new(mock.issue_access_token(json!({"sub": "u"})));
                let document = document(&metadata(mock.url(), &[(member, &evil)]));
                mock.fail_next(document.until_cleared());
                let ory = client(mock.url(), policy);
                let outcome = ory.discover().await;
                let refused = validation(&outcome);
                let Some(DiscoveryError::ForeignEndpoints { endpoints: foreign }) = refused else {
                    panic!("{evil}: {outcome:?}");
                };
                assert_eq!(foreign[0].member, member);
                assert!(!format!("{outcome:?}").contains("hush"));
                let kinds = call_all(&ory, &token).await;
                assert_eq!(
                    kinds.is_empty(),
                    policy == AdvertisedEndpoints::WhenDiscovered
                );
                assert_eq!(endpoints(&ory), paths(DOCUMENTED, false), "{member} {evil}");
            }
        }
    }
    assert_eq!(attacker.lines(), [""; 0]);
}

#[tokio::test]
async fn endpoint_at_a_trusted_origin_receives_the_token() {
    let users = Server::start([response(200, r#"{"sub": "user-1"}"#)]).await;
    let mock = OryMock::start().await;
    let endpoint = format!("{}/me?tenant=a", users.url());
    mock.fail_next(document(&metadata(
        mock.url(),
        &[("userinfo_endpoint", &endpoint)],
    )));
    let builder = Client::builder(mock.url()).http_client(http());
    let ory = builder.trust_endpoint_origin(users.url()).build();
    let ory = ory.expect("the URLs are valid");
    ory.discover().await.expect("the origin is trusted");
    let token = AccessToken::new("ory_at_x");
    let user = ory.userinfo(&token, Subject::Unchecked).await;
    assert_eq!(user.expect("the server responds").sub(), "user-1");
    assert_eq!(users.lines(), ["GET /me?tenant=a"]);
    assert_eq!(
        users.request().header("authorization"),
        Some("Bearer ory_at_x")
    );
}

#[tokio::test]
async fn split_horizon_reaches_the_advertised_endpoints_at_the_base_url() {
    let mock = OryMock::builder()
        .issuer("https://id.example")
        .start()
        .await;
    let token = AccessToken::new(mock.issue_access_token(json!({"sub": "user-1"})));
    let mut document_of = metadata("https://id.example", &[("userinfo_endpoint", "/userinfo")]);
    document_of["registration_endpoint"] = "https://id.example/oauth2/register".into();
    mock.fail_next(document(&document_of).until_cleared());
    let builder = Client::builder(mock.url()).http_client(http());
    let ory = builder.public_issuer("https://id.example").build();
    let ory = ory.expect("the URLs are valid");
    ory.discover().await.expect("the issuer is the public one");
    assert!(
        ory.userinfo_endpoint()
            .url()
            .as_str()
            .starts_with(mock.url())
    );
    assert_eq!(call_all(&ory, &token).await, []);
}

/// Returns a stored registration with this `registration_client_uri`.
fn stored(id: &str, uri: Option<&str>) -> Registration {
    let exported = json!({
        "client_id": id,
        "client_secret": null,
        "registration_access_token": "t",
        "registration_client_uri": uri,
        "granted": {},
    });
    let exported: ExportedRegistration =
        serde_json::from_value(exported).expect("the export is complete");
    exported.into()
}

#[tokio::test]
async fn registration_is_managed_where_the_server_says_if_that_is_trusted() {
    let mock = OryMock::start().await;
    let ory = client(mock.url(), AdvertisedEndpoints::WhenDiscovered);
    let managed = |registration: &Registration| {
        let endpoint = ory.client_configuration_endpoint(registration);
        let url = endpoint.expect("the id is a segment").url().to_string();
        url.replace(mock.url(), "")
    };
    let at = |path: &str| format!("{}{path}", mock.url());
    // Ory's own `registration_client_uri` does not encode every id.
    for uri in [
        None,
        Some(at("/manage?id=c1")),
        Some("https://evil.example/c1".to_owned()),
    ] {
        let registration = stored("c/1", uri.as_deref());
        assert_eq!(managed(&registration), "/oauth2/register/c%2F1", "{uri:?}");
    }
    let named = [("registration_endpoint", "/clients/?tenant=a")];
    mock.fail_next(document(&metadata(mock.url(), &named)));
    ory.discover()
        .refresh()
        .await
        .expect("the metadata are valid");
    for (uri, expected) in [
        (Some(at("/manage?id=c1")), "/manage?id=c1"),
        (None, "/clients/c%2F1?tenant=a"),
        (
            Some("https://evil.example/c1".to_owned()),
            "/clients/c%2F1?tenant=a",
        ),
        (
            Some(at("/c1").replace("//", "//user:hush@")),
            "/clients/c%2F1?tenant=a",
        ),
        (Some("/relative".to_owned()), "/clients/c%2F1?tenant=a"),
        (Some(String::new()), "/clients/c%2F1?tenant=a"),
    ] {
        let registration = stored("c/1", uri.as_deref());
        assert_eq!(managed(&registration), expected, "{uri:?}");
    }
    for id in ["", ".", ".."] {
        let refused = ory.client_configuration_endpoint(&registration(id));
        assert!(matches!(refused, Err(Error::Request(_))), "{id:?}");
    }
}
