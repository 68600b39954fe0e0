#!/usr/bin/env python3
"""Fails when something public that users see has no example, and names it.

    check_examples.py FILE...

Each file is the JSON that rustdoc writes for a crate. `cargo test` shows that the examples compile.

- Each method of the types that users call has an example: CHECKED.
- Each type has an example on itself, or on each of its methods. Of the crates below the facade, these are the types that
  another crate re-exports.
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
BELOW_THE_FACADE = ["ory_oidc_core", "ory_oidc_gen"]
FENCE = re.compile(r"^\s*```(.*)$", re.MULTILINE)
# What opens a block of Rust code that is compiled. rustdoc takes a block without a language for Rust.
RUST = re.compile(r"(rust)?,?(no_run|should_panic)?")


def place(path):
    """Returns the entry of CHECKED that a type is below, or None."""
    return next((entry for entry in CHECKED if f"{path}::".startswith(f"{entry}::")), None)


def has_example(item):
    openings = FENCE.findall(item["docs"] or "")[::2]
    return any(RUST.fullmatch(opening.strip()) for opening in openings)


def methods(items, type_item):
    """Yields the public methods of a type that are not those of a trait, or the methods of a trait."""
    ((kind, inner),) = type_item["inner"].items()
    if kind == "trait":
        blocks = [inner]
    else:
        blocks = [items[str(identifier)]["inner"]["impl"] for identifier in inner["impls"]]
        blocks = [block for block in blocks if block["trait"] is None]
    for block in blocks:
        for member in block["items"]:
            method = items[str(member)]
            if "function" in method["inner"] and (kind == "trait" or method["visibility"] == "public"):
                yield method


def types(crate):
    """Yields the path, the item and the methods of each type of a crate."""
    items = crate["index"]
    for identifier, summary in crate["paths"].items():
        if summary["crate_id"] == 0 and summary["kind"] in ("struct", "enum", "trait") and identifier in items:
            yield "::".join(summary["path"]), items[identifier], list(methods(items, items[identifier]))


def reexports(crate):
    """Yields the paths of what a crate that users see re-exports of others."""
    if crate["index"][str(crate["root"])]["name"] in BELOW_THE_FACADE:
        return
    for item in crate["index"].values():
        target = str(item["inner"].get("use", {}).get("id"))
        if (summary := crate["paths"].get(target)) and summary["crate_id"] != 0:
            yield "::".join(summary["path"])


def main(files):
    if not files:
        sys.exit(__doc__)
    crates = []
    for file in files:
        with open(file, encoding="utf-8") as opened:
            crates.append(json.load(opened))
    reexported = {path for crate in crates for path in reexports(crate)}
    problems, entries, count = [], set(), 0
    for path, item, members in (found for crate in crates for found in types(crate)):
        without = [method["name"] for method in members if not has_example(method)]
        if "trait" not in item["inner"] and (entry := place(path)):
            entries.add(entry)
            problems += [f"{path}::{name} has no example in its documentation" for name in without]
        if path.split("::")[0] in BELOW_THE_FACADE and path not in reexported:
            continue
        count += 1
        if not has_example(item) and (without or not members):
            problems.append(f"neither {path} nor each of its methods has an example in its documentation")
    problems += [f"nothing is below {entry}; correct CHECKED" for entry in CHECKED if entry not in entries]
    for problem in sorted(problems):
        print(f"examples: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"examples: each of {count} types has one")


if __name__ == "__main__":
    main(sys.argv[1:])
