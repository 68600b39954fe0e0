#!/usr/bin/env bash
# Proves that scripts/generate.sh writes, checks and refuses as it should, on a copy of what it
# reads. Ends with "N passed, N failed".
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
    mkdir -p "$tree/crates"
    cp -R "$root/openapi.yaml" "$root/generator-config.yaml" "$root/scripts" "$root/LICENSE-MIT" \
        "$root/LICENSE-APACHE" "$tree/"
    cp -R "$root/crates/ory-oidc-gen" "$tree/crates/"
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

# refused WHAT TEXT COMMAND...: fails, says one line that holds TEXT, and leaves the crate alone.
refused() {
    local what=$1 text=$2 verdict=ok
    shift 2
    if "$@"; then verdict=FAILED; fi
    [ "$(grep -c '' "$work/words")" = 1 ] || verdict=FAILED
    grep -qF -- "$text" "$work/words" || verdict=FAILED
    diff -r "$root/crates/ory-oidc-gen" "$tree/crates/ory-oidc-gen" >/dev/null || verdict=FAILED
    report "$verdict" "$what"
}

copy
succeeds "the crate on disk is what the description generates" generate --check
succeeds "generating again changes nothing" generate
succeeds "and the check agrees" generate --check

sed -i.bak 's/^        client_name:$/        client_nickname:/' "$tree/openapi.yaml"
if generate --check; then report FAILED "a changed property fails the check"; else report ok "a changed property fails the check"; fi
succeeds "until the crate is generated" generate
succeeds "after which the check passes" generate --check
succeeds "and the crate has the property" grep -q client_nickname "$tree/crates/ory-oidc-gen/src/models/o_auth2_client.rs"

copy
echo "// by hand" >>"$tree/crates/ory-oidc-gen/src/lib.rs"
if generate --check; then report FAILED "an edit by hand fails the check"; else report ok "an edit by hand fails the check"; fi

copy
sed -i.bak 's/^paths:$/paths: nonsense/' "$tree/openapi.yaml"
refused "an invalid description is refused in one line" "openapi.yaml is not valid" generate

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
    cp -R "$tools/generator" "$work/no-jdk/"
    refused "a machine without Java is told so in one line" "Java 11 or newer is missing" generate_without_java
else
    echo "skipped: no JAR is at hand, as Docker generated the crate"
fi

# A stand-in for Docker that runs the same JAR with the mounts undone: both engines are given
# the same work, and the script's own part of the Docker run is right.
mkdir "$work/docker"
cat >"$work/docker/docker" <<'DOCKER'
#!/usr/bin/env bash
set -euo pipefail
[ "$1" != info ] || exit 0
[ "$1" = run ] && shift
while [ $# -gt 0 ]; do
    case $1 in
    --rm) shift ;;
    --volume)
        case $2 in
        *:/local:ro) local=${2%:/local:ro} ;;
        *:/out) out=${2%:/out} ;;
        *) exit 3 ;;
        esac
        shift 2
        ;;
    --network) [ "$2" = none ] && shift 2 ;;
    --user) [ "$2" = "$(id -u):$(id -g)" ] && shift 2 ;;
    --workdir) [ "$2" = /local ] && shift 2 ;;
    openapitools/openapi-generator-cli:v*) shift; break ;;
    *) exit 3 ;;
    esac
done
cd "$local"
exec "$STAND_IN_JAVA" -jar "$STAND_IN_JAR" "${@/#\/out/$out}"
DOCKER
chmod +x "$work/docker/docker"
jar=$tools/generator/openapi-generator-$version.jar
if [ -f "$jar" ]; then
    java=$(TOOLS_DIR=$tools "$root/scripts/tools/java.sh")
    generate_by_docker() {
        env -u ENGINE PATH="$work/docker:$PATH" STAND_IN_JAR="$jar" STAND_IN_JAVA="$java" TOOLS_DIR="$tools" \
            "$tree/scripts/generate.sh" --check >"$work/words" 2>&1
    }
    succeeds "Docker is taken where a daemon answers, and gives the same bytes" generate_by_docker
    succeeds "and says so" grep -q "(docker, " "$work/words"
else
    echo "skipped: no JAR is at hand for the stand-in for Docker, as Docker generated the crate"
fi

printf '#!/bin/sh\nexit 1\n' >"$work/docker/docker"
generate_without_daemon() {
    env ENGINE=docker PATH="$work/docker:$PATH" TOOLS_DIR="$tools" "$tree/scripts/generate.sh" >"$work/words" 2>&1
}
refused "Docker without a daemon is refused in one line" "no Docker daemon answers" generate_without_daemon

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
