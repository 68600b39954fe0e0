//! Options of the calls that need the provider's metadata and keys.

use super::{CLIENT, Provider};
use ory_oidc::operation;
use ory_oidc::token::{MemoryReplayGuard, RelyingParty};

/// The ids of the requests for metadata and keys, in the order in which they arrived.
fn request_ids(provider: &Provider) -> Vec<(String, Option<String>)> {
    let requests = provider.mock.requests();
    let ids = requests.iter().map(|request| {
        let id = request.header("x-request-id").map(str::to_owned);
        (request.path().to_owned(), id)
    });
    ids.collect()
}

fn expected(ids: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    let expected = ids.iter();
    let expected = expected.map(|(path, id)| ((*path).to_owned(), Some((*id).to_owned())));
    expected.collect()
}

const METADATA: &str = "/.well-known/openid-configuration";
const KEYS: &str = "/.well-known/jwks.json";

#[tokio::test]
async fn options_of_keys_apply_to_the_requests_for_metadata_and_keys() {
    let provider = Provider::start().await;
    let keys = provider.ory.keys().request_id("job-1").await;
    let keys = keys.expect("there are keys");
    let sent = [(METADATA, "job-1"), (KEYS, "job-1")];
    assert_eq!(request_ids(&provider), expected(&sent));
    let newer = provider.ory.newer_keys(&keys).request_id("job-2").await;
    assert!(newer.expect("there are keys").is_some());
    let sent = [(METADATA, "job-1"), (KEYS, "job-1"), (KEYS, "job-2")];
    assert_eq!(request_ids(&provider), expected(&sent));
}

#[tokio::test]
async fn options_of_a_verification_apply_to_the_requests_for_metadata_and_keys() {
    let provider = Provider::start().await;
    let token = provider.mock.issue_logout_token(CLIENT, "user-1");
    let (party, guard) = (RelyingParty::new(CLIENT), MemoryReplayGuard::new());
    let verification = provider.ory.verify_logout_token(&token, party, &guard);
    let shown = format!("{verification:?}");
    assert!(!shown.contains(&token), "{shown}");
    let verified = verification.request_id("job-1").await;
    verified.expect("the token is valid");
    let sent = [(METADATA, "job-1"), (KEYS, "job-1")];
    assert_eq!(request_ids(&provider), expected(&sent));
}

#[tokio::test]
async fn unusable_option_is_refused_before_sending() {
    let provider = Provider::start().await;
    let refused = provider.ory.keys().request_id("a\nb").await;
    let refused = refused.expect_err("a line break cannot be sent");
    assert!(refused.to_string().contains("request_id"), "{refused}");
    assert!(provider.mock.requests().is_empty());
    // Another caller does not get the same error from the cache.
    let keys = provider.ory.keys().await;
    keys.expect("the request can be sent");
}

#[tokio::test]
async fn cached_keys_tell_about_the_response_in_which_they_arrived() {
    let provider = Provider::start().await;
    for _ in 0..2 {
        let keys = provider.ory.keys().with_response().await;
        let (_, info) = keys.expect("there are keys");
        assert_eq!(info.operation(), operation::KEYS);
        assert_eq!(info.status().as_u16(), 200);
    }
    assert_eq!(provider.key_requests(), 1);
}
