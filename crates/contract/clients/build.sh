#!/usr/bin/env bash
# Generates and compiles the clients in other languages, unless that was done since their sources last changed.
set -euo pipefail
clients=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$(cd -- "$clients/../../.." && pwd)
tools=$root/scripts/tools

# The packages for Python are of its version.
state=$({
    python3 --version
    cat "$root/openapi.yaml" "$root/generator-config.yaml" "$clients/build.sh" "$clients"/{python,typescript,go}/*.*
} | cksum)
[ "$(cat "$clients/built/state" 2>/dev/null)" != "$state" ] || exit 0
rm -rf -- "$clients/built" "$clients"/*/{built,oidc}
mkdir -p "$clients/built"

jar=$("$tools/generator.sh")
java=$("$tools/java.sh")
# generate LANGUAGE GENERATOR [OPTION...]
generate() {
    local language=$1 generator=$2
    shift 2
    echo "clients: generating for $language"
    (cd "$clients" && LC_ALL=C.UTF-8 "$java" -XX:TieredStopAtLevel=1 -jar "$jar" generate --input-spec "$root/openapi.yaml" \
        --generator-name "$generator" --output "$language/oidc" \
        --global-property apis,models,supportingFiles,apiTests=false,modelTests=false,apiDocs=false,modelDocs=false "$@") \
        >"$clients/built/log" 2>&1 || { tail -n 5 "$clients/built/log" >&2; exit 1; }
}

generate python python --additional-properties packageName=oidc_client
python3 -m pip install --quiet --no-deps --root-user-action ignore --disable-pip-version-check --only-binary :all: \
    --target "$clients/python/built" --requirement "$clients/python/requirements.txt"
python3 -m compileall -q "$clients/python/oidc/oidc_client"

generate typescript typescript-fetch --additional-properties importFileExtension=.js
"$tools/npm-ci.sh" "$clients/typescript"
node=$("$tools/node.sh")
(cd "$clients/typescript" && "$node" node_modules/typescript/bin/tsc)

generate go go --additional-properties packageName=oidc,withGoMod=false,generateInterfaces=false
go=$("$tools/go.sh")
(cd "$clients/go" && GOFLAGS=-mod=readonly GOWORK=off GOTOOLCHAIN=local CGO_ENABLED=0 "$go" build -o built/driver .)

printf '%s\n' "$state" >"$clients/built/state"
