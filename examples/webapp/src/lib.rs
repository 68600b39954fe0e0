#![doc = include_str!("../README.md")]

mod claims;
pub mod ended;
pub mod http;
pub mod login;
mod pages;
pub mod pending;
pub mod registration;
pub mod routes;
pub mod sessions;
pub mod state;
