//! Many registrations in one store.

mod sharing;

use ory_oidc::{Client, ClientMetadata};
use ory_oidc_keeper::store::RegistrationStore;
use ory_oidc_keeper::{EnsureAll, EnsuredName, Keepers, MemoryStore};
use ory_oidc_mock::{Fault, OryMock};
use std::collections::BTreeSet;
use std::time::Duration;

fn keepers(ory: &OryMock, store: impl RegistrationStore + 'static) -> Keepers {
    Keepers::new(Client::new(ory.url()).expect("a client"), store)
}

fn tenants(count: usize) -> Vec<(String, ClientMetadata)> {
    let tenant = |number| {
        let callback = format!("https://tenant-{number}.app.example/callback");
        (format!("tenant-{number}"), ClientMetadata::new([callback]))
    };
    (0..count).map(tenant).collect()
}

async fn finished(all: &mut EnsureAll) -> Vec<EnsuredName> {
    let mut results = Vec::new();
    while let Some(result) = all.next().await {
        results.push(result);
    }
    assert_eq!(all.progress().done(), all.progress().total);
    assert!(all.next().await.is_none(), "it stays at its end");
    results
}

/// Returns the number of registrations, of reads and of all other requests.
fn requests(ory: &OryMock) -> (usize, usize, usize) {
    let count = |method: &str| {
        let requests = ory.requests();
        requests.iter().filter(|r| r.method() == method).count()
    };
    let (posts, gets) = (count("POST"), count("GET"));
    (posts, gets, ory.requests().len() - posts - gets)
}

#[tokio::test]
async fn each_name_gets_a_client_and_keeps_it() {
    let ory = OryMock::start().await;
    let keepers = keepers(&ory, MemoryStore::new());
    let mut all = keepers.ensure_all(tenants(100));
    assert_eq!((all.progress().total, all.progress().done()), (100, 0));
    let mut ids = BTreeSet::new();
    for EnsuredName { name, result, .. } in finished(&mut all).await {
        let registration = result.expect("registered").into_registration();
        let stored = keepers.keeper(&name).stored().await.expect("stored");
        let stored = stored.expect("an entry");
        assert_eq!(stored.client_id(), registration.client_id());
        let expected = format!("https://{name}.app.example/callback");
        let redirect_uris = stored.granted().redirect_uris.clone();
        assert_eq!(redirect_uris.unwrap_or_default(), [expected]);
        ids.insert(registration.client_id().to_owned());
    }
    assert_eq!(
        ids.into_iter().collect::<Vec<_>>(),
        ory.registered_clients()
    );
    assert_eq!(all.progress().registered, 100);
    assert_eq!(requests(&ory), (100, 0, 0));

    let mut again = keepers.ensure_all(tenants(100));
    finished(&mut again).await;
    assert_eq!(
        (again.progress().registered, again.progress().found),
        (0, 100)
    );
    assert_eq!(requests(&ory), (100, 100, 0), "one read for each");
}

#[tokio::test]
async fn after_a_stop_what_has_begun_is_done_and_nothing_else() {
    let ory = OryMock::start().await;
    let keepers = keepers(&ory, MemoryStore::new());
    let mut all = keepers.ensure_all(tenants(100)).concurrency(2);
    let first = all.next().await.expect("there are names");
    first.result.expect("registered");
    all.stop();
    let mut done = 1;
    while let Some(EnsuredName { name, result, .. }) = all.next().await {
        let id = result
            .expect("registered")
            .registration()
            .client_id()
            .to_owned();
        let stored = keepers.keeper(&name).stored().await.expect("stored");
        assert_eq!(stored.expect("an entry").client_id(), id);
        done += 1;
    }
    assert!(done < 100, "{done}");
    assert_eq!(ory.registered_clients().len(), done);

    let mut unbegun = keepers.ensure_all(tenants(1));
    unbegun.stop();
    assert!(unbegun.next().await.is_none());
}

#[tokio::test]
async fn any_concurrency_is_possible() {
    let ory = OryMock::start().await;
    for (concurrency, names) in [(0, 2), (usize::MAX, 3)] {
        let all = keepers(&ory, MemoryStore::new()).ensure_all(tenants(names));
        let done = finished(&mut all.concurrency(concurrency)).await;
        assert!(done.iter().all(|name| name.result.is_ok()));
    }
}

#[tokio::test]
async fn a_stop_ends_the_wait_for_the_servers_rate_limit() {
    let ory = OryMock::start().await;
    let busy = Fault::answer(429).header("Retry-After", "3600");
    ory.fail_next(busy.until_cleared());
    let mut all = keepers(&ory, MemoryStore::new()).ensure_all(tenants(1));
    let stopped = tokio::time::timeout(Duration::from_millis(50), all.next()).await;
    assert!(stopped.is_err(), "it waits");
    all.stop();
    assert!(all.next().await.is_none());
}

