//! Counts allocations. The counting allocator needs a test binary of its own.

use ory_oidc::{AccessToken, Client, Subject};
use ory_oidc_mock::OryMock;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be built")
}

#[test]
fn cached_discovery_allocates_at_most_twice_and_sends_nothing() {
    const CALLS: u64 = 1000;
    let runtime = runtime();
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
    let runtime = runtime();
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

/// The body of a response is a part of a buffer, which has grown with the responses before.
#[test]
fn userinfo_that_is_retained_has_no_room_for_larger_responses() {
    const USERS: usize = 5;
    let runtime = runtime();
    let mock = OryMock::start_blocking();
    let ory = Client::new(mock.url()).expect("the URL is valid");
    let token = |claims: Value| AccessToken::new(mock.issue_access_token(claims));
    let large = token(json!({"sub": "user-1", "biography": "x".repeat(300_000)}));
    let small = token(json!({"sub": "user-2"}));
    let get = |token: &AccessToken| {
        let user = ory.userinfo(token, Subject::Unchecked).into_future();
        runtime.block_on(user).expect("the token is valid")
    };
    let mut users = Vec::with_capacity(USERS);
    get(&large);
    get(&small);
    let counted = allocation_counter::measure(|| {
        for _ in 0..USERS {
            get(&large);
            users.push(get(&small));
        }
    });
    // The connection itself may have a larger buffer than before.
    assert!(counted.bytes_current < 100_000, "{counted:?}");
}
