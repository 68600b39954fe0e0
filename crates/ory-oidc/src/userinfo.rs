//! Userinfo (OpenID Connect Core 1.0 §5.3).

mod claims;

pub use claims::{Address, UserInfo};

use crate::{
    AccessToken, Client, Error, Operation, RelyingParty, UnreadableError, ValidationError,
};
#[cfg(feature = "jwt")]
use crate::{TokenError, TokenKind, TokenProblem};
use ory_oidc_gen::apis::{oidc_api as api, request_to, send};
use ory_oidc_gen::models::OidcUserInfo;
use ory_oidc_gen::{self as raw, Authorization, Response, Secret};
#[cfg(feature = "jwt")]
use raw::Decode as _;
use reqwest::Method;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use url::Url;

/// Whom the caller expects userinfo to be about. The choice is spelled out, since leaving it
/// out lets one user's token stand for another's (OpenID Connect Core §5.3.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Subject<'a> {
    /// The `sub` of the ID token that came with the access token.
    Expect(&'a str),
    /// Anybody: there was no ID token, as in an API that is called with the access token alone.
    Unchecked,
}

/// Userinfo that came as a signed JWT, which nothing has verified. It is an error's content,
/// never a result: the claims in it are whatever the sender wrote.
#[derive(Clone)]
pub struct SignedUserInfo(Secret);

impl SignedUserInfo {
    /// The compact form as it came. Verify its signature, `iss`, `aud` and `sub` before you
    /// believe a word of it (OpenID Connect Core §5.3.4).
    #[must_use]
    pub fn unverified_compact(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for SignedUserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedUserInfo([redacted])")
    }
}

impl fmt::Display for SignedUserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if cfg!(feature = "jwt") {
            "userinfo came signed, and for which client is not known; name it with relying_party"
        } else {
            "userinfo came signed, and the feature jwt, which verifies it, is off"
        })
    }
}

/// A request for userinfo: `.await` sends it.
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
#[must_use = "it is sent when it is awaited"]
pub struct UserInfoRequest<'a> {
    client: &'a Client,
    access_token: &'a AccessToken,
    subject: Subject<'a>,
    party: Option<RelyingParty<'a>>,
    by_post: bool,
}

impl<'a> UserInfoRequest<'a> {
    /// For which client the token was issued: a [`Registration`](crate::Registration) or its id.
    /// Signed userinfo must be for this client, and signed as it registered; one that registered
    /// signed userinfo gets no other. What it registered must be known for that: read a
    /// registration that was restored by its id and token alone, or say so in a [`RelyingParty`].
    pub fn relying_party(mut self, party: impl Into<RelyingParty<'a>>) -> Self {
        self.party = Some(party.into());
        self
    }

    /// Sends it by `POST` (OpenID Connect Core §5.3.1), for a proxy that keeps answers to `GET`.
    /// The token travels in the header all the same.
    pub fn post(mut self) -> Self {
        self.by_post = true;
        self
    }

    async fn send(self) -> Result<UserInfo, Error> {
        const OPERATION: Operation = Operation::UserInfo;
        let answer = if self.by_post {
            self.client.exchange(OPERATION, self.call_by_post()).await
        } else {
            let authorization = Authorization::Bearer(self.access_token.expose());
            let call = api::get_oidc_user_info(self.client.as_raw(), authorization);
            self.client.exchange(OPERATION, call).await
        };
        let answer = answer.map_err(|error| Error::from_raw(OPERATION, error))?;
        let is = |media_type: &str| answer.media_type().eq_ignore_ascii_case(media_type);
        if is("application/jwt") {
            return self.verified(&answer).await;
        }
        if !is("application/json") {
            let problem = "it is neither application/json nor application/jwt";
            let error = UnreadableError::new(OPERATION, answer.status(), problem);
            return Err(error.of_type(answer.media_type()).into());
        }
        // Whoever can change the answer on its way would leave the signature out.
        if self
            .party
            .is_some_and(|party| party.userinfo_alg().is_some())
        {
            return Err(ValidationError::SignatureExpected.into());
        }
        let fields = answer.decode();
        let fields = fields.map_err(|error| UnreadableError::from_decode(OPERATION, &error))?;
        Ok(UserInfo::new(fields, self.subject)?)
    }

    async fn call_by_post(&self) -> Result<Response<OidcUserInfo>, raw::Error> {
        const ACCEPT: &str = "application/json, application/jwt";
        let address = format!("{}/userinfo", self.client.base_url());
        let url = Url::parse(&address).map_err(|_| raw::Error::InvalidArgument {
            name: "base URL",
            reason: "makes no URL",
        })?;
        let mut request = request_to(self.client.as_raw(), Method::POST, url, ACCEPT);
        Authorization::Bearer(self.access_token.expose()).apply(&mut request)?;
        send(self.client.as_raw(), request, &[]).await
    }

    #[cfg_attr(not(feature = "jwt"), allow(clippy::unused_async))]
    async fn verified(&self, answer: &Response<OidcUserInfo>) -> Result<UserInfo, Error> {
        let compact = String::from_utf8_lossy(answer.body());
        let compact = compact.trim();
        #[cfg(feature = "jwt")]
        if let Some(party) = &self.party {
            const KIND: TokenKind = TokenKind::UserInfo;
            let verified = self.client.verify(KIND, compact, party).await?;
            // A logout token has a subject, too.
            if verified.claims.get("events").is_some() {
                return Err(TokenError::new(KIND, TokenProblem::WrongType).into());
            }
            let fields = OidcUserInfo::decode(&verified.payload).map_err(|_| {
                let problem = "the claims in its JWT cannot be read";
                UnreadableError::new(Operation::UserInfo, answer.status(), problem)
            })?;
            return Ok(UserInfo::new(fields, self.subject)?);
        }
        Err(Error::SignedUserInfo(Box::new(SignedUserInfo(
            compact.to_owned().into(),
        ))))
    }
}

impl<'a> IntoFuture for UserInfoRequest<'a> {
    type Output = Result<UserInfo, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl Client {
    /// Turns an access token into its user (OpenID Connect Core §5.3). The token travels in
    /// the header only.
    ///
    /// A signed answer is verified if [`UserInfoRequest::relying_party`] says for which client it
    /// must be: its signature by the provider's keys, with the algorithm that was registered or,
    /// where none is known, one that the provider advertises; `iss`, `aud`, and the times that
    /// it has.
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
    /// [`Error::Server`], with [`Condition::AccessTokenInvalid`](crate::Condition) for 401 and
    /// `InsufficientScope` for 403; [`ValidationError::SubjectMissing`] and
    /// [`ValidationError::SubjectMismatch`]; for a signed answer, `ValidationError::Token` and the
    /// errors of [`discover`](Self::discover) and `keys`, or [`Error::SignedUserInfo`] if no
    /// relying party was named; [`ValidationError::SignatureExpected`] for one that is not signed,
    /// but should be; the errors of transport and reading.
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
        }
    }
}
