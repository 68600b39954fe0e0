//! The seven operations, and discovery of metadata that are known.

#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Operation {
    Register,
    Get,
    Put,
    Delete,
    /// Discovery of metadata that have changed since the last call.
    Discover,
    /// Discovery of metadata that have not changed.
    DiscoverUnchanged,
    /// Discovery from the cache, without a request.
    DiscoverCached,
    UserInfo,
    Logout,
}

impl Operation {
    /// Whether only the facade has it: its peers keep no metadata.
    pub(crate) fn is_of_the_facade(self) -> bool {
        matches!(self, Self::DiscoverUnchanged | Self::DiscoverCached)
    }

    pub(crate) const ALL: [Self; 9] = [
        Self::Register,
        Self::Get,
        Self::Put,
        Self::Delete,
        Self::Discover,
        Self::DiscoverUnchanged,
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
            Self::DiscoverUnchanged => "discover, unchanged",
            Self::DiscoverCached => "discover, cached",
            Self::UserInfo => "userinfo",
            Self::Logout => "logout",
        }
    }
}
