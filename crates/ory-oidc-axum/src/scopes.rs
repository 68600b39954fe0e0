//! The scopes of an access token.

use crate::challenge::is_scope;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ory_oidc::Client;
use ory_oidc_core::json::check_object;
use serde_json::{Map, Value};

/// The longest list that is kept, with a space between two scopes.
const MAX_BYTES: usize = 8 * 1024;

/// The scopes of an access token: one text, because the cache holds many of them.
pub(crate) struct Scopes(Box<str>);

impl Scopes {
    /// Returns the scopes from the claims of a JWT access token: `scp`, as Ory Hydra has it, or `scope`
    /// (RFC 9068 §2.2.3). [`None`] if they are not known: the token is opaque, has another issuer or
    /// subject, or its list is not usable.
    ///
    /// This does not verify the signature. Call it only for a token that Ory's userinfo endpoint has
    /// accepted, with the `sub` of its response: Ory has then verified the signature.
    pub(crate) fn of_accepted_token(token: &str, ory: &Client, sub: &str) -> Option<Self> {
        let claims = claims(token)?;
        let is_own = ory.accepts_issuer(claims.get("iss")?.as_str()?) && claims.get("sub")? == sub;
        is_own.then_some(())?;
        let list = |name| claims.get(name).and_then(Self::of_claim);
        let scopes = list("scp").or_else(|| list("scope"))?;
        (scopes.0.len() <= MAX_BYTES).then_some(scopes)
    }

    /// Reads a text with spaces or a list of texts. [`None`] for any other value.
    fn of_claim(claim: &Value) -> Option<Self> {
        match claim {
            Value::String(text) => Some(Self::new(text.split(' '))),
            Value::Array(list) => Some(Self::new(list.iter().filter_map(Value::as_str))),
            _ => None,
        }
    }

    /// Takes what is a scope (RFC 6749 §3.3), and ignores the rest.
    pub(crate) fn new<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Self {
        let scopes = scopes.into_iter().filter(|scope| is_scope(scope));
        Self(scopes.collect::<Vec<_>>().join(" ").into())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split_ascii_whitespace()
    }

    /// Whether these are all of the scopes that are needed.
    pub(crate) fn contain(&self, needed: &[impl AsRef<str>]) -> bool {
        let has = |needed: &str| self.iter().any(|scope| scope == needed);
        needed.iter().all(|needed| has(needed.as_ref()))
    }

    /// Returns the memory that they use.
    pub(crate) fn bytes(&self) -> usize {
        self.0.len()
    }
}

