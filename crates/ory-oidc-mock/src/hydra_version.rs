//! The versions of Hydra that the mock server can stand for.

/// A version of Ory Hydra. Set it with
/// [`OryMockBuilder::hydra_version`](crate::OryMockBuilder::hydra_version).
///
/// ```
/// use ory_oidc_mock::HydraVersion;
///
/// assert_eq!(HydraVersion::default(), HydraVersion::Head);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HydraVersion {
    /// Hydra v2.3.0.
    V2_3_0,
    /// The development version of Hydra, as of July 2026.
    #[default]
    Head,
}
