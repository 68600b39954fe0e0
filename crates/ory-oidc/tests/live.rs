//! The contract suite on real servers.
//!
//! On `oidc-provider`, a certified OpenID provider that the tests start with Node: `make test`
//! installs it and runs these. On any other server that `ORY_OIDC_TEST_URL` names:
//! `make test-hydra` starts an Ory Hydra for it.
//!
//! On that provider, too: logging in with the `openidconnect` crate.

#[path = "contract/mod.rs"]
mod contract;

#[path = "live/browser.rs"]
mod browser;
#[path = "live/hydra.rs"]
mod hydra;
#[path = "live/provider.rs"]
mod provider;
// What users copy is what is tested.
#[cfg(feature = "jwt")]
#[path = "../examples/webapp/login.rs"]
mod login;
#[cfg(feature = "jwt")]
#[path = "live/openidconnect.rs"]
mod openidconnect_flow;
