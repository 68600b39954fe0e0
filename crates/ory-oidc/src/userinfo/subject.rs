//! The user that userinfo must be about.

/// The user that userinfo must be about. The choice is explicit: without the check, one user's token
/// could be used in place of another's (OpenID Connect Core §5.3.2).
///
/// ```no_run
/// use ory_oidc::{AccessToken, Client, Error, Subject};
///
/// # async fn example(ory: Client, access_token: AccessToken, id_token_sub: &str) -> Result<(), Error> {
/// // After a login, `sub` of the ID token is known.
/// let user = ory.userinfo(&access_token, Subject::Expect(id_token_sub)).await?;
/// // A request to an API has only the access token.
/// let user = ory.userinfo(&access_token, Subject::Unchecked).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Subject<'a> {
    /// Expects the `sub` of the ID token that came with the access token.
    Expect(&'a str),
    /// Accepts any user: there was no ID token, as in an API that is called with an access token.
    Unchecked,
}
