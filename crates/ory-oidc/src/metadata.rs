//! Client metadata: what a client asks to be registered with (RFC 7591 §2).

use crate::{Error, NotSentError};
use ory_oidc_gen::models::{JsonWebKeySet, OAuth2Client};
use serde_json::Value;

/// What a client asks to be registered with (RFC 7591 §2).
///
/// Each member has a builder method (`client_name`), a setter (`set_client_name`) and
/// an explicit removal (`remove_client_name`); [`fields`](Self::fields) reads them.
/// What only the server sets is not here. Members that have no method, such as
/// `software_id` or `client_name#ja`, go by name.
///
/// ```
/// use ory_oidc::ClientMetadata;
///
/// let wanted = ClientMetadata::new(["https://app.example/callback"])
///     .client_name("My app")
///     .member("client_name#ja", "私のアプリ")
///     .scope(["openid", "offline_access"]);
/// assert_eq!(wanted.fields().scope.as_deref(), Some("openid offline_access"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientMetadata {
    fields: OAuth2Client,
}

impl ClientMetadata {
    /// Metadata with these redirect URIs and nothing else.
    #[must_use]
    pub fn new<I>(redirect_uris: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self::default().redirect_uris(redirect_uris)
    }

    /// All that a client may set of what the server granted.
    pub(crate) fn settable_of(granted: &OAuth2Client) -> Self {
        let mut fields = granted.clone();
        fields.clear_server_managed();
        for name in crate::registration::SERVER_MANAGED_BY_STANDARD {
            fields.additional_properties.remove(name);
        }
        Self { fields }
    }

    /// Metadata from its stored members.
    pub(crate) fn from_members(members: serde_json::Map<String, Value>) -> Option<Self> {
        OAuth2Client::from_members(members)
            .ok()
            .map(|fields| Self { fields })
    }

    /// Takes over all members of `wanted`, and drops those that were asked for earlier and no
    /// more are. What nobody asked for stays: the server's defaults, an administrator's changes.
    pub(crate) fn overlay(
        &mut self,
        wanted: &Self,
        asked_earlier: Option<&Self>,
    ) -> Result<(), Error> {
        let mut merged = self.fields.to_members();
        for (name, _) in asked_earlier
            .map(|asked| asked.fields.to_members())
            .unwrap_or_default()
        {
            merged.remove(&name);
        }
        merged.extend(wanted.fields.to_members());
        self.fields = OAuth2Client::from_members(merged)
            .map_err(|_| NotSentError::new("metadata", "has a member of the wrong type"))?;
        Ok(())
    }

    /// The same as it comes back from a store: an empty text is no text.
    pub(crate) fn normalised(&self) -> Self {
        let fields = OAuth2Client::from_members(self.fields.to_members());
        Self {
            fields: fields.unwrap_or_else(|_| self.fields.clone()),
        }
    }

    /// The members as the raw crate's model has them.
    #[must_use]
    pub fn fields(&self) -> &OAuth2Client {
        &self.fields
    }

    /// The model that goes out.
    pub(crate) fn into_raw(self) -> OAuth2Client {
        self.fields
    }

    /// Refuses what every server would, before anything is sent.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let has =
            |name| self.fields.has(name) || self.fields.additional_properties.contains_key(name);
        if has("jwks") && has("jwks_uri") {
            // RFC 7591 §2: the two must not both be present.
            return Err(
                NotSentError::new("jwks", "stands beside jwks_uri; use one of them").into(),
            );
        }
        Ok(())
    }

    /// The scope as RFC 6749 §3.3 writes it: values separated by single spaces.
    #[must_use]
    pub fn scope<I>(mut self, values: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        self.set_scope(values);
        self
    }

    /// Sets `scope`.
    pub fn set_scope<I>(&mut self, values: I)
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let values: Vec<_> = values
            .into_iter()
            .map(|value| value.as_ref().to_owned())
            .collect();
        self.remove_scope();
        self.fields.scope = Some(values.join(" "));
    }

    /// Removes `scope`.
    pub fn remove_scope(&mut self) {
        self.remove_member("scope");
    }

    /// A member by its name: one of another standard, or a translation
    /// (`client_name#ja`, RFC 7591 §2.2). Those that only the server sets are left out.
    #[must_use]
    pub fn member(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set_member(name, value);
        self
    }

    /// Sets a member by its name.
    ///
    /// Members with a method of their own are best set by it: here a value of the
    /// wrong type would be sent as it is.
    pub fn set_member(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        if is_server_managed(&name) {
            return;
        }
        self.remove_member(&name);
        if OAuth2Client::MEMBERS.contains(&name.as_str()) && self.set_described(&name, &value) {
            return;
        }
        self.fields.additional_properties.insert(name, value);
    }

    /// Sets a member that has a field, if the value fits it.
    fn set_described(&mut self, name: &str, value: &Value) -> bool {
        let mut all = self.fields.to_members();
        all.insert(name.to_owned(), value.clone());
        let Ok(fields) = OAuth2Client::from_members(all) else {
            return false;
        };
        self.fields = fields;
        true
    }

    /// Removes a member by its name.
    pub fn remove_member(&mut self, name: &str) {
        self.fields.clear(name);
        self.fields.additional_properties.remove(name);
    }
}

