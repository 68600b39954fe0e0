//! The checks.

pub(super) mod admin;
pub(super) mod clock;
pub(super) mod connection;
pub(super) mod endpoints;
pub(super) mod issuer;
pub(super) mod keys;
pub(super) mod logout;
pub(super) mod metadata;
mod pages;
pub(super) mod rate_limit;
pub(super) mod registration;
pub(super) mod round_trip;
mod routing;
pub(super) mod userinfo;
