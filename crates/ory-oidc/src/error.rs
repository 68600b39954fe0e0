//! One error, a variant for each phase of a call.

mod validation;

pub use validation::ValidationError;

#[cfg(feature = "jwt")]
use crate::StoreError;
use crate::{Operation, ServerError, SignedUserInfo};
use ory_oidc_gen as raw;
use reqwest::StatusCode;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Why a call failed, by the phase in which it did.
///
/// For what a program usually branches on, see [`Error::condition`]. No message
/// holds a secret, a URL's query or a piece of a body.
///
/// ```
/// use ory_oidc::{Condition, Error};
///
/// fn advice(error: &Error) -> &'static str {
///     match error.condition() {
///         Some(Condition::RegistrationDisabled) => "ask the administrator to enable it",
///         Some(Condition::TokenInvalidOrClientGone) => "register anew",
///         _ if error.is_retryable() => "try again",
///         _ => "give up",
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be built as it was configured.
    Configuration(ConfigurationError),
    /// The request was refused before anything was sent.
    NotSent(NotSentError),
    /// The request was sent, or at least tried, and no whole answer came.
    Transport(TransportError),
    /// The server answered that it will not.
    Server(Box<ServerError>),
    /// The server answered with success, but the answer cannot be read.
    Unreadable(Box<UnreadableError>),
    /// The answer can be read, but breaks a rule that protects the caller.
    Validation(ValidationError),
    /// Userinfo came signed. Its claims are not handed out, as nothing has verified them: name the
    /// client in [`UserInfoRequest::relying_party`](crate::UserInfoRequest::relying_party).
    SignedUserInfo(Box<SignedUserInfo>),
    /// Whether a token was used before could not be found out.
    #[cfg(feature = "jwt")]
    ReplayGuard(Arc<StoreError>),
}

/// What programs handle, whatever phase and status it shows in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Condition {
    /// The server does not do dynamic client registration: 404. The same comes from an
    /// address that is not an Ory server's; [`ServerError::description`] tells what was said.
    RegistrationDisabled,
    /// The registration access token is wrong or was replaced, or the client is gone.
    /// Servers give one answer for all of these, 401 (RFC 7592 §2.1 to §2.3).
    TokenInvalidOrClientGone,
    /// The user's access token is missing, expired, revoked or wrong (RFC 6750 §3.1): refresh it,
    /// or log the user in again. Ory writes `request_unauthorized` for it.
    AccessTokenInvalid,
    /// The access token is not good for what was asked (RFC 6750 §3.1). See
    /// [`Error::required_scope`].
    InsufficientScope,
    /// A client tried to choose its own secret: 403.
    SecretNotAllowed,
    /// Too many requests: 429. See [`Error::retry_after`].
    RateLimited,
    /// Whether a registration, an update or a deletion took place is not known. After an update, the
    /// registration access token may have been replaced by one that never arrived.
    OutcomeUnknown,
}

impl Error {
    /// The condition that this error means, where it is one that programs handle.
    #[must_use]
    pub fn condition(&self) -> Option<Condition> {
        match self {
            Self::Transport(error) if error.outcome_unknown() => Some(Condition::OutcomeUnknown),
            Self::Unreadable(error) if error.operation.changes_something() => {
                Some(Condition::OutcomeUnknown)
            }
            Self::Server(error) => error.condition(),
            // The server did what it was asked; its reply is what cannot be used.
            Self::Validation(error) if error.operation()?.changes_something() => {
                Some(Condition::OutcomeUnknown)
            }
            _ => None,
        }
    }

