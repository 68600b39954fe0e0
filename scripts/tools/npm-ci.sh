#!/usr/bin/env bash
# Installs what a package-lock.json pins, unless that was done since the lock file last changed.
#
#   scripts/tools/npm-ci.sh FOLDER...    folders that hold a package-lock.json
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

node=$("$root/scripts/tools/node.sh")
# The npm that belongs to this Node.
PATH=$(dirname -- "$node"):$PATH

for folder; do
    lock=$folder/package-lock.json
    installed=$folder/node_modules/.package-lock.json
    [ -f "$lock" ] || die "$lock does not exist"
    if [ ! -f "$installed" ] || [ "$lock" -nt "$installed" ]; then
        echo "installing the npm packages of ${folder#"$root/"}"
        (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund && touch node_modules/.package-lock.json)
    fi
done
