//! Finds the access token of a request, and verifies it as Hydra does.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::access_token_strategy::AccessTokenStrategy;
use crate::go_base64;
use crate::grants::AccessToken;
use crate::keys::JwtFault;
use crate::random;
use crate::state::{Shared, State};

/// Why a token is not accepted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    Unknown,
    /// The time is part of the message only for opaque tokens.
    Expired(Option<OffsetDateTime>),
    Format,
    Signature,
    Claims,
    /// Hydra has no error for it.
    Unrecognizable,
}

/// Returns the access token that this text is. Hydra finds it by its last part, and then verifies the
/// rest by the strategy that its client has now.
pub(crate) fn verify<'a>(
    shared: &Shared,
    state: &'a State,
    text: &str,
) -> Result<&'a AccessToken, Fault> {
    let found = state.tokens.access_token(text).ok_or(Fault::Unknown)?;
    let client = state.clients.get(&found.grant.client_id);
    let client = client.map(|client| &client.metadata);
    let now = shared.clock.unix_now();
    match AccessTokenStrategy::of(client, shared.config.access_tokens) {
        AccessTokenStrategy::Jwt => {
            let claims = state.access_token_keys.verify_with_newest(text);
            check_times(&claims.map_err(fault_of)?, now)?;
        }
        AccessTokenStrategy::Opaque if found.expires_at <= now => {
            let time = OffsetDateTime::from_unix_timestamp(found.expires_at);
            return Err(Fault::Expired(time.ok()));
        }
        AccessTokenStrategy::Opaque => check_opaque(text, &found.text)?,
    }
    Ok(found)
}

fn fault_of(fault: JwtFault) -> Fault {
    match fault {
        JwtFault::Malformed => Fault::Format,
        JwtFault::Claims => Fault::Claims,
        JwtFault::Signature => Fault::Signature,
    }
}

fn check_times(claims: &Map<String, Value>, now: i64) -> Result<(), Fault> {
    let time = |name: &str| claims.get(name).and_then(Value::as_i64);
    if time("exp").is_some_and(|expires_at| expires_at <= now) {
        return Err(Fault::Expired(None));
    }
    let is_future = |name: &str| time(name).is_some_and(|time| time > now);
    if is_future("iat") || is_future("nbf") {
        return Err(Fault::Claims);
    }
    Ok(())
}

/// Compares an opaque token with the one that has the same signature.
fn check_opaque(text: &str, issued: &str) -> Result<(), Fault> {
    let parts = |token: &str| {
        let token = token
            .strip_prefix(random::ACCESS_TOKEN_PREFIX)
            .unwrap_or(token);
        let (key, signature) = token.split_once('.').ok_or(Fault::Format)?;
        if key.is_empty() || signature.is_empty() {
            return Err(Fault::Format);
        }
        let decode = |part: &str| go_base64::decode(part).map_err(|_| Fault::Unrecognizable);
        Ok((decode(key)?, decode(signature)?))
    };
    let given = parts(text)?;
    if parts(issued).as_ref() == Ok(&given) {
        Ok(())
    } else {
        Err(Fault::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, check_opaque, check_times};
    use serde_json::{Map, json};

    #[test]
    fn an_opaque_token_needs_no_prefix_and_is_compared_as_bytes() {
        let issued = "ory_at_AAAA.BBBB";
        for (text, expected) in [
            ("ory_at_AAAA.BBBB", Ok(())),
            ("AAAA.BBBB", Ok(())),
            ("ory_at_AAAB.BBBB", Err(Fault::Signature)),
            ("ory_rt_AAAA.BBBB", Err(Fault::Signature)),
            ("ory_at_.BBBB", Err(Fault::Format)),
            ("ory_at_!!.BBBB", Err(Fault::Unrecognizable)),
            ("AAAA.AAAA.BBBB", Err(Fault::Unrecognizable)),
        ] {
            assert_eq!(check_opaque(text, issued), expected, "{text}");
        }
    }

    #[test]
    fn a_jwt_is_valid_from_its_issue_to_its_expiry() {
        let claims = json!({"iat": 5, "nbf": 5, "exp": 8});
        let claims: Map<_, _> = claims.as_object().expect("an object").clone();
        for (now, expected) in [
            (4, Err(Fault::Claims)),
            (5, Ok(())),
            (7, Ok(())),
            (8, Err(Fault::Expired(None))),
        ] {
            assert_eq!(check_times(&claims, now), expected, "{now}");
        }
    }
}
