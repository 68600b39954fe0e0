//! The rules Ory applies to client metadata, and the defaults it fills in.

use crate::algorithm::Algorithm;
use crate::members::Metadata;
use crate::reply::Refusal;

const SIGNING_ALGORITHMS: [&str; 9] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
];

/// What only an administrator may set; checked before the rules for everyone.
pub(crate) fn check_self_service(metadata: &Metadata) -> Result<(), Refusal> {
    if metadata.get("metadata").is_some() {
        return Err(invalid(
            "'metadata' cannot be set for dynamic client registration",
        ));
    }
    if !metadata.text("access_token_strategy").is_empty() {
        return Err(Refusal::bad_request(
            "It is not allowed to choose your own access token strategy.",
        ));
    }
    for name in ["skip_consent", "skip_logout_consent"] {
        if metadata.flag(name) {
            return Err(Refusal::invalid_request(format!(
                "'{name}' cannot be set for dynamic client registration"
            )));
        }
    }
    Ok(())
}

/// The rules for every client of a server that signs with these algorithms; fills in the defaults.
pub(crate) fn check(metadata: &mut Metadata, algorithms: &[Algorithm]) -> Result<(), Refusal> {
    check_authentication(metadata)?;
    for name in ["tos_uri", "policy_uri", "logo_uri", "client_uri"] {
        check_page(name, metadata.text(name))?;
    }
    default(metadata, "scope", "openid offline_access offline");
    for origin in metadata.list("allowed_cors_origins") {
        check_origin(origin)?;
    }
    if !metadata.text("sector_identifier_uri").is_empty() {
        // Ory fetches it and compares it with the redirect URIs; a double that fetches nothing can
        // only refuse.
        return Err(invalid(""));
    }
    check_response_algorithms(metadata, algorithms)?;
    check_redirects(metadata)?;
    default(metadata, "subject_type", "public");
    let subject_type = metadata.text("subject_type");
    if !["public", "pairwise"].contains(&subject_type) {
        return Err(invalid(&format!(
            "Subject type {subject_type} is not supported by server, only [public pairwise] are allowed."
        )));
    }
    check_post_logout_redirects(metadata)
}

fn check_authentication(metadata: &mut Metadata) -> Result<(), Refusal> {
    let has_keys = metadata
        .get("jwks")
        .is_some_and(|set| set.get("keys").is_some());
    let has_keys_uri = !metadata.text("jwks_uri").is_empty();
    if metadata.text("token_endpoint_auth_method") == "private_key_jwt" {
        if !has_keys && !has_keys_uri {
            return Err(invalid(
                "When token_endpoint_auth_method is 'private_key_jwt', either jwks or jwks_uri must be set.",
            ));
        }
        let algorithm = metadata.text("token_endpoint_auth_signing_alg");
        if !algorithm.is_empty() && !SIGNING_ALGORITHMS.contains(&algorithm) {
            return Err(invalid(
                "Only RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and ES512 are supported as algorithms for private key authentication.",
            ));
        }
    }
    if has_keys && has_keys_uri {
        return Err(invalid(
            "Fields jwks and jwks_uri can not both be set, you must choose one.",
        ));
    }
    default(
        metadata,
        "token_endpoint_auth_method",
        "client_secret_basic",
    );
    Ok(())
}

fn check_response_algorithms(
    metadata: &mut Metadata,
    algorithms: &[Algorithm],
) -> Result<(), Refusal> {
    let supported: Vec<&str> = algorithms.iter().map(|own| own.name()).collect();
    let with_none = [&["none"], &supported[..]].concat();
    default(metadata, "userinfo_signed_response_alg", "none");
    check_choice(metadata, "userinfo_signed_response_alg", &with_none)?;
    if algorithms == [Algorithm::Rs256] {
        // All that Ory signs ID tokens with: it does not know the member.
        metadata.remove("id_token_signed_response_alg");
        return Ok(());
    }
    let unless_registered = Algorithm::default_of(algorithms).name();
    default(metadata, "id_token_signed_response_alg", unless_registered);
    check_choice(metadata, "id_token_signed_response_alg", &supported)
}

