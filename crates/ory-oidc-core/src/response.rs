//! A response: status, headers and body.

use crate::changes::Changes;
use crate::error::{DecodeError, Error, FailedAttempt};
use crate::json::{check, utf8};
use crate::locate::locate;
use crate::media_type::media_type;
use crate::model::Model;
use crate::number::in_range;
use crate::response_info::ResponseInfo;
use crate::text::clip;
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;

/// A successful response: status, headers and the bytes of the body. `T` is the type that the body
/// decodes to.
///
/// [`Debug`](fmt::Debug) shows neither headers nor body, since both can hold secrets.
pub struct Response<T> {
    raw: RawResponse,
    decoded: PhantomData<fn() -> T>,
}

impl Response<()> {
    pub(crate) fn new(info: ResponseInfo, body: Bytes) -> Self {
        Self {
            raw: RawResponse { info, body },
            decoded: PhantomData,
        }
    }

    /// Adds the attempts that failed before.
    pub(crate) fn after(mut self, attempts: Vec<FailedAttempt>) -> Self {
        self.raw.info = self.raw.info.after(attempts);
        self
    }
}

impl<T> Response<T> {
    /// Returns this response as one whose body decodes to `U`.
    ///
    /// ```
    /// use ory_oidc_core::Response;
    ///
    /// fn names(response: Response<()>) -> Response<Vec<String>> {
    ///     response.typed()
    /// }
    /// ```
    #[must_use]
    pub fn typed<U>(self) -> Response<U> {
        Response {
            raw: self.raw,
            decoded: PhantomData,
        }
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.raw.info.status()
    }

    /// Returns the headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.raw.info.headers()
    }

    /// Returns the status, the headers, the request id and the rate limit of the response.
    #[must_use]
    pub fn info(&self) -> &ResponseInfo {
        &self.raw.info
    }

    /// Returns the unchanged body. It may hold secrets.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.raw.body
    }

    /// Returns the media type without its parameters, such as `application/json`; empty if the
    /// response has none. Compare it case-insensitively (RFC 9110 §8.3.1).
    #[must_use]
    pub fn media_type(&self) -> &str {
        media_type(self.headers())
    }

    /// Whether the response has this media type.
    #[must_use]
    pub fn is(&self, media_type: &str) -> bool {
        self.media_type().eq_ignore_ascii_case(media_type)
    }

    /// Takes the response apart into status, headers and body.
    #[must_use]
    pub fn into_parts(self) -> (StatusCode, HeaderMap, Bytes) {
        let (_, status, headers) = self.raw.info.into_parts();
        (status, headers, self.raw.body)
    }

    /// Returns the status, the headers, the request id and the rate limit, and drops the body.
    #[must_use]
    pub fn into_info(self) -> ResponseInfo {
        self.raw.info
    }

    /// Decodes the body as JSON to a type of the caller's choice.
    ///
    /// # Errors
    /// [`Error::Decode`], which names the place in the document.
    pub fn decode_as<U: DeserializeOwned>(&self) -> Result<U, Error> {
        let decoded = decode(&self.raw.body, |json| serde_json::from_slice(json));
        decoded.map_err(|undecodable| self.raw.undecodable(undecodable))
    }

    /// Describes this response as one that cannot be read, for example because of its media type.
    #[must_use]
    pub fn decode_error(&self, problem: impl Into<String>) -> DecodeError {
        self.raw.decode_error(problem.into())
    }

    /// Returns the body if it is a JSON object in which, at any depth, no object has two members of
    /// one name. A byte order mark is removed, and a number that is out of range is replaced by the
    /// largest or the smallest one.
    ///
    /// # Errors
    /// [`Error::Decode`], which names the place in the document.
    pub fn json_object(&self) -> Result<Bytes, Error> {
        self.raw.checked(None).map(|(object, _)| object)
    }

    /// Does the same as [`json_object`](Self::json_object), and returns a member if it is a text.
    ///
    /// # Errors
    /// As for [`json_object`](Self::json_object).
    pub fn json_object_with_text(&self, name: &str) -> Result<(Bytes, Option<String>), Error> {
        self.raw.checked(Some(name))
    }
}

/// A response without its type, so that its methods are compiled once.
struct RawResponse {
    info: ResponseInfo,
    body: Bytes,
}

impl RawResponse {
    fn decode_error(&self, problem: String) -> DecodeError {
        DecodeError::new(self.info.operation(), self.info.status(), problem)
            .with_response(self.info.headers().clone(), self.body.clone())
            .after(self.info.failed_attempts().to_vec())
    }

    /// Checks the body, and returns it with the member of this name if it is a text.
    fn checked(&self, kept: Option<&str>) -> Result<(Bytes, Option<String>), Error> {
        let object = self.body.slice_ref(without_mark(&self.body));
        let error = match check(&object, kept) {
            Ok(checked) => return Ok((object, checked)),
            Err(error) => error,
        };
        let readable = in_range(&object).and_then(|json| {
            let checked = check(&json, kept).ok()?;
            Some((json.into(), checked))
        });
        readable.ok_or_else(|| self.undecodable(Undecodable::new(&object, error)))
    }

    fn undecodable(&self, Undecodable { error, path }: Undecodable) -> Error {
        match not_json(self.info.headers(), &self.body) {
            Some(problem) => self.decode_error(problem).into(),
            None => self.decode_error(describe(&error)).with_path(path).into(),
        }
    }
}

