//! Responses that stall after their token, for a keeper whose HTTP client has no time-out.

use super::proxy::{Cut, Proxy};
use super::{NAME, client, rename, wanted, without_pauses};
use ory_oidc::error::ErrorKind;
use ory_oidc::{Client, reqwest};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, Keeper, KeeperErrorKind};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;
use std::time::Duration;

/// Three quarters of it are the limit of a request.
const LEASE: Duration = Duration::from_secs(2);

/// A server, and a proxy that can make its responses to a method stall.
struct Stalling {
    ory: OryMock,
    proxy: Proxy,
    keeper: Keeper,
}

impl Stalling {
    async fn new(method: &'static str) -> Self {
        let ory = OryMock::start().await;
        let proxy = Proxy::start(ory.url(), method).await;
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let http = http.build().expect("an HTTP client without a time-out");
        let client = Client::builder(&proxy.url).http_client(http).build();
        let client = client.expect("loopback is permitted");
        let keeper = Keeper::builder(client, MemoryStore::new(), NAME).lease(LEASE);
        Self {
            ory,
            proxy,
            keeper: without_pauses(keeper).build(),
        }
    }

    async fn ensure(&self) -> Action {
        let ensured = self.keeper.ensure_registered(&wanted()).await;
        ensured.expect("the credentials arrived").action()
    }

    /// Checks that the response stalled after its token, and that the stored token works.
    async fn check_token(&self, stalled_at: usize) {
        assert!(self.proxy.seen().token_end() <= stalled_at);
        self.proxy.cut(None);
        let stored = self.keeper.stored().await.expect("settled");
        let mut stored = stored.expect("an entry");
        let read = client(self.ory.url()).read_registration(&mut stored).await;
        read.expect("the stored token works");
    }
}

/// Enough for replies that differ by the digits of their times.
const MARGIN: usize = 20;

#[tokio::test]
async fn a_registration_that_stalls_after_its_token_is_used() {
    let sample = Stalling::new("POST ").await;
    sample.ensure().await;
    let stall_at = sample.proxy.seen().token_end() + MARGIN;

    let stalling = Stalling::new("POST ").await;
    stalling.proxy.cut(Some(Cut::Stall(stall_at)));
    assert_eq!(stalling.ensure().await, Action::Registered);
    stalling.check_token(stall_at).await;
    assert_eq!(stalling.ensure().await, Action::Reused);
    assert_eq!(stalling.ory.registered_clients().len(), 1);
}

#[tokio::test]
async fn the_token_of_an_update_that_stalls_is_stored() {
    let stalling = Stalling::new("PUT ").await;
    stalling.ensure().await;
    let updated = stalling.keeper.update(rename("First")).await;
    updated.expect("nothing stalls");
    let stall_at = stalling.proxy.seen().token_end() + MARGIN;

    stalling.proxy.cut(Some(Cut::Stall(stall_at)));
    let error = stalling.keeper.update(rename("Other")).await;
    let error = error.expect_err("the response stalls");
    assert_eq!(error.kind(), KeeperErrorKind::OutcomeUnknown, "{error:?}");
    stalling.check_token(stall_at).await;
    assert_eq!(stalling.ensure().await, Action::Updated);
}

#[tokio::test]
async fn the_token_of_a_read_that_stalls_is_stored() {
    let stalling = Stalling::new("GET ").await;
    stalling.ensure().await;
    let id = stalling.ory.registered_clients().remove(0);
    let token = stalling.ory.rotate_registration_token(&id);
    let rest = "x".repeat(1000);
    let reply = json!({"client_id": id, "registration_access_token": token, "rest": rest});
    let reply = Fault::answer(200).body(reply.to_string());
    stalling.ory.fail_next(reply.on("GET", "/oauth2/register"));
    // The headers, the token, and a part of the rest.
    let stall_at = 800;

    stalling.proxy.cut(Some(Cut::Stall(stall_at)));
    let error = stalling.keeper.ensure_registered(&wanted()).await;
    let error = error.expect_err("the response stalls");
    assert_eq!(error.kind(), KeeperErrorKind::Call(ErrorKind::Timeout));
    assert!(error.is_retryable());
    stalling.check_token(stall_at).await;
    assert_eq!(stalling.ensure().await, Action::Reused);
}

#[tokio::test]
async fn a_deletion_that_stalls_can_be_repeated() {
    let stalling = Stalling::new("DELETE ").await;
    stalling.ensure().await;
    stalling.proxy.cut(Some(Cut::Stall(0)));
    let error = stalling.keeper.retire().await;
    let error = error.expect_err("the response stalls");
    assert_eq!(error.kind(), KeeperErrorKind::OutcomeUnknown, "{error:?}");
    assert!(
        stalling
            .keeper
            .last_known()
            .await
            .expect("loaded")
            .is_some()
    );
    stalling.proxy.cut(None);
    stalling.keeper.retire().await.expect("deleted before");
    assert_eq!(stalling.ory.registered_clients(), [""; 0]);
}
