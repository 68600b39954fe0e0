//! The claims of userinfo (OpenID Connect Core 1.0 §5.1).

use super::address::Address;
use super::error::UserInfoError;
use super::subject::Subject;
use bytes::Bytes;
use ory_oidc_core::additional_properties::AdditionalProperties;
use ory_oidc_core::error::Error;
use ory_oidc_core::json::{check_object_with_text, member, object};
use ory_oidc_core::response::Decode as _;
use ory_oidc_core::secret::constant_time_eq;
use ory_oidc_core::text::Clip;
use ory_oidc_gen::models::OidcUserInfo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The claims about a user (OpenID Connect Core §5.1).
///
/// The claims are kept as the provider sent them. A claim of an unexpected type reads as [`None`] in
/// its own method; [`claim`](Self::claim) returns it, and
/// [`unexpected_members`](Self::unexpected_members) names it.
///
/// [`Debug`](fmt::Debug) shows the names of the claims, not their values. It serializes as the JSON
/// object of all claims; deserializing requires `sub`.
///
/// ```
/// use ory_oidc::userinfo::UserInfo;
///
/// let json = r#"{"sub": "u1", "name": {"first": "Ann"}, "groups": ["admin"]}"#;
/// let user: UserInfo = serde_json::from_str(json)?;
/// assert_eq!(user.sub(), "u1");
/// let groups: Vec<String> = user.claim("groups")?;
/// assert_eq!(groups, ["admin"]);
///
/// assert_eq!(user.name(), None);
/// assert_eq!(user.unexpected_members(), ["name"]);
/// let name: serde_json::Value = user.claim("name")?;
/// assert_eq!(name["first"], "Ann");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct UserInfo {
    sub: String,
    /// The JSON object as it came. No object in it has two members of one name.
    json: Bytes,
    /// The typed claims, decoded when they are first asked for.
    fields: OnceLock<Box<OidcUserInfo>>,
}

impl UserInfo {
    /// Takes a JSON object in which no two members have the same name.
    pub(crate) fn from_json(json: Bytes, subject: Subject<'_>) -> Result<Self, UserInfoError> {
        let sub = check_object_with_text(&json, "sub").ok().flatten();
        Self::new(json, sub, subject)
    }

    /// Takes a JSON object in which no two members have the same name, and its `sub`.
    pub(crate) fn new(
        json: Bytes,
        sub: Option<String>,
        subject: Subject<'_>,
    ) -> Result<Self, UserInfoError> {
        let sub = sub.filter(|sub| !sub.is_empty());
        let sub = sub.ok_or(UserInfoError::SubjectMissing)?;
        match subject {
            Subject::Expect(expected) if !constant_time_eq(expected, &sub) => {
                Err(UserInfoError::SubjectMismatch)
            }
            _ => Ok(Self {
                sub,
                json,
                fields: OnceLock::new(),
            }),
        }
    }

    /// Returns `sub`, the id of the user at this issuer. Only this claim identifies a user.
    #[must_use]
    pub fn sub(&self) -> &str {
        &self.sub
    }

