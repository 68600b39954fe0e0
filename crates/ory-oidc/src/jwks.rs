//! The provider's public keys (RFC 7517).

mod key;

pub(crate) use key::Algorithm;

use crate::cache::{Asker, Fetched, Hit};
use crate::{Client, Error, Operation, Staleness, UnreadableError};
use key::Key;
use ory_oidc_gen::apis::{request_to, send};
use ory_oidc_gen::models::JsonWebKeySet;
use ory_oidc_gen::{AdditionalProperties, Response};
use serde_json::{Map, Value};
use std::sync::Arc;
use url::Url;

/// The most keys of a set that are looked at.
const MOST_KEYS: usize = 100;

/// The provider's key set, as [`Client::keys`] serves it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct KeySet {
    keys: Arc<Keys>,
    staleness: Option<Arc<Staleness>>,
    generation: u64,
}

impl KeySet {
    fn served(hit: Hit<Arc<Keys>>) -> Self {
        Self {
            keys: hit.value,
            staleness: hit.staleness,
            generation: hit.generation,
        }
    }

    /// The keys, as the raw crate's model has them: it can be serialized, for other libraries. Those
    /// that cannot be read are left out (RFC 7517 §5).
    #[must_use]
    pub fn fields(&self) -> &JsonWebKeySet {
        &self.keys.fields
    }

    /// That this had expired already, and why there is nothing newer: the provider is away.
    /// [`None`] for what is fresh.
    #[must_use]
    pub fn staleness(&self) -> Option<&Staleness> {
        self.staleness.as_deref()
    }
}

/// A key set, and those of its keys that can verify something.
#[derive(Debug)]
pub(crate) struct Keys {
    fields: JsonWebKeySet,
    usable: Vec<Key>,
}

/// What a look for the key of a signature came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Verified,
    /// The key is there, and it did not make this signature.
    BadSignature,
    /// The key of this name is not one for the algorithm.
    WrongKey,
    UnknownKey,
}

impl Keys {
    pub(crate) fn new(fields: JsonWebKeySet) -> Self {
        let keys = fields.keys.iter().flatten();
        let usable = keys.filter_map(Key::new).collect();
        Self { fields, usable }
    }

    /// Looks for the key that made a signature.
    pub(crate) fn verify(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Outcome {
        let by_any = |keys: &mut dyn Iterator<Item = &Key>| {
            let mut suitable = keys.filter(|key| key.suits(algorithm));
            suitable.any(|key| key.verify(algorithm, message, signature))
        };
        let Some(kid) = kid else {
            let verified = by_any(&mut self.usable.iter());
            return if verified {
                Outcome::Verified
            } else {
                Outcome::BadSignature
            };
        };
        let named = || self.usable.iter().filter(|key| key.id() == Some(kid));
        if named().next().is_none() {
            // A name is a hint only: a key that has none may be the one.
            let mut nameless = self.usable.iter().filter(|key| key.id().is_none());
            let verified = by_any(&mut nameless);
            return if verified {
                Outcome::Verified
            } else {
                Outcome::UnknownKey
            };
        }
        if !named().any(|key| key.suits(algorithm)) {
            return Outcome::WrongKey;
        }
        if by_any(&mut named()) {
            Outcome::Verified
        } else {
            Outcome::BadSignature
        }
    }
}

impl Client {
    /// The provider's key set, from the `jwks_uri` of its metadata: for libraries that verify ID
    /// tokens. What this crate verifies, it verifies with these by itself.
    ///
    /// One request is made, however many ask, and the answer is kept as
    /// [`ClientBuilder::keys_cache`](crate::ClientBuilder::keys_cache) says.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let keys = ory.keys().await?;
    /// let for_another_library = serde_json::to_string(keys.fields())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::discover`], and [`Error::Server`], [`Error::Transport`] and
    /// [`Error::Unreadable`] of [`Operation::Keys`].
    pub async fn keys(&self) -> Result<KeySet, Error> {
        Ok(KeySet::served(self.key_hit().await?))
    }

    /// A newer key set than this one, which lacks the key that a token names: the provider may have
    /// changed its keys since. [`None`] when the provider was asked for the same reason within the
    /// [`cool_down`](crate::CachePolicy::cool_down).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ory_oidc::Error> {
    /// # let server = ory_oidc_mock::OryMock::start().await;
    /// # let ory = ory_oidc::Client::new(server.url())?;
    /// let keys = ory.keys().await?;
    /// server.rotate_keys();
    /// assert_eq!(ory.keys().await?.fields(), keys.fields()); // kept for a while
    ///
    /// let newer = ory.newer_keys(&keys).await?.expect("there are newer ones");
    /// assert_ne!(newer.fields(), keys.fields());
    /// assert!(ory.newer_keys(&newer).await?.is_none()); // not again so soon
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`keys`](Self::keys).
    pub async fn newer_keys(&self, than: &KeySet) -> Result<Option<KeySet>, Error> {
        let hit = self
            .keys_newer_than(than.generation, Asker::Provider)
            .await?;
        Ok(hit.map(KeySet::served))
    }

    pub(crate) async fn key_hit(&self) -> Result<Hit<Arc<Keys>>, Error> {
        self.keys_cache().get(|| self.clone().fetch_keys()).await
    }

    pub(crate) async fn keys_newer_than(
        &self,
        generation: u64,
        asker: Asker,
    ) -> Result<Option<Hit<Arc<Keys>>>, Error> {
        let fetch = || self.clone().fetch_keys();
        self.keys_cache().newer_than(generation, asker, fetch).await
    }

    async fn fetch_keys(self) -> Result<Fetched<Arc<Keys>>, Error> {
        const OPERATION: Operation = Operation::Keys;
        const ACCEPT: &str = "application/json, application/jwk-set+json";
        let provider = self.discover().await?;
        let address = self.endpoints().reached(provider.jwks_uri());
        // The metadata's own check saw that it is a URL.
        let url = Url::parse(&address).map_err(|_| {
            crate::NotSentError::new("jwks_uri", "is no URL as it is reached from here")
        })?;
        let request = request_to(self.as_raw(), reqwest::Method::GET, url, ACCEPT);
        let call = send::<JsonWebKeySet>(self.as_raw(), request, &[]);
        let answer = self.exchange(OPERATION, call).await;
        let answer = answer.map_err(|error| Error::from_raw(OPERATION, error))?;
        let fields = readable(&answer)?;
        let (_, headers, _) = answer.into_parts();
        let value = Arc::new(Keys::new(fields));
        Ok(Fetched { value, headers })
    }
}

/// The keys of a set that can be read: one of a kind that is not known here must not cost the
/// others (RFC 7517 §5).
fn readable(answer: &Response<JsonWebKeySet>) -> Result<JsonWebKeySet, UnreadableError> {
    let members = answer.decode_as::<Map<String, Value>>();
    let mut members =
        members.map_err(|error| UnreadableError::from_decode(Operation::Keys, &error))?;
    let Some(Value::Array(keys)) = members.remove("keys") else {
        let problem = "it is no key set";
        let error = UnreadableError::new(Operation::Keys, answer.status(), problem);
        return Err(error.of_type(answer.media_type()));
    };
    let keys = keys.into_iter().take(MOST_KEYS);
    Ok(JsonWebKeySet {
        keys: Some(
            keys.filter_map(|key| serde_json::from_value(key).ok())
                .collect(),
        ),
        additional_properties: AdditionalProperties(members),
    })
}
