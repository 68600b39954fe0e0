//! Tests of the mock server through its public API: over HTTP and through its handle.

mod admin;
mod back_channel;
mod bad_input;
mod caching;
mod clock;
mod faults;
mod http;
mod jwt;
mod jwt_access_tokens;
mod login;
mod login_app;
mod logout;
mod openidconnect;
mod paths;
#[cfg(feature = "cli")]
mod program;
mod rate_limit;
mod recorded;
mod registration;
mod revocation;
mod server;
mod signing;
mod token_endpoint;
mod tokens;
mod userinfo;
mod versions;
