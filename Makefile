# q2c: `make run` shows the whole flow, `make test` proves it. Needs Python 3.11-3.13, git and make.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup run dev test proofs check format bench scorecard chaos calm lock sources rules platforms new-platform clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: $(READY) ## the environment alone

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "q2c needs Python 3.11, 3.12 or 3.13 on the path (or PYTHON=/path/to/python)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

run: $(READY) ## sandbox, one full cycle, a readable summary
	$(BIN)/q2c demo

dev: $(READY) ## sandbox, Dagster UI and daemon on http://localhost:3000, or PORT=
	$(BIN)/q2c dev $(if $(PORT),--port $(PORT))

test: $(READY) ## all tests
	$(BIN)/python -m pytest

proofs: $(READY) ## what is proved of each platform, by behaviour, shape and client
	$(BIN)/python -m pytest tests/platforms --proofs

check: $(READY) ## style, types, SQL and YAML
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/yamllint --strict .
	cd dbt_project && Q2C_LAKE=lake ../$(BIN)/sqlfluff lint --nocolor --disable-progress-bar --processes 0 models

format: $(READY) ## make the style right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## the measurements of benchmarks/README.md
	$(BIN)/python -m benchmarks

scorecard: $(READY) ## break 1, 5 and 20 % of three groups' deals; precision and recall by rule and cause
	$(BIN)/q2c scorecard --deals 1200 --seed 1 --seed 2 --seed 3 --share 0.01 --share 0.05 --share 0.2 --write docs/scorecard.json
	$(BIN)/python -m q2c_pipelines.mismatches.rules

chaos: $(READY) ## kill -9 at 100 random moments; nothing lost, nothing doubled
	$(BIN)/python -m tests.chaos

calm: $(READY) ## 60 advances of the clock, each platform away for three cycles; no false alarm, nothing lost
	$(BIN)/python -m tests.calm

lock: $(READY) ## pin and hash the dependencies anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --group clients --universal --python-version 3.11 --generate-hashes --no-strip-extras \
		--no-annotate --no-header --quiet --output-file requirements.lock

sources: $(READY) ## dbt sources and base models anew from the platforms' declarations
	$(BIN)/python -m q2c_pipelines.lake.dbt_sources

platforms: $(READY) ## docs/platforms.md anew from the platforms' declarations
	$(BIN)/python -m q2c_pipelines.platforms.capabilities

new-platform: $(READY) ## begin a platform: NAME=acme [ROLE=crm]
	$(BIN)/python -m scaffold $(NAME) $(ROLE)

rules: $(READY) ## docs/rules.md anew from the rules
	$(BIN)/python -m q2c_pipelines.mismatches.rules

clean: ## the environment and all state of the sandbox
	rm -rf $(VENV) var
