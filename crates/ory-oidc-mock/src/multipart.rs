//! Parameters in a multipart form (RFC 7578).

use axum::http::{HeaderMap, header};

/// Returns the first part with this name. `None` if there is none, or if the content type has no
/// boundary.
pub(crate) fn parameter(headers: &HeaderMap, body: &[u8], name: &str) -> Option<String> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let mut parameters = content_type.split(';').map(str::trim);
    let boundary = parameters.find_map(|parameter| parameter.strip_prefix("boundary="))?;
    let body = String::from_utf8_lossy(body);
    let delimiter = format!("--{}", boundary.trim_matches('"'));
    let disposition = format!("name=\"{name}\"");
    body.split(delimiter.as_str()).find_map(|part| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let is_named = head.split(';').any(|item| item.trim() == disposition);
        is_named.then(|| value.strip_suffix("\r\n").unwrap_or(value).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::parameter;
    use axum::http::{HeaderMap, header};

    #[test]
    fn a_part_is_found_by_its_name() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\n\
            Content-Disposition: form-data; name=\"b\"\r\n\r\n2\r\n--x--\r\n";
        for (content_type, name, value) in [
            ("multipart/form-data; boundary=x", "b", Some("2")),
            ("multipart/form-data; boundary=\"x\"", "a", Some("1")),
            ("multipart/form-data; boundary=x", "c", None),
            ("multipart/form-data", "a", None),
        ] {
            let mut headers = HeaderMap::new();
            let value_of_header = content_type.parse().expect("the header is valid");
            headers.insert(header::CONTENT_TYPE, value_of_header);
            assert_eq!(parameter(&headers, body, name).as_deref(), value);
        }
    }
}
