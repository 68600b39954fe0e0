//! Hydra's validation rules for client metadata, and its defaults.

use crate::access_token_strategy::AccessTokenStrategy;
use crate::algorithm::Algorithm;
use crate::error_response::ErrorResponse;
use crate::go_uri::GoUrl;
use crate::hydra_version::HydraVersion;
use crate::key_set;
use crate::metadata::Metadata;
use crate::state::Config;

/// Values of `token_endpoint_auth_signing_alg`.
const AUTH_SIGNING_ALGORITHMS: [&str; 9] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
];

/// Rejects members that only an administrator may set. Hydra checks them before all others.
pub(crate) fn validate_self_service(metadata: &Metadata) -> Result<(), ErrorResponse> {
    if metadata.get("metadata").is_some() {
        return Err(invalid(
            "'metadata' cannot be set for dynamic client registration",
        ));
    }
    if !metadata.text("access_token_strategy").is_empty() {
        return Err(ErrorResponse::bad_request(
            "It is not allowed to choose your own access token strategy.",
        ));
    }
    for name in ["skip_consent", "skip_logout_consent"] {
        if metadata.flag(name) {
            return Err(ErrorResponse::invalid_request(format!(
                "'{name}' cannot be set for dynamic client registration"
            )));
        }
    }
    Ok(())
}

/// Validates the metadata and fills in the defaults.
pub(crate) fn validate(metadata: &mut Metadata, config: &Config) -> Result<(), ErrorResponse> {
    validate_for(metadata, &config.algorithms, config.access_tokens)
}

/// `algorithms` are those the server signs with. `access_tokens` is the strategy of clients without one.
fn validate_for(
    metadata: &mut Metadata,
    algorithms: &[Algorithm],
    access_tokens: AccessTokenStrategy,
) -> Result<(), ErrorResponse> {
    check_authentication(metadata)?;
    if metadata.version() == HydraVersion::Head {
        for name in ["tos_uri", "policy_uri", "logo_uri", "client_uri"] {
            check_page(name, metadata.text(name))?;
        }
    }
    let secret = metadata.text("client_secret");
    if !secret.is_empty() && secret.len() < 6 {
        return Err(invalid(
            "Field client_secret must contain a secret that is at least 6 characters long.",
        ));
    }
    set_default(metadata, "scope", "openid offline_access offline");
    normalize_origins(metadata)?;
    let sector = metadata.text("sector_identifier_uri");
    if !sector.is_empty() {
        // Hydra fetches this document to compare it with the redirect URIs. The mock server fetches
        // nothing, so it responds as Hydra does when the document cannot be fetched.
        let hint = match GoUrl::parse(sector) {
            Ok(_) => String::new(),
            Err(error) => {
                format!("Value of sector_identifier_uri could not be parsed because {error}.")
            }
        };
        return Err(invalid(&hint));
    }
    check_response_algorithms(metadata, algorithms)?;
    check_redirects(metadata)?;
    set_default(metadata, "subject_type", "public");
    let subject_type = metadata.text("subject_type");
    let types = AccessTokenStrategy::of(Some(metadata), access_tokens).subject_types();
    if !types.contains(&subject_type) {
        let types = types.join(" ");
        return Err(invalid(&format!(
            "Subject type {subject_type} is not supported by server, only [{types}] are allowed."
        )));
    }
    check_post_logout_redirects(metadata)?;
    let strategy = metadata.text("access_token_strategy").to_lowercase();
    match strategy.as_str() {
        "" => Ok(()),
        "jwt" | "opaque" => {
            metadata.set("access_token_strategy", strategy);
            Ok(())
        }
        _ => {
            let expected = match metadata.version() {
                HydraVersion::V2_3_0 => "[jwt, opaque] but",
                HydraVersion::Head => "[jwt opaque],",
            };
            Err(invalid(&format!(
                "invalid access token strategy: expected one of {expected} got {strategy}"
            )))
        }
    }
}

