"""Answers what the Makefile and the scripts need to know of the Cargo workspace, so that they do not spell out its crates.

    workspace.py libraries            the published library crates, dependencies before their users
    workspace.py programs             PACKAGE:PROGRAM of each published package that is no library
    workspace.py published            both, dependencies before their users
    workspace.py features [PACKAGE]   every feature that works without OpenSSL, for `--features`: of a package, or of all
    workspace.py native-tls           the packages that have a feature `native-tls`
    workspace.py sources              NAME=path/to/lib.rs of each library
    workspace.py rust-versions        a line for each Rust version that published packages demand, the oldest first: it and they

Standard library only. CARGO names another cargo.
"""

import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NATIVE_TLS = "native-tls"


def metadata():
    command = [os.environ.get("CARGO", "cargo"), "metadata", "--format-version", "1", "--no-deps", "--locked"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"workspace: cargo metadata failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


def is_published(package):
    return package["publish"] != []


def has_library(package):
    return any("lib" in target["kind"] for target in package["targets"])


def programs(package):
    return [f"{package['name']}:{target['name']}" for target in package["targets"] if "bin" in target["kind"]]


def root_of(package):
    source = next(target["src_path"] for target in package["targets"] if "lib" in target["kind"])
    return os.path.relpath(source, ROOT)


def by_dependency(packages):
    """Orders packages so that each comes after those of them that it depends on."""
    names = {package["name"] for package in packages}
    needs = {
        package["name"]: {
            dependency["name"]
            for dependency in package["dependencies"]
            if dependency["kind"] is None and dependency["name"] in names
        }
        for package in packages
    }
    order = []
    while needs:
        free = sorted(name for name, wanted in needs.items() if wanted <= set(order))
        if not free:
            sys.exit(f"workspace: these packages depend on each other: {', '.join(sorted(needs))}")
        order += free
        needs = {name: wanted for name, wanted in needs.items() if name not in free}
    return order


def uses_native_tls(package, feature, seen=()):
    """Whether a feature turns on native-tls, in this package or in a dependency."""
    if NATIVE_TLS in feature:
        return True
    if feature in seen or feature not in package["features"]:
        return False
    return any(uses_native_tls(package, part, (*seen, feature)) for part in package["features"][feature])


def features(packages):
    return [
        f"{package['name']}/{feature}"
        for package in packages
        for feature in sorted(package["features"])
        if feature != "default" and not uses_native_tls(package, feature)
    ]


def main(arguments):
    packages = metadata()["packages"]
    named = {package["name"]: package for package in packages}
    published = by_dependency([package for package in packages if is_published(package)])
    libraries = [name for name in published if has_library(named[name])]
    command, *rest = arguments or ["help"]
    if command == "libraries" and not rest:
        print(*libraries)
    elif command == "programs" and not rest:
        print(*(program for name in published if name not in libraries for program in programs(named[name])))
    elif command == "published" and not rest:
        print(*published)
    elif command == "sources" and not rest:
        print(*(f"{name}={root_of(named[name])}" for name in libraries))
    elif command == "features" and not rest:
        print(",".join(features(packages)))
    elif command == "features" and rest[0] in named:
        print(",".join(features([named[rest[0]]])))
    elif command == "native-tls" and not rest:
        print(*sorted(name for name, package in named.items() if NATIVE_TLS in package["features"]))
    elif command == "rust-versions" and not rest:
        versions = {named[name]["rust_version"] for name in published} - {None}
        for version in sorted(versions, key=lambda version: [int(part) for part in version.split(".")]):
            print(version, *(name for name in published if named[name]["rust_version"] == version))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
