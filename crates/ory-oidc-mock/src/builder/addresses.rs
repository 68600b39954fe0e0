//! Where the mock server listens, and the paths of its endpoints.

use std::net::IpAddr;

use super::OryMockBuilder;

/// Addresses and paths.
impl OryMockBuilder {
    /// Sets the port of the public endpoints (default: 0, a free port).
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// # let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    /// # let port = free();
    /// let ory = OryMock::builder().port(port).start_blocking();
    /// assert_eq!(ory.url(), format!("http://127.0.0.1:{port}"));
    /// ```
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets the port of the admin API (default: 0, a free port).
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().admin_port(0).start_blocking();
    /// ```
    pub fn admin_port(mut self, port: u16) -> Self {
        self.admin_port = port;
        self
    }

    /// Sets the IP address at which the mock server listens (default: `127.0.0.1`).
    ///
    /// At any other address, everybody who reaches it can log in as any user, and use the admin API.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().host(std::net::Ipv4Addr::UNSPECIFIED).start_blocking();
    /// assert!(ory.url().starts_with("http://127.0.0.1:"));
    /// ```
    pub fn host(mut self, address: impl Into<IpAddr>) -> Self {
        self.host = address.into();
        self
    }

    /// Sets the URL at which clients reach the public endpoints, without a trailing slash (default:
    /// the address at which the mock server listens). It is the base of all URLs in discovery.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().url("http://hydra:4444").start_blocking();
    /// assert_eq!(ory.url(), "http://hydra:4444");
    /// ```
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Sets the path of the userinfo endpoint (default: `/userinfo`), as a gateway in front of Hydra
    /// may do. Discovery names this path, and `/userinfo` responds with 404.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().userinfo_path("/users/me").start_blocking();
    /// ```
    pub fn userinfo_path(mut self, path: impl Into<String>) -> Self {
        self.paths.userinfo = Some(path.into());
        self
    }

    /// Sets the path of the registration endpoint (default: `/oauth2/register`), as a gateway in front
    /// of Hydra may do. Discovery and `registration_client_uri` name this path, and `/oauth2/register`
    /// responds with 404.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().registration_path("/clients").start_blocking();
    /// ```
    pub fn registration_path(mut self, path: impl Into<String>) -> Self {
        self.paths.registration = Some(path.into());
        self.advertise_registration_endpoint = true;
        self
    }

    /// Sets the path of the revocation endpoint (default: `/oauth2/revoke`), as a gateway in front of
    /// Hydra may do. Discovery names this path, and `/oauth2/revoke` responds with 404.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().revocation_path("/tokens/revoke").start_blocking();
    /// ```
    pub fn revocation_path(mut self, path: impl Into<String>) -> Self {
        self.paths.revocation = Some(path.into());
        self
    }
}
