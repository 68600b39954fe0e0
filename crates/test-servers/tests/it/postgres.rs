//! The PostgreSQL server.

use std::net::TcpStream;

use ory_oidc_test_servers::Postgres;
use sqlx::{Connection, PgConnection};

async fn answers(url: &str) -> bool {
    match PgConnection::connect(url).await {
        Ok(mut connection) => sqlx::query("SELECT 1")
            .execute(&mut connection)
            .await
            .is_ok(),
        Err(_) => false,
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn each_database_is_a_new_one() {
    let postgres = Postgres::shared().await;
    let (one, other) = (
        postgres.create_database().await,
        postgres.create_database().await,
    );
    assert_ne!(one, other);
    assert!(answers(&postgres.url(&one)).await);
    assert!(!answers(&postgres.url("no_such_database")).await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_killed_server_comes_back_with_its_data() {
    let postgres = Postgres::start().await;
    let database = postgres.create_database().await;
    postgres.kill().await;
    assert!(TcpStream::connect(("127.0.0.1", postgres.port())).is_err());
    postgres.restart().await;
    assert!(answers(&postgres.url(&database)).await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_dropped_server_is_gone() {
    let postgres = Postgres::start().await;
    let port = postgres.port();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    drop(postgres);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}
