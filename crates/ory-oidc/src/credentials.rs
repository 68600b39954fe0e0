//! Types for secrets, which never show in `Debug`.

/// Defines a type for one kind of secret.
macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Eq, PartialEq)]
        pub struct $name(ory_oidc_core::Secret);

        impl $name {
            /// Wraps a text.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(ory_oidc_core::Secret::from(text.into()))
            }

            /// Returns the text. The name shows a reader where a secret leaves its wrapper.
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

        impl From<ory_oidc_core::Secret> for $name {
            fn from(secret: ory_oidc_core::Secret) -> Self {
                Self(secret)
            }
        }

        impl From<$name> for ory_oidc_core::Secret {
            fn from(secret: $name) -> Self {
                secret.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    };
}

pub(crate) use secret;

secret! {
    /// The secret of a confidential client (RFC 7591 §3.2.1). Ory shows it once, in the response to
    /// the registration.
    ///
    /// ```
    /// use ory_oidc::registration::ClientSecret;
    ///
    /// let secret = ClientSecret::new("s3cr3t");
    /// assert_eq!(format!("{secret:?}"), "ClientSecret([redacted])");
    /// ```
    ClientSecret
}

secret! {
    /// The token that reads, updates and deletes one registration (RFC 7592 §1.3). Ory replaces it
    /// with every successful update.
    ///
    /// ```
    /// use ory_oidc::registration::RegistrationAccessToken;
    ///
    /// let token = RegistrationAccessToken::new("ory_at_example");
    /// assert_eq!(format!("{token:?}"), "RegistrationAccessToken([redacted])");
    /// ```
    RegistrationAccessToken
}

secret! {
    /// The token that a server may require for a registration (RFC 7591 §1.2).
    ///
    /// ```
    /// use ory_oidc::registration::InitialAccessToken;
    ///
    /// let token = InitialAccessToken::new("example");
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
    /// An ID token in its compact form (OpenID Connect Core §2). It identifies a user, so it
    /// never shows in logs.
    ///
    /// ```
    /// let token = ory_oidc::IdToken::new("eyJhbGciOi.example.example");
    /// assert_eq!(format!("{token:?}"), "IdToken([redacted])");
    /// ```
    IdToken
}
