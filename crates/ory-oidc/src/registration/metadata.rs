//! Client metadata (RFC 7591 §2).

use super::key_material::find_secret;
use super::refusal::refuse;
use ory_oidc_core::error::RequestError;
use ory_oidc_core::json::retain;
use ory_oidc_gen::models::{JsonWebKeySet, OAuth2Client};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// Members that only the server sets (RFC 7592 §2.2) and that Ory's description lacks.
const SERVER_MANAGED_BY_STANDARD: [&str; 1] = ["client_id_issued_at"];

/// Client metadata: the members that a client registers with (RFC 7591 §2).
///
/// Each member has a builder method (`client_name`), a setter (`set_client_name`) and a method that
/// removes it (`remove_client_name`). [`fields`](Self::fields) reads them. Other members, such as
/// `software_id` or `client_name#ja`, are set by name. It serializes as a JSON object of its
/// members.
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
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ClientMetadata {
    fields: OAuth2Client,
    /// The members that were set by name and that a client cannot send.
    #[serde(skip)]
    refused: Vec<&'static str>,
}

impl ClientMetadata {
    /// Creates metadata with these redirect URIs.
    #[must_use]
    pub fn new<I>(redirect_uris: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self::default().redirect_uris(redirect_uris)
    }

    /// Returns the granted members that a client may set.
    pub(super) fn settable_of(granted: &OAuth2Client) -> Self {
        let mut fields = granted.clone();
        fields.clear_server_managed();
        let others = &mut fields.additional_properties;
        retain(others, &|name, _| server_managed(name).is_none());
        Self {
            fields,
            refused: Vec::new(),
        }
    }

    /// Returns metadata with these members, of which a client may set all.
    fn from_fields(fields: OAuth2Client) -> Result<Self, RequestError> {
        let described = OAuth2Client::SERVER_MANAGED.iter().copied();
        let described = described.filter(|name| fields.has(name));
        let others = fields.additional_properties.keys();
        let others = others.filter_map(|name| server_managed(name));
        let others = others.filter(|name| !fields.has(name));
        let refused: Vec<_> = described.chain(others).collect();
        refuse(&refused, "cannot be set by a client")?;
        Ok(Self {
            fields,
            refused: Vec::new(),
        })
    }

    /// Creates metadata from members as JSON. A value of the wrong type is sent as it is.
    ///
    /// ```
    /// use ory_oidc::ClientMetadata;
    /// use serde_json::{Map, json};
    ///
    /// let members = Map::from_iter([("client_name".to_owned(), json!("My app"))]);
    /// let metadata = ClientMetadata::from_members(members)?;
    /// assert_eq!(metadata, ClientMetadata::default().client_name("My app"));
    /// # Ok::<(), ory_oidc::error::RequestError>(())
    /// ```
    ///
    /// # Errors
    /// [`RequestError`] for a member that only the server or an administrator can set.
    pub fn from_members(members: Map<String, Value>) -> Result<Self, RequestError> {
        let fields = OAuth2Client::from_members(members)
            .map_err(|_| RequestError::new("client metadata", "is not a JSON object"))?;
        Self::from_fields(fields)
    }

    /// Returns all members as JSON.
    #[must_use]
    pub fn to_members(&self) -> Map<String, Value> {
        self.fields.to_members()
    }

    /// Returns the members as the generated model.
    #[must_use]
    pub fn fields(&self) -> &OAuth2Client {
        &self.fields
    }

    /// Returns the members as the generated model, and consumes the metadata.
    #[must_use]
    pub fn into_fields(self) -> OAuth2Client {
        self.fields
    }

    /// Refuses metadata that must not be sent. Every request does it before it is sent.
    ///
    /// ```
    /// use ory_oidc::ClientMetadata;
    ///
    /// let wanted = ClientMetadata::new(["https://app.example/callback"]).member("skip_consent", true);
    /// let error = wanted.validate().unwrap_err();
    /// assert_eq!(error.argument(), "skip_consent");
    /// ```
    ///
    /// # Errors
    /// [`RequestError`] in these cases:
    /// - A member was set that only the server or an administrator can set, such as `skip_consent`.
    /// - Both `jwks` and `jwks_uri` are set (RFC 7591 §2).
    /// - `jwks` contains a private or a symmetric key (RFC 7591 §2). The error names its place.
    pub fn validate(&self) -> Result<(), RequestError> {
        refuse(
            &self.refused,
            "cannot be set by a client; call remove_member()",
        )?;
        let has =
            |name| self.fields.has(name) || self.fields.additional_properties.contains_key(name);
        if has("jwks") && has("jwks_uri") {
            return Err(RequestError::new(
                "jwks",
                "and jwks_uri are mutually exclusive",
            ));
        }
        if let Some(place) = self.secret_key() {
            let problem =
                format!("contains a private or symmetric key at {place}; send public keys only");
            return Err(RequestError::new("jwks", problem));
        }
        Ok(())
    }

