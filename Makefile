# Every command a person needs. `make help` lists them.

.DEFAULT_GOAL := help
SHELL := /bin/bash

# Ory's published document, where one is at hand: a file or a URL.
UPSTREAM ?= $(wildcard ../shared/upstream/hydra-oidc.openapi.json)
CARGO ?= cargo
PROVIDER := crates/ory-oidc/tests/provider
FUZZ_SECONDS ?= 20
POSTGRES := crates/ory-oidc-store-postgres/tests/server
BROWSER := crates/ory-oidc/tests/browser

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: test
test: tools fmt-check lint doc check-generated check-upstream test-scripts test-rust test-provider test-browser ## every gate, as CI runs them

# Before anything takes long: what is missing, in one line.
.PHONY: tools
tools:
	@for tool in node npm python3 $(if $(strip $(UPSTREAM)),go); do \
		command -v $$tool >/dev/null || { echo "test: $$tool is missing; the README lists what is needed"; exit 1; }; \
	done
	@scripts/chromium.sh >/dev/null

.PHONY: tour
tour: ## all seven operations on the in-process double
	$(CARGO) run --example tour

.PHONY: generate
generate: ## openapi.yaml -> crates/ory-oidc-gen
	scripts/generate.sh

.PHONY: check-generated
check-generated: ## fail when crates/ory-oidc-gen is not what openapi.yaml generates
	scripts/generate.sh --check

.PHONY: check-upstream
check-upstream: ## compare openapi.yaml with Ory's document: UPSTREAM=file-or-URL
ifeq ($(strip $(UPSTREAM)),)
	@echo "check-upstream: skipped, as Ory's published document is not at hand; name it with UPSTREAM=file-or-URL"
else
	scripts/check-upstream.sh $(UPSTREAM)
endif

.PHONY: fmt
fmt: ## format the Rust code
	$(CARGO) fmt --all

.PHONY: fmt-check
fmt-check:
	$(CARGO) fmt --all --check

.PHONY: lint
lint: ## clippy, warnings denied: no features, default, all
	$(CARGO) clippy --locked --workspace --no-default-features --lib -- -D warnings
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) clippy --locked --package ory-oidc --all-targets --no-default-features --features rustls -- -D warnings
	$(CARGO) clippy --locked --workspace --all-targets --all-features -- -D warnings
	$(CARGO) clippy --locked --manifest-path bench/Cargo.toml -- -D warnings
	@for folder in bench fuzz; do \
		$(CARGO) update --quiet --locked --workspace --manifest-path $$folder/Cargo.toml || \
			{ echo "lint: $$folder/Cargo.lock is stale; run 'cargo update --workspace --manifest-path $$folder/Cargo.toml'"; exit 1; }; \
	done

.PHONY: doc
doc: ## the documentation, warnings denied
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps --all-features

.PHONY: test-rust
test-rust: provider postgres ## unit, integration and doc tests, those on real servers too
	$(CARGO) test --locked --workspace --features ory-oidc/encryption -- --include-ignored --skip hydra::
	$(CARGO) test --locked --package ory-oidc --no-default-features --features rustls --test it userinfo

.PHONY: provider
provider: $(PROVIDER)/node_modules/.package-lock.json ## install the OpenID provider that the tests run against

$(PROVIDER)/node_modules/.package-lock.json: $(PROVIDER)/package-lock.json
	cd $(PROVIDER) && npm ci --ignore-scripts --no-audit --no-fund

.PHONY: postgres
postgres: $(POSTGRES)/node_modules/.package-lock.json ## install the PostgreSQL that tests use where the machine has none

$(POSTGRES)/node_modules/.package-lock.json: $(POSTGRES)/package-lock.json
	cd $(POSTGRES) && npm ci --ignore-scripts --no-audit --no-fund

.PHONY: test-hydra
test-hydra: ## the contract suite on an Ory Hydra in Docker
	scripts/test-hydra.sh

.PHONY: test-provider
test-provider: provider ## what the tests rely on in that provider
	cd $(PROVIDER) && npm test

.PHONY: test-browser
test-browser: provider browser ## the web app among the examples, in a real browser
	# The features of `test-rust`: what it compiled serves here too.
	$(CARGO) build --locked --workspace --features ory-oidc/encryption --example webapp --example openidconnect
	chromium=$$(scripts/chromium.sh) && cd $(BROWSER) && CHROMIUM="$$chromium" npm test

.PHONY: browser
browser: $(BROWSER)/node_modules/.package-lock.json ## install what drives the browser in the tests

$(BROWSER)/node_modules/.package-lock.json: $(BROWSER)/package-lock.json
	cd $(BROWSER) && npm ci --ignore-scripts --no-audit --no-fund

.PHONY: test-scripts
test-scripts: ## the generator's and the upstream check's own tests
	scripts/test-generate.sh
ifeq ($(strip $(UPSTREAM)),)
	@echo "test-scripts: the upstream check's tests are skipped, as Ory's published document is not at hand"
else
	scripts/test-check-upstream.sh $(UPSTREAM)
endif

.PHONY: package
package: ## build each crate as it would be published
	$(CARGO) package --locked --workspace

.PHONY: bench
bench: ## what a call costs, beside the other clients
	$(CARGO) run --locked --release --manifest-path bench/Cargo.toml

FUZZ_VERSION := 0.13.2
FUZZ_TOOL := .tools/cargo-fuzz-$(FUZZ_VERSION)
FUZZ_TARGETS := $(basename $(notdir $(wildcard fuzz/fuzz_targets/*.rs)))

.PHONY: fuzz
fuzz: fuzz-nightly $(FUZZ_TOOL)/bin/cargo-fuzz ## each fuzz target for FUZZ_SECONDS (20); needs a nightly toolchain
	@export PATH="$(CURDIR)/$(FUZZ_TOOL)/bin:$$PATH"; set -e; \
	$(CARGO) +nightly fuzz build; \
	for target in $(FUZZ_TARGETS); do \
		log=fuzz/target/$$target.log; mkdir -p fuzz/corpus/$$target; \
		$(CARGO) +nightly fuzz run $$target fuzz/corpus/$$target fuzz/seeds/$$target -- \
			-max_total_time=$(FUZZ_SECONDS) -timeout=10 >$$log 2>&1 || { cat $$log; exit 1; }; \
		echo "$$target: $$(grep '^Done' $$log)"; \
	done

.PHONY: fuzz-nightly
fuzz-nightly:
	@$(CARGO) +nightly --version >/dev/null 2>&1 || \
		{ echo "fuzz: needs a nightly toolchain; run 'rustup toolchain install nightly --profile minimal'"; exit 1; }

$(FUZZ_TOOL)/bin/cargo-fuzz:
	$(CARGO) install --debug --locked --version $(FUZZ_VERSION) --root $(FUZZ_TOOL) cargo-fuzz
