//! The contract suite.

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
