//! Errors of the JavaScript runtime.

use crate::text::{clip, without_query};
use js_sys::Reflect;
use std::fmt;
use url::Url;
use wasm_bindgen::JsValue;

/// An error of the JavaScript runtime: its message and that of its cause.
#[derive(Debug)]
pub(crate) struct HttpError(String);

impl HttpError {
    /// Some runtimes name the URL in the message. Its query, which may hold a token, is left out.
    pub(super) fn new(error: &JsValue, url: &Url) -> Self {
        let text = |value: &JsValue, name: &str| {
            let member = Reflect::get(value, &name.into()).ok()?.as_string()?;
            (!member.is_empty()).then_some(member)
        };
        let message = text(error, "message");
        // Node.js has the reason in the cause; browsers tell none.
        let cause = Reflect::get(error, &"cause".into()).ok();
        let cause =
            cause.and_then(|cause| text(&cause, "message").or_else(|| text(&cause, "code")));
        let texts: Vec<_> = message.into_iter().chain(cause).collect();
        Self(clip(&without_query(&texts.join(": "), url.query())))
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HttpError {}
