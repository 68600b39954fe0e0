//! Turns an access token into a user (OpenID Connect Core 1.0 §5.3).

mod address;
mod claims;
mod error;
mod request;
mod subject;

pub use address::Address;
pub use claims::UserInfo;
pub use error::{SignedUserInfo, UserInfoError};
pub use request::UserInfoRequest;
pub use subject::Subject;
