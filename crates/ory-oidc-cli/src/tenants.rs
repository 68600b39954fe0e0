//! A list of registrations, for `ensure --file`.

use crate::failure::Failure;
use crate::input::parse_document;
use crate::metadata::{invalid, set_all};
use ory_oidc::ClientMetadata;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::Path;

/// The file: a list, or a list with the metadata that all of them share.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    defaults: Map<String, Value>,
    registrations: Vec<Map<String, Value>>,
}

/// Reads the names and their metadata. `options` are defaults, too.
pub(crate) fn read(
    path: &Path,
    options: &Map<String, Value>,
) -> Result<Vec<(String, ClientMetadata)>, Failure> {
    let document: Value = parse_document(path)?;
    let unusable = |why: String| {
        Failure::usage(format!("cannot use {}", path.display()))
            .why(why)
            .fix("see `ory-oidc ensure --help` for an example")
    };
    let file = match document {
        Value::Array(_) => serde_json::from_value(document).map(|registrations| File {
            defaults: Map::new(),
            registrations,
        }),
        other => serde_json::from_value(other),
    };
    let file = file.map_err(|error| unusable(error.to_string()))?;
    let mut names = BTreeSet::new();
    let mut wanted = Vec::with_capacity(file.registrations.len());
    for (index, mut members) in file.registrations.into_iter().enumerate() {
        let Some(Value::String(name)) = members.remove("name") else {
            let place = index + 1;
            return Err(unusable(format!("registration {place} has no text `name`")));
        };
        if !names.insert(name.clone()) {
            return Err(unusable(format!("{name:?} is listed twice")));
        }
        let mut metadata = ClientMetadata::default();
        for members in [options.clone(), file.defaults.clone(), members] {
            set_all(&mut metadata, members);
        }
        let checked = metadata.validate();
        checked.map_err(|error| invalid(&error).why(format!("registration {name:?}")))?;
        wanted.push((name, metadata));
    }
    if wanted.is_empty() {
        return Err(unusable("it lists no registration".into()));
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fs;

    fn parse(name: &str, text: &str) -> Result<Vec<(String, ClientMetadata)>, Failure> {
        let folder = tempfile::tempdir().expect("a folder can be created");
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file can be written");
        let options = json!({"client_uri": "https://app.example", "scope": "openid"});
        let options = options.as_object().expect("an object");
        read(&path, options)
    }

    #[test]
    fn yaml_and_json_lists_have_defaults_that_a_registration_overrides() {
        let yaml = "
defaults:
  scope: openid offline_access
registrations:
  - name: red
    redirect_uris: [https://red.example/callback]
  - name: blue
    scope: openid
";
        let json = json!({
            "defaults": {"scope": "openid offline_access"},
            "registrations": [
                {"name": "red", "redirect_uris": ["https://red.example/callback"]},
                {"name": "blue", "scope": "openid"},
            ],
        });
        let expected = vec![
            (
                "red".to_owned(),
                ClientMetadata::new(["https://red.example/callback"])
                    .client_uri("https://app.example")
                    .scope(["openid", "offline_access"]),
            ),
            (
                "blue".to_owned(),
                ClientMetadata::default()
                    .client_uri("https://app.example")
                    .scope(["openid"]),
            ),
        ];
        assert_eq!(parse("a.yaml", yaml).expect("usable"), expected);
        assert_eq!(
            parse("a.json", &json.to_string()).expect("usable"),
            expected
        );
    }

    #[test]
    fn an_unusable_list_is_refused_with_its_problem() {
        for (text, problem) in [
            ("[{\"name\": \"red\"}, {\"name\": \"red\"}]", "twice"),
            (
                "[{\"redirect_uris\": []}]",
                "registration 1 has no text `name`",
            ),
            ("[]", "no registration"),
            ("{\"clients\": []}", "clients"),
            (
                "[{\"name\": \"red\", \"skip_consent\": true}]",
                "skip_consent",
            ),
            ("[", "EOF"),
        ] {
            let failure = parse("a.json", text).expect_err(text);
            let shown = failure.why.join(" ");
            assert!(shown.contains(problem), "{text}: {shown}");
        }
    }
}
