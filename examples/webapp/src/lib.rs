#![doc = include_str!("../README.md")]

pub mod ended;
pub mod http;
pub mod login;
mod pages;
pub mod registration;
pub mod routes;
pub mod sessions;
pub mod state;
