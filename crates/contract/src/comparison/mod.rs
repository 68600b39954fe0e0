//! The mock server beside a real Ory Hydra: the same requests to both, and what differs.
//!
//! `table` has the requests. A request may use what an earlier one of its case brought about, by
//! placeholders such as `<token>`.
//!
//! # What is compared
//!
//! - The status. If it differs, nothing else is compared.
//! - The headers `Allow`, `Cache-Control`, `Content-Type`, `Location`, `Retry-After`, `WWW-Authenticate`
//!   and `X-Content-Type-Options`. Other headers are of the connection, or come from settings of Hydra
//!   that the mock server does not have, such as the names of cookies.
//! - The members of a JSON body and of the header and claims of a JWT, one by one. Their order is not
//!   compared.
//! - Any other body as text. Of an HTML page, only that it is one: the mock server has its own pages.
//!
//! Values that are new in each response (ids, tokens, secrets, times, keys, the URL of the server) are
//! replaced by placeholders first.

mod case;
mod declared;
mod observation;
mod report;
mod request;
mod servers;
mod side;
mod table;
mod values;
mod wire;

use std::collections::BTreeSet;

use case::Case;
use observation::{Observation, observe};
use servers::Servers;
use side::{Side, verifier};
use values::Values;

pub use declared::{Declared, declared};
pub use report::{Difference, Report};

/// Sends all requests of the table to Hydra and to the mock server.
pub async fn compare() -> Report {
    let servers = Servers::start().await;
    let cases = table::cases();
    let mut differences = Vec::new();
    let mut requests = 0;
    for (index, case) in cases.iter().enumerate() {
        let user = format!("user-{index}");
        let hydra = run(case, servers.hydra(case), &user).await;
        let mock = run(case, servers.mock(case), &user).await;
        for (step, pair) in hydra.iter().zip(&mock).enumerate() {
            let (Some(hydra), Some(mock)) = pair else {
                continue; // an earlier request of the case failed
            };
            requests += 1;
            differences.extend(differing(&case.name_of_request(step), hydra, mock));
        }
    }
    Report::new(requests, differences, declared())
}

/// Sends the requests of a case to one server. [`None`] stands for a request that needs a value which no
/// earlier response had.
async fn run(case: &Case, side: &impl Side, user: &str) -> Vec<Option<Observation>> {
    let mut values = match &case.login {
        Some(login) => side.log_in(login, user).await,
        None => Values::default(),
    };
    values.set("url", side.url());
    values.set("admin URL", side.admin_url());
    values.set("login page", side.login_page());
    values.set("user", user);
    let mut seen = Vec::new();
    for request in &case.requests {
        if request.target.contains("<verifier>")
            && values.get("verifier").is_none()
            && let Some(challenge) = values.get("challenge")
        {
            let verifier = verifier(side, challenge).await;
            values.set("verifier", verifier);
        }
        let request = request.filled(&values);
        if request.target.contains('<') {
            seen.push(None);
            continue;
        }
        let server = if request.to_admin {
            side.admin_url()
        } else {
            side.url()
        };
        let response = wire::send(server, request).await;
        values.learn(&response);
        seen.push(Some(observe(&response, &values)));
    }
    seen
}

/// Returns the places that differ: only the status if it does, as most other places then differ, too.
fn differing(request: &str, hydra: &Observation, mock: &Observation) -> Vec<Difference> {
    let difference = |place: &str| Difference {
        request: request.to_owned(),
        place: place.to_owned(),
        hydra: hydra.get(place).cloned(),
        mock: mock.get(place).cloned(),
    };
    if hydra.get("status") != mock.get("status") {
        let with_error = |seen: &Observation| {
            let parts = ["status", "header location", "body.error_description"];
            let parts: Vec<_> = parts.iter().filter_map(|part| seen.get(*part)).collect();
            Some(
                parts
                    .iter()
                    .map(|part| part.as_str())
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        };
        return vec![Difference {
            hydra: with_error(hydra),
            mock: with_error(mock),
            ..difference("status")
        }];
    }
    let places: BTreeSet<&String> = hydra.keys().chain(mock.keys()).collect();
    places
        .into_iter()
        .filter(|place| hydra.get(*place) != mock.get(*place))
        .map(|place| difference(place))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Observation, differing};

    fn seen(parts: &[(&str, &str)]) -> Observation {
        let owned = |(place, value): &(&str, &str)| ((*place).to_owned(), (*value).to_owned());
        parts.iter().map(owned).collect()
    }

    #[test]
    fn other_missing_and_additional_places_differ() {
        let hydra = seen(&[("status", "200"), ("body.a", "1"), ("body.b", "2")]);
        let mock = seen(&[("status", "200"), ("body.a", "3"), ("body.c", "4")]);
        let places: Vec<_> = differing("request", &hydra, &mock)
            .into_iter()
            .map(|difference| (difference.place, difference.hydra, difference.mock))
            .collect();
        let text = |value: &str| Some(value.to_owned());
        assert_eq!(
            places,
            [
                ("body.a".to_owned(), text("1"), text("3")),
                ("body.b".to_owned(), text("2"), None),
                ("body.c".to_owned(), None, text("4")),
            ]
        );
        assert!(differing("request", &hydra, &hydra).is_empty());
    }

    #[test]
    fn another_status_is_the_only_difference() {
        let hydra = seen(&[("status", "400"), ("body.error_description", "no")]);
        let mock = seen(&[("status", "201"), ("body.client_id", "x")]);
        let found = differing("request", &hydra, &mock);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].hydra.as_deref(), Some("400 no"));
    }
}
