//! Many keepers with one registration.

use ory_oidc::{Client, ClientMetadata};
use ory_oidc_keeper::{Action, Keeper, KeeperError};
use ory_oidc_mock::OryMock;

use crate::database::Database;

fn wanted() -> ClientMetadata {
    ClientMetadata::new(["https://app.example/callback"]).client_name("A fleet")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn thirty_two_keepers_register_once_and_share_the_client() {
    let (ory, database) = (OryMock::start().await, Database::new().await);
    let (client, store) = (Client::new(ory.url()).unwrap(), database.store().await);
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let keeper = Keeper::new(client.clone(), store.clone(), "fleet");
            tokio::spawn(async move { keeper.ensure_registered(&wanted()).await })
        })
        .collect();
    let mut registered = 0;
    for task in tasks {
        let ensured = task.await.unwrap().unwrap();
        registered += usize::from(ensured.action() == Action::Registered);
        assert_eq!(
            [ensured.registration().client_id()],
            ory.registered_clients()[..]
        );
    }
    assert_eq!(registered, 1);
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn two_keepers_that_update_at_once_lose_no_token() {
    let (ory, database) = (OryMock::start().await, Database::new().await);
    let (client, store) = (Client::new(ory.url()).unwrap(), database.store().await);
    let keeper = Keeper::new(client.clone(), store.clone(), "fleet");
    keeper.ensure_registered(&wanted()).await.unwrap();
    let tasks: Vec<_> = (0..2)
        .map(|writer| {
            let keeper = Keeper::new(client.clone(), store.clone(), "fleet");
            tokio::spawn(async move {
                let mut won = 0;
                for round in 0..50 {
                    let name = format!("{writer} {round}");
                    match keeper
                        .update(|metadata| metadata.set_client_name(name))
                        .await
                    {
                        Ok(_) => won += 1,
                        Err(KeeperError::Conflict) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
                won
            })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += task.await.unwrap();
    }
    let mut registration = keeper.stored().await.unwrap().unwrap();
    client.read_registration(&mut registration).await.unwrap();
    let path = format!("/oauth2/register/{}", registration.client_id());
    assert_eq!(ory.requests_to("PUT", &path).len(), won);
}
