# Every target is one word; `make help` lists them. VENV may point anywhere; nothing else is assumed
# but Python 3.11+, make and git.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
READY = $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test check bench docs golden

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("celerify needs Python 3.11 or later; set PYTHON") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: $(READY) ## a bare Django project through init, add-task, add-periodic, verify, audit and undo
	$(BIN)/python tests/demo.py

test: $(READY) ## the whole suite
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: $(READY) ## ruff, mypy, layers, docs fresh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/cog --check README.md
	$(BIN)/python -m pytest -q tests/test_layers.py tests/test_checklist.py

bench: $(READY) ## start-up and a 4,000-file audit, with ruff on the same tree for scale
	$(BIN)/python tests/bench.py

docs: $(READY) ## refresh what README.md quotes from the program
	$(BIN)/cog -r README.md

golden: $(READY) ## refresh fixtures/*/after and fixtures/*/audit.json
	$(BIN)/python tests/golden.py
