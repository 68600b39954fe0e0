//! Faults: simulated failures of a request.

use std::fmt;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::database_outage;

/// A simulated failure of a request. Add it with
/// [`OryMock::fail_next`](crate::OryMock::fail_next).
///
/// By default, a fault affects one request, the next one to any path, and takes effect before the
/// request is handled. Change that with [`on`](Self::on), [`times`](Self::times) and
/// [`after_handling`](Self::after_handling).
/// [`OryMock::clear_faults`](crate::OryMock::clear_faults) ends all faults.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ory_oidc_mock::{Fault, OryMock};
///
/// let ory = OryMock::start().await;
/// ory.fail_next(Fault::answer(503).header("Retry-After", "1").on("GET", "/userinfo"));
/// ory.fail_next(Fault::drop_connection().after_handling().on("POST", "/oauth2/register"));
///
/// assert_eq!(reqwest::get(format!("{}/userinfo", ory.url())).await?.status(), 503);
///
/// let register = reqwest::Client::new().post(format!("{}/oauth2/register", ory.url()));
/// assert!(register.body("{}").send().await.is_err()); // the response was lost,
/// assert_eq!(ory.registered_clients().len(), 1); // but the client is registered
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a fault has no effect until it is passed to `OryMock::fail_next`"]
pub struct Fault {
    effect: Effect,
    after_handling: bool,
    /// Number of requests that the fault still affects. `None` means all until it is cleared.
    times: Option<usize>,
    method: Option<String>,
    path: Option<String>,
}

#[derive(Clone)]
pub(crate) enum Effect {
    Answer {
        status: StatusCode,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Vec<u8>,
    },
    DropConnection,
    Delay(Duration),
    DatabaseOutage,
}

impl Fault {
    fn new(effect: Effect) -> Self {
        Self {
            effect,
            after_handling: false,
            times: Some(1),
            method: None,
            path: None,
        }
    }

    /// Responds with this status and an empty body. Add headers and a body with
    /// [`header`](Self::header) and [`body`](Self::body).
    ///
    /// Any status works, including 200: a test can serve any response, even a malicious one.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// let unavailable = Fault::answer(503);
    /// let malformed = Fault::answer(200).body("not JSON");
    /// ```
    ///
    /// # Panics
    /// If the status is not between 100 and 999.
    pub fn answer(status: u16) -> Self {
        let Ok(status) = StatusCode::from_u16(status) else {
            panic!("invalid status {status}: expected 100 to 999");
        };
        Self::new(Effect::Answer {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        })
    }

    /// Closes the connection without a response.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// let dropped = Fault::drop_connection();
    /// ```
    pub fn drop_connection() -> Self {
        Self::new(Effect::DropConnection)
    }

    /// Waits for this duration, then handles the request as usual.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// # use std::time::Duration;
    /// let slow = Fault::delay(Duration::from_secs(2));
    /// ```
    pub fn delay(duration: Duration) -> Self {
        Self::new(Effect::Delay(duration))
    }

