# Every command a person needs. `make help` lists them.
#
# Needed on the machine: Rust, a C compiler, and Python 3 with pip. Everything else that a target needs is found on the
# machine or fetched into .tools/, in a pinned version with a checksum: see scripts/tools.

.DEFAULT_GOAL := help
SHELL := /bin/bash

# Programs that were fetched come before the machine's own, which are too old or missing then.
export PATH := $(CURDIR)/.tools/bin:$(PATH)

CARGO ?= cargo
# The published documents of Ory Hydra and of Ory Network, where they are at hand: files or URLs.
UPSTREAM ?= $(wildcard ../shared/upstream/hydra-oidc.openapi.json)
UPSTREAM_NETWORK ?=
PROVIDER := crates/contract/provider
BROWSER := examples/webapp/tests/browser

# Read from the Cargo workspace where a recipe needs them. The features are all but those that need OpenSSL.
LIBRARIES = $(shell python3 scripts/workspace.py libraries)
PROGRAMS = $(shell python3 scripts/workspace.py programs)
PUBLISHED = $(shell python3 scripts/workspace.py published)
FEATURES = $(shell python3 scripts/workspace.py features)

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Every day

.PHONY: test
test: tools fmt-check lint powerset cycles deny doc check-public-api check-generated lint-description check-upstream test-scripts test-rust test-provider test-browser wasm ## run every check that a pull request must pass

.PHONY: quick
quick: fmt-check ## format check, clippy and the tests that need nothing but Cargo
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) test --locked --workspace --lib --bins --tests

.PHONY: fmt
fmt: ## format the Rust code
	$(CARGO) fmt --all

.PHONY: tour
tour: ## run all seven operations on the in-process mock server
	$(CARGO) run --locked --example tour

.PHONY: tools
tools: ## find or fetch the programs that the tests need, and say what is missing
	@scripts/tools/check.sh

##@ Code checks

.PHONY: fmt-check
fmt-check: ## fail when the Rust code is not formatted
	$(CARGO) fmt --all --check

.PHONY: lint
lint: ## clippy with warnings denied, on tests and examples too
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) clippy --locked --package ory-oidc --all-targets --no-default-features --features rustls -- -D warnings
	$(CARGO) clippy --locked --workspace --all-targets --features $(FEATURES) -- -D warnings
	$(CARGO) clippy --locked --manifest-path bench/Cargo.toml -- -D warnings
	@for folder in bench fuzz; do \
		$(CARGO) update --quiet --locked --workspace --manifest-path $$folder/Cargo.toml || \
			{ echo "lint: $$folder/Cargo.lock is stale; run 'cargo update --workspace --manifest-path $$folder/Cargo.toml'"; exit 1; }; \
	done

# How many features are combined: 2 takes each pair and each feature alone. The workflow takes all combinations.
POWERSET_DEPTH ?= 2

.PHONY: powerset
powerset: ## clippy on the libraries with each pair of features (POWERSET_DEPTH=N for more)
	hack=$$(scripts/tools/cargo-tool.sh cargo-hack) && \
	$$hack hack clippy --locked --lib $(LIBRARIES:%=--package %) \
		--feature-powerset --depth $(POWERSET_DEPTH) --exclude-features default,native-tls -- -D warnings

.PHONY: cycles
cycles: ## fail when modules of a crate import each other in a circle
	modules=$$(scripts/tools/cargo-tool.sh cargo-modules) && python3 scripts/check_cycles.py $$modules $(LIBRARIES) $(PROGRAMS)

# Apart from `test`, as it takes more than five minutes of a core.
.PHONY: check-targets
check-targets: ## check the published crates for Windows and macOS, on Linux
	scripts/check-targets.sh

.PHONY: deny
deny: ## check the licences and sources of all dependencies
	deny=$$(scripts/tools/cargo-tool.sh cargo-deny) && $$deny --locked check --hide-inclusion-graph licenses bans sources

.PHONY: doc
doc: ## build the documentation with warnings denied
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps --features $(FEATURES)

.PHONY: public-api
public-api: ## write the public API of each library to api/
	scripts/public-api.sh

.PHONY: check-public-api
check-public-api: ## fail when the public API differs from api/, or has no example
	scripts/public-api.sh --check

##@ Generated code

.PHONY: generate
generate: ## generate crates/ory-oidc-gen and docs/oidc-api.md from openapi.yaml
	scripts/generate.sh

.PHONY: check-generated
check-generated: ## fail when they are not what openapi.yaml generates
	scripts/generate.sh --check

.PHONY: lint-description
lint-description: ## check openapi.yaml with the linters Redocly and Spectral
	scripts/lint-description.sh

.PHONY: check-upstream
check-upstream: ## compare openapi.yaml with Ory's documents: UPSTREAM= and UPSTREAM_NETWORK=file-or-URL
ifeq ($(strip $(UPSTREAM)),)
	@echo "check-upstream: skipped for Ory Hydra, as UPSTREAM does not name its document (a file or a URL)"
else
	scripts/check-upstream.sh hydra "$(UPSTREAM)"
endif
ifeq ($(strip $(UPSTREAM_NETWORK)),)
	@echo "check-upstream: skipped for Ory Network, as UPSTREAM_NETWORK does not name its document (a file or a URL)"
else
	scripts/check-upstream.sh network "$(UPSTREAM_NETWORK)"
endif

.PHONY: test-scripts
test-scripts: ## test the scripts for generating and for comparing with Ory's documents
	scripts/test-tools.sh
	scripts/test-description.sh
	scripts/test-generate.sh $(if $(strip $(UPSTREAM)),"$(UPSTREAM)")
