//! A connection that is cut during a save.
//!
//! Each of these tests has one thread, which also runs the proxy, so that its byte counts are exact.

use std::time::Duration;

use ory_oidc_keeper::store::{Content, Entry, RegistrationStore, StoreError};
use ory_oidc_store_postgres::PostgresStore;
use ory_oidc_store_postgres::sqlx::PgPool;

use crate::database::{Database, content, key, loaded, saved};
use crate::proxy::{Flow, Proxy};

/// The number of places at which an exchange is cut.
const PARTS: usize = 30;

/// Returns another text of the same length, so that all exchanges have one length.
fn successor(text: &str) -> String {
    (text.parse::<u32>().unwrap() + 1).to_string()
}

struct Rig {
    proxy: Proxy,
    pool: PgPool,
    through: PostgresStore,
    direct: PostgresStore,
}

impl Rig {
    async fn new() -> Self {
        let database = Database::new().await;
        let direct = database.store().await;
        let proxy = Proxy::start().await;
        let pool = database.narrow_pool(proxy.port).await;
        let through = PostgresStore::from_pool(pool.clone());
        Self {
            proxy,
            pool,
            through,
            direct,
        }
    }

    /// Reconnects if necessary, and waits until the connection is back in the pool.
    async fn warm_up(&self) -> Entry {
        let entry = loaded(&self.through, &key("app")).await;
        while self.pool.num_idle() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        entry
    }

    /// Cuts after this many bytes of a save, and returns whether the save took place.
    async fn cut(&self, flow: &Flow, bytes: usize) -> bool {
        let before = self.warm_up().await;
        let new = Content::new(successor(before.content.expose()));
        flow.cut_after(bytes);
        let outcome = self
            .through
            .save(&key("app"), Some(before.version), &new)
            .await;
        flow.heal();
        if outcome.is_err() {
            self.proxy.until_none_is_open().await;
        }

        let after = loaded(&self.direct, &key("app")).await;
        let is_new = after.content == new && after.version != before.version;
        assert!(is_new || after == before, "after {bytes} bytes: {after:?}");
        match outcome {
            Ok(version) => assert_eq!((after.version, after.content), (version, new)),
            Err(StoreError::Unavailable { .. } | StoreError::Conflict) => {}
            Err(error) => panic!("after {bytes} bytes: {error:?}"),
        }
        is_new
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_save_cut_at_any_byte_leaves_the_old_entry_or_the_new_one() {
    let rig = Rig::new().await;
    saved(&rig.direct, &key("app"), None, "100").await;
    let flows = [&rig.proxy.to_server, &rig.proxy.to_client];

    let before = rig.warm_up().await;
    let start = flows.map(|flow| flow.passed());
    let text = successor(before.content.expose());
    saved(&rig.through, &key("app"), Some(before.version), &text).await;
    let whole = [0, 1].map(|way| flows[way].passed() - start[way]);

    for (flow, whole) in flows.into_iter().zip(whole) {
        let mut new = 0;
        for part in 0..=PARTS {
            new += usize::from(rig.cut(flow, whole * part / PARTS).await);
        }
        assert!(0 < new && new <= PARTS, "{new} of {PARTS} saves took place");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_save_cut_before_the_response_is_unavailable_but_took_place() {
    let rig = Rig::new().await;
    let version = saved(&rig.direct, &key("app"), None, "old").await;
    // The first exchange is longer, as it prepares the statement.
    let prepared = saved(&rig.through, &key("app"), Some(version), "prepared").await;
    rig.warm_up().await;
    let start = rig.proxy.to_client.passed();
    let next = saved(&rig.through, &key("app"), Some(prepared), "measured").await;
    let whole = rig.proxy.to_client.passed() - start;
    rig.warm_up().await;

    rig.proxy.to_client.cut_after(whole - 1);
    let outcome = rig
        .through
        .save(&key("app"), Some(next), &content("new"))
        .await;
    rig.proxy.to_client.heal();
    assert!(
        matches!(outcome, Err(StoreError::Unavailable { .. })),
        "{outcome:?}"
    );
    assert_eq!(
        loaded(&rig.direct, &key("app")).await.content,
        content("new")
    );

    let again = rig
        .through
        .save(&key("app"), Some(next), &content("again"))
        .await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_server_that_stops_responding_blocks_neither_the_caller_nor_the_pool() {
    let rig = Rig::new().await;
    let version = saved(&rig.direct, &key("app"), None, "old").await;
    let hasty = rig.through.clone().with_timeout(Duration::from_millis(300));
    for _ in 0..3 {
        rig.warm_up().await;
        rig.proxy.set_silent(true);
        let outcome = hasty
            .save(&key("app"), Some(version), &content("new"))
            .await;
        assert!(
            matches!(outcome, Err(StoreError::Unavailable { .. })),
            "{outcome:?}"
        );
        rig.proxy.set_silent(false);
        assert_eq!(
            loaded(&rig.through, &key("app")).await.content,
            content("old")
        );
    }
}
