//! What reading an answer costs by itself, beside the models that the generator makes
//! without this project's templates.

use crate::measure::{self, Cost};
use crate::recorded;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::hint::black_box;

/// One body, read by this project and by its peer.
pub(crate) struct Decode {
    pub(crate) what: &'static str,
    pub(crate) ours: Cost,
    pub(crate) stock: Cost,
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

fn decode<Ours: DeserializeOwned, Stock: DeserializeOwned>(
    what: &'static str,
    body: &str,
) -> Decode {
    let [ours, stock] = measure::work([&|| read::<Ours>(body), &|| read::<Stock>(body)]);
    Decode { what, ours, stock }
}

/// What the claims that no model names take when they are read into a map, which is the
/// least that keeping them can take.
pub(crate) fn extra_claims() -> Cost {
    let body = recorded::body("GET", "/userinfo");
    let user: ory_oidc_gen::models::OidcUserInfo =
        serde_json::from_str(&body).expect("recorded claims are JSON");
    let extra = serde_json::to_string(&user.additional_properties).expect("claims are JSON");
    let [cost] = measure::work([&|| read::<Map<String, Value>>(&extra)]);
    cost
}

fn read<T: DeserializeOwned>(body: &str) {
    let value: T = serde_json::from_slice(body.as_bytes()).expect("a recorded body is readable");
    drop(black_box(value));
}
