#!/usr/bin/env bash
# Proves that scripts/generate.sh writes, checks and refuses as it should, on a copy of what it
# reads. Ends with "N passed, N failed".
#
#   scripts/test-generate.sh [UPSTREAM]   UPSTREAM is Ory Hydra's document, which is generated and compiled, too
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=${TOOLS_DIR:-$root/.tools}
passed=0
failed=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree

# A fresh copy of everything that the script reads and writes.
copy() {
    rm -rf "$tree"
    mkdir -p "$tree/crates" "$tree/docs" "$tree/scripts"
    cp -R "$root"/{openapi.yaml,generator-config.yaml,rustfmt.toml,LICENSE-MIT,LICENSE-APACHE} "$tree/"
    cp -R "$root/scripts"/{generate.sh,describe.py,description,templates,tools} "$tree/scripts/"
    cp -R "$root/crates/ory-oidc-gen" "$tree/crates/"
    cp "$root/docs/oidc-api.md" "$tree/docs/"
}

# edit FILE EXPRESSION: edits a file of the copy with sed.
edit() {
    sed -i.bak "$2" "$tree/$1"
    rm "$tree/$1.bak"
}

# generate ARGUMENT...: runs the copy's script; its words end up in $work/words.
generate() {
    TOOLS_DIR="${test_tools:-$tools}" "$tree/scripts/generate.sh" "$@" >"$work/words" 2>&1
}

report() {
    if [ "$1" = ok ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        sed 's/^/    /' "$work/words"
    fi
    echo "$1: $2"
}

succeeds() {
    local what=$1
    shift
    if "$@"; then report ok "$what"; else report FAILED "$what"; fi
}

# refused WHAT TEXT COMMAND...: fails, says one line that holds TEXT, and leaves the crate alone. LINES_SAID=N for N lines.
refused() {
    local what=$1 text=$2 verdict=ok
    shift 2
    if "$@"; then verdict=FAILED; fi
    [ "$(grep -c '' "$work/words")" = "${LINES_SAID:-1}" ] || verdict=FAILED
    grep -qF -- "$text" "$work/words" || verdict=FAILED
    diff -r "$root/crates/ory-oidc-gen" "$tree/crates/ory-oidc-gen" >/dev/null || verdict=FAILED
    report "$verdict" "$what"
}

copy
succeeds "the crate on disk is what the description generates" generate --check
succeeds "generating again changes nothing" generate
succeeds "byte for byte" diff -r "$root/crates/ory-oidc-gen" "$tree/crates/ory-oidc-gen"
if docker info >/dev/null 2>&1; then
    for each in docker jar; do
        succeeds "and so it is with the engine $each" env ENGINE="$each" TOOLS_DIR="$tools" "$tree/scripts/generate.sh" --check
    done
else
    echo "skipped: no Docker daemon answers, so only the JAR has run"
fi

echo "// by hand" >>"$tree/crates/ory-oidc-gen/src/lib.rs"
echo "by hand" >>"$tree/docs/oidc-api.md"
if generate --check; then report FAILED "an edit by hand fails the check"; else report ok "an edit by hand fails the check"; fi
succeeds "and is shown" test "$(grep -c '^-.*by hand' "$work/words")" = 2

edit openapi.yaml 's/^        client_name:$/        client_nickname:/
    s/^              client_name: /              client_nickname: /'
if generate --check; then report FAILED "a changed property fails the check"; else report ok "a changed property fails the check"; fi
succeeds "until the crate is generated" generate
succeeds "and has the property" grep -q client_nickname "$tree/crates/ory-oidc-gen/src/models/oauth2_client.rs"
succeeds "and so has the page" grep -q client_nickname "$tree/docs/oidc-api.md"

# --- what cannot be generated is named ----------------------------------------

copy
edit openapi.yaml 's/^paths:$/paths: nonsense/'
refused "what is not YAML is named by its line" "generate: openapi.yaml:$(($(grep -n '^paths: nonsense' "$tree/openapi.yaml" | cut -d : -f 1) + 1)): mapping values are not allowed" generate

copy
edit openapi.yaml '/^  version: 0.1.0$/d'
refused "an invalid description is reported in the validator's words" \
    "generate: openapi.yaml is invalid: attribute info.version is missing" generate

copy
edit openapi.yaml 's/^          in: query$/          in: cookie/'
named=0
for argument in "" --check; do
    # shellcheck disable=SC2086 # No argument is none.
    LINES_SAID=7 refused "what the templates cannot generate is refused ($argument)" \
        "openapi.yaml:$(grep -n -m 1 'in: cookie' "$tree/openapi.yaml" | cut -d : -f 1): #/paths/~1oauth2~1sessions~1logout/get/parameters/0/in: a cookie parameter cannot be generated" \
        generate $argument
    named=$((named + $(grep -c 'a cookie parameter cannot be generated' "$work/words" || true)))
done
succeeds "and each node is named" test "$named" = 12

copy
refused "an unknown engine is refused in one line" "ENGINE must be docker or jar" env ENGINE=steam bash -c "$(declare -f generate); tree='$tree' work='$work' tools='$tools' generate"
refused "an unknown argument is refused in one line" "usage" generate --chekc

mkdir -p "$work/tampered/generator"
version=$(sed -n 's/^  generatorVersion: *//p' "$root/generator-config.yaml")
echo tampered >"$work/tampered/generator/openapi-generator-$version.jar"
test_tools=$work/tampered
export ENGINE=jar
refused "a JAR with the wrong checksum is refused in one line" "wrong checksum" generate

# Every program but Java and Docker, and no index to fetch a JDK from.
mkdir "$work/bin" "$work/no-jdk"
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do
    for program in "$folder"/*; do
        case ${program##*/} in
        java | docker | python3) ;;
        *) [ ! -x "$program" ] || ln -s "$program" "$work/bin/" 2>/dev/null || true ;;
        esac
    done
