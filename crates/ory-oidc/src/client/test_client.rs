//! A client for the unit tests of this module.

use super::builder::ClientBuilder;
use super::client::Client;

/// Returns a client of `https://ory.example`, to which nothing is sent.
pub(super) fn client(set: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
    thread_local! {
        // Building one is expensive.
        static HTTP: reqwest::Client = reqwest::Client::new();
    }
    let builder = Client::builder("https://ory.example").http_client(HTTP.with(Clone::clone));
    set(builder).build().expect("the URL is valid")
}
