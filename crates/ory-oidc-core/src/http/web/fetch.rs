//! Calls `fetch`.

use super::error::HttpError;
use js_sys::{Function, Promise, Reflect, Uint8Array};
use reqwest::header::HeaderValue;
use reqwest::{Body, Request};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestInit, RequestRedirect, Response};

/// Aborts a request that has not ended.
pub(super) struct AbortOnDrop(AbortController);

impl Default for AbortOnDrop {
    fn default() -> Self {
        Self(AbortController::new().expect("every runtime with fetch has an AbortController"))
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends a request without following redirects.
pub(super) async fn fetch(request: &Request, abort: &AbortOnDrop) -> Result<Response, HttpError> {
    let fetched = call(request, abort).await;
    let response = fetched.map_err(|error| HttpError::new(&error, request.url()))?;
    // Not checked, as a replaced `fetch` may return a class of its own.
    Ok(response.unchecked_into())
}

async fn call(request: &Request, abort: &AbortOnDrop) -> Result<JsValue, JsValue> {
    let global = js_sys::global();
    let init = RequestInit::new();
    init.set_method(request.method().as_str());
    // A redirect could take a token to another server.
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&abort.0.signal()));
    // Neither cookies nor the cache of a browser. Runtimes without these refuse the members.
    let class = Reflect::get(&global, &"Request".into())?;
    let known = Reflect::get(&class, &"prototype".into())?;
    for (name, value) in [("credentials", "omit"), ("cache", "no-store")] {
        if Reflect::has(&known, &name.into())? {
            Reflect::set(&init, &name.into(), &value.into())?;
        }
    }
    let headers = Headers::new()?;
    for (name, value) in request.headers() {
        headers.append(name.as_str(), &byte_string(value))?;
    }
    init.set_headers_headers(&headers);
    if let Some(body) = request.body().and_then(Body::as_bytes) {
        init.set_body(&Uint8Array::from(body));
    }
    let fetch: Function = Reflect::get(&global, &"fetch".into())?.dyn_into()?;
    let response = fetch.call2(&global, &request.url().as_str().into(), &init)?;
    JsFuture::from(Promise::resolve(&response)).await
}

/// In JavaScript, each byte of a header is a character.
fn byte_string(value: &HeaderValue) -> String {
    value.as_bytes().iter().copied().map(char::from).collect()
}
