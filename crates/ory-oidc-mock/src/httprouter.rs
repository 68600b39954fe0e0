//! How Hydra v2.3.0 finds the endpoint of a request: with the Go package `httprouter`.

use crate::go_path;

/// The endpoints of the public API and their methods. `:id` stands for one segment.
const PUBLIC: &[(&str, &[&str])] = &[
    ("/.well-known/jwks.json", &["GET", "OPTIONS"]),
    ("/.well-known/openid-configuration", &["GET", "OPTIONS"]),
    ("/credentials", &["OPTIONS", "POST"]),
    ("/health/alive", &["GET"]),
    ("/health/ready", &["GET"]),
    ("/oauth2/auth", &["GET", "POST"]),
    ("/oauth2/fallbacks/consent", &["GET"]),
    ("/oauth2/fallbacks/error", &["GET"]),
    ("/oauth2/fallbacks/login", &["GET"]),
    ("/oauth2/fallbacks/logout", &["GET"]),
    ("/oauth2/fallbacks/logout/callback", &["GET"]),
    ("/oauth2/register", &["POST"]),
    ("/oauth2/register/:id", &["DELETE", "GET", "PUT"]),
    ("/oauth2/revoke", &["OPTIONS", "POST"]),
    ("/oauth2/sessions/logout", &["GET", "POST"]),
    ("/oauth2/token", &["OPTIONS", "POST"]),
    ("/userinfo", &["GET", "OPTIONS", "POST"]),
];

/// What `httprouter` does with a request.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The endpoint handles it.
    Found,
    /// Redirects to this encoded path.
    Redirect(String),
    /// Responds with the methods of the path, to a request with the method `OPTIONS`.
    Options(String),
    /// Refuses the method and names those of the path.
    MethodNotAllowed(String),
    NotFound,
}

/// Looks a method and a decoded path up in the public API.
pub(crate) fn look_up(method: &str, path: &str) -> Outcome {
    if is_endpoint(method, path) {
        return Outcome::Found;
    }
    let has_endpoints = PUBLIC.iter().any(|(_, methods)| methods.contains(&method));
    if has_endpoints && method != "CONNECT" && path != "/" {
        if let Some(shorter) = without_slash(method, path) {
            return Outcome::Redirect(go_path::encode(&shorter));
        }
        if let Some(fixed) = fixed(method, &go_path::clean(path)) {
            return Outcome::Redirect(go_path::encode(&fixed));
        }
    }
    let allowed = allowed(method, path);
    match (allowed.is_empty(), method) {
        (true, _) => Outcome::NotFound,
        (false, "OPTIONS") => Outcome::Options(allowed),
        (false, _) => Outcome::MethodNotAllowed(allowed),
    }
}

fn is_endpoint(method: &str, path: &str) -> bool {
    let mut endpoints = PUBLIC.iter();
    endpoints.any(|(pattern, methods)| methods.contains(&method) && matches(pattern, path, exactly))
}

/// Returns the path without a slash at its end, if that is an endpoint.
fn without_slash(method: &str, path: &str) -> Option<String> {
    let shorter = path.strip_suffix('/')?;
    // An id may be empty here.
    let with_id = if shorter.ends_with('/') {
        format!("{shorter}id")
    } else {
        shorter.to_owned()
    };
    is_endpoint(method, &with_id).then(|| shorter.to_owned())
}

/// Returns the path of the endpoint that differs only in case or in a slash at its end.
fn fixed(method: &str, path: &str) -> Option<String> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut endpoints = PUBLIC.iter();
    let (pattern, _) = endpoints.find(|(pattern, methods)| {
        methods.contains(&method) && matches(pattern, path, ignoring_case)
    })?;
    let segments = pattern.split('/').zip(path.split('/'));
    let segments = segments.map(|(own, given)| if own == ":id" { given } else { own });
    Some(segments.collect::<Vec<_>>().join("/"))
}

fn allowed(method: &str, path: &str) -> String {
    let mut allowed: Vec<&str> = PUBLIC
        .iter()
        .filter(|(pattern, _)| matches(pattern, path, exactly))
        .flat_map(|(_, methods)| *methods)
        .copied()
        .filter(|known| *known != method && *known != "OPTIONS")
        .collect();
    if !allowed.is_empty() {
        allowed.push("OPTIONS");
    }
    allowed.sort_unstable();
    allowed.join(", ")
}

fn matches(pattern: &str, path: &str, equal: fn(&str, &str) -> bool) -> bool {
    let (own, given) = (pattern.split('/'), path.split('/'));
    own.clone().count() == given.clone().count()
        && own.zip(given).all(|(own, given)| match own {
            ":id" => !given.is_empty(),
            own => equal(own, given),
        })
}

fn exactly(own: &str, given: &str) -> bool {
    own == given
}

fn ignoring_case(own: &str, given: &str) -> bool {
    own.eq_ignore_ascii_case(given)
}

#[cfg(test)]
mod tests {
    use super::{Outcome, look_up};

    fn redirect(path: &str) -> Outcome {
        Outcome::Redirect(path.to_owned())
    }

    #[test]
    fn a_path_is_redirected_to_the_one_endpoint_that_it_resembles() {
        assert_eq!(look_up("GET", "/userinfo/"), redirect("/userinfo"));
        assert_eq!(look_up("GET", "//UserInfo"), redirect("/userinfo"));
        assert_eq!(
            look_up("POST", "/oauth2/register/"),
            redirect("/oauth2/register")
        );
        assert_eq!(
            look_up("GET", "/oauth2/register/a b/"),
            redirect("/oauth2/register/a%20b")
        );
        assert_eq!(look_up("GET", "/oauth2/register/."), Outcome::Found);
        assert_eq!(look_up("GET", "/oauth2/register/a/b"), Outcome::NotFound);
        assert_eq!(look_up("GET", "/"), Outcome::NotFound);
    }

    #[test]
    fn another_method_is_refused_with_the_methods_of_the_path() {
        let allowed = |allowed: &str| Outcome::MethodNotAllowed(allowed.to_owned());
        assert_eq!(look_up("GET", "/oauth2/register"), allowed("OPTIONS, POST"));
        assert_eq!(look_up("FOO", "/userinfo"), allowed("GET, OPTIONS, POST"));
        let options = Outcome::Options("OPTIONS, POST".to_owned());
        assert_eq!(look_up("OPTIONS", "/oauth2/register"), options);
        assert_eq!(look_up("OPTIONS", "/userinfo"), Outcome::Found);
    }
}
