//! Requests userinfo.

use super::client::Client;
use super::request::request;
use crate::credentials::AccessToken;
#[cfg(feature = "jwt")]
use crate::token::error::{TokenError, TokenKind};
use crate::token::relying_party::RelyingParty;
use crate::userinfo::claims::UserInfo;
use crate::userinfo::error::{SignedUserInfo, UserInfoError};
use crate::userinfo::subject::Subject;
use bytes::Bytes;
use ory_oidc_core::authorization::Authorization;
use ory_oidc_core::call::Call;
use ory_oidc_core::call_options::CallOptions;
use ory_oidc_core::deadline::Deadline;
use ory_oidc_core::error::Error;
use ory_oidc_core::operation::Operation;
use ory_oidc_core::response::Response;
use ory_oidc_core::response_info::ResponseInfo;
use ory_oidc_gen::apis::oidc_api::GET_OIDC_USER_INFO;
use ory_oidc_gen::models::OidcUserInfo;
#[cfg(feature = "jwt")]
use std::time::{Duration, SystemTime};

/// The same operation by `POST` (OpenID Connect Core §5.3.1).
const POST_USERINFO: Operation = GET_OIDC_USER_INFO.by_post();

/// Claims of ID tokens, logout tokens and access tokens, which do not occur in userinfo (RFC 8725 §2.8).
#[cfg(feature = "jwt")]
const OTHER_KINDS: &[&str] = &[
    "events",
    "nonce",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "client_id",
    "scp",
    "scope",
];

/// A request for userinfo. Await it to send it.
///
/// ```no_run
/// # async fn example(ory: ory_oidc::Client, registration: ory_oidc::Registration) -> Result<(), ory_oidc::Error> {
/// use ory_oidc::{AccessToken, Subject};
///
/// let token = AccessToken::new("ory_at_…");
/// let user = ory
///     .userinfo(&token, Subject::Expect("user-123"))
///     .relying_party(&registration) // it registered userinfo_signed_response_alg
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct UserInfoRequest<'a> {
    client: &'a Client,
    access_token: &'a AccessToken,
    subject: Subject<'a>,
    /// In a block, since few requests have it.
    party: Option<Box<RelyingParty<'a>>>,
    by_post: bool,
    #[cfg(feature = "jwt")]
    max_age: Option<Duration>,
    options: CallOptions,
}

request!(
    UserInfoRequest,
    "ory.userinfo(&token, Subject::Unchecked)",
    UserInfo
);

