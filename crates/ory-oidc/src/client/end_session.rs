//! Prepares logout requests (OpenID Connect RP-Initiated Logout 1.0).

use super::client::Client;
use crate::credentials::IdToken;
use crate::logout::end_session::EndSession;
use ory_oidc_gen::apis::oidc_api::REVOKE_OIDC_SESSION;

impl Client {
    /// Prepares a logout request for the user's browser (OpenID Connect RP-Initiated Logout §2).
    /// Most apps redirect the browser to [`EndSession::url`].
    ///
    /// The ID token tells the provider which session to end. An expired ID token is accepted. If
    /// you have no ID token, pass [`None`]. This method sends nothing.
    #[doc(alias = "revokeOidcSession")]
    pub fn end_session<'a>(&self, id_token_hint: impl Into<Option<&'a IdToken>>) -> EndSession {
        let base = self.endpoints().public_base();
        let endpoint = format!("{base}{}", REVOKE_OIDC_SESSION.path());
        let policy = self.configuration().url_policy();
        EndSession::new(self.own_issuer().clone(), endpoint, policy)
            .id_token_hint(id_token_hint.into().cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::test_client::client;
    use proptest::prelude::*;
    use url::Url;

    /// An endpoint with a query and a fragment of its own.
    fn endpoint() -> impl Strategy<Value = Url> {
        let query = proptest::collection::vec((any::<String>(), any::<String>()), 0..4);
        let fragment = proptest::option::of(any::<String>());
        (query, fragment).prop_map(|(query, fragment)| {
            let mut url = Url::parse("https://ory.example/end").expect("static URL is valid");
            if !query.is_empty() {
                url.query_pairs_mut().extend_pairs(query);
            }
            url.set_fragment(fragment.as_deref());
            url
        })
    }

    fn pairs(url: &Url) -> Vec<(String, String)> {
        url.query_pairs().into_owned().collect()
    }

    proptest! {
        #[test]
        fn url_and_form_contain_every_parameter(
            endpoint in endpoint(),
            texts in proptest::array::uniform5(proptest::option::of(any::<String>())),
            locales in proptest::collection::vec("[a-z]{2}", 0..3),
        ) {
            let [hint, uri, state, who, id] = texts;
            let hint = hint.map(IdToken::new);
            let mut request = client(|builder| builder)
                .end_session(hint.as_ref())
                .endpoint(endpoint.as_str());
            let mut expected = Vec::new();
            let mut expect = |name: &str, value: &str| {
                expected.push((name.to_owned(), value.to_owned()));
            };
            if let Some(hint) = &hint {
                expect("id_token_hint", hint.expose());
            }
            if let Some(uri) = &uri {
                expect("post_logout_redirect_uri", uri);
                request = request.post_logout_redirect_uri(uri);
            }
            if let Some(state) = &state {
                expect("state", state);
                request = request.state(state);
            }
            if let Some(who) = &who {
                expect("logout_hint", who);
                request = request.logout_hint(who);
            }
            if let Some(id) = &id {
                expect("client_id", id);
                request = request.client_id(id);
            }
            if !locales.is_empty() {
                expect("ui_locales", &locales.join(" "));
                request = request.ui_locales(&locales);
            }

            let form = request.form().expect("the endpoint is an https URL");
            prop_assert_eq!(form.action(), &endpoint);
            let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            prop_assert_eq!(form.fields().map(owned).collect::<Vec<_>>(), expected.clone());

            let url = request.url().expect("the endpoint is an https URL");
            let own = pairs(&endpoint);
            prop_assert_eq!(pairs(&url), [own, expected].concat());
            let before = endpoint.query().unwrap_or_default();
            prop_assert!(url.query().unwrap_or_default().starts_with(before));
            prop_assert_eq!(url.fragment(), endpoint.fragment());
            prop_assert_eq!((url.origin(), url.path()), (endpoint.origin(), "/end"));
        }
    }
}