    /// Returns the place of a private or symmetric key in `jwks`. Ory ignores the case of the name.
    fn secret_key(&self) -> Option<String> {
        let is_jwks = |name: &str| name.eq_ignore_ascii_case("jwks");
        let mut others = self.fields.additional_properties.keys();
        if !self.fields.has("jwks") && !others.any(|name| is_jwks(name)) {
            return None;
        }
        let members = self.to_members();
        let mut jwks = members.iter().filter(|(name, _)| is_jwks(name));
        jwks.find_map(|(name, jwks)| find_secret(jwks, name))
    }

    /// Sets `scope` to these values (RFC 6749 §3.3).
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

    /// Sets a member by its name: one of another standard, or a translation (`client_name#ja`,
    /// RFC 7591 §2.2). [`validate`](Self::validate) refuses members that only the server or an
    /// administrator sets.
    #[must_use]
    pub fn member(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set_member(name, value);
        self
    }

    /// Sets a member by its name.
    ///
    /// Prefer the member's own method, if it has one: here a value of the wrong type is sent as it
    /// is. [`validate`](Self::validate) refuses members that only the server or an administrator
    /// sets.
    pub fn set_member(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        if let Some(name) = server_managed(&name) {
            self.refused.retain(|other| *other != name);
            self.refused.push(name);
            return;
        }
        self.remove_member(&name);
        if OAuth2Client::MEMBERS.contains(&name.as_str()) && self.set_described(&name, &value) {
            return;
        }
        self.fields.additional_properties.insert(name, value);
    }

    /// Sets a described member, if the value has its type.
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
        self.refused
            .retain(|refused| !refused.eq_ignore_ascii_case(name));
    }
}

