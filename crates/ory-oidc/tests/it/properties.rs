//! Properties for any input: decoding never panics and loses nothing, and a client id is one path
//! segment.

use crate::support::{Server, json as response};
use ory_oidc::raw::core::response::Decode;
use ory_oidc::raw::models::{JsonWebKeySet, OAuth2Client, OidcConfiguration, OidcUserInfo};
use ory_oidc::{AccessToken, Client, Registration, Subject};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt::Debug;

/// Generates any JSON, up to three levels deep.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Other fractions may differ in the last digit after decoding.
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Generates an object with members of the models, of any type, and others.
fn any_object() -> impl Strategy<Value = Map<String, Value>> {
    const NAMES: [&str; 18] = [
        "sub",
        "email",
        "email_verified",
        "updated_at",
        "client_id",
        "client_secret",
        "jwks",
        "redirect_uris",
        "metadata",
        "skip_consent",
        "client_secret_expires_at",
        "issuer",
        "jwks_uri",
        "keys",
        "kty",
        "name#ja",
        "address",
        "_claim_sources",
    ];
    let name = prop_oneof![
        proptest::sample::select(&NAMES[..]).prop_map(str::to_owned),
        any::<String>(),
    ];
    let members = proptest::collection::btree_map(name, any_json(), 0..8);
    members.prop_map(|members| members.into_iter().collect())
}

/// Checks that a model is the same after it is serialized and decoded again.
fn round_trip<T: Decode + Serialize + PartialEq + Debug>(body: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(decoded) = T::decode(body) {
        let written = serde_json::to_vec(&decoded).expect("a model serializes as JSON");
        let again = T::decode(&written);
        prop_assert_eq!(again.expect("a serialized model can be decoded"), decoded);
    }
    Ok(())
}

fn all_round_trip(body: &[u8]) -> Result<(), TestCaseError> {
    round_trip::<OAuth2Client>(body)?;
    round_trip::<OidcConfiguration>(body)?;
    round_trip::<OidcUserInfo>(body)?;
    round_trip::<JsonWebKeySet>(body)
}

proptest! {
    #[test]
    fn any_bytes_decode_without_loss_or_are_refused(body in any::<Vec<u8>>()) {
        all_round_trip(&body)?;
    }

    #[test]
    fn any_object_decodes_without_loss_or_is_refused(object in any_object()) {
        all_round_trip(Value::from(object).to_string().as_bytes())?;
    }

    #[test]
    fn undescribed_member_is_kept_unchanged(
        name in "x_[a-z]{1,12}(#[a-z]{2})?",
        value in any_json(),
    ) {
        let body = json!({"sub": "u", "client_id": "c", &name: value}).to_string();
        let user = OidcUserInfo::decode(body.as_bytes()).expect("the body is userinfo");
        prop_assert_eq!(&user.additional_properties[&name], &value);
        let client = OAuth2Client::decode(body.as_bytes()).expect("the body is a client");
        prop_assert_eq!(&client.additional_properties[&name], &value);
    }
}

proptest! {
    // Each case is a request.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_client_id_is_sent_as_one_path_segment(id in "\\PC{1,40}|[./%?#\\\\ ]{1,5}") {
        prop_assume!(!matches!(id.as_str(), "." | ".."));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let target = runtime.expect("a runtime can be built").block_on(async {
            let server = Server::start([response(200, json!({"client_id": id}).to_string())]).await;
            let mut registration = Registration::from_saved(&id, "ory_at_x".into());
            let read = server.client().read_registration(&mut registration).await;
            read.expect("the reply is about this client");
            server.request().target
        });
        let segment = target.strip_prefix("/oauth2/register/").expect("the request has the path of the operation");
        prop_assert!(!segment.contains(['/', '?', '#']), "{}", segment);
        let decoded = percent_encoding::percent_decode_str(segment).decode_utf8();
        prop_assert_eq!(decoded.expect("the id is UTF-8"), id);
    }

    #[test]
    fn any_userinfo_is_a_user_or_an_error(object in any_object()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let sub = object.get("sub").and_then(Value::as_str).map(str::to_owned);
        let outcome = runtime.expect("a runtime can be built").block_on(async {
            let body = Value::from(object).to_string();
            let server = Server::start([response(200, body)]).await;
            let ory: Client = server.client();
            let token = AccessToken::new("ory_at_x");
            ory.userinfo(&token, Subject::Unchecked).await
        });
        if let Ok(user) = outcome {
            prop_assert_eq!(Some(user.sub()), sub.as_deref());
            let _ = (user.address(), user.updated_at(), user.claim_in("name", "ja"));
            user.claims::<Value>().expect("all claims are JSON");
        }
    }
}
