//! Userinfo (OpenID Connect Core 1.0 §5.3).

use crate::secret::equal;
use crate::{AccessToken, Client, Error, Operation, UnreadableError, ValidationError};
use ory_oidc_gen::apis::oidc_api as api;
use ory_oidc_gen::models::OidcUserInfo;
use ory_oidc_gen::{Authorization, Secret};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;

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

/// The claims about a user.
///
/// [`Debug`](fmt::Debug) shows the names of custom claims, not their values.
#[derive(Clone, Debug, PartialEq)]
pub struct UserInfo {
    sub: String,
    fields: OidcUserInfo,
}

impl UserInfo {
    fn new(mut fields: OidcUserInfo, subject: Subject<'_>) -> Result<Self, ValidationError> {
        let sub = fields.sub.take().ok_or(ValidationError::SubjectMissing)?;
        match subject {
            Subject::Expect(expected) if !equal(expected, &sub) => {
                Err(ValidationError::SubjectMismatch)
            }
            _ => Ok(Self { sub, fields }),
        }
    }

    /// `sub`: who the user is at this issuer. The only claim that identifies one.
    #[must_use]
    pub fn sub(&self) -> &str {
        &self.sub
    }

    /// `name` (OpenID Connect Core §5.1).
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.fields.name.as_deref()
    }

    /// `preferred_username` (OpenID Connect Core §5.1). Not unique, not stable.
    #[must_use]
    pub fn preferred_username(&self) -> Option<&str> {
        self.fields.preferred_username.as_deref()
    }

    /// `email` (OpenID Connect Core §5.1). Trust it as far as [`UserInfo::email_verified`].
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.fields.email.as_deref()
    }

    /// `email_verified`; some servers write it as a string. [`None`] when the server is silent.
    #[must_use]
    pub fn email_verified(&self) -> Option<bool> {
        self.fields.email_verified
    }

    /// All standard claims but `sub` as the raw crate's model has them.
    #[must_use]
    pub fn fields(&self) -> &OidcUserInfo {
        &self.fields
    }

    /// Any claim by its name, as the caller's type: a custom one, `address`, a claim in a
    /// language (`name#ja`), or `_claim_names` and `_claim_sources`, which are never fetched.
    ///
    /// An absent claim is [`None`] to a type that is an [`Option`] and an error to others.
    ///
    /// ```no_run
    /// # fn example(user: &ory_oidc::UserInfo) -> Result<(), ory_oidc::Error> {
    /// let groups: Vec<String> = user.claim("groups")?;
    /// let in_japanese: Option<String> = user.claim("name#ja")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ValidationError::Claim`] for a claim that is missing or of another type.
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        let value = match self.fields.additional_properties.get(name) {
            Some(value) => Some(value.clone()),
            None if name == "sub" => Some(Value::from(self.sub.as_str())),
            None => match serde_json::to_value(&self.fields) {
                Ok(Value::Object(mut standard)) => standard.remove(name),
                _ => None,
            },
        };
        let present = value.is_some();
        serde_json::from_value(value.unwrap_or_default()).map_err(|_| {
            ValidationError::Claim {
                name: name.to_owned(),
                present,
            }
            .into()
        })
    }

    /// All claims as a struct of the caller's.
    ///
    /// # Errors
    /// [`ValidationError::Claim`] when they do not fit; it names no claim.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let mut fields = self.fields.clone();
        fields.sub = Some(self.sub.clone());
        serde_json::to_value(fields)
            .and_then(serde_json::from_value)
            .map_err(|_| {
                ValidationError::Claim {
                    name: String::new(),
                    present: true,
                }
                .into()
            })
    }
}

/// Userinfo that came as a signed JWT, which nothing has verified. It is an error's content,
/// never a result: the claims in it are whatever the sender wrote.
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
        f.write_str("userinfo came signed and is not verified; register userinfo_signed_response_alg none for JSON")
    }
}

impl Client {
    /// Turns an access token into its user (OpenID Connect Core §5.3). The token travels in
    /// the header only.
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
    /// [`ValidationError::SubjectMismatch`]; [`Error::SignedUserInfo`] when the client
    /// registered signed userinfo; the errors of transport and reading.
    #[doc(alias = "getOidcUserInfo")]
    pub async fn userinfo(
        &self,
        access_token: &AccessToken,
        subject: Subject<'_>,
    ) -> Result<UserInfo, Error> {
        const OPERATION: Operation = Operation::UserInfo;
        let authorization = Authorization::Bearer(access_token.expose());
        let call = api::get_oidc_user_info(self.as_raw(), authorization);
        let answer = self.exchange(OPERATION, call).await;
        let answer = answer.map_err(|error| Error::from_raw(OPERATION, error))?;
        let is = |media_type: &str| answer.media_type().eq_ignore_ascii_case(media_type);
        if is("application/jwt") {
            let compact = String::from_utf8_lossy(answer.body()).trim().to_owned();
            return Err(Error::SignedUserInfo(Box::new(SignedUserInfo(
                compact.into(),
            ))));
        }
        if !is("application/json") {
            let problem = "it is neither application/json nor application/jwt";
            let error = UnreadableError::new(OPERATION, answer.status(), problem);
            return Err(error.of_type(answer.media_type()).into());
        }
        let fields = answer.decode();
        let fields = fields.map_err(|error| UnreadableError::from_decode(OPERATION, &error))?;
        Ok(UserInfo::new(fields, subject)?)
    }
}
