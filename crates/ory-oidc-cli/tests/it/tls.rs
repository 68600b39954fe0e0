//! TLS, between the doctor and a proxy in front of the mock server.

use crate::gateway::Rules;
use crate::program::ory_oidc;
use axum::serve::Listener;
use ory_oidc_mock::OryMock;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::Value;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, address)) = self.tcp.accept().await else {
                continue;
            };
            // A client that refuses the certificate ends its handshake.
            let handshake = timeout(HANDSHAKE_TIMEOUT, self.acceptor.accept(stream));
            if let Ok(Ok(stream)) = handshake.await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

struct Authority(Issuer<'static, KeyPair>, String);

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self(Issuer::new(params, key), pem)
    }

    fn certify(&self, params: &CertificateParams) -> ServerConfig {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("the key fits")
    }
}

fn named(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).expect("a name")
}

fn expired() -> CertificateParams {
    let mut params = named("localhost");
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2002, 1, 1);
    params
}

fn issuing() -> CertificateParams {
    let mut params = named("localhost");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// Serves a mock server by TLS, and returns its port.
async fn serve(config: ServerConfig, upstream: &str) -> u16 {
    let tcp = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a loopback port is free");
    let port = tcp.local_addr().expect("it is bound").port();
    let router = Rules::new(upstream).router(&format!("https://localhost:{port}"));
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move { axum::serve(TlsListener { tcp, acceptor }, router).await });
    port
}

async fn findings(url: String, authority: Option<&Path>) -> Vec<(String, String)> {
    let authority = authority.map(|path| path.to_str().expect("a text").to_owned());
    let done = tokio::task::spawn_blocking(move || {
        let program = ory_oidc(["doctor", &url, "--json"]);
        match authority {
            Some(path) => program.variable("ORY_CA_CERT", &path).run(),
            None => program.run(),
        }
    });
    let done = done.await.expect("the program runs");
    let report: Value = serde_json::from_str(&done.stdout).expect("the report is JSON");
    let connection = &report["checks"][0];
    assert_eq!(connection["name"], "connection", "{report:#}");
    let findings = connection["findings"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    findings
        .map(|one| (text(&one["id"]), text(&one["remedy"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_broken_certificate_is_named_with_its_remedy() {
    let ory = OryMock::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let (authority, other) = (Authority::new(), Authority::new());
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, &authority.1).expect("a file");

    let serve = |config| serve(config, ory.url());
    let good = serve(authority.certify(&named("localhost"))).await;
    let expired = serve(authority.certify(&expired())).await;
    let other_name = serve(authority.certify(&named("id.example"))).await;
    let untrusted = serve(other.certify(&named("localhost"))).await;
    let issuing = serve(authority.certify(&issuing())).await;
    let url = |port| format!("https://localhost:{port}");

    assert_eq!(findings(url(good), Some(&path)).await, []);
    let no_tls = ory.url().replace("http:", "https:");
    let only_tls = format!("http://localhost:{good}");
    for (setup, url, id, remedy) in [
        ("expired", url(expired), "tls-expired", "renew"),
        ("other name", url(other_name), "tls-wrong-name", "SNI"),
        ("untrusted", url(untrusted), "tls-untrusted", "--ca-cert"),
        ("issuing", url(issuing), "tls-authority", "CA:FALSE"),
        ("no TLS", no_tls, "tls-not-spoken", "use http://"),
        ("TLS", only_tls, "http-not-spoken", "use https"),
    ] {
        let found = findings(url, Some(&path)).await;
        let [(found, text)] = found.as_slice() else {
            panic!("{setup}: {found:?}");
        };
        assert_eq!(found, id, "{setup}");
        assert!(text.contains(remedy), "{setup}: {text}");
    }
    let found = findings(url(good), None).await;
    assert_eq!(found[0].0, "tls-untrusted");
}
