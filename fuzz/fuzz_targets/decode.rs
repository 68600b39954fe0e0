//! Bodies of answers: the raw models, and the facade's registration.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use ory_oidc::fuzzing::{registration, restored, saved};
use ory_oidc::raw::Decode;
use ory_oidc::raw::models::{JsonWebKeySet, OAuth2Client, OidcConfiguration, OidcUserInfo};
use serde_json::{Map, Value};

/// Stands in all that must not show.
const SECRET: &str = "SECRET-OF-THE-REPLY";

fuzz_target!(|body: &[u8]| {
    for_one_model::<OidcUserInfo>(body);
    for_one_model::<OAuth2Client>(body);
    for_one_model::<OidcConfiguration>(body);
    for_one_model::<JsonWebKeySet>(body);
    for_a_registration(body);
});

/// What was decoded is JSON again that decodes to the same, and has nothing that the body has not.
fn for_one_model<T: Decode + serde::Serialize + PartialEq + Debug>(body: &[u8]) {
    let Ok(model) = T::decode(body) else {
        return;
    };
    let members = members(body).expect("only objects decode");
    let written = serde_json::to_vec(&model).expect("a model can be written");
    let again = T::decode(&written).expect("what was written can be read");
    assert!(model == again, "a model survives being written");
    for name in self::members(&written).expect("an object").keys() {
        assert!(members.contains_key(name), "{name:?} comes from the body");
    }
}

fn for_a_registration(body: &[u8]) {
    let Some(mut members) = members(body) else {
        assert!(registration(body).is_none(), "only objects are replies");
        return;
    };
    if let Some(registration) = registration(body) {
        let id = members.get("client_id").and_then(Value::as_str);
        assert_eq!(Some(registration.client_id()), id);
        assert!(!registration.client_id().is_empty());
        let kept = restored(&saved(&registration)).expect("what was saved can be restored");
        assert!(kept == registration, "a registration survives being saved");
    }

    if String::from_utf8_lossy(body).contains(SECRET) {
        return;
    }
    for name in ["client_secret", "registration_access_token"] {
        members.insert(name.to_owned(), SECRET.into());
    }
    let body = serde_json::to_vec(&members).expect("members can be written");
    let Some(registration) = registration(&body) else {
        return;
    };
    let secret = registration.client_secret().expect("there is one");
    assert_eq!(secret.expose(), SECRET);
    assert!(!format!("{registration:?}").contains(SECRET));
}

fn members(body: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(body).ok()
}