fn is_server_managed(name: &str) -> bool {
    OAuth2Client::SERVER_MANAGED.contains(&name)
        || crate::registration::SERVER_MANAGED_BY_STANDARD.contains(&name)
}

macro_rules! members {
    (
        texts { $($(#[$text_doc:meta])* $text:ident $set_text:ident $remove_text:ident;)* }
        lists { $($(#[$list_doc:meta])* $list:ident $set_list:ident $remove_list:ident;)* }
        flags { $($(#[$flag_doc:meta])* $flag:ident $set_flag:ident $remove_flag:ident;)* }
    ) => {
        impl ClientMetadata {
            $(
                $(#[$text_doc])*
                #[must_use]
                pub fn $text(mut self, value: impl Into<String>) -> Self {
                    self.$set_text(value);
                    self
                }

                #[doc = concat!("Sets `", stringify!($text), "`.")]
                pub fn $set_text(&mut self, value: impl Into<String>) {
                    self.$remove_text();
                    self.fields.$text = Some(value.into());
                }

                #[doc = concat!("Removes `", stringify!($text), "`.")]
                pub fn $remove_text(&mut self) {
                    self.remove_member(stringify!($text));
                }
            )*
            $(
                $(#[$list_doc])*
                #[must_use]
                pub fn $list<I>(mut self, values: I) -> Self
                where
                    I: IntoIterator,
                    I::Item: Into<String>,
                {
                    self.$set_list(values);
                    self
                }

                #[doc = concat!("Sets `", stringify!($list), "`.")]
                pub fn $set_list<I>(&mut self, values: I)
                where
                    I: IntoIterator,
                    I::Item: Into<String>,
                {
                    self.$remove_list();
                    self.fields.$list = Some(values.into_iter().map(Into::into).collect());
                }

                #[doc = concat!("Removes `", stringify!($list), "`.")]
                pub fn $remove_list(&mut self) {
                    self.remove_member(stringify!($list));
                }
            )*
            $(
                $(#[$flag_doc])*
                #[must_use]
                pub fn $flag(mut self, value: bool) -> Self {
                    self.$set_flag(value);
                    self
                }

                #[doc = concat!("Sets `", stringify!($flag), "`.")]
                pub fn $set_flag(&mut self, value: bool) {
                    self.$remove_flag();
                    self.fields.$flag = Some(value);
                }

                #[doc = concat!("Removes `", stringify!($flag), "`.")]
                pub fn $remove_flag(&mut self) {
                    self.remove_member(stringify!($flag));
                }
            )*

            /// The members that have methods.
            #[cfg(test)]
            const WITH_METHODS: &'static [&'static str] = &[
                "scope", "jwks",
                $(stringify!($text),)* $(stringify!($list),)* $(stringify!($flag),)*
            ];
        }
    };
}

members! {
    texts {
        /// The name shown to users (RFC 7591 §2).
        client_name set_client_name remove_client_name;
        /// A page about the client (RFC 7591 §2).
        client_uri set_client_uri remove_client_uri;
        /// The client's logo (RFC 7591 §2).
        logo_uri set_logo_uri remove_logo_uri;
        /// What the client does with users' data (RFC 7591 §2).
        policy_uri set_policy_uri remove_policy_uri;
        /// The client's terms of service (RFC 7591 §2).
        tos_uri set_tos_uri remove_tos_uri;
        /// Who owns the client; Ory's own member.
        owner set_owner remove_owner;
        /// How the client authenticates at the token endpoint (RFC 7591 §2), for example
        /// `client_secret_basic`, `client_secret_post`, `private_key_jwt` or `none`.
        token_endpoint_auth_method set_token_endpoint_auth_method remove_token_endpoint_auth_method;
        /// The algorithm that signs the client's assertions (OpenID Connect Registration §2).
        token_endpoint_auth_signing_alg set_token_endpoint_auth_signing_alg
            remove_token_endpoint_auth_signing_alg;
        /// Where the client's keys are (RFC 7591 §2); not beside `jwks`.
        jwks_uri set_jwks_uri remove_jwks_uri;
        /// `public` or `pairwise` (OpenID Connect Core §8).
        subject_type set_subject_type remove_subject_type;
        /// What pairwise subjects are computed from (OpenID Connect Registration §5).
        sector_identifier_uri set_sector_identifier_uri remove_sector_identifier_uri;
        /// `RS256` has userinfo signed; `none`, or nothing, has it as JSON (OpenID Connect
        /// Registration §2).
        userinfo_signed_response_alg set_userinfo_signed_response_alg
            remove_userinfo_signed_response_alg;
        /// The algorithm that signs request objects (OpenID Connect Registration §2).
        request_object_signing_alg set_request_object_signing_alg remove_request_object_signing_alg;
        /// Receives logout tokens (OpenID Connect Back-Channel Logout §2.2).
        backchannel_logout_uri set_backchannel_logout_uri remove_backchannel_logout_uri;
        /// Rendered in an iframe at logout (OpenID Connect Front-Channel Logout §2).
        frontchannel_logout_uri set_frontchannel_logout_uri remove_frontchannel_logout_uri;
        /// How long an access token of the authorization code grant lives, as in `30m`.
        authorization_code_grant_access_token_lifespan
            set_authorization_code_grant_access_token_lifespan
            remove_authorization_code_grant_access_token_lifespan;
        /// How long an ID token of the authorization code grant lives, as in `30m`.
        authorization_code_grant_id_token_lifespan
            set_authorization_code_grant_id_token_lifespan
            remove_authorization_code_grant_id_token_lifespan;
        /// How long a refresh token of the authorization code grant lives, as in `720h`.
        authorization_code_grant_refresh_token_lifespan
            set_authorization_code_grant_refresh_token_lifespan
            remove_authorization_code_grant_refresh_token_lifespan;
        /// How long an access token of the client credentials grant lives, as in `30m`.
        client_credentials_grant_access_token_lifespan
            set_client_credentials_grant_access_token_lifespan
            remove_client_credentials_grant_access_token_lifespan;
        /// How long an access token of the device authorization grant lives, as in `30m`.
        device_authorization_grant_access_token_lifespan
            set_device_authorization_grant_access_token_lifespan
            remove_device_authorization_grant_access_token_lifespan;
        /// How long an ID token of the device authorization grant lives, as in `30m`.
        device_authorization_grant_id_token_lifespan
            set_device_authorization_grant_id_token_lifespan
            remove_device_authorization_grant_id_token_lifespan;
        /// How long a refresh token of the device authorization grant lives, as in `720h`.
        device_authorization_grant_refresh_token_lifespan
            set_device_authorization_grant_refresh_token_lifespan
            remove_device_authorization_grant_refresh_token_lifespan;
        /// How long an access token of the implicit grant lives, as in `30m`.
        implicit_grant_access_token_lifespan set_implicit_grant_access_token_lifespan
            remove_implicit_grant_access_token_lifespan;
        /// How long an ID token of the implicit grant lives, as in `30m`.
        implicit_grant_id_token_lifespan set_implicit_grant_id_token_lifespan
            remove_implicit_grant_id_token_lifespan;
        /// How long an access token of the JWT bearer grant lives, as in `30m`.
        jwt_bearer_grant_access_token_lifespan set_jwt_bearer_grant_access_token_lifespan
            remove_jwt_bearer_grant_access_token_lifespan;
        /// How long an access token of the refresh token grant lives, as in `30m`.
        refresh_token_grant_access_token_lifespan set_refresh_token_grant_access_token_lifespan
            remove_refresh_token_grant_access_token_lifespan;
        /// How long an ID token of the refresh token grant lives, as in `30m`.
        refresh_token_grant_id_token_lifespan set_refresh_token_grant_id_token_lifespan
            remove_refresh_token_grant_id_token_lifespan;
        /// How long a refresh token of the refresh token grant lives, as in `720h`.
        refresh_token_grant_refresh_token_lifespan set_refresh_token_grant_refresh_token_lifespan
            remove_refresh_token_grant_refresh_token_lifespan;
    }
    lists {
        /// Where users are sent back to (RFC 7591 §2).
        redirect_uris set_redirect_uris remove_redirect_uris;
        /// The grants the client uses (RFC 7591 §2), for example `authorization_code`.
        grant_types set_grant_types remove_grant_types;
        /// The responses the client asks for (RFC 7591 §2), for example `code`.
        response_types set_response_types remove_response_types;
        /// Ways to reach the people behind the client (RFC 7591 §2).
        contacts set_contacts remove_contacts;
        /// The audiences its tokens may have; Ory's own member.
        audience set_audience remove_audience;
        /// Origins that may call the token endpoint from a browser; Ory's own member.
        allowed_cors_origins set_allowed_cors_origins remove_allowed_cors_origins;
        /// Request objects that may be fetched (OpenID Connect Registration §2).
        request_uris set_request_uris remove_request_uris;
        /// Where users may be sent after logout (OpenID Connect RP-Initiated Logout §3.1).
        post_logout_redirect_uris set_post_logout_redirect_uris remove_post_logout_redirect_uris;
    }
    flags {
        /// Whether logout tokens must have a `sid` (OpenID Connect Back-Channel Logout §2.2).
        backchannel_logout_session_required set_backchannel_logout_session_required
            remove_backchannel_logout_session_required;
        /// Whether front-channel logout must have `iss` and `sid` (OpenID Connect
        /// Front-Channel Logout §2).
        frontchannel_logout_session_required set_frontchannel_logout_session_required
            remove_frontchannel_logout_session_required;
    }
}

impl ClientMetadata {
    /// The client's keys themselves (RFC 7591 §2); not beside `jwks_uri`.
    #[must_use]
    pub fn jwks(mut self, keys: JsonWebKeySet) -> Self {
        self.set_jwks(keys);
        self
    }

    /// Sets `jwks`.
    pub fn set_jwks(&mut self, keys: JsonWebKeySet) {
        self.remove_jwks();
        self.fields.jwks = Some(keys);
    }

    /// Removes `jwks`.
    pub fn remove_jwks(&mut self) {
        self.remove_member("jwks");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn set(names: &[&'static str]) -> BTreeSet<&'static str> {
        names.iter().copied().collect()
    }

    #[test]
    fn every_member_of_a_client_is_classified_once() {
        let (settable, managed) = (
            set(OAuth2Client::SETTABLE),
            set(OAuth2Client::SERVER_MANAGED),
        );
        assert!(settable.is_disjoint(&managed));
        assert_eq!(&settable | &managed, set(OAuth2Client::MEMBERS));
    }

    #[test]
    fn every_settable_member_has_methods_and_no_other_has() {
        assert_eq!(
            set(ClientMetadata::WITH_METHODS),
            set(OAuth2Client::SETTABLE)
        );
    }

    #[test]
    fn jwks_with_jwks_uri_is_refused_before_sending() {
        let both = ClientMetadata::default()
            .jwks(JsonWebKeySet::default())
            .jwks_uri("https://app.example/jwks");
        assert!(matches!(both.check(), Err(Error::NotSent(_))));
    }

    #[test]
    fn what_only_the_server_sets_cannot_be_set_by_name() {
        for name in [
            "client_secret",
            "registration_access_token",
            "client_id_issued_at",
        ] {
            let metadata = ClientMetadata::default().member(name, "x");
            assert_eq!(metadata, ClientMetadata::default(), "{name}");
        }
    }

    #[test]
    fn a_member_set_by_name_replaces_the_field() {
        let metadata = ClientMetadata::default()
            .client_name("a")
            .member("client_name", "b");
        let json = serde_json::to_string(metadata.fields()).expect("metadata is JSON");
        assert_eq!(json, r#"{"client_name":"b"}"#);
    }
}
