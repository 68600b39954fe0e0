//! The keys with which Ory signs (RFC 7517).

use super::routing::pass_on;
use crate::doctor::finding::Check;
use crate::doctor::visit::{Provider, Visit};
use ory_oidc_core::text::clip;
use serde_json::Value;
use std::collections::BTreeSet;

/// The members of a key that nobody but its owner may know (RFC 7518 §6).
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];
const MAX_SHOWN: usize = 4;

pub(crate) async fn check(visit: &Visit, provider: &Provider) -> Check {
    let mut check = Check::new("keys");
    let uri = provider.text("jwks_uri").unwrap_or_default();
    let Some(url) = provider.reached(uri) else {
        return Check::skipped("keys", "jwks_uri is at another origin; see endpoints");
    };
    let reply = match visit.probe.get(&url).await {
        Ok(reply) => reply,
        Err(trouble) => {
            unreachable(&mut check, &trouble.summary(&url));
            return check;
        }
    };
    let document = reply.json().filter(|_| reply.status == 200);
    let keys = document.as_ref().and_then(|document| document.get("keys"));
    let Some(keys) = keys.and_then(Value::as_array) else {
        unreachable(&mut check, &reply.summary());
        return check;
    };
    if keys.is_empty() {
        check.error(
            "no-keys",
            "no key is published: no token of Ory can be verified",
            "look in Hydra's log for an error when it creates its keys, and check \
             webfinger.jwks.broadcast_keys in its configuration: it must name hydra.openid.id-token",
        );
        return check;
    }
    check_secrets(&mut check, keys);
    check_ids(&mut check, keys);
    check_algorithms(&mut check, provider, keys);
    check_readable(&mut check, provider).await;
    if check.findings.is_empty() {
        check.fact(match keys.len() {
            1 => "1 key, which can be used".to_owned(),
            count => format!("{count} keys, which can be used"),
        });
    }
    check
}

fn unreachable(check: &mut Check, reason: &str) {
    check.error(
        "keys-unreachable",
        format!("the keys cannot be fetched: {reason}"),
        pass_on("/.well-known/"),
    );
}

fn check_secrets(check: &mut Check, keys: &[Value]) {
    let is_secret = |key: &&Value| {
        PRIVATE_MEMBERS
            .iter()
            .any(|member| key.get(member).is_some())
    };
    let secret = keys.iter().filter(is_secret);
    let ids = shown(secret.map(id));
    if !ids.is_empty() {
        check.error(
            "private-keys",
            format!("private or secret keys are published, so that anybody can issue tokens: {ids}"),
            "stop the server from publishing them, replace these keys at once, and revoke all tokens",
        );
    }
}

fn check_ids(check: &mut Check, keys: &[Value]) {
    let mut known = BTreeSet::new();
    let twice = keys.iter().filter(|key| signs(key)).map(id);
    let ids = shown(twice.filter(|id| !known.insert(id.clone())));
    if !ids.is_empty() {
        check.warn(
            "duplicate-key-id",
            format!("several keys have the same kid: {ids}"),
            "give each key its own kid: many clients try only the first one",
        );
    }
}

fn check_algorithms(check: &mut Check, provider: &Provider, keys: &[Value]) {
    let types: BTreeSet<_> = keys
        .iter()
        .filter(|key| signs(key))
        .filter_map(|key| key.get("kty").and_then(Value::as_str))
        .collect();
    let advertised = provider.list("id_token_signing_alg_values_supported");
    let without = advertised.into_iter().filter(|algorithm| {
        let kty = match algorithm.get(..2) {
            Some("RS" | "PS") => "RSA",
            Some("ES") => "EC",
            Some("Ed") => "OKP",
            _ => return false,
        };
        !types.contains(kty)
    });
    let without = shown(without.map(str::to_owned));
    if !without.is_empty() {
        check.error(
            "algorithm-without-key",
            format!("the metadata advertises ID tokens signed with {without}, but no published key is for that"),
            "check that the keys at jwks_uri are those of this server, and not of another one or of a \
             cache",
        );
    }
}

async fn check_readable(check: &mut Check, provider: &Provider) {
    // Foreign endpoints are reported elsewhere, and the document itself was read above.
    let Ok(keys) = provider.client.keys().await else {
        return;
    };
    let unreadable = shown(keys.unreadable_key_ids().map(str::to_owned));
    if !unreadable.is_empty() {
        check.warn(
            "unreadable-keys",
            format!("keys that cannot be used: {unreadable}. Tokens that they sign are refused"),
            "replace them by RSA keys of 2048 bits or more, P-256, P-384 or Ed25519",
        );
    }
    if keys.ignored_keys() > 0 {
        check.warn(
            "too-many-keys",
            format!(
                "{} keys more than the 1000 that are used",
                keys.ignored_keys()
            ),
            "remove old keys from the key set hydra.openid.id-token",
        );
    }
}

fn signs(key: &Value) -> bool {
    key.get("use").is_none_or(|purpose| purpose == "sig")
}

fn id(key: &Value) -> String {
    let id = key.get("kid").and_then(Value::as_str);
    id.unwrap_or("(without kid)").to_owned()
}

fn shown(ids: impl Iterator<Item = String>) -> String {
    let ids: Vec<_> = ids.collect();
    let more = ids.len().saturating_sub(MAX_SHOWN);
    let first: Vec<_> = ids.iter().take(MAX_SHOWN).map(|id| clip(id)).collect();
    match more {
        0 => first.join(", "),
        _ => format!("{} and {more} more", first.join(", ")),
    }
}
