//! The conformance suite of `ory-oidc-keeper`, at each isolation level.

use ory_oidc_keeper::testing::StoreFixture;
use ory_oidc_store_postgres::PostgresStore;

use crate::database::Database;

impl StoreFixture for Database {
    type Store = PostgresStore;

    async fn open(&self) -> PostgresStore {
        self.store().await
    }
}

mod read_committed {
    use super::Database;

    ory_oidc_keeper::store_conformance_tests! {
        #[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
        fixture: Database::with_isolation("read committed").await
    }
}

mod repeatable_read {
    use super::Database;

    ory_oidc_keeper::store_conformance_tests! {
        #[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
        fixture: Database::with_isolation("repeatable read").await
    }
}

mod serializable {
    use super::Database;

    ory_oidc_keeper::store_conformance_tests! {
        #[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
        fixture: Database::with_isolation("serializable").await
    }
}
