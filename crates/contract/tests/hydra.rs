//! The contract suite on a real Ory Hydra.

mod sqlite {
    use ory_oidc_contract::hydra::OnHydra;

    ory_oidc_contract::contract!(
        OnHydra::on_sqlite(),
        ignore = "needs Ory Hydra: `make test` builds it and runs this"
    );
}

mod postgres {
    use ory_oidc_contract::hydra::OnHydra;

    ory_oidc_contract::contract!(
        OnHydra::on_postgres(),
        ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"
    );
}

mod trouble {
    use ory_oidc::error::ErrorKind;
    use ory_oidc::registration::ClientSecret;
    use ory_oidc::{AccessToken, Client, ClientMetadata, Subject};
    use ory_oidc_test_servers::hydra::User;
    use ory_oidc_test_servers::{Hydra, Postgres};

    /// Registers a client and logs a user in.
    async fn logged_in(hydra: &Hydra) -> (Client, AccessToken) {
        let ory = Client::builder(hydra.public_url()).issuer(hydra.issuer());
        let ory = ory.build().expect("loopback is permitted");
        let wanted = ClientMetadata::new(["https://app.example/callback"]).scope(["openid"]);
        let client = ory.register(&wanted).await.expect("the metadata are valid");
        let secret = client.client_secret().map(ClientSecret::expose);
        let login = hydra.log_in(client.client_id(), secret);
        let tokens = login.user(User::new("user-1")).scope("openid").tokens();
        let token = AccessToken::new(tokens.await.access_token);
        ory.userinfo(&token, Subject::Unchecked)
            .await
            .expect("the token works");
        (ory, token)
    }

    #[tokio::test]
    #[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
    async fn a_failure_of_the_database_is_not_a_refusal() {
        const TABLE: &str = "hydra_oauth2_access";
        let hydra = Hydra::builder().start().await;
        let (ory, token) = logged_in(&hydra).await;
        let database = hydra.database();

        database.hide_table(TABLE).await;
        let missing = ory.userinfo(&token, Subject::Unchecked).await;
        database.restore_table(TABLE).await;
        let missing = missing.expect_err("the table is missing");
        assert_eq!(missing.status().map(|status| status.as_u16()), Some(401));
        assert_eq!(missing.kind(), ErrorKind::Unavailable, "{missing:?}");
        assert!(missing.is_retryable());

        let lock = database.lock().await;
        let locked = ory.userinfo(&token, Subject::Unchecked).await;
        lock.release().await;
        let locked = locked.expect_err("the database is locked");
        assert!(locked.is_retryable(), "{locked:?}");

        let user = ory.userinfo(&token, Subject::Unchecked).await;
        user.expect("the token still works");
    }

    /// Hydra refuses every token then, exactly as it refuses a wrong one. Only the metadata differ.
    #[tokio::test]
    #[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
    async fn a_stopped_database_is_seen_in_the_metadata() {
        let postgres = Postgres::start().await;
        let hydra = Hydra::builder().postgres(&postgres).start().await;
        let (ory, token) = logged_in(&hydra).await;
        postgres.kill().await;
        let refused = ory.userinfo(&token, Subject::Unchecked).await;
        let refused = refused.expect_err("the database is down");
        assert_eq!(refused.kind(), ErrorKind::Unauthorized, "{refused:?}");
        let metadata = ory.discover().refresh().await;
        assert!(metadata.is_err(), "{metadata:?}");
    }
}
