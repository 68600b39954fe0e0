//! The contract suite on a certified OpenID provider.

use ory_oidc_contract::provider::Provider;

ory_oidc_contract::contract!(
    Provider::start(),
    ignore = "needs Node and oidc-provider: `make test` installs them and runs this"
);