ifeq ($(strip $(UPSTREAM)),)
	@echo "test-scripts: the tests of check-upstream are skipped, as UPSTREAM does not name Ory Hydra's document"
else
	scripts/test-check-upstream.sh "$(UPSTREAM)"
endif

##@ Tests on servers

.PHONY: test-rust
test-rust: provider hydra clients ## all Rust tests, on the OpenID provider, Ory Hydra and PostgreSQL too
	export POSTGRES_BIN && POSTGRES_BIN=$$(scripts/tools/postgres.sh) && \
		$(CARGO) test --locked --workspace --features $(FEATURES) -- --include-ignored
	$(CARGO) test --locked --package ory-oidc --no-default-features --features rustls --test it userinfo
	$(CARGO) test --locked --package ory-oidc-core --lib https
	$(CARGO) test --locked --package ory-oidc-core --lib --features rustls-no-provider provider

.PHONY: test-provider
test-provider: provider ## test what the Rust tests rely on in the OpenID provider
	cd $(PROVIDER) && npm test

.PHONY: test-browser
test-browser: provider hydra browser ## test the example web app in a real browser, on each server
	@# With the features of `test-rust`, so that what it compiled serves here, too.
	$(CARGO) build --locked --workspace --features $(FEATURES) --bins --examples
	export CHROMIUM && CHROMIUM=$$(scripts/tools/chromium.sh) && cd $(BROWSER) && npm test

.PHONY: wasm
wasm: ## run the client as WebAssembly, in Node.js and in a browser
	scripts/wasm.sh

.PHONY: provider
provider: ## install the OpenID provider that the tests run against
	scripts/tools/npm-ci.sh $(PROVIDER)

.PHONY: browser
browser: ## install what drives the browser in the tests
	scripts/tools/npm-ci.sh $(BROWSER)

.PHONY: hydra
hydra: ## build the Ory Hydra that the tests run against
	scripts/hydra.sh >/dev/null

.PHONY: test-hydra
test-hydra: hydra ## run the contract suite and the keeper on Ory Hydra, with SQLite and PostgreSQL
	export POSTGRES_BIN && POSTGRES_BIN=$$(scripts/tools/postgres.sh) && \
		$(CARGO) test --locked --package ory-oidc-contract --package ory-oidc-keeper --test hydra -- --include-ignored

.PHONY: clients
clients: ## generate and compile the clients in other languages
	crates/contract/clients/build.sh

.PHONY: test-clients
test-clients: hydra clients ## run the clients for Python, TypeScript and Go on Ory Hydra
	$(CARGO) test --locked --package ory-oidc-contract --test clients -- --include-ignored

.PHONY: check-mock
check-mock: hydra ## send the same requests to the mock server and to Ory Hydra, and show what differs
	$(CARGO) test --locked --package ory-oidc-contract --test mock_beside_hydra -- --include-ignored --nocapture

.PHONY: test-native-tls
test-native-tls: ## lint and test with the feature native-tls; needs OpenSSL's headers
	scripts/tools/openssl.sh
	$(CARGO) clippy --locked --workspace --all-targets --all-features -- -D warnings
	for package in $$(python3 scripts/workspace.py native-tls); do \
		$(CARGO) test --locked --package $$package --no-default-features --features native-tls --lib --tests || exit 1; \
	done

##@ Releases

.PHONY: package
package: ## build each crate as it would be published
	$(CARGO) package --locked $(PUBLISHED:%=--package %)

.PHONY: semver
semver: ## check the API for breaking changes: BASELINE=branch-or-tag; needs OpenSSL's headers
	scripts/check-semver.sh $(BASELINE)

.PHONY: msrv
msrv: ## check each crate with the oldest Rust that it supports; rustup installs that
	python3 scripts/workspace.py rust-versions | while read -r version packages; do \
		rustup toolchain install "$$version" --profile minimal && \
			$(CARGO) "+$$version" check --locked --package $${packages// / --package } || exit 1; \
	done

.PHONY: advisories
advisories: ## look for known vulnerabilities in the dependencies; needs the network
	deny=$$(scripts/tools/cargo-tool.sh cargo-deny) && $$deny --locked check advisories

.PHONY: bench
bench: ## measure what a call costs, next to other clients
	$(CARGO) run --locked --release --manifest-path bench/Cargo.toml

FUZZ_SECONDS ?= 20
FUZZ_TARGETS := $(basename $(notdir $(wildcard fuzz/fuzz_targets/*.rs)))

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZ_SECONDS (20); needs a nightly toolchain
	@$(CARGO) +nightly --version >/dev/null 2>&1 || \
		{ echo "fuzz: a nightly toolchain is missing; run 'rustup toolchain install nightly --profile minimal'"; exit 1; }
	@fuzz=$$(scripts/tools/cargo-tool.sh cargo-fuzz) && export PATH="$$(dirname "$$fuzz"):$$PATH" && \
	$(CARGO) +nightly fuzz build && \
	for target in $(FUZZ_TARGETS); do \
		log=fuzz/target/$$target.log; mkdir -p fuzz/corpus/$$target fuzz/target; \
		$(CARGO) +nightly fuzz run $$target fuzz/corpus/$$target fuzz/seeds/$$target -- \
			-max_total_time=$(FUZZ_SECONDS) -timeout=10 >$$log 2>&1 || { cat $$log; exit 1; }; \
		echo "$$target: $$(grep '^Done' $$log)"; \
	done
