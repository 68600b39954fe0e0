//! Answers of a real Ory Hydra, recorded once.

use serde::Deserialize;

/// The client that the recorded answers are about.
pub(crate) const CLIENT_ID: &str = "b7d2a79a-3e4c-4fce-93a3-c3fe6bcbc70b";

/// The server's address while it was recorded.
const ADDRESS: &str = "http://127.0.0.1:4444";

/// One answer and the request that gets it.
#[derive(Deserialize)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// All answers, with the address of the server that repeats them.
pub(crate) fn answers(address: &str) -> Vec<Recorded> {
    let mut answers: Vec<Recorded> = serde_json::from_str(include_str!("../recorded/hydra.json"))
        .expect("recorded answers are JSON");
    for answer in &mut answers {
        answer.body = answer.body.replace(ADDRESS, address);
    }
    answers
}

/// The recorded body of one answer.
pub(crate) fn body(method: &str, path: &str) -> String {
    let mut answers = answers(ADDRESS).into_iter();
    let answer = answers.find(|answer| answer.method == method && answer.path.starts_with(path));
    answer.expect("the answer was recorded").body
}
