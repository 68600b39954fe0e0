//! Hydra starts with the options asked for.

use ory_oidc_test_servers::{Hydra, Postgres};
use serde_json::{Value, json};

use crate::support::{CALLBACK, http, id, read, register, registered};

async fn discovery(hydra: &Hydra) -> Value {
    let url = format!("{}/.well-known/openid-configuration", hydra.public_url());
    http().get(url).send().await.unwrap().json().await.unwrap()
}

async fn registers_and_reads_a_client(hydra: &Hydra) {
    let client = registered(hydra, "openid", &json!({})).await;
    assert_eq!(read(hydra, &client).await, 200);
    let discovery = discovery(hydra).await;
    assert_eq!(discovery["issuer"], hydra.issuer());
    let userinfo = format!("{}/userinfo", hydra.public_url());
    assert_eq!(discovery["userinfo_endpoint"], userinfo);
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn hydra_starts_on_sqlite() {
    registers_and_reads_a_client(&Hydra::builder().start().await).await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn hydra_starts_on_postgres() {
    let postgres = Postgres::shared().await;
    registers_and_reads_a_client(&Hydra::builder().postgres(postgres).start().await).await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn two_hydras_on_one_postgres_have_a_database_each() {
    let postgres = Postgres::shared().await;
    let one = Hydra::builder()
        .postgres(postgres)
        .keys(false)
        .start()
        .await;
    let other = Hydra::builder()
        .postgres(postgres)
        .keys(false)
        .start()
        .await;
    let client = registered(&one, "openid", &json!({})).await;
    assert!(one.admin().client(id(&client)).await.is_some());
    assert_eq!(other.admin().client(id(&client)).await, None);
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn registration_is_404_where_it_is_disabled() {
    let hydra = Hydra::builder()
        .registration(false)
        .keys(false)
        .start()
        .await;
    let metadata = json!({"redirect_uris": [CALLBACK]});
    let (status, _) = register(&hydra, &metadata).await;
    assert_eq!(status, 404);
    // An administrator can still create clients.
    hydra.admin().create_client(&metadata).await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn discovery_names_the_endpoints_that_are_configured() {
    let elsewhere = |url: &str| {
        json!({
            "urls": {"self": {"issuer": format!("{url}/issuer")}},
            "webfinger": {"oidc_discovery": {
                "client_registration_url": format!("{url}/registration"),
                "userinfo_url": "https://users.example/userinfo",
            }},
        })
    };
    let hydra = Hydra::builder().config(elsewhere).start().await;
    let discovery = discovery(&hydra).await;
    let url = hydra.public_url();
    assert_eq!(hydra.issuer(), format!("{url}/issuer"));
    assert_eq!(discovery["issuer"], hydra.issuer());
    assert_eq!(
        discovery["registration_endpoint"],
        format!("{url}/registration")
    );
    assert_eq!(
        discovery["userinfo_endpoint"],
        "https://users.example/userinfo"
    );
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
#[should_panic(expected = "Hydra does not start")]
async fn a_hydra_that_does_not_start_says_why() {
    let nonsense = |_: &str| json!({"dsn": "nonsense://"});
    Hydra::builder().config(nonsense).start().await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn a_paused_hydra_does_not_answer_until_it_is_resumed() {
    let hydra = Hydra::builder().keys(false).start().await;
    let ready = format!("{}/health/ready", hydra.public_url());
    let paused = hydra.pause().await;
    let timeout = std::time::Duration::from_millis(500);
    let request = http().get(&ready).timeout(timeout).send().await;
    assert!(request.unwrap_err().is_timeout());
    paused.resume();
    assert_eq!(http().get(&ready).send().await.unwrap().status(), 200);
}
