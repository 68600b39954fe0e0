//! Metadata that is refused before anything is sent.

use crate::support::{Server, json, registration};
use ory_oidc::raw::models::{JsonWebKey, JsonWebKeySet};
use ory_oidc::{ClientMetadata, Error};
use serde_json::{Map, Value, json as value};

/// Checks that no request sends the metadata, and returns the message.
async fn refused(wanted: &ClientMetadata) -> String {
    let server = Server::start([json(201, r#"{"client_id": "c"}"#)]).await;
    let client = server.client();
    let registered = client.register(wanted).await.map(drop);
    let mut known = registration("c");
    let replaced = client.replace_registration(&mut known, wanted).await;
    assert!(server.requests().is_empty(), "{wanted:?} was sent");
    let (Err(Error::Request(one)), Err(Error::Request(other))) = (registered, replaced) else {
        panic!("{wanted:?} is not refused");
    };
    assert_eq!(one, other);
    let shown = format!("{one} {one:?}");
    assert!(!shown.contains("hush"), "{shown}");
    one.to_string()
}

async fn accepted(wanted: &ClientMetadata) {
    let server = Server::start([json(201, r#"{"client_id": "c"}"#)]).await;
    let outcome = server.client().register(wanted).await;
    outcome.expect("the metadata are valid");
}

#[tokio::test]
async fn member_that_a_client_cannot_send_is_refused_by_its_name() {
    for name in [
        "client_id",
        "client_id_issued_at",
        "client_secret",
        "client_secret_expires_at",
        "registration_access_token",
        "registration_client_uri",
        "access_token_strategy",
        "metadata",
        "skip_consent",
        "skip_logout_consent",
        "created_at",
        "updated_at",
    ] {
        for given in [value!("hush"), value!(true), value!({"a": "hush"})] {
            let mut wanted = ClientMetadata::default().member(name, given);
            let expected = format!("{name} cannot be set by a client; call remove_member()");
            assert_eq!(refused(&wanted).await, expected);
            wanted.remove_member(name);
            assert_eq!(wanted, ClientMetadata::default());
            accepted(&wanted).await;
        }
    }
    // Ory ignores the case of names.
    for (given, name) in [
        ("Skip_Consent", "skip_consent"),
        ("CLIENT_SECRET", "client_secret"),
        ("Client_ID_Issued_At", "client_id_issued_at"),
    ] {
        let mut wanted = ClientMetadata::default().member(given, "hush");
        let expected = format!("{name} cannot be set by a client; call remove_member()");
        assert_eq!(refused(&wanted).await, expected);
        wanted.remove_member(given);
        assert_eq!(wanted, ClientMetadata::default());
    }
    let two = ClientMetadata::default()
        .member("skip_consent", true)
        .member("metadata", "hush");
    let expected = "skip_consent and metadata cannot be set by a client; call remove_member()";
    assert_eq!(refused(&two).await, expected);
}

#[test]
fn member_that_a_client_cannot_send_is_refused_if_it_is_read_from_json() {
    for (name, given) in [
        ("skip_consent", value!(true)),
        ("client_secret", value!("hush")),
        ("client_id_issued_at", value!(7)),
        ("skip_consent", value!("of an unexpected type")),
        ("metadata", value!({"a": "hush"})),
    ] {
        let members = Map::from_iter([(name.to_owned(), given)]);
        let decoded = serde_json::from_value::<ClientMetadata>(members.clone().into());
        let message = decoded.expect_err("a client cannot set it").to_string();
        assert_eq!(message, format!("{name} cannot be set by a client"));
        let read = ClientMetadata::from_members(members);
        let refused = read.expect_err("a client cannot set it");
        assert_eq!(refused.to_string(), message);
    }
}

#[tokio::test]
async fn private_and_symmetric_keys_are_refused_by_their_place() {
    let key = |name: &str, value: Value| {
        let mut key = value!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
        key[name] = value;
        key
    };
    let set = |key: Value| value!({"keys": [{"kty": "EC", "x": "a", "y": "b"}, key]});
    let pem = "-----BEGIN PRIVATE KEY-----\nhush";
    // A key in PKCS #8 that was made for this test.
    let der = "MC4CAQAwBQYDK2VwBCIEIP+yFwGlpK2/+2Fb6WKQL+yH8QRpf+fN0mBnGw3GU9YR";
    let pem_in_base64 = "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCmh1c2g=";
    for (jwks, place) in [
        (set(key("d", value!("hush"))), "jwks.keys[1].d"),
        (set(key("p", value!("hush"))), "jwks.keys[1].p"),
        (set(key("q", value!("hush"))), "jwks.keys[1].q"),
        (set(key("dp", value!("hush"))), "jwks.keys[1].dp"),
        (set(key("dq", value!("hush"))), "jwks.keys[1].dq"),
        (set(key("qi", value!("hush"))), "jwks.keys[1].qi"),
        (set(key("oth", value!([{"r": "hush"}]))), "jwks.keys[1].oth"),
        (set(value!({"kty": "oct", "k": "hush"})), "jwks.keys[1].k"),
        (set(value!({"kty": "oct"})), "jwks.keys[1].kty"),
        // Ory ignores the case of names.
        (set(key("D", value!("hush"))), "jwks.keys[1].D"),
        (set(value!({"KTY": "Oct", "K": "hush"})), "jwks.keys[1].K"),
        // Whatever does not have the form of a key set is sent as it is.
        (set(key("d", value!(["hush"]))), "jwks.keys[1].d"),
        (key("d", value!("hush")), "jwks.d"),
        (value!([key("d", value!("hush"))]), "jwks[0].d"),
        (set(value!([key("d", value!("hush"))])), "jwks.keys[1][0].d"),
        (
            value!(set(key("d", value!("hush"))).to_string()),
            "jwks.keys[1].d",
        ),
        (set(key("x5c", value!([pem]))), "jwks.keys[1].x5c[0]"),
        (set(key("x5c", value!([der]))), "jwks.keys[1].x5c[0]"),
        (set(key("kid", value!(der))), "jwks.keys[1].kid"),
        (
            set(key("x5c", value!([pem_in_base64]))),
            "jwks.keys[1].x5c[0]",
        ),
    ] {
        let wanted = ClientMetadata::default().member("jwks", jwks.clone());
        let expected =
            format!("jwks contains a private or symmetric key at {place}; send public keys only");
        assert_eq!(refused(&wanted).await, expected, "{jwks}");
    }
    let wanted = ClientMetadata::default().member("JWKS", set(key("d", value!("hush"))));
    let message = refused(&wanted).await;
    assert!(message.contains("at JWKS.keys[1].d;"), "{message}");
    let key = JsonWebKey::new("RSA".to_owned()).d("hush");
    let wanted = ClientMetadata::default().jwks(JsonWebKeySet::default().keys([key]));
    let message = refused(&wanted).await;
    assert!(message.contains("at jwks.keys[0].d;"), "{message}");
}

#[tokio::test]
async fn public_keys_are_accepted() {
    let certificate = "MIIBLDCB36ADAgECAhREd8O/a4Qi8LeN03mXT4ewSg2a7jAFBgMrZXAwDDEKMAgGA1UEAwwBYTAeFw0yNjExMjgxMDA4NDhaFw0yNjExMjkxMDA4NDhaMAwxCjAIBgNVBAMMAWEwKjAFBgMrZXADIQAlKf9ksdGLn8Jxpyaq/tReRETS4igj/vRw99cBopAXm6NTMFEwHQYDVR0OBBYEFAWwC6FNWXmW20YKKGslPs/Llhy6MB8GA1UdIwQYMBaAFAWwC6FNWXmW20YKKGslPs/Llhy6MA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAjTttFn99MGcvReU3Mfj1Sj5qL13uiFXxow3orgs8MNzxUUGqRJ5arqDGfqzyCBHdyaw9Esade/NoVyr4Q0dLAQ==";
    for jwks in [
        value!({"keys": []}),
        value!({"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "d", "use": "sig"}]}),
        value!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AQAB", "d": null, "k": ""}]}),
        value!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AQAB", "x5c": [certificate]}]}),
    ] {
        let wanted = ClientMetadata::default().member("jwks", jwks);
        accepted(&wanted).await;
    }
}
