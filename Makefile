# The few commands that people, hooks and .ci/run call. Each installs what it needs into .venv, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
EXTRA_INPUTS := pyproject.toml constraints.txt CMakeLists.txt $(wildcard src/xent/kernels/cpu/*.[ch]pp)

.PHONY: demo test lint bench docs clean

demo: $(VENV)/.train
	$(BIN)/xent fit

test: $(VENV)/.test
	$(BIN)/python -m pytest --numprocesses 2

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/run.py

docs: $(VENV)/.docs
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html
	@echo "open docs/_build/html/index.html"

clean:
	rm -rf docs/_build dist build

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# One stamp per extra: a second call finds it newer than its inputs and installs nothing.
$(VENV)/.%: $(EXTRA_INPUTS) | $(BIN)/python
	$(PIP) --editable ".[$*]"
	@touch $@
