#!/usr/bin/env bash
# Fails in one line where OpenSSL's headers are missing, which only the feature `native-tls` needs.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# macOS and Windows bring a TLS library of their own.
[ "$(uname -s)" = Linux ] || exit 0
include=${OPENSSL_INCLUDE_DIR:-${OPENSSL_DIR:+$OPENSSL_DIR/include}}
echo '#include <openssl/ssl.h>' | "${CC:-cc}" ${include:+"-I$include"} -E - >/dev/null 2>&1 ||
    die "OpenSSL's headers are missing (Debian: libssl-dev, Fedora: openssl-devel)"
command -v pkg-config >/dev/null || [ -n "$include" ] ||
    die "pkg-config is missing, which finds OpenSSL (Debian: pkg-config); or name OpenSSL's folder in OPENSSL_DIR"
