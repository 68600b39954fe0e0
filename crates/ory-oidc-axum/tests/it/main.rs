//! Tests of the crate, on the mock server and on servers with prepared responses.

mod cache;
mod challenges;
mod failures;
mod flood;
mod forget;
mod layer;
mod metadata;
mod relying_party;
mod scopes;
mod secrets;
mod slow_ory;
mod stale;
mod support;
mod user;
