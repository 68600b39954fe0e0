//! Secrets as types of their own: they say what they are and never show in `Debug`.

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(ory_oidc_gen::Secret);

        impl $name {
            /// Wraps a text.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(ory_oidc_gen::Secret::from(text.into()))
            }

            /// The text itself. Named so that a reader sees where a secret leaves its wrapper.
            #[must_use]
            pub fn expose(&self) -> &str {
                self.0.expose()
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<ory_oidc_gen::Secret> for $name {
            fn from(secret: ory_oidc_gen::Secret) -> Self {
                Self(secret)
            }
        }

        /// In constant time for texts of one length.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                $crate::secret::equal(self.expose(), other.expose())
            }
        }

        impl Eq for $name {}

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    };
}

pub(crate) use secret;

secret! {
    /// The secret of a confidential client (RFC 7591 §3.2.1). Ory shows it once, in
    /// the reply to the registration.
    ///
    /// ```
    /// let secret = ory_oidc::ClientSecret::new("s3cr3t");
    /// assert_eq!(format!("{secret:?}"), "ClientSecret([redacted])");
    /// ```
    ClientSecret
}

secret! {
    /// The key to one registration (RFC 7592 §1.3): reads, updates and deletes it.
    /// Ory replaces it with every update that succeeds.
    ///
    /// ```
    /// let token = ory_oidc::RegistrationAccessToken::new("ory_at_example");
    /// assert_eq!(format!("{token:?}"), "RegistrationAccessToken([redacted])");
    /// ```
    RegistrationAccessToken
}

secret! {
    /// The token that a server may demand before it registers anybody (RFC 7591 §1.2).
    ///
    /// ```
    /// let token = ory_oidc::InitialAccessToken::new("example");
    /// assert_eq!(format!("{token:?}"), "InitialAccessToken([redacted])");
    /// ```
    InitialAccessToken
}

secret! {
    /// An OAuth 2.0 access token of a user (RFC 6750).
    ///
    /// ```
    /// let token = ory_oidc::AccessToken::new("ory_at_example");
    /// assert_eq!(format!("{token:?}"), "AccessToken([redacted])");
    /// ```
    AccessToken
}

secret! {
    /// An ID token in its compact form (OpenID Connect Core §2). It names a user, so
    /// it is kept out of logs like the others.
    ///
    /// ```
    /// let token = ory_oidc::IdToken::new("eyJhbGciOi.example.example");
    /// assert_eq!(format!("{token:?}"), "IdToken([redacted])");
    /// ```
    IdToken
}

/// Compares without telling by its duration where the texts differ.
pub(crate) fn equal(one: &str, other: &str) -> bool {
    use subtle::ConstantTimeEq as _;

    one.as_bytes().ct_eq(other.as_bytes()).into()
}