fn check_choice(metadata: &Metadata, name: &str, choices: &[&str]) -> Result<(), Refusal> {
    if choices.contains(&metadata.text(name)) {
        return Ok(());
    }
    let choices = choices.join("' or '");
    Err(invalid(&format!("Field {name} can either be '{choices}'.")))
}

fn check_page(name: &str, uri: &str) -> Result<(), Refusal> {
    if uri.is_empty() {
        return Ok(());
    }
    let parsed = RequestUri::parse(uri)
        .ok_or_else(|| invalid(&format!("Field {name} must be a valid URI.")))?;
    if parsed.is_web() {
        return Ok(());
    }
    Err(invalid(&format!(
        "{uri} must use https:// or http:// as HTTP scheme for field {name}."
    )))
}

fn check_origin(origin: &str) -> Result<(), Refusal> {
    let parsed = RequestUri::parse(origin)
        .filter(RequestUri::is_web)
        .ok_or_else(|| {
            invalid(&format!(
                "Origin URL {origin} must use https:// or http:// as HTTP scheme."
            ))
        })?;
    if parsed.authority.contains('@') {
        return Err(invalid(&format!(
            "Origin URL {origin} has HTTP user and/or password set which is not allowed."
        )));
    }
    if !parsed.rest.trim_matches('/').is_empty() {
        return Err(invalid(&format!(
            "Origin URL {origin} must have an empty path, query, and fragment but one of the parts is not empty."
        )));
    }
    Ok(())
}

fn check_redirects(metadata: &Metadata) -> Result<(), Refusal> {
    for uri in metadata.list("redirect_uris") {
        if uri.contains('#') {
            return Err(Refusal::invalid_redirect_uri(
                "Redirect URIs must not contain fragments (#).",
            ));
        }
        if RequestUri::parse(uri).is_none() {
            return Err(Refusal::invalid_redirect_uri(&format!(
                "Unable to parse redirect URL: {uri}"
            )));
        }
    }
    Ok(())
}

fn check_post_logout_redirects(metadata: &Metadata) -> Result<(), Refusal> {
    for uri in metadata.list("post_logout_redirect_uris") {
        let Some(parsed) = RequestUri::parse(uri) else {
            return Err(invalid(&format!(
                "Unable to parse post_logout_redirect_uri: {uri}"
            )));
        };
        let mut redirects = metadata.list("redirect_uris").filter_map(RequestUri::parse);
        if !redirects.any(|redirect| redirect.origin() == parsed.origin()) {
            return Err(invalid(&format!(
                "post_logout_redirect_uri '{uri}' must match the domain, port, scheme of at least one of the registered redirect URIs but did not"
            )));
        }
    }
    Ok(())
}

fn default(metadata: &mut Metadata, name: &'static str, value: &str) {
    if metadata.text(name).is_empty() {
        metadata.set(name, value);
    }
}

fn invalid(hint: &str) -> Refusal {
    Refusal::invalid_client_metadata(hint)
}

/// The parts of a URI that Go's `url.ParseRequestURI` accepts: an absolute URI, or an absolute
/// path.
struct RequestUri<'a> {
    scheme: &'a str,
    authority: &'a str,
    rest: &'a str,
}

impl<'a> RequestUri<'a> {
    fn parse(uri: &'a str) -> Option<Self> {
        if uri.is_empty() || uri.chars().any(|c| c.is_ascii_control()) {
            return None;
        }
        let scheme_end = uri.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
        let (scheme, rest) = match scheme_end {
            Some(end)
                if uri[end..].starts_with(':')
                    && uri.starts_with(|c: char| c.is_ascii_alphabetic()) =>
            {
                (&uri[..end], &uri[end + 1..])
            }
            _ if uri.starts_with('/') => ("", uri),
            _ => return None,
        };
        let Some(after) = rest.strip_prefix("//").filter(|_| !scheme.is_empty()) else {
            return Some(Self {
                scheme,
                authority: "",
                rest,
            });
        };
        let (authority, rest) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
        (!authority.contains(' ')).then_some(Self {
            scheme,
            authority,
            rest,
        })
    }

