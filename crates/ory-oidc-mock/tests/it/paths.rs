//! Tests of paths and methods that are not those of an endpoint.

use ory_oidc_mock::{HydraVersion, OryMock};

use crate::http::{Response, get, send, send_verbatim};

async fn v2_3_0() -> OryMock {
    let builder = OryMock::builder().hydra_version(HydraVersion::V2_3_0);
    builder.start().await
}

fn status_and_location(response: &Response) -> (u16, Option<&str>) {
    (response.status, response.header("location"))
}

#[tokio::test]
async fn one_slash_at_the_end_of_a_path_is_ignored() {
    let ory = OryMock::start().await;
    for (path, status) in [
        ("/userinfo/", 401),
        ("/userinfo//", 404),
        ("/health/ready/", 200),
        ("/foo/", 404),
        ("/", 404),
    ] {
        assert_eq!(send_verbatim(&ory, path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_path_that_is_not_clean_is_redirected_with_its_query() {
    let ory = OryMock::start().await;
    for (path, location) in [
        ("//userinfo?a=b", "/userinfo?a=b"),
        ("/oauth2/../userinfo", "/userinfo"),
    ] {
        let response = send_verbatim(&ory, path).await;
        assert_eq!(
            status_and_location(&response),
            (307, Some(location)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_unknown_path_has_a_page_in_the_media_type_that_the_client_prefers() {
    let ory = OryMock::start().await;
    for (accept, content_type) in [
        ("*/*", "text/html; charset=utf-8"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("application/json", "application/json; charset=utf-8"),
    ] {
        let response = send(&ory, "GET", "/foo", &[("accept", accept)], None).await;
        let found = (response.status, response.header("content-type"));
        assert_eq!(found, (404, Some(content_type)));
        assert_eq!(response.header("allow"), None);
    }
}

#[tokio::test]
async fn an_invalid_escape_in_a_path_is_a_bad_request() {
    for ory in [OryMock::start().await, v2_3_0().await] {
        let response = send_verbatim(&ory, "/oauth2/register/%zz").await;
        assert_eq!(
            (response.status, response.body.as_str()),
            (400, "400 Bad Request")
        );
    }
}

#[tokio::test]
async fn preflight_requests_are_answered_where_browsers_may_call() {
    let ory = OryMock::start().await;
    for (path, status) in [
        ("/userinfo", 200),
        ("/.well-known/openid-configuration", 200),
        ("/oauth2/register", 404),
    ] {
        let response = send(&ory, "OPTIONS", path, &[], None).await;
        assert_eq!(response.status, status, "{path}");
    }
}

#[tokio::test]
async fn the_metadata_of_rfc_8414_are_those_of_discovery() {
    let ory = OryMock::start().await;
    let metadata = get(&ory, "/.well-known/oauth-authorization-server").await;
    let discovery = get(&ory, "/.well-known/openid-configuration").await;
    assert_eq!(metadata.body, discovery.body);
    let response = get(&v2_3_0().await, "/.well-known/oauth-authorization-server").await;
    assert_eq!(response.status, 404);
}

#[tokio::test]
async fn version_2_3_0_refuses_other_methods_and_names_those_of_the_path() {
    let ory = v2_3_0().await;
    for (method, path, status, allow) in [
        ("GET", "/oauth2/register", 405, "OPTIONS, POST"),
        (
            "PATCH",
            "/oauth2/register/x",
            405,
            "DELETE, GET, OPTIONS, PUT",
        ),
        ("HEAD", "/userinfo", 405, "GET, OPTIONS, POST"),
        (
            "OPTIONS",
            "/oauth2/sessions/logout",
            200,
            "GET, OPTIONS, POST",
        ),
    ] {
        let response = send(&ory, method, path, &[], None).await;
        let found = (response.status, response.header("allow"));
        assert_eq!(found, (status, Some(allow)), "{method} {path}");
    }
}

#[tokio::test]
async fn version_2_3_0_redirects_only_to_an_endpoint() {
    let ory = v2_3_0().await;
    for (path, status, location) in [
        ("/userinfo/", 301, Some("/userinfo")),
        ("//UserInfo?a=b", 301, Some("/userinfo?a=b")),
        ("/", 404, None),
        ("/oauth2/../userinfo/x", 404, None),
        ("/oauth2/register/a%2Fb", 404, None),
        ("/oauth2/register/..", 401, None),
    ] {
        let response = send_verbatim(&ory, path).await;
        assert_eq!(status_and_location(&response), (status, location), "{path}");
    }
    let response = send(&ory, "POST", "/oauth2/register/", &[], None).await;
    assert_eq!(
        status_and_location(&response),
        (307, Some("/oauth2/register"))
    );
}

#[tokio::test]
async fn a_moved_endpoint_is_advertised_and_not_at_its_old_path() {
    for version in [HydraVersion::V2_3_0, HydraVersion::Head] {
        let ory = OryMock::builder()
            .hydra_version(version)
            .userinfo_path("/users/me")
            .registration_path("/clients")
            .revocation_path("/tokens/revoke");
        let ory = ory.start().await;
        let discovery = get(&ory, "/.well-known/openid-configuration").await.json();
        for (member, moved, old) in [
            ("userinfo_endpoint", "/users/me", "/userinfo"),
            ("registration_endpoint", "/clients", "/oauth2/register"),
            ("revocation_endpoint", "/tokens/revoke", "/oauth2/revoke"),
        ] {
            assert_eq!(discovery[member], format!("{}{moved}", ory.url()));
            assert_eq!(get(&ory, old).await.status, 404, "{old}");
        }
        assert_eq!(get(&ory, "/users/me?a=b").await.status, 401);
        assert_eq!(get(&ory, "/clients/unknown").await.status, 401);
        assert_eq!(get(&ory, "/oauth2/register/unknown").await.status, 404);
    }
}
