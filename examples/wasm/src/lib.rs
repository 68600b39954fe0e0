//! A client of Ory for JavaScript: `new Ory(url)`, and a method for each call.
//!
//! Results are plain objects. An error has the `kind` and the `status` that `ory-oidc` gives it.

#![cfg(target_arch = "wasm32")]

use js_sys::{JSON, Reflect};
use ory_oidc::registration::ExportedRegistration;
use ory_oidc::retry::RetryPolicy;
use ory_oidc::{AccessToken, Client, ClientMetadata, Error, IdToken, Registration, Subject};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// A client of one Ory server.
#[wasm_bindgen]
pub struct Ory(Client);

#[wasm_bindgen]
impl Ory {
    /// Creates a client. The time-out of a call is in milliseconds.
    #[wasm_bindgen(constructor)]
    pub fn new(url: String, timeout: Option<u32>) -> Result<Ory, JsValue> {
        let mut ory = Client::builder(url);
        if let Some(timeout) = timeout {
            ory = ory.timeout(Duration::from_millis(timeout.into()));
        }
        // Repeats failed reads, as the network of a browser is not reliable.
        let ory = ory.retry(RetryPolicy::new());
        ory.build().map(Ory).map_err(to_js_error)
    }

    /// Returns the provider's metadata.
    pub async fn discover(&self) -> Result<JsValue, JsValue> {
        let provider = self.0.discover().await.map_err(to_js_error)?;
        to_js(provider.fields())
    }

    /// Returns the claims of the user of an access token. `sub` is that of the user's ID token, if there
    /// is one.
    pub async fn userinfo(&self, token: String, sub: Option<String>) -> Result<JsValue, JsValue> {
        let token = AccessToken::new(token);
        let subject = sub.as_deref().map_or(Subject::Unchecked, Subject::Expect);
        let user = self.0.userinfo(&token, subject).await;
        let claims: Value = user.and_then(|user| user.claims()).map_err(to_js_error)?;
        to_js(&claims)
    }

    /// Sends a logout request without a browser, and tells what the server would do.
    pub async fn probe_logout(&self, id_token: String) -> Result<String, JsValue> {
        let logout = self.0.end_session(&IdToken::new(id_token));
        let outcome = self.0.logout_probe(&logout).await;
        Ok(format!("{:?}", outcome.map_err(to_js_error)?))
    }

    /// Registers a client, and returns its registration with its credentials.
    pub async fn register(&self, metadata: JsValue) -> Result<JsValue, JsValue> {
        let metadata: ClientMetadata = from_js(&metadata)?;
        let registration = self.0.register(&metadata).await.map_err(to_js_error)?;
        to_js(&registration.export())
    }

    /// Renames a registered client, and returns its registration, which has a new token.
    pub async fn rename(&self, registration: JsValue, name: String) -> Result<JsValue, JsValue> {
        let exported: ExportedRegistration = from_js(&registration)?;
        let mut registration = Registration::from(exported);
        let renamed = self.0.update_registration(&mut registration, |metadata| {
            metadata.set_client_name(name);
        });
        renamed.await.map_err(to_js_error)?;
        to_js(&registration.export())
    }

    /// Deletes a registered client.
    pub async fn delete(&self, registration: JsValue) -> Result<(), JsValue> {
        let exported: ExportedRegistration = from_js(&registration)?;
        let registration = Registration::from(exported);
        let deleted = self.0.delete_registration(&registration).await;
        deleted.map_err(to_js_error)
    }
}

fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let json = serde_json::to_string(value);
    JSON::parse(&json.map_err(|error| js_sys::Error::new(&error.to_string()))?)
}

fn from_js<T: DeserializeOwned>(value: &JsValue) -> Result<T, JsValue> {
    let json = String::from(JSON::stringify(value)?);
    Ok(serde_json::from_str(&json).map_err(|error| js_sys::Error::new(&error.to_string()))?)
}

/// An `Error` with `kind`, `status` if a response arrived, `cause`, and `debug`, a text for logs.
fn to_js_error(error: Error) -> JsValue {
    let js = with_cause(&error);
    set(&js, "kind", format!("{:?}", error.kind()).into());
    set(&js, "debug", format!("{error:?}").into());
    if let Some(status) = error.status() {
        set(&js, "status", status.as_u16().into());
    }
    js
}

fn with_cause(error: &dyn std::error::Error) -> JsValue {
    let js = js_sys::Error::new(&error.to_string()).into();
    if let Some(cause) = error.source() {
        set(&js, "cause", with_cause(cause));
    }
    js
}

fn set(object: &JsValue, name: &str, value: JsValue) {
    Reflect::set(object, &name.into(), &value).expect("an object takes any member");
}
