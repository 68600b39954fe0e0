//! Responses of the authorization endpoint to the client, through the browser (OAuth 2.0 Form Post
//! Response Mode 1.0; OAuth 2.0 Multiple Response Type Encoding Practices 1.0, section 2.1).

use std::fmt::Write as _;

use axum::http::{Method, StatusCode};
use axum::response::Response;

use crate::location::{encode, with_query};
use crate::oauth_error::{OAuthError, forbid_caching};
use crate::reply::{self, escape_html};

/// The client's place in the browser, to which responses are sent.
#[derive(Clone)]
pub(crate) struct ReturnTo {
    pub(crate) redirect_uri: String,
    pub(crate) mode: ResponseMode,
    pub(crate) state: String,
}

#[derive(Clone, Copy)]
pub(crate) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

impl ResponseMode {
    /// `None` means that Hydra does not support this mode.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "" | "query" => Some(Self::Query),
            "fragment" => Some(Self::Fragment),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }
}

impl ReturnTo {
    pub(crate) fn with_code(&self, code: &str, scopes: &[String]) -> Response {
        let scope = scopes.join(" ");
        self.with(&[("code", code), ("scope", &scope), ("state", &self.state)])
    }

    pub(crate) fn with_error(&self, error: &OAuthError) -> Response {
        self.with(&[
            ("error", error.error()),
            ("error_description", &error.description()),
            ("state", &self.state),
        ])
    }

    fn with(&self, parameters: &[(&str, &str)]) -> Response {
        let location = match self.mode {
            ResponseMode::Query => with_query(&self.redirect_uri, parameters),
            ResponseMode::Fragment => format!("{}#{}", self.redirect_uri, encode(parameters)),
            ResponseMode::FormPost => return self.form(parameters),
        };
        let mut response = reply::redirect(StatusCode::SEE_OTHER, &Method::POST, &location);
        forbid_caching(&mut response);
        response
    }

    fn form(&self, parameters: &[(&str, &str)]) -> Response {
        let mut page = format!(
            "<!doctype html>\n<title>Continue</title>\n<body onload=\"document.forms[0].submit()\">\n<form method=\"post\" action=\"{}\">\n",
            escape_html(&self.redirect_uri)
        );
        for (name, value) in parameters {
            let value = escape_html(value);
            let _ = writeln!(
                page,
                "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"
            );
        }
        page.push_str("<noscript><button>Continue</button></noscript>\n</form>\n");
        let mut response = reply::respond(StatusCode::OK, reply::HTML, page);
        forbid_caching(&mut response);
        response
    }
}
