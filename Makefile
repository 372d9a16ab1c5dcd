# Alcove. Two commands do everything: make run, make test.
# Each installs what it needs by name (Debian packages, npm, Go modules).

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:

TAGS     := desktop,production,webkit2_41
BIN      := build/bin/alcove
NPM_DONE := frontend/node_modules/.package-lock.json
HOST     := frontend/dist/host/index.html
NOTES    := frontend/dist/extensions/notes.alcove
SDK      := frontend/sdk/dist/alcove-sdk.js
CONFIG   := $(or $(XDG_CONFIG_HOME),$(HOME)/.config)
# The key that signs the extensions built here. It is made once and kept,
# because packages of another key would be other extensions with other tables.
ALCOVE_PUBLISHER_KEY ?= $(CONFIG)/alcove/publisher.key

sources = $(shell find $(1) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name alcove-sdk.js 2>/dev/null)
SHARED  := $(NPM_DONE) frontend/tsconfig.base.json $(call sources,frontend/sdk)

.PHONY: run build test test-full bench lint install uninstall clean deps-build deps-test

run: build ## the window; without a display the same interface on loopback
	@build/scripts/run.sh $(BIN) $(ARGS)

build: deps-build $(HOST) $(NOTES) $(SDK) ## build/bin/alcove, and the SDK with the hello example
	@build/scripts/gobuild.sh $(BIN) -tags $(TAGS) -trimpath -ldflags "-w -s"

test: ## lint and all tests
	@build/scripts/test.sh

test-full: ## the same with the long loops: 25,000 random runs of devices, fuzzing, attacks without the defence, 200 kills, 1,000 power cuts, a haex package made with Nuxt
	@ALCOVE_FULL=1 build/scripts/test.sh

bench: build deps-test build/bin/alcove-windowtest ## figures side by side, also written to build/bench.json
	@build/scripts/bench.sh

build/bin/alcove-windowtest: .FORCE
	@go build -tags $(TAGS),windowtest -o $@ .

.FORCE:

lint: deps-build $(HOST) $(NOTES)
	@build/scripts/lint.sh

install: build ## for this user: binary, icon, launcher, file type
	@build/scripts/install.sh $(BIN)

uninstall:
	@build/scripts/uninstall.sh

clean: ## what the build made; never the publisher key, never a vault
	rm -rf build/bin frontend/dist/host frontend/dist/extensions frontend/extensions/notes/dist frontend/sdk/dist

deps-build:
	@build/scripts/debian.sh build

deps-test:
	@build/scripts/debian.sh build test

$(NPM_DONE): frontend/package.json frontend/package-lock.json
	@echo "npm: installing the packages of frontend/package-lock.json"
	@cd frontend && npm ci --no-audit --no-fund
	@touch $@

$(HOST): $(SHARED) $(call sources,frontend/host)
	@echo "build: the window's page"
	@cd frontend && npm run build --workspace @alcove/host
	@touch $@

$(SDK): $(SHARED)
	@echo "build: the SDK, also into frontend/sdk/examples/hello"
	@cd frontend && npm run build --workspace @alcove/sdk
	@touch $@

frontend/extensions/notes/dist/alcove.json: $(SHARED) $(call sources,frontend/extensions/notes)
	@echo "build: Notes"
	@cd frontend && npm run build --workspace @alcove/notes
	@touch $@

$(NOTES): frontend/extensions/notes/dist/alcove.json
	@build/scripts/pack.sh frontend/extensions/notes/dist $@ "$(ALCOVE_PUBLISHER_KEY)" $(TAGS)
