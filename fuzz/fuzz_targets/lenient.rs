//! Fuzzes lenient decoding: a member of an unexpected type costs itself, and stays as it came.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ory_oidc::raw::AdditionalProperties;
use ory_oidc::raw::core::json::check_object;
use ory_oidc::raw::core::response::Decode;
use ory_oidc::raw::models::{OAuth2Client, OidcUserInfo};
use serde_json::{Map, Value};

fuzz_target!(|body: &[u8]| {
    // The models of these have no required members.
    check(body, |body| {
        let model = OidcUserInfo::decode(body).ok()?;
        let unexpected = model.unexpected_members();
        Some((unexpected, model.additional_properties))
    });
    check(body, |body| {
        let model = OAuth2Client::decode(body).ok()?;
        let unexpected = model.unexpected_members();
        Some((unexpected, model.additional_properties))
    });
});

type Read = (Vec<&'static str>, AdditionalProperties);

fn check(body: &[u8], decode: impl Fn(&[u8]) -> Option<Read>) {
    if check_object(body).is_err() {
        return;
    }
    let members: Map<String, Value> = serde_json::from_slice(body).expect("it is an object");
    let (unexpected, raw) = decode(body).expect("no member costs the object");
    for name in &unexpected {
        assert_eq!(
            raw.get(*name),
            members.get(*name),
            "{name} stays as it came"
        );
    }
    for (name, value) in raw.iter() {
        assert_eq!(Some(value), members.get(name), "{name} stays as it came");
    }

    // A number that is out of range costs itself, too.
    let Some(text) = body.trim_ascii_end().strip_suffix(b"}") else {
        return;
    };
    let separator = if members.is_empty() { "" } else { "," };
    let name = "a number out of range";
    if members.contains_key(name) {
        return;
    }
    let body = [
        text,
        separator.as_bytes(),
        b"\"",
        name.as_bytes(),
        b"\":[-1e999]}",
    ]
    .concat();
    let (again, more) = decode(&body).expect("no number costs the object");
    assert_eq!(again, unexpected);
    assert_eq!(more.len(), raw.len() + 1);
}
