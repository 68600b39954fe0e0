//! The servers of a comparison, with the same settings.

use ory_oidc_mock::{HydraVersion, OryMock};
use ory_oidc_test_servers::Hydra;
use serde_json::json;

use super::case::Case;

/// Hydra and the mock server, with dynamic registration and without.
pub(super) struct Servers {
    hydra: Hydra,
    hydra_without_registration: Hydra,
    mock: OryMock,
    mock_without_registration: OryMock,
}

impl Servers {
    pub(super) async fn start() -> Self {
        let hydra = Hydra::builder().pairwise_subjects(true).config(settings);
        let without = Hydra::builder()
            .keys(false)
            .registration(false)
            .config(settings);
        let mock = || OryMock::builder().hydra_version(HydraVersion::V2_3_0);
        let mock_without_registration = mock().registration(false).start().await;
        let mock = mock().start().await;
        // Hydra publishes two keys: of ID tokens and of access tokens.
        mock.rotate_keys();
        Self {
            hydra: hydra.start().await,
            hydra_without_registration: without.start().await,
            mock,
            mock_without_registration,
        }
    }

    pub(super) fn hydra(&self, case: &Case) -> &Hydra {
        if case.registration {
            &self.hydra
        } else {
            &self.hydra_without_registration
        }
    }

    pub(super) fn mock(&self, case: &Case) -> &OryMock {
        if case.registration {
            &self.mock
        } else {
            &self.mock_without_registration
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
