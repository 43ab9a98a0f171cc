# What a newcomer needs: make run, make test, make build, make lint, make bench, make fuzz. Everything missing is installed on the way,
# except rustup, a C compiler and (for make test) Node 20 and Python 3.11, which are asked for in words.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help run build test lint bench fuzz setup setup-test lint-rust lint-invariants site test-rust test-browser screens

# `frontend` turns on leptos/hydrate and the server leptos/ssr; one cargo call must never select both, or the two are unified
# and event handlers vanish without a word.
NATIVE := --workspace --exclude frontend

STAMPS := target/stamps
stage = @printf '\n== %s\n' '$(1)'

help:
	@echo 'make run     build Towpath and start it with a sample directory and an emulated AWS (ARGS="--empty" for nothing configured)'
	@echo 'make build   build target/release/towpath, complete with its site'
	@echo 'make test    lint, Rust tests, browser tests; what CI runs'
	@echo 'make lint    formatting, clippy for the server and for wasm, the invariants'
	@echo 'make bench   a full cycle measured against ldapsearch'
	@echo 'make fuzz    each parser of what strangers send, for FUZZ_SECONDS (60); needs a nightly toolchain and cargo-fuzz'

run: build
	@exec target/release/towpath sandbox $(ARGS)

build: site
	cargo build --release -p server

test: setup-test lint site test-rust test-browser
	$(call stage,all passed)

lint: lint-rust lint-invariants

bench: setup-test build
	$(call stage,bench)
	@end2end/bench/run
	@end2end/bench/first_sync
	@end2end/bench/idle_cycle
	@end2end/bench/sign_on
	@end2end/bench/people

fuzz:
	$(call stage,fuzz)
	@fuzz/run $(or $(FUZZ_SECONDS),60)

# --- what has to be there first

setup:
	@.ci/setup build

setup-test: setup
	$(call stage,set-up)
	@.ci/setup test
	@$(MAKE) --no-print-directory end2end/.peers/.ready end2end/node_modules/.ready

end2end/.peers/.ready: end2end/peers/requirements.txt
	python3 -m venv --clear end2end/.peers
	end2end/.peers/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

end2end/node_modules/.ready: end2end/package.json end2end/package-lock.json
	cd end2end && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-fund --no-audit
	@touch $@

# --- the site: wasm, its JavaScript and the styles, in target/site, embedded by the server

SITE_SOURCES := $(shell find app frontend style -not -path '*/node_modules*' 2>/dev/null) Cargo.toml Cargo.lock rust-toolchain.toml

ifeq ($(wildcard target/site/pkg/*.wasm),)
.PHONY: $(STAMPS)/site
endif

site: setup $(STAMPS)/site

$(STAMPS)/site: $(SITE_SOURCES)
	$(call stage,site)
	@.ci/setup wasm-opt
	cargo run --quiet -p bundle -- --profile wasm-release
	@mkdir -p $(@D) && touch $@

# --- checks

lint-rust: setup
	$(call stage,lint: formatting)
	cargo fmt --all --check
	$(call stage,lint: native)
	@mkdir -p target/site
	cargo lint
	cargo clippy -p bundle --all-targets -- -D warnings
	$(call stage,lint: wasm)
	cargo clippy -p domain --target wasm32-unknown-unknown -- -D warnings
	cargo lint-wasm

lint-invariants:
	$(call stage,lint: invariants)
	@.ci/invariants

test-rust: setup
	$(call stage,Rust tests)
	@mkdir -p target/site
	if cargo nextest --version >/dev/null 2>&1; then cargo nextest run $(NATIVE); else cargo test $(NATIVE) --lib --bins --tests; fi

test-browser: site
	$(call stage,browser tests)
	cargo build $(NATIVE) --bin towpath
	cd end2end && npm run --silent check && npx playwright test

# Screenshots of every screen into DIR, for a pair of eyes.
screens: setup-test build
	cd end2end && SCREENS_DIR='$(abspath $(or $(DIR),target/screens))' TOWPATH_BIN=../target/release/towpath npm run --silent screens
