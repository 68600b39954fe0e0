"""Answers what the Makefile and the scripts need to know of the Cargo workspace, so that they do not spell out its crates.

    workspace.py libraries            the published library crates, dependencies before their users
    workspace.py features [PACKAGE]   every feature that works without OpenSSL, for `--features`: of a package, or of all
    workspace.py native-tls           the packages that have a feature `native-tls`
    workspace.py version PACKAGE      its version

Standard library only. CARGO names another cargo.
"""

import json
import os
import subprocess
import sys

NATIVE_TLS = "native-tls"


def metadata():
    command = [os.environ.get("CARGO", "cargo"), "metadata", "--format-version", "1", "--no-deps", "--locked"]
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return json.loads(subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout)


def is_library(package):
    kinds = {kind for target in package["targets"] for kind in target["kind"]}
    return package["publish"] != [] and "lib" in kinds


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
    match arguments:
        case ["libraries"]:
            print(*by_dependency([package for package in packages if is_library(package)]))
        case ["features"]:
            print(",".join(features(packages)))
        case ["features", name]:
            print(",".join(features([package for package in packages if package["name"] == name])))
        case ["native-tls"]:
            print(*sorted(package["name"] for package in packages if NATIVE_TLS in package["features"]))
        case ["version", name]:
            print(*(package["version"] for package in packages if package["name"] == name))
        case _:
            sys.exit(f"usage: {__doc__}")


if __name__ == "__main__":
    main(sys.argv[1:])
