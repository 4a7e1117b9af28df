PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export CITEDESK_HOME ?= $(CURDIR)/.citedesk

.PHONY: help demo test check format lint types contracts bench lock clean train-embedder

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(READY): requirements.lock pyproject.toml
	@echo "Installing the locked dependencies into $(VENV) (a few minutes the first time) ..."
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar on -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(READY) ## Ingest the sample documents, ask four questions, print the proven answers
	@$(BIN)/python -m api.demo

# One thread of OpenMP: two of them wait for each other by turning, 190 s instead of 11 where anything else runs.
test test-faults test-browser test-api-fuzz: export OMP_NUM_THREADS = 1

test: $(READY) ## Install what is needed and run every test
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

.PHONY: test-faults
test-faults: $(READY) ## Kill ingestion 200 times, and a new edition at its every step (about 20 minutes)
	@CITEDESK_TEST_KILLS=200 CITEDESK_TEST_ALL_MOMENTS=1 $(BIN)/python -m pytest tests/faults

.PHONY: test-browser
test-browser: $(READY) ## Open every page in a real Chromium: by keyboard, in both languages and themes, with hostile texts
	@$(BIN)/python -m pytest tests/browser --numprocesses auto --dist loadfile

.PHONY: test-models
test-models: $(READY) ## Ask 22 failing model servers 20 times each, streamed and not, and print what became of it
	@CITEDESK_TEST_MODEL_TURNS=20 $(BIN)/python -m pytest tests/faults/test_model_failures.py -s

.PHONY: test-api-fuzz
test-api-fuzz: $(READY) ## Send made-up requests to every route as two roles, for five minutes (SECONDS=300)
	@CITEDESK_TEST_FUZZ_SECONDS=$(or $(SECONDS),300) $(BIN)/python -m pytest tests/api/test_made_up_requests.py

check: format-check lint types contracts test ## All that a change must pass

format: $(READY) ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: format-check
format-check: $(READY)
	@$(BIN)/ruff format --check .

lint: $(READY) ## Lint
	@$(BIN)/ruff check .

types: $(READY) ## Check types
	@$(BIN)/mypy

contracts: $(READY) ## Check that imports go downwards and vendors stay in their adapters
	@$(BIN)/lint-imports

bench: $(READY) ## Measure the benchmarks and write docs/benchmarks.md (ARGS="--full --sets FOLDER")
	@$(BIN)/citedesk bench $(ARGS)

train-embedder: $(READY) ## Train the Chinese rows of the packaged encoder anew (DATA="folder with training text")
	@$(BIN)/python -m retrieval.train --data "$(DATA)" --out retrieval/models/minilm-zh --work .citedesk/train

.PHONY: train-reranker
train-reranker: $(READY) ## Fit the reranker's weights anew (DATA="folder with question-passage pairs", ARGS="--own DIR")
	@$(BIN)/python -m eval.fit.reranker --pairs "$(DATA)" --out rerank/weights.json --languages zh $(ARGS)

lock: $(READY) ## Resolve the newest allowed versions into requirements.lock
	@$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
		--extra dev --output-file requirements.lock pyproject.toml
	@sed -i 's/^\(torch==[0-9.]*\)+cpu/\1/' requirements.lock

clean: ## Remove the virtual environment and the demo's home
	rm -rf $(VENV) .citedesk
