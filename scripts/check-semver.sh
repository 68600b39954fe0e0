#!/usr/bin/env bash
# Checks the API of each library crate for changes that break its users without a new minor or major version.
#
#   scripts/check-semver.sh BASELINE    a branch, tag or commit to compare with
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

die() {
    echo "check-semver: $1" >&2
    exit 1
}

baseline=${1:-}
[ -n "$baseline" ] || die "usage: scripts/check-semver.sh BASELINE (a branch, tag or commit to compare with)"
git rev-parse --quiet --verify "$baseline^{commit}" >/dev/null || die "$baseline is not a branch, tag or commit"

packages=()
for source in $(python3 scripts/workspace.py sources); do
    crate=${source%%=*} folder=${source#*=}
    # The manifest is beside the folder `src`.
    if git cat-file -e "$baseline:$(dirname "${folder%/src/*}/src")/Cargo.toml" 2>/dev/null; then
        packages+=(--package "$crate")
    else
        echo "check-semver: $crate is new since $baseline"
    fi
done
[ ${#packages[@]} -gt 0 ] || exit 0

semver=$(scripts/tools/cargo-tool.sh cargo-semver-checks)
exec "$semver" semver-checks check-release --baseline-rev "$baseline" "${packages[@]}"