    /// The HTTP status, if an answer came.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Server(error) => Some(error.status()),
            Self::Transport(error) => error.status,
            Self::Unreadable(error) => Some(error.status),
            _ => None,
        }
    }

    /// Whether the same call may well succeed later and does no harm if repeated. A
    /// registration or an update is retryable only if the server never saw it or refused it unread.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Transport(error) => !error.outcome_unknown(),
            Self::Server(error) => error.is_retryable(),
            // The provider may be about to publish it.
            #[cfg(feature = "jwt")]
            Self::Validation(ValidationError::Token(error)) => {
                error.problem() == crate::TokenProblem::UnknownKey
            }
            #[cfg(feature = "jwt")]
            Self::ReplayGuard(_) => true,
            _ => false,
        }
    }

    /// How long the server asks to wait (`Retry-After`, RFC 9110 §10.2.3).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Server(error) => error.retry_after(),
            _ => None,
        }
    }

    /// The server's name for the request, to quote to whoever runs the server.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Server(error) => error.request_id(),
            _ => None,
        }
    }

    /// The scope that the access token lacks, as the server's challenge names it (RFC 6750 §3.1:
    /// `insufficient_scope`): names with a space between them. It is the server's text.
    ///
    /// A login that asks for it is what helps; a refresh does not.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client, token: ory_oidc::AccessToken) {
    /// use ory_oidc::Subject;
    ///
    /// if let Err(error) = ory.userinfo(&token, Subject::Unchecked).await {
    ///     if let Some(scope) = error.required_scope() {
    ///         println!("log in again, and ask for {scope}");
    ///     } else if error.wants_fresh_token() {
    ///         println!("refresh the access token, or log in again");
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn required_scope(&self) -> Option<&str> {
        match self {
            Self::Server(error) => error.required_scope(),
            _ => None,
        }
    }

    /// Whether the access token is what is wrong, so that a refreshed one, or a login, helps
    /// (RFC 6750 §3.1: `invalid_token`). It says the same as [`Condition::AccessTokenInvalid`].
    #[must_use]
    pub fn wants_fresh_token(&self) -> bool {
        self.condition() == Some(Condition::AccessTokenInvalid)
    }

    /// The operation that failed, if it came that far.
    #[must_use]
    pub fn operation(&self) -> Option<Operation> {
        match self {
            Self::Transport(error) => Some(error.operation),
            Self::Server(error) => Some(error.operation()),
            Self::Unreadable(error) => Some(error.operation),
            Self::Validation(error) => error.operation(),
            Self::SignedUserInfo(_) => Some(Operation::UserInfo),
            _ => None,
        }
    }

    pub(crate) fn from_raw(operation: Operation, error: raw::Error) -> Self {
        match error {
            raw::Error::InvalidArgument { name, reason } => NotSentError::new(name, reason).into(),
            raw::Error::Status(response) => {
                Self::Server(Box::new(ServerError::new(operation, *response)))
            }
            raw::Error::Decode(error) => UnreadableError::from_decode(operation, &error).into(),
            raw::Error::Redirected(status) => UnreadableError::new(
                operation,
                status,
                "it came after a redirect that the HTTP client must not follow",
            )
            .into(),
            raw::Error::ResponseBody {
                status,
                reason: raw::BodyError::TooLarge { limit },
                ..
            } => UnreadableError::new(
                operation,
                status,
                &format!("its body is over {limit} bytes"),
            )
            .into(),
            raw::Error::ResponseBody {
                status,
                reason: raw::BodyError::Cut(source),
                ..
            } => TransportError {
                operation,
                status: Some(status),
                source: Some(Arc::new(source)),
            }
            .into(),
            raw::Error::Transport(source) => TransportError {
                operation,
                status: None,
                source: Some(Arc::new(source)),
            }
            .into(),
            _ => NotSentError::new("request", "could not be built").into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(error) => error.fmt(f),
            Self::NotSent(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::Server(error) => error.fmt(f),
            Self::Unreadable(error) => error.fmt(f),
            Self::Validation(error) => error.fmt(f),
            Self::SignedUserInfo(signed) => signed.fmt(f),
            #[cfg(feature = "jwt")]
            Self::ReplayGuard(_) => f.write_str("whether the token was used before is not known"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Configuration(ConfigurationError::HttpClient(source)) => Some(source.as_ref()),
            Self::Transport(error) => std::error::Error::source(error),
            #[cfg(feature = "jwt")]
            Self::ReplayGuard(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

/// What is wrong with the configuration of a client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// The base URL cannot be used.
    BaseUrl {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The base URL is plain `http` and not on this machine. Tokens would travel in
    /// the clear; [`ClientBuilder::allow_insecure_http`](crate::ClientBuilder::allow_insecure_http)
    /// permits it.
    InsecureHttp,
    /// The public issuer is no absolute `https` URL (`http` for this machine), or has a query, a
    /// fragment or a password.
    PublicIssuer,
    /// A trusted origin is none: `https`, a host and perhaps a port, and nothing else (`http` for
    /// this machine).
    EndpointOrigin,
    /// The `User-Agent` cannot stand in a header.
    UserAgent,
    /// The HTTP client cannot be built.
    HttpClient(Arc<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BaseUrl { reason } => write!(f, "the base URL {reason}"),
            Self::InsecureHttp => f.write_str(
                "the base URL is plain http to another machine, which would show every token on the way",
            ),
            Self::PublicIssuer => f.write_str("the public issuer is no absolute https URL, or has more than a path"),
            Self::EndpointOrigin => {
                f.write_str("a trusted origin is not https, a host and perhaps a port, only")
            }
            Self::UserAgent => f.write_str("the user agent cannot stand in a header"),
            Self::HttpClient(_) => f.write_str("the HTTP client cannot be built"),
        }
    }
}

impl std::error::Error for ConfigurationError {}

/// A request that was refused before anything was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NotSentError {
    subject: &'static str,
    reason: &'static str,
}

impl NotSentError {
    pub(crate) fn new(subject: &'static str, reason: &'static str) -> Self {
        Self { subject, reason }
    }

    /// What is wrong: an argument or a member of the metadata.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.subject
    }

    /// What is wrong with it.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.reason
    }
}

impl fmt::Display for NotSentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not sent: {} {}", self.subject, self.reason)
    }
}

