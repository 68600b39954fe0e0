//! The administrator's part: creating, reading and deleting clients.

use serde_json::Value;

use crate::error_response::ErrorResponse;
use crate::member::View;
use crate::metadata::Metadata;
use crate::mock::OryMock;
use crate::{administration, random, registration};

/// Clients, as an administrator manages them.
impl OryMock {
    /// Creates a client as an administrator does and returns its id. Unlike a client that registers
    /// itself, it may have its own `client_id`, `client_secret` and `metadata`.
    /// [`rotate_registration_token`](Self::rotate_registration_token) returns a registration access
    /// token for it.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({
    ///     "client_id": "my-app",
    ///     "redirect_uris": ["https://app.example/cb"],
    ///     "post_logout_redirect_uris": ["https://app.example/bye"],
    /// }));
    /// assert_eq!(client, "my-app");
    /// ```
    ///
    /// # Panics
    /// If Hydra would reject this metadata, or if a client has this `client_id`.
    #[must_use = "the returned id is the only way to address a client without its own `client_id`"]
    #[track_caller]
    pub fn create_client(&self, metadata: Value) -> String {
        let client = administration::create(&self.shared, self.decode(metadata));
        accepted(client).text("client_id").to_owned()
    }

    /// Returns the ids of all clients, sorted.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({}));
    /// assert_eq!(ory.registered_clients(), [client]);
    /// ```
    #[must_use]
    pub fn registered_clients(&self) -> Vec<String> {
        self.shared.state().clients.keys().cloned().collect()
    }

    /// Returns a client's stored metadata as `GET /oauth2/register/{id}` shows it: without the
    /// secret and the registration access token.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::start_blocking();
    /// let id = ory.create_client(json!({"client_name": "My app"}));
    /// assert_eq!(ory.client(&id).unwrap()["client_name"], "My app");
    /// assert_eq!(ory.client("another"), None);
    /// ```
    #[must_use]
    pub fn client(&self, id: &str) -> Option<Value> {
        let state = self.shared.state();
        let metadata = registration::visible_metadata(state.clients.get(id)?);
        serde_json::to_value(metadata.render(View::Read)).ok()
    }

    /// Returns the secret of a client, which the app under test needs. `None` if no client has this
    /// id.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({}));
    /// assert_eq!(ory.client_secret(&client).map(|secret| secret.len()), Some(26));
    /// ```
    #[must_use]
    pub fn client_secret(&self, id: &str) -> Option<String> {
        let state = self.shared.state();
        let secret = state.clients.get(id)?.metadata.text("client_secret");
        Some(secret.to_owned())
    }

    /// Changes a client with a JSON Patch (RFC 6902), as an administrator does with
    /// `PATCH /admin/clients/{id}`. Returns the metadata, as the admin API shows it.
    ///
    /// The client lives on with its id and secret, but its registration access token becomes
    /// invalid.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({}));
    /// let rename = json!([{"op": "replace", "path": "/client_name", "value": "My app"}]);
    /// assert_eq!(ory.patch_client(&client, rename)["client_name"], "My app");
    /// ```
    ///
    /// # Panics
    /// If no client has this id, or if Hydra would reject the patch: it supports only `add`,
    /// `remove` and `replace`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "tests pass the result of `json!`, as to all other methods"
    )]
    #[expect(clippy::must_use_candidate, reason = "a test may only want the change")]
    #[track_caller]
    pub fn patch_client(&self, id: &str, patch: Value) -> Value {
        shown(&accepted(administration::patch(&self.shared, id, &patch)))
    }

    /// Replaces all metadata of a client, as an administrator does with `PUT /admin/clients/{id}`.
    /// Returns the metadata, as the admin API shows it.
    ///
    /// The client lives on with its id and, unless the metadata has another one, its secret, but its
    /// registration access token becomes invalid.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({"client_name": "My app", "owner": "me"}));
    /// let replaced = ory.replace_client(&client, json!({"client_name": "Renamed"}));
    /// assert_eq!(replaced["client_name"], "Renamed");
    /// assert_eq!(replaced["owner"], "");
    /// ```
    ///
    /// # Panics
    /// If no client has this id, or if Hydra would reject this metadata.
    #[expect(clippy::must_use_candidate, reason = "a test may only want the change")]
    #[track_caller]
    pub fn replace_client(&self, id: &str, metadata: Value) -> Value {
        shown(&accepted(administration::replace(
            &self.shared,
            id,
            self.decode(metadata),
        )))
    }

    /// Replaces all token lifespans of a client, as an administrator does with
    /// `PUT /admin/clients/{id}/lifespans`. Returns the metadata, as the admin API shows it.
    ///
    /// The registration access token of the client stays valid.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({}));
    /// let lifespans = json!({"authorization_code_grant_access_token_lifespan": "30m"});
    /// let changed = ory.set_client_lifespans(&client, lifespans);
    /// assert_eq!(changed["authorization_code_grant_access_token_lifespan"], "30m0s");
    /// ```
    ///
    /// # Panics
    /// If no client has this id, or if a lifespan is not a Go duration such as `1h30m`.
    #[expect(clippy::must_use_candidate, reason = "a test may only want the change")]
    #[track_caller]
    pub fn set_client_lifespans(&self, id: &str, lifespans: Value) -> Value {
        shown(&accepted(administration::set_lifespans(
            &self.shared,
            id,
            &self.decode(lifespans),
        )))
    }

    /// Deletes a client and its tokens, as an administrator does. Does nothing if the client does
    /// not exist.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({}));
    /// ory.delete_client(&client);
    /// assert!(ory.registered_clients().is_empty());
    /// ```
    pub fn delete_client(&self, id: &str) {
        self.shared.state().remove_client(id);
    }

    /// Replaces a client's registration access token and returns the new one. The client is not
    /// told: the token that it holds becomes invalid.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({}));
    /// let token = ory.rotate_registration_token(&client);
    /// assert_ne!(token, ory.rotate_registration_token(&client));
    /// ```
    ///
    /// # Panics
    /// If no client has this id.
    #[expect(
        clippy::must_use_candidate,
        reason = "a test may only want to invalidate the old token"
    )]
    pub fn rotate_registration_token(&self, client_id: &str) -> String {
        let token = random::access_token();
        let mut state = self.shared.state();
        let Some(client) = state.clients.get_mut(client_id) else {
            panic!("no client has the id {client_id:?}");
        };
        client.registration_token = Some(token.clone());
        token
    }

    #[track_caller]
    fn decode(&self, metadata: Value) -> Metadata {
        match Metadata::decode(metadata, self.shared.config.version) {
            Ok(metadata) => metadata,
            Err(error) => panic!("Hydra would reject this client: {error}"),
        }
    }
}

#[track_caller]
fn accepted(client: Result<Metadata, ErrorResponse>) -> Metadata {
    match client {
        Ok(client) => client,
        Err(ErrorResponse {
            error, description, ..
        }) => panic!("Hydra would reject this request: {error} {description}"),
    }
}

fn shown(client: &Metadata) -> Value {
    serde_json::to_value(client.render(View::Administered))
        .expect("string keys and JSON values can be serialized")
}
