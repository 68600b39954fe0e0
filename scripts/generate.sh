#!/usr/bin/env bash
# openapi.yaml + generator-config.yaml + scripts/templates -> crates/ory-oidc-gen and docs/oidc-api.md
#
#   scripts/generate.sh           writes the crate and the page
#   scripts/generate.sh --check   fails when those on disk differ from what would be written
#
#   ENGINE=docker|jar   forces an engine; by default Docker when a daemon answers, and the JAR when that fails
#   TOOLS_DIR=folder    where the JAR is kept (default: .tools)
#
# The description passes three stages: scripts/describe.py checks that the templates can generate all of it and adds the
# documentation, the generator validates and generates, and rustfmt formats the code.
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=${TOOLS_DIR:-$root/.tools}
crate=$root/crates/ory-oidc-gen
page=$root/docs/oidc-api.md
config=$root/generator-config.yaml

die() {
    echo "generate: $*" >&2
    exit 1
}

pinned() {
    sed -n "s/^  $1: *//p" "$config"
}

version=$(pinned generatorVersion)
image=openapitools/openapi-generator-cli:v$version@$(pinned generatorImageDigest)

work=
# An interrupted run leaves the old crate or the new one, never neither.
cleanup() {
    [ -n "$work" ] || return 0
    if [ -e "$work/old" ] && [ ! -e "$crate" ]; then mv "$work/old" "$crate"; fi
    rm -rf "$work"
}
trap cleanup EXIT

# --- the engines -------------------------------------------------------------
# start_ENGINE returns 1 and sets $problem when the engine cannot run. run_ENGINE runs it in $work, by relative paths, since
# neither Docker nor Java takes every path.

start_docker() {
    docker info >/dev/null 2>&1 || { problem="no Docker daemon answers"; return 1; }
}

run_docker() {
    # The source of a mount is a field of a list that is separated by commas.
    docker run --rm --network none --user "$(id -u):$(id -g)" \
        --mount "type=bind,\"source=${work//\"/\"\"}\",target=/work" --workdir /work "$image" "$@"
}

start_jar() {
    local jar
    jar=$(TOOLS_DIR=$tools "$root/scripts/tools/generator.sh" 2>"$work/log") || { problem=$(tail -n 1 "$work/log"); return 1; }
    ln -sf "$jar" "$work/generator.jar"
    java=$(TOOLS_DIR=$tools "$root/scripts/tools/java.sh" 2>"$work/log") || { problem=$(tail -n 1 "$work/log"); return 1; }
}

run_jar() {
    # Java reads the names of files in the encoding of the locale.
    (cd "$work" && LC_ALL=C.UTF-8 "$java" -XX:TieredStopAtLevel=1 -jar generator.jar "$@")
}

# The first line of the log that says what went wrong.
reason() {
    if [ -s "$work/log" ]; then
        grep -m 1 -E 'rror|xception' "$work/log" || tail -n 1 "$work/log"
    else
        echo "it gave no reason"
    fi
}

# --- the stages --------------------------------------------------------------

# Writes what the generator reads to $work, its options, and what the templates cannot generate to $work/refused.
prepare() {
    local yaml status=0
    yaml=$(TOOLS_DIR=$tools "$root/scripts/tools/yaml.sh" 2>"$work/log") || die "$(tail -n 1 "$work/log")"
    cp "$root/openapi.yaml" "$config" "$work/"
    mkdir "$work/scripts"
    cp -R "$root/scripts/templates" "$work/scripts/"
    python3 -B "$root/scripts/describe.py" --packages "$yaml" "$work/openapi.yaml" "$work/prepared.json" \
        "$work/options" "$work/page.md" >"$work/refused" 2>"$work/log" || status=$?
    case $status in
    0 | 1) [ ! -s "$work/log" ] || die "scripts/describe.py failed: $(tail -n 1 "$work/log")" ;;
    *) die "$(cat "$work/refused" "$work/log" | tail -n 1)" ;;
    esac
}

