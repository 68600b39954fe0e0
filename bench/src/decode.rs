//! The cost of decoding a response without a request, compared with the models of the
//! generator's stock templates.

use crate::measure::{self, Cost};
use crate::recorded;
use ory_oidc_gen::core::response;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::hint::black_box;

/// The cost of decoding one body with this project's models and with the stock models: as a call does it,
/// from bytes.
pub(crate) struct Decode {
    pub(crate) what: &'static str,
    pub(crate) ours: Cost,
    pub(crate) stock: Cost,
    /// The reason why the stock model costs less, if it does.
    pub(crate) note: Option<&'static str>,
}

pub(crate) fn all() -> [Decode; 4] {
    use ory_hydra_client::models as stock;
    use ory_oidc_gen::models as ours;

    [
        decode::<ours::OAuth2Client, stock::OAuth2Client>(
            "client, read",
            &recorded::body("GET", "/oauth2/register"),
        ),
        decode::<ours::OAuth2Client, stock::OAuth2Client>(
            "client, registered",
            &recorded::body("POST", "/oauth2/register"),
        ),
        decode::<ours::OidcConfiguration, stock::OidcConfiguration>(
            "discovery",
            &recorded::body("GET", "/.well-known/openid-configuration"),
        ),
        decode::<ours::OidcUserInfo, stock::OidcUserInfo>(
            "userinfo",
            &recorded::body("GET", "/userinfo"),
        ),
    ]
}

fn decode<Ours: response::Decode, Stock: DeserializeOwned>(
    what: &'static str,
    body: &str,
) -> Decode {
    let ours = || {
        let value = Ours::decode(body.as_bytes());
        drop(black_box(value.expect("a recorded body can be decoded")));
    };
    // Stock clients read the text of a response, and `reqwest` converts it.
    let stock = || read::<Stock>(&String::from_utf8_lossy(body.as_bytes()));
    let [ours, stock] = measure::work([&ours, &stock]);
    let note = (what == "userinfo").then_some("keeps all claims, stock drops eight");
    Decode {
        what,
        ours,
        stock,
        note,
    }
}

/// Returns the cost of decoding the claims that no model declares into a map. This is the
/// minimum cost of retaining them.
pub(crate) fn extra_claims() -> Cost {
    let body = recorded::body("GET", "/userinfo");
    let user: ory_oidc_gen::models::OidcUserInfo =
        serde_json::from_str(&body).expect("recorded claims are JSON");
    let extra = serde_json::to_string(&user.additional_properties).expect("claims are JSON");
    let [cost] = measure::work([&|| read::<Map<String, Value>>(&extra)]);
    cost
}

fn read<T: DeserializeOwned>(body: &str) {
    let value: T = serde_json::from_str(body).expect("a recorded body can be decoded");
    drop(black_box(value));
}
