//! What the guard is for: one logout token, and many that the provider may call.

use ory_oidc::{Client, Error, RelyingParty, TokenProblem, ValidationError};
use ory_oidc_mock::OryMock;
use ory_oidc_store_postgres::PostgresReplayGuard;
use serde_json::json;

use crate::database::Database;

const CLIENT: &str = "my-app";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn of_two_processes_that_get_one_logout_token_one_accepts_it() {
    let (double, database) = (OryMock::start().await, Database::new().await);
    let _ = double.create_client(json!({"client_id": CLIENT}));
    let mut processes = Vec::new();
    for _ in 0..2 {
        let client = Client::new(double.url()).unwrap();
        let guard = PostgresReplayGuard::connect(&database.url()).await.unwrap();
        guard.migrate().await.unwrap();
        processes.push((client, guard));
    }
    for _ in 0..10 {
        let token = double.issue_logout_token(CLIENT, "user-1");
        let verifying = processes.clone().into_iter().map(|(client, guard)| {
            let token = token.clone();
            tokio::spawn(async move {
                let party = RelyingParty::new(CLIENT);
                client.verify_logout_token(&token, party, &guard).await
            })
        });
        let verifying: Vec<_> = verifying.collect();
        let mut accepted = 0;
        for outcome in verifying {
            match outcome.await.unwrap() {
                Ok(_) => accepted += 1,
                Err(Error::Validation(ValidationError::Token(error))) => {
                    assert_eq!(error.problem(), TokenProblem::Replayed);
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(accepted, 1);
    }
}
