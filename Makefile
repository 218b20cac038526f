# Two commands: `make demo` shows it, `make test` proves it. Both do all their own set-up.
SHELL := /bin/bash
BIN := .venv/bin
PLUGINS := .meltano/.installed
WORKERS ?= 3
# Tests start hundreds of processes: modules are compiled before, and by none of these, whose files may not grow.
COMPILED := $(BIN)/python -m compileall -q tap-confluence cdm-docs target-cdm-docs confluence-sim && PYTHONDONTWRITEBYTECODE=1
# The others in benchmarks/ make what these need. Fewer: make bench BENCHMARKS="peers".
BENCHMARKS := peers tap_peers start requests rows memory target_scale questions files faults soak

.PHONY: help demo test lint chaos test-live bench generate docs dist lock setup clean

help:  ## Say what can be made.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: setup $(PLUGINS)  ## Run the main job against a simulated Confluence, twice, and show what came of it (a minute).
	@$(BIN)/python scripts/demo.py

test: setup lint $(PLUGINS)  ## Lint, types, and every test (some minutes; WORKERS: processes, one more than cores is best).
	@$(COMPILED) $(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not chaos"

lint: setup
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet . && $(BIN)/mypy

chaos: setup $(PLUGINS)  ## The long version of the hard times: kills, faults and random worlds (an hour).
	@$(BIN)/pytest -n $(WORKERS) -m chaos --timeout 3600
	@HYPOTHESIS_PROFILE=random $(BIN)/pytest -n $(WORKERS) -k fuzz

test-live: setup  ## Read one space of a real site, read-only (CONFLUENCE_TEST_URL, _EMAIL, _TOKEN).
	@$(BIN)/pytest tests/live -rs

bench: setup  ## Measure beside what else there is, print ratios and write benchmarks/RESULTS.md (two hours; BENCHMARKS=peers: half an hour).
	@for each in $(BENCHMARKS); do echo "== $$each"; $(BIN)/python benchmarks/$$each.py || exit 1; done

generate: setup  ## Write what follows from --about: Meltano definitions, settings and streams pages, .env.example.
	@$(BIN)/python scripts/generate.py

docs: setup  ## Build the site of docs/ into output/site, in an environment of its own; a link that leads nowhere fails it.
	@NO_MKDOCS_2_WARNING=1 $(BIN)/uvx --quiet --from mkdocs-material==9.8.1 mkdocs build --quiet --strict
	@echo "output/site/index.html (with search: python3 -m http.server -d output/site)"

dist: setup  ## Build the wheels into dist/, with the definitions that other Meltano projects add.
	@rm -rf dist && $(BIN)/uv build --quiet --all-packages --wheel --out-dir dist && cp plugins/*/*.definition.yml dist/

lock:  ## Resolve anew and write requirements.lock, which names no index.
	@$(BIN)/uv lock --upgrade
	@$(BIN)/uv export --quiet --format requirements-txt --all-packages --group dev \
	  --no-emit-workspace --no-header --no-annotate -o requirements.lock

setup:
	@scripts/setup.sh

$(PLUGINS): meltano.yml requirements.lock $(wildcard plugins/*/*) $(wildcard */pyproject.toml) | setup
	@echo "Installing the Meltano plugins (once) …"
	@$(BIN)/meltano --log-level=warning install
	@touch $@

clean:  ## Remove what was set up and made.
	rm -rf .venv .meltano output dist .mypy_cache .pytest_cache .ruff_cache .hypothesis uv.lock
