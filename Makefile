# Verbs only. Every verb sets up what it needs: the first one on a fresh machine takes some minutes longer.
SHELL := /bin/sh
.DEFAULT_GOAL := help
EXPERIMENT ?= quick
RUN ?= results/latest
DEMAND ?= docs/demand.example.toml

VENV := .venv
READY := $(VENV)/.ready
BIN := $(VENV)/bin
# One more than there are processors: tests wait for servers, browsers and clocks as long as they compute.
WORKERS := $(shell expr $$(nproc) + 1)
TESTS := .make/tests $(BIN)/python $(WORKERS)

help: ## what can be done here
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile

# An environment names the folder it was made in: in a moved or copied clone it runs the code of the old place.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

$(READY): requirements.lock pyproject.toml
	@echo "setting up, once (some minutes): 1 of 3, a Python environment in $(CURDIR)/$(VENV)" >&2
	@python="$$(.make/find-python)" && "$$python" -m venv --clear $(VENV)
	@echo "setting up: 2 of 3, $$(grep -c '==' requirements.lock) locked packages, fetched and checked" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@echo "setting up: 3 of 3, authbench itself" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@printf '%s\n' '$(CURDIR)' >$@

setup: $(READY) ## create .venv and install the locked dependencies

bench: $(READY) ## measure, judge, print the verdict table (EXPERIMENT=smoke|quick|full|PATH)
	@exec $(BIN)/authbench run $(EXPERIMENT)

report: $(READY) ## rebuild table, summary and page of a run from its raw data (RUN=...)
	@exec $(BIN)/authbench report $(RUN)

compare: $(READY) ## did anything become dearer from run A to run B? (A=RUN B=RUN)
	@exec $(BIN)/authbench compare $(or $(A),$(error give A=RUN, the baseline; B is 'latest' unless given)) $(or $(B),latest)

plan: $(READY) ## cores, nodes, store and cost for a demand (RUN=... DEMAND=FILE)
	@exec $(BIN)/authbench plan $(RUN) --demand $(DEMAND)

adr: $(READY) ## a decision record with the evidence of a run filled in (RUN=... CONTEXT=FILE DEMAND=FILE)
	@exec $(BIN)/authbench adr $(RUN) $(if $(CONTEXT),--context $(CONTEXT)) $(if $(filter command line environment,$(origin DEMAND)),--demand $(DEMAND))

readme: $(READY) ## write the figures of README and docs from reference runs (RUN=results/reference/derived/...)
	@exec $(BIN)/python -m analysis.readme $(if $(filter command line environment,$(origin RUN)),$(RUN))

bench-generator: $(READY) ## what the load generator and the heartbeat of workers cost (one to three minutes)
	@exec $(BIN)/python -m loadtests.benchmarks.generator

calibrate: $(READY) ## find effects of known size again: what this machine can measure at all (five minutes)
	@exec $(BIN)/authbench calibrate

test: $(READY) ## the tests, against real servers, on every processor
	@exec $(TESTS) -m "not long"

test-long: $(READY) ## the tests that take long: every scheme fuzzed, long races
	@exec $(TESTS) -m long

test-all: test test-long selftest selftest-schemes selftest-attacks ## everything

selftest: $(READY) ## inject a fault for every validity rule, end to end: about four minutes (RULES="V01 V11")
	@exec $(BIN)/python -m selftest $(RULES)

selftest-schemes: $(READY) ## verify broken copies of every scheme: about three minutes (SCHEMES="session-redis")
	@exec $(BIN)/python -m selftest.verify_copies $(SCHEMES)

selftest-attacks: $(READY) ## attack broken servers: does each fall to what it declares, and no more? (SERVERS="vulnerable-logout")
	@exec $(BIN)/python -m selftest.attacks $(SERVERS)

judges: $(READY) ## let tools of others judge our servers (JUDGES="sslyze" WYCHEPROOF=DIR JWT_TOOL=DIR SSLYZE=FILE)
	@exec $(BIN)/python -m judges $(JUDGES)

targets: $(READY) ## install the two services of others that docs/targets describes (Express needs npm)
	@$(BIN)/python -m venv --clear $(VENV)/targets/fastapi-users
	@$(VENV)/targets/fastapi-users/bin/python -m pip install --quiet --disable-pip-version-check --requirement docs/targets/fastapi-users/requirements.txt
	@mkdir -p $(VENV)/targets/express && cp docs/targets/express/package.json docs/targets/express/package-lock.json $(VENV)/targets/express/
	@npm ci --prefix $(VENV)/targets/express --ignore-scripts --no-audit --no-fund --loglevel=error

axe: $(READY) ## install axe-core, with which tests look at pages (needs npm)
	@mkdir -p $(VENV)/axe && cp tests/axe/package.json tests/axe/package-lock.json $(VENV)/axe/
	@npm ci --prefix $(VENV)/axe --ignore-scripts --no-audit --no-fund --loglevel=error

libraries: $(READY) ## install the session libraries that are measured beside our schemes (libraries.lock)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement libraries.lock

linters: $(READY) ## install what reads container files and workflows, in an environment of its own (needs npm)
	@$(BIN)/python -m venv --clear $(VENV)/linters && cp tests/deploy/linters/package*.json $(VENV)/linters/
	@$(VENV)/linters/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: --requirement tests/deploy/linters/requirements.lock
	@npm ci --prefix $(VENV)/linters --ignore-scripts --no-audit --no-fund --loglevel=error

lint: $(READY) ## ruff, mypy strict, the import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

clean: ## remove the environment and everything derived; raw runs stay
	@rm -rf $(VENV) results/derived

.PHONY: help setup bench report compare plan adr readme bench-generator calibrate test test-long test-all selftest selftest-schemes selftest-attacks judges axe libraries linters targets lint clean
