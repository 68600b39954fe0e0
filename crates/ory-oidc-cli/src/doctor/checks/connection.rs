//! Whether the server can be reached, and how safely.

use crate::doctor::finding::Check;
use crate::doctor::probe::Reply;
use crate::doctor::trouble::Trouble;
use crate::doctor::visit::Visit;

pub(crate) fn check(visit: &Visit, reply: &Result<Reply, Trouble>) -> Check {
    let mut check = Check::new("connection");
    match reply {
        Ok(reply) => {
            let safety = match visit.url.scheme() {
                "https" => "the certificate is trusted",
                _ => "plain http, which is for private networks only",
            };
            let elapsed = reply.elapsed.as_millis();
            check.fact(format!("a response in {elapsed} ms; {safety}"));
        }
        Err(trouble) => {
            let (id, problem, remedy) = trouble.explained(&visit.base);
            check.error(id, problem, remedy);
        }
    }
    if visit.url.scheme() == "http" && visit.is_public() && !visit.options.insecure_http {
        check.error(
            "plain-http",
            "the URL is plain http at a public host: anybody on the network can read tokens and secrets",
            "terminate TLS in a proxy in front of Hydra, and use https:// here and in \
             urls.self.issuer. If the host is inside a trusted network, add --insecure-http",
        );
    }
    check
}
