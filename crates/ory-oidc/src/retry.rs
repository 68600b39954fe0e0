//! Repeats calls that failed.
//!
//! ```
//! # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
//! use ory_oidc::retry::RetryPolicy;
//!
//! let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
//!     .retry(RetryPolicy::new())
//!     .build()?;
//! # }
//! # Ok::<(), ory_oidc::Error>(())
//! ```

pub use ory_oidc_core::error::FailedAttempt;
pub use ory_oidc_core::retry::RetryPolicy;
