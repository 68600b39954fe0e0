#!/usr/bin/env bash
# Prints the path of the browser that the tests drive: the one that CHROMIUM names, else one on the
# PATH, else, on Debian and as root, Debian's Chromium, which it installs.
set -euo pipefail

die() {
    echo "chromium: $*" >&2
    exit 1
}

if [ -n "${CHROMIUM:-}" ]; then
    command -v "$CHROMIUM" || die "CHROMIUM=$CHROMIUM is no program"
    exit
fi

found() {
    command -v chromium || command -v chromium-browser || command -v google-chrome ||
        command -v google-chrome-stable
}

found && exit
if [ "$(id -u)" = 0 ] && grep -qs '^ID=debian$' /etc/os-release; then
    {
        apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium
    } >&2 || die "Debian's Chromium cannot be installed; name a Chromium or Chrome with CHROMIUM"
    found && exit
fi
die "there is none; install Chromium or Chrome, or name one with CHROMIUM"