    /// Returns `name` (OpenID Connect Core §5.1).
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.fields().name.as_deref()
    }

    /// Returns `preferred_username` (OpenID Connect Core §5.1). It is neither unique nor stable.
    #[must_use]
    pub fn preferred_username(&self) -> Option<&str> {
        self.fields().preferred_username.as_deref()
    }

    /// Returns `email` (OpenID Connect Core §5.1). Trust it only if [`UserInfo::email_verified`].
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.fields().email.as_deref()
    }

    /// Returns `email_verified` (OpenID Connect Core §5.1). The texts `true` and `false` are
    /// accepted, too.
    ///
    /// ```
    /// # use ory_oidc::userinfo::UserInfo;
    /// let user: UserInfo = serde_json::from_str(r#"{"sub": "u1", "email_verified": "true"}"#)?;
    /// assert_eq!(user.email_verified(), Some(true));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn email_verified(&self) -> Option<bool> {
        self.fields().email_verified
    }

    /// Returns `given_name` (OpenID Connect Core §5.1): all given names, separated by spaces.
    #[must_use]
    pub fn given_name(&self) -> Option<&str> {
        self.fields().given_name.as_deref()
    }

    /// Returns `family_name` (OpenID Connect Core §5.1): all family names, separated by spaces.
    #[must_use]
    pub fn family_name(&self) -> Option<&str> {
        self.fields().family_name.as_deref()
    }

    /// Returns `middle_name` (OpenID Connect Core §5.1).
    #[must_use]
    pub fn middle_name(&self) -> Option<&str> {
        self.fields().middle_name.as_deref()
    }

    /// Returns `nickname` (OpenID Connect Core §5.1).
    #[must_use]
    pub fn nickname(&self) -> Option<&str> {
        self.fields().nickname.as_deref()
    }

    /// Returns `profile`, the URL of a page about the user (OpenID Connect Core §5.1).
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.fields().profile.as_deref()
    }

    /// Returns `picture`, the URL of a picture of the user (OpenID Connect Core §5.1).
    #[must_use]
    pub fn picture(&self) -> Option<&str> {
        self.fields().picture.as_deref()
    }

    /// Returns `website`, the URL of the user's own page (OpenID Connect Core §5.1).
    #[must_use]
    pub fn website(&self) -> Option<&str> {
        self.fields().website.as_deref()
    }

    /// Returns `gender` (OpenID Connect Core §5.1): `female`, `male` or another text.
    #[must_use]
    pub fn gender(&self) -> Option<&str> {
        self.fields().gender.as_deref()
    }

    /// Returns `birthdate` (OpenID Connect Core §5.1): `YYYY-MM-DD` or `YYYY`. The year `0000` means
    /// that the year is omitted.
    #[must_use]
    pub fn birthdate(&self) -> Option<&str> {
        self.fields().birthdate.as_deref()
    }

    /// Returns `zoneinfo` (OpenID Connect Core §5.1), a time zone such as `Europe/Paris`.
    #[must_use]
    pub fn zoneinfo(&self) -> Option<&str> {
        self.fields().zoneinfo.as_deref()
    }

    /// Returns `locale` (OpenID Connect Core §5.1), a BCP 47 tag such as `en-US`. Some servers send
    /// `en_US`.
    #[must_use]
    pub fn locale(&self) -> Option<&str> {
        self.fields().locale.as_deref()
    }

    /// Returns `phone_number` (OpenID Connect Core §5.1). Trust it only if
    /// [`UserInfo::phone_number_verified`].
    #[must_use]
    pub fn phone_number(&self) -> Option<&str> {
        self.fields().phone_number.as_deref()
    }

    /// Returns `phone_number_verified` (OpenID Connect Core §5.1). The texts `true` and `false` are
    /// accepted, too.
    #[must_use]
    pub fn phone_number_verified(&self) -> Option<bool> {
        self.fields().phone_number_verified
    }

    /// Returns `address` (OpenID Connect Core §5.1.1). A text is taken as the formatted address. For
    /// any other type it is [`None`], and [`UserInfo::claim`] returns the value.
    ///
    /// ```
    /// # use ory_oidc::userinfo::UserInfo;
    /// let user: UserInfo = serde_json::from_str(r#"{"sub": "u1", "address": "1 Rue Cler\nParis"}"#)?;
    /// let address = user.address().expect("the provider sent one");
    /// assert_eq!(address.formatted.as_deref(), Some("1 Rue Cler\nParis"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn address(&self) -> Option<Address> {
        Address::from_claim(self.fields().additional_properties.get("address")?)
    }

    /// Returns `updated_at` (OpenID Connect Core §5.1), the time of the last change. [`None`] if it is
    /// not a valid time; [`UserInfo::claim`] returns the value.
    ///
    /// ```
    /// # use ory_oidc::userinfo::UserInfo;
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let user: UserInfo = serde_json::from_str(r#"{"sub": "u1", "updated_at": 60}"#)?;
    /// assert_eq!(user.updated_at(), Some(UNIX_EPOCH + Duration::from_secs(60)));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn updated_at(&self) -> Option<SystemTime> {
        let seconds = match self.fields().updated_at.as_ref()? {
            Value::String(text) => text.parse().ok()?,
            value => value.as_f64()?,
        };
        UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
    }

    /// Returns a claim in a language (OpenID Connect Core §5.2) by its case-insensitive BCP 47 tag:
    /// `claim_in("name", "ja")` returns `name#ja`.
    ///
    /// ```no_run
    /// # fn example(user: &ory_oidc::userinfo::UserInfo) {
    /// let name = user.claim_in("name", "ja").or(user.name());
    /// # }
    /// ```
    #[must_use]
    pub fn claim_in(&self, name: &str, language: &str) -> Option<&str> {
        let named = self.fields().additional_properties.iter();
        let mut named = named.filter_map(|(known, value)| {
            let (claim, tag) = known.split_once('#')?;
            (claim == name && tag.eq_ignore_ascii_case(language)).then_some(value)
        });
        named.next()?.as_str()
    }

    /// Returns the claims as the generated model, decoded at the first call.
    #[must_use]
    pub fn fields(&self) -> &OidcUserInfo {
        // An object without duplicate names and required members always decodes.
        self.fields
            .get_or_init(|| Box::new(OidcUserInfo::decode(&self.json).unwrap_or_default()))
    }

    /// Returns the names of the standard claims whose values have an unexpected type. They read as
    /// [`None`]; [`claim`](Self::claim) returns their values.
    #[must_use]
    pub fn unexpected_members(&self) -> Vec<&'static str> {
        self.fields().unexpected_members()
    }

    /// Returns any claim by its name, as the caller's type: a custom claim, `address`, a claim in a
    /// language (`name#ja`), or `_claim_names` and `_claim_sources`, which are never fetched.
    ///
    /// A claim that is absent or `null` is [`None`] for an [`Option`], and an error for other types.
    /// Like in their own methods, the texts `true` and `false` are booleans.
    ///
    /// ```no_run
    /// # fn example(user: &ory_oidc::userinfo::UserInfo) -> Result<(), ory_oidc::Error> {
    /// let groups: Vec<String> = user.claim("groups")?;
    /// let in_japanese: Option<String> = user.claim("name#ja")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`UserInfoError::Claim`] if the claim is missing or has another type.
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        if let Ok(Some(claim)) = member(&self.json, name) {
            return Ok(claim);
        }
        let claim = match serde_json::to_value(self.fields()) {
            Ok(Value::Object(mut typed)) => typed.remove(name),
            _ => None,
        };
        let present = claim.is_some();
        serde_json::from_value(claim.unwrap_or_default()).map_err(|_| {
            UserInfoError::Claim {
                name: name.to_owned(),
                present,
            }
            .into()
        })
    }

    /// Returns all claims as JSON, as the provider sent them.
    ///
    /// ```
    /// # use ory_oidc::userinfo::UserInfo;
    /// let user: UserInfo = serde_json::from_str(r#"{"sub":"u1"}"#)?;
    /// assert_eq!(user.claims_json(), br#"{"sub":"u1"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn claims_json(&self) -> &[u8] {
        &self.json
    }

    /// Returns all claims as the caller's type.
    ///
    /// ```
    /// # use ory_oidc::userinfo::UserInfo;
    /// #[derive(serde::Deserialize)]
    /// struct Claims {
    ///     sub: String,
    ///     groups: Vec<String>,
    /// }
    ///
    /// let user: UserInfo = serde_json::from_str(r#"{"sub": "u1", "groups": ["admin"]}"#)?;
    /// let claims: Claims = user.claims()?;
    /// assert_eq!((claims.sub, claims.groups), ("u1".to_owned(), vec!["admin".to_owned()]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UserInfoError::Claim`] without a name if the claims do not fit the type.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.json)
            .or_else(|_| serde_json::from_value(serde_json::to_value(self.fields())?))
            .map_err(|_: serde_json::Error| {
                UserInfoError::Claim {
                    name: String::new(),
                    present: true,
                }
                .into()
            })
    }

    fn members(&self) -> Result<Map<String, Value>, serde_json::Error> {
        object(&self.json)
    }
}

/// Compares the claims, not the text.
impl PartialEq for UserInfo {
    fn eq(&self, other: &Self) -> bool {
        self.members().ok() == other.members().ok()
    }
}

impl fmt::Debug for UserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let claims = self.members().unwrap_or_default();
        f.debug_struct("UserInfo")
            .field("claims", &Clip(&claims.keys().collect::<Vec<_>>()))
            .finish()
    }
}

impl Serialize for UserInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let claims = self.members().map_err(serde::ser::Error::custom)?;
        claims.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for UserInfo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let claims = AdditionalProperties::deserialize(deserializer)?;
        let json = serde_json::to_vec(&claims).map_err(serde::de::Error::custom)?;
        Self::from_json(json.into(), Subject::Unchecked).map_err(serde::de::Error::custom)
    }
}
