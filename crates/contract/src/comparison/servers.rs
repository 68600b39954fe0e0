//! The servers of a comparison, with the same settings.

use ory_oidc_mock::{HydraVersion, OryMock};
use ory_oidc_test_servers::Hydra;
use serde_json::json;

use super::case::Case;

/// Hydra and the mock server, each twice: once with dynamic registration, and once without it and with JWT
/// access tokens.
pub(super) struct Servers {
    hydra: Hydra,
    other_hydra: Hydra,
    mock: OryMock,
    other_mock: OryMock,
}

impl Servers {
    pub(super) async fn start() -> Self {
        let hydra = Hydra::builder().pairwise_subjects(true).config(settings);
        let other_hydra = Hydra::builder()
            .pairwise_subjects(true)
            .registration(false)
            .config(|url| {
                let mut settings = settings(url);
                settings["strategies"] = json!({"access_token": "jwt"});
                settings
            });
        let mock = || OryMock::builder().hydra_version(HydraVersion::V2_3_0);
        let other_mock = mock().registration(false).jwt_access_tokens(true);
        Self {
            hydra: hydra.start().await,
            other_hydra: other_hydra.start().await,
            mock: mock().start().await,
            other_mock: other_mock.start().await,
        }
    }

    pub(super) fn hydra(&self, case: &Case) -> &Hydra {
        if case.other_settings {
            &self.other_hydra
        } else {
            &self.hydra
        }
    }

    pub(super) fn mock(&self, case: &Case) -> &OryMock {
        if case.other_settings {
            &self.other_mock
        } else {
            &self.mock
        }
    }
}

/// The pages and the scope that the mock server has by default, and the cheapest hash of a client
/// secret.
fn settings(url: &str) -> serde_json::Value {
    json!({
        "urls": {
            "error": format!("{url}/oauth2/fallbacks/error"),
            "logout": format!("{url}/oauth2/fallbacks/logout"),
            "post_logout_redirect": format!("{url}/oauth2/fallbacks/logout/callback"),
        },
        "oidc": {"dynamic_client_registration": {
            "default_scope": ["openid", "offline_access", "offline"],
        }},
        "oauth2": {"hashers": {"bcrypt": {"cost": 8}}},
    })
}
