//! The kind of a client's access tokens.

use crate::metadata::Metadata;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum AccessTokenStrategy {
    Opaque,
    Jwt,
}

impl AccessTokenStrategy {
    /// Returns the strategy of a client, or `default` if it has none of its own.
    pub(crate) fn of(client: Option<&Metadata>, default: Self) -> Self {
        match client.map_or("", |client| client.text("access_token_strategy")) {
            "" => default,
            strategy if strategy.eq_ignore_ascii_case("jwt") => Self::Jwt,
            _ => Self::Opaque,
        }
    }

    /// Returns the types of subjects that a client with this strategy may have.
    pub(crate) fn subject_types(self) -> &'static [&'static str] {
        match self {
            Self::Opaque => &["public", "pairwise"],
            Self::Jwt => &["public"],
        }
    }
}
