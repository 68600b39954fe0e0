//! The response of `fetch`.

use super::error::HttpError;
use bytes::Bytes;
use js_sys::{Array, Reflect, Uint8Array};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};
use tokio::sync::mpsc;
use url::Url;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, ReadableStream, ReadableStreamDefaultReader};

/// A response whose body is still arriving.
pub(crate) struct Response {
    status: StatusCode,
    headers: HeaderMap,
    chunks: mpsc::Receiver<Result<Bytes, HttpError>>,
}

impl Response {
    /// Reads status and headers. [`None`] for a redirect in a browser, which has no status there.
    pub(super) fn new(
        response: &web_sys::Response,
        chunks: mpsc::Receiver<Result<Bytes, HttpError>>,
    ) -> Option<Self> {
        Some(Self {
            status: StatusCode::from_u16(response.status()).ok()?,
            headers: headers(&response.headers()),
            chunks,
        })
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// Unknown: `Content-Length` is that of a body that may have been compressed.
    #[allow(clippy::unused_self)] // As on other platforms.
    pub(crate) fn content_length(&self) -> Option<u64> {
        None
    }

    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        self.chunks.recv().await.transpose()
    }
}

fn headers(headers: &Headers) -> HeaderMap {
    let entries = headers.entries().into_iter().flatten();
    let mut map = HeaderMap::new();
    for (name, value) in entries.filter_map(header) {
        // Runtimes permit far fewer headers than the map.
        let _ = map.try_append(name, value);
    }
    // The runtime has decoded the body.
    map.remove(CONTENT_ENCODING);
    map
}

/// Returns the name and the value of an entry. In JavaScript, each byte is a character.
fn header(entry: JsValue) -> Option<(HeaderName, HeaderValue)> {
    let entry: Array = entry.dyn_into().ok()?;
    let (name, value) = (entry.get(0).as_string()?, entry.get(1).as_string()?);
    let value: Option<Vec<_>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    Some((name, HeaderValue::from_bytes(&value?).ok()?))
}

/// Sends the chunks of the body from a URL, each when it is asked for.
pub(super) async fn send_chunks(
    body: Option<ReadableStream>,
    url: &Url,
    chunks: &mpsc::Sender<Result<Bytes, HttpError>>,
) {
    let Some(body) = body else { return };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    loop {
        let read = JsFuture::from(reader.read()).await;
        let Some(chunk) = read.and_then(|read| chunk(&read)).transpose() else {
            return;
        };
        let chunk = chunk.map_err(|error| HttpError::new(&error, url));
        let is_last = chunk.is_err();
        if chunks.send(chunk).await.is_err() || is_last {
            return;
        }
    }
}

/// Returns the chunk that was read; [`None`] at the end of the body.
fn chunk(read: &JsValue) -> Result<Option<Bytes>, JsValue> {
    let value = Reflect::get(read, &"value".into())?;
    if value.is_undefined() {
        return Ok(None);
    }
    let bytes: Uint8Array = value.dyn_into()?;
    Ok(Some(bytes.to_vec().into()))
}
