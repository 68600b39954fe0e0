//! TLS to the database.
//!
//! The address 0.0.0.0 reaches this machine, but counts as another one.

use std::fs;
use std::path::Path;

use ory_oidc_store_postgres::sqlx::ConnectOptions;
use ory_oidc_store_postgres::{DatabaseError, PostgresStore};
use ory_oidc_test_servers::Postgres;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::database::{encoded_password, load, number, options, shown};

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { pem, issuer }
    }

    /// Gives a server a certificate for a host.
    async fn certify(&self, server: &Postgres, host: &str) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([host.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        server
            .use_tls(&certificate.pem(), &key.serialize_pem())
            .await;
    }

    fn write(&self, path: &Path) -> String {
        fs::write(path, &self.pem).unwrap();
        path.display().to_string()
    }
}

fn url(server: &Postgres, parameters: &str) -> String {
    let (password, port) = (encoded_password(), server.port());
    format!("postgres://postgres:{password}@0.0.0.0:{port}/postgres?{parameters}")
}

async fn refusal(url: &str) -> DatabaseError {
    let error = PostgresStore::connect(url).await.unwrap_err();
    assert!(!shown(&error).contains("zebra"), "{error}");
    error
}

const ENCRYPTED: &str = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
    WHERE ssl AND client_addr IS NOT NULL";

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_server_without_tls_on_another_machine_does_not_get_the_password() {
    let server = Postgres::start().await;
    let error = refusal(&url(&server, "")).await.to_string();
    assert!(error.contains("does not support TLS"), "{error}");
    assert!(error.contains("sslmode"), "{error}");
    for mode in ["disable", "prefer"] {
        let url = url(&server, &format!("sslmode={mode}"));
        PostgresStore::connect(&url).await.unwrap();
    }
}

#[cfg(feature = "rustls")]
#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn the_server_must_have_a_certificate_of_the_authority_for_its_name() {
    let server = Postgres::start().await;
    let (right, wrong) = (Authority::new(), Authority::new());
    let home = tempfile::tempdir().unwrap();
    let right_file = right.write(&home.path().join("right.pem"));
    let wrong_file = wrong.write(&home.path().join("wrong.pem"));
    right.certify(&server, "0.0.0.0").await;

    let root = |file: &str| url(&server, &format!("sslrootcert={file}"));
    let store = PostgresStore::connect(&root(&right_file)).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(load(&store, "app").await, None);
    let observer = options("postgres", server.port()).connect().await;
    let mut observer = observer.unwrap();
    assert_eq!(number(&mut observer, ENCRYPTED).await, 1);

    // The second URL leaves the authorities that everybody trusts.
    for url in [root(&wrong_file), url(&server, "")] {
        let error = refusal(&url).await.to_string();
        assert!(error.contains("invalid peer certificate"), "{error}");
        assert!(error.contains("sslmode"), "{error}");
    }
    right.certify(&server, "127.0.0.2").await;
    let error = refusal(&root(&right_file)).await.to_string();
    assert!(error.contains("not valid for"), "{error}");
    // A mode that is named is what the user gets.
    let require = PostgresStore::connect(&url(&server, "sslmode=require")).await;
    require.unwrap();
}
