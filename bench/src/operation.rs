//! The seven operations.

#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Operation {
    Register,
    Get,
    Put,
    Delete,
    Discover,
    UserInfo,
    Logout,
}

impl Operation {
    pub(crate) const ALL: [Self; 7] = [
        Self::Register,
        Self::Get,
        Self::Put,
        Self::Delete,
        Self::Discover,
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
            Self::UserInfo => "userinfo",
            Self::Logout => "logout",
        }
    }
}
