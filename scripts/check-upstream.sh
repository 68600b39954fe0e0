#!/usr/bin/env bash
# Compares our seven endpoints in openapi.yaml, and every schema they use, with one of Ory's published OpenAPI documents.
# Every difference must be declared in upstream-deviations.yaml, and every declared one must still exist.
#
#   scripts/check-upstream.sh hydra|network FILE-OR-URL
#
# FILE-OR-URL is the document of Ory Hydra or of Ory Network, in JSON or YAML; it may hold more paths than ours.
# SPEC and DEVIATIONS name other files to use in place of openapi.yaml and upstream-deviations.yaml.
# Needs Python 3. Builds the pinned comparison tools into .tools/ with the Go that scripts/tools/go.sh finds or fetches.
# Exit status: 0 all differences are declared, 1 they are not, 2 the check could not run.
set -euo pipefail

fail() {
  printf 'check-upstream: %s\n' "$1" >&2
  exit 2
}

if [[ $# -ne 2 || ! $1 =~ ^(hydra|network)$ || -z $2 ]]; then
  fail "usage: scripts/check-upstream.sh hydra|network FILE-OR-URL (Ory's OpenAPI document)"
fi
document=$1
upstream=$2
scripts=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname -- "$scripts")

if [[ $upstream != http://* && $upstream != https://* && ! -f $upstream ]]; then
  fail "$upstream: no such file"
fi
command -v python3 >/dev/null || fail "Python 3 is needed to compare the documents"
go=$("$scripts/tools/go.sh") || exit 2

tools=${TOOLS_DIR:-$root/.tools}
mkdir -p -- "$tools"
if ! GOFLAGS='-mod=readonly -buildvcs=false' GOWORK=off GOTOOLCHAIN=local CGO_ENABLED=0 \
  "$go" -C "$scripts/oasdiff" build -trimpath -o "$tools/" tool; then
  fail "the comparison tools could not be built"
fi

exec python3 "$scripts/check_upstream.py" \
  --oasdiff "$tools/oasdiff" \
  --go-yaml "$tools/go-yaml" \
  --spec "${SPEC:-$root/openapi.yaml}" \
  --deviations "${DEVIATIONS:-$root/upstream-deviations.yaml}" \
  "$document" "$upstream"
