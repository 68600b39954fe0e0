//! Keys that an administrator changes while signed userinfo is verified.

use crate::support::{on_each_database, wanted};
use ory_oidc::{AccessToken, Client, Error, Registration, Subject};
use ory_oidc_contract::hydra::OnHydra;
use ory_oidc_test_servers::hydra::{ID_TOKEN_KEYS, User};
use std::sync::Arc;
use tokio::task::JoinSet;

on_each_database! { alone:
    a_new_key_under_the_id_of_an_old_one_is_fetched,
    a_deleted_key_does_not_fail_the_next_call,
    no_change_of_keys_fails_a_concurrent_call_for_good,
}

/// A client with signed userinfo, and an access token of its user.
#[derive(Clone)]
struct World {
    ory: Client,
    registration: Arc<Registration>,
    token: Arc<AccessToken>,
}

impl World {
    async fn new(target: &OnHydra) -> Self {
        let ory = target.client();
        let signed = wanted("client_secret_basic").userinfo_signed_response_alg("RS256");
        let registration = ory.register(&signed).await;
        let registration = registration.expect("the metadata are valid");
        let tokens = target.log_in(&registration, User::new("zoe")).await;
        Self {
            ory,
            registration: Arc::new(registration),
            token: Arc::new(AccessToken::new(tokens.access_token)),
        }
    }

    async fn userinfo(self) -> Result<(), Error> {
        let user = self.ory.userinfo(&self.token, Subject::Expect("zoe"));
        user.relying_party(&*self.registration).await.map(drop)
    }
}

async fn a_new_key_under_the_id_of_an_old_one_is_fetched(target: &OnHydra) {
    let admin = target.server().admin();
    let world = World::new(target).await;
    let current = admin.rotate_keys().await;
    let call = world.clone().userinfo().await;
    call.expect("the keys are fetched");

    let mut new = admin.create_key("keys.of.this.test", "RS256").await;
    new["kid"] = current["kid"].clone();
    let kid = new["kid"].as_str().expect("a text").to_owned();
    admin.put_key(ID_TOKEN_KEYS, &kid, &new).await;
    let call = world.userinfo().await;
    call.expect("the keys are fetched again");
}

async fn a_deleted_key_does_not_fail_the_next_call(target: &OnHydra) {
    let admin = target.server().admin();
    let world = World::new(target).await;
    let current = admin.rotate_keys().await;
    let call = world.clone().userinfo().await;
    call.expect("the keys are fetched");
    let kid = current["kid"].as_str().expect("a text");
    admin.delete_key(ID_TOKEN_KEYS, kid).await;
    // Hydra signs with the key that it has left, which is in the cache, too.
    let call = world.userinfo().await;
    call.expect("the other key is known");
}

/// Hydra reads the keys once for the key id and once for the signature. A change in between makes a
/// signature that fits another published key than the one that the token names.
async fn no_change_of_keys_fails_a_concurrent_call_for_good(target: &OnHydra) {
    const CALLS: usize = 20;
    let admin = target.server().admin();
    let world = World::new(target).await;
    let keys = [admin.rotate_keys().await, admin.rotate_keys().await];
    let mut calls = JoinSet::new();
    let mut verified = 0;
    for round in 0..100 {
        while calls.len() < CALLS {
            calls.spawn(world.clone().userinfo());
        }
        // The key that was put last signs. Both are always published.
        let key = &keys[round % 2];
        let kid = key["kid"].as_str().expect("a text");
        admin.put_key(ID_TOKEN_KEYS, kid, key).await;
        while let Some(outcome) = calls.try_join_next() {
            match outcome.expect("no call panics") {
                Ok(()) => verified += 1,
                Err(error) => assert!(error.is_retryable(), "{error:?}"),
            }
        }
    }
    calls.shutdown().await;
    assert!(verified > 0);
    let call = world.userinfo().await;
    call.expect("the keys do not change any more");
}
