//! One logout token that several processes receive.

use ory_oidc::Client;
use ory_oidc::token::{RelyingParty, TokenError, TokenProblem};
use ory_oidc_mock::OryMock;
use ory_oidc_store_postgres::PostgresReplayGuard;
use serde_json::json;

use crate::database::Database;

const CLIENT: &str = "my-app";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_logout_token_sent_to_two_processes_is_accepted_by_one() {
    let (ory, database) = (OryMock::start().await, Database::new().await);
    let _ = ory.create_client(json!({"client_id": CLIENT}));
    let mut processes = Vec::new();
    for _ in 0..2 {
        let client = Client::new(ory.url()).unwrap();
        let guard = PostgresReplayGuard::connect(&database.url()).await.unwrap();
        guard.migrate().await.unwrap();
        processes.push((client, guard));
    }
    for _ in 0..10 {
        let token = ory.issue_logout_token(CLIENT, "user-1");
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
                Err(error) => {
                    let problem = error.validation::<TokenError>().map(TokenError::problem);
                    assert_eq!(problem, Some(TokenProblem::Replayed), "{error:?}");
                }
            }
        }
        assert_eq!(accepted, 1);
    }
}
