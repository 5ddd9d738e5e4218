# Two commands do everything: `make demo` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_DATA ?= demo-data
DEMO_PORT ?= 8765
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NPM := $(shell command -v npm 2>/dev/null)
FRONTEND := recorder_web/frontend
SOURCES := $(shell find $(FRONTEND) -path '*/node_modules' -prune -o -type f -print 2>/dev/null)

.PHONY: help demo test test-consumers lint types imports unit frontend-test journeys failures faults fuzz wheel-test bench soak requirements clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

$(VENV)/.ready: requirements/dev.txt pyproject.toml hatch_build.py $(SOURCES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: $$($(PYTHON) --version) found; make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "venv is missing: apt-get install python3-venv"; exit 1; }
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(VENV)/.ready ## fill an honest demo project, start the server, print a sign-in link for each role
	$(BIN)/speechcorpus demo --data $(DEMO_DATA) --port $(DEMO_PORT)

test: $(VENV)/.ready lint types imports unit frontend-test wheel-test ## the whole suite; installs Chromium when it may

lint: $(VENV)/.ready ## ruff: rules and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready ## mypy, strict
	$(BIN)/mypy

imports: $(VENV)/.ready ## one direction of imports
	$(BIN)/lint-imports

unit: $(VENV)/.ready ## Python tests, doctests and browser journeys
	@tools/ensure-chromium
	@tools/run-tests $(BIN)

journeys: $(VENV)/.ready ## only the user stories in the real browser
	@tools/ensure-chromium
	@-tools/ensure-pulseaudio
	$(BIN)/pytest -m "journey and not consumers and not slow" --durations=20 tests/journeys

failures: $(VENV)/.ready ## each way to lose a word, tried now: a line each (FULL=--full takes hours)
	@tools/ensure-chromium
	@-tools/ensure-pulseaudio
	$(BIN)/python -m tests.rig.failures $(FULL)

faults: $(VENV)/.ready ## each fault that must be survived: a line each (FULL=--full takes an hour)
	$(BIN)/python -m tests.rig.faults $(FULL)

fuzz: $(VENV)/.ready ## look for bytes that break a reader (TARGET=wav_header SECONDS=60)
	$(PIP) install atheris==3.0.0
	$(BIN)/python -m tests.security.fuzz $(or $(TARGET),request_head) -max_total_time=$(or $(SECONDS),60)

frontend-test: $(VENV)/.ready ## TypeScript: types, pure modules, budgets of the built files
	$(BIN)/python hatch_build.py test

wheel-test: $(VENV)/.ready ## build the wheel, install it in an empty environment, start it
	tools/test-wheel

test-consumers: $(VENV)/.ready ## every toolkit loads a real release
	$(PIP) install torch==2.13.0 torchcodec==0.12.0
	@-tools/ensure-ffmpeg
	$(PIP) install --require-hashes --no-deps -r requirements/consumers.txt
	@tools/ensure-chromium
	$(BIN)/pytest -m consumers tests
	$(BIN)/pytest tests/journeys/test_from_a_voice_to_a_corpus.py

bench: $(VENV)/.ready ## speed as ratios in interleaved runs, and accuracy over known mixes
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python -m benchmarks.batch
	$(BIN)/python -m benchmarks.accuracy --seed 2 $(ACCURACY)
	$(BIN)/python -m benchmarks.transcripts
	$(BIN)/python -m benchmarks.alignment --check
	$(BIN)/python -m benchmarks.scrub --check
	$(BIN)/python -m benchmarks.crowd --check

soak: $(VENV)/.ready ## the long tests, with Ray and real recognisers
	$(PIP) install --require-hashes -r requirements/ray.txt
	@tools/ensure-chromium
	@-tools/ensure-pulseaudio
	SOAK=1 $(BIN)/python hatch_build.py test
	$(BIN)/pytest -m "journey and not consumers and not slow" --durations=20 tests/journeys
	$(BIN)/pytest -m slow
	$(BIN)/python -m tests.rig.faults --full
	SOAK=1 $(BIN)/pytest $$(grep -rl --include='test_*.py' 'import.* given' tests)
	$(BIN)/pytest tests/speechcorpus/engines/recognisers tests/speechcorpus/workflows/test_drafts.py

requirements: ## renew the pinned requirements
	tools/renew-requirements

clean: ## remove what was built (never a data folder)
	rm -rf $(VENV) dist recorder_web/static $(FRONTEND)/node_modules
