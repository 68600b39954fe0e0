//! The handle of a running double: what a test asks of it, and what an administrator or a login app
//! would do.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::members::{Metadata, View};
use crate::server::Server;
use crate::state::Shared;
use crate::{Fault, OryMockBuilder, RecordedRequest, logout, random, registration};

/// A running double of an Ory server, with state of its own; it stops when it is dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ory_oidc_mock::OryMock;
/// use serde_json::json;
///
/// let ory = OryMock::start().await;
/// let token = ory.issue_access_token(json!({"sub": "user-1", "groups": ["a"]}));
///
/// let userinfo = reqwest::Client::new().get(format!("{}/userinfo", ory.url()));
/// let answer = userinfo.bearer_auth(&token).send().await?;
/// assert_eq!(answer.status(), 200);
/// assert_eq!(ory.requests_to("GET", "/userinfo").len(), 1);
/// # Ok(())
/// # }
/// ```
#[must_use = "the double stops when it is dropped"]
pub struct OryMock {
    pub(crate) shared: Arc<Shared>,
    _server: Server,
}

impl OryMock {
    pub(crate) fn new(shared: Arc<Shared>, server: Server) -> Self {
        Self {
            shared,
            _server: server,
        }
    }

    /// Starts a double with the default settings on a free port of the loopback interface.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let ory = ory_oidc_mock::OryMock::start().await;
    /// assert_eq!(ory.issuer(), ory.url());
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the operating system gives no port or no thread.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// [`start`](Self::start) for a test without an async runtime.
    ///
    /// ```
    /// let ory = ory_oidc_mock::OryMock::start_blocking();
    /// assert!(ory.url().starts_with("http://127.0.0.1:"));
    /// ```
    ///
    /// # Panics
    /// If the operating system gives no port or no thread.
    pub fn start_blocking() -> Self {
        Self::builder().start_blocking()
    }

    /// Settings for a double that is to behave other than by default.
    ///
    /// ```
    /// let ory = ory_oidc_mock::OryMock::builder().registration(false).start_blocking();
    /// assert!(ory.registered_clients().is_empty());
    /// ```
    pub fn builder() -> OryMockBuilder {
        OryMockBuilder::new()
    }