done
printf '#!/bin/sh\nexec "%s" "$@"\n' "$(command -v python3)" >"$work/bin/python3"
chmod +x "$work/bin/python3"
generate_without_java() {
    env -u JAVA_HOME PATH="$work/bin" PIP_NO_INDEX=1 PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= \
        TOOLS_DIR="$work/no-jdk" "$tree/scripts/generate.sh" >"$work/words" 2>&1
}
if [ -d "$tools/generator" ]; then
    cp -R "$tools/generator" "$tools"/yaml-* "$work/no-jdk/"
    refused "a machine without Java is told so in one line" "Java 11 or newer is missing" generate_without_java
else
    echo "skipped: no JAR is at hand, as Docker generated the crate"
fi

# A stand-in for Docker that runs the same JAR with the mount undone: both engines are given the same work, and the script's
# own part of the Docker run is right.
mkdir "$work/docker"
cat >"$work/docker/docker" <<'DOCKER'
#!/usr/bin/env bash
set -euo pipefail
[ "$1" != info ] || exit 0
[ "$1" = run ] && shift
while [ $# -gt 0 ]; do
    case $1 in
    --rm) shift ;;
    --mount)
        source=${2#'type=bind,"source='}
        [ "$source" != "${source%'",target=/work'}" ]
        source=${source%'",target=/work'}
        source=${source//'""'/'"'}
        shift 2
        ;;
    --network) [ "$2" = none ] && shift 2 ;;
    --user) [ "$2" = "$(id -u):$(id -g)" ] && shift 2 ;;
    --workdir) [ "$2" = /work ] && shift 2 ;;
    openapitools/openapi-generator-cli:v*@sha256:*) shift; break ;;
    *) exit 3 ;;
    esac
done
cd "$source"
LC_ALL=C.UTF-8 exec "$STAND_IN_JAVA" -jar "$STAND_IN_JAR" "$@"
DOCKER
# What Docker says when it cannot pull the image.
mkdir "$work/broken"
cat >"$work/broken/docker" <<'DOCKER'
#!/bin/sh
[ "$1" != info ] || exit 0
echo "Unable to find image '$image' locally" >&2
echo "docker: Error response from daemon: manifest unknown." >&2
exit 125
DOCKER
mkdir "$work/stopped"
printf '#!/bin/sh\nexit 1\n' >"$work/stopped/docker"
chmod +x "$work"/{docker,broken,stopped}/docker

# with_docker FOLDER ARGUMENT...: generates with the Docker that is in the folder.
with_docker() {
    local folder=$1
    shift
    env -u ENGINE ${engine:+ENGINE=$engine} PATH="$work/$folder:$PATH" STAND_IN_JAR="$jar" STAND_IN_JAVA="$java" \
        TOOLS_DIR="${test_tools:-$tools}" "$tree/scripts/generate.sh" "$@" >"$work/words" 2>&1
}

# A copy of the tools that can be changed, in a folder whose name no program takes without care.
odd=$work/$'with space, \303\244: "colon"'
jar=$tools/generator/openapi-generator-$version.jar
java=$(TOOLS_DIR=$tools "$root/scripts/tools/java.sh" 2>/dev/null) || java=
unset test_tools ENGINE

copy
engine=docker refused "Docker without a daemon is refused in one line" "no Docker daemon answers" with_docker stopped
engine=docker refused "an image that cannot be pulled is reported as that" \
    "the docker engine failed: docker: Error response from daemon: manifest unknown." with_docker broken
edit generator-config.yaml 's/generatorImageDigest: .*/generatorImageDigest: latest/'
refused "an image that is not pinned by its digest is refused" "generatorImageDigest in generator-config.yaml is not a SHA-256 digest" generate
copy
edit scripts/tools/generator.txt 's/==7/==6/'
refused "a JAR of another version than the image is refused" "does not pin the version of generator-config.yaml" generate

