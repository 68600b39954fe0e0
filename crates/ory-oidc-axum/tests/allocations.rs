//! Counts allocations. The counting allocator needs a test binary of its own.

use axum::extract::FromRequestParts;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ory_oidc::Client;
use ory_oidc_axum::{BearerAuth, User};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

#[test]
fn cached_request_allocates_next_to_nothing() {
    const REQUESTS: u64 = 1000;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be built");
    let server = OryMock::start_blocking();
    let userinfo = Fault::answer(200).header("Content-Type", "application/json");
    server.fail_next(userinfo.body(r#"{"sub":"ann"}"#).on("GET", "/userinfo"));
    let auth = BearerAuth::builder(Client::new(server.url()).expect("the URL is valid"));
    let auth = auth.require_scopes(["report:read"]).build();
    let auth = auth.expect("the settings are valid");
    let claims = json!({"iss": server.url(), "sub": "ann", "scp": ["openid", "report:read"]});
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    let token = format!("e30.{claims}.c2ln");
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
