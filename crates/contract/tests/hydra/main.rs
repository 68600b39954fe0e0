//! A real Ory Hydra v2.3.0: the contract suite, and what only this server does.

mod administrator;
mod endpoints;
mod keys;
mod logout;
mod pairwise;
mod preflight;
mod registration;
mod reset;
mod suite;
mod support;
mod trouble;
