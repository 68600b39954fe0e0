//! The address claim.

use ory_oidc_core::text::Clip;
use serde_json::Value;
use std::fmt;

/// The address of a user (OpenID Connect Core §5.1.1). Any part may be missing.
///
/// ```
/// use ory_oidc::userinfo::UserInfo;
///
/// let json = r#"{"sub": "u1", "address": {"locality": "Paris", "country": "France"}}"#;
/// let user: UserInfo = serde_json::from_str(json)?;
/// let address = user.address().expect("the provider sent one");
/// assert_eq!(address.locality.as_deref(), Some("Paris"));
/// assert_eq!(address.postal_code, None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Address {
    /// The full address, as on a letter. Lines end with `\n` or `\r\n`.
    pub formatted: Option<String>,
    /// Street and house number. It may have several lines.
    pub street_address: Option<String>,
    /// City or locality.
    pub locality: Option<String>,
    /// State, province, prefecture or region.
    pub region: Option<String>,
    /// ZIP or postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<String>,
}

/// Shows each value cut.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("formatted", &Clip(&self.formatted))
            .field("street_address", &Clip(&self.street_address))
            .field("locality", &Clip(&self.locality))
            .field("region", &Clip(&self.region))
            .field("postal_code", &Clip(&self.postal_code))
            .field("country", &Clip(&self.country))
            .finish()
    }
}

impl Address {
    /// Reads the claim. A text is the formatted address.
    pub(super) fn from_claim(claim: &Value) -> Option<Self> {
        match claim {
            Value::String(text) => Some(Self {
                formatted: Some(text.clone()),
                ..Self::default()
            }),
            Value::Object(members) => {
                let text = |name| members.get(name).and_then(Value::as_str).map(str::to_owned);
                Some(Self {
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
}