refuse() {
    local count
    count=$(grep -c '' "$work/refused") || return 0
    cat "$work/refused" >&2
    die "$count of the description's nodes cannot be generated"
}

# attempt ENGINE: generates with it; only validates what is refused. Ends if the description is invalid; returns 1 and sets
# $problem if the engine fails.
attempt() {
    local command=(generate --input-spec prepared.json --config generator-config.yaml --output out) option
    if [ -s "$work/refused" ]; then
        command=(validate --input-spec openapi.yaml)
    else
        while read -r option; do command+=("$option"); done <"$work/options"
    fi
    rm -rf "$work/out"
    mkdir "$work/out"
    "start_$1" || return 1
    "run_$1" "${command[@]}" >"$work/log" 2>&1 && return 0
    if grep -q '^Errors:' "$work/log"; then
        # The first error, which may be wrapped.
        die "openapi.yaml is invalid: $(awk '/^Errors:/ { on = 1; next }
            on && (/^[[:space:]]*-/ && seen++ || !/^[[:space:]]+[^[:space:]]/) { exit }
            on { sub(/^[[:space:]]*(-[[:space:]]*)?/, ""); printf "%s%s", sep, $0; sep = " " }' "$work/log")"
    fi
    problem=$(reason)
    return 1
}

generate() {
    local engines=${ENGINE:-} problem='' problems='' java
    case $engines in
    "")
        engines=jar
        if command -v docker >/dev/null && start_docker; then engines="docker jar"; fi
        ;;
    docker | jar) ;;
    *) die "ENGINE must be docker or jar, not '$engines'" ;;
    esac
    command -v rustfmt >/dev/null || die "rustfmt is missing: the generated code is formatted with it"
    "$root/scripts/tools/generator.sh" --check-pins 2>"$work/log" || die "$(tail -n 1 "$work/log")"
    prepare

    engine=
    for candidate in $engines; do
        [ -z "$problems" ] || echo "generate: $problems; trying the $candidate engine" >&2
        if attempt "$candidate"; then
            engine=$candidate
            break
        fi
        problems="$problems${problems:+; }the $candidate engine failed: $problem"
    done
    # What the templates cannot generate may be what the generator stumbled over.
    refuse
    [ -n "$engine" ] || die "$problems"

    [ "$(cat "$work/out/.openapi-generator/VERSION" 2>/dev/null)" = "$version" ] ||
        die "the $engine engine is not version $version, which generator-config.yaml pins"

    cd "$work/out"
    rm -rf .openapi-generator .openapi-generator-ignore .travis.yml .gitignore git_push.sh
    cp "$root/LICENSE-MIT" "$root/LICENSE-APACHE" .
    rustfmt --edition 2024 --config-path "$root/rustfmt.toml" src/lib.rs || die "the generated code is not Rust"
    cd "$root"
}

case ${1:-} in
"" | --check) ;;
*) die "usage: generate.sh [--check]" ;;
esac

mkdir -p "$tools"
tools=$(cd "$tools" && pwd)
work=$(mktemp -d "$tools/generate.XXXXXX")
generate

if [ "${1:-}" = --check ]; then
    { diff -uN "$page" "$work/page.md" || true; diff -ruN "$crate" "$work/out" || true; } >"$work/diff"
    [ ! -s "$work/diff" ] || {
        head -n 40 "$work/diff" >&2
        die "crates/ory-oidc-gen or docs/oidc-api.md differs from what openapi.yaml generates; run 'make generate'"
    }
    echo "generate: crates/ory-oidc-gen and docs/oidc-api.md are what openapi.yaml generates ($engine, $version)"
else
    [ ! -e "$crate" ] || mv "$crate" "$work/old"
    mv "$work/out" "$crate"
    mv "$work/page.md" "$page"
    echo "generate: wrote crates/ory-oidc-gen and docs/oidc-api.md ($engine, $version)"
fi
