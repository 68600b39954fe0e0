//! The claims about a user (OpenID Connect Core 1.0 §5.3).

mod address;
pub(crate) mod claims;
pub(crate) mod error;
pub(crate) mod subject;

pub use address::Address;
pub use claims::UserInfo;
pub use error::{SignedUserInfo, UserInfoError};
pub use subject::Subject;
