# Two commands for a newcomer: `make choose` and `make test`. Both need only Python 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help choose test check test-browser test-tensorflow evidence picture docs clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

choose: $(VENV)/.installed ## choose the schedule and peak lr of a real problem (handwritten digits)
	$(BIN)/lehr choose digits

test: $(VENV)/.installed-dev ## run the tests, two files at a time
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

check: $(VENV)/.installed-dev ## style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

test-browser: $(VENV)/.installed-dev ## open the report in Debian's chromium
	command -v chromium >/dev/null || { apt-get update -qq && apt-get install -qq -y chromium; }
	$(BIN)/python -m pytest -m browser tests

test-tensorflow: .venv-tensorflow/.installed ## Keras on TensorFlow, in an environment of its own
	KERAS_BACKEND=tensorflow .venv-tensorflow/bin/python -m pytest -m tensorflow tests/adapters/test_keras_optimizers.py

evidence: $(VENV)/.installed-dev ## remake every figure that the README and docs state (hours)
	for script in evidence/*/measure.py; do $(BIN)/python $$script || exit 1; done

picture: $(VENV)/.installed-dev ## remake the README's picture
	$(BIN)/lehr choose text
	$(BIN)/python docs/make_picture.py lehr-runs/text docs/choose_text.png

docs: $(VENV)/.installed-dev ## write docs/recipes.md and its pictures from the catalog
	$(BIN)/python docs/make_recipes.py

clean: ## remove the virtual environments and what tools left
	rm -rf $(VENV) .venv-tensorflow .pytest_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else f"Python >= 3.11 is needed, this is {sys.version.split()[0]}: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP_INSTALL) --editable '.[torch,tasks]'
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP_INSTALL) --editable '.[dev]'
	touch $@

.venv-tensorflow/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-tensorflow
	.venv-tensorflow/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[keras]' tensorflow-cpu pytest hypothesis
	touch $@
