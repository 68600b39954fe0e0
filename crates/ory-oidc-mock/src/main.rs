//! The program `ory-oidc-mock`: a mock server of Ory Hydra for tests of apps in any language.

use std::process::ExitCode;

fn main() -> ExitCode {
    ory_oidc_mock::cli::run()
}
