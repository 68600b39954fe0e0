//! Counts allocations. The counting allocator needs a test binary of its own.

use axum::extract::FromRequestParts;
use axum::http::Request;
use ory_oidc::Client;
use ory_oidc_axum::{BearerAuth, User};
use ory_oidc_mock::OryMock;
use serde_json::json;

#[test]
fn cached_request_allocates_next_to_nothing() {
    const REQUESTS: u64 = 1000;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be built");
    let server = OryMock::start_blocking();
    let auth = BearerAuth::new(Client::new(server.url()).expect("the URL is valid"));
    let token = server.issue_access_token(json!({"sub": "ann"}));
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    let request = request.body(()).expect("the request is valid");
    let (mut parts, ()) = request.into_parts();
    let mut extract = |times: u64| {
        allocation_counter::measure(|| {
            runtime.block_on(async {
                for _ in 0..times {
                    let user = <User as FromRequestParts<_>>::from_request_parts(&mut parts, &auth);
                    assert_eq!(user.await.expect("the token is valid").sub(), "ann");
                }
            });
        })
        .count_total
    };
    extract(1);
    let counted = extract(REQUESTS);
    // Now and then, the cache tidies up.
    assert!(counted <= REQUESTS / 4, "{counted}");
    assert_eq!(server.requests_to("GET", "/userinfo").len(), 1);
}
