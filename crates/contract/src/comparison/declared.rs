//! The differences that are declared, in `declared-differences.json`.
//!
//! The file is a JSON array. Each entry has a `name`, a `reason`, the names of the `requests` where it
//! shows, and the `places` of the response, such as `status` or `body.scope`. Every request and every
//! place must still differ.

use serde_json::Value;

/// A difference that is not to be mended.
#[derive(Clone, Debug)]
pub struct Declared {
    /// A short name.
    pub name: String,
    /// Why the mock server differs.
    pub reason: String,
    /// The names of the requests where it shows.
    requests: Vec<String>,
    /// The places of a response where it shows, such as `body.scope`.
    places: Vec<String>,
}

/// Returns the declared differences of the checked-in file.
///
/// # Panics
/// If the file is not as described above.
#[must_use]
pub fn declared() -> Vec<Declared> {
    parse(include_str!("../../declared-differences.json"))
}

pub(super) fn parse(text: &str) -> Vec<Declared> {
    let list: Vec<Value> = serde_json::from_str(text).expect("the file is a JSON array");
    let of = |entry: &Value| {
        let text = |name: &str| {
            let text = entry[name].as_str().filter(|text| !text.is_empty());
            text.unwrap_or_else(|| panic!("a declared difference has no {name}: {entry}"))
                .to_owned()
        };
        let texts = |name: &str| -> Vec<String> {
            let list = entry[name].as_array().into_iter().flatten();
            let list: Vec<_> = list.filter_map(Value::as_str).map(str::to_owned).collect();
            assert!(
                !list.is_empty(),
                "a declared difference has no {name}: {entry}"
            );
            list
        };
        Declared {
            name: text("name"),
            reason: text("reason"),
            requests: texts("requests"),
            places: texts("places"),
        }
    };
    list.iter().map(of).collect()
}

impl Declared {
    pub(super) fn covers(&self, request: &str, place: &str) -> bool {
        self.requests.iter().any(|known| known == request)
            && self.places.iter().any(|known| known == place)
    }

    pub(super) fn requests(&self) -> impl Iterator<Item = &str> {
        self.requests.iter().map(String::as_str)
    }

    pub(super) fn places(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::{declared, parse};

    #[test]
    fn the_checked_in_file_is_readable() {
        assert!(declared().iter().all(|known| !known.reason.is_empty()));
    }

    #[test]
    #[should_panic(expected = "a declared difference has no reason")]
    fn a_difference_without_a_reason_cannot_be_declared() {
        let _ = parse(r#"[{"name": "x", "requests": ["a"], "places": ["status"]}]"#);
    }
}