/// Returns the name of a member that only the server or an administrator sets. Compares names as Ory
/// does, without regard to case.
fn server_managed(name: &str) -> Option<&'static str> {
    let described = OAuth2Client::SERVER_MANAGED.iter().copied();
    let mut names = described.chain(SERVER_MANAGED_BY_STANDARD);
    names.find(|known| known.eq_ignore_ascii_case(name))
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

            /// The names of the members that have methods.
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
        /// Sets `client_name`, the name shown to users (RFC 7591 §2).
        client_name set_client_name remove_client_name;
        /// Sets `client_uri`, a page about the client (RFC 7591 §2).
        client_uri set_client_uri remove_client_uri;
        /// Sets `logo_uri`, the client's logo (RFC 7591 §2).
        logo_uri set_logo_uri remove_logo_uri;
        /// Sets `policy_uri`, the client's privacy policy (RFC 7591 §2).
        policy_uri set_policy_uri remove_policy_uri;
        /// Sets `tos_uri`, the client's terms of service (RFC 7591 §2).
        tos_uri set_tos_uri remove_tos_uri;
        /// Sets `owner`, the owner of the client. An Ory extension.
        owner set_owner remove_owner;
        /// Sets `token_endpoint_auth_method`, how the client authenticates at the token endpoint
        /// (RFC 7591 §2). See [`token_endpoint_auth_method`](super::token_endpoint_auth_method) for
        /// its values.
        token_endpoint_auth_method set_token_endpoint_auth_method remove_token_endpoint_auth_method;
        /// Sets `token_endpoint_auth_signing_alg`, the algorithm of the client's assertions (OpenID
        /// Connect Registration §2).
        token_endpoint_auth_signing_alg set_token_endpoint_auth_signing_alg
            remove_token_endpoint_auth_signing_alg;
        /// Sets `jwks_uri`, the URL of the client's keys (RFC 7591 §2). Excludes `jwks`.
        jwks_uri set_jwks_uri remove_jwks_uri;
        /// Sets `subject_type`: `public` or `pairwise` (OpenID Connect Core §8).
        subject_type set_subject_type remove_subject_type;
        /// Sets `sector_identifier_uri`, from which pairwise subjects are computed (OpenID Connect
        /// Registration §5).
        sector_identifier_uri set_sector_identifier_uri remove_sector_identifier_uri;
        /// Sets `userinfo_signed_response_alg`: `RS256` requests signed userinfo. The default is
        /// plain JSON (OpenID Connect Registration §2).
        userinfo_signed_response_alg set_userinfo_signed_response_alg
            remove_userinfo_signed_response_alg;
        /// Sets `request_object_signing_alg`, the algorithm of request objects (OpenID Connect
        /// Registration §2).
        request_object_signing_alg set_request_object_signing_alg remove_request_object_signing_alg;
        /// Sets `backchannel_logout_uri`, which receives logout tokens (OpenID Connect Back-Channel
        /// Logout §2.2).
        backchannel_logout_uri set_backchannel_logout_uri remove_backchannel_logout_uri;
        /// Sets `frontchannel_logout_uri`, which the provider loads in an iframe at logout (OpenID
        /// Connect Front-Channel Logout §2).
        frontchannel_logout_uri set_frontchannel_logout_uri remove_frontchannel_logout_uri;
        /// Sets the lifespan of access tokens of the authorization code grant, such as `30m`.
        authorization_code_grant_access_token_lifespan
            set_authorization_code_grant_access_token_lifespan
            remove_authorization_code_grant_access_token_lifespan;
        /// Sets the lifespan of ID tokens of the authorization code grant, such as `30m`.
        authorization_code_grant_id_token_lifespan
            set_authorization_code_grant_id_token_lifespan
            remove_authorization_code_grant_id_token_lifespan;
        /// Sets the lifespan of refresh tokens of the authorization code grant, such as `720h`.
        authorization_code_grant_refresh_token_lifespan
            set_authorization_code_grant_refresh_token_lifespan
            remove_authorization_code_grant_refresh_token_lifespan;
        /// Sets the lifespan of access tokens of the client credentials grant, such as `30m`.
        client_credentials_grant_access_token_lifespan
            set_client_credentials_grant_access_token_lifespan
            remove_client_credentials_grant_access_token_lifespan;
        /// Sets the lifespan of access tokens of the device authorization grant, such as `30m`.
        device_authorization_grant_access_token_lifespan
            set_device_authorization_grant_access_token_lifespan
            remove_device_authorization_grant_access_token_lifespan;
        /// Sets the lifespan of ID tokens of the device authorization grant, such as `30m`.
        device_authorization_grant_id_token_lifespan
            set_device_authorization_grant_id_token_lifespan
            remove_device_authorization_grant_id_token_lifespan;
        /// Sets the lifespan of refresh tokens of the device authorization grant, such as `720h`.
        device_authorization_grant_refresh_token_lifespan
            set_device_authorization_grant_refresh_token_lifespan
            remove_device_authorization_grant_refresh_token_lifespan;
        /// Sets the lifespan of access tokens of the implicit grant, such as `30m`.
        implicit_grant_access_token_lifespan set_implicit_grant_access_token_lifespan
            remove_implicit_grant_access_token_lifespan;
        /// Sets the lifespan of ID tokens of the implicit grant, such as `30m`.
        implicit_grant_id_token_lifespan set_implicit_grant_id_token_lifespan
            remove_implicit_grant_id_token_lifespan;
        /// Sets the lifespan of access tokens of the JWT bearer grant, such as `30m`.
        jwt_bearer_grant_access_token_lifespan set_jwt_bearer_grant_access_token_lifespan
            remove_jwt_bearer_grant_access_token_lifespan;
        /// Sets the lifespan of access tokens of the refresh token grant, such as `30m`.
        refresh_token_grant_access_token_lifespan set_refresh_token_grant_access_token_lifespan
            remove_refresh_token_grant_access_token_lifespan;
        /// Sets the lifespan of ID tokens of the refresh token grant, such as `30m`.
        refresh_token_grant_id_token_lifespan set_refresh_token_grant_id_token_lifespan
            remove_refresh_token_grant_id_token_lifespan;
        /// Sets the lifespan of refresh tokens of the refresh token grant, such as `720h`.
        refresh_token_grant_refresh_token_lifespan set_refresh_token_grant_refresh_token_lifespan
            remove_refresh_token_grant_refresh_token_lifespan;
    }
    lists {
        /// Sets `redirect_uris`, where users return after login (RFC 7591 §2).
        redirect_uris set_redirect_uris remove_redirect_uris;
        /// Sets `grant_types`, the grants that the client uses (RFC 7591 §2). See
        /// [`grant_type`](super::grant_type) for its values.
        grant_types set_grant_types remove_grant_types;
        /// Sets `response_types`, the responses that the client requests (RFC 7591 §2). See
        /// [`response_type`](super::response_type) for its values.
        response_types set_response_types remove_response_types;
        /// Sets `contacts`, usually e-mail addresses (RFC 7591 §2).
        contacts set_contacts remove_contacts;
        /// Sets `audience`, the audiences that its tokens may have. An Ory extension.
        audience set_audience remove_audience;
        /// Sets `allowed_cors_origins`, the origins that may call the token endpoint from a browser.
        /// An Ory extension.
        allowed_cors_origins set_allowed_cors_origins remove_allowed_cors_origins;
        /// Sets `request_uris`, the request objects that may be fetched (OpenID Connect Registration
        /// §2).
        request_uris set_request_uris remove_request_uris;
        /// Sets `post_logout_redirect_uris`, where users may return after logout (OpenID Connect
        /// RP-Initiated Logout §3.1).
        post_logout_redirect_uris set_post_logout_redirect_uris remove_post_logout_redirect_uris;
    }
    flags {
        /// Sets whether logout tokens must have a `sid` (OpenID Connect Back-Channel Logout §2.2).
        backchannel_logout_session_required set_backchannel_logout_session_required
            remove_backchannel_logout_session_required;
        /// Sets whether front-channel logout must have `iss` and `sid` (OpenID Connect Front-Channel
        /// Logout §2).
        frontchannel_logout_session_required set_frontchannel_logout_session_required
            remove_frontchannel_logout_session_required;
    }
}

impl ClientMetadata {
    /// Sets `jwks`, the client's public keys (RFC 7591 §2). Excludes `jwks_uri`.
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

impl<'de> Deserialize<'de> for ClientMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = OAuth2Client::deserialize(deserializer)?;
        Self::from_fields(fields).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn settable_members_have_methods_and_other_members_do_not() {
        let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(
            set(ClientMetadata::WITH_METHODS),
            set(OAuth2Client::SETTABLE)
        );
    }
}
