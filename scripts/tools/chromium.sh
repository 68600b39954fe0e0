#!/usr/bin/env bash
# Prints the path of the browser that the tests drive: the one that CHROMIUM names, else one on the PATH, else Debian's
# Chromium, which it installs on Debian when it runs as root.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

if [ -n "${CHROMIUM:-}" ]; then
    command -v "$CHROMIUM" || die "CHROMIUM=$CHROMIUM is not a program"
    exit
fi

find_browser() {
    on_machine chromium || on_machine chromium-browser || on_machine google-chrome || on_machine google-chrome-stable
}

find_browser && exit
if [ "$(id -u)" = 0 ] && grep -qs '^ID=debian$' /etc/os-release; then
    echo "installing Debian's Chromium" >&2
    log=$(mktemp)
    if apt-get update >"$log" 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium >>"$log" 2>&1; then
        rm -f -- "$log"
        find_browser && exit
    fi
    die "apt-get cannot install Chromium (see $log); name a Chromium or Chrome in CHROMIUM"
fi
die "Chromium or Chrome is missing; install it, or name it in CHROMIUM"
