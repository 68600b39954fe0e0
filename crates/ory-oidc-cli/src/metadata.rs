//! Client metadata from options and files.

use crate::failure::Failure;
use crate::input::parse_document;
use clap::Args;
use ory_oidc::ClientMetadata;
use ory_oidc::error::RequestError;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// The metadata of a client (RFC 7591 §2).
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Client metadata")]
pub(crate) struct MetadataOptions {
    /// A JSON or YAML file with members such as client_name. `-` is the standard input
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,

    /// Where users return after login. Repeatable
    #[arg(long, value_name = "URL")]
    redirect_uri: Vec<String>,

    /// The name that users see
    #[arg(long, value_name = "TEXT")]
    client_name: Option<String>,

    /// The scopes that the client may request. Repeatable
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,

    /// Any other member. The value is JSON, or else a text. Repeatable
    #[arg(long, value_name = "MEMBER=VALUE", value_parser = assignment)]
    set: Vec<(String, Value)>,
}

impl MetadataOptions {
    pub(crate) fn is_empty(&self) -> bool {
        self.metadata.is_none()
            && self.redirect_uri.is_empty()
            && self.client_name.is_none()
            && self.scope.is_empty()
            && self.set.is_empty()
    }

    /// Returns metadata with the members that the options set, and no others.
    pub(crate) fn metadata(&self) -> Result<ClientMetadata, Failure> {
        let members = self.members()?;
        let mut metadata = ClientMetadata::default();
        set_all(&mut metadata, members);
        metadata.validate().map_err(|error| invalid(&error))?;
        Ok(metadata)
    }

    /// Returns the members that the options set. A later option replaces a member of the file.
    pub(crate) fn members(&self) -> Result<Map<String, Value>, Failure> {
        let mut members = match &self.metadata {
            Some(path) => members_in(path)?,
            None => Map::new(),
        };
        if !self.redirect_uri.is_empty() {
            members.insert("redirect_uris".into(), self.redirect_uri.clone().into());
        }
        if let Some(name) = &self.client_name {
            members.insert("client_name".into(), name.clone().into());
        }
        if !self.scope.is_empty() {
            members.insert("scope".into(), self.scope.join(" ").into());
        }
        members.extend(self.set.iter().cloned());
        Ok(members)
    }
}

fn members_in(path: &Path) -> Result<Map<String, Value>, Failure> {
    parse_document(path)
}

/// Sets members by their names.
pub(crate) fn set_all(metadata: &mut ClientMetadata, members: Map<String, Value>) {
    for (name, value) in members {
        metadata.set_member(name, value);
    }
}

pub(crate) fn invalid(error: &RequestError) -> Failure {
    Failure::usage("the client metadata cannot be sent")
        .because(error)
        .fix("correct or omit what is named above; nothing was sent")
}

fn assignment(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("expected MEMBER=VALUE, such as subject_type=pairwise")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_json_or_else_a_text() {
        for (text, value) in [
            ("a=true", json!(true)),
            ("a=[\"x\"]", json!(["x"])),
            ("a=x=y", json!("x=y")),
            ("a=", json!("")),
            ("a=30m", json!("30m")),
        ] {
            assert_eq!(assignment(text), Ok(("a".to_owned(), value)), "{text}");
        }
        assert!(assignment("a").is_err());
        assert!(assignment("=a").is_err());
    }
}
