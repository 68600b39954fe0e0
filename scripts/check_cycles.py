#!/usr/bin/env python3
"""Fails when modules of a crate import each other in a circle, and names the imports.

    check_cycles.py CARGO-MODULES PACKAGE|PACKAGE:PROGRAM...

Checks the library of a package, or one of its programs.

cargo-modules reports which module uses which item. At every level of a crate, each child of a module counts with all
that is below it, so that neither two files nor two folders may use each other. cargo-modules has a check of its own
(`--acyclic`), but that one takes a type whose method returns `Self` for a cycle. Cargo refuses cycles of crates.
"""

import concurrent.futures
import graphlib
import os
import re
import subprocess
import sys

NODE = re.compile(r'^\s*"([^"]+)" \[label="(?:[^"|]* )?(crate|mod|fn)\|')
EDGE = re.compile(r'^\s*"([^"]+)" -> "([^"]+)" \[label="uses"')


def imports(cargo_modules, crate):
    """Yields pairs of modules of which the first uses an item of the second."""
    package, _, program = crate.partition(":")
    target = ["--bin", program] if program else ["--lib"]
    command = [cargo_modules, "dependencies", "--package", package, *target]
    command += ["--no-externs", "--no-sysroot"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"cycles: cargo-modules failed on {crate}: {done.stderr.strip()}")
    lines = done.stdout.splitlines()
    kinds = {match[1]: match[2] for line in lines if (match := NODE.match(line))}
    modules = {name for name, kind in kinds.items() if kind != "fn"}
    if not modules:
        sys.exit(f"cycles: cargo-modules reported no module of {crate}")

    def module_of(item):
        while item not in modules:
            item = item.rpartition("::")[0]
        return item

    for line in lines:
        # A function of an `impl` in another module is reported at the type's module, so functions do not count. Neither
        # does `use a_module`: the items that are named by it do.
        if (match := EDGE.match(line)) and kinds.get(match[1]) != "fn" and match[2] not in modules:
            yield module_of(match[1]), module_of(match[2])


def find_cycle(pairs):
    """Returns a circle of modules at some level, or None."""
    levels = {}
    for user, used in pairs:
        user, used = user.split("::"), used.split("::")
        level = 0
        while level < min(len(user), len(used)) and user[level] == used[level]:
            level += 1
        # At this level the two part. A module's own items count as a child named "".
        parent = tuple(user[:level])
        node, other = (path[level] if len(path) > level else "" for path in (user, used))
        if node != other:
            levels.setdefault(parent, {}).setdefault(node, set()).add(other)
    for parent, graph in sorted(levels.items()):
        try:
            graphlib.TopologicalSorter(graph).prepare()
        except graphlib.CycleError as error:
            return ["::".join(filter(None, (*parent, node))) for node in error.args[1]]
    return None


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__)
    cargo_modules, *crates = arguments
    # cargo-modules takes many seconds of one core for each crate.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        all_pairs = list(pool.map(lambda crate: set(imports(cargo_modules, crate)), crates))
    for crate, pairs in zip(crates, all_pairs):
        if cycle := find_cycle(pairs):
            # The sorter lists each module after one that uses it.
            print(f"cycles: in {crate}: {' <- '.join(cycle)}", file=sys.stderr)
            for user, used in sorted(pairs):
                inside = [step for step in cycle if (user + "::").startswith(step + "::")]
                outside = [step for step in cycle if (used + "::").startswith(step + "::")]
                if inside and outside and inside != outside:
                    print(f"cycles:   {user} uses {used}", file=sys.stderr)
            sys.exit(1)
    print(f"cycles: none in {len(crates)} crates")


if __name__ == "__main__":
    main(sys.argv[1:])
