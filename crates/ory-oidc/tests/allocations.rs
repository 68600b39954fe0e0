//! What a warm call allocates, counted: the allocator of this binary counts, so it is one of its
//! own.

use ory_oidc::Client;
use ory_oidc_mock::OryMock;

#[test]
fn discovery_from_what_is_kept_allocates_twice_at_most_and_sends_nothing() {
    const CALLS: u64 = 1000;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let double = OryMock::start_blocking();
    let ory = Client::new(double.url()).expect("a client");
    runtime.block_on(async { ory.discover().await.expect("metadata") });
    // It counts the allocations of this thread.
    let counted = allocation_counter::measure(|| {
        runtime.block_on(async {
            for _ in 0..CALLS {
                ory.discover().await.expect("metadata");
            }
        });
    });
    assert!(counted.count_total <= 2 * CALLS, "{counted:?}");
    let asked = double.requests_to("GET", "/.well-known/openid-configuration");
    assert_eq!(asked.len(), 1);
    // That it counts at all.
    let counted = allocation_counter::measure(|| drop(vec![0_u8; 1]));
    assert_eq!(counted.count_total, 1);
}
