//! The contract suite on the mock server.

use ory_oidc_mock::OryMock;

mod default {
    use super::OryMock;

    ory_oidc_contract::contract!(OryMock::start());
}

mod with_a_trailing_slash_in_the_issuer {
    use super::OryMock;

    ory_oidc_contract::contract!(OryMock::builder().issuer_trailing_slash(true).start());
}
