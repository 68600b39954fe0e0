//! Builds a [`BearerAuth`].

use crate::auth::BearerAuth;
use crate::challenge::{is_quotable, is_scope};
use crate::lookup::{Lookup, LookupSettings};
use crate::rejection::{Presentation, Rejection, RejectionBody};
use crate::resource::Resource;
use crate::setting::InvalidSetting;
use axum::response::IntoResponse;
use ory_oidc::Client;
use ory_oidc::token::RelyingParty;
use serde_json::{Map, Value};
use std::fmt;
use std::time::Duration;

/// The longest lifetime, so that it can be added to any time.
const MAX_LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Builds a [`BearerAuth`].
///
/// ```
/// use ory_oidc_axum::BearerAuth;
/// use std::time::Duration;
///
/// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
/// let auth = BearerAuth::builder(ory)
///     .resource("https://api.example") // tells clients where to get a token
///     .scopes(["openid", "email"])
///     .time_to_live(Duration::from_secs(30))
///     .build()?;
/// # Ok(auth)
/// # }
/// ```
#[must_use]
pub struct BearerAuthBuilder {
    ory: Client,
    lookup: LookupSettings,
    max_token_bytes: usize,
    realm: String,
    scopes: Vec<String>,
    required_scopes: Vec<String>,
    resource: Option<String>,
    resource_metadata: Map<String, Value>,
    body: Option<RejectionBody>,
}

impl BearerAuth {
    /// Creates a [`BearerAuth`] with the default settings. `ory` is a client of the Ory that issues the
    /// tokens.
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), ory_oidc::Error> {
    /// let auth = BearerAuth::new(ory_oidc::Client::new("https://slug.projects.oryapis.com")?);
    /// # Ok(()) }
    /// ```
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it never panics")]
    pub fn new(ory: Client) -> Self {
        let built = Self::builder(ory).build();
        built.expect("the default settings are valid")
    }

    /// Returns a builder with the default settings. `ory` is a client of the Ory that issues the tokens.
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory).realm("my-api").build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn builder(ory: Client) -> BearerAuthBuilder {
        BearerAuthBuilder {
            ory,
            lookup: LookupSettings {
                relying_party: None,
                time_to_live: Duration::from_secs(60),
                stale_if_error: Duration::ZERO,
                refusal_time_to_live: Duration::from_secs(5),
                max_users: 10_000,
                max_calls: 100,
                timeout: Duration::from_secs(5),
            },
            max_token_bytes: 8 * 1024,
            realm: "api".to_owned(),
            scopes: Vec::new(),
            required_scopes: Vec::new(),
            resource: None,
            resource_metadata: Map::new(),
            body: None,
        }
    }
}