    fn is_web(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("https") || self.scheme.eq_ignore_ascii_case("http")
    }

    /// Scheme, host and port, as far as they are spelled out.
    fn origin(&self) -> (String, &str) {
        (
            self.scheme.to_ascii_lowercase(),
            self.authority.rsplit('@').next().unwrap_or_default(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{RequestUri, check, check_self_service};
    use crate::algorithm::Algorithm;
    use crate::members::Metadata;
    use serde_json::{Value, json};

    fn refusal(body: Value) -> Option<String> {
        refusal_with(body, &[Algorithm::Rs256])
    }

    fn refusal_with(body: Value, algorithms: &[Algorithm]) -> Option<String> {
        let mut metadata = Metadata::decode(body).ok()?;
        check_self_service(&metadata)
            .and_then(|()| check(&mut metadata, algorithms))
            .err()
            .map(|refusal| refusal.description)
    }

    #[test]
    fn the_algorithms_to_choose_from_are_named() {
        let ask = |alg| json!({"userinfo_signed_response_alg": alg});
        let text = refusal(ask("ES256")).expect("Ory signs with RS256 only");
        assert!(text.ends_with("can either be 'none' or 'RS256'."), "{text}");
        let others = [Algorithm::Es256, Algorithm::EdDsa];
        assert_eq!(refusal_with(ask("EdDSA"), &others), None);
        let text = refusal_with(ask("RS256"), &others).expect("not one of the others");
        assert!(text.ends_with("'none' or 'ES256' or 'EdDSA'."), "{text}");
        let body = json!({"id_token_signed_response_alg": "none"});
        assert!(refusal_with(body.clone(), &others).is_some());
        assert_eq!(refusal(body), None, "Ory does not know it");
    }

    #[test]
    fn a_native_apps_redirect_uri_is_accepted() {
        assert_eq!(
            refusal(
                json!({"redirect_uris": ["com.example.app:/cb", "myapp://cb", "http://127.0.0.1/cb"]})
            ),
            None
        );
    }

    #[test]
    fn a_post_logout_redirect_needs_a_redirect_uri_of_the_same_origin() {
        let body = |uri| json!({"redirect_uris": ["https://app.example/cb"], "post_logout_redirect_uris": [uri]});
        assert_eq!(refusal(body("https://app.example/bye")), None);
        let text = refusal(body("https://other.example/bye")).expect("another origin is refused");
        assert!(
            text.contains("must match the domain, port, scheme"),
            "{text}"
        );
    }

    #[test]
    fn metadata_is_refused_even_when_it_is_null() {
        assert!(refusal(json!({"metadata": null})).is_some());
    }

    #[test]
    fn an_empty_key_set_does_not_clash_with_a_key_set_uri() {
        let with = |jwks| json!({"jwks": jwks, "jwks_uri": "https://app.example/jwks"});
        assert_eq!(refusal(with(json!({}))), None);
        assert!(refusal(with(json!({"keys": []}))).is_some());
    }

    #[test]
    fn private_key_authentication_needs_keys() {
        assert!(refusal(json!({"token_endpoint_auth_method": "private_key_jwt"})).is_some());
    }

    #[test]
    fn uris_are_taken_apart_as_go_does() {
        for (uri, parts) in [
            (
                "https://a.example:8443/b?c",
                Some(("https", "a.example:8443", "/b?c")),
            ),
            ("myapp:callback", Some(("myapp", "", "callback"))),
            ("/path", Some(("", "", "/path"))),
            ("not a url", None),
            ("", None),
            ("https://a b/", None),
        ] {
            let parsed = RequestUri::parse(uri).map(|uri| (uri.scheme, uri.authority, uri.rest));
            assert_eq!(parsed, parts, "{uri}");
        }
    }
}
