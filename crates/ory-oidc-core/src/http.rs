//! The HTTP client that sends requests.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

#[cfg(not(target_arch = "wasm32"))]
use native as current;
#[cfg(target_arch = "wasm32")]
use web as current;

#[cfg(all(feature = "tower", not(target_arch = "wasm32")))]
pub(crate) use current::HttpService;
pub(crate) use current::{HttpClient, HttpError, HttpSettings, Response, broke_off};
