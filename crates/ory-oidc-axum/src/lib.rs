#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod bearer;
mod budget;
mod builder;
mod cache;
mod challenge;
mod extract;
mod layer;
mod log;
mod lookup;
mod outcome;
mod reason;
mod rejection;
mod resource;
mod scopes;
mod setting;
mod token_hash;
mod user;

pub use auth::BearerAuth;
pub use builder::BearerAuthBuilder;
pub use layer::{BearerAuthLayer, BearerAuthService};
pub use reason::Reason;
pub use rejection::Rejection;
pub use setting::InvalidSetting;
pub use user::User;
