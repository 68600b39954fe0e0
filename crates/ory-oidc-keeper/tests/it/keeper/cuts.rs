//! The connection cut at each byte of an update and of a registration.

use super::proxy::{Cut, Proxy};
use super::{client, rename, wanted, without_pauses};
use ory_oidc::Client;
use ory_oidc::error::ErrorKind;
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, Keeper, KeeperError, Recovery};
use ory_oidc_mock::OryMock;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The outcome of a cut.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    Updated,
    /// The reply was incomplete, and its token is stored.
    Rescued,
    NotApplied,
    KeyLost,
}

async fn cut_at(direct: &Client, proxied: &Client, proxy: &Proxy, cut: Cut) -> Outcome {
    proxy.cut(None);
    let keeper = Keeper::builder(proxied.clone(), MemoryStore::new(), "cut");
    let keeper = without_pauses(keeper).confirmations(1).build();
    let mut before = keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered")
        .into_registration();
    proxy.cut(Some(cut));
    let updated = keeper.update(rename("Renamed")).await;
    let seen = proxy.seen();
    proxy.cut(None);
    let outcome = match updated {
        Ok(_) => Outcome::Updated,
        Err(KeeperError::OutcomeUnknown { .. }) if keeper.stored().await.is_ok() => {
            Outcome::Rescued
        }
        // A token that may be dead is not returned.
        Err(KeeperError::OutcomeUnknown { .. }) => {
            match keeper.recover().await.expect("the server answers") {
                Recovery::Recovered { applied: false, .. } => Outcome::NotApplied,
                Recovery::KeyLost { .. } => Outcome::KeyLost,
                other => panic!("{cut:?}: {other:?}"),
            }
        }
        Err(error) => panic!("{cut:?}: {error:?}"),
    };
    // The server confirms what the keeper found.
    let old = direct.read_registration(&mut before).await;
    match outcome {
        Outcome::KeyLost => {
            let dead = old.expect_err("the old token is dead").kind();
            assert_eq!(dead, ErrorKind::Unauthorized, "{cut:?}");
            keeper.stored().await.expect_err("the store says so");
        }
        Outcome::NotApplied | Outcome::Updated | Outcome::Rescued => {
            let mut stored = keeper.stored().await.expect("stored").expect("an entry");
            direct
                .read_registration(&mut stored)
                .await
                .expect("the stored token works");
            let renamed = stored.granted().client_name.as_deref() == Some("Renamed");
            assert_eq!(renamed, outcome != Outcome::NotApplied, "{cut:?}");
        }
    }
    if let Cut::Reply(at) = cut {
        let arrived = at >= seen.token_end();
        assert_eq!(outcome == Outcome::KeyLost, !arrived, "{cut:?}");
    }
    outcome
}

#[tokio::test]
async fn a_cut_at_any_byte_of_an_update_loses_the_token_only_if_it_did_not_arrive() {
    let ory = OryMock::start().await;
    let direct = client(ory.url());
    let proxy = Proxy::start(ory.url(), "PUT ").await;

    proxy.cut(None);
    let proxied = client(&proxy.url);
    let whole = Keeper::new(proxied.clone(), MemoryStore::new(), "whole");
    whole
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    proxy.cut(None);
    whole.update(rename("Renamed")).await.expect("updated");
    let seen = proxy.seen();
    let (request, reply) = (seen.request, seen.reply.len());
    assert!(request > 300 && reply > 300, "{request} {reply}");

    let (mut cuts, mut keys_lost, mut not_applied, mut rescued) = (0, 0, 0, 0);
    let requests = (0..request).map(Cut::Request);
    let replies = (0..reply).map(Cut::Reply);
    for cut in requests.chain(replies) {
        cuts += 1;
        match (cut, cut_at(&direct, &proxied, &proxy, cut).await) {
            // The server never received the complete request.
            (Cut::Request(_), Outcome::NotApplied) => not_applied += 1,
            // The server applied it, and the new token never arrived.
            (Cut::Reply(_), Outcome::KeyLost) => keys_lost += 1,
            // The new token arrived, and the rest of the reply did not.
            (Cut::Reply(_), Outcome::Rescued) => rescued += 1,
            // Replies differ by a few bytes, as the times in them do: this one was complete.
            (Cut::Reply(n), Outcome::Updated) if n + 20 > reply => {}
            (cut, outcome) => panic!("{cut:?} of {request} and {reply} bytes: {outcome:?}"),
        }
    }
    eprintln!("{cuts} cuts: {not_applied} not applied, {keys_lost} keys lost, {rescued} rescued");
    assert!(keys_lost > 0 && not_applied > 0);
    assert!(rescued + 20 > reply - seen.token_end(), "{rescued}");
}

#[tokio::test]
async fn a_cut_at_any_byte_of_a_registration_registers_twice_only_if_the_token_did_not_arrive() {
    let ory = OryMock::start().await;
    let proxy = Proxy::start(ory.url(), "POST ").await;
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    let proxied = Client::builder(&proxy.url).observe(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let proxied = proxied.build().expect("loopback is permitted");
    let direct = client(ory.url());
    let whole = Keeper::new(proxied.clone(), MemoryStore::new(), "whole");
    let ensured = whole.ensure_registered(&wanted()).await;
    ensured.expect("registered");
    let reply = proxy.seen().reply.len();

    let (mut rescued, mut listed, mut lost) = (0, 0, 0);
    // Replies differ by a few bytes, as the times in them do.
    for at in 0..reply - 20 {
        let keeper = Keeper::builder(proxied.clone(), MemoryStore::new(), "cut");
        let keeper = without_pauses(keeper).build();
        proxy.cut(Some(Cut::Reply(at)));
        let cut = keeper.ensure_registered(&wanted()).await;
        let token_arrived = at >= proxy.seen().token_end();
        proxy.cut(None);
        match cut {
            Ok(ensured) => assert_eq!(ensured.action(), Action::Registered),
            Err(KeeperError::OutcomeUnknown { .. }) => assert!(!token_arrived, "{at}"),
            Err(error) => panic!("{at}: {error:?}"),
        }

        requests.store(0, Ordering::SeqCst);
        let again = keeper.ensure_registered(&wanted()).await;
        let again = again.unwrap_or_else(|error| panic!("{at}: {error:?}"));
        match again.action() {
            Action::Reused => {
                assert!(token_arrived, "{at}");
                assert_eq!(requests.load(Ordering::SeqCst), 1, "{at}: one read");
                let mut stored = again.into_registration();
                let read = direct.read_registration(&mut stored).await;
                read.expect("the stored token works");
                rescued += 1;
            }
            // A client without a token cannot be managed.
            Action::Registered if !token_arrived => {
                let superseded = keeper.superseded().await.expect("the store is in memory");
                match superseded.len() {
                    0 => lost += 1,
                    _ => listed += 1,
                }
            }
            other => panic!("{at}: {other:?}"),
        }
    }
    eprintln!("{rescued} rescued, {listed} listed as superseded, {lost} lost");
    assert!(rescued > 0 && listed > 0 && lost > 0);
}
