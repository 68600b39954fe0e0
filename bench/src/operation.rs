//! The seven operations, and discovery from the cache.

#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Operation {
    Register,
    Get,
    Put,
    Delete,
    Discover,
    /// Discovery from the cache, without a request.
    DiscoverCached,
    UserInfo,
    Logout,
}

impl Operation {
    pub(crate) const ALL: [Self; 8] = [
        Self::Register,
        Self::Get,
        Self::Put,
        Self::Delete,
        Self::Discover,
        Self::DiscoverCached,
        Self::UserInfo,
        Self::Logout,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Get => "get",
            Self::Put => "put",
            Self::Delete => "delete",
            Self::Discover => "discover",
            Self::DiscoverCached => "discover, cached",
            Self::UserInfo => "userinfo",
            Self::Logout => "logout",
        }
    }
}
