//! The server's rate limit.

use crate::doctor::finding::Check;
use crate::doctor::visit::Visit;

pub(crate) fn check(visit: &Visit) -> Check {
    let mut check = Check::new("rate limit");
    let Some(seen) = visit.probe.limits() else {
        check.fact("the server announces none");
        return check;
    };
    let reset = match seen.reset {
        Some(seconds) => format!(" for {seconds} seconds"),
        None => String::new(),
    };
    if seen.refused {
        check.warn(
            "rate-limited",
            format!("the server refused requests because of its rate limit (429){reset}: some checks are incomplete"),
            "wait and run this again. If clients meet the limit, too, raise it in the proxy or in the plan \
             of the Ory Network project, or spread their requests: `ory-oidc ensure --file` does",
        );
        return check;
    }
    match (seen.remaining, seen.limit) {
        (Some(remaining), Some(limit)) if remaining.saturating_mul(10) < limit => check.warn(
            "rate-limit-low",
            format!("only {remaining} of {limit} requests are left{reset}"),
            "find out which client sends so many requests, or raise the limit",
        ),
        (Some(remaining), Some(limit)) => {
            check.fact(format!("{remaining} of {limit} requests are left{reset}"));
        }
        (Some(remaining), None) => check.fact(format!("{remaining} requests are left{reset}")),
        _ => check.fact("the server announces none"),
    }
    check
}
