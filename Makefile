# RowCol. Every target prepares what it needs; nothing is installed outside this folder.
#
#   make run        the local stack with a demo firm; stays up (ARGS="..." for options)
#   make test       everything CI runs: check, sam build, all tests
#   make check      format, lint, types, import rings, template, state machines
#   make bench      measurements
#   make simulate   the seeded simulation alone, for example SEEDS=1000
#   make build      what is deployed (sam build)
#   make clean      forgets local state and everything that was built; keeps the environments
#
# PYTHON=python3.11 make test uses that interpreter, in an environment of its own.

.DEFAULT_GOAL := run
.PHONY: run test tests check static format lint types rings template machines bench simulate build \
  clean environment sam-environment layer

SHELL := /bin/sh
export SAM_CLI_TELEMETRY := 0
export PYTHONDONTWRITEBYTECODE :=

ifdef PYTHON
  INTERPRETER := $(PYTHON)
  VENV ?= .venv-$(shell "$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
else
  INTERPRETER := $(shell .ci/find-python)
  VENV ?= .venv
  ifeq ($(INTERPRETER),)
    $(error no suitable Python, see above)
  endif
endif

BIN := $(VENV)/bin

# sam builds with the interpreter of the deployed runtime, found by its name on the path.
RUNTIME_PYTHON := $(shell .ci/find-python 3.13)
SAM_VENV := .venv-sam
SAM := ROWCOL_PYTHON="$(RUNTIME_PYTHON)" PATH="$(dir $(RUNTIME_PYTHON)):$$PATH" $(SAM_VENV)/bin/sam

TEST_FOLDERS := $(wildcard $(addprefix tests/,unit property contract integration simulation e2e))
# Two workers: most tests wait for the local stack, few for the processor. A file stays on one worker.
PYTEST := $(BIN)/python -m pytest -n $(or $(WORKERS),2) --dist loadfile --no-loadscope-reorder

run: environment layer
	$(BIN)/python -m local run $(ARGS)

test: check build tests

tests: environment layer
	$(PYTEST) $(TEST_FOLDERS) $(ARGS)

check: static
	@if $(MAKE) --no-print-directory sam-environment; then \
	  set -x; $(SAM) validate --lint --template template.yaml; \
	else echo "sam validate: skipped, aws-sam-cli could not be installed"; fi

# One target per gate: `make -k check` runs the rest after one has failed.
static: format lint types rings template machines

format: environment
	$(BIN)/ruff format --check .

lint: environment
	$(BIN)/ruff check .

types: environment
	$(BIN)/mypy

rings: environment
	PYTHONPATH=layers/common $(BIN)/lint-imports --no-logo

template: environment
	$(BIN)/cfn-lint

machines: environment
	@for machine in statemachines/*.asl.json; do echo "statelint $$machine"; \
	  $(BIN)/statelint "$$(sed 's/[$$]{[A-Za-z]*}/arn:aws:lambda:us-east-1:123456789012:function:x/g' $$machine)" \
	  || exit 1; done

bench: environment layer
	$(BIN)/python -m bench $(ARGS)

simulate: environment layer
	ROWCOL_SEEDS=$(SEEDS) $(BIN)/python -m pytest tests/simulation $(ARGS)

build:
	@if $(MAKE) --no-print-directory sam-environment; then \
	  set -x; $(SAM) build; \
	else echo "sam build: skipped, aws-sam-cli or Python 3.13 is not available"; fi

clean:
	rm -rf .local build .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

environment:
	@.ci/environment $(VENV) requirements/dev.txt "$(INTERPRETER)"

sam-environment:
	@test -n "$(RUNTIME_PYTHON)"
	@.ci/environment $(SAM_VENV) requirements/sam.txt "$(RUNTIME_PYTHON)"

# The layer as the local stack mounts it, and what Lambda itself would bring (boto3).
layer: environment
	@$(BIN)/python layers/common/build.py --target build/layer --platform native
	@$(BIN)/python layers/common/build.py --target build --tree runtime \
	  --requirements requirements/runtime.txt --no-package
