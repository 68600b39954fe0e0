//! Fuzzes the decoding of response bodies: the generated models and the facade's registration.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use ory_oidc::Registration;
use ory_oidc::fuzzing::registration;
use ory_oidc::raw::core::response::Decode;
use ory_oidc::raw::models::{JsonWebKeySet, OAuth2Client, OidcConfiguration, OidcUserInfo};
use ory_oidc::registration::ExportedRegistration;
use serde_json::{Map, Value};

/// Marks values that must not appear in `Debug` output.
const SECRET: &str = "SECRET-OF-THE-REPLY";

fuzz_target!(|body: &[u8]| {
    check_model::<OidcUserInfo>(body);
    check_model::<OAuth2Client>(body);
    check_model::<OidcConfiguration>(body);
    check_model::<JsonWebKeySet>(body);
    check_registration(body);
});

/// Checks that a decoded model survives serialization and has no members that the body lacks.
fn check_model<T: Decode + serde::Serialize + PartialEq + Debug>(body: &[u8]) {
    let Ok(model) = T::decode(body) else {
        return;
    };
    let members = members(body).expect("only JSON objects decode");
    let written = serde_json::to_vec(&model).expect("a model can be serialized");
    let again = T::decode(&written).expect("a serialized model decodes");
    assert!(model == again, "serialization preserves a model");
    for name in self::members(&written)
        .expect("a model serializes to a JSON object")
        .keys()
    {
        assert!(
            members.contains_key(name),
            "the body has the member {name:?}"
        );
    }
}

fn check_registration(body: &[u8]) {
    let Some(mut members) = members(body) else {
        assert!(registration(body).is_none(), "only JSON objects decode");
        return;
    };
    if let Some(registration) = registration(body) {
        let id = members.get("client_id").and_then(Value::as_str);
        assert_eq!(Some(registration.client_id()), id);
        assert!(!registration.client_id().is_empty());
        let exported =
            serde_json::to_vec(&registration.export()).expect("an export can be serialized");
        let exported: ExportedRegistration =
            serde_json::from_slice(&exported).expect("a serialized export can be read");
        let restored = Registration::from(exported);
        assert!(
            restored == registration,
            "exporting preserves a registration"
        );
    }

    if String::from_utf8_lossy(body).contains(SECRET) {
        return;
    }
    for name in ["client_secret", "registration_access_token"] {
        members.insert(name.to_owned(), SECRET.into());
    }
    let body = serde_json::to_vec(&members).expect("JSON members can be serialized");
    let Some(registration) = registration(&body) else {
        return;
    };
    let secret = registration
        .client_secret()
        .expect("the body has a client secret");
    assert_eq!(secret.expose(), SECRET);
    assert!(!format!("{registration:?}").contains(SECRET));
}

fn members(body: &[u8]) -> Option<Map<String, Value>> {
    // A byte order mark is skipped (RFC 8259 §8.1).
    let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(json).ok()
}