impl<'a> UserInfoRequest<'a> {
    /// Sets the client that the token was issued to: a [`Registration`](crate::Registration) or a
    /// client id.
    ///
    /// Signed userinfo must be issued for this client and signed with its registered algorithm. If
    /// the client registered an algorithm, plain JSON is refused.
    ///
    /// A registration from [`Registration::from_saved`](crate::Registration::from_saved) does not
    /// contain the registered algorithm. Read it first with [`Client::read_registration`], or set
    /// the algorithm in a [`RelyingParty`].
    ///
    /// ```no_run
    /// # use ory_oidc::{AccessToken, Client, Registration, Subject};
    /// # async fn example(ory: Client, token: AccessToken, registration: Registration) -> Result<(), ory_oidc::Error> {
    /// let request = ory.userinfo(&token, Subject::Expect("user-123"));
    /// let user = request.relying_party(&registration).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn relying_party(mut self, party: impl Into<RelyingParty<'a>>) -> Self {
        self.party = Some(Box::new(party.into()));
        self
    }

    /// Sends the request by `POST` (OpenID Connect Core §5.3.1). Use it if a proxy caches responses
    /// to `GET`. The token is still sent in the `Authorization` header.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client, token: ory_oidc::AccessToken) -> Result<(), ory_oidc::Error> {
    /// let user = ory.userinfo(&token, ory_oidc::Subject::Unchecked).post().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn post(mut self) -> Self {
        self.by_post = true;
        self
    }

    /// Refuses signed userinfo that was issued longer ago (default: any age), because Ory's has no
    /// `exp`, and an old response could be replayed. `iat` is required then. The client's
    /// [`leeway`](crate::ClientBuilder::leeway) is added.
    ///
    /// Plain JSON has no time of issue and is not affected. [`relying_party`](Self::relying_party)
    /// refuses it for a client that registered an algorithm.
    ///
    /// ```no_run
    /// # use ory_oidc::{AccessToken, Client, Registration, Subject};
    /// # async fn example(ory: Client, token: AccessToken, registration: Registration) -> Result<(), ory_oidc::Error> {
    /// use std::time::Duration;
    ///
    /// let user = ory
    ///     .userinfo(&token, Subject::Expect("user-123"))
    ///     .relying_party(&registration)
    ///     .max_age(Duration::from_secs(60))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The call returns a [`TokenError`] with [`TooOld`](crate::token::TokenProblem::TooOld) or
    /// [`ClaimMissing`](crate::token::TokenProblem::ClaimMissing).
    #[cfg(feature = "jwt")]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    async fn send(self) -> Result<(UserInfo, ResponseInfo), Error> {
        let until = self.client.until(&self.options);
        let response = self.call().await?;
        let media_type = response.media_type();
        if media_type.eq_ignore_ascii_case("application/jwt") {
            // In a block, since few clients register it.
            let user = Box::pin(self.verified(&response, until)).await?;
            return Ok((user, response.into_info()));
        }
        if !media_type.eq_ignore_ascii_case("application/json") {
            let problem = "expected application/json or application/jwt";
            return Err(response.decode_error(problem).into());
        }
        // Otherwise an attacker on the network path could remove the signature.
        let party = self.party.as_deref();
        if party.is_some_and(|party| party.userinfo_alg().is_some()) {
            return Err(UserInfoError::SignatureExpected.into());
        }
        let (claims, sub) = response.json_object_with_text("sub")?;
        // A copy, since the body is a part of a buffer of the connection, which can be 1,000 times larger.
        let claims = Bytes::copy_from_slice(&claims);
        let user = UserInfo::new(claims, sub, self.subject)?;
        Ok((user, response.into_info()))
    }

    async fn call(&self) -> Result<Response<OidcUserInfo>, Error> {
        let client = self.client.for_call(&self.options).await?;
        let operation = if self.by_post {
            POST_USERINFO
        } else {
            GET_OIDC_USER_INFO
        };
        let configuration = client.configuration_with(self.options.clone());
        let url = client.called().userinfo.url().clone();
        let call = Call::to_url(&configuration, operation, url)
            .authorize(Authorization::Bearer(self.access_token.expose()))?;
        Ok(call.send().await?.typed())
    }

    /// Verifies a signed response. Metadata and keys must be available until the deadline.
    #[cfg_attr(not(feature = "jwt"), allow(clippy::unused_async, unused_variables))]
    async fn verified(
        &self,
        response: &Response<OidcUserInfo>,
        until: Deadline,
    ) -> Result<UserInfo, Error> {
        let compact = String::from_utf8_lossy(response.body());
        let compact = compact.trim();
        #[cfg(feature = "jwt")]
        if let Some(party) = &self.party {
            const KIND: TokenKind = TokenKind::UserInfo;
            let client = self.client.with_time_limit(until.remaining());
            let verified = client
                .verify(KIND, compact, party, CallOptions::new())
                .await?;
            let refused = |problem| TokenError::new(KIND, problem);
            verified.claims.forbid(OTHER_KINDS).map_err(refused)?;
            if let Some(max_age) = self.max_age {
                let max_age = max_age.saturating_add(self.client.leeway());
                let checked = verified.claims.check_age(SystemTime::now(), max_age);
                checked.map_err(refused)?;
            }
            return Ok(UserInfo::from_json(verified.payload.into(), self.subject)?);
        }
        Err(UserInfoError::Unverified(SignedUserInfo::new(compact)).into())
    }
}

impl Client {
    /// Fetches the claims about the user of an access token (OpenID Connect Core §5.3). The token
    /// is sent in the `Authorization` header. `subject` sets which user the claims must be about.
    ///
    /// If the response is a signed JWT, name the client with [`UserInfoRequest::relying_party`];
    /// otherwise the call fails. The signature is verified with the provider's keys. The algorithm
    /// must be the registered one or, if none is known, one that the provider advertises. `iss` and
    /// `aud` are checked, and `exp`, `nbf` and `iat` if they are present.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
    /// use ory_oidc::{AccessToken, Subject};
    ///
    /// let token = AccessToken::new("ory_at_…");
    /// let user = ory.userinfo(&token, Subject::Expect("user-123")).await?;
    /// println!("{} has the address {:?}", user.sub(), user.email());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`Error::Server`]. [`ErrorKind::Unauthorized`](crate::error::ErrorKind::Unauthorized): the
    ///   access token is not valid; refresh it or log the user in again.
    ///   [`ErrorKind::InsufficientScope`](crate::error::ErrorKind::InsufficientScope): see
    ///   [`Error::required_scope`].
    /// - [`UserInfoError`], for a wrong or missing subject or signature.
    /// - `TokenError` and the errors of [`discover`](Self::discover) and `keys`, for a signed
    ///   response.
    /// - [`Error::Request`] for a token that cannot be sent, [`Error::Transport`] and
    ///   [`Error::Decode`].
    #[doc(alias = "getOidcUserInfo")]
    pub fn userinfo<'a>(
        &'a self,
        access_token: &'a AccessToken,
        subject: Subject<'a>,
    ) -> UserInfoRequest<'a> {
        UserInfoRequest {
            client: self,
            access_token,
            subject,
            party: None,
            by_post: false,
            #[cfg(feature = "jwt")]
            max_age: None,
            options: CallOptions::new(),
        }
    }
}
