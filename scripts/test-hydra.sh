#!/usr/bin/env bash
# Starts an Ory Hydra in Docker, runs the contract suite on it and stops it.
#
#   HYDRA_IMAGE=image   another release (default: oryd/hydra:v25.4.0)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
image=${HYDRA_IMAGE:-oryd/hydra:v25.4.0}

die() {
    echo "test-hydra: $*" >&2
    exit 1
}

command -v docker >/dev/null || die "Docker is missing"
docker info >/dev/null 2>&1 || die "no Docker daemon answers"

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
public=$(free_port)
admin=$(free_port)
url=http://127.0.0.1:$public

container=$(docker run --rm --detach \
    --publish "127.0.0.1:$public:4444" --publish "127.0.0.1:$admin:4445" \
    --env DSN=memory --env SECRETS_SYSTEM=a-secret-of-a-test-0123456789 \
    --env "URLS_SELF_ISSUER=$url" --env "URLS_SELF_PUBLIC=$url" \
    --env "URLS_LOGIN=$url/not-used/login" --env "URLS_CONSENT=$url/not-used/consent" \
    --env "URLS_LOGOUT=$url/not-used/logout" \
    --env OIDC_DYNAMIC_CLIENT_REGISTRATION_ENABLED=true \
    --env OIDC_DYNAMIC_CLIENT_REGISTRATION_DEFAULT_SCOPE=openid \
    "$image" serve all --dev)
trap 'docker stop "$container" >/dev/null' EXIT

for _ in $(seq 60); do
    if curl --silent --fail "$url/health/ready" >/dev/null 2>&1; then ready=yes && break; fi
    sleep 1
done
[ "${ready:-}" = yes ] || die "Hydra did not become ready in a minute: $(docker logs --tail 1 "$container" 2>&1)"

issuer=$(curl --silent "$url/.well-known/openid-configuration" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["issuer"])')
cd "$root"
ORY_OIDC_TEST_URL=$url ORY_OIDC_TEST_ISSUER=$issuer ORY_OIDC_TEST_ADMIN_URL=http://127.0.0.1:$admin \
    cargo test --locked --package ory-oidc --test live hydra:: -- --include-ignored
