# Batch Zero. `make help` lists the targets; only Python >= 3.11 and make are needed.
SHELL      := /bin/bash
PYTHON     ?= python3
EXPERIMENT ?= crash_triage
BATCHES    ?= 0-5
PORT       ?= 8501
UI_PORT    ?= 5001
WORKERS    ?= 2
BIN        := .venv/bin
export BATCH_ZERO_HOME := $(or $(BATCH_ZERO_HOME),$(CURDIR)/.batch-zero)

# pytest rewrites hundreds of files, and tests start hundreds of processes: what is compiled is kept, whatever a shell says.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo history serve test test-fast coverage check format schema release lock screenshots benchmark clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(BIN)/.installed  ## Run the default experiment, then serve its report on 127.0.0.1:8501 (FRESH=1 runs it again on top)
	@$(BIN)/python -m demo --experiment $(EXPERIMENT) --batches $(BATCHES) --port $(PORT) --mlflow-port $(UI_PORT) $(if $(FRESH),--restart)

history: $(BIN)/.installed  ## Run the default experiment into the embedded MLflow, unless it is there already
	@$(BIN)/python -m pipeline run --experiment $(EXPERIMENT) --batches $(BATCHES) $(if $(FRESH),--restart,--reuse)

serve: $(BIN)/.installed  ## Serve the report of the store that MLFLOW_TRACKING_URI names
	$(BIN)/python -m api --port $(PORT)

test: $(BIN)/.installed-dev chromium  ## Run the whole suite, browser tests included
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

test-fast: $(BIN)/.installed-dev  ## Run the tests that start no server, browser, process or pipeline and take no seconds
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not slow"

coverage: $(BIN)/.installed-dev chromium  ## Run the whole suite and report which lines it reaches, child processes left out
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --cov --cov-report=term:skip-covered --cov-report=html

check: $(BIN)/.installed-dev  ## Lint, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(BIN)/.installed-dev  ## Let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: $(BIN)/.installed-dev chromium history  ## Photograph the default experiment's report into docs/
	$(BIN)/python docs/screenshots.py

benchmark: $(BIN)/.installed-dev chromium history  ## Measure the page against Streamlit's own hello page
	$(BIN)/python benchmarks/page_load.py

schema: $(BIN)/.installed  ## Write the JSON schemas of an experiment.toml and of a table's schema.json, for editors
	@$(BIN)/python -c "from datasets.experiment_file import schema; print(schema(), end='')" > examples/experiment.schema.json
	@$(BIN)/python -c "from testbench.schema.written import json_schema; print(json_schema(), end='')" > docs/table.schema.json

release: check test  ## Cut a release, tag it and build its wheel: make release VERSION=0.2.0
	$(BIN)/python deploy/release.py $(VERSION)
	$(BIN)/uv build --wheel

lock: $(BIN)/.installed  ## Compile requirements*.in those of the images and of uv to .txt, with hashes
	$(BIN)/uv pip compile $(LOCK) -o requirements.txt requirements.in
	$(BIN)/uv pip compile $(LOCK) -o requirements-dev.txt requirements-dev.in
	for image in uv dashboard worker mlflow bench; do \
	  $(BIN)/uv pip compile $(LOCK) -o requirements/$$image.txt requirements/$$image.in || exit 1; done
LOCK := --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-annotate --custom-compile-command "make lock" --upgrade

clean:  ## Remove the environment and the embedded history
	rm -rf .venv
	cd "$(BATCH_ZERO_HOME)" 2>/dev/null && rm -rf mlflow.db* mlflow.lock mlflow-ui.log artifacts snapshots || true

.PHONY: chromium
chromium: $(BIN)/.installed-dev
	@if command -v chromium >/dev/null || $(BIN)/python -m tests.browser; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "== Installing Debian's Chromium for the browser tests"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else echo "== Downloading Chromium for the browser tests"; $(BIN)/playwright install chromium; fi

$(BIN)/.installed: requirements.txt requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"got Python {sys.version.split()[0]}, expected 3.11 or newer; try make PYTHON=python3.12 ...")'
	@echo "== Installing into .venv"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	@$(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.txt
	@touch $@

$(BIN)/.installed-dev: $(BIN)/.installed requirements-dev.txt
	@$(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@