    /// Where the double listens, `http://127.0.0.1:<port>`: what a client takes for the address of
    /// Ory.
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// assert!(ory.url().starts_with("http://127.0.0.1:"));
    /// ```
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.config.url
    }

    /// The issuer that discovery and tokens name: [`url`](Self::url), unless the builder was told
    /// otherwise.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().issuer("https://id.example").start_blocking();
    /// assert_eq!(ory.issuer(), "https://id.example");
    /// ```
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.shared.config.issuer
    }

    /// Begins the session of a user, or finds the one there is. Returns the `Cookie` header by
    /// which a browser shows it.
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// let cookie = ory.begin_session("user-1");
    /// assert!(cookie.starts_with("ory_hydra_session="));
    /// ```
    #[must_use]
    pub fn begin_session(&self, subject: &str) -> String {
        format!(
            "{}={}",
            logout::COOKIE,
            self.shared.state().session_of(subject).cookie
        )
    }

    /// Whether a user has a session: no longer once the user has logged out.
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// assert!(!ory.has_session("user-1"));
    /// ```
    #[must_use]
    pub fn has_session(&self, subject: &str) -> bool {
        self.shared
            .state()
            .sessions
            .iter()
            .any(|session| session.subject == subject)
    }

    /// What the login app does when the user agrees to log out. Takes the challenge, or the whole
    /// address the browser was sent to; returns the address, with its `logout_verifier`, that the
    /// browser is sent to next.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::start().await;
    /// let client = ory.create_client(json!({"client_id": "my-app"}));
    /// let id_token = ory.issue_id_token(&client, "user-1");
    /// let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    ///
    /// let logout = format!("{}/oauth2/sessions/logout?id_token_hint={id_token}", ory.url());
    /// let to_login_app = browser.get(logout).send().await?;
    /// let back = ory.accept_logout(to_login_app.headers()["location"].to_str()?);
    /// assert_eq!(browser.get(back).send().await?.status(), 302);
    /// assert!(!ory.has_session("user-1"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// If no log-out waits with this challenge.
    #[must_use]
    pub fn accept_logout(&self, challenge: &str) -> String {
        logout::accept(&self.shared, challenge).expect("a log-out that waits with this challenge")
    }

    /// Adds a client as an administrator would: it may bring its own `client_id`, `client_secret`
    /// and `metadata`, and it has no registration access token. Returns its id.
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
    /// If the metadata is not a JSON object that Ory would accept.
    #[must_use = "without a `client_id` of its own the client has a new one"]
    pub fn create_client(&self, metadata: Value) -> String {
        let mut metadata = match Metadata::decode(metadata) {
            Ok(metadata) => metadata,
            Err(error) => panic!("Ory would not accept this client: {error}"),
        };
        if metadata.text("client_id").is_empty() {
            metadata.set("client_id", random::uuid());
        }
        match registration::store_new(&self.shared, metadata, None) {
            Ok(client) => client.text("client_id").to_owned(),
            Err(refusal) => panic!("Ory would not accept this client: {}", refusal.description),
        }
    }

    /// The ids of all clients, in order.
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

    /// What is stored of a client, as its own `GET` would show it: neither secret nor token.
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
        let shown = registration::shown(state.clients.get(id)?);
        serde_json::to_value(shown.render(View::Read)).ok()
    }

    /// Deletes a client, and its tokens, as an administrator would. Nothing happens if there is
    /// none.
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

    /// Gives a client a new registration access token behind its back, and returns it. The one the
    /// client holds is void.
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
        reason = "voiding the old token may be all that a test wants"
    )]
    pub fn rotate_registration_token(&self, client_id: &str) -> String {
        let token = random::access_token();
        let mut state = self.shared.state();
        let client = state
            .clients
            .get_mut(client_id)
            .expect("a client with this id");
        client.registration_token = Some(token.clone());
        token
    }

    /// The `Cache-Control` header of discovery and of the key set from now on; the empty string
    /// leaves it out. See [`OryMockBuilder::cache_control`].
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// ory.set_cache_control("max-age=60");
    /// ```
    ///
    /// # Panics
    /// If the value cannot stand in a header.
    pub fn set_cache_control(&self, value: &str) {
        self.shared.state().caching.set_control(value);
    }

    /// The `Age` header of discovery and of the key set from now on, in seconds. See
    /// [`OryMockBuilder::age`].
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// ory.set_age(30);
    /// ```
    pub fn set_age(&self, seconds: u64) {
        self.shared.state().caching.set_age(seconds);
    }

    /// Lets something go wrong with a coming request. Faults strike in the order they were given.
    ///
    /// ```
    /// # use ory_oidc_mock::{Fault, OryMock};
    /// # let ory = OryMock::start_blocking();
    /// ory.fail_next(Fault::answer(503).on("GET", "/userinfo"));
    /// ```
    pub fn fail_next(&self, fault: Fault) {
        self.shared.state().faults.push(fault);
    }

    /// Everything that arrived so far, in order.
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// assert!(ory.requests().is_empty());
    /// ```
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.state().requests.clone()
    }

    /// What arrived with this method at this very path.
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 0);
    /// ```
    #[must_use]
    pub fn requests_to(&self, method: &str, path: &str) -> Vec<RecordedRequest> {
        let state = self.shared.state();
        state
            .requests
            .iter()
            .filter(|request| request.method() == method && request.path() == path)
            .cloned()
            .collect()
    }
}

impl fmt::Debug for OryMock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OryMock")
            .field("url", &self.url())
            .field("issuer", &self.issuer())
            .finish_non_exhaustive()
    }
}