/// Returns the claims of a signed JWT in its compact form (RFC 7515 §3.1).
fn claims(token: &str) -> Option<Map<String, Value>> {
    let mut parts = token.splitn(4, '.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).ok();
        bytes.filter(|bytes| !bytes.is_empty())
    });
    let (_header, claims, _signature) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    // Refuses two members of one name.
    check_object(&claims).ok()?;
    serde_json::from_slice(&claims).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ISSUER: &str = "https://id.example";

    fn ory() -> Client {
        let ory = Client::builder("http://127.0.0.1:4444").issuer(ISSUER);
        ory.build().expect("loopback is permitted")
    }

    fn jwt(claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let header = part(r#"{"alg":"RS256","typ":"JWT"}"#);
        format!("{header}.{}.{}", part(claims), part("signature"))
    }

    fn scopes(token: &str) -> Option<Vec<String>> {
        let scopes = Scopes::of_accepted_token(token, &ory(), "ann")?;
        Some(scopes.iter().map(str::to_owned).collect())
    }

    /// The scopes of a JWT of the right issuer and subject.
    fn own(mut claims: Value) -> Option<Vec<String>> {
        claims["iss"] = json!(ISSUER);
        claims["sub"] = json!("ann");
        scopes(&jwt(&claims.to_string()))
    }

    #[test]
    fn scopes_are_a_list_or_a_text_with_spaces() {
        for (claims, expected) in [
            (json!({"scp": ["a", "b"]}), vec!["a", "b"]),
            (json!({"scp": "a b"}), vec!["a", "b"]),
            (json!({"scope": "a b"}), vec!["a", "b"]),
            (json!({"scope": ["a", "b"]}), vec!["a", "b"]),
            // Both: the claim of Ory Hydra.
            (json!({"scp": ["a"], "scope": "a b"}), vec!["a"]),
            (json!({"scp": [], "scope": "a b"}), vec![]),
            // A claim of an unexpected type reads as absent.
            (json!({"scp": null, "scope": "a"}), vec!["a"]),
            (json!({"scp": {"a": true}, "scope": "a"}), vec!["a"]),
            (json!({"scp": []}), vec![]),
            (json!({"scope": ""}), vec![]),
            // What is not a scope is ignored.
            (
                json!({"scp": ["a b", "", "\"", "é", "c", 7, null, ["d"]]}),
                vec!["c"],
            ),
            (json!({"scope": " a  b\tc \"d\" e "}), vec!["a", "e"]),
        ] {
            let expected = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(own(claims.clone()), Some(expected), "{claims}");
        }
        for claims in [
            json!({}),
            json!({"scp": null}),
            json!({"scp": 7, "scope": true}),
        ] {
            assert_eq!(own(claims.clone()), None, "{claims}");
        }
    }

    #[test]
    fn scopes_of_another_issuer_or_subject_are_not_known() {
        for claims in [
            json!({"iss": "https://other.example", "sub": "ann", "scp": ["a"]}),
            json!({"iss": "https://id.example/", "sub": "ann", "scp": ["a"]}),
            json!({"iss": ISSUER, "sub": "bob", "scp": ["a"]}),
            json!({"iss": ISSUER, "sub": "", "scp": ["a"]}),
            json!({"iss": [ISSUER], "sub": "ann", "scp": ["a"]}),
            json!({"iss": ISSUER, "sub": ["ann"], "scp": ["a"]}),
            json!({"sub": "ann", "scp": ["a"]}),
            json!({"iss": ISSUER, "scp": ["a"]}),
        ] {
            assert_eq!(scopes(&jwt(&claims.to_string())), None, "{claims}");
        }
    }

    #[test]
    fn slash_of_the_issuer_is_tolerated_where_discovery_tolerates_it() {
        let ory = Client::builder("http://127.0.0.1:4444").issuer(ISSUER);
        let ory = ory.tolerate_root_slash_in_issuer(true).build();
        let ory = ory.expect("loopback is permitted");
        for (iss, expected) in [
            ("https://id.example/", true),
            ("https://id.example/x", false),
        ] {
            let token = jwt(&json!({"iss": iss, "sub": "ann", "scp": ["a"]}).to_string());
            let scopes = Scopes::of_accepted_token(&token, &ory, "ann");
            assert_eq!(scopes.is_some(), expected, "{iss}");
        }
    }

    #[test]
    fn scopes_of_a_token_that_is_not_a_signed_jwt_are_not_known() {
        let good = jwt(r#"{"iss":"https://id.example","sub":"ann","scp":["a"]}"#);
        assert_eq!(scopes(&good), Some(vec!["a".to_owned()]));
        let parts: Vec<_> = good.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            panic!("a JWT has three parts");
        };
        let padded = format!("{claims}{}", "=".repeat((4 - claims.len() % 4) % 4));
        assert_ne!(padded, claims);
        for token in [
            String::new(),
            "ory_at_abc.def".to_owned(),
            claims.to_owned(),
            format!("{header}.{claims}"),
            format!("{header}.{claims}."),
            format!(".{claims}.{signature}"),
            format!("{header}..{signature}"),
            format!("{good}.{signature}"),
            format!("{good}.{signature}.{signature}"),
            format!("{good}."),
            format!("{header}.{padded}.{signature}"),
            format!("{header}.{claims}.{signature}="),
            format!("{header}.+{claims}.{signature}"),
            format!("!.{claims}.{signature}"),
        ] {
            assert_eq!(scopes(&token), None, "{token}");
        }
        for payload in [
            r#"["a"]"#,
            "7",
            "",
            r#"{"iss":"https://id.example","sub":"ann","scp":["a"]"#,
            r#"{"iss":"https://id.example","sub":"ann","scp":["a"],"scp":["b"]}"#,
            r#"{"iss":"https://id.example","sub":"ann","sub":"bob","scp":["a"]}"#,
            r#"{"iss":"https://id.example","sub":"ann","scp":["a"],"x":{"y":1,"y":2}}"#,
        ] {
            assert_eq!(scopes(&jwt(payload)), None, "{payload}");
        }
    }

    #[test]
    fn list_that_is_too_long_is_not_known() {
        let list = |count: usize| (0..count).map(|n| format!("s{n}")).collect::<Vec<_>>();
        assert_eq!(own(json!({"scp": list(1000)})), Some(list(1000)));
        assert_eq!(own(json!({"scp": list(10_000)})), None);
        assert_eq!(own(json!({"scope": list(10_000).join(" ")})), None);
        assert_eq!(own(json!({"scp": ["s".repeat(MAX_BYTES + 1)]})), None);
    }

    #[test]
    fn each_scope_is_compared_as_a_whole() {
        let scopes = Scopes::new(["report:read", "openid"]);
        for (needed, expected) in [
            (vec![], true),
            (vec!["openid"], true),
            (vec!["openid", "report:read"], true),
            (vec!["report"], false),
            (vec!["report:read:all"], false),
            (vec!["OPENID"], false),
            (vec!["openid", "admin"], false),
            (vec!["report:read openid"], false),
            (vec![""], false),
        ] {
            assert_eq!(scopes.contain(&needed), expected, "{needed:?}");
        }
    }
}
