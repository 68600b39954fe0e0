//! Recognizes private keys in their binary forms.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

/// Accepts whatever another decoder may accept.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// Tags of DER (X.690 §8).
const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// The algorithms that encrypt private keys: those of PKCS #5 and of PKCS #12.
const ENCRYPTION: [&[u8]; 2] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01],
];

/// Decodes base64 or base64url, with or without padding and white space.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let characters = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let standard = characters.map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    });
    let mut standard: Vec<u8> = standard.collect();
    while standard.last() == Some(&b'=') {
        standard.pop();
    }
    BASE64.decode(standard).ok()
}

/// Whether bytes are a private key: in DER, or in the form of OpenSSH.
///
/// In DER, private keys begin with a small version number, and encrypted ones with their encryption
/// (RFC 5208 §5 and §6, RFC 5958 §2, RFC 5915 §3, RFC 7292 §4, RFC 8017 §A.1.2). Certificates and public
/// keys do not.
pub(super) fn is_private_key(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"openssh-key-v1\0") {
        return true;
    }
    let Some((SEQUENCE, content, [])) = element(bytes) else {
        return false;
    };
    match element(content) {
        Some((INTEGER, [0 | 1 | 3], _)) => true,
        Some((SEQUENCE, algorithm, _)) => {
            let named = element(algorithm);
            named.is_some_and(|(tag, name, _)| {
                tag == OBJECT_IDENTIFIER && ENCRYPTION.iter().any(|known| name.starts_with(known))
            })
        }
        _ => false,
    }
}

/// Splits the first element of DER from the rest: its tag, its content and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if !(1..=4).contains(&octets.len()) {
            return None;
        }
        let length = octets
            .iter()
            .fold(0, |length, &octet| length << 8 | usize::from(octet));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys that were made for this test.
    const PKCS8: &str = "MC4CAQAwBQYDK2VwBCIEIP+yFwGlpK2/+2Fb6WKQL+yH8QRpf+fN0mBnGw3GU9YR";
    const ENCRYPTED: &str = "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhR8X+5RYFfXAICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAIHauuDVBJ/bGl/9UnCBL0EQCwW13LLkmUxiRbPDmTeEsZWjHSBevCdZSxqLB1Fv/KTcsdkAj8/QkUa0ec/m69mdj5gYbzW9bBRQ3/4/I6MmuU=";
    const ENCRYPTED_BY_PKCS12: &str = "MFgwHAYKKoZIhvcNAQwBAzAOBAgRvRaqHOIMgQICCAAEODBJP6b0maqC+movAs+2zMJSm9WB6WqCatXaseaUZHc3BavHqgpWtYhLHgfdbIUGGyu1CHp9sbfv";
    const SEC1: &str = "MHcCAQEEIKfDKmPjtjMg3s8FvZcQfO15zP0Kl5ANkq+xsbxCPvhaoAoGCCqGSM49AwEHoUQDQgAEmU5NMCIZMI5Bf0hGwHu64wt0Dl6r1qdVX/hUWjVO29qdukRp1zvRGjdbO0Q9s8KiGbjusbaeGurqz7Oyrl3gDQ==";
    const PKCS1: &str = "MIIBOwIBAAJBAL+BHzq4BduGeHSMXVVYIbBwQXTI/3TVrhOSspQFhl3sZpoUjf/phugnI83Tkl1d3w0s91MCCZVzTo0ALdMY+YcCAwEAAQJBAIJuEzMO+w5VO91FbJwf9nIRQsOj0jlk/7bdBzvBt45nsmOjzsVoyQvqqmeiFKr/tnY5H3qodX1gF1Duzh38psECIQDnWC9t9S7CE1wPLH4JaGTxI+t9nRAYOMrEwL1e9imPHwIhANPp+Nc4RS54mDTw6gIaUX8j6ylB6MP5UHC9hUYhH5CZAiEA4C6gp5l02jUQfNPMvykeyF7akTtmoVJHjCqKWD+LPlkCIEdnyGykzlLpWchFAWTx/1ILBVtilQ8r/BnxEm5eDOfJAiAIl0DMXIYY1vDZwC5QlTgrUVaKu7J0+Lrfvp6QkLlhIA==";
    const CERTIFICATE: &str = "MIIBLDCB36ADAgECAhREd8O/a4Qi8LeN03mXT4ewSg2a7jAFBgMrZXAwDDEKMAgGA1UEAwwBYTAeFw0yNjExMjgxMDA4NDhaFw0yNjExMjkxMDA4NDhaMAwxCjAIBgNVBAMMAWEwKjAFBgMrZXADIQAlKf9ksdGLn8Jxpyaq/tReRETS4igj/vRw99cBopAXm6NTMFEwHQYDVR0OBBYEFAWwC6FNWXmW20YKKGslPs/Llhy6MB8GA1UdIwQYMBaAFAWwC6FNWXmW20YKKGslPs/Llhy6MA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAjTttFn99MGcvReU3Mfj1Sj5qL13uiFXxow3orgs8MNzxUUGqRJ5arqDGfqzyCBHdyaw9Esade/NoVyr4Q0dLAQ==";
    const PUBLIC: &str = "MCowBQYDK2VwAyEAJSn/ZLHRi5/Ccacmqv7UXkRE0uIoI/70cPfXAaKQF5s=";
    const PUBLIC_PKCS1: &str = "MEgCQQC/gR86uAXbhnh0jF1VWCGwcEF0yP901a4TkrKUBYZd7GaaFI3/6YboJyPN05JdXd8NLPdTAgmVc06NAC3TGPmHAgMBAAE=";

    fn is_private(text: &str) -> bool {
        is_private_key(&decode_base64(text).expect("the key is base64"))
    }

    #[test]
    fn private_keys_are_recognized_in_each_form() {
        for key in [PKCS8, ENCRYPTED, ENCRYPTED_BY_PKCS12, SEC1, PKCS1] {
            assert!(is_private(key), "{key}");
            let url_safe = key.replace('+', "-").replace('/', "_");
            assert!(is_private(url_safe.trim_end_matches('=')), "{key}");
            let (head, tail) = key.split_at(20);
            assert!(is_private(&format!("{head}\n{tail}\n")), "{key}");
        }
        // PKCS #12: a version, then the safe.
        assert!(is_private_key(&[SEQUENCE, 5, INTEGER, 1, 3, SEQUENCE, 0]));
        assert!(is_private_key(b"openssh-key-v1\0none"));
    }

    #[test]
    fn certificates_and_public_keys_are_not() {
        for key in [CERTIFICATE, PUBLIC, PUBLIC_PKCS1] {
            assert!(!is_private(key), "{key}");
        }
    }

    #[test]
    fn other_bytes_are_not() {
        let key = decode_base64(PKCS8).expect("the key is base64");
        for end in 0..key.len() {
            assert!(!is_private_key(&key[..end]), "{end} bytes");
        }
        assert!(!is_private_key(&[key.as_slice(), &[0]].concat()));
        let huge = [SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff, 0];
        assert!(!is_private_key(&huge));
        assert!(!is_private_key(&[SEQUENCE, 0x80, 0, 0]));
    }
}
