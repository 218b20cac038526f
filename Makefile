# Two commands: `make demo` shows it, `make test` proves it. Both do all their own set-up.
.PHONY: demo test lint setup lock

setup:
	@scripts/setup.sh

lint: setup
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy

lock:  ## Resolve anew and write requirements.lock, which names no index.
	@.venv/bin/uv lock --upgrade
	@.venv/bin/uv export --quiet --format requirements-txt --all-packages --group dev \
	  --no-emit-workspace --no-header --no-annotate -o requirements.lock
