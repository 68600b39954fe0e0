#!/usr/bin/env python3
"""Fails when a public method of the types that users call has no example, and names it.

    check_examples.py FILE...

Each file is the JSON that rustdoc writes for a crate. `cargo test` shows that the examples compile.
"""

import json
import re
import sys

# All types below these paths. Of the facade, the client, its builder and the requests.
CHECKED = [
    "ory_oidc::client",
    "ory_oidc::logout::end_session",
    "ory_oidc::response",
    "ory_oidc_axum",
    "ory_oidc_keeper",
    "ory_oidc_store_postgres",
    "ory_oidc_store_sqlite",
]
FENCE = re.compile(r"^\s*```(.*)$", re.MULTILINE)
# What opens a block of Rust code that is compiled. rustdoc takes a block without a language for Rust.
RUST = re.compile(r"(rust)?,?(no_run|should_panic)?")


def place(path):
    """Returns the entry of CHECKED that a type is below, or None."""
    return next((entry for entry in CHECKED if f"{path}::".startswith(f"{entry}::")), None)


def has_example(docs):
    openings = FENCE.findall(docs or "")[::2]
    return any(RUST.fullmatch(opening.strip()) for opening in openings)


def methods(items, type_item):
    """Yields the public methods of a type that are not those of a trait."""
    (kind,) = type_item["inner"].values()
    for identifier in kind["impls"]:
        block = items[str(identifier)]["inner"]["impl"]
        if block["trait"] is None:
            for member in block["items"]:
                method = items[str(member)]
                if "function" in method["inner"] and method["visibility"] == "public":
                    yield method


def checked_methods(file):
    """Yields the entry of CHECKED, the path and the documentation of each method of a crate."""
    with open(file, encoding="utf-8") as opened:
        crate = json.load(opened)
    items = crate["index"]
    for identifier, summary in crate["paths"].items():
        path = "::".join(summary["path"])
        is_own_type = summary["crate_id"] == 0 and summary["kind"] in ("struct", "enum") and identifier in items
        if is_own_type and (entry := place(path)):
            for method in methods(items, items[identifier]):
                yield entry, f"{path}::{method['name']}", method["docs"]


def main(files):
    if not files:
        sys.exit(__doc__)
    found = [method for file in files for method in checked_methods(file)]
    problems = [f"{path} has no example in its documentation" for _, path, docs in found if not has_example(docs)]
    entries = {entry for entry, _, _ in found}
    problems += [f"no method is below {entry}; correct CHECKED" for entry in CHECKED if entry not in entries]
    for problem in sorted(problems):
        print(f"examples: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"examples: each of {len(found)} methods has one")


if __name__ == "__main__":
    main(sys.argv[1:])
