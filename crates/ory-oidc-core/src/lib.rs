#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod additional_properties;
pub mod authorization;
#[cfg(feature = "blocking")]
pub mod blocking;
pub mod cache;
pub mod call;
pub mod call_options;
pub mod challenge;
pub mod changes;
pub mod configuration;
pub mod deadline;
pub mod decoded;
pub mod error;
pub mod error_code;
mod headers;
mod http;
mod incoming;
pub mod json;
mod locate;
mod media_type;
pub mod member;
mod member_names;
pub mod model;
pub mod number;
pub mod operation;
pub mod platform;
pub mod rate_limit;
pub mod response;
pub mod response_info;
pub mod retry;
pub mod secret;
mod send;
pub mod text;
mod texts;
mod trace;
pub mod url_policy;

pub use additional_properties::AdditionalProperties;
pub use authorization::Authorization;
pub use configuration::Configuration;
pub use error::{Error, ErrorKind};
pub use operation::Operation;
pub use response::Response;
pub use response_info::ResponseInfo;
pub use secret::Secret;
