//! Counts allocations. The counting allocator needs a test binary of its own.

use ory_oidc::{Client, Subject};
use ory_oidc_mock::OryMock;
use serde_json::json;

#[test]
fn cached_discovery_allocates_at_most_twice_and_sends_nothing() {
    const CALLS: u64 = 1000;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be built");
    let mock = OryMock::start_blocking();
    let ory = Client::new(mock.url()).expect("the URL is valid");
    runtime.block_on(async { ory.discover().await.expect("discovery succeeds") });
    // The counter covers the allocations of this thread.
    let counted = allocation_counter::measure(|| {
        runtime.block_on(async {
            for _ in 0..CALLS {
                ory.discover().await.expect("discovery succeeds");
            }
        });
    });
    assert!(counted.count_total <= 2 * CALLS, "{counted:?}");
    let requests = mock.requests_to("GET", "/.well-known/openid-configuration");
    assert_eq!(requests.len(), 1);
    // Check that the counter works.
    let counted = allocation_counter::measure(|| drop(vec![0_u8; 1]));
    assert_eq!(counted.count_total, 1);
}

/// Userinfo is kept as it came, so a call allocates hardly more than its request does.
#[test]
fn userinfo_allocates_at_most_four_times_more_than_its_bare_request() {
    const CALLS: u64 = 100;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be built");
    let mock = OryMock::start_blocking();
    let token = mock.issue_access_token(json!({
        "sub": "user-1", "name": "Ann Lee", "given_name": "Ann", "family_name": "Lee",
        "email": "ann@example.com", "email_verified": true, "locale": "en",
        "groups": ["a", "b"], "address": {"country": "NL", "locality": "Delft"},
    }));
    let (ory, bare) = (Client::new(mock.url()), reqwest::Client::new());
    let ory = ory.expect("the URL is valid");
    let url = format!("{}/userinfo", mock.url());
    let access_token = token.as_str().into();
    let calls = |bare_calls: bool| {
        allocation_counter::measure(|| {
            runtime.block_on(async {
                for _ in 0..CALLS {
                    if bare_calls {
                        let request = bare.get(&url).bearer_auth(&token);
                        let response = request.send().await.expect("the mock server responds");
                        response.bytes().await.expect("the body arrives");
                    } else {
                        let user = ory.userinfo(&access_token, Subject::Expect("user-1"));
                        user.await.expect("the token is valid");
                    }
                }
            });
        })
        .count_total
    };
    // The first calls open the connections.
    calls(true);
    calls(false);
    let (bare, ours) = (calls(true), calls(false));
    assert!(ours <= bare + 4 * CALLS + CALLS / 10, "{ours} of {bare}");
}
