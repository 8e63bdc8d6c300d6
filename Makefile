# The few commands that people, hooks and .ci/run call. Each installs what it needs into .venv, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
EXTRA_INPUTS := pyproject.toml constraints.txt CMakeLists.txt $(wildcard src/crossent/kernels/cpu/*.[ch]pp)

.PHONY: demo test lint bench scale docs wheel sanitize portability attack clean

demo: $(VENV)/.train
	$(BIN)/crossent fit

test: $(VENV)/.test
	@$(BIN)/python tests/size.py
	$(BIN)/python -m pytest --numprocesses 2

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/run.py

# Rows larger than memory: 50 million, written once to build/scale (5.8 GB), read by 1, 2 and 4 processes.
scale: $(VENV)/.train
	$(BIN)/python benchmarks/scale.py

docs: $(VENV)/.docs
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html
	@echo "open docs/_build/html/index.html"

# The wheel for this machine, in dist/, tried in an environment that has torch and nothing else, away from the sources.
BARE := build/bare
wheel: $(BIN)/python
	rm -rf dist $(BARE)
	$(PIP) build
	$(BIN)/python -m build --wheel
	$(PYTHON) -m venv $(BARE)
	$(BARE)/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt torch dist/*.whl
	$(BARE)/bin/python -I tests/first_example.py

# The tests of the compiled kernels against a build with AddressSanitizer and UndefinedBehaviorSanitizer: any finding ends
# the process. The interpreter is not built with them, so their libraries come first by LD_PRELOAD, and the library of C++
# whose exceptions they watch. Without pytest's own capture, in which the report of a finding would end with the process.
SANITIZED := build/sanitize
# Kernels that tests/kernels/cpu does not reach: of listed classes, two logits, log-probabilities, no entries.
IN_FUNCTIONAL := sparse_targets distillation token_logprobs sample_weight empty_axes
SANITIZERS = $(foreach library,asan ubsan stdc++,$(shell g++ -print-file-name=lib$(library).so))
sanitize: $(VENV)/.test
	$(PIP) cmake ninja "nanobind>=2.4,<4"
	$(BIN)/cmake -S . -B $(SANITIZED) -G Ninja -DCROSSENT_SANITIZE=ON -DCMAKE_CXX_COMPILER=g++ \
		-DCMAKE_MAKE_PROGRAM=$(CURDIR)/$(BIN)/ninja -DPython_EXECUTABLE=$(CURDIR)/$(BIN)/python \
		-Dnanobind_DIR=$$($(BIN)/python -m nanobind --cmake_dir)
	$(BIN)/cmake --build $(SANITIZED)
	LD_PRELOAD="$(SANITIZERS)" ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
		CROSSENT_KERNELS=$(SANITIZED) $(BIN)/python -m pytest -p tests.kernels.other_build \
		--capture=sys tests/kernels/cpu $(addprefix tests/functional/test_,$(addsuffix .py,$(IN_FUNCTIONAL)))

# The kernels against loops in float64 on other processors, as Debian's qemu-user plays them: apt-get install qemu-user
# g++-aarch64-linux-gnu. One with AVX2 and no AVX-512, one without both, and ARM's.
PORTABLE := build/portable
portability:
	for processor in x86_64 aarch64; do \
		cmake -S . -B $(PORTABLE)/$$processor -DCROSSENT_PORTABILITY=ON \
			-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=$$processor \
			-DCMAKE_CXX_COMPILER=$$processor-linux-gnu-g++ && \
		cmake --build $(PORTABLE)/$$processor || exit 1; \
	done
	qemu-x86_64 -cpu Haswell $(PORTABLE)/x86_64/_kernels
	qemu-x86_64 -cpu Nehalem $(PORTABLE)/x86_64/_kernels
	qemu-aarch64 -L /usr/aarch64-linux-gnu $(PORTABLE)/aarch64/_kernels

# Kills, damage, foreign values and too little memory, by the hundred: what each must end in is in docs/reliability.md.
attack: $(VENV)/.test
	$(BIN)/python -m tests.attack

clean:
	rm -rf docs/_build dist build

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# One stamp per extra: a second call finds it newer than its inputs and installs nothing.
$(VENV)/.%: $(EXTRA_INPUTS) | $(BIN)/python
	$(PIP) --editable ".[$*]"
	@touch $@
