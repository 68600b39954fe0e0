//! Whether Hydra's admin API can be reached where clients are.

use crate::doctor::finding::Check;
use crate::doctor::visit::Visit;

/// Lists clients: in Hydra 2 and Ory Network, and in Hydra 1.
const LISTS: [&str; 2] = ["/admin/clients?page_size=1", "/clients?limit=1"];

pub(crate) async fn check(visit: &Visit) -> Check {
    let mut check = Check::new("admin API");
    for path in LISTS {
        let reply = visit.get(path).await;
        let is_list = reply.is_ok_and(|reply| {
            reply.status == 200 && reply.json().is_some_and(|document| document.is_array())
        });
        if is_list {
            let path = path.split('?').next().unwrap_or_default();
            check.error(
                "admin-exposed",
                format!("the admin API answers at {path} without authentication: anybody can read, change and delete all clients"),
                "let the proxy pass only Hydra's public port (4444). The admin port (4445) belongs \
                 behind a firewall, or behind a proxy that authenticates",
            );
            return check;
        }
    }
    check.fact("not reachable at this URL");
    check
}
