#![doc = include_str!("../README.md")]

mod algorithm;
mod builder;
mod caching;
mod clients;
mod clock;
mod discovery;
mod error_response;
mod fault;
mod go_duration;
mod go_json;
mod go_uri;
mod handler;
mod key_pair;
mod keys;
mod logout;
mod member;
mod metadata;
mod mock;
mod ordered;
mod parameters;
mod random;
mod registration;
mod reply;
mod request;
mod routes;
mod server;
mod sessions;
mod state;
mod tokens;
mod userinfo;
mod validation;

pub use builder::OryMockBuilder;
pub use fault::Fault;
pub use mock::OryMock;
pub use request::RecordedRequest;
