//! The administrator's part: creating, reading and deleting clients.

use serde_json::Value;

use crate::member::View;
use crate::metadata::Metadata;
use crate::mock::OryMock;
use crate::{random, registration};

/// Clients, as an administrator manages them.
impl OryMock {
    /// Creates a client as an administrator does and returns its id. Unlike a client that registers
    /// itself, it may have its own `client_id`, `client_secret` and `metadata`, and it has no
    /// registration access token.
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
    /// If Hydra would reject this metadata.
    #[must_use = "the returned id is the only way to address a client without its own `client_id`"]
    pub fn create_client(&self, metadata: Value) -> String {
        let mut metadata = match Metadata::decode(metadata) {
            Ok(metadata) => metadata,
            Err(error) => panic!("Hydra would reject this client: {error}"),
        };
        if metadata.text("client_id").is_empty() {
            metadata.set("client_id", random::uuid());
        }
        match registration::store_client(&self.shared, metadata, None) {
            Ok(client) => client.text("client_id").to_owned(),
            Err(error) => panic!("Hydra would reject this client: {}", error.description),
        }
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
}
