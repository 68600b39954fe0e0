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

# fails NAME STATEMENT TEXT: with the statement run on Ory's document, the check fails and says TEXT.
fails() {
  changed changed.json "$2"
  expect "$1" 1 "$3" "$scripts/check-upstream.sh" changed.json
}

# passes NAME STATEMENT: with the statement run on Ory's document, the check still passes.
passes() {
  changed changed.json "$2"
  expect "$1" 0 "declared deviations" "$scripts/check-upstream.sh" changed.json
}

expect "the documents as they are pass" 0 "declared deviations" "$scripts/check-upstream.sh" "$upstream"

fails "a new property" \
  'schemas["oAuth2Client"]["properties"]["brand_new"] = {"type": "string"}' \
  "undeclared: schema oAuth2Client: properties: only in Ory's: brand_new -- "
fails "a new property that is named like a text" \
  'schemas["oAuth2Client"]["properties"]["description"] = {"type": "string"}' \
  "undeclared: schema oAuth2Client: properties: only in Ory's: description -- "
fails "a removed property" \
  'del schemas["oidcConfiguration"]["properties"]["jwks_uri"]' \
  "undeclared: schema oidcConfiguration: properties: only in ours: jwks_uri -- "
fails "a changed type" \
  'schemas["oAuth2Client"]["properties"]["scope"]["type"] = "integer"' \
  "undeclared: schema oAuth2Client: properties: scope: type: only in Ory's: integer -- "
fails "a changed item type" \
  'schemas["oAuth2Client"]["properties"]["contacts"]["items"]["type"] = "integer"' \
  "undeclared: schema oAuth2Client: properties: contacts: items: type: only in Ory's: integer -- "
fails "a changed pattern" \
  'schemas["NullDuration"]["pattern"] = "^x$"' \
  "undeclared: schema NullDuration: pattern: Ory's \"^x$\""
fails "a changed default" \
  'schemas["oAuth2Client"]["properties"]["token_endpoint_auth_method"]["default"] = "none"' \
  "undeclared: schema oAuth2Client: properties: token_endpoint_auth_method: default: Ory's \"none\""
fails "a newly required property" \
  'schemas["oidcConfiguration"]["required"].append("userinfo_endpoint")' \
  "undeclared: schema oidcConfiguration: required: only in Ory's: userinfo_endpoint -- "
fails "a changed reference" \
  'schemas["oAuth2Client"]["properties"]["jwks"]["$ref"] = "#/components/schemas/jsonWebKey"' \
  "undeclared: schema oAuth2Client: properties: jwks: reference: Ory's \"schema jsonWebKey\", ours \"schema jsonWebKeySet\""
fails "a new response" \
  'paths["/userinfo"]["get"]["responses"]["429"] = {"description": ""}' \
  "undeclared: GET /userinfo: responses: only in Ory's: 429 -- "
fails "a new parameter" \
  'paths["/userinfo"]["get"]["parameters"] = [{"name": "v", "in": "query", "schema": {"type": "string"}}]' \
  "undeclared: GET /userinfo: parameters: only in Ory's: query v -- "
fails "a renamed operation" \
  'paths["/userinfo"]["get"]["operationId"] = "other"' \
  "undeclared: GET /userinfo: operationID: Ory's \"other\""
fails "a removed method" \
  'del paths["/oauth2/register/{id}"]["put"]' \
  "undeclared: PUT /oauth2/register/{id}: only in ours -- "
fails "a removed path" \
  'del paths["/userinfo"]' \
  "undeclared: /userinfo: only in ours -- "

fails "a deviation that Ory makes good" \
  'schemas["jsonWebKey"]["required"] = ["kty"]' \
  "stale: schema jsonWebKey: required: only in Ory's: alg -- "
{
  cat -- "$root/upstream-deviations.yaml"
  printf '%s\n' '- reason: "A test."' '  changes:' '    - "schema nowhere: only in ours"'
} >stale.yaml
expect "a declaration of nothing" 1 "stale: schema nowhere: only in ours -- " \
  env DEVIATIONS=stale.yaml "$scripts/check-upstream.sh" "$upstream"
sed "/required: only in Ory's: kid/d" "$root/upstream-deviations.yaml" >short.yaml
expect "a deviation that lost its declaration" 1 "undeclared: schema jsonWebKey: required: only in Ory's: kid -- " \
  env DEVIATIONS=short.yaml "$scripts/check-upstream.sh" "$upstream"
printf '%s\n' '- reason: ""' '  changes:' '    - "schema nowhere: only in ours"' >unexplained.yaml
expect "a declaration without a reason" 2 "entry 1 has no" \
  env DEVIATIONS=unexplained.yaml "$scripts/check-upstream.sh" "$upstream"

passes "other paths and unused schemas" \
  'paths["/admin/clients"] = {"get": {"responses": {"200": {"description": ""}}}}; schemas["unused"] = {"type": "string"}'
passes "another method on one of our paths" \
  'paths["/userinfo"]["post"] = {"responses": {"200": {"description": ""}}}'
passes "texts and extensions" \
  'schemas["oAuth2Client"].update({"description": "x", "title": "y", "example": {}, "x-z": 1}); document["info"]["title"] = "z"'
passes "a reference wrapped in allOf" \
  'schemas["oAuth2Client"]["properties"]["jwks"] = {"allOf": [{"$ref": "#/components/schemas/jsonWebKeySet"}], "description": "x"}'

expect "no argument" 2 "usage: " "$scripts/check-upstream.sh"
expect "no such file" 2 "nowhere.json: no such file" "$scripts/check-upstream.sh" nowhere.json
expect "not an OpenAPI document" 2 "not an OpenAPI document" "$scripts/check-upstream.sh" "$root/upstream-deviations.yaml"
changed changed.json 'paths.clear()'
expect "none of our operations" 2 "it has none of our 7 operations" "$scripts/check-upstream.sh" changed.json
mkdir bin
for program in bash dirname env grep head mkdir mktemp rm sed tail; do ln -s -- "$(command -v "$program")" bin/; done
printf '#!/bin/sh\nexec "%s" "$@"\n' "$(python3 -c 'import sys; print(sys.executable)')" >bin/python3
chmod +x bin/python3
expect "no Go" 2 "Go 1.26 or newer is missing, and pip cannot fetch go" \
  env PATH="$folder/bin" TOOLS_DIR="$folder/tools" PIP_NO_INDEX=1 PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= \
  "$scripts/check-upstream.sh" "$upstream"

printf '%s passed, %s failed\n' "$passed" "$failed"
[[ $failed -eq 0 ]]
