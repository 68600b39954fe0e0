//! Failures to order: what goes wrong with a coming request.

use std::fmt;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// Something that goes wrong with a coming request; hand it to
/// [`OryMock::fail_next`](crate::OryMock::fail_next).
///
/// It strikes once, at the first request that fits, before the double has looked at it.
/// [`on`](Self::on), [`times`](Self::times) and [`after_handling`](Self::after_handling) change
/// that.
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
/// assert!(register.body("{}").send().await.is_err()); // the caller cannot know,
/// assert_eq!(ory.registered_clients().len(), 1); // but the client was registered
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a fault does nothing until it is given to `OryMock::fail_next`"]
pub struct Fault {
    effect: Effect,
    after_handling: bool,
    times: usize,
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
}

impl Fault {
    fn new(effect: Effect) -> Self {
        Self {
            effect,
            after_handling: false,
            times: 1,
            method: None,
            path: None,
        }
    }

    /// Answers with this status and an empty body, which [`header`](Self::header) and
    /// [`body`](Self::body) fill. A status of success is welcome too: so a test can serve any reply
    /// at all, hostile ones included.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// let unavailable = Fault::answer(503);
    /// let hostile = Fault::answer(200).body("not JSON");
    /// ```
    ///
    /// # Panics
    /// If the status is not between 100 and 999.
    pub fn answer(status: u16) -> Self {
        let status = StatusCode::from_u16(status).expect("a status between 100 and 999");
        Self::new(Effect::Answer {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        })
    }

    /// Closes the connection without an answer.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// let cut = Fault::drop_connection();
    /// ```
    pub fn drop_connection() -> Self {
        Self::new(Effect::DropConnection)
    }

    /// Waits so long, then goes on as usual.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// # use std::time::Duration;
    /// let slow = Fault::delay(Duration::from_secs(2));
    /// ```
    pub fn delay(duration: Duration) -> Self {
        Self::new(Effect::Delay(duration))
    }

    /// Adds a header to an [`answer`](Self::answer); for other faults it does nothing.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// let limited = Fault::answer(429).header("Retry-After", "7");
    /// ```
    ///
    /// # Panics
    /// If the name or the value cannot stand in a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Effect::Answer { headers, .. } = &mut self.effect {
            let name = HeaderName::try_from(name).expect("a name that can stand in a header");
            headers.push((
                name,
                HeaderValue::try_from(value).expect("a value that can stand in a header"),
            ));
        }
        self
    }

    /// Sets the body of an [`answer`](Self::answer); for other faults it does nothing.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// let failed = Fault::answer(500).body("out of order");
    /// ```
    pub fn body(mut self, content: impl Into<Vec<u8>>) -> Self {
        if let Effect::Answer { body, .. } = &mut self.effect {
            *body = content.into();
        }
        self
    }

    /// Only strikes requests of this method whose path is this one or lies below it:
    /// `/oauth2/register` fits `/oauth2/register/some-client` too.
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

    /// Strikes so many requests, one after the other.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// let down = Fault::answer(503).times(3);
    /// ```
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Strikes once the double has done what the request asks: the state has changed, and only the
    /// answer is lost.
    ///
    /// ```
    /// # use ory_oidc_mock::Fault;
    /// let lost = Fault::drop_connection().after_handling();
    /// ```
    pub fn after_handling(mut self) -> Self {
        self.after_handling = true;
        self
    }

    pub(crate) fn fits(&self, method: &str, path: &str) -> bool {
        let below = |wanted: &String| {
            path.strip_prefix(wanted.as_str())
                .is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self.path.as_ref().is_none_or(below)
    }

    pub(crate) fn strikes_after_handling(&self) -> bool {
        self.after_handling
    }

    pub(crate) fn effect(self) -> Effect {
        self.effect
    }
}

/// Takes the first fault that fits a request, and uses it up.
pub(crate) fn take(faults: &mut Vec<Fault>, method: &str, path: &str) -> Option<Fault> {
    faults.retain(|fault| fault.times > 0);
    let fault = faults.iter_mut().find(|fault| fault.fits(method, path))?;
    fault.times -= 1;
    Some(fault.clone())
}

impl Effect {
    /// Lets the fault happen. `None` leaves the request to go on as usual.
    pub(crate) async fn strike(self) -> Option<Result<Response, ConnectionDropped>> {
        match self {
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

/// The connection is to be closed without an answer.
#[derive(Debug)]
pub(crate) struct ConnectionDropped;

impl fmt::Display for ConnectionDropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is dropped, as a test asked")
    }
}

impl std::error::Error for ConnectionDropped {}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = match &self.effect {
            Effect::Answer { status, .. } => format!("answer {status}"),
            Effect::DropConnection => "drop the connection".to_owned(),
            Effect::Delay(duration) => format!("delay of {duration:?}"),
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
    fn a_fault_fits_a_path_and_what_lies_below_it() {
        let fault = Fault::answer(500).on("put", "/oauth2/register");
        assert!(fault.fits("PUT", "/oauth2/register"));
        assert!(fault.fits("PUT", "/oauth2/register/abc"));
        assert!(!fault.fits("PUT", "/oauth2/registered"));
        assert!(!fault.fits("POST", "/oauth2/register"));
    }

    #[test]
    fn a_fault_is_used_up() {
        let mut faults = vec![Fault::answer(500).times(2)];
        let struck = (0..3)
            .filter(|_| take(&mut faults, "GET", "/").is_some())
            .count();
        assert_eq!(struck, 2);
    }
}
