#!/usr/bin/env bash
# Tests scripts/check-upstream.sh on temporary copies of the documents.
#
#   scripts/test-check-upstream.sh UPSTREAM-FILE
#
# UPSTREAM-FILE is Ory's OpenAPI document in JSON, one for which the check passes.
# shellcheck disable=SC2016 # A dollar sign in single quotes belongs to Python or JSON.
set -euo pipefail

if [[ $# -ne 1 || ! -f ${1:-} ]]; then
  echo "usage: scripts/test-check-upstream.sh UPSTREAM-FILE (Ory's OpenAPI document in JSON)" >&2
  exit 2
fi
upstream=$(cd -- "$(dirname -- "$1")" && pwd)/$(basename -- "$1")
scripts=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname -- "$scripts")
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
cd -- "$folder"

passed=0
failed=0

# expect NAME STATUS TEXT COMMAND...: the command ends with this status, and TEXT is a part of its output.
expect() {
  local name=$1 status=$2 text=$3 output got=0
  shift 3
  output=$("$@" 2>&1) || got=$?
  if [[ $got -eq $status && $output == *"$text"* ]]; then
    printf 'ok: %s\n' "$name"
    passed=$((passed + 1))
  else
    printf 'FAILED: %s: status %s instead of %s, or no "%s" in:\n%s\n' "$name" "$got" "$status" "$text" "$output"
    failed=$((failed + 1))
  fi
}

# changed FILE STATEMENT: writes a copy of Ory's document on which a Python statement was run.
# `document` is the whole, `paths` and `schemas` are parts of it.
changed() {
  python3 - "$upstream" "$1" "$2" <<'PYTHON'
import json
import sys

source, target, statement = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    document = json.load(file)
paths, schemas = document["paths"], document["components"]["schemas"]
exec(statement)
with open(target, "w", encoding="utf-8") as file:
    json.dump(document, file)
PYTHON
}

expect "the documents as they are pass" 0 "declared deviations" "$scripts/check-upstream.sh" hydra "$upstream"
tools=${TOOLS_DIR:-$root/.tools}
if python3 -B "$scripts/upstream_mutations.py" --oasdiff "$tools/oasdiff" --go-yaml "$tools/go-yaml" "$upstream"; then
  printf 'ok: %s\n' "each change of Ory's documents is noticed, or silent by a rule"
  passed=$((passed + 1))
else
  printf 'FAILED: %s\n' "each change of Ory's documents is noticed, or silent by a rule"
  failed=$((failed + 1))
fi

changed changed.json 'schemas["jsonWebKey"]["required"] = ["kty"]; paths["/userinfo"]["get"]["operationId"] = "other"'
expect "a deviation that Ory made good" 1 "stale: schema jsonWebKey: required: only in Ory's: alg -- " \
  "$scripts/check-upstream.sh" hydra changed.json
expect "a difference that is not declared" 1 "undeclared: GET /userinfo: operationID: Ory's \"other\"" \
  "$scripts/check-upstream.sh" hydra changed.json
expect "each document has its own deviations" 1 "undeclared: schema NullDuration: nullable: Ory's false, ours true -- " \
  "$scripts/check-upstream.sh" network "$upstream"
{
  cat -- "$root/upstream-deviations.yaml"
  printf '%s\n' '- reason: "A test."' '  changes:' '    - "schema nowhere: only in ours"'
} >stale.yaml
expect "a declaration of nothing" 1 "stale: schema nowhere: only in ours -- " \
  env DEVIATIONS=stale.yaml "$scripts/check-upstream.sh" hydra "$upstream"
sed "/required: only in Ory's: kid/d" "$root/upstream-deviations.yaml" >short.yaml
expect "a deviation that lost its declaration" 1 "undeclared: schema jsonWebKey: required: only in Ory's: kid -- " \
  env DEVIATIONS=short.yaml "$scripts/check-upstream.sh" hydra "$upstream"
printf '%s\n' '- reason: ""' '  changes:' '    - "schema nowhere: only in ours"' >unexplained.yaml
expect "a declaration without a reason" 2 "entry 1 has no" \
  env DEVIATIONS=unexplained.yaml "$scripts/check-upstream.sh" hydra "$upstream"

expect "no argument" 2 "usage: " "$scripts/check-upstream.sh"
expect "an unknown document" 2 "usage: " "$scripts/check-upstream.sh" kratos "$upstream"
printf '%s\n' '- reason: "x"' '  of: kratos' '  changes:' '    - "schema nowhere: only in ours"' >unknown.yaml
expect "a deviation of an unknown document" 2 "entry 1: \`of\` is one of hydra, network" \
  env DEVIATIONS=unknown.yaml "$scripts/check-upstream.sh" hydra "$upstream"
expect "no such file" 2 "nowhere.json: no such file" "$scripts/check-upstream.sh" hydra nowhere.json
expect "not an OpenAPI document" 2 "not an OpenAPI document" "$scripts/check-upstream.sh" hydra "$root/upstream-deviations.yaml"
changed changed.json 'paths.clear()'
expect "none of our operations" 2 "it has none of our 7 operations" "$scripts/check-upstream.sh" hydra changed.json
mkdir bin
for program in bash dirname env grep head mkdir mktemp rm sed tail; do ln -s -- "$(command -v "$program")" bin/; done
printf '#!/bin/sh\nexec "%s" "$@"\n' "$(python3 -c 'import sys; print(sys.executable)')" >bin/python3
chmod +x bin/python3
expect "no Go" 2 "Go 1.26 or newer is missing, and pip cannot fetch go" \
  env PATH="$folder/bin" TOOLS_DIR="$folder/tools" PIP_NO_INDEX=1 PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= \
  "$scripts/check-upstream.sh" hydra "$upstream"

printf '%s passed, %s failed\n' "$passed" "$failed"
[[ $failed -eq 0 ]]
