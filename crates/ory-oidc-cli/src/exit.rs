//! The exit codes.

use std::process::ExitCode;

/// How the program ends. `--help` and the README document the codes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    Findings = 3,
    NotRegistered = 4,
    TryAgain = 5,
    Attention = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
