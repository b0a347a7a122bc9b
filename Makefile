# Two commands: `make demo` runs the product with a made-up county, `make test` checks everything.
# Both need Python 3.11, make and a package index; what else they need they put under .venv and var.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test lint types bench faults screenshots requirements clean

help:
	@echo "make demo [PORT=8000]   the product with demo cases, until Ctrl-C; data stay in var/"
	@echo "make test               lint, types, import contracts, all tests"
	@echo "make bench              speed beside plain SQL      make faults   processes killed under load"
	@echo "make screenshots        pictures for the README     make clean    stop and remove everything made here"

# One stamp per set of requirements: a change of the file installs, nothing else does.
$(VENV)/bin/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check uv

# `demo` needs the product alone; `test` needs the checkers too and must not be undone by a later `demo`.
$(VENV)/product: requirements.txt | $(VENV)/bin/uv
	@echo "installing requirements.txt"
	@$(VENV)/bin/uv pip install --quiet --python $(RUN) --require-hashes -r requirements.txt \
		|| $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/checkers: requirements-dev.txt | $(VENV)/bin/uv
	@echo "installing requirements-dev.txt"
	@$(VENV)/bin/uv pip sync --quiet --python $(RUN) --require-hashes requirements-dev.txt \
		|| $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/product

demo: $(VENV)/product
	@CASEDESK_DEMO=1 exec $(RUN) manage.py demo

test: lint types
	$(RUN) -m pytest -n $(WORKERS)

lint: $(VENV)/checkers
	$(VENV)/bin/uv pip check --quiet --python $(RUN)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports

types: $(VENV)/checkers
	$(VENV)/bin/mypy

bench: $(VENV)/checkers
	$(RUN) -m tests.bench

faults: $(VENV)/checkers
	$(RUN) -m tests.faults

screenshots: $(VENV)/checkers
	$(RUN) -m tests.screenshots

# Hashes and versions only: which index serves them is the machine's business.
requirements: $(VENV)/bin/uv
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links requirements.in -o requirements.txt
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links requirements-dev.in -o requirements-dev.txt

clean:
	@if [ -x $(RUN) ] && [ -d "$${CASEDESK_VAR:-var}" ]; then $(RUN) manage.py embedded stop; fi
	rm -rf "$${CASEDESK_VAR:-var}" $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
