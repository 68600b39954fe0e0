//! The double, seen from outside: over HTTP, and through its handle.

mod caching;
mod faults;
mod http;
mod jwt;
mod logout;
mod recorded;
mod registration;
mod server;
mod signing;
mod tokens;
mod userinfo;
