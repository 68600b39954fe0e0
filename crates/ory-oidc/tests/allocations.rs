//! Counts the allocations of a cached discovery. The counting allocator needs a test binary of its
//! own.

use ory_oidc::Client;
use ory_oidc_mock::OryMock;

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
