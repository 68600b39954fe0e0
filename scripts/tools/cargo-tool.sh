#!/usr/bin/env bash
# Prints the path of a Cargo subcommand in the version that cargo-tools.txt pins, and installs it if need be.
#
#   scripts/tools/cargo-tool.sh NAME
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

name=${1:?usage: scripts/tools/cargo-tool.sh NAME}
version=$(sed -n "s/^$name==//p" "$root/scripts/tools/cargo-tools.txt")
[ -n "$version" ] || die "scripts/tools/cargo-tools.txt does not pin $name"

folder=$tools/$name-$version
program=$folder/bin/$name
if [ ! -x "$program" ]; then
    echo "building $name $version, once" >&2
    mkdir -p "$tools"
    # Debug builds are compiled in half the time and are fast enough, except for cargo-modules: it takes eight times longer.
    optimize=0
    [ "$name" != cargo-modules ] || optimize=1
    # From outside the repository, whose settings are not for this. The tools share what they have in common.
    (cd / && CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_OPT_LEVEL=$optimize CARGO_TARGET_DIR=$tools/cargo-target \
        "${CARGO:-cargo}" install --quiet --debug --locked --version "$version" --root "$folder" "$name") >&2 ||
        die "$name $version cannot be built"
fi
printf '%s\n' "$program"
