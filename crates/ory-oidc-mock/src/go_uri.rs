//! Parses URLs as Go's package `net/url` does.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv6Addr;

use percent_encoding::{
    AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode, utf8_percent_encode,
};

use crate::go_path;

/// The characters that Go does not encode in a host.
const HOST: &AsciiSet = &unencoded(b"-_.~!$&'()*+,;=:[]<>\"");
const fn unencoded(characters: &[u8]) -> AsciiSet {
    let mut set = NON_ALPHANUMERIC.remove(characters[0]);
    let mut index = 1;
    while index < characters.len() {
        set = set.remove(characters[index]);
        index += 1;
    }
    set
}

/// A URL, or a path.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct GoUrl {
    /// In lower case.
    pub(crate) scheme: String,
    /// What follows the scheme, if it does not start with `/`.
    opaque: String,
    user: Option<String>,
    /// The decoded host, with brackets, and the port.
    host: String,
    /// The path as it was written.
    pub(crate) path: String,
    /// The query, with its `?`.
    query: String,
    /// The fragment, without its `#`.
    pub(crate) fragment: String,
}

impl GoUrl {
    /// Parses a URL as `url.Parse` does. The error is Go's message.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (url, fragment) = text.split_once('#').unwrap_or((text, ""));
        let mut parsed =
            Self::parts(url, false).map_err(|error| format!("parse {url:?}: {error}"))?;
        check_escapes(fragment).map_err(|error| format!("parse {text:?}: {error}"))?;
        fragment.clone_into(&mut parsed.fragment);
        Ok(parsed)
    }

    /// Parses an absolute URL or an absolute path as `url.ParseRequestURI` does.
    pub(crate) fn parse_request(text: &str) -> Option<Self> {
        Self::parts(text, true).ok()
    }

    fn parts(text: &str, of_request: bool) -> Result<Self, String> {
        if text.bytes().any(|byte| byte.is_ascii_control()) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        if text.is_empty() && of_request {
            return Err("empty url".to_owned());
        }
        let mut url = Self::default();
        if text == "*" {
            "*".clone_into(&mut url.path);
            return Ok(url);
        }
        let (scheme, rest) = split_scheme(text)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (rest, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
        query.clone_into(&mut url.query);
        if !rest.starts_with('/') {
            if !scheme.is_empty() {
                rest.clone_into(&mut url.opaque);
                return Ok(url);
            }
            if of_request {
                return Err("invalid URI for request".to_owned());
            }
            if rest
                .split('/')
                .next()
                .is_some_and(|first| first.contains(':'))
            {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        let may_have_host = !scheme.is_empty() || !of_request && !rest.starts_with("///");
        let after = rest.strip_prefix("//").filter(|_| may_have_host);
        let path = match after {
            None => rest,
            Some(after) => {
                let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
                (url.user, url.host) = parse_authority(&url.scheme, authority)?;
                path
            }
        };
        check_escapes(path)?;
        path.clone_into(&mut url.path);
        Ok(url)
    }

    /// Whether the scheme is `http` or `https`.
    pub(crate) fn is_http(&self) -> bool {
        self.scheme == "https" || self.scheme == "http"
    }

    /// Whether the URL has a user name or a password.
    pub(crate) fn has_user(&self) -> bool {
        self.user.as_ref().is_some_and(|user| !user.is_empty())
    }

    /// Whether the URL has a query that is not empty.
    pub(crate) fn has_query(&self) -> bool {
        self.query.len() > 1
    }

    /// Sets parameters of the query. Sorts all parameters by their names, as `url.Values.Encode` does.
    pub(crate) fn set_query(&mut self, parameters: &[(&str, &str)]) {
        let mut all = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in form_urlencoded::parse(self.query.trim_start_matches('?').as_bytes()) {
            let values = all.entry(name.into_owned()).or_default();
            values.push(value.into_owned());
        }
        for (name, value) in parameters {
            all.insert((*name).to_owned(), vec![(*value).to_owned()]);
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, values) in &all {
            for value in values {
                query.append_pair(name, value);
            }
        }
        let query = query.finish().replace('*', "%2A").replace("%7E", "~");
        self.query = if query.is_empty() {
            query
        } else {
            format!("?{query}")
        };
    }

    /// Returns the scheme, the host without brackets, and the port.
    pub(crate) fn origin(&self) -> (&str, &str, &str) {
        let (host, port) = match self.host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
            _ => (self.host.as_str(), ""),
        };
        let unbracketed = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        (&self.scheme, unbracketed.unwrap_or(host), port)
    }
}

/// Writes the URL as Go does.
impl fmt::Display for GoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.scheme.is_empty() {
            write!(f, "{}:", self.scheme)?;
        }
        f.write_str(&self.opaque)?;
        if self.user.is_some() || !self.host.is_empty() {
            f.write_str("//")?;
        }
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        write!(f, "{}", utf8_percent_encode(&self.host, HOST))?;
        write!(f, "{}{}", escaped(&self.path), self.query)?;
        if !self.fragment.is_empty() {
            write!(f, "#{}", escaped(&self.fragment))?;
        }
        Ok(())
    }
}

