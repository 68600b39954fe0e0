//! What the whole stack writes to logs at the most verbose level: names, outcomes and no secret. The
//! subscriber is global, so these tests have a process of their own.

use ory_oidc::registration::RegistrationAuthorization;
use ory_oidc::reqwest::{Certificate, tls};
use ory_oidc::retry::RetryPolicy;
use ory_oidc::{
    AccessToken, Client, ClientBuilder, ClientMetadata, IdToken, Registration, Subject,
};
use ory_oidc_keeper::{Action, Keeper, MemoryStore};
use ory_oidc_mock::{Fault, OryMock};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::json;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Accepts TLS in front of the mock server. Returns its port and its certificate.
async fn tls_in_front_of(mock: &OryMock) -> (u16, Certificate) {
    let names = vec!["localhost".to_owned()];
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(names).expect("a certificate can be made");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("the key fits");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a loopback port is free");
    let port = listener.local_addr().expect("the listener is bound").port();
    let upstream = mock.url().replace("http://", "");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
            tokio::spawn(async move {
                let mut client = acceptor.accept(stream).await?;
                let mut server = TcpStream::connect(upstream).await?;
                copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    let certificate = Certificate::from_der(cert.der());
    (port, certificate.expect("the certificate is valid"))
}

/// The value of a member that the server does not know.
const MEMBER_SECRET: &str = "MEMBER-SECRET";

struct Secrets(Vec<String>);

impl Secrets {
    fn of(&mut self, registration: &Registration) {
        let token = registration.registration_access_token();
        self.0.extend(token.map(|token| token.expose().to_owned()));
        let secret = registration.client_secret();
        self.0
            .extend(secret.map(|secret| secret.expose().to_owned()));
    }
}

fn wanted() -> ClientMetadata {
    ClientMetadata::new(["https://app.example/callback"])
        .client_name("My app")
        .member("my_api_key", MEMBER_SECRET)
}

fn rename(metadata: &mut ClientMetadata) {
    metadata.set_client_name("Renamed");
}

/// Sends all operations, with each kind of authorization.
async fn operations(builder: impl Fn() -> ClientBuilder, mock: &OryMock, secrets: &mut Secrets) {
    let ory = builder().build().expect("the URL is valid");
    let registered = ory.register(&wanted()).await;
    let mut registration = registered.expect("the mock server registers");
    secrets.of(&registration);
    for authorization in [
        RegistrationAuthorization::ClientSecretBasic,
        RegistrationAuthorization::ClientSecretPost,
    ] {
        let ory = builder().registration_authorization(authorization).build();
        let ory = ory.expect("the URL is valid");
        // Hydra accepts only the token.
        let refused = ory.read_registration(&mut registration).await;
        refused.expect_err("the client secret is refused");
    }
    let read = ory.read_registration(&mut registration).await;
    read.expect("the token works");
    let updated = ory.update_registration(&mut registration, rename).await;
    updated.expect("the token works");
    secrets.of(&registration);
    let access_token = mock.issue_access_token(json!({"sub": "user-1"}));
    secrets.0.push(access_token.clone());
    let access_token = AccessToken::new(access_token);
    mock.fail_next(Fault::answer(503));
    let user = ory.userinfo(&access_token, Subject::Expect("user-1")).await;
    user.expect("the second attempt");
    let id_token = mock.issue_id_token(registration.client_id(), "user-1");
    secrets.0.push(id_token.clone());
    let request = ory.end_session(&IdToken::new(id_token));
    let outcome = ory.logout_probe(&request).await;
    let _outcome = outcome.expect("the mock server redirects");
    ory.discover().await.expect("there are metadata");
    ory.discover().await.expect("they are cached");
    let deleted = ory.delete_registration(&registration).await;
    deleted.expect("the token works");
}

/// Lets a keeper register, update, lose its token, and replace a deleted client.
async fn actions(ory: Client, mock: &OryMock, secrets: &mut Secrets) {
    let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app")
        .confirmations(1)
        .confirmation_interval(Duration::ZERO)
        .settling_time(Duration::ZERO)
        .build();
    let ensured = keeper.ensure_registered(&wanted()).await;
    let ensured = ensured.expect("the mock server registers");
    secrets.of(ensured.registration());
    let updated = keeper.update(rename).await.expect("the token works");
    secrets.of(&updated);
    keeper.recover().await.expect("nothing is to be recovered");
    let healed = keeper.report_rejected(&updated).await;
    secrets.of(healed.expect("the client works").registration());
    mock.rotate_registration_token(updated.client_id());
    let lost = keeper.update(rename).await;
    lost.expect_err("the token is lost");
    mock.delete_client(updated.client_id());
    let replaced = keeper.ensure_registered(&wanted()).await;
    let replaced = replaced.expect("the client was deleted");
    assert_eq!(replaced.action(), Action::Replaced);
    secrets.of(replaced.registration());
    keeper.retire().await.expect("the token works");
}

#[tokio::test]
async fn spans_name_what_happens_and_no_secret_is_logged() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .init();
    let mock = OryMock::start().await;
    let (port, certificate) = tls_in_front_of(&mock).await;
    let issuer = mock.url().to_owned();
    let builder = || {
        let certificate = certificate.clone();
        Client::builder(format!("https://localhost:{port}"))
            .issuer(issuer.clone())
            .retry(RetryPolicy::new().base_delay(Duration::from_millis(1)))
            .configure_http(move |http| {
                http.tls_certs_only([certificate])
                    .min_tls_version(tls::Version::TLS_1_3)
                    .connection_verbose(false)
            })
            .request_headers(|headers| {
                let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
                headers.insert("traceparent", trace.parse().expect("the header is valid"));
            })
    };
    let mut secrets = Secrets(vec![MEMBER_SECRET.to_owned()]);
    operations(builder, &mock, &mut secrets).await;
    let ory = builder().build().expect("the URL is valid");
    actions(ory, &mock, &mut secrets).await;

    let log = log.text();
    for expected in [
        // The stack.
        "rustls",
        "reqwest",
        // A call.
        "otel.name=GET /oauth2/register/{id}",
        "otel.kind=\"client\"",
        "http.request.method=\"PUT\"",
        "url.template=\"/oauth2/register/{id}\"",
        "server.address=\"localhost\"",
        "http.response.status_code=201",
        "http.response.status_code=401",
        "error.type=Unauthorized",
        "http.request.resend_count=1",
        "the call failed and is repeated",
        "returned a value from the cache",
        "cached a new value",
        "the registration access token was replaced",
        // A keeper.
        "action=\"ensure_registered\"",
        "action=\"update\"",
        "action=\"recover\"",
        "action=\"report_rejected\"",
        "action=\"retire\"",
        "registration=\"my-app\"",
        "the registration is ensured detail=Replaced",
        "the server refused the token detail=KeyLost",
        "the server refused the token detail=Deleted",
        "error.type=KeyLost",
    ] {
        assert!(log.contains(expected), "{expected} is missing");
    }
    // A call of a keeper is within its action.
    let nested = |line: &str| line.contains("keeper{") && line.contains(":call{");
    assert!(log.lines().any(nested));
    assert!(secrets.0.len() > 12, "the test knows the secrets");
    for secret in &secrets.0 {
        assert!(!log.contains(secret.as_str()), "a secret is logged");
    }
    for word in ["id_token_hint=", "client_secret=", "Bearer ory", "Basic "] {
        let line = log.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "{word}");
    }
    let traced = |request: &ory_oidc_mock::RecordedRequest| request.header("traceparent").is_some();
    assert!(mock.requests().iter().all(traced));
}