fn check_authentication(metadata: &mut Metadata) -> Result<(), ErrorResponse> {
    let has_keys = metadata
        .get("jwks")
        .is_some_and(|set| match metadata.version() {
            HydraVersion::V2_3_0 => true,
            HydraVersion::Head => set.get("keys").is_some(),
        });
    let has_keys_uri = !metadata.text("jwks_uri").is_empty();
    if metadata.text("token_endpoint_auth_method") == "private_key_jwt" {
        if !has_keys && !has_keys_uri {
            return Err(invalid(
                "When token_endpoint_auth_method is 'private_key_jwt', either jwks or jwks_uri must be set.",
            ));
        }
        let algorithm = metadata.text("token_endpoint_auth_signing_alg");
        if !algorithm.is_empty() && !AUTH_SIGNING_ALGORITHMS.contains(&algorithm) {
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
    if metadata
        .get("jwks")
        .is_some_and(|set| !key_set::is_accepted(set))
    {
        return Err(invalid("Invalid JSON web key in set."));
    }
    set_default(
        metadata,
        "token_endpoint_auth_method",
        "client_secret_basic",
    );
    Ok(())
}

fn check_response_algorithms(
    metadata: &mut Metadata,
    algorithms: &[Algorithm],
) -> Result<(), ErrorResponse> {
    let supported: Vec<&str> = algorithms
        .iter()
        .map(|algorithm| algorithm.name())
        .collect();
    let with_none = [&["none"], &supported[..]].concat();
    set_default(metadata, "userinfo_signed_response_alg", "none");
    check_choice(metadata, "userinfo_signed_response_alg", &with_none)?;
    if algorithms == [Algorithm::Rs256] {
        // Hydra signs ID tokens with RS256 only and drops this member.
        metadata.remove("id_token_signed_response_alg");
        return Ok(());
    }
    let default_algorithm = Algorithm::default_of(algorithms).name();
    set_default(metadata, "id_token_signed_response_alg", default_algorithm);
    check_choice(metadata, "id_token_signed_response_alg", &supported)
}

fn check_choice(metadata: &Metadata, name: &str, choices: &[&str]) -> Result<(), ErrorResponse> {
    if choices.contains(&metadata.text(name)) {
        return Ok(());
    }
    let choices = choices.join("' or '");
    Err(invalid(&format!("Field {name} can either be '{choices}'.")))
}

fn check_page(name: &str, uri: &str) -> Result<(), ErrorResponse> {
    if uri.is_empty() {
        return Ok(());
    }
    let parsed = GoUrl::parse_request(uri)
        .ok_or_else(|| invalid(&format!("Field {name} must be a valid URI.")))?;
    if parsed.is_http() {
        return Ok(());
    }
    Err(invalid(&format!(
        "{uri} must use https:// or http:// as HTTP scheme for field {name}."
    )))
}

/// Checks the CORS origins, and writes them as Hydra does.
fn normalize_origins(metadata: &mut Metadata) -> Result<(), ErrorResponse> {
    if metadata.get("allowed_cors_origins").is_some() {
        let origins: Result<Vec<_>, _> = metadata
            .list("allowed_cors_origins")
            .map(normal_origin)
            .collect();
        metadata.set("allowed_cors_origins", origins?);
    }
    Ok(())
}

fn normal_origin(origin: &str) -> Result<String, ErrorResponse> {
    let mut parsed = GoUrl::parse(origin).map_err(|error| {
        invalid(&format!(
            "Origin URL {origin} from allowed_cors_origins could not be parsed: {error}"
        ))
    })?;
    if !parsed.is_http() {
        return Err(invalid(&format!(
            "Origin URL {origin} must use https:// or http:// as HTTP scheme."
        )));
    }
    if parsed.has_user() {
        return Err(invalid(&format!(
            "Origin URL {origin} has HTTP user and/or password set which is not allowed."
        )));
    }
    parsed
        .path
        .truncate(parsed.path.trim_end_matches('/').len());
    if !parsed.path.is_empty() || parsed.has_query() || !parsed.fragment.is_empty() {
        return Err(invalid(&format!(
            "Origin URL {origin} must have an empty path, query, and fragment but one of the parts is not empty."
        )));
    }
    Ok(parsed.to_string())
}

fn check_redirects(metadata: &Metadata) -> Result<(), ErrorResponse> {
    let fragment =
        || ErrorResponse::invalid_redirect_uri("Redirect URIs must not contain fragments (#).");
    for uri in metadata.list("redirect_uris") {
        let has_fragment = uri.contains('#');
        if has_fragment && metadata.version() != HydraVersion::V2_3_0 {
            return Err(fragment());
        }
        if GoUrl::parse_request(uri).is_none() {
            return Err(ErrorResponse::invalid_redirect_uri(&format!(
                "Unable to parse redirect URL: {uri}"
            )));
        }
        if has_fragment {
            return Err(fragment());
        }
    }
    Ok(())
}

fn check_post_logout_redirects(metadata: &Metadata) -> Result<(), ErrorResponse> {
    for uri in metadata.list("post_logout_redirect_uris") {
        let Some(parsed) = GoUrl::parse_request(uri) else {
            return Err(invalid(&format!(
                "Unable to parse post_logout_redirect_uri: {uri}"
            )));
        };
        let mut redirects = metadata
            .list("redirect_uris")
            .filter_map(GoUrl::parse_request);
        if !redirects.any(|redirect| redirect.origin() == parsed.origin()) {
            let ending = match metadata.version() {
                HydraVersion::V2_3_0 => "'",
                HydraVersion::Head => "",
            };
            return Err(invalid(&format!(
                "post_logout_redirect_uri '{uri}' must match the domain, port, scheme of at least one of the registered redirect URIs but did not{ending}"
            )));
        }
    }
    Ok(())
}

fn set_default(metadata: &mut Metadata, name: &'static str, value: &str) {
    if metadata.text(name).is_empty() {
        metadata.set(name, value);
    }
}

fn invalid(hint: &str) -> ErrorResponse {
    ErrorResponse::invalid_client_metadata(hint)
}

#[cfg(test)]
mod tests {
    use super::{AccessTokenStrategy, validate_for, validate_self_service};
    use crate::algorithm::Algorithm;
    use crate::hydra_version::HydraVersion;
    use crate::metadata::Metadata;
    use serde_json::{Value, json};

    fn rejection(body: Value) -> Option<String> {
        rejection_with(body, &[Algorithm::Rs256])
    }

    fn rejection_with(body: Value, algorithms: &[Algorithm]) -> Option<String> {
        let mut metadata = Metadata::decode(body, HydraVersion::Head).ok()?;
        validate_self_service(&metadata)
            .and_then(|()| validate_for(&mut metadata, algorithms, AccessTokenStrategy::Opaque))
            .err()
            .map(|error| error.description)
    }

    #[test]
    fn an_unsupported_algorithm_is_rejected_with_the_supported_ones() {
        let request = |alg| json!({"userinfo_signed_response_alg": alg});
        let text = rejection(request("ES256")).expect("ES256 is not enabled by default");
        assert!(text.ends_with("can either be 'none' or 'RS256'."), "{text}");
        let others = [Algorithm::Es256, Algorithm::EdDsa];
        assert_eq!(rejection_with(request("EdDSA"), &others), None);
        let text = rejection_with(request("RS256"), &others).expect("RS256 is not enabled");
        assert!(text.ends_with("'none' or 'ES256' or 'EdDSA'."), "{text}");
        let body = json!({"id_token_signed_response_alg": "none"});
        assert!(rejection_with(body.clone(), &others).is_some());
        assert_eq!(rejection(body), None, "Hydra drops the member");
    }

    #[test]
    fn redirect_uris_of_native_apps_are_accepted() {
        assert_eq!(
            rejection(
                json!({"redirect_uris": ["com.example.app:/cb", "myapp://cb", "http://127.0.0.1/cb"]})
            ),
            None
        );
    }

    #[test]
    fn a_post_logout_redirect_uri_needs_a_redirect_uri_with_the_same_origin() {
        let body = |uri| json!({"redirect_uris": ["https://app.example/cb"], "post_logout_redirect_uris": [uri]});
        assert_eq!(rejection(body("https://app.example/bye")), None);
        let text =
            rejection(body("https://other.example/bye")).expect("another origin is rejected");
        assert!(
            text.contains("must match the domain, port, scheme"),
            "{text}"
        );
    }

    #[test]
    fn metadata_is_rejected_even_if_null() {
        assert!(rejection(json!({"metadata": null})).is_some());
    }

    #[test]
    fn jwks_without_keys_may_be_combined_with_jwks_uri() {
        let with = |jwks| json!({"jwks": jwks, "jwks_uri": "https://app.example/jwks"});
        assert_eq!(rejection(with(json!({}))), None);
        assert!(rejection(with(json!({"keys": []}))).is_some());
    }

    #[test]
    fn private_key_jwt_requires_keys() {
        assert!(rejection(json!({"token_endpoint_auth_method": "private_key_jwt"})).is_some());
    }
}
