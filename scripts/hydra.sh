#!/usr/bin/env bash
# Prints the path of the Ory Hydra that the tests run against. Builds it first, into .tools/hydra/,
# unless the program there is the one that scripts/hydra pins.
# Needs Go 1.26 or newer and a C compiler, for SQLite. scripts/hydra/README.md says more.
set -euo pipefail

die() {
    echo "hydra: $*" >&2
    exit 1
}

scripts=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
tools=$(dirname -- "$scripts")/.tools/hydra
package=github.com/ory/hydra/v2
version=$(sed -nE "s,^(require)?[[:space:]]*$package (v[^ ]+).*,\2,p" "$scripts/hydra/go.mod")
[ -n "$version" ] || die "scripts/hydra/go.mod requires no $package"
program=$tools/hydra-$version
# The program is kept until one of these files changes.
inputs=$(cat -- "${BASH_SOURCE[0]}" "$scripts/hydra/go.mod" "$scripts/hydra/go.sum" | cksum)

if [ -x "$program" ] && [ "$(cat -- "$program.inputs" 2>/dev/null)" = "$inputs" ]; then
    echo "$program"
    exit
fi

if [ -x "$scripts/tools/go.sh" ]; then
    go=$("$scripts/tools/go.sh") || die "no Go to build Hydra with: scripts/tools/go.sh failed"
else
    go=$(command -v go) || die "Go 1.26 or newer is needed to build Hydra"
fi
compiler=$("$go" env CC)
command -v "${compiler%% *}" >/dev/null || die "a C compiler is needed to build Hydra with SQLite: no $compiler"

mkdir -p -- "$tools"
new=$(mktemp -d -- "$tools/build-XXXXXX")
trap 'rm -rf -- "$new"' EXIT
echo "hydra: building Ory Hydra $version, which takes a few minutes" >&2
CGO_ENABLED=1 GOFLAGS='-mod=readonly -buildvcs=false' GOWORK=off \
    "$go" -C "$scripts/hydra" build -trimpath -tags sqlite,json1 \
    -ldflags "-X $package/driver/config.Version=$version" -o "$new/hydra" "$package" >&2 ||
    die "Ory Hydra $version could not be built: see the compiler's output above"
built=$("$go" version -m "$new/hydra" | awk -v module="$package" '$1 == "mod" && $2 == module { print $3 }')
[ "$built" = "$version" ] || die "the program that was built is $package ${built:-of an unknown version}, not $version"
# Renaming is atomic: a concurrent caller sees no program or a complete one.
mv -f -- "$new/hydra" "$program"
echo "$inputs" >"$program.inputs"
echo "$program"