impl std::error::Error for NotSentError {}

/// No whole answer came.
#[derive(Clone, Debug)]
pub struct TransportError {
    pub(crate) operation: Operation,
    pub(crate) status: Option<StatusCode>,
    /// [`None`] if this crate gave up waiting by itself.
    pub(crate) source: Option<Arc<reqwest::Error>>,
}

impl TransportError {
    /// That no answer was waited for any longer.
    pub(crate) fn gave_up(operation: Operation) -> Self {
        Self {
            operation,
            status: None,
            source: None,
        }
    }

    /// Whether the server may have acted on a request that changes something.
    #[must_use]
    pub fn outcome_unknown(&self) -> bool {
        self.operation.changes_something() && !self.is_connect()
    }

    /// Whether it took too long.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.source
            .as_ref()
            .is_none_or(|source| source.is_timeout())
    }

    /// Whether there was no connection at all, so that nothing was sent.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        self.source
            .as_ref()
            .is_some_and(|source| source.is_connect())
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        f.write_str(match (self.status, self.is_connect(), self.is_timeout()) {
            (_, true, _) => "no connection to the server",
            (Some(_), _, _) => "the answer was cut short",
            (None, _, true) => "no answer in time",
            (None, _, false) => "the connection broke before an answer came",
        })?;
        if self.outcome_unknown() {
            f.write_str("; whether the server acted on the request is unknown")?;
        }
        Ok(())
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

/// An answer whose status means success, but which cannot be read.
#[derive(Clone, Debug)]
pub struct UnreadableError {
    operation: Operation,
    status: StatusCode,
    media_type: String,
    path: Option<String>,
    problem: String,
}

impl UnreadableError {
    pub(crate) fn new(operation: Operation, status: StatusCode, problem: &str) -> Self {
        let problem = problem.to_owned();
        Self {
            operation,
            status,
            media_type: String::new(),
            path: None,
            problem,
        }
    }

    pub(crate) fn of_type(mut self, media_type: &str) -> Self {
        media_type.clone_into(&mut self.media_type);
        self
    }

    pub(crate) fn from_decode(operation: Operation, error: &raw::DecodeError) -> Self {
        Self {
            operation,
            status: error.status(),
            media_type: error.media_type().to_owned(),
            path: error.path().map(str::to_owned),
            problem: error.problem().to_owned(),
        }
    }

    /// The media type of the answer, without its parameters; empty when it names none.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Where in the document the trouble is, as in `redirect_uris[0]`.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }
}

impl fmt::Display for UnreadableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: answered {}, but ", self.operation, self.status)?;
        if let Some(path) = &self.path {
            write!(
                f,
                "its body cannot be read at `{}`: ",
                crate::text::clip(path)
            )?;
        }
        f.write_str(&self.problem)?;
        if !self.media_type.is_empty() {
            write!(f, "; its type is {:?}", self.media_type)?;
        }
        if self.operation.changes_something() {
            f.write_str("; what the server did is unknown")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnreadableError {}

impl From<ConfigurationError> for Error {
    fn from(error: ConfigurationError) -> Self {
        Self::Configuration(error)
    }
}

impl From<NotSentError> for Error {
    fn from(error: NotSentError) -> Self {
        Self::NotSent(error)
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

impl From<UnreadableError> for Error {
    fn from(error: UnreadableError) -> Self {
        Self::Unreadable(Box::new(error))
    }
}

impl From<ValidationError> for Error {
    fn from(error: ValidationError) -> Self {
        Self::Validation(error)
    }
}

#[cfg(feature = "jwt")]
impl From<crate::TokenError> for Error {
    fn from(error: crate::TokenError) -> Self {
        Self::Validation(ValidationError::Token(error))
    }
}
