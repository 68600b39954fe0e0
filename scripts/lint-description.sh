#!/usr/bin/env bash
# Checks openapi.yaml with the linters Redocly and Spectral. A warning fails, too.
#
#   scripts/lint-description.sh [FILE]    FILE in place of openapi.yaml
set -euo pipefail
scripts=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
description=${1:-$scripts/../openapi.yaml}
linters=$scripts/linters

"$scripts/tools/npm-ci.sh" "$linters"
node=$("$scripts/tools/node.sh")
# Neither linter may call home.
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

failed=0
lint() {
    local name=$1 log
    shift
    if log=$("$node" "$linters/node_modules/.bin/$name" lint "$@" "$description" 2>&1); then
        echo "lint-description: $name found nothing"
    else
        printf '%s\n' "$log" "lint-description: $name refuses ${description##*/}" >&2
        failed=1
    fi
}
lint redocly --config "$linters/redocly.yaml" --format stylish
lint spectral --ruleset "$linters/spectral.yaml" --fail-severity hint
exit "$failed"