/// Escapes a path or a fragment, unless it has only characters that may stand there.
fn escaped(text: &str) -> Cow<'_, str> {
    let may_stand = |c: char| c.is_ascii_alphanumeric() || "-_.~!$&'()*+,/:;=@[]%".contains(c);
    if text.chars().all(may_stand) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(go_path::encode(&go_path::decode(text)))
    }
}

fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
    match end {
        Some(0) if text.starts_with(':') => Err("missing protocol scheme".to_owned()),
        Some(end)
            if text[end..].starts_with(':')
                && text.starts_with(|c: char| c.is_ascii_alphabetic()) =>
        {
            Ok((&text[..end], &text[end + 1..]))
        }
        _ => Ok(("", text)),
    }
}

fn parse_authority(scheme: &str, authority: &str) -> Result<(Option<String>, String), String> {
    let Some((user, host)) = authority.rsplit_once('@') else {
        return Ok((None, parse_host(scheme, authority)?));
    };
    let host = parse_host(scheme, host)?;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !user.chars().all(is_allowed) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    check_escapes(user)?;
    Ok((Some(user.to_owned()), host))
}

fn parse_host(scheme: &str, host: &str) -> Result<String, String> {
    match host.rfind('[') {
        Some(0) => parse_bracketed(host),
        Some(_) => Err("invalid IP-literal".to_owned()),
        None => {
            // Only web addresses may not have several colons.
            let is_web = scheme == "http" || scheme == "https";
            let colon = if is_web {
                host.find(':')
            } else {
                host.rfind(':')
            };
            if let Some(colon) = colon {
                check_port(&host[colon..])?;
            }
            decode_host(host, false)
        }
    }
}

fn parse_bracketed(host: &str) -> Result<String, String> {
    let Some((name, port)) = host[1..].rsplit_once(']') else {
        return Err("missing ']' in host".to_owned());
    };
    check_port(port)?;
    let name = match name.find("%25") {
        Some(zone) => decode_host(&name[..zone], false)? + &decode_host(&name[zone..], true)?,
        None => decode_host(name, false)?,
    };
    let (address, zone) = name.split_once('%').unwrap_or((&name, "zone"));
    if zone.is_empty() || address.parse::<Ipv6Addr>().is_err() {
        return Err(format!(
            "invalid host: ParseAddr({name:?}): unable to parse IP"
        ));
    }
    Ok(format!("[{name}]{port}"))
}

fn check_port(port: &str) -> Result<(), String> {
    let digits = port.strip_prefix(':');
    if port.is_empty() || digits.is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit())) {
        return Ok(());
    }
    Err(format!("invalid port {port:?} after host"))
}

/// Decodes a host. Only what is not ASCII may be escaped in it, or what its zone may have.
fn decode_host(host: &str, is_zone: bool) -> Result<String, String> {
    check_escapes(host)?;
    for (index, _) in host.match_indices('%') {
        let escape = &host[index..index + 3];
        let byte = u8::from_str_radix(&escape[1..], 16).unwrap_or_default();
        let allowed = byte >= 0x80 || is_zone && (byte == b' ' || is_unencoded(byte));
        if escape != "%25" && !allowed {
            return Err(format!("invalid URL escape {escape:?}"));
        }
    }
    let is_allowed = |byte: &u8| !byte.is_ascii() || *byte == b'%' || is_unencoded(*byte);
    if let Some(byte) = host.bytes().find(|byte| !is_allowed(byte)) {
        let character = char::from(byte).to_string();
        return Err(format!("invalid character {character:?} in host name"));
    }
    Ok(percent_decode_str(host).decode_utf8_lossy().into_owned())
}

