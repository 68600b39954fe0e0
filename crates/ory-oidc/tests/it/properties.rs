//! What holds for any input: decoding never panics and loses nothing, and an id is one segment of
//! a path.

use crate::support::{Server, json as answer};
use ory_oidc::raw::core::response::Decode;
use ory_oidc::raw::models::{JsonWebKeySet, OAuth2Client, OidcConfiguration, OidcUserInfo};
use ory_oidc::{AccessToken, Client, Registration, Subject};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt::Debug;

/// Any JSON, three levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Others are read to within the last of their digits.
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

/// An object with members that the models know, of any type, and others.
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

/// What was read, written and read again is the same; whatever cannot be read is an error.
fn round_trip<T: Decode + Serialize + PartialEq + Debug>(body: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(read) = T::decode(body) {
        let written = serde_json::to_vec(&read).expect("a model can be written");
        let again = T::decode(&written);
        prop_assert_eq!(again.expect("what was written can be read"), read);
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
    fn bytes_of_any_kind_are_decoded_or_refused(body in any::<Vec<u8>>()) {
        all_round_trip(&body)?;
    }

    #[test]
    fn objects_of_any_kind_are_decoded_without_loss_or_refused(object in any_object()) {
        all_round_trip(Value::from(object).to_string().as_bytes())?;
    }

    #[test]
    fn a_member_that_nobody_describes_is_kept_as_it_came(
        name in "x_[a-z]{1,12}(#[a-z]{2})?",
        value in any_json(),
    ) {
        let body = json!({"sub": "u", "client_id": "c", &name: value}).to_string();
        let user = OidcUserInfo::decode(body.as_bytes()).expect("it is userinfo");
        prop_assert_eq!(&user.additional_properties[&name], &value);
        let client = OAuth2Client::decode(body.as_bytes()).expect("it is a client");
        prop_assert_eq!(&client.additional_properties[&name], &value);
    }
}

proptest! {
    // Each case is a request.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_id_of_any_kind_is_one_segment_of_the_path(id in "\\PC{1,40}|[./%?#\\\\ ]{1,5}") {
        prop_assume!(!matches!(id.as_str(), "." | ".."));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let target = runtime.expect("a runtime").block_on(async {
            let server = Server::start([answer(200, json!({"client_id": id}).to_string())]).await;
            let mut registration = Registration::from_saved(&id, "ory_at_x".into());
            let read = server.client().read_registration(&mut registration).await;
            read.expect("the reply is about this client");
            server.request().target
        });
        let segment = target.strip_prefix("/oauth2/register/").expect("the path of the operation");
        prop_assert!(!segment.contains(['/', '?', '#']), "{}", segment);
        let decoded = percent_encoding::percent_decode_str(segment).decode_utf8();
        prop_assert_eq!(decoded.expect("it is UTF-8"), id);
    }

    #[test]
    fn userinfo_of_any_kind_is_a_user_or_an_error(object in any_object()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let sub = object.get("sub").and_then(Value::as_str).map(str::to_owned);
        let outcome = runtime.expect("a runtime").block_on(async {
            let body = Value::from(object).to_string();
            let server = Server::start([answer(200, body)]).await;
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