if [ -f "$jar" ] && [ -n "$java" ]; then
    mkdir -p "$odd"
    tree=$odd/tree
    copy
    mkdir "$odd/tools"
    cp -R "$tools/generator" "$tools"/yaml-* "$odd/tools/"
    test_tools=$odd/tools
    # Neither the project's parents nor those of the tools decide how the code is formatted.
    echo 'hard_tabs = true' >"$work/rustfmt.toml"
    succeeds "Docker is taken where a daemon answers, and gives the same bytes, from any folder" with_docker docker --check
    succeeds "and says so" grep -q "(docker, " "$work/words"
    succeeds "the JAR is taken when Docker fails, from any folder" with_docker broken --check
    succeeds "and the reason is said" grep -qF "docker: Error response from daemon: manifest unknown.; trying the jar engine" "$work/words"
    succeeds "and the engine" grep -q "(jar, " "$work/words"
    cp "$jar" "$test_tools/generator/openapi-generator-6.0.0.jar"
    edit generator-config.yaml 's/generatorVersion: .*/generatorVersion: 6.0.0/'
    edit scripts/tools/generator.txt "s/==$version/==6.0.0/"
    ENGINE=jar refused "a JAR of another version than the pinned one is refused" "generatorJarSha256 in generator-config.yaml is not that of version 6.0.0" generate
    copy
    echo tampered >"$test_tools/generator/openapi-generator-$version.jar"
    LINES_SAID=2 refused "when both engines fail, both reasons are said" "manifest unknown.; the jar engine failed: generator: $test_tools/generator/openapi-generator-$version.jar has the wrong checksum" with_docker broken
    edit generator-config.yaml 's/generatorVersion: .*/generatorVersion: 6.0.0/'
    edit scripts/tools/generator.txt "s/==$version/==6.0.0/"
    refused "an engine of another version is refused" "the docker engine is not version 6.0.0" with_docker docker
    unset test_tools
    tree=$work/tree
else
    echo "skipped: no JAR and Java are at hand for the stand-in for Docker, as Docker generated the crate"
fi

# --- what can be generated compiles -------------------------------------------

# In a folder that stays, so that Cargo's cache knows the packages again.
kept=$root/target/test-generate
rm -rf "$kept"
mkdir -p "$kept/target"
# What is compiled is shared with the project; documentation is not, as it would replace the project's.
mkdir -p "${CARGO_TARGET_DIR:-$root/target}/debug"
ln -s "${CARGO_TARGET_DIR:-$root/target}/debug" "$kept/target/debug"

# compiles WHAT: generates the copy and builds it and its documentation, in a workspace of its own.
compiles() {
    local what=$1
    cp -R "$root/Cargo.toml" "$root/Cargo.lock" "$tree/"
    cp -R "$root/crates/ory-oidc-core" "$tree/crates/"
    edit Cargo.toml '/^members = \[/,/^\]/c\
members = ["crates/ory-oidc-core", "crates/ory-oidc-gen"]'
    # shellcheck disable=SC2317 # Called by succeeds.
    build() {
        generate && cd "$tree" && CARGO_TARGET_DIR=$kept/target RUSTDOCFLAGS="-D warnings" \
            bash -c "${CARGO:-cargo} check --quiet --package ory-oidc-gen &&
                ${CARGO:-cargo} doc --quiet --no-deps --package ory-oidc-gen" >"$work/words" 2>&1 &&
            [ ! -s "$work/words" ] # no warning
    }
    succeeds "$what" build
    cd "$root"
}

# describe MODULE ARGUMENT...: runs a module of scripts/description.
describe() {
    (cd "$root/scripts" && PACKAGES=$(TOOLS_DIR=$tools tools/yaml.sh) python3 -B -m "description.tests.$1" "${@:2}")
}

tree=$kept/tree
copy
describe mutations >"$tree/openapi.yaml"
compiles "every kind of node that is not refused is generated, compiles and is documented"
# The example in the README is of our description.
examples() {
    (cd "$tree" && CARGO_TARGET_DIR=$kept/target ${CARGO:-cargo} test --quiet --doc --package ory-oidc-gen apis::) >"$work/words" 2>&1
}
succeeds "and so does every example" examples
succeeds "of which there are many" grep -qE '[2-9][0-9] passed' "$work/words"
cat "$root/crates/ory-oidc-gen/src"/*/*.rs "$root/docs/oidc-api.md" >"$work/before"
cat "$tree/crates/ory-oidc-gen/src"/*/*.rs "$tree/docs/oidc-api.md" >"$work/after"
if describe mutations "$work/before" "$work/after" >"$work/words"; then verdict=ok; else verdict=FAILED; fi
cat "$work/words"
: >"$work/words"
report "$verdict" "and every change of the description is refused, or generated"
cat "$tree/crates/ory-oidc-gen/src"/*/*.rs >"$work/code"
grep -o '^ *///* *[`~]\{3,\}.*' "$work/code" | sed 's/^[ /]*//' | sort -u >"$work/words"
succeeds "and no description becomes code that runs" test "$(tr '\n' ' ' <"$work/words")" = '``` ```no_run ```text '

if [ -f "${1:-}" ]; then
    copy
    cp "$1" "$tree/openapi.yaml"
    compiles "Ory's own document is generated and compiles"
    succeeds "without a base URL, as it names none" bash -c '! grep -q DEFAULT_BASE_URL "$1"' _ \
        "$tree/crates/ory-oidc-gen/src/apis/configuration.rs"
else
    echo "skipped: no file with Ory's own document was named"
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
