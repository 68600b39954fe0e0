//! Requests that change nothing.

use super::trouble::Trouble;
use ory_oidc_core::text::clip;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

const MAX_BODY_BYTES: usize = 1024 * 1024;
/// A token that no server has issued.
const UNKNOWN_TOKEN: &str = "Bearer ory-oidc-doctor";

/// Sends requests to the server, and follows no redirect.
pub(super) struct Probe {
    http: reqwest::Client,
    /// The last limits that the server announced.
    limits: Mutex<Option<RateLimit>>,
}

/// A response.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) elapsed: Duration,
    pub(super) received_at: SystemTime,
}

/// What a response tells about the server's rate limit.
#[derive(Clone, Debug, Default)]
pub(super) struct RateLimit {
    pub(super) limit: Option<u64>,
    pub(super) remaining: Option<u64>,
    pub(super) reset: Option<u64>,
    /// Whether a request was refused.
    pub(super) refused: bool,
}

impl Probe {
    pub(super) fn new(http: reqwest::Client) -> Self {
        Self {
            http,
            limits: Mutex::new(None),
        }
    }

    pub(super) async fn get(&self, url: &str) -> Result<Reply, Trouble> {
        self.send(self.http.get(url)).await
    }

    /// Sends a token that no server has issued.
    pub(super) async fn get_with_unknown_token(&self, url: &str) -> Result<Reply, Trouble> {
        self.send(self.http.get(url).header(AUTHORIZATION, UNKNOWN_TOKEN))
            .await
    }

    /// Sends a form without fields, which OAuth endpoints refuse (RFC 6749 §5.2).
    pub(super) async fn post_empty_form(&self, url: &str) -> Result<Reply, Trouble> {
        let form = "application/x-www-form-urlencoded";
        self.send(self.http.post(url).header(CONTENT_TYPE, form))
            .await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Reply, Trouble> {
        let started = Instant::now();
        let mut response = request.send().await.map_err(Trouble::from)?;
        let elapsed = started.elapsed();
        let received_at = SystemTime::now();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Trouble::from)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY_BYTES {
                return Err(Trouble::TooLarge);
            }
        }
        let reply = Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
            elapsed,
            received_at,
        };
        self.note_limits(&reply);
        Ok(reply)
    }

    fn note_limits(&self, reply: &Reply) {
        let number = |names: [&str; 2]| {
            let mut values = names.iter().filter_map(|name| reply.header(name));
            values.find_map(|value| value.split([',', ';']).next()?.trim().parse().ok())
        };
        let seen = RateLimit {
            limit: number(["x-ratelimit-limit", "ratelimit-limit"]),
            remaining: number(["x-ratelimit-remaining", "ratelimit-remaining"]),
            reset: number(["x-ratelimit-reset", "ratelimit-reset"])
                .or_else(|| number(["retry-after", "retry-after"])),
            refused: reply.status == 429,
        };
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        let was_refused = limits.as_ref().is_some_and(|known| known.refused);
        if seen.refused || (seen.remaining.is_some() && !was_refused) {
            *limits = Some(seen);
        }
    }

    pub(super) fn limits(&self) -> Option<RateLimit> {
        let limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        limits.clone()
    }
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.body).contains(text)
    }

    pub(super) fn is_redirect(&self) -> bool {
        (300..400).contains(&self.status)
    }

    pub(super) fn location(&self) -> Option<&str> {
        self.header("location").filter(|_| self.is_redirect())
    }

    pub(super) fn is_html(&self) -> bool {
        let declared = self.header("content-type").unwrap_or_default();
        let start = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        declared.starts_with("text/html") || start == Some(&b'<')
    }

    /// Whether the body is an OAuth 2.0 error (RFC 6749 §5.2), which a proxy does not send.
    pub(super) fn is_oauth_error(&self) -> bool {
        let error = self.json().and_then(|body| body.get("error").cloned());
        error.is_some()
    }

    /// Describes the response in a sentence, without its query and its body.
    pub(super) fn summary(&self) -> String {
        let kind = match self.header("content-type").unwrap_or_default() {
            _ if self.location().is_some() => {
                let target = self.location().unwrap_or_default();
                let target = target.split(['?', '#']).next().unwrap_or_default();
                return format!("{} to {}", self.status, clip(target));
            }
            _ if self.body.is_empty() => "no body",
            _ if self.is_html() => "an HTML page",
            declared if declared.contains("json") => "JSON",
            _ => "a text",
        };
        let server = self
            .header("server")
            .map(|server| format!(" (server: {})", clip(server)));
        format!("{} with {kind}{}", self.status, server.unwrap_or_default())
    }
}
