//! The commands.

pub(crate) mod adopt;
pub(crate) mod delete;
pub(crate) mod diagnose;
pub(crate) mod ensure;
mod ensure_all;
mod ensured;
pub(crate) mod logout_url;
mod policy;
pub(crate) mod register;
mod rescue;
pub(crate) mod rotate;
pub(crate) mod show;
pub(crate) mod update;
pub(crate) mod userinfo;