impl<T: Decode> Response<T> {
    /// Decodes the body as JSON.
    ///
    /// # Errors
    /// [`Error::Decode`], which names the place in the document.
    pub fn decode(&self) -> Result<T, Error> {
        self.decode_beside(None).map(Changes::into_model)
    }

    /// Decodes the body as JSON. Texts and lists that equal those of the known model are not copied.
    ///
    /// # Errors
    /// As for [`decode`](Self::decode).
    pub fn decode_beside(&self, known: Option<&T>) -> Result<Changes<T>, Error> {
        let decoded = T::decode_beside(&self.raw.body, known);
        decoded.map_err(|undecodable| self.raw.undecodable(undecodable))
    }
}

impl<T> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status())
            .field("media_type", &clip(self.media_type()))
            .field("bytes", &self.body().len())
            .finish_non_exhaustive()
    }
}

/// A model that decodes itself, so that its decoder is compiled once, in the crate of the model.
/// [`Response::decode_as`] decodes other types.
pub trait Decode: Model {
    /// Decodes a JSON body beside a known model.
    ///
    /// # Errors
    /// [`Undecodable`], for [`Response::decode`] to report.
    fn decode_beside(body: &[u8], known: Option<&Self>) -> Result<Changes<Self>, Undecodable>;

    /// Decodes a JSON body.
    ///
    /// # Errors
    /// As for [`decode_beside`](Self::decode_beside).
    fn decode(body: &[u8]) -> Result<Self, Undecodable> {
        Self::decode_beside(body, None).map(Changes::into_model)
    }
}

/// The reason why a body is not the expected JSON. It may quote the body, so [`Debug`](fmt::Debug)
/// shows nothing of it. [`DecodeError`] describes it without the quoted value.
pub struct Undecodable {
    error: serde_json::Error,
    path: Option<String>,
}

impl fmt::Debug for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undecodable").finish_non_exhaustive()
    }
}

impl Undecodable {
    /// Finds the path of an error.
    fn new(json: &[u8], error: serde_json::Error) -> Self {
        let path = locate(json, error.line(), error.column());
        Self { error, path }
    }
}

/// Decodes a JSON object, with or without a byte order mark (RFC 8259 §8.1), beside a known model, and
/// finds the path of an error. A number that is out of range, such as `1e999`, is read as the largest
/// or the smallest one.
///
/// # Errors
/// [`Undecodable`], also for any text that is not UTF-8.
pub fn from_json<M: Model>(body: &[u8], known: Option<&M>) -> Result<Changes<M>, Undecodable> {
    let mut changes = Changes::new();
    decode(body, |json| {
        let mut deserializer = serde_json::Deserializer::from_str(utf8(json)?);
        let read = changes.read(known, &mut deserializer);
        read.and_then(|()| deserializer.end())
            .inspect_err(|_| changes = Changes::new())
    })?;
    Ok(changes)
}

fn decode<T>(
    body: &[u8],
    mut read: impl FnMut(&[u8]) -> Result<T, serde_json::Error>,
) -> Result<T, Undecodable> {
    let json = without_mark(body);
    read(json).or_else(|error| {
        let json = in_range(json).ok_or_else(|| Undecodable::new(json, error))?;
        read(&json).map_err(|error| Undecodable::new(&json, error))
    })
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// How compressed bodies begin.
const COMPRESSED: [(&[u8], &str); 5] = [
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x78\x01", "deflate"),
    (b"\x78\x9c", "deflate"),
    (b"\x78\xda", "deflate"),
];

/// Explains what a body is that cannot be JSON, if that can be told.
fn not_json(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let encoding = headers.get(CONTENT_ENCODING);
    let encoding = encoding.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let encoding = encoding.filter(|encoding| !encoding.trim().eq_ignore_ascii_case("identity"));
    let body = body.trim_ascii_start();
    let known = if body.is_empty() {
        "the body is empty"
    } else if let Some(encoding) = encoding {
        return Some(format!(
            "the body is encoded with {:?}, which the request does not accept",
            clip(&encoding)
        ));
    } else if let Some((_, name)) = COMPRESSED.iter().find(|(mark, _)| body.starts_with(mark)) {
        return Some(format!(
            "the body is compressed with {name}, which the request does not accept"
        ));
    } else if body.starts_with(b"\xfe\xff")
        || body.starts_with(b"\xff\xfe")
        || body.iter().take(2).any(|byte| *byte == 0)
    {
        "the body is UTF-16, expected UTF-8"
    } else if body.starts_with(b"<") {
        "the body is HTML or XML, expected JSON"
    } else {
        return None;
    };
    Some(known.to_owned())
}

/// Returns the message of a JSON error without the value that it quotes.
fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&place).unwrap_or(&text);
    let text = match (text.split_once(": "), text.rsplit_once(", expected ")) {
        (Some((kind, _)), Some((_, expected))) => format!("{kind}, expected {expected}"),
        // Of the messages about data, only these are known to quote no value.
        _ if error.is_data()
            && !text.starts_with("missing field")
            && !text.starts_with("duplicate ") =>
        {
            "invalid data".to_owned()
        }
        _ => text.to_owned(),
    };
    format!("{text} (line {} column {})", error.line(), error.column())
}
