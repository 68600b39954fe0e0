//! Processes that share the work of a run. Here they are tasks with keepers of their own.

use super::{finished, keepers, requests, tenants};
use ory_oidc_keeper::store::{ListQuery, RegistrationStore as _, StoreKey};
use ory_oidc_keeper::{KeeperErrorKind, MemoryStore, Progress};
use ory_oidc_mock::{Fault, OryMock};
use std::collections::BTreeMap;
use std::time::Duration;

const PROCESSES: usize = 4;

/// Runs some processes at once. Returns how often each name was done, and the progress of each.
async fn run(
    ory: &OryMock,
    store: &MemoryStore,
    name: &str,
) -> (BTreeMap<String, usize>, Vec<Progress>) {
    let processes: Vec<_> = (0..PROCESSES)
        .map(|_| {
            let mut all = keepers(ory, store.clone())
                .ensure_all(tenants(500))
                .share(name);
            tokio::spawn(async move { (finished(&mut all).await, all.progress()) })
        })
        .collect();
    let (mut names, mut progress) = (BTreeMap::new(), Vec::new());
    for process in processes {
        let (results, its) = process.await.expect("no panic");
        for one in results {
            one.result.expect("ensured");
            *names.entry(one.name).or_default() += 1;
        }
        progress.push(its);
    }
    (names, progress)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_name_is_done_by_one_process() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let (names, progress) = run(&ory, &store, "first").await;
    assert_eq!(names.len(), 500);
    assert!(names.values().all(|count| *count == 1), "{names:?}");
    assert_eq!(requests(&ory), (500, 0, 0));
    for its in &progress {
        assert!(its.registered > 0, "all have work: {progress:?}");
        assert_eq!(its.registered + its.elsewhere, 500);
    }

    let (names, _) = run(&ory, &store, "second").await;
    assert_eq!(names.len(), 500);
    assert_eq!(requests(&ory), (500, 500, 0), "one read for each");
}

#[tokio::test]
async fn a_run_is_done_once() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let keepers = keepers(&ory, store);
    finished(&mut keepers.ensure_all(tenants(100)).share("run")).await;
    let mut late = keepers.ensure_all(tenants(100)).share("run");
    assert_eq!(finished(&mut late).await.len(), 0);
    assert_eq!(late.progress().elsewhere, 100);
    assert_eq!(requests(&ory), (100, 0, 0));
}

#[tokio::test]
async fn what_failed_is_done_by_a_later_call() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    ory.fail_next(Fault::answer(400).on("POST", "/oauth2/register"));
    let keepers = keepers(&ory, store);
    let mut first = keepers.ensure_all(tenants(100)).share("run");
    let failed = finished(&mut first).await;
    let failed = failed.iter().find(|one| one.result.is_err());
    let failed = failed.expect("one failed").name.clone();
    assert_eq!(
        (first.progress().registered, first.progress().failed),
        (99, 1)
    );

    let mut second = keepers.ensure_all(tenants(100)).share("run");
    let registered = finished(&mut second).await;
    assert!(registered.iter().any(|one| one.name == failed));
    let progress = second.progress();
    assert_eq!((progress.registered, progress.failed), (1, 0));
    assert!(progress.elsewhere > 0, "{progress:?}");
    assert_eq!(ory.registered_clients().len(), 100);
}

#[tokio::test]
async fn the_names_of_a_process_that_died_are_taken_over() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let mut dying = keepers(&ory, store.clone())
        .ensure_all(tenants(200))
        .share("run");
    for _ in 0..10 {
        dying
            .next()
            .await
            .expect("a result")
            .result
            .expect("registered");
    }
    drop(dying);
    let survivor = keepers(&ory, store).ensure_all(tenants(200)).share("run");
    let mut survivor = survivor.lease(Duration::from_millis(100));
    finished(&mut survivor).await;
    assert_eq!(survivor.progress().failed, 0);
    let registered = ory.registered_clients().len();
    assert_eq!(registered, 200, "none twice");
}

#[tokio::test]
async fn a_name_with_other_metadata_is_done_by_both() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let keepers = keepers(&ory, store);
    finished(&mut keepers.ensure_all(tenants(200)).share("run")).await;
    let mut wanted = tenants(201);
    wanted[7].1.set_client_name("Seven");
    let mut other = keepers.ensure_all(wanted).share("run");
    let done = finished(&mut other).await;
    let name_of = |name: &str| {
        let found = done.iter().find(|one| one.name == name).expect("done");
        let ensured = found.result.as_ref().expect("ensured");
        ensured.registration().granted().client_name.clone()
    };
    assert_eq!(name_of("tenant-7").as_deref(), Some("Seven"));
    assert!(done.iter().any(|one| one.name == "tenant-200"));
    assert!(other.progress().elsewhere > 0, "{:?}", other.progress());
    assert_eq!(ory.registered_clients().len(), 201);
}

#[tokio::test]
async fn a_damaged_record_of_the_run_fails_every_name_and_stays() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let key = StoreKey::new(format!("{}#ensure-all", ory.url()), "run");
    let damaged = ory_oidc_keeper::store::Content::new("{}");
    store.save(&key, None, &damaged).await.expect("saved");
    let mut all = keepers(&ory, store.clone())
        .ensure_all(tenants(3))
        .share("run");
    for one in finished(&mut all).await {
        let error = one.result.expect_err("the record is damaged");
        assert_eq!(error.kind(), KeeperErrorKind::StoreDamaged);
    }
    assert_eq!(all.progress().failed, 3);
    assert_eq!(requests(&ory), (0, 0, 0));
    let entry = store.load(&key).await.expect("load").expect("an entry");
    assert_eq!(entry.content, damaged);
}

#[tokio::test]
async fn the_record_of_an_old_run_is_removed() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let issuer = format!("{}#ensure-all", ory.url());
    let old = r#"{"format": 1, "began": 1000, "parts": 1, "units": {}}"#;
    let old = ory_oidc_keeper::store::Content::new(old);
    let key = StoreKey::new(issuer.clone(), "old");
    store.save(&key, None, &old).await.expect("saved");
    let keepers = keepers(&ory, store.clone());
    finished(&mut keepers.ensure_all(tenants(3)).share("new")).await;
    finished(&mut keepers.ensure_all(tenants(3)).share("newest")).await;
    let mut names = store.list(&ListQuery::new(issuer)).await.expect("listed");
    names.sort();
    assert_eq!(names, ["new", "newest"]);
}
