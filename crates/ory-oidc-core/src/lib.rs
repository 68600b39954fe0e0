#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod additional_properties;
pub mod authorization;
pub mod cache;
pub mod call;
pub mod challenge;
pub mod configuration;
pub mod error;
pub mod error_code;
pub mod json;
mod locate;
mod media_type;
pub mod member;
pub mod model;
pub mod operation;
pub mod response;
pub mod secret;
pub mod text;
mod tls;
pub mod url_policy;

pub use additional_properties::AdditionalProperties;
pub use authorization::Authorization;
pub use configuration::Configuration;
pub use error::{Error, ErrorKind};
pub use operation::Operation;
pub use response::Response;
pub use secret::Secret;
