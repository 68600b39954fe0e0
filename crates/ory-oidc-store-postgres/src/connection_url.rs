//! Parses a URL into connection options, and names the server without the password.

use std::env;
use std::net::IpAddr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use crate::error::DatabaseError;

/// The statement timeout at the server, unless the URL sets one.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// The parameters that a URL may have. sqlx ignores all others, and logs their values: a misspelled
/// password, or `sslmod=verify-full`.
const PARAMETERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

pub(crate) fn options(url: &str) -> Result<PgConnectOptions, DatabaseError> {
    let url: Url = url
        .parse()
        .map_err(|error| DatabaseError::new(format!("invalid database URL: {error}")))?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(DatabaseError::new(
            "invalid database URL: expected postgres:// or postgresql://",
        ));
    }
    let end = [Some(url.path()), url.query(), url.fragment()];
    if url.fragment().is_some() || end.into_iter().flatten().any(|part| part.contains('@')) {
        return Err(DatabaseError::new(
            "invalid database URL: in a password, write `/`, `?`, `#` and `@` as `%2F`, `%3F`, \
             `%23` and `%40`",
        ));
    }
    let is_known = |name: &str| PARAMETERS.contains(&name) || name.starts_with("options[");
    if !url.query_pairs().all(|(name, _)| is_known(&name)) {
        return Err(DatabaseError::new(format!(
            "invalid database URL: unknown parameter, expected one of {}, options[…]",
            PARAMETERS.join(", ")
        )));
    }
    let options = PgConnectOptions::from_url(&url)?.disable_statement_logging();
    let options = with_tls(options, &url, env::var("PGSSLMODE").ok().as_deref());
    if options
        .get_options()
        .is_some_and(|set| set.contains("statement_timeout"))
    {
        return Ok(options);
    }
    let timeout = format!("{}ms", STATEMENT_TIMEOUT.as_millis());
    Ok(options.options([("statement_timeout", timeout)]))
}

/// Verifies the server of another machine, unless the URL or the environment chooses otherwise.
fn with_tls(options: PgConnectOptions, url: &Url, environment: Option<&str>) -> PgConnectOptions {
    let in_url = url
        .query_pairs()
        .any(|(name, _)| matches!(&*name, "sslmode" | "ssl-mode"));
    // sqlx ignores a value that it does not know.
    let in_environment = environment.is_some_and(|mode| mode.parse::<PgSslMode>().is_ok());
    if in_url || in_environment || is_local(&options) {
        options
    } else {
        options.ssl_mode(PgSslMode::VerifyFull)
    }
}

/// Whether a connection stays on this machine. A name other than `localhost` is resolved by DNS.
pub(crate) fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    options.get_socket().is_some()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Returns the name of a table in errors.
pub(crate) fn place(options: &PgConnectOptions, table: &str) -> String {
    let host = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => options.get_host().to_owned(),
    };
    let port = options.get_port();
    let database = options
        .get_database()
        .unwrap_or_else(|| options.get_username());
    format!("PostgreSQL at {host}:{port}, database {database}, table {table}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_timeout_is_10_seconds_unless_the_url_sets_one() {
        let plain = options("postgres://app:zebra@db.example/app").expect("a valid URL");
        assert_eq!(plain.get_options(), Some("-c statement_timeout=10000ms"));
        for url in [
            "postgres://db.example/app?options=-c%20statement_timeout%3D1s",
            "postgres://db.example/app?options[statement_timeout]=1s",
        ] {
            assert_eq!(
                options(url).expect("a valid URL").get_options(),
                Some("-c statement_timeout=1s")
            );
        }
    }

    fn mode(url: &str, environment: Option<&str>) -> PgSslMode {
        let parsed = url.parse().expect("a valid URL");
        let options = PgConnectOptions::from_url(&parsed).expect("a valid URL");
        with_tls(options, &parsed, environment).get_ssl_mode()
    }

    #[test]
    fn the_server_on_another_machine_is_verified_by_default() {
        for host in [
            "db.example",
            "localhost.example",
            "db.localhost",
            "10.0.0.1",
            "[fd00::1]",
            "0.0.0.0",
        ] {
            for url in [
                format!("postgres://app@{host}/app"),
                format!("postgres://app@127.0.0.1/app?host={host}"),
            ] {
                assert!(matches!(mode(&url, None), PgSslMode::VerifyFull), "{url}");
                assert!(
                    matches!(mode(&url, Some("unknown")), PgSslMode::VerifyFull),
                    "{url}"
                );
            }
        }
        for url in [
            "postgres://app@127.0.0.1/app?hostaddr=10.0.0.1",
            "postgres://app@db.example/app?sslrootcert=ca.pem",
        ] {
            assert!(matches!(mode(url, None), PgSslMode::VerifyFull), "{url}");
        }
    }

    #[test]
    fn a_server_on_this_machine_needs_no_tls() {
        for url in [
            "postgres://app@127.0.0.1/app",
            "postgres://app@127.1.2.3/app",
            "postgres://app@[::1]/app",
            "postgres://app@localhost/app",
            "postgres://app@LocalHost/app",
            "postgres://app@%2Frun%2Fpostgresql/app",
            "postgres://app@db.example/app?host=/run/postgresql",
        ] {
            assert!(matches!(mode(url, None), PgSslMode::Prefer), "{url}");
        }
    }

    #[test]
    fn a_named_mode_is_kept() {
        let url = "postgres://app@db.example/app";
        assert!(matches!(
            mode(&format!("{url}?sslmode=require"), None),
            PgSslMode::Require
        ));
        assert!(matches!(
            mode(&format!("{url}?ssl-mode=disable"), None),
            PgSslMode::Disable
        ));
        // sqlx reads the variable itself, which this test does not set.
        assert!(matches!(mode(url, Some("prefer")), PgSslMode::Prefer));
    }

    #[test]
    fn the_place_names_the_server_without_the_credentials() {
        let url = "postgres://app:ze%2Fbra@db.example:5433/things?password=zebra";
        assert_eq!(
            place(&options(url).expect("a valid URL"), "kept"),
            "PostgreSQL at db.example:5433, database things, table kept"
        );
    }

    #[test]
    fn an_invalid_url_is_refused_and_not_quoted() {
        for url in [
            "zebra",
            "mysql://app:zebra@db.example/app",
            "postgres://app:zebra/zebra@db.example/app",
            "postgres://app:1/zebra@db.example/app",
            "postgres://app:1?zebra@db.example/app",
            "postgres://app:1#zebra@db.example/app",
            "postgres://app:1#zebra",
            "postgres://app@db.example/app?passwort=zebra",
            "postgres://app@db.example/app?sslmod=zebra",
            "postgres://app:zebra@db.example:port/app",
            "postgres://app:zebra@/app",
        ] {
            if let Err(error) = options(url) {
                assert!(
                    !format!("{error} {error:?}").contains("zebra"),
                    "{url}: {error}"
                );
            } else {
                panic!("{url} was accepted");
            }
        }
    }
}
