//! The users who log in at the authorization endpoint.

use serde_json::{Map, Value};

use crate::mock::OryMock;

/// Users who log in at the authorization endpoint.
impl OryMock {
    /// Logs in this user at once whenever a browser opens the authorization endpoint, and agrees to
    /// all scopes. The claims are those of the user's ID tokens and of userinfo; `sub` is the user.
    ///
    /// Without this, the authorization endpoint shows a login page of the mock server, or that of
    /// [`OryMockBuilder::login_url`](crate::OryMockBuilder::login_url).
    ///
    /// The browser keeps the session, as with any other login.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::start().await;
    /// let app = json!({"client_id": "my-app", "redirect_uris": ["https://app.example/callback"]});
    /// let _ = ory.create_client(app);
    /// ory.log_in_as(json!({"sub": "user-1", "email": "u@example.com"}));
    ///
    /// let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    /// let query = "client_id=my-app&response_type=code&scope=openid&state=12345678\
    ///     &redirect_uri=https%3A%2F%2Fapp.example%2Fcallback";
    /// let response = browser.get(format!("{}/oauth2/auth?{query}", ory.url())).send().await?;
    /// let location = response.headers()["location"].to_str()?;
    /// assert!(location.starts_with("https://app.example/callback?code="), "{location}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// If `claims` is not a JSON object whose `sub` is a string that is not empty.
    #[track_caller]
    pub fn log_in_as(&self, claims: Value) {
        let (subject, claims) = user(claims);
        let mut state = self.shared.state();
        state.users.insert(subject.clone(), claims);
        state.user_at_once = Some(subject);
    }

    /// Adds a user to the login page of the mock server, or changes the claims of one. The claims
    /// are those of the user's ID tokens and of userinfo; `sub` is the user.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// ory.add_user(json!({"sub": "user-1", "email": "u@example.com"}));
    /// ory.add_user(json!({"sub": "user-2", "email_verified": "yes"}));
    /// ```
    ///
    /// # Panics
    /// If `claims` is not a JSON object whose `sub` is a string that is not empty.
    #[track_caller]
    pub fn add_user(&self, claims: Value) {
        let (subject, claims) = user(claims);
        self.shared.state().users.insert(subject, claims);
    }
}

/// Returns the subject and the other claims of a user.
#[track_caller]
fn user(claims: Value) -> (String, Map<String, Value>) {
    let Value::Object(mut claims) = claims else {
        panic!("the claims must be a JSON object");
    };
    match claims.remove("sub") {
        Some(Value::String(subject)) if !subject.is_empty() => (subject, claims),
        _ => panic!("the claims must have a `sub` that is a string and not empty"),
    }
}
