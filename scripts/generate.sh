#!/usr/bin/env bash
# openapi.yaml + generator-config.yaml + scripts/templates -> crates/ory-oidc-gen
#
#   scripts/generate.sh           writes the crate
#   scripts/generate.sh --check   fails when the crate on disk differs from what would be written
#
#   ENGINE=docker|jar   forces an engine; by default Docker when a daemon answers, else the JAR
#   TOOLS_DIR=folder    where the JAR is kept (default: .tools)
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=${TOOLS_DIR:-$root/.tools}
crate=$root/crates/ory-oidc-gen
config=$root/generator-config.yaml

die() {
    echo "generate: $*" >&2
    exit 1
}

pinned() {
    sed -n "s/^  $1: *//p" "$config"
}

version=$(pinned generatorVersion)
sha256=$(pinned generatorJarSha256)
image=openapitools/openapi-generator-cli:v$version

work=
# An interrupted run leaves the old crate or the new one, never neither.
cleanup() {
    [ -n "$work" ] || return 0
    if [ -e "$work/old" ] && [ ! -e "$crate" ]; then mv "$work/old" "$crate"; fi
    rm -rf "$work"
}
trap cleanup EXIT

# --- the JAR -----------------------------------------------------------------

fetch_jar() {
    python3 -m pip --version >/dev/null 2>&1 || die "python3 with pip is missing: it fetches the generator's JAR"
    mkdir -p "$tools/generator"
    python3 -m pip download --quiet --no-deps --require-hashes --dest "$work/jar" \
        --requirement "$root/scripts/tools/generator.txt" >"$work/pip.log" 2>&1 ||
        die "the generator's JAR could not be fetched: $(tail -n 1 "$work/pip.log")"
    python3 - "$work/jar" "$work/openapi-generator.jar" <<'PY' || die "the generator's package holds no JAR"
import pathlib, sys, zipfile
wheel = next(pathlib.Path(sys.argv[1]).glob("*.whl"))
with zipfile.ZipFile(wheel) as package:
    pathlib.Path(sys.argv[2]).write_bytes(package.read("openapi_generator_cli/openapi-generator.jar"))
PY
    mv "$work/openapi-generator.jar" "$1"
}

checksum() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# --- the engines: each writes to $work/out, and its words to $work/log --------

run_docker() {
    docker run --rm --network none --user "$(id -u):$(id -g)" \
        --volume "$root:/local:ro" --volume "$work/out:/out" --workdir /local "$image" "$@"
}

run_jar() {
    (cd "$root" && "$java" -jar "$jar" "$@")
}

# --- generate ---------------------------------------------------------------

generate() {
    local engine=${ENGINE:-} java jar
    if [ -z "$engine" ]; then
        engine=jar
        if command -v docker >/dev/null && docker info >/dev/null 2>&1; then engine=docker; fi
    fi
    command -v rustfmt >/dev/null || die "rustfmt is missing: the generated code is formatted with it"

    local run=run_$engine out=$work/out
    case $engine in
    docker)
        docker info >/dev/null 2>&1 || die "ENGINE is docker, but no Docker daemon answers"
        out=/out
        ;;
    jar)
        jar=$tools/generator/openapi-generator-$version.jar
        [ -f "$jar" ] || fetch_jar "$jar"
        [ "$(checksum "$jar")" = "$sha256" ] ||
            die "$jar has the wrong checksum; delete it to have it fetched again"
        java=$(TOOLS_DIR=$tools "$root/scripts/tools/java.sh" 2>"$work/log") || die "$(tail -n 1 "$work/log")"
        ;;
    *) die "ENGINE must be docker or jar, not '$engine'" ;;
    esac

    mkdir "$work/out"
    "$run" validate --input-spec openapi.yaml >"$work/log" 2>&1 ||
        die "openapi.yaml is not valid: $(reason)"
    "$run" generate --input-spec openapi.yaml --config generator-config.yaml --output "$out" \
        >"$work/log" 2>&1 || die "the generator failed: $(reason)"

    cd "$work/out"
    rm -rf .openapi-generator .openapi-generator-ignore .travis.yml .gitignore git_push.sh
    cp "$root/LICENSE-MIT" "$root/LICENSE-APACHE" .
    rustfmt --edition 2024 src/lib.rs || die "the generated code is not Rust"
    cd "$root"
    engine_used=$engine
}

# The first line of the log that says what is wrong.
reason() {
    local line
    line=$(grep -m 1 -E '^[[:space:]]*-|rror|xception' "$work/log" || tail -n 1 "$work/log")
    echo "${line#"${line%%[![:space:]-]*}"}"
}

case ${1:-} in
"" | --check) ;;
*) die "usage: generate.sh [--check]" ;;
esac

mkdir -p "$tools"
work=$(mktemp -d "$tools/generate.XXXXXX")
generate

if [ "${1:-}" = --check ]; then
    diff -ruN "$crate" "$work/out" >"$work/diff" || {
        head -n 40 "$work/diff" >&2
        die "crates/ory-oidc-gen differs from what openapi.yaml generates; run 'make generate'"
    }
    echo "generate: crates/ory-oidc-gen is what openapi.yaml generates ($engine_used, $version)"
else
    [ ! -e "$crate" ] || mv "$crate" "$work/old"
    mv "$work/out" "$crate"
    echo "generate: wrote crates/ory-oidc-gen ($engine_used, $version)"
fi