impl BearerAuthBuilder {
    /// Sets how long a verified token is accepted without another request to Ory (default: 1 minute).
    /// A token that expires or is revoked is accepted for up to this time. With [`Duration::ZERO`],
    /// only concurrent requests share a request to Ory. The maximum is 365 days.
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    /// use std::time::Duration;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory)
    ///     .time_to_live(Duration::from_secs(10))
    ///     .build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn time_to_live(mut self, duration: Duration) -> Self {
        self.lookup.time_to_live = duration.min(MAX_LIFETIME);
        self
    }

    /// Sets how much longer than [`time_to_live`](Self::time_to_live) a verified token is accepted
    /// while it cannot be verified again (default: zero). Handlers then see
    /// [`User::stale`](crate::User::stale). A token that is revoked at that time is accepted for up to
    /// the sum of both times.
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    /// use std::time::Duration;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory)
    ///     .stale_if_error(Duration::from_secs(300))
    ///     .build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn stale_if_error(mut self, duration: Duration) -> Self {
        self.lookup.stale_if_error = duration.min(MAX_LIFETIME);
        self
    }

    /// Sets how long a token that Ory refused is refused without another request to Ory (default: 5
    /// seconds).
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    /// use std::time::Duration;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory)
    ///     .refusal_time_to_live(Duration::from_secs(1))
    ///     .build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn refusal_time_to_live(mut self, duration: Duration) -> Self {
        self.lookup.refusal_time_to_live = duration.min(MAX_LIFETIME);
        self
    }

    /// Sets the maximum number of users in the cache (default: 10,000). A user with more than 4 KiB of
    /// claims and scopes counts as several. Refused tokens are in another cache of the same size.
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory).max_users(100_000).build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn max_users(mut self, users: u64) -> Self {
        self.lookup.max_users = users;
        self
    }

    /// Sets how many requests to Ory may be in flight for tokens that are not in the cache (default:
    /// 100, at least 1). The same number may be in flight in addition, for users whose entry expired in
    /// the last hour. Further tokens are refused with 503, so that a flood of invalid tokens does not
    /// reach Ory.
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory).max_calls(20).build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn max_calls(mut self, calls: usize) -> Self {
        self.lookup.max_calls = calls;
        self
    }

    /// Sets the time-out of a request to Ory (default: 5 seconds).
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    /// use std::time::Duration;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory)
    ///     .timeout(Duration::from_secs(2))
    ///     .build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.lookup.timeout = timeout;
        self
    }

    /// Sets the maximum length of a token in bytes (default: 8 KiB). A longer one is refused without a
    /// request to Ory.
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory).max_token_bytes(2048).build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.max_token_bytes = bytes;
        self
    }

    /// Accepts only tokens that were issued to this client. The client must have registered
    /// `userinfo_signed_response_alg`: its userinfo is then a signed JWT, whose audience is the client.
    ///
    /// Without a relying party, the tokens of every client at this Ory are accepted.
    ///
    /// ```
    /// use ory_oidc::token::RelyingParty;
    /// use ory_oidc_axum::BearerAuth;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let my_app = RelyingParty::new("my-app").userinfo_signed_response_alg("RS256");
    /// let auth = BearerAuth::builder(ory).relying_party(my_app).build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn relying_party(mut self, party: RelyingParty<'static>) -> Self {
        self.lookup.relying_party = Some(party);
        self
    }

    /// Sets the `realm` of the challenge (default: `api`; RFC 9110 §11.5).
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory).realm("my-api").build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = realm.into();
        self
    }

    /// Sets the scopes that a client should request. They are in the challenge (RFC 6750 §3) and in the
    /// metadata (RFC 9728 §2). This **checks nothing**: [`require_scopes`](Self::require_scopes) also
    /// checks the scopes.
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory).scopes(["openid", "email"]).build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Accepts only tokens that have all of these scopes, on every route. Others are refused with 403
    /// and a challenge that contains the scopes (RFC 6750 §3.1). To require more on some routes, call
    /// [`User::require_scopes`](crate::User::require_scopes).
    ///
    /// Ory must issue JWT access tokens, which contain scopes: see
    /// [`User::scopes`](crate::User::scopes). All other tokens are refused with
    /// [`Reason::UnknownScopes`](crate::Reason::UnknownScopes).
    ///
    /// The metadata also contains these scopes, so that clients request them.
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory).require_scopes(["report:read"]).build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn require_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.required_scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the identifier of the API: its `https` URL, as clients know it (RFC 9728 §1.2). The
    /// challenge then contains the URL of its metadata (§5.1), which
    /// [`BearerAuth::metadata_routes`] serves.
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory).resource("https://api.example").build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn resource(mut self, identifier: impl Into<String>) -> Self {
        self.resource = Some(identifier.into());
        self
    }

    /// Adds a member to the metadata of the API, such as `resource_name` or
    /// `resource_documentation` (RFC 9728 §2). The members that other settings determine take
    /// precedence.
    ///
    /// ```
    /// use ory_oidc_axum::BearerAuth;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory)
    ///     .resource("https://api.example")
    ///     .resource_metadata("resource_name", "My API")
    ///     .build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn resource_metadata(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.resource_metadata.insert(name.into(), value.into());
        self
    }

    /// Sets the body of the response to a refused request (default: a sentence). Status, challenge and
    /// `Retry-After` do not change.
    ///
    /// ```
    /// use axum::Json;
    /// use ory_oidc_axum::BearerAuth;
    /// use serde_json::json;
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<BearerAuth, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory)
    ///     .rejection_body(|rejection| {
    ///         Json(json!({"error": rejection.reason().error_code(), "detail": rejection.description()}))
    ///     })
    ///     .build()?;
    /// # Ok(auth)
    /// # }
    /// ```
    pub fn rejection_body<R: IntoResponse>(
        mut self,
        body: impl Fn(&Rejection) -> R + Send + Sync + 'static,
    ) -> Self {
        self.body = Some(Box::new(move |rejection| body(rejection).into_response()));
        self
    }

    /// Builds the [`BearerAuth`].
    ///
    /// ```
    /// use ory_oidc_axum::{BearerAuth, InvalidSetting};
    ///
    /// let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// let built = BearerAuth::builder(ory).scopes(["openid email"]).build(); // two scopes in one text
    /// assert!(matches!(built, Err(InvalidSetting::Scope(_))));
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidSetting`] for a realm, a scope or a resource that a header or a URL cannot carry.
    pub fn build(self) -> Result<BearerAuth, InvalidSetting> {
        if !is_quotable(&self.realm) {
            return Err(InvalidSetting::Realm);
        }
        let mut scopes = self.scopes;
        for scope in &self.required_scopes {
            if !scopes.contains(scope) {
                scopes.push(scope.clone());
            }
        }
        if let Some(scope) = scopes.iter().find(|scope| !is_scope(scope)) {
            return Err(InvalidSetting::Scope(scope.clone()));
        }
        let scope = (!scopes.is_empty()).then(|| scopes.join(" "));
        let resource = match self.resource {
            Some(identifier) => {
                let issuer = self.ory.issuer();
                let more = self.resource_metadata;
                let resource = Resource::new(&identifier, issuer, scope.as_deref(), more);
                Some(resource.map_err(InvalidSetting::Resource)?)
            }
            None => None,
        };
        let presentation = Presentation {
            realm: Some(self.realm),
            scope,
            required_scopes: self.required_scopes,
            resource_metadata: resource.as_ref().map(|resource| resource.url().to_owned()),
            body: self.body,
        };
        let lookup = Lookup::new(self.ory, self.lookup);
        Ok(BearerAuth::from_parts(
            lookup,
            self.max_token_bytes,
            presentation,
            resource,
        ))
    }
}

impl fmt::Debug for BearerAuthBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerAuthBuilder")
            .field("ory", &self.ory)
            .field("resource", &self.resource)
            .field("scopes", &self.scopes)
            .field("required_scopes", &self.required_scopes)
            .finish_non_exhaustive()
    }
}
