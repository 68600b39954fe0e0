//! Recorded responses of a real Ory Hydra.

use serde::Deserialize;

/// The id of the client in the recorded responses.
pub(crate) const CLIENT_ID: &str = "b7d2a79a-3e4c-4fce-93a3-c3fe6bcbc70b";

/// The address of the recorded server.
const ADDRESS: &str = "http://127.0.0.1:4444";

/// One response and the request that it belongs to.
#[derive(Deserialize)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Returns all responses, with the address of the server that replays them.
pub(crate) fn responses(address: &str) -> Vec<Recorded> {
    let mut responses: Vec<Recorded> = serde_json::from_str(include_str!("../recorded/hydra.json"))
        .expect("the recording is JSON");
    for response in &mut responses {
        response.body = response.body.replace(ADDRESS, address);
    }
    responses
}

/// Returns the recorded body of one response.
pub(crate) fn body(method: &str, path: &str) -> String {
    let mut responses = responses(ADDRESS).into_iter();
    let response =
        responses.find(|response| response.method == method && response.path.starts_with(path));
    response.expect("the response was recorded").body
}
