//! The claims of userinfo (OpenID Connect Core 1.0 §5.1).

use super::Subject;
use crate::secret::equal;
use crate::{Error, ValidationError};
use ory_oidc_gen::models::OidcUserInfo;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The claims about a user.
///
/// [`Debug`](std::fmt::Debug) shows the names of custom claims, not their values.
#[derive(Clone, Debug, PartialEq)]
pub struct UserInfo {
    sub: String,
    fields: OidcUserInfo,
}

impl UserInfo {
    pub(super) fn new(
        mut fields: OidcUserInfo,
        subject: Subject<'_>,
    ) -> Result<Self, ValidationError> {
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

    /// `given_name` (OpenID Connect Core §5.1): all of them, separated by spaces.
    #[must_use]
    pub fn given_name(&self) -> Option<&str> {
        self.fields.given_name.as_deref()
    }

    /// `family_name` (OpenID Connect Core §5.1): all of them, separated by spaces.
    #[must_use]
    pub fn family_name(&self) -> Option<&str> {
        self.fields.family_name.as_deref()
    }

    /// `middle_name` (OpenID Connect Core §5.1).
    #[must_use]
    pub fn middle_name(&self) -> Option<&str> {
        self.fields.middle_name.as_deref()
    }

    /// `nickname` (OpenID Connect Core §5.1).
    #[must_use]
    pub fn nickname(&self) -> Option<&str> {
        self.fields.nickname.as_deref()
    }

    /// `profile`: the URL of a page about the user (OpenID Connect Core §5.1).
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.fields.profile.as_deref()
    }

    /// `picture`: the URL of a picture of the user (OpenID Connect Core §5.1).
    #[must_use]
    pub fn picture(&self) -> Option<&str> {
        self.fields.picture.as_deref()
    }

    /// `website`: the URL of the user's own page (OpenID Connect Core §5.1).
    #[must_use]
    pub fn website(&self) -> Option<&str> {
        self.fields.website.as_deref()
    }

    /// `gender` (OpenID Connect Core §5.1): `female`, `male` or another text.
    #[must_use]
    pub fn gender(&self) -> Option<&str> {
        self.fields.gender.as_deref()
    }

    /// `birthdate` (OpenID Connect Core §5.1): `YYYY-MM-DD`, or `YYYY` alone; the year `0000` is
    /// withheld.
    #[must_use]
    pub fn birthdate(&self) -> Option<&str> {
        self.fields.birthdate.as_deref()
    }

    /// `zoneinfo` (OpenID Connect Core §5.1): the name of a time zone, such as `Europe/Paris`.
    #[must_use]
    pub fn zoneinfo(&self) -> Option<&str> {
        self.fields.zoneinfo.as_deref()
    }

    /// `locale` (OpenID Connect Core §5.1): a BCP 47 tag such as `en-US`; some servers write
    /// `en_US`.
    #[must_use]
    pub fn locale(&self) -> Option<&str> {
        self.fields.locale.as_deref()
    }

    /// `phone_number` (OpenID Connect Core §5.1). Trust it as far as
    /// [`UserInfo::phone_number_verified`].
    #[must_use]
    pub fn phone_number(&self) -> Option<&str> {
        self.fields.phone_number.as_deref()
    }

    /// `phone_number_verified`; some servers write it as a string. [`None`] when the server is
    /// silent.
    #[must_use]
    pub fn phone_number_verified(&self) -> Option<bool> {
        self.fields.phone_number_verified
    }

    /// `address` (OpenID Connect Core §5.1.1). Where a server writes a text, it is the formatted
    /// address; what is neither is [`None`], and [`UserInfo::claim`] has it.
    #[must_use]
    pub fn address(&self) -> Option<Address> {
        match self.fields.additional_properties.get("address")? {
            Value::String(text) => Some(Address {
                formatted: Some(text.clone()),
                ..Address::default()
            }),
            Value::Object(members) => {
                let text = |name| members.get(name).and_then(Value::as_str).map(str::to_owned);
                Some(Address {
                    formatted: text("formatted"),
                    street_address: text("street_address"),
                    locality: text("locality"),
                    region: text("region"),
                    postal_code: text("postal_code"),
                    country: text("country"),
                })
            }
            _ => None,
        }
    }

    /// `updated_at` (OpenID Connect Core §5.1): when the claims last changed. [`None`] where it is
    /// no number, or no time that can be held; [`UserInfo::claim`] has whatever it is.
    #[must_use]
    pub fn updated_at(&self) -> Option<SystemTime> {
        let seconds = match self.fields.updated_at.as_ref()? {
            Value::String(text) => text.parse().ok()?,
            value => value.as_f64()?,
        };
        UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
    }

    /// A claim in a language (OpenID Connect Core §5.2), by its BCP 47 tag, which compares without
    /// case: `claim_in("name", "ja")` is `name#ja`.
    ///
    /// ```no_run
    /// # fn example(user: &ory_oidc::UserInfo) {
    /// let name = user.claim_in("name", "ja").or(user.name());
    /// # }
    /// ```
    #[must_use]
    pub fn claim_in(&self, name: &str, language: &str) -> Option<&str> {
        let named = self.fields.additional_properties.iter();
        let mut named = named.filter_map(|(known, value)| {
            let (claim, tag) = known.split_once('#')?;
            (claim == name && tag.eq_ignore_ascii_case(language)).then_some(value)
        });
        named.next()?.as_str()
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

/// Where a user lives (OpenID Connect Core §5.1.1). Any part may be missing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Address {
    /// The whole of it, as it stands on a letter; lines end in `\n` or `\r\n`.
    pub formatted: Option<String>,
    /// Street, house number, and what else comes before the place; may have several lines.
    pub street_address: Option<String>,
    /// City or place.
    pub locality: Option<String>,
    /// State, province, prefecture or region.
    pub region: Option<String>,
    /// Zip or postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<String>,
}