#[tokio::test]
async fn a_name_that_fails_does_not_stop_the_others() {
    let ory = OryMock::start().await;
    let keepers = keepers(&ory, MemoryStore::new());
    let mut wanted = tenants(30);
    wanted[3].1.set_jwks_uri("https://app.example/jwks.json");
    wanted[3]
        .1
        .set_jwks(serde_json::from_str(r#"{"keys": []}"#).expect("JSON"));
    let mut all = keepers.ensure_all(wanted);
    let results = finished(&mut all).await;
    let failed: Vec<_> = results.iter().filter(|one| one.result.is_err()).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].name, "tenant-3");
    assert_eq!((all.progress().registered, all.progress().failed), (29, 1));
}

#[tokio::test]
async fn a_retryable_failure_is_tried_again() {
    let ory = OryMock::start().await;
    ory.fail_next(Fault::answer(503).on("GET", "/oauth2/register").times(2));
    let keepers = keepers(&ory, MemoryStore::new());
    finished(&mut keepers.ensure_all(tenants(3))).await;
    let mut all = keepers.ensure_all(tenants(3));
    finished(&mut all).await;
    assert_eq!((all.progress().found, all.progress().failed), (3, 0));
}

#[tokio::test]
async fn a_rate_limit_slows_the_work_down_and_fails_nothing() {
    let ory = OryMock::builder()
        .rate_limit(20, Duration::from_secs(1))
        .start()
        .await;
    let keepers = keepers(&ory, MemoryStore::new());
    let mut all = keepers.ensure_all(tenants(60));
    finished(&mut all).await;
    let progress = all.progress();
    assert_eq!((progress.registered, progress.failed), (60, 0));
    assert!(progress.rate_limited > 0);
    assert_eq!(ory.requests().len(), 60 + progress.rate_limited);
    assert_eq!(ory.registered_clients().len(), 60);
}

#[tokio::test]
async fn no_more_names_are_in_progress_than_set() {
    let ory = OryMock::start().await;
    let stall = Fault::delay(Duration::from_secs(600));
    ory.fail_next(stall.on("POST", "/oauth2/register").times(100));
    let keepers = keepers(&ory, MemoryStore::new());
    let mut all = keepers.ensure_all(tenants(30)).concurrency(3);
    let first = tokio::time::timeout(Duration::from_millis(500), all.next()).await;
    assert!(first.is_err(), "the server stalls");
    assert_eq!(ory.requests().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keepers_of_one_name_in_use_at_once_wait_for_each_other() {
    let ory = OryMock::start().await;
    let keepers = keepers(&ory, MemoryStore::new());
    finished(&mut keepers.ensure_all(tenants(2))).await;
    let updates: Vec<_> = (0..20)
        .map(|number| {
            let keeper = keepers.clone().keeper("tenant-1");
            tokio::spawn(async move {
                let update = keeper.update(|metadata| metadata.set_client_name(number.to_string()));
                update.await.map(drop)
            })
        })
        .collect();
    for update in updates {
        update.await.expect("no panic").expect("no conflict");
    }
}

#[tokio::test]
async fn options_apply_to_every_keeper() {
    let ory = OryMock::builder()
        .initial_access_token("from-the-operator")
        .start()
        .await;
    let client = Client::new(ory.url()).expect("a client");
    let keepers = Keepers::with_options(client, MemoryStore::new(), |builder| {
        builder.initial_access_token("from-the-operator")
    });
    let mut all = keepers.ensure_all(tenants(3));
    finished(&mut all).await;
    assert_eq!(all.progress().registered, 3);
}

#[tokio::test]
async fn the_names_of_an_issuer_are_listed() {
    let ory = OryMock::builder().issuer_trailing_slash(true).start().await;
    let store = MemoryStore::new();
    let client = Client::builder(ory.url()).issuer(ory.issuer()).build();
    let keepers = Keepers::new(client.expect("a client"), store.clone());
    finished(&mut keepers.ensure_all(tenants(600)).share("run")).await;
    let mut names = keepers.names().prefix("tenant-");
    let mut listed = BTreeSet::new();
    while let Some(name) = names.next().await.expect("listed") {
        assert!(listed.insert(name), "each name once");
    }
    assert_eq!(listed.len(), 600);
    let mut count = 0;
    let mut names = keepers.names();
    while names.next().await.expect("listed").is_some() {
        count += 1;
    }
    assert_eq!(count, 600, "the record of the run is not a registration");

    let other = OryMock::start().await;
    let mut names = self::keepers(&other, store).names();
    assert_eq!(names.next().await.expect("listed"), None);
}
