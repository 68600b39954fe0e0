//! The cost that `ory-oidc-axum` adds to a request whose token is in its cache.

use crate::contenders::Failure;
use crate::measure;
use axum::extract::FromRequestParts;
use axum::http::Request;
use ory_oidc::Client;
use ory_oidc_axum::{BearerAuth, User};
use std::cell::RefCell;
use tokio::runtime::Runtime;

/// Now and then, the cache tidies up, which allocates.
const LIMIT: f64 = 0.5;

/// Prints the cost and returns whether it is within the limit. The server's requests are counted, too:
/// there is one, for the first request.
pub(crate) fn print_and_judge(address: &str, runtime: &Runtime) -> Result<bool, Failure> {
    let auth = BearerAuth::new(Client::new(address)?);
    let request = Request::get("/").header("authorization", "Bearer ory_at_example");
    let (parts, ()) = request.body(())?.into_parts();
    let parts = RefCell::new(parts);
    let extract = || {
        let parts = &mut parts.borrow_mut();
        let user = <User as FromRequestParts<_>>::from_request_parts(parts, &auth);
        runtime
            .block_on(user)
            .expect("the server accepts the token");
    };
    extract();
    let [cost] = measure::work([&extract]);
    let is_over = cost.allocations > LIMIT;
    println!(
        "\n{:<20}{:<18}{:>12.1}{:>10.0}{:>10.1}  (limit: {LIMIT} allocations) {}",
        "bearer, cached",
        "ory-oidc-axum",
        cost.allocations,
        cost.bytes,
        cost.cpu.as_secs_f64() * 1e6,
        if is_over { "OVER" } else { "ok" },
    );
    Ok(!is_over)
}
