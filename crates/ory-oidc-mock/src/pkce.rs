//! Proof Key for Code Exchange (RFC 7636).

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::grants::Challenge;
use crate::oauth_error::OAuthError;

/// Checks the method of a code challenge.
pub(crate) fn check_method(challenge: &Challenge) -> Result<(), OAuthError> {
    match challenge.method.as_str() {
        "S256" => Ok(()),
        "plain" | "" => Err(OAuthError::invalid_request(
            "Clients must use code_challenge_method=S256, plain is not allowed.",
        )),
        _ => Err(OAuthError::invalid_request(
            "The code_challenge_method is not supported, use S256 instead.",
        )),
    }
}

/// Checks the code verifier against the challenge of the authorization request.
pub(crate) fn verify(challenge: Option<&Challenge>, verifier: &str) -> Result<(), OAuthError> {
    let Some(challenge) = challenge else {
        return if verifier.is_empty() {
            Ok(())
        } else {
            Err(OAuthError::invalid_grant(
                "Unable to find initial PKCE data tied to this request",
            ))
        };
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let hint = match verifier.len() {
        0..43 => "The PKCE code verifier must be at least 43 characters.",
        129.. => "The PKCE code verifier can not be longer than 128 characters.",
        _ if !verifier.chars().all(allowed) => {
            "The PKCE code verifier must only contain [a-Z], [0-9], '-', '.', '_', '~'."
        }
        _ if s256(verifier) != challenge.value => {
            "The PKCE code challenge did not match the code verifier."
        }
        _ => return Ok(()),
    };
    Err(OAuthError::invalid_grant(hint))
}

fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{Challenge, check_method, verify};

    // The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn challenge(method: &str) -> Challenge {
        Challenge {
            value: CHALLENGE.to_owned(),
            method: method.to_owned(),
        }
    }

    #[test]
    fn only_the_verifier_of_the_challenge_is_accepted() {
        let challenge = challenge("S256");
        assert!(verify(Some(&challenge), VERIFIER).is_ok());
        for wrong in [
            "",
            &VERIFIER[1..],
            &"a".repeat(43),
            &"a".repeat(129),
            &"é".repeat(43),
        ] {
            assert!(verify(Some(&challenge), wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn without_a_challenge_there_must_be_no_verifier() {
        assert!(verify(None, "").is_ok());
        assert!(verify(None, VERIFIER).is_err());
    }

    #[test]
    fn only_s256_is_accepted() {
        assert!(check_method(&challenge("S256")).is_ok());
        for method in ["plain", "", "S512"] {
            assert!(check_method(&challenge(method)).is_err(), "{method}");
        }
    }
}
