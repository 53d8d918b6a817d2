# Thin: every target is one command a person could type. Meson knows how things are built.
BUILD ?= build
MESON ?= /usr/bin/meson
NINJA := ninja -C $(BUILD)
TOCSIN := $(BUILD)/tocsin
SHELL := /bin/sh

.DEFAULT_GOAL := help
.PHONY: help setup build demo confirm fuzz bench lint format clean install uninstall \
	manifest registry plugin field action signatures trace inspect tour verify-report proof

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what building needs, from Debian's packages
	@scripts/setup.sh build

$(BUILD)/build.ninja: | setup
	@umask 022 && CC=$${CC:-gcc} $(MESON) setup $(BUILD) >$(BUILD).log || { cat $(BUILD).log; exit 1; }
	@rm -f $(BUILD).log

build: setup $(BUILD)/build.ninja ## Build the program, the library and the adapters into build/
	@umask 022 && $(NINJA) --quiet >&2 # stdout belongs to what is asked for: make manifest | jq

demo: build ## Deliver a real Alertmanager payload to a local receiver
	@scripts/demo.sh $(BUILD)

confirm: ## Run every test; does its own set-up
	@scripts/confirm.sh

fuzz: ## Fuzz one target without end: make fuzz TARGET=elf
	@scripts/fuzz.sh $(TARGET)

bench: setup ## Measure what contracts, calls and workers cost
	@scripts/bench.sh

lint: ## Static analysis, format, layers, banned functions
	@scripts/lint.sh

format: ## Format the C sources
	@git ls-files '*.[ch]' | xargs clang-format -i

install: build ## Install; DESTDIR and meson's prefix are honoured
	@$(MESON) install -C $(BUILD) --no-rebuild

uninstall: ## Remove what install put there
	@$(NINJA) uninstall

clean: ## Remove the build directories and the bundles
	@rm -rf build build-* artifacts

manifest: build ## What plugins exist: every contract, as JSON
	@$(TOCSIN) manifest

registry: build ## The plugins' names by group
	@$(TOCSIN) registry

plugin: build ## One plugin's contract (PLUGIN=webhook)
	@$(TOCSIN) plugin delivery $(or $(PLUGIN),webhook)

field: build ## One field's contract (PLUGIN=webhook FIELD=timeout_seconds)
	@$(TOCSIN) field delivery $(or $(PLUGIN),webhook) $(or $(FIELD),timeout_seconds)

action: build ## One action's contract (PLUGIN=webhook ACTION=deliver)
	@$(TOCSIN) action delivery $(or $(PLUGIN),webhook) $(or $(ACTION),deliver)

signatures: build ## How every plugin and action is called
	@$(TOCSIN) signatures

trace: build ## Run one action in a worker and show its record
	@$(TOCSIN) trace delivery console deliver --config 'prefix=[ops]' \
		--arg 'title=Disk full' --arg severity=critical --arg 'summary=/var has 0 bytes left'

inspect: build ## Bundle what can be known without running a plugin
	@scripts/bundle.sh inspect $(BUILD)

tour: build ## Bundle the shape, one call, one trace and a reading route
	@scripts/bundle.sh tour $(BUILD)

verify-report: build ## Bundle the test output beside the public shape
	@scripts/bundle.sh verify-report $(BUILD)

proof: build ## Build the three bundles and check them
	@scripts/bundle.sh proof $(BUILD)
