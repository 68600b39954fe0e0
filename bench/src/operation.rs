//! The seven operations, and discovery from what is kept.

#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Operation {
    Register,
    Get,
    Put,
    Delete,
    Discover,
    /// Discovery when the answer is kept already: no request.
    DiscoverKept,
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
        Self::DiscoverKept,
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
            Self::DiscoverKept => "discover, kept",
            Self::UserInfo => "userinfo",
            Self::Logout => "logout",
        }
    }
}
