# Everything a developer runs. Without make, `make help` and CONTRIBUTING.md give the plain commands.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV ?= $(or $(VIRTUAL_ENV),.venv)
BIN := $(VENV)/bin
# Some tests wait, so that more processes than cores are quicker; those of `make quick` do not.
JOBS ?= 3
QUICK_JOBS ?= 2
CONSTRAINTS ?= constraints.txt
BENCH_VENV ?= .venv-bench
APP := examples/apps/tiers-lieu
# PostgreSQL refuses root, so for root its servers and Patroni run as another user, who must be able to run this Python.
HA_VENV ?= .venv-ha
HA_PYTHON ?= $(if $(filter 0,$(shell id -u)),/usr/bin/python3,$(PYTHON))

.PHONY: help demo app quick test test-ha test-spark test-bench soak check bench bench-env pages docs lint types format

help:
	@echo 'make demo     the library at work on invented data'
	@echo '              $(PYTHON) -m venv .venv && .venv/bin/pip install -c constraints.txt -e ".[demo]" && .venv/bin/cantinekit demo'
	@echo 'make app      the web application of an invented network, on http://127.0.0.1:8000'
	@echo '              $(PYTHON) -m venv .venv && .venv/bin/pip install -c constraints.txt -e . -e "examples/apps/tiers-lieu[pdf]" && .venv/bin/tiers-lieu'
	@echo 'make quick    after each change, in a minute and a half: lint, types, and the unit tests that need no server and no process'
	@echo '              .venv/bin/pip install -c constraints.txt -e ".[dev]", then make lint, make types and .venv/bin/python tests/lanes.py --quick'
	@echo 'make test     all tests (a quarter of an hour on two cores; ARGS="-k word" passes options to pytest)'
	@echo '              .venv/bin/pip install -c constraints.txt -e ".[test]" && .venv/bin/python tests/lanes.py'
	@echo '              on the lowest versions: make test VENV=.venv-lowest CONSTRAINTS=constraints-lowest.txt'
	@echo 'make test-ha  a Patroni cluster whose primary is killed while bookings run (10 minutes, in an environment of its own)'
	@echo '              $(HA_PYTHON) -m venv $(HA_VENV) && $(HA_VENV)/bin/pip install -c constraints.txt -e ".[ha]" && $(HA_VENV)/bin/pytest tests/ha'
	@echo 'make test-spark  a replay on a cluster of Spark with two workers (some minutes; skipped where there is no pyspark or no Java)'
	@echo '              .venv/bin/pip install -c constraints.txt -e ".[spark,test]" && .venv/bin/pytest tests/spark'
	@echo 'make soak     the long proofs: the same tests with more rounds'
	@echo '              CANTINEKIT_SOAK=1 .venv/bin/pytest -s --timeout 3600'
	@echo 'make check    what has to pass before a change is merged: lint, types, test, test-bench, docs'
	@echo '              .venv/bin/pip install -c constraints.txt -e ".[dev]", then the commands of the four targets'
	@echo 'make bench    measurements; each file of bench/ prints its own'
	@echo '              $(PYTHON) -m venv .venv-bench && .venv-bench/bin/pip install -e ".[bench]", then .venv-bench/bin/python bench/import_time.py'
	@echo 'make test-bench  the bench whose peers the tests cannot have beside them, once'
	@echo 'make pages    the reference of commands, events, records and views, anew from their docstrings'
	@echo '              .venv/bin/python docs/pages.py'
	@echo 'make docs     the documentation, in docs/_build/html'
	@echo '              .venv/bin/sphinx-build -W --keep-going -q docs docs/_build/html'
	@echo 'make lint     .venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/lint-imports'
	@echo 'make types    .venv/bin/mypy'
	@echo 'make format   .venv/bin/ruff check --fix . && .venv/bin/ruff format .'

# A stamp for each extra, so that a second run installs nothing.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cantinekit needs Python 3.11 or later; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.cantinekit-%: pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) -e '.[$*]'
	@touch $@

demo: $(VENV)/.cantinekit-demo
	$(BIN)/cantinekit demo $(ARGS)

# The application is a project of its own, with a stamp of its own.
$(VENV)/.tiers-lieu: $(APP)/pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) -e . -e "$(APP)[pdf]"
	@touch $@

app: $(VENV)/.tiers-lieu
	cd $(APP) && $(abspath $(BIN))/tiers-lieu $(ARGS)

quick: lint types
	$(BIN)/python tests/lanes.py --quick --jobs $(QUICK_JOBS) $(ARGS)

test: $(VENV)/.cantinekit-test
	$(BIN)/python tests/lanes.py --jobs $(JOBS) $(ARGS)

test-ha:
	@$(MAKE) --no-print-directory $(HA_VENV)/.cantinekit-ha VENV=$(HA_VENV) PYTHON=$(HA_PYTHON)
	$(HA_VENV)/bin/python -m pytest tests/ha $(ARGS)

# It installs nothing: pyspark is large, and Java is no package of Python.
test-spark:
	$(BIN)/python -m pytest tests/spark $(ARGS)

soak: $(VENV)/.cantinekit-test
	CANTINEKIT_SOAK=1 $(BIN)/python -m pytest -s --timeout 3600 $(ARGS)

# The types, the documentation and the bench keep one core busy each: two of them at a time.
check:
	@$(MAKE) --no-print-directory -j2 lint types test-bench docs
	@$(MAKE) --no-print-directory test

bench: bench-env
	@for script in bench/*.py; do echo "== $$script"; $(BENCH_VENV)/bin/python $$script; done

# The peers in their newest versions, which no file pins: some of them cap what the tests have.
bench-env:
	@$(MAKE) --no-print-directory $(BENCH_VENV)/.cantinekit-bench VENV=$(BENCH_VENV) CONSTRAINTS=/dev/null

test-bench: bench-env
	$(BENCH_VENV)/bin/python bench/recurrence.py --series 12 --rounds 1 --all

pages: $(VENV)/.cantinekit-dev
	$(BIN)/python docs/pages.py

docs: $(VENV)/.cantinekit-dev
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

lint: $(VENV)/.cantinekit-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(VENV)/.cantinekit-dev
	$(BIN)/mypy

format: $(VENV)/.cantinekit-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