    /// Responds as Hydra does while its database is unavailable, until
    /// [`OryMock::clear_faults`](crate::OryMock::clear_faults) ends the outage or as often as
    /// [`times`](Self::times) says.
    ///
    /// Hydra then refuses credentials that work:
    ///
    /// | Request | Response |
    /// |---|---|
    /// | `GET`, `PUT`, `DELETE /oauth2/register/{id}` | 401, as for a client that was deleted |
    /// | `POST /oauth2/register` | 500 |
    /// | `POST /oauth2/token`, `POST /oauth2/revoke` | 401 `invalid_client`, as for a client that was deleted |
    /// | `/oauth2/auth` | redirects to the error page, as for a client that was deleted |
    /// | `/userinfo` | 401 with the `error` "Unable to serialize access due to a concurrent update in another session" |
    /// | `/.well-known/openid-configuration` | 500 |
    /// | `/.well-known/jwks.json` | 400 |
    /// | the admin API | 500 |
    /// | `/health/alive`, `/health/ready` and all others | as usual |
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use ory_oidc_mock::{Fault, OryMock};
    /// let ory = OryMock::start().await;
    /// let discovery = format!("{}/.well-known/openid-configuration", ory.url());
    ///
    /// ory.fail_next(Fault::database_outage());
    /// assert_eq!(reqwest::get(&discovery).await?.status(), 500);
    /// ory.clear_faults();
    /// assert_eq!(reqwest::get(&discovery).await?.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn database_outage() -> Self {
        Self::new(Effect::DatabaseOutage).until_cleared()
    }

    /// Adds a header to the response of [`answer`](Self::answer). Has no effect on other faults.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// let limited = Fault::answer(429).header("Retry-After", "7");
    /// ```
    ///
    /// # Panics
    /// If `name` is not a valid header name, or `value` not a valid header value.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Effect::Answer { headers, .. } = &mut self.effect {
            let Ok(header) = HeaderName::try_from(name) else {
                panic!("invalid header name {name:?}");
            };
            let Ok(value) = HeaderValue::try_from(value) else {
                panic!("invalid value of the header {name:?}");
            };
            headers.push((header, value));
        }
        self
    }

    /// Sets the body of the response of [`answer`](Self::answer). Has no effect on other faults.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// let failed = Fault::answer(500).body("internal error");
    /// ```
    pub fn body(mut self, content: impl Into<Vec<u8>>) -> Self {
        if let Effect::Answer { body, .. } = &mut self.effect {
            *body = content.into();
        }
        self
    }

    /// Restricts the fault to requests with this method and this path, or a path below it:
    /// `/oauth2/register` also matches `/oauth2/register/some-client`.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// let failed = Fault::answer(500).on("PUT", "/oauth2/register");
    /// ```
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_ascii_uppercase());
        self.path = Some(path.trim_end_matches('/').to_owned());
        self
    }

    /// Sets how many requests the fault affects (default: 1).
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// let down = Fault::answer(503).times(3);
    /// ```
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Applies the fault to all requests until
    /// [`OryMock::clear_faults`](crate::OryMock::clear_faults) is called. Faults for a number of
    /// requests take precedence.
    ///
    /// ```
    /// # use ory_oidc_mock::{Fault, OryMock};
    /// # let ory = OryMock::start_blocking();
    /// ory.fail_next(Fault::answer(503).until_cleared());
    /// ory.clear_faults();
    /// ```
    pub fn until_cleared(mut self) -> Self {
        self.times = None;
        self
    }

    /// Applies the fault after the request was handled: the state has changed, but the client does
    /// not receive the response.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// let lost = Fault::drop_connection().after_handling();
    /// ```
    pub fn after_handling(mut self) -> Self {
        self.after_handling = true;
        self
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        let below = |wanted: &String| {
            path.strip_prefix(wanted.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self.path.as_ref().is_none_or(below)
    }

    pub(crate) fn applies_after_handling(&self) -> bool {
        self.after_handling
    }

    pub(crate) fn effect(self) -> Effect {
        self.effect
    }
}

/// Returns the fault that affects a request, and counts down how often it still applies.
pub(crate) fn take(faults: &mut Vec<Fault>, method: &str, path: &str) -> Option<Fault> {
    faults.retain(|fault| fault.times != Some(0));
    let counted = faults
        .iter()
        .position(|fault| fault.times.is_some() && fault.matches(method, path));
    let index = counted.or_else(|| faults.iter().position(|fault| fault.matches(method, path)))?;
    let fault = &mut faults[index];
    fault.times = fault.times.map(|times| times - 1);
    Some(fault.clone())
}

impl Effect {
    /// Applies the fault. `None` means that the request is handled as usual.
    pub(crate) async fn apply(
        self,
        method: &Method,
        path: &str,
    ) -> Option<Result<Response, ConnectionDropped>> {
        match self {
            Self::DatabaseOutage => database_outage::answer(method, path).map(Ok),
            Self::Delay(duration) => {
                tokio::time::sleep(duration).await;
                None
            }
            Self::DropConnection => Some(Err(ConnectionDropped)),
            Self::Answer {
                status,
                headers,
                body,
            } => {
                let mut response = (status, Body::from(body)).into_response();
                for (name, value) in headers {
                    response.headers_mut().append(name, value);
                }
                Some(Ok(response))
            }
        }
    }
}

/// The error that makes the server close the connection without a response.
#[derive(Debug)]
pub(crate) struct ConnectionDropped;

impl fmt::Display for ConnectionDropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("connection dropped by a fault")
    }
}

impl std::error::Error for ConnectionDropped {}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = match &self.effect {
            Effect::Answer { status, .. } => format!("answer {status}"),
            Effect::DropConnection => "drop the connection".to_owned(),
            Effect::Delay(duration) => format!("delay of {duration:?}"),
            Effect::DatabaseOutage => "database outage".to_owned(),
        };
        f.debug_struct("Fault")
            .field("effect", &effect)
            .field("after_handling", &self.after_handling)
            .field("times", &self.times)
            .field("method", &self.method)
            .field("path", &self.path)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, take};

    #[test]
    fn a_fault_matches_its_path_and_paths_below_it() {
        let fault = Fault::answer(500).on("put", "/oauth2/register");
        assert!(fault.matches("PUT", "/oauth2/register"));
        assert!(fault.matches("PUT", "/oauth2/register/abc"));
        assert!(!fault.matches("PUT", "/oauth2/registered"));
        assert!(!fault.matches("POST", "/oauth2/register"));
    }

    #[test]
    fn a_fault_applies_only_as_often_as_requested() {
        let mut faults = vec![Fault::answer(500).times(2)];
        let applied = (0..3)
            .filter(|_| take(&mut faults, "GET", "/").is_some())
            .count();
        assert_eq!(applied, 2);
    }
}
