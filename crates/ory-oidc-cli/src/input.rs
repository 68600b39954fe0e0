//! Files and secrets that a command reads.

use crate::failure::Failure;
use crate::prompt;
use ory_oidc_core::text::clip;
use std::io::Read as _;
use std::path::Path;
use std::{env, fs, io};

/// Tokens are short; this is for a wrong file.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Reads a file that may hold secrets, or the standard input (`-`). A terminal would show them.
pub(crate) fn read_secret_file(path: &Path) -> Result<Vec<u8>, Failure> {
    match Input::open(path)? {
        Input::Terminal(_) => Err(Failure::usage(
            "the terminal would show the secrets of what you paste",
        )
        .fix("name a file, or redirect the standard input")),
        Input::Other(from) => read(path, from),
    }
}

/// Reads a file. The path `-` is the standard input.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    match Input::open(path)? {
        Input::Terminal(from) | Input::Other(from) => read(path, from),
    }
}

fn read(path: &Path, from: Box<dyn io::Read>) -> Result<Vec<u8>, Failure> {
    read_bounded(from).map_err(|error| unreadable(path, &error))
}

/// What a path names.
enum Input {
    /// Also by another name, such as `/dev/stdin`.
    Terminal(Box<dyn io::Read>),
    Other(Box<dyn io::Read>),
}

impl Input {
    fn open(path: &Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Ok(Self::of(io::stdin()));
        }
        let file = fs::File::open(path).map_err(|error| unreadable(path, &error))?;
        Ok(Self::of(file))
    }

    fn of(from: impl io::Read + io::IsTerminal + 'static) -> Self {
        if from.is_terminal() {
            Self::Terminal(Box::new(from))
        } else {
            Self::Other(Box::new(from))
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot read {}", path.display())).why(error.to_string())
}

fn read_bounded(from: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is larger than 16 MiB"));
    }
    Ok(bytes)
}

/// Reads a secret from a file, from the standard input (`-`), or from an environment variable.
/// [`None`] if neither is given, or if the variable is empty. An argument would be visible to every user of the machine.
pub(crate) fn secret(path: Option<&Path>, variable: &str) -> Result<Option<String>, Failure> {
    let Some(path) = path else {
        let text = env::var(variable).unwrap_or_default();
        let text = text.trim();
        return Ok((!text.is_empty()).then(|| text.to_owned()));
    };
    let unusable = |problem| Failure::usage(format!("{} {problem}", path.display()));
    let text = match Input::open(path)? {
        Input::Terminal(_) => {
            let prompt = "Paste the token, which is not shown, and press Enter:";
            prompt::hidden_line(prompt).map_err(|error| unreadable(path, &error))?
        }
        Input::Other(from) => {
            String::from_utf8(read(path, from)?).map_err(|_| unusable("is not text"))?
        }
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(unusable("has no token"));
    }
    Ok(Some(text.to_owned()))
}

/// Parses a JSON or YAML file. YAML contains JSON, but a JSON parser explains an error in a JSON file
/// better.
pub(crate) fn parse_document<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let bytes = read_file(path)?;
    let cannot = |why: String| {
        Failure::usage(format!("cannot use {}", path.display()))
            .why(why)
            .fix("see `ory-oidc ensure --help` and `ory-oidc register --help` for examples")
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| cannot("it is not UTF-8 text".into()))?;
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        serde_json::from_str(text).map_err(|error| cannot(error.to_string()))
    } else {
        // The error's snippet of the file could quote a secret.
        serde_saphyr::from_str(text)
            .map_err(|error| cannot(clip(&error.without_snippet().to_string())))
    }
}
