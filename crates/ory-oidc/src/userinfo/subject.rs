//! The user that userinfo must be about.

/// The user that userinfo must be about. The choice is explicit: without the check, one user's token
/// could be used in place of another's (OpenID Connect Core §5.3.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Subject<'a> {
    /// Expects the `sub` of the ID token that came with the access token.
    Expect(&'a str),
    /// Accepts any user: there was no ID token, as in an API that is called with an access token.
    Unchecked,
}
