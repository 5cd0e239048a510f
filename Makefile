# The commands of the project. `make help` lists them; everything they need is set up by themselves,
# below .tools, .venv and .aws-sam, from python3 (3.11 or newer), make and git.

PYTHON ?= python3
PORT_BASE ?= 9000
STAGE ?= dev
RUNTIME ?= python3.13
ARCHITECTURE ?= arm64

UV := $(CURDIR)/.tools/uv/bin/uv
SAM := $(CURDIR)/.tools/sam/bin/sam
PY := $(CURDIR)/.venv/bin/python
UNDER := PYTHONPATH=.:layers/shared:layers/mappings

export SAM_CLI_TELEMETRY := 0
export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv
export PATH := $(CURDIR)/.tools/uv/bin:$(PATH)
# A virtual environment that happens to be active is not ours.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH

# Nothing on this machine may reach a real account: credentials and profiles stay outside.
OFFLINE := env $(foreach name,$(filter AWS_%,$(.VARIABLES)),-u $(name)) AWS_DEFAULT_REGION=us-east-1

# The local build takes the interpreter and the platform at hand; only the AWS build names its own.
LOCAL_RUNTIME = $(shell $(PYTHON) -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
LOCAL_ARCHITECTURE = $(shell uname -m | sed -e 's/aarch64/arm64/' -e 's/amd64/x86_64/')
LAYER_PLATFORM_arm64 := aarch64-manylinux_2_28
LAYER_PLATFORM_x86_64 := x86_64-manylinux_2_28

ENVIRONMENTS := .venv/.ready .tools/sam/.ready .tools/ministack/.ready .tools/runtime/.ready
BUILD_INPUTS := template.yaml $(shell find functions layers -type f -not -name '*.pyc' 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup demo test check check-mapping preview simulate mutants run log bench build build-local deploy lock clean prerequisites

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  %-14s %s\n' "$$name" "$$text"; done

demo: setup build-local ## play the whole story on this machine, no account needed
	@$(OFFLINE) $(PY) -m local.demo

test: check build-local ## everything that must hold
	$(OFFLINE) $(PY) -m pytest tests --ignore=tests/live

check: setup ## format, lint, types, import contracts, mappings, template (part of test)
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(UNDER) .venv/bin/lint-imports
	$(UNDER) $(PY) -m bridge.commands check
	$(OFFLINE) $(SAM) validate --lint --template-file template.yaml

check-mapping: .venv/.ready ## hold the mappings against both systems (the stack that runs, or STACK=name)
	@$(if $(STACK),,$(OFFLINE)) $(PY) -m local.operate check

preview: .venv/.ready ## show a real record on its way through the mapping (ENTITY=customer ID=... REALM=... STACK=name)
	@$(if $(STACK),,$(OFFLINE)) $(PY) -m local.operate preview "$(ENTITY)" "$(ID)" $(REALM)

simulate: .venv/.ready ## play made-up worlds full of trouble (SEEDS=200 FIRST=1 JOBS=all cores, or SEED=123)
	@$(OFFLINE) $(UNDER) $(PY) -m tests.simulation $(if $(SEED),--seed $(SEED), \
		$(if $(SEEDS),--seeds $(SEEDS)) $(if $(FIRST),--first $(FIRST)) $(if $(JOBS),--jobs $(JOBS)))

mutants: .venv/.ready ## plant defects and see each caught (ONLY=name SEEDS=400 JOBS=all cores, KEEP=1 keeps new seeds)
	@$(OFFLINE) $(UNDER) ONLY=$(ONLY) SEEDS=$(SEEDS) JOBS=$(JOBS) KEEP=$(KEEP) SEARCH=$(SEARCH) \
		$(PY) -m tests.simulation.mutants

run: setup build-local ## the same stack, kept up until interrupted (PORT_BASE=9000)
	@$(OFFLINE) PORT_BASE=$(PORT_BASE) $(PY) -m local.run

log: .venv/.ready ## the last outcomes of the stack that runs, or of one on AWS (STACK=name LIMIT=50)
	@$(if $(STACK),,$(OFFLINE)) PORT_BASE=$(PORT_BASE) $(PY) -m local.log

bench: setup build-local ## measure import times, the stand-ins' speed, and count calls
	@$(OFFLINE) $(PY) -m local.import_time
	@$(OFFLINE) $(PY) -m local.speed
	@$(OFFLINE) $(PY) -m local.call_counts

setup: $(ENVIRONMENTS) ## the environments, once

build: setup ## build for AWS (RUNTIME=python3.13 ARCHITECTURE=arm64)
	LAYER_PYTHON=$(RUNTIME:python%=%) LAYER_PLATFORM=$(LAYER_PLATFORM_$(ARCHITECTURE)) \
		$(SAM) build --parameter-overrides PythonRuntime=$(RUNTIME) Architecture=$(ARCHITECTURE)

deploy: build ## deploy to the AWS account at hand, with questions (STAGE=dev)
	$(SAM) deploy --guided --config-env $(STAGE)

build-local: .aws-sam/local/.ready

lock: .tools/uv/.ready ## resolve the requirements again and write their hashes
	requirements/lock $(UV)

clean: ## remove what was built and set up
	rm -rf .aws-sam .run .venv .tools .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.aws-sam/local/.ready: $(BUILD_INPUTS) | .tools/sam/.ready .tools/uv/.ready
	$(OFFLINE) LAYER_PYTHON=$(LOCAL_RUNTIME:python%=%) LAYER_PLATFORM= \
		$(SAM) build --build-dir .aws-sam/local --parallel \
		--parameter-overrides PythonRuntime=$(LOCAL_RUNTIME) Architecture=$(LOCAL_ARCHITECTURE)
	# Compiled once here, not by each new process of the emulator.
	$(PYTHON) -m compileall -q --invalidation-mode unchecked-hash .aws-sam/local/*Layer/python
	@touch $@

.venv/.ready: requirements/project.txt | .tools/uv/.ready
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip sync --quiet --require-hashes --python $(PY) $<
	@touch $@

.tools/%/.ready: requirements/%.txt | .tools/uv/.ready
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .tools/$*
	$(UV) pip sync --quiet --require-hashes --python .tools/$*/bin/python $<
	@touch $@

.tools/uv/.ready: requirements/uv.txt | prerequisites
	$(PYTHON) -m venv .tools/uv
	.tools/uv/bin/python -m pip install --quiet --require-hashes -r $<
	@touch $@

prerequisites:
	@command -v git >/dev/null || { echo "missing: git"; exit 1; }
	@command -v $(PYTHON) >/dev/null || { echo "missing: python3, 3.11 or newer"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "missing: python3, 3.11 or newer ($$($(PYTHON) --version) is at hand; PYTHON=... names another)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "missing: the venv module of python3 (on Debian: apt install python3-venv)"; exit 1; }
