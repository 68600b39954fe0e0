#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "blocking")]
#[cfg_attr(docsrs, doc(cfg(feature = "blocking")))]
pub mod blocking;
pub mod cache;
pub mod client;
mod credentials;
pub mod discovery;
pub mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod logout;
pub mod operation;
#[cfg(any(feature = "jwt", feature = "rustls"))]
mod random;
pub mod registration;
pub mod response;
pub mod retry;
pub mod token;
pub mod userinfo;

#[doc(inline)]
pub use client::{Client, ClientBuilder};
pub use credentials::{AccessToken, IdToken};
pub use ory_oidc_core::Error;
#[doc(inline)]
pub use registration::{ClientMetadata, Registration};
#[doc(inline)]
pub use userinfo::Subject;

/// The generated crate: plain requests, responses and models.
pub use ory_oidc_gen as raw;
/// The HTTP client that this crate is built on, for [`ClientBuilder::http_client`].
pub use reqwest;
