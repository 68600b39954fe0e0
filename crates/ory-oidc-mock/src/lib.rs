#![doc = include_str!("../README.md")]

mod algorithm;
mod bearer;
mod builder;
mod caching;
mod discovery;
mod duration;
mod fault;
mod go_json;
mod keys;
mod logout;
mod members;
mod mock;
mod ordered;
mod random;
mod registration;
mod reply;
mod request;
mod server;
mod state;
mod tokens;
mod userinfo;
mod validation;

pub use builder::OryMockBuilder;
pub use fault::Fault;
pub use mock::OryMock;
pub use request::RecordedRequest;