/// Whether Go does not encode an ASCII character in a host.
fn is_unencoded(byte: u8) -> bool {
    percent_encode(&[byte], HOST).eq([char::from(byte).to_string()])
}

/// Checks that two hexadecimal digits follow every `%`.
fn check_escapes(text: &str) -> Result<(), String> {
    for (index, _) in text.match_indices('%') {
        let rest = &text[index..];
        let digits = rest.as_bytes().get(1..3);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            let escape: String = rest.chars().take(3).collect();
            return Err(format!("invalid URL escape {escape:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::GoUrl;

    #[test]
    fn urls_of_requests_are_accepted_as_in_go() {
        for uri in [
            "https://a.example:8443/b?c=%zz",
            "myapp:callback",
            "myapp://a:1:2/",
            "/path",
            "//host/path",
            "https://a:99999/",
            "https://a:/",
            "https://a:b@c/",
            "http://[::1]:80/",
            "http://[fe80::1%25en0]/",
            "https://\u{e4}.example/",
            "*",
        ] {
            assert!(GoUrl::parse_request(uri).is_some(), "{uri}");
        }
        for uri in [
            "",
            "not a url",
            "path",
            ":x",
            "1https://a/",
            "https://a b/",
            "https://a:x/",
            "https://a:1:2/",
            "https://a%41/",
            "https://a/%zz",
            "http://[::1/",
            "http://[::1]x/",
            "http://[1.2.3.4]/",
            "http://[fe80::1%en0]/",
            "http://a[::1]/",
            "https://\u{e4}@a/",
            "https://a/\u{1}",
        ] {
            assert!(GoUrl::parse_request(uri).is_none(), "{uri}");
        }
    }

    #[test]
    fn an_origin_has_a_host_without_user_and_brackets() {
        for (uri, origin) in [
            (
                "HTTPS://user:pw@App.Example:8443/b",
                ("https", "App.Example", "8443"),
            ),
            ("http://[::1]:80/", ("http", "::1", "80")),
            ("http://[::1]/", ("http", "::1", "")),
            ("myapp:/callback", ("myapp", "", "")),
        ] {
            let parsed = GoUrl::parse_request(uri).expect("the URL is valid");
            assert_eq!(parsed.origin(), origin, "{uri}");
        }
    }

    #[test]
    fn a_url_is_written_as_in_go() {
        for (uri, written) in [
            ("HTTPS://App.Example", "https://App.Example"),
            ("https://\u{e4}.example?", "https://%C3%A4.example?"),
            ("https://@a", "https://@a"),
            ("https:a", "https:a"),
            ("https://a#", "https://a"),
        ] {
            let parsed = GoUrl::parse(uri).expect("the URL is valid");
            assert_eq!(parsed.to_string(), written);
        }
    }

    #[test]
    fn setting_parameters_sorts_the_query() {
        for (uri, written) in [
            ("https://a/b", "https://a/b?state=s+1"),
            ("https://a?state=old", "https://a?state=s+1"),
            (
                "https://a/b c?b=1&a=2&b=3#f",
                "https://a/b%20c?a=2&b=1&b=3&state=s+1#f",
            ),
            ("app:/cb", "app:/cb?state=s+1"),
        ] {
            let mut parsed = GoUrl::parse(uri).expect("the URL is valid");
            parsed.set_query(&[("state", "s 1")]);
            assert_eq!(parsed.to_string(), written);
        }
    }

    #[test]
    fn an_error_has_gos_message() {
        for (uri, error) in [
            (
                "https://a:x",
                "parse \"https://a:x\": invalid port \":x\" after host",
            ),
            (
                "https://[::1",
                "parse \"https://[::1\": missing ']' in host",
            ),
            (
                "https://a b",
                "parse \"https://a b\": invalid character \" \" in host name",
            ),
            (
                "https://a/%zz",
                "parse \"https://a/%zz\": invalid URL escape \"%zz\"",
            ),
        ] {
            assert_eq!(GoUrl::parse(uri).err().as_deref(), Some(error));
        }
    }
}
